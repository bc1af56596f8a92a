/**
 * A strict look at CBOR (RFC 8949) before anything else reads it: definite lengths only, no duplicate keys, no trailing
 * bytes, valid UTF-8, bounded depth and size. Keeps where each item lies, so that a view can show a claim's bytes.
 */
import { decode } from 'cbor-x/index-no-eval';
import {
  cborBadUtf8,
  cborDuplicateKey,
  cborEmpty,
  cborIndefinite,
  cborReserved,
  cborTooDeep,
  cborTooLarge,
  cborTooMany,
  cborTrailing,
  cborTruncated,
} from '../problems';
import { isUtf8 } from './utf8';

interface Located {
  /** Offset of the item's first byte and of the byte after its last, in the whole input. */
  readonly start: number;
  readonly end: number;
}

export interface CborInteger extends Located {
  readonly kind: 'integer';
  readonly value: bigint;
}
export interface CborBytes extends Located {
  readonly kind: 'bytes';
  /** A view into the input. */
  readonly value: Uint8Array;
  /** Offset of the content's first byte. */
  readonly content: number;
}
export interface CborText extends Located {
  readonly kind: 'text';
  readonly value: string;
}
export interface CborArray extends Located {
  readonly kind: 'array';
  readonly items: readonly CborItem[];
}
export interface CborMap extends Located {
  readonly kind: 'map';
  readonly entries: readonly CborEntry[];
}
export interface CborTag extends Located {
  readonly kind: 'tag';
  readonly tag: bigint;
  readonly item: CborItem;
}
/** false, true, null, undefined, other simple values and floating-point numbers. */
export interface CborSimple extends Located {
  readonly kind: 'simple';
  readonly value: unknown;
}
export type CborItem = CborInteger | CborBytes | CborText | CborArray | CborMap | CborTag | CborSimple;
export interface CborEntry {
  readonly key: CborItem;
  readonly value: CborItem;
}

export interface CborLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly items: number;
}

/** Far above any CCA token (2 to 4 KiB), far below what could hurt. */
export const CBOR_LIMITS: CborLimits = { bytes: 1 << 20, depth: 16, items: 4096 };

interface Scanner {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly limits: CborLimits;
  /** Offset of `bytes` in the outermost input, added to every offset reported. */
  readonly base: number;
  at: number;
  count: number;
}

const need = (scanner: Scanner, count: number): void => {
  const have = scanner.bytes.length - scanner.at;
  if (have < count) throw cborTruncated(scanner.base + scanner.at, count - have, have);
};

/** The argument of an initial byte (RFC 8949 section 3). Non-shortest forms are accepted. */
function argument(scanner: Scanner, additional: number, start: number, initial: number): bigint {
  if (additional < 24) return BigInt(additional);
  if (additional === 31) throw cborIndefinite(scanner.base + start);
  if (additional > 27) throw cborReserved(scanner.base + start, initial);
  const width = 1 << (additional - 24);
  need(scanner, width);
  const { view, at } = scanner;
  scanner.at += width;
  if (width === 1) return BigInt(view.getUint8(at));
  if (width === 2) return BigInt(view.getUint16(at));
  if (width === 4) return BigInt(view.getUint32(at));
  return view.getBigUint64(at);
}

function keyText(key: CborItem): string {
  if (key.kind === 'integer') return key.value.toString();
  if (key.kind === 'text') return JSON.stringify(key.value);
  return '(neither integer nor text)';
}

/** Two keys are the same when their values are: an integer key in a longer form is still that integer. */
function keyIdentity(scanner: Scanner, key: CborItem): string {
  if (key.kind === 'integer') return `i${key.value}`;
  if (key.kind === 'text') return `t${key.value}`;
  return `b${scanner.bytes.subarray(key.start - scanner.base, key.end - scanner.base).join()}`;
}

