/**
 * The recorded instances as a file. Inputs follow from seeds, so that a group is its shape, which seeds were used, the
 * digest of every outcome, and the outcome itself for the first ones, so that a mismatch can say what differs.
 */
import { bytesOf, join, reader, split } from './bytes';
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

export function pack({ groups, sequences }: Recording): Buffer {
  const header: Header = {
    groups: groups.map(({ shape, indices, outcomes }) => ({ shape, count: indices.length, full: outcomes.length })),
    sequences,
  };
  const skips = bytesOf();
  const digests = bytesOf();
  const outcomes = bytesOf();
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
  return join([Buffer.from(JSON.stringify(header)), skips.done(), outcomes.done(), digests.done()]);
}

export function unpack(packed: Uint8Array): Recording {
  const [text, skips, outcomes, digests] = split(packed) as [Buffer, Buffer, Buffer, Buffer];
  const { groups, sequences } = JSON.parse(text.toString()) as Header;
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
