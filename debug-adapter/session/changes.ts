/** What happened to granules since the guest was last resumed, from the machine's events: what panels ring and list. */
import type { EventRecord } from '../../emulator/machine/event-ring';
import { eventFields } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { GPI_NAMES } from '../../emulator/memory/gpi';
import { decodeRtte, GRANULE_STATE_NAMES } from '../../emulator/rmm/inspect';

/** First and last value of something that changed. */
type Span = readonly [from: string, to: string];

/** What happened to one granule. */
interface Change {
  state?: Span;
  pas?: Span;
  ripas?: Span;
  hipas?: Span;
  /** Times the RMM wrote an entry of it, an RTT. */
  entries?: number;
}

/** By PA of the granule. */
export type Changes = Map<number, Change>;

/** Adjacent granules with the same change. */
export interface ChangedRun {
  readonly base: number;
  size: number;
  readonly what: string;
}

const GRANULE = 4096;
const MAX_CHANGED = 100_000;

export const CHANGE_EVENTS = ['granuleState', 'gpi', 'rtte'] as const;

/** Takes note of an event of CHANGE_EVENTS. */
export function noteChange(changes: Changes, machine: Machine, record: EventRecord): void {
  const fields = eventFields(record);
  if (record.name === 'rtte') {
    noteEntry(changes, machine, fields);
    return;
  }
  const change = changeOf(changes, Number(fields['pa']));
  if (change === undefined) return;
  const from = Number(fields['from']);
  const to = Number(fields['to']);
  if (record.name === 'gpi') change.pas = [change.pas?.[0] ?? pasName(from), pasName(to)];
  else change.state = [change.state?.[0] ?? stateName(from), stateName(to)];
}

const stateName = (state: number): string => GRANULE_STATE_NAMES[state] ?? 'not tracked';
const pasName = (gpi: number): string => GPI_NAMES[gpi] ?? 'invalid GPI';

function changeOf(changes: Changes, address: number): Change | undefined {
  const known = changes.get(address);
  if (known !== undefined || changes.size >= MAX_CHANGED) return known;
  const change: Change = {};
  changes.set(address, change);
  return change;
}

/** The table was written, and the granules that the entry maps look different to their Realm. */
function noteEntry(changes: Changes, machine: Machine, fields: Record<string, bigint>): void {
  const table = changeOf(changes, Number(fields['rtt']));
  if (table !== undefined) table.entries = (table.entries ?? 0) + 1;
  const decode = (name: string) =>
    decodeRtte(machine, Number(fields['rd']), fields[name] ?? 0n, Number(fields['level']), Number(fields['ipa']));
  const from = decode('from');
  const to = decode('to');
  if (from.hipas === 'TABLE' || to.hipas === 'TABLE') return;
  const output = to.pa ?? from.pa;
  if (output === null) return;
  for (let address = output; address < output + to.size; address += GRANULE) {
    const change = changeOf(changes, address);
    if (change === undefined) return;
    change.hipas = [change.hipas?.[0] ?? from.hipas, to.hipas];
    const before = change.ripas?.[0] ?? from.ripas;
    if (before !== null && to.ripas !== null) change.ripas = [before, to.ripas];
  }
}

const arrow = ([from, to]: Span): string => (from === to ? `${from} again` : `${from} → ${to}`);

/** The change a reader wants to know most, in words. */
function changeText({ state, pas, ripas, hipas, entries }: Change): string {
  if (state !== undefined) return arrow(state);
  if (pas !== undefined) return `${arrow(pas)} PAS`;
  if (ripas !== undefined && ripas[0] !== ripas[1]) return `RIPAS ${arrow(ripas)}`;
  if (hipas !== undefined) return arrow(hipas);
  return entries === 1 ? 'an RTT entry written' : `RTT entries written ${entries} times`;
}

/** In ascending order, adjacent granules of equal change together. */
export function changedRuns(changes: Changes): ChangedRun[] {
  const runs: ChangedRun[] = [];
  for (const [address, change] of [...changes].sort(([a], [b]) => a - b)) {
    const what = changeText(change);
    const run = runs.at(-1);
    if (run && run.base + run.size === address && run.what === what) run.size += GRANULE;
    else runs.push({ base: address, size: GRANULE, what });
  }
  return runs;
}
