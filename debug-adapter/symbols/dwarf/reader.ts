/**
 * Reads DWARF bytes. The file is the user's and may be damaged: every read is checked, and a work budget shared by all
 * readers of one image bounds time and memory whatever the offsets in it say.
 */

/** Damaged or unsupported DWARF. Caught per unit: the rest of the image keeps its symbols. */
export class BadDwarf extends Error {
  override readonly name = 'BadDwarf';
}

/** Units of work left: about one per attribute, opcode or row read. */
export interface WorkBudget {
  left: number;
}

export function spend(budget: WorkBudget, units: number): void {
  budget.left -= units;
  if (budget.left < 0) throw new BadDwarf('the debug information needs more work than its size justifies');
}

export interface Reader {
  readonly section: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly budget: WorkBudget;
  /** Next byte to read, from the start of the section. */
  at: number;
  /** First byte that must not be read. */
  end: number;
}

const EMPTY = new Uint8Array(0);

export function createReader(
  section: string,
  bytes: Uint8Array | undefined,
  budget: WorkBudget,
  at = 0,
  end?: number,
): Reader {
  const data = bytes ?? EMPTY;
  const reader = {
    section,
    bytes: data,
    view: new DataView(data.buffer, data.byteOffset, data.byteLength),
    budget,
    at,
    end: end ?? data.length,
  };
  if (at > reader.end || reader.end > data.length) throw outside(reader, at, 0);
  return reader;
}

const outside = (reader: Reader, at: number, size: number): BadDwarf =>
  new BadDwarf(`${reader.section}: ${size} bytes at offset 0x${at.toString(16)} are outside the section or unit`);

function take(reader: Reader, size: number): number {
  const at = reader.at;
  if (!(size >= 0) || at < 0 || at + size > reader.end) throw outside(reader, at, size);
  reader.at = at + size;
  return at;
}

export const skip = (reader: Reader, size: number): void => void take(reader, size);
export const u8 = (reader: Reader): number => reader.view.getUint8(take(reader, 1));
export const i8 = (reader: Reader): number => reader.view.getInt8(take(reader, 1));
export const u16 = (reader: Reader): number => reader.view.getUint16(take(reader, 2), true);
export const u32 = (reader: Reader): number => reader.view.getUint32(take(reader, 4), true);
export const u64 = (reader: Reader): bigint => reader.view.getBigUint64(take(reader, 8), true);
export const i64 = (reader: Reader): bigint => reader.view.getBigInt64(take(reader, 8), true);

/** An unsigned value of 1, 2, 4 or 8 bytes. */
export function uint(reader: Reader, size: number): bigint {
  if (size === 8) return u64(reader);
  if (size === 4) return BigInt(u32(reader));
  if (size === 2) return BigInt(u16(reader));
  if (size === 1) return BigInt(u8(reader));
  throw new BadDwarf(`${reader.section}: a value of ${size} bytes at 0x${reader.at.toString(16)}`);
}

/** An offset or length that must be usable as an index. */
export function offsetOf(reader: Reader, wide: boolean): number {
  const value = wide ? u64(reader) : BigInt(u32(reader));
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw outside(reader, reader.at, Number(value));
  return Number(value);
}

export function uleb(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = u8(reader);
    if (shift < 64n) value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
    if (shift > 140n) throw new BadDwarf(`${reader.section}: an endless number at 0x${reader.at.toString(16)}`);
  }
}

export function sleb(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = u8(reader);
    if (shift < 70n) value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      const bits = Number(shift) + 7;
      return BigInt.asIntN(64, BigInt.asIntN(Math.min(bits, 77), value));
    }
    if (shift > 140n) throw new BadDwarf(`${reader.section}: an endless number at 0x${reader.at.toString(16)}`);
  }
}

/** A ULEB128 that is a count, index or offset. Saturates instead of losing bits: the next check refuses it. */
export function ulebNumber(reader: Reader): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; ; i++) {
    const byte = u8(reader);
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return Math.min(value, Number.MAX_SAFE_INTEGER);
    if (i > 20) throw new BadDwarf(`${reader.section}: an endless number at 0x${reader.at.toString(16)}`);
  }
}

export function bytesOf(reader: Reader, size: number): Uint8Array {
  const at = take(reader, size);
  return reader.bytes.subarray(at, at + size);
}

const utf8 = new TextDecoder('utf-8');

/** A NUL-terminated string; longer than 64 KiB is refused. */
export function cstring(reader: Reader): string {
  const start = reader.at;
  const limit = Math.min(reader.end, start + 0x1_0000);
  const stop = reader.bytes.indexOf(0, start);
  if (start < 0 || stop < 0 || stop >= limit)
    throw new BadDwarf(`${reader.section}: a string without end at 0x${start.toString(16)}`);
  spend(reader.budget, 1 + ((stop - start) >> 4));
  reader.at = stop + 1;
  return utf8.decode(reader.bytes.subarray(start, stop));
}

/** The unit_length field: where the unit ends, and whether offsets have 8 bytes (64-bit DWARF). */
export function initialLength(reader: Reader): { end: number; wide: boolean } {
  const first = u32(reader);
  if (first >= 0xffff_fff0 && first !== 0xffff_ffff)
    throw new BadDwarf(`${reader.section}: reserved length 0x${first.toString(16)}`);
  const wide = first === 0xffff_ffff;
  const length = wide ? Number(u64(reader)) : first;
  if (reader.at + length > reader.end) throw outside(reader, reader.at, length);
  return { end: reader.at + length, wide };
}
