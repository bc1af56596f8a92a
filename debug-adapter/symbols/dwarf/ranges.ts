/** Address ranges of an entry: low/high pair, .debug_ranges (DWARF 4), .debug_rnglists (DWARF 5). */
import { AT } from './constants';
import { indexedAddress } from './forms';
import { createReader, offsetOf, spend, u8, u64, ulebNumber } from './reader';
import { type Die, offsetAttribute, type Sections, type Unit } from './unit';

/** Half open. */
export interface AddressRange {
  readonly low: bigint;
  readonly high: bigint;
}

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const MAX_RANGES = 65536;

export const inRanges = (ranges: readonly AddressRange[], address: bigint): boolean =>
  ranges.some(({ low, high }) => address >= low && address < high);

/** Empty for an entry without code, and for code the linker discarded (its addresses were set to zero or all ones). */
export function rangesOf(die: Die, sections: Sections): readonly AddressRange[] {
  return rawRanges(die, sections).filter(({ low, high }) => low < high && high - low < 0x1_0000_0000n && low !== 0n);
}

function rawRanges(die: Die, sections: Sections): readonly AddressRange[] {
  const listed = die.attributes.get(AT.ranges);
  if (listed !== undefined) {
    if (listed.kind === 'list') return readRnglist(die.unit, sections, rnglistOffset(die.unit, sections, listed.value));
    const offset = offsetAttribute(die, AT.ranges);
    if (offset === undefined) return [];
    return die.unit.version >= 5 ? readRnglist(die.unit, sections, offset) : readRanges(die.unit, sections, offset);
  }
  const low = die.attributes.get(AT.low_pc);
  const high = die.attributes.get(AT.high_pc);
  if (low?.kind !== 'address') return [];
  if (high?.kind === 'address') return [{ low: low.value, high: high.value }];
  if (high?.kind === 'constant') return [{ low: low.value, high: low.value + BigInt.asUintN(64, high.value) }];
  return [];
}

/** A list index is an entry of the offset table at rnglists_base. */
function rnglistOffset(unit: Unit, sections: Sections, index: number): number {
  const at = unit.rnglistsBase + index * (unit.wide ? 8 : 4);
  return (
    unit.rnglistsBase + offsetOf(createReader('.debug_rnglists', sections.rnglists, sections.budget, at), unit.wide)
  );
}

function readRanges(unit: Unit, sections: Sections, offset: number): AddressRange[] {
  const reader = createReader('.debug_ranges', sections.ranges, sections.budget, offset);
  const ranges: AddressRange[] = [];
  let base = unit.lowPc;
  while (ranges.length < MAX_RANGES) {
    spend(sections.budget, 1);
    const low = u64(reader);
    const high = u64(reader);
    if (low === 0n && high === 0n) break;
    if (low === ALL_ONES) base = high;
    else ranges.push({ low: base + low, high: base + high });
  }
  return ranges;
}

function readRnglist(unit: Unit, sections: Sections, offset: number): AddressRange[] {
  const reader = createReader('.debug_rnglists', sections.rnglists, sections.budget, offset);
  const ranges: AddressRange[] = [];
  const indexed = (): bigint => indexedAddress(unit, sections, ulebNumber(reader));
  const length = (): bigint => BigInt(ulebNumber(reader));
  let base = unit.lowPc;
  while (ranges.length < MAX_RANGES) {
    spend(sections.budget, 1);
    const kind = u8(reader);
    if (kind === 0) break;
    if (kind === 1) base = indexed();
    else if (kind === 2) ranges.push({ low: indexed(), high: indexed() });
    else if (kind === 3) ranges.push(startLength(indexed(), length()));
    else if (kind === 4) ranges.push({ low: base + length(), high: base + length() });
    else if (kind === 5) base = u64(reader);
    else if (kind === 6) ranges.push({ low: u64(reader), high: u64(reader) });
    else if (kind === 7) ranges.push(startLength(u64(reader), length()));
    else break;
  }
  return ranges;
}

const startLength = (low: bigint, length: bigint): AddressRange => ({ low, high: low + length });
