/** `cca/memoryMap`: a stretch of physical memory as runs of cells, by PAS, granule state, Realm or MECID. */
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import {
  GRANULE_STATE_NAMES,
  granuleOwners,
  granuleStates,
  hostMappings,
  listRealms,
  mecidOf,
  readRealm,
} from '../../emulator/rmm/inspect';
import { plainHex } from '../format';
import { badArgument } from '../problems';
import {
  type ColourKey,
  MAX_MEMORY_MAP_RUNS,
  type MemoryMapArguments,
  type MemoryMapKey,
  type MemoryMapResponse,
  type MemoryMapRun,
  type MemoryMapShared,
} from '../protocol';
import { type Session, targetOf } from '../session/state';
import { realmTitle } from '../variables/realms';
import { hexArgument } from './arguments';
import { pasColour, stateColour } from './colours';
import { gptRuns } from './gpt-runs';

const GRANULE = 4096;
const MAX_CELL = 2 ** 30;
/** Most granules looked at in an answer, 16 GiB; a larger stretch is answered in parts. */
const MAX_GRANULES = 2 ** 22;

/** Granules next to each other with the same value. */
interface Stretch {
  readonly from: number;
  to: number;
  readonly colour: ColourKey;
  readonly label: string;
}

export function memoryMap(session: Session, args: MemoryMapArguments): MemoryMapResponse {
  const target = targetOf(session, 'cca/memoryMap');
  const { machine } = target;
  const banks = machine.platform.ram;
  const cell = args.cell ?? GRANULE;
  if (!Number.isSafeInteger(cell) || cell < GRANULE || cell > MAX_CELL || !Number.isInteger(Math.log2(cell))) {
    throw badArgument('cell', args.cell, 'a power of two from 4096 to 1073741824');
  }
  const key = args.key ?? 'state';
  if (!['pas', 'state', 'realm', 'mecid'].includes(key)) throw badArgument('key', key, 'pas, state, realm or mecid');
  const last = banks.at(-1);
  const requested = hexArgument('base', args.base, banks[0]?.base ?? 0);
  const base = requested - (requested % cell);
  const end = hexArgument('size', args.size, Math.max(0, (last ? last.base + last.size : 0) - base)) + requested;
  const wanted = Math.ceil((end - base) / cell) * cell;
  const size = Math.min(wanted, Math.max(cell, MAX_GRANULES * GRANULE - ((MAX_GRANULES * GRANULE) % cell)));
  const stretches = stretchesOf(machine, key, base, base + size);
  const { runs, legend, covered } = cellRuns(stretches, base, size, cell);
  return {
    generation: session.generation,
    base: plainHex(base),
    size: plainHex(covered),
    cell,
    key,
    legend,
    runs,
    banks: banks.map((bank) => ({
      name: bank.name,
      kind: bank.kind,
      base: plainHex(bank.base),
      size: plainHex(bank.size),
    })),
    carveOuts: machine.platform.initialGpi.map((range) => ({
      name: range.name,
      base: plainHex(range.base),
      size: plainHex(range.size),
    })),
    changed: target.changedAtStop
      .slice(0, MAX_CHANGED_RUNS)
      .map(({ base, size, what }) => ({ base: plainHex(base), size: plainHex(size), what })),
    changedGranules: target.changedAtStop.reduce((sum, run) => sum + run.size / GRANULE, 0),
    ...(key === 'state' && size <= MAX_SHARED_STRETCH ? { shared: sharedRuns(machine, base, base + size) } : {}),
    ...(covered < wanted ? { next: plainHex(base + covered) } : {}),
  };
}

/** Values of a stretch as runs of granules, holes between banks included. */
function stretchesOf(machine: Machine, key: MemoryMapKey, from: number, to: number): Stretch[] {
  const stretches: Stretch[] = [];
  const add = (start: number, end: number, colour: ColourKey, label: string): void => {
    const before = stretches.at(-1);
    if (before && before.to === start && before.colour === colour) before.to = end;
    else if (end > start) stretches.push({ from: start, to: end, colour, label });
  };
  if (key === 'pas') {
    for (const run of gptRuns(machine, from, to - from, Number.POSITIVE_INFINITY).runs) {
      add(run.base, run.base + run.size, ...pasColour(run.gpi));
    }
    return stretches;
  }
  const untracked: Value =
    key === 'state' ? ['granule.notTracked', 'not tracked'] : ['realm.none', key === 'realm' ? 'no Realm' : 'no MECID'];
  let at = from;
  for (const range of machine.platform.delegable) {
    const start = Math.max(at, range.base);
    const end = Math.min(to, range.base + range.size);
    if (end <= start) continue;
    add(at, start, ...untracked);
    addTracked(machine, key, start, end, add);
    at = end;
  }
  add(at, to, ...untracked);
  return stretches;
}

type Value = readonly [ColourKey, string];

/** Granules that the RMM tracks: runs of equal state and owner in its tables. */
function addTracked(
  machine: Machine,
  key: MemoryMapKey,
  start: number,
  end: number,
  add: (start: number, end: number, colour: ColourKey, label: string) => void,
): void {
  const count = (end - start) / GRANULE;
  const states = granuleStates(machine, pa(start), count);
  const owners = key === 'state' ? undefined : granuleOwners(machine, pa(start), count);
  const value = key === 'state' ? stateValue : key === 'realm' ? realmValue(machine) : contextValue(machine);
  for (let first = 0; first < count; ) {
    const state = states[first]!;
    const owner = owners?.[first] ?? 0;
    let next = first + 1;
    while (next < count && states[next] === state && (owners === undefined || owners[next] === owner)) next++;
    add(start + first * GRANULE, start + next * GRANULE, ...value(state, owner));
    first = next;
  }
}

