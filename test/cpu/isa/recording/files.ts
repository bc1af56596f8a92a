/**
 * The recorded instances as a file. Inputs follow from seeds, so that a group is its shape, which seeds were used, the
 * digest of every outcome, and the outcome itself for the first ones, so that a mismatch can say what differs.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { Outcome } from './outcome';
import type { Shape } from './words';

export const FILE = 'test/vectors/a64/instructions.br';

export interface Group {
  readonly shape: Shape;
  /** Seeds of the instances, ascending. */
  readonly indices: readonly number[];
  readonly digests: Uint32Array;
  /** Outcomes of the first instances. */
  readonly outcomes: readonly Outcome[];
}

/** Words with X1 on an aligned address (`sequence` in cases.ts). */
export interface Sequence {
  readonly words: readonly number[];
  readonly seed: number;
  readonly digest: number;
}

export interface Recording {
  readonly groups: readonly Group[];
  readonly sequences: readonly Sequence[];
}

interface Header {
  readonly groups: readonly { readonly shape: Shape; readonly count: number; readonly full: number }[];
  readonly sequences: readonly Sequence[];
}

class Bytes {
  readonly #bytes: number[] = [];
  u8(value: number): void {
    this.#bytes.push(value);
  }
  varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) | 128);
    this.#bytes.push(rest);
  }
  u32(value: number): void {
    this.#bytes.push(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }
  done(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

function compress(bytes: Buffer): Buffer {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = constants;
  return brotliCompressSync(bytes, { params: { [BROTLI_PARAM_QUALITY]: 9, [BROTLI_PARAM_LGWIN]: 22 } });
}

export function pack({ groups, sequences }: Recording): Buffer {
  const header: Header = {
    groups: groups.map(({ shape, indices, outcomes }) => ({ shape, count: indices.length, full: outcomes.length })),
    sequences,
  };
  const skips = new Bytes();
  const digests = new Bytes();
  const outcomes = new Bytes();
  for (const group of groups) {
    group.indices.forEach((index, at) => {
      skips.varint(index - (group.indices[at - 1] ?? -1) - 1);
    });
    group.digests.forEach((digest) => {
      digests.u32(digest);
    });
    for (const { ending, changes } of group.outcomes) {
      outcomes.u8(ending);
      outcomes.varint(changes.size);
      for (const [index, value] of changes) {
        outcomes.varint(index);
        outcomes.u32(value);
      }
    }
  }
  const parts = [Buffer.from(JSON.stringify(header)), skips.done(), outcomes.done(), digests.done()];
  const sizes = Buffer.alloc(parts.length * 4);
  parts.forEach((part, index) => {
    sizes.writeUInt32LE(part.length, index * 4);
  });
  return compress(Buffer.concat([sizes, ...parts]));
}

export function unpack(packed: Uint8Array): Recording {
  const bytes = brotliDecompressSync(packed);
  let start = 16;
  const parts = [0, 1, 2, 3].map((index) => {
    const length = bytes.readUInt32LE(index * 4);
    start += length;
    return bytes.subarray(start - length, start);
  });
  const [text, skips, outcomes, digests] = parts as [Buffer, Buffer, Buffer, Buffer];
  const { groups, sequences } = JSON.parse(text.toString()) as Header;
  const reader = (buffer: Buffer): { u8: () => number; u32: () => number; varint: () => number } => {
    let at = 0;
    const u8 = (): number => buffer[at++]!;
    return {
      u8,
      u32() {
        at += 4;
        return buffer.readUInt32LE(at - 4);
      },
      varint() {
        let value = 0;
        for (let scale = 1; ; scale *= 128) {
          const byte = u8();
          value += (byte & 127) * scale;
          if (byte < 128) return value;
        }
      },
    };
  };
  const [skip, outcome, digest] = [reader(skips), reader(outcomes), reader(digests)];
  return {
    sequences,
    groups: groups.map(({ shape, count, full }) => {
      let index = -1;
      return {
        shape,
        indices: Array.from({ length: count }, () => {
          index += skip.varint() + 1;
          return index;
        }),
        digests: Uint32Array.from({ length: count }, () => digest.u32()),
        outcomes: Array.from({ length: full }, () => {
          const ending = outcome.u8() as Outcome['ending'];
          const changes = new Map<number, number>();
          for (let left = outcome.varint(); left > 0; left--) {
            const place = outcome.varint();
            changes.set(place, outcome.u32());
          }
          return { ending, changes };
        }),
      };
    }),
  };
}
