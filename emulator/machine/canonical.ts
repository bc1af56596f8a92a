/** One byte form for plain data: equal values give equal bytes, whatever the order of keys. For hashes only. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Saved } from './saved';

enum Tag {
  Null,
  False,
  True,
  Number,
  BigInt,
  String,
  Bytes,
  Array,
  Object,
}

/** Collects small writes: the hash is fed 64 KiB at a time. */
interface Sink {
  readonly hash: ReturnType<typeof sha256.create>;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used: number;
}

/** SHA-256 of the canonical form, as hexadecimal. */
export function hashSaved(value: Saved): string {
  const bytes = new Uint8Array(65_536);
  const sink: Sink = { hash: sha256.create(), bytes, view: new DataView(bytes.buffer), used: 0 };
  write(sink, value);
  flush(sink);
  return Array.from(sink.hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function flush(sink: Sink): void {
  sink.hash.update(sink.bytes.subarray(0, sink.used));
  sink.used = 0;
}

function head(sink: Sink, tag: Tag, figure: number): void {
  if (sink.used + 9 > sink.bytes.length) flush(sink);
  sink.view.setUint8(sink.used, tag);
  sink.view.setFloat64(sink.used + 1, figure, true);
  sink.used += 9;
}

function text(sink: Sink, tag: Tag, value: string): void {
  head(sink, tag, value.length);
  for (let index = 0; index < value.length; index++) {
    if (sink.used + 2 > sink.bytes.length) flush(sink);
    sink.view.setUint16(sink.used, value.charCodeAt(index), true);
    sink.used += 2;
  }
}

function write(sink: Sink, value: Saved): void {
  if (value === null) head(sink, Tag.Null, 0);
  else if (typeof value === 'boolean') head(sink, value ? Tag.True : Tag.False, 0);
  else if (typeof value === 'number') head(sink, Tag.Number, value);
  else if (typeof value === 'bigint') text(sink, Tag.BigInt, value.toString(16));
  else if (typeof value === 'string') text(sink, Tag.String, value);
  else if (value instanceof Uint8Array) {
    head(sink, Tag.Bytes, value.length);
    flush(sink);
    sink.hash.update(value);
  } else if (Array.isArray(value)) {
    head(sink, Tag.Array, value.length);
    for (const item of value as readonly Saved[]) write(sink, item);
  } else {
    const entries = Object.entries(value as { readonly [key: string]: Saved | undefined }).filter(
      (entry): entry is [string, Saved] => entry[1] !== undefined,
    );
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    head(sink, Tag.Object, entries.length);
    for (const [key, item] of entries) {
      text(sink, Tag.String, key);
      write(sink, item);
    }
  }
}
