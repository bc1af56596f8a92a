/** RTTs, decoded from their descriptors. */
import { type Ipa, ipa, type Pa, pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { type MachineMemory, peekBytes } from '../../memory/memory';
import { realmContext } from '../memory';
import { isProtected, type RealmSpace } from '../realm/rd';
import { addressIn, descriptorValue, HIPAS_NAMES, Hipas, hipasOf, RIPAS_NAMES, ripasOf } from '../rtt/descriptor';
import { entryCount, entrySize } from '../rtt/geometry';
import { readRealm } from './realms';
import type { RealmInfo, RtteInfo, RttWalk } from './types';

/** The parameters of walks, from the decoded Realm. */
export const spaceOf = (realm: RealmInfo): RealmSpace => ({
  rd: realm.rd,
  context: realmContext(realm.mecid),
  ipaWidth: realm.ipaWidth,
  lpa2: realm.lpa2,
  base: realm.rttBase,
  levelStart: realm.rttLevelStart,
  numStart: realm.rttNumStart,
});

const FIELD = (lo: number, shift: number, mask: number): number => (lo >>> shift) & mask;
/** Stage 2 MemAttr[2:0] with FWB. */
const MEMATTR = ['Device', 'Device', 'Device', 'Device', 'reserved', 'Normal NC', 'Normal WB', 'as stage 1'] as const;
const S2AP = ['no access', 'RO', 'WO', 'RW'] as const;
const SH = ['NSH', 'SH reserved', 'OSH', 'ISH'] as const;
const AF = 1 << 10;
const XN_HI = 1 << 22;
const NS_HI = 1 << 23;

function attributesOf(lo: number, hi: number, lpa2: boolean): string[] {
  const words: string[] = [MEMATTR[FIELD(lo, 2, 7)] ?? '?', S2AP[FIELD(lo, 6, 3)] ?? '?'];
  if (!lpa2) words.push(SH[FIELD(lo, 8, 3)] ?? '?');
  if ((lo & AF) !== 0) words.push('AF');
  if ((hi & NS_HI) !== 0) words.push('NS');
  if ((hi & XN_HI) !== 0) words.push('XN');
  return words;
}

function decode(
  space: RealmSpace,
  view: DataView,
  offset: number,
  place: { table: Pa; level: number; index: number; ipa: Ipa },
): RtteInfo {
  const lo = view.getUint32(offset, true);
  const hi = view.getUint32(offset + 4, true);
  const hipas = hipasOf(lo, hi, place.level);
  const hasAddress = hipas === Hipas.Assigned || hipas === Hipas.AssignedNs || hipas === Hipas.Table;
  const hasRipas = hipas === Hipas.Assigned || hipas === Hipas.Unassigned;
  return {
    index: place.index,
    level: place.level,
    ipa: place.ipa,
    size: entrySize(place.level),
    descriptorPa: pa(place.table + place.index * 8),
    raw: descriptorValue(lo, hi),
    hipas: HIPAS_NAMES[hipas],
    ripas: hasRipas && isProtected(space, place.ipa) ? RIPAS_NAMES[ripasOf(lo)] : null,
    pa: hasAddress ? addressIn(lo, hi, space.lpa2) : null,
    attributes: (lo & 1) !== 0 && hipas !== Hipas.Table ? attributesOf(lo, hi, space.lpa2) : [],
  };
}

/** A raw descriptor of a level for the address `base`, which says whether it is Protected; for changes of the past. */
export function decodeRtte(
  realm: RealmInfo,
  raw: bigint,
  level: number,
  base: Ipa,
): Pick<RtteInfo, 'hipas' | 'ripas' | 'pa' | 'size'> {
  const halves = new DataView(new ArrayBuffer(8));
  halves.setBigUint64(0, raw, true);
  return decode(spaceOf(realm), halves, 0, { table: pa(0), level, index: 0, ipa: base });
}

const peek = (memory: MachineMemory, space: RealmSpace, address: Pa, length: number): DataView => {
  const bytes = peekBytes(memory, space.context, address, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

/** Walks from the starting level to `level` at most (RMM 1.0, RttWalk). `address` must be below 2^ipa_width. */
export function walkRtt(machine: Machine, rd: Pa, address: Ipa, level: number): RttWalk {
  const space = spaceOf(readRealm(machine, rd));
  const entries: RtteInfo[] = [];
  const first = Math.floor(address / entrySize(space.levelStart));
  const perTable = entryCount(space.levelStart);
  let table = pa(space.base + Math.floor(first / perTable) * 4096);
  let index = first % perTable;
  for (let at = space.levelStart; ; at++) {
    const base = ipa(address - (address % entrySize(at)));
    const view = peek(machine.memory, space, pa(table + index * 8), 8);
    const entry = decode(space, view, 0, { table, level: at, index, ipa: base });
    entries.push(entry);
    if (at >= level || entry.hipas !== 'TABLE' || entry.pa === null) return { level: at, entries };
    table = entry.pa;
    index = Math.floor(address / entrySize(at + 1)) % 512;
  }
}

/** All entries of the table at `table` that are inside the IPA space. `base` is the first address the table covers. */
export function readRttPage(machine: Machine, rd: Pa, table: Pa, level: number, base: Ipa): RtteInfo[] {
  return readTable(machine, spaceOf(readRealm(machine, rd)), table, level, base);
}

function readTable(machine: Machine, space: RealmSpace, table: Pa, level: number, base: Ipa): RtteInfo[] {
  const view = peek(machine.memory, space, table, 4096);
  const inSpace = Math.floor((2 ** space.ipaWidth - base) / entrySize(level));
  return Array.from({ length: Math.min(entryCount(level), inSpace) }, (_, index) =>
    decode(space, view, index * 8, { table, level, index, ipa: ipa(base + index * entrySize(level)) }),
  );
}

/** A table of a Realm and the range it covers. */
export interface TablePlace {
  readonly table: Pa;
  readonly level: number;
  readonly ipa: Ipa;
}

/**
 * Visits the tables of a Realm with their entries, parents first, until `visit` returns false. Below the starting level
 * only those that cover an address from `above` on.
 */
export function visitTables(
  machine: Machine,
  realm: RealmInfo,
  visit: (place: TablePlace, entries: readonly RtteInfo[]) => boolean,
  above = 0,
): void {
  const space = spaceOf(realm);
  const range = entrySize(space.levelStart) * entryCount(space.levelStart);
  const waiting: TablePlace[] = Array.from({ length: space.numStart }, (_, index) => ({
    table: pa(space.base + index * 4096),
    level: space.levelStart,
    ipa: ipa(index * range),
  }));
  for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
    const entries = readTable(machine, space, place.table, place.level, place.ipa);
    if (!visit(place, entries)) return;
    for (const entry of entries) {
      if (entry.hipas === 'TABLE' && entry.pa !== null && entry.level < 3 && entry.ipa + entry.size > above) {
        waiting.push({ table: entry.pa, level: entry.level + 1, ipa: entry.ipa });
      }
    }
  }
}
