/** RTT walks and single entries (RMM 1.0, RttWalk): from the starting level to the first entry that is not a TABLE. */
import { granuleOf, type Pa, pa } from '../../address';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { type MachineMemory, readU32, touchPage, writeU32 } from '../../memory/memory';
import type { RealmSpace } from '../realm/rd';
import { addressIn, type Descriptor, descriptorValue, isTable } from './descriptor';
import { entryCount, entrySize } from './geometry';

/** Where a walk ended. Plain, so that it can wait in a frame. */
export interface Walk {
  /** Table that holds the entry. */
  readonly table: Pa;
  readonly level: number;
  readonly index: number;
  /** The entry, bits 31:0 and 63:32. */
  readonly lo: number;
  readonly hi: number;
}

export const entryAddress = (table: Pa, index: number): Pa => pa(table + index * 8);

/** Walks to `toLevel` at most; `ipa` is inside the address space. */
export function walkRtt(memory: MachineMemory, space: RealmSpace, ipa: number, toLevel: number): Walk {
  let level = space.levelStart;
  const entries = entryCount(level);
  const first = Math.floor(ipa / entrySize(level));
  let table = pa(space.base + Math.floor(first / entries) * 4096);
  let index = first % entries;
  for (;;) {
    const address = entryAddress(table, index);
    const lo = readU32(memory, space.context, address);
    const hi = readU32(memory, space.context, pa(address + 4));
    if (level >= toLevel || !isTable(lo, level)) return { table, level, index, lo, hi };
    table = addressIn(lo, hi, space.lpa2);
    level++;
    index = Math.floor(ipa / entrySize(level)) % 512;
  }
}

/** Writes the entry where a walk ended and tells. `ipa` is any address the entry covers. */
export function writeEntry(
  machine: Machine,
  pe: number,
  space: RealmSpace,
  walk: Walk,
  ipa: number,
  to: Descriptor,
): void {
  const address = entryAddress(walk.table, walk.index);
  writeU32(machine.memory, space.context, address, to.lo);
  writeU32(machine.memory, space.context, pa(address + 4), to.hi);
  const base = ipa - (ipa % entrySize(walk.level));
  const before = descriptorValue(walk.lo, walk.hi);
  emit(machine, 'rtte', pe, space.rd, base, walk.level, before, descriptorValue(to.lo, to.hi), walk.table);
}

/** Fills a fresh table, without telling: its entries repeat what the parent said. */
export function fillTable(
  memory: MachineMemory,
  space: RealmSpace,
  table: Pa,
  entry: (index: number) => Descriptor,
  count = 512,
): void {
  const base = touchPage(memory, space.context, granuleOf(table), true, true);
  const view = memory.view();
  for (let index = 0; index < count; index++) {
    const { lo, hi } = entry(index);
    view.setUint32(base + index * 8, lo, true);
    view.setUint32(base + index * 8 + 4, hi, true);
  }
}

/** Calls `visit` for the entries of a table until it returns false; returns the index it stopped at, or `to`. */
export function scanTable(
  memory: MachineMemory,
  space: RealmSpace,
  table: Pa,
  from: number,
  to: number,
  visit: (lo: number, hi: number, index: number) => boolean,
): number {
  const base = touchPage(memory, space.context, granuleOf(table), false);
  const view = memory.view();
  for (let index = from; index < to; index++) {
    const at = base + index * 8;
    if (!visit(view.getUint32(at, true), view.getUint32(at + 4, true), index)) return index;
  }
  return to;
}
