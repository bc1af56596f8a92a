/** Attribute values by form (DWARF 5, 7.5.6). */
import { FORM } from './constants';
import {
  BadDwarf,
  bytesOf,
  createReader,
  cstring,
  i64,
  offsetOf,
  type Reader,
  skip,
  sleb,
  spend,
  u8,
  u16,
  u32,
  u64,
  uint,
  uleb,
  ulebNumber,
} from './reader';
import type { Sections, Unit } from './unit';

/** A value by its class; what has no use here (type signatures, supplementary files) is `other`. */
export type AttributeValue =
  | { readonly kind: 'address'; readonly value: bigint }
  | { readonly kind: 'constant'; readonly value: bigint; readonly size: number; readonly signed: boolean }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'block'; readonly value: Uint8Array }
  /** Offset in .debug_info. */
  | { readonly kind: 'reference'; readonly value: number }
  | { readonly kind: 'offset'; readonly value: number }
  /** Index into a location or range list table. */
  | { readonly kind: 'list'; readonly value: number }
  | { readonly kind: 'other' };

const constant = (value: bigint, size: number, signed = false): AttributeValue => ({
  kind: 'constant',
  value,
  size,
  signed,
});
const string = (value: string): AttributeValue => ({ kind: 'string', value });

/** Reads one value; an index form needs the unit's bases and the sections. */
export function readForm(
  reader: Reader,
  form: number,
  implicit: bigint,
  unit: Unit,
  sections: Sections,
): AttributeValue {
  spend(reader.budget, 1);
  switch (form) {
    case FORM.addr:
      return { kind: 'address', value: uint(reader, unit.addressSize) };
    case FORM.addrx:
      return { kind: 'address', value: indexedAddress(unit, sections, ulebNumber(reader)) };
    case FORM.addrx1:
    case FORM.addrx2:
    case FORM.addrx3:
    case FORM.addrx4:
      return { kind: 'address', value: indexedAddress(unit, sections, index(reader, form - FORM.addrx1 + 1)) };
    case FORM.data1:
      return constant(BigInt(u8(reader)), 1);
    case FORM.data2:
      return constant(BigInt(u16(reader)), 2);
    case FORM.data4:
      // In DWARF 2 and 3 this is also how section offsets are written; readers of such attributes accept a constant.
      return constant(BigInt(u32(reader)), 4);
    case FORM.data8:
      return constant(u64(reader), 8);
    case FORM.data16:
      return { kind: 'block', value: bytesOf(reader, 16) };
    case FORM.udata:
      return constant(uleb(reader), 8);
    case FORM.sdata:
      return constant(sleb(reader), 8, true);
    case FORM.implicit_const:
      return constant(implicit, 8, true);
    case FORM.flag:
      return { kind: 'flag', value: u8(reader) !== 0 };
    case FORM.flag_present:
      return { kind: 'flag', value: true };
    case FORM.string:
      return string(cstring(reader));
    case FORM.strp:
      return string(stringOf(reader, '.debug_str', sections.str, offsetOf(reader, unit.wide)));
    case FORM.line_strp:
      return string(stringOf(reader, '.debug_line_str', sections.lineStr, offsetOf(reader, unit.wide)));
    case FORM.strx:
      return string(indexedString(reader, unit, sections, ulebNumber(reader)));
    case FORM.strx1:
    case FORM.strx2:
    case FORM.strx3:
    case FORM.strx4:
      return string(indexedString(reader, unit, sections, index(reader, form - FORM.strx1 + 1)));
    case FORM.block1:
      return { kind: 'block', value: bytesOf(reader, u8(reader)) };
    case FORM.block2:
      return { kind: 'block', value: bytesOf(reader, u16(reader)) };
    case FORM.block4:
      return { kind: 'block', value: bytesOf(reader, u32(reader)) };
    case FORM.block:
    case FORM.exprloc:
      return { kind: 'block', value: bytesOf(reader, ulebNumber(reader)) };
    case FORM.ref1:
      return { kind: 'reference', value: unit.offset + u8(reader) };
    case FORM.ref2:
      return { kind: 'reference', value: unit.offset + u16(reader) };
    case FORM.ref4:
      return { kind: 'reference', value: unit.offset + u32(reader) };
    case FORM.ref8:
      return { kind: 'reference', value: unit.offset + Number(u64(reader)) };
    case FORM.ref_udata:
      return { kind: 'reference', value: unit.offset + ulebNumber(reader) };
    case FORM.ref_addr:
      return { kind: 'reference', value: offsetOf(reader, unit.wide) };
    case FORM.sec_offset:
      return { kind: 'offset', value: offsetOf(reader, unit.wide) };
    case FORM.loclistx:
    case FORM.rnglistx:
      return { kind: 'list', value: ulebNumber(reader) };
    case FORM.ref_sig8:
    case FORM.ref_sup8:
      i64(reader);
      return { kind: 'other' };
    case FORM.ref_sup4:
      skip(reader, 4);
      return { kind: 'other' };
    case FORM.strp_sup:
      offsetOf(reader, unit.wide);
      return { kind: 'other' };
    case FORM.indirect: {
      const inner = ulebNumber(reader);
      if (inner === FORM.indirect || inner === FORM.implicit_const)
        throw new BadDwarf('.debug_info: an indirect form that points to itself');
      return readForm(reader, inner, 0n, unit, sections);
    }
    default:
      throw new BadDwarf(
        `${reader.section}: unknown attribute form 0x${form.toString(16)} at 0x${reader.at.toString(16)}`,
      );
  }
}

/** An index of 1 to 4 bytes. */
const index = (reader: Reader, size: number): number =>
  size === 3 ? u16(reader) + u8(reader) * 0x1_0000 : Number(uint(reader, size));

const stringOf = (reader: Reader, name: string, bytes: Uint8Array | undefined, offset: number): string =>
  cstring(createReader(name, bytes, reader.budget, offset));

function indexedString(reader: Reader, unit: Unit, sections: Sections, at: number): string {
  const entry = unit.strOffsetsBase + at * (unit.wide ? 8 : 4);
  const offset = offsetOf(createReader('.debug_str_offsets', sections.strOffsets, reader.budget, entry), unit.wide);
  return stringOf(reader, '.debug_str', sections.str, offset);
}

/** Entry `at` of the unit's part of .debug_addr. */
export function indexedAddress(unit: Unit, sections: Sections, at: number): bigint {
  const entry = unit.addrBase + at * unit.addressSize;
  return uint(createReader('.debug_addr', sections.addr, sections.budget, entry), unit.addressSize);
}
