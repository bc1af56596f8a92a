/** What happened to granules since the guest was last resumed, from the machine's events: what panels ring and list. */
import { type Ipa, ipa } from '../../emulator/address';
import type { EventName } from '../../emulator/machine/event-table';
import type { Machine } from '../../emulator/machine/machine';
import { GPI_NAMES } from '../../emulator/memory/gpi';
import { decodeRtte, GRANULE_STATE_NAMES, listRealms, type RealmInfo } from '../../emulator/rmm/inspect';

/** An RTT entry that was written: its first and its last value. */
interface Entry {
  readonly rd: number;
  readonly ipa: Ipa;
  readonly level: number;
  readonly from: bigint;
  to: bigint;
}

/** First and last value of something that changed. */
type Span<T> = readonly [from: T, to: T];

export interface Changes {
  /** States and GPIs by PA of the granule. */
  readonly states: Map<number, Span<number>>;
  readonly gpis: Map<number, Span<number>>;
  /** How often entries of an RTT were written, by PA of the RTT. */
  readonly tables: Map<number, number>;
  readonly entries: Map<string, Entry>;
}

/** Adjacent granules with the same change. */
export interface ChangedRun {
  readonly base: number;
  size: number;
  /** `DELEGATED → RTT`, `RIPAS EMPTY → RAM`. */
  readonly what: string;
}

const GRANULE = 4096;
/** Of each kind; a run that changes more has changed everything. */
const MAX_CHANGES = 100_000;

export const CHANGE_EVENTS = ['granuleState', 'gpi', 'rtte'] as const satisfies readonly EventName[];

export const newChanges = (): Changes => ({
  states: new Map(),
  gpis: new Map(),
  tables: new Map(),
  entries: new Map(),
});

export function forgetChanges(changes: Changes): void {
  for (const map of Object.values(changes)) map.clear();
}

/** Takes note of an event of CHANGE_EVENTS. */
export function noteChange(changes: Changes, name: EventName, fields: Readonly<Record<string, bigint>>): void {
  const number = (field: string): number => Number(fields[field]);
  if (name !== 'rtte') {
    const map = name === 'gpi' ? changes.gpis : changes.states;
    const known = map.get(number('pa'));
    if (known || map.size < MAX_CHANGES) map.set(number('pa'), [known?.[0] ?? number('from'), number('to')]);
    return;
  }
  const { tables, entries } = changes;
  const table = number('rtt');
  tables.set(table, (tables.get(table) ?? 0) + 1);
  const [rd, base, level] = [number('rd'), ipa(number('ipa')), number('level')];
  const key = `${rd} ${level} ${base}`;
  const known = entries.get(key);
  const to = fields['to'] ?? 0n;
  if (known) known.to = to;
  else if (entries.size < MAX_CHANGES) entries.set(key, { rd, ipa: base, level, from: fields['from'] ?? 0n, to });
}

const arrow = (from: string, to: string): string => (from === to ? `${to} again` : `${from} → ${to}`);
const stateText = ([from, to]: Span<number>): string =>
  arrow(GRANULE_STATE_NAMES[from] ?? 'not tracked', GRANULE_STATE_NAMES[to] ?? 'not tracked');
const pasText = ([from, to]: Span<number>): string =>
  `${arrow(GPI_NAMES[from] ?? 'invalid GPI', GPI_NAMES[to] ?? 'invalid GPI')} PAS`;

/** What an entry of a Realm now says about the granules that it maps, or mapped. */
function addMapped(texts: Map<number, string>, realm: RealmInfo, entry: Entry): void {
  const from = decodeRtte(realm, entry.from, entry.level, entry.ipa);
  const to = decodeRtte(realm, entry.to, entry.level, entry.ipa);
  const output = to.pa ?? from.pa;
  if (output === null || from.hipas === 'TABLE' || to.hipas === 'TABLE' || entry.from === entry.to) return;
  const ripas = from.ripas !== null && to.ripas !== null && from.ripas !== to.ripas;
  const text = ripas ? `RIPAS ${from.ripas} → ${to.ripas}` : arrow(from.hipas, to.hipas);
  for (let address: number = output; address < output + to.size; address += GRANULE) texts.set(address, text);
}

/** In ascending order, adjacent granules of equal change together: state before PAS before what RTTs say. */
export function changedRuns(machine: Machine, changes: Changes): ChangedRun[] {
  const texts = new Map<number, string>();
  for (const [table, times] of changes.tables) {
    texts.set(table, times === 1 ? 'an RTT entry written' : `RTT entries written ${times} times`);
  }
  if (changes.entries.size > 0) {
    const realms = new Map<number, RealmInfo>(listRealms(machine).map((realm) => [realm.rd, realm]));
    for (const entry of changes.entries.values()) {
      const realm = realms.get(entry.rd);
      if (realm) addMapped(texts, realm, entry);
    }
  }
  for (const [address, span] of changes.gpis) texts.set(address, pasText(span));
  for (const [address, span] of changes.states) texts.set(address, stateText(span));
  const runs: ChangedRun[] = [];
  for (const [base, what] of [...texts].sort(([a], [b]) => a - b)) {
    const run = runs.at(-1);
    if (run && run.base + run.size === base && run.what === what) run.size += GRANULE;
    else runs.push({ base, size: GRANULE, what });
  }
  return runs;
}