type ValueOf = (state: number, owner: number) => Value;

const stateValue: ValueOf = (state) => {
  const name = GRANULE_STATE_NAMES[state] ?? null;
  return [stateColour(name), name ?? 'not tracked'];
};

function realmValue(machine: Machine): ValueOf {
  const realms = listRealms(machine);
  const byRd = new Map<number, Value>(
    realms.map((realm, i) => [realm.rd, [`realm.${i + 1}`, realmTitle(machine, realm)]]),
  );
  return (_, owner) => byRd.get(owner) ?? ['realm.none', 'no Realm'];
}

function contextValue(machine: Machine): ValueOf {
  const byRd = new Map<number, number>(listRealms(machine).map((realm) => [realm.rd, realm.mecid]));
  return (state, owner) => {
    const mecid = mecidOf(GRANULE_STATE_NAMES[state] ?? null, () => byRd.get(owner) ?? 0);
    return mecid === null ? ['realm.none', 'no MECID'] : [`mecid.${mecid}`, `MECID ${mecid}`];
  };
}

/** Runs of granules as runs of cells; stops at the most runs an answer may have. */
function cellRuns(
  stretches: readonly Stretch[],
  base: number,
  size: number,
  cell: number,
): { runs: MemoryMapRun[]; legend: MemoryMapResponse['legend']; covered: number } {
  const index = new Map<ColourKey, number>();
  const labels: string[] = [];
  const granules: number[] = [];
  const total = new Map<number, number>();
  for (const { colour, label, from, to } of stretches) {
    let value = index.get(colour);
    if (value === undefined) {
      value = index.size;
      index.set(colour, value);
      labels.push(label);
    }
    total.set(value, (total.get(value) ?? 0) + (to - from) / GRANULE);
  }
  const runs: MemoryMapRun[] = [];
  let next = 0;
  let at = base;
  while (at < base + size) {
    const stretch = stretches[next];
    if (!stretch) break;
    const value = index.get(stretch.colour)!;
    const whole = Math.floor((Math.min(stretch.to, base + size) - at) / cell);
    let run: MemoryMapRun;
    if (stretch.from <= at && whole >= 1) run = { cells: whole, value };
    else run = mixedCell(stretches, next, at, cell, index, total);
    const before = runs.at(-1);
    if (before && before.value === run.value && before.rare === run.rare)
      runs[runs.length - 1] = { ...before, cells: before.cells + run.cells };
    else if (runs.length >= MAX_MEMORY_MAP_RUNS) break;
    else runs.push(run);
    at += run.cells * cell;
    while (stretches[next] && stretches[next]!.to <= at) next++;
  }
  for (const [value, count] of total) granules[value] = count;
  const legend = [...index.keys()].map((colour, value) => ({
    colour,
    label: labels[value]!,
    granules: granules[value] ?? 0,
  }));
  return { runs, legend, covered: at - base };
}

/** A cell of several values: what most of it is, and its rarest value by the count in the whole stretch. */
function mixedCell(
  stretches: readonly Stretch[],
  first: number,
  at: number,
  cell: number,
  index: ReadonlyMap<ColourKey, number>,
  total: ReadonlyMap<number, number>,
): MemoryMapRun {
  const counts = new Map<number, number>();
  for (let i = first; i < stretches.length && stretches[i]!.from < at + cell; i++) {
    const stretch = stretches[i]!;
    const value = index.get(stretch.colour)!;
    const bytes = Math.min(stretch.to, at + cell) - Math.max(stretch.from, at);
    if (bytes > 0) counts.set(value, (counts.get(value) ?? 0) + bytes);
  }
  const values = [...counts.keys()];
  const most = values.reduce((a, b) => (counts.get(b)! > counts.get(a)! ? b : a), values[0] ?? 0);
  const others = values.filter((value) => value !== most);
  const rarest = others.reduce((a, b) => ((total.get(b) ?? 0) < (total.get(a) ?? 0) ? b : a), others[0] ?? most);
  return rarest === most ? { cells: 1, value: most } : { cells: 1, value: most, rare: rarest };
}

const MAX_CHANGED_RUNS = 256;
const MAX_SHARED_STRETCH = 2 ** 21;

function sharedRuns(machine: Machine, from: number, to: number): MemoryMapShared[] {
  const runs: { base: number; end: number; rd: number; ipa: number }[] = [];
  for (const { rd, pa: output, ipa, size } of hostMappings(machine)) {
    const base = Math.max(from, output);
    const end = Math.min(to, output + size);
    const run = runs.at(-1);
    if (base >= end) continue;
    const start = ipa + base - output;
    if (run && run.rd === rd && run.end === base && run.ipa + base - run.base === start) run.end = end;
    else runs.push({ base, end, rd, ipa: start });
  }
  return runs.map(({ base, end, rd, ipa }) => ({
    base: plainHex(base),
    size: plainHex(end - base),
    realm: realmTitle(machine, readRealm(machine, pa(rd))),
    ipa: plainHex(ipa),
  }));
}
