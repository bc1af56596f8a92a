/** Sources that exist only in the adapter: documents of commands, and the Host's plan. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { hostListing } from '../../emulator/host/host';
import type { Machine } from '../../emulator/machine/machine';
import { noSuchSource } from '../problems';
import { COMMAND_FIDS, commandDocument } from './command-document';

const HOST_REFERENCE = 1;
const FIRST_COMMAND_REFERENCE = 100;

export const HOST_SOURCE: DebugProtocol.Source = {
  name: 'Host',
  sourceReference: HOST_REFERENCE,
  origin: 'built-in Host',
};

export function commandSource(fid: number): DebugProtocol.Source | undefined {
  const document = commandDocument(fid);
  const index = document ? COMMAND_FIDS.findIndex((each) => commandDocument(each) === document) : -1;
  if (!document || index < 0) return undefined;
  return { name: document.name, sourceReference: FIRST_COMMAND_REFERENCE + index, origin: 'built-in RMM' };
}

/** A file of the guest; without a local path it is shown greyed, by the name the debug information has. */
export function sourceOfFile(file: string, local: string | undefined): DebugProtocol.Source {
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return local === undefined
    ? { name, path: file, presentationHint: 'deemphasize', origin: 'not found' }
    : { name, path: local };
}

/** The text of a virtual source. @throws Problem `no-such-source` */
export function virtualText(machine: Machine, reference: number): string {
  if (reference === HOST_REFERENCE) return hostListing(machine);
  const fid = COMMAND_FIDS[reference - FIRST_COMMAND_REFERENCE];
  const document = fid === undefined ? undefined : commandDocument(fid);
  if (!document) throw noSuchSource(reference);
  return document.text;
}