function scanItem(scanner: Scanner, depth: number): CborItem {
  const { bytes, base, limits } = scanner;
  const at = scanner.at;
  if (depth > limits.depth) throw cborTooDeep(base + at, limits.depth);
  if (++scanner.count > limits.items) throw cborTooMany(base + at, limits.items);
  need(scanner, 1);
  const initial = bytes[at] ?? 0;
  scanner.at++;
  const major = initial >> 5;
  const additional = initial & 31;
  if (major === 7) return scanSimple(scanner, at, initial, additional);
  const value = argument(scanner, additional, at, initial);
  const start = base + at;
  if (major === 0) return { kind: 'integer', value, start, end: base + scanner.at };
  if (major === 1) return { kind: 'integer', value: -1n - value, start, end: base + scanner.at };
  if (major === 6) {
    const item = scanItem(scanner, depth + 1);
    return { kind: 'tag', tag: value, item, start, end: base + scanner.at };
  }
  // Every byte, item or pair takes at least one byte of input: a count beyond the rest is a lie about the length.
  const rest = bytes.length - scanner.at;
  if (value > BigInt(rest)) throw cborTruncated(base + scanner.at, Number(value) - rest, rest);
  const length = Number(value);
  if (major === 2) {
    const content = scanner.at;
    scanner.at += length;
    const end = base + scanner.at;
    return { kind: 'bytes', value: bytes.subarray(content, scanner.at), content: base + content, start, end };
  }
  if (major === 3) {
    const content = bytes.subarray(scanner.at, scanner.at + length);
    if (!isUtf8(content)) throw cborBadUtf8(start);
    scanner.at += length;
    const text = decode(bytes.subarray(at, scanner.at)) as string;
    return { kind: 'text', value: text, start, end: base + scanner.at };
  }
  if (major === 4) {
    const items: CborItem[] = [];
    for (let i = 0; i < length; i++) items.push(scanItem(scanner, depth + 1));
    return { kind: 'array', items, start, end: base + scanner.at };
  }
  const entries: CborEntry[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < length; i++) {
    const key = scanItem(scanner, depth + 1);
    const identity = keyIdentity(scanner, key);
    if (seen.has(identity)) throw cborDuplicateKey(key.start, keyText(key));
    seen.add(identity);
    entries.push({ key, value: scanItem(scanner, depth + 1) });
  }
  return { kind: 'map', entries, start, end: base + scanner.at };
}

function scanSimple(scanner: Scanner, at: number, initial: number, additional: number): CborSimple {
  const { bytes, base } = scanner;
  if (additional === 31) throw cborReserved(base + at, initial);
  if (additional > 27) throw cborReserved(base + at, initial);
  const width = additional < 24 ? 0 : 1 << (additional - 24);
  need(scanner, width);
  scanner.at += width;
  const located = { start: base + at, end: base + scanner.at };
  if (additional < 24 || additional === 24) {
    const code = additional === 24 ? (bytes[at + 1] ?? 0) : additional;
    if (additional === 24 && code < 32) throw cborReserved(base + at, initial);
    const known: Record<number, unknown> = { 20: false, 21: true, 22: null, 23: undefined };
    return { kind: 'simple', value: code in known ? known[code] : `simple(${code})`, ...located };
  }
  return { kind: 'simple', value: decode(bytes.subarray(at, scanner.at)), ...located };
}

/**
 * The one item that `bytes` holds. Throws a Problem naming the offset (plus `base`) of whatever is not as it should be;
 * never anything else.
 */
export function scanCbor(bytes: Uint8Array, base = 0, limits: CborLimits = CBOR_LIMITS): CborItem {
  if (bytes.length === 0) throw cborEmpty();
  if (bytes.length > limits.bytes) throw cborTooLarge(bytes.length, limits.bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scanner: Scanner = { bytes, view, limits, base, at: 0, count: 0 };
  const item = scanItem(scanner, 0);
  if (scanner.at !== bytes.length) throw cborTrailing(base + scanner.at, bytes.length - scanner.at);
  return item;
}
