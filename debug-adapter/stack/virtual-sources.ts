/** Sources that exist only in the adapter: documents of commands and of calls, and the Host's plan. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { hostListing } from '../../emulator/host/host';
import type { Machine } from '../../emulator/machine/machine';
import { evaluateCall, predictCall } from '../../emulator/rmm/inspect';
import { noSuchSource } from '../problems';
import { COMMAND_FIDS, callDocument, commandDocument } from './command-document';

const HOST_REFERENCE = 1;
const FIRST_COMMAND_REFERENCE = 100;
const FIRST_CALL_REFERENCE = 1000;
/** Most documents of calls that are kept; a client that asks for an older one gets the command's own. */
const MOST_CALLS = 256;

/**
 * Documents of calls that clients were given. A client asks for a source once and keeps it: what a document says never
 * changes, and another text is another source.
 */
export interface CallDocuments {
  next: number;
  /** Text and FID by reference, oldest first. */
  readonly kept: Map<number, { readonly text: string; readonly fid: number }>;
}

export const createCallDocuments = (): CallDocuments => ({ next: FIRST_CALL_REFERENCE, kept: new Map() });

/** The document of a call with its values; of the command alone when nothing is known of the call. */
export function callSource(
  documents: CallDocuments,
  machine: Machine,
  fid: number,
  call: number,
): DebugProtocol.Source | undefined {
  const ended = evaluateCall(machine, call);
  const evaluation = ended?.result === null ? predictCall(machine, call) : ended;
  const document = evaluation ? callDocument(evaluation) : undefined;
  if (!document) return commandSource(fid);
  const { kept } = documents;
  const known = [...kept].find(([, { text }]) => text === document.text)?.[0];
  const sourceReference = known ?? documents.next++;
  if (known === undefined) kept.set(sourceReference, { text: document.text, fid });
  const [oldest] = kept.keys();
  if (kept.size > MOST_CALLS && oldest !== undefined) kept.delete(oldest);
  return { name: document.name, sourceReference, origin: 'built-in RMM' };
}

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
export function virtualText(machine: Machine, documents: CallDocuments, reference: number): string {
  if (reference === HOST_REFERENCE) return hostListing(machine);
  const call = documents.kept.get(reference);
  if (call) return call.text;
  const fid = COMMAND_FIDS[reference - FIRST_COMMAND_REFERENCE];
  const document = fid === undefined ? undefined : commandDocument(fid);
  if (!document) throw noSuchSource(reference);
  return document.text;
}
