/** Where the Host is, for the call stack and the listing the debugger shows. */
import { formatAddress } from '../format';
import type { Machine } from '../machine/machine';
import { planOf, realmTitle } from './plan';
import { lineAddress, scopeOfLine } from './plan-line';
import type { HostState } from './state';

export interface HostFrame {
  /** "Host: load image page 3 of 12 at 0x8000_2000". */
  readonly name: string;
  /** The call in progress or to come, with its arguments: "RMI_DATA_CREATE(0x9000_0000, …)". Empty when there is none. */
  readonly detail: string;
  /** Line in `hostListing`, from 1. */
  readonly line: number;
  /** The symbolic address of the line. */
  readonly address: bigint;
}

/** The listing and, by plan line, its line number in it. */
interface Listing {
  readonly text: string;
  readonly lines: readonly number[];
}

function makeListing(host: HostState): Listing {
  const plan = planOf(host);
  const text = ['// The built-in Host (VMM) of Realmscope, at Non-secure EL2.', ''];
  const lines: number[] = [];
  let realm = -1;
  for (const line of plan) {
    if (line.realm !== realm) {
      realm = line.realm;
      const layout = host.layout?.realms[realm];
      if (layout !== undefined) text.push('', `// ${realmTitle(layout)}`);
    }
    text.push(line.listing);
    lines.push(text.length);
  }
  text.push('', '// finished: the PE is turned off');
  lines.push(text.length);
  return { text: `${text.join('\n')}\n`, lines };
}

/** The Host's program as text, one line for each kind of action. Empty without a built-in Host. */
export const hostListing = (machine: Machine): string =>
  machine.host.layout === undefined ? '' : makeListing(machine.host).text;

/** The Host's frames, innermost first; none without a built-in Host. */
export function hostFrames(machine: Machine): readonly HostFrame[] {
  const { host } = machine;
  if (host.layout === undefined) return [];
  const { progress } = host;
  const plan = planOf(host);
  const line = plan[progress.line];
  const place = {
    line: makeListing(host).lines[progress.line] ?? 1,
    address: lineAddress(host, progress.line),
  };
  if (line === undefined || progress.finished) return [{ name: 'Host: finished', detail: '', ...place }];
  const { call } = progress;
  const detail = call === null ? '' : `${call.name}(${call.args.map(formatAddress).join(', ')})`;
  const scope = scopeOfLine(machine, line);
  const frames: HostFrame[] = [];
  const served = progress.service[0];
  if (served !== undefined) frames.push({ name: `Host: ${served.text}`, detail, ...place });
  const doing = line.more(scope) ? line.text(scope) : line.listing;
  frames.push({ name: `Host: ${doing}`, detail: served === undefined ? detail : '', ...place });
  return frames;
}
