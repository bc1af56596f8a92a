/** Recorded text: words of every row from seeds, the digest of each text, and the first texts of a row as they are. */
import { bytesOf, join, reader, split } from './bytes';
import type { Shape } from './words';

export const DISASSEMBLY_FILE = 'test/vectors/a64/disassembly.br';

/** Words count 4 bytes each across all groups: the address of a word follows from its place in the file. */
export interface TextGroup {
  readonly shape: Shape;
  /** Seeds of the words, ascending. */
  readonly indices: readonly number[];
  readonly digests: Uint32Array;
  readonly texts: readonly string[];
}

interface Entry {
  readonly shape: Shape;
  readonly count: number;
  readonly full: number;
}

export function packTexts(groups: readonly TextGroup[]): Buffer {
  const skips = bytesOf();
  const digests = bytesOf();
  for (const group of groups) {
    group.indices.forEach((index, at) => {
      skips.varint(index - (group.indices[at - 1] ?? -1) - 1);
    });
    for (const digest of group.digests) digests.u32(digest);
  }
  const header = groups.map(
    ({ shape, indices, texts }): Entry => ({ shape, count: indices.length, full: texts.length }),
  );
  const texts = groups.flatMap((group) => group.texts).join('\n');
  return join([Buffer.from(JSON.stringify(header)), skips.done(), Buffer.from(texts), digests.done()]);
}

export function unpackTexts(packed: Uint8Array): TextGroup[] {
  const [header, skips, text, digests] = split(packed) as [Buffer, Buffer, Buffer, Buffer];
  const lines = text.toString().split('\n');
  const [skip, digest] = [reader(skips), reader(digests)];
  let line = 0;
  return (JSON.parse(header.toString()) as Entry[]).map(({ shape, count, full }) => {
    let index = -1;
    line += full;
    return {
      shape,
      indices: Array.from({ length: count }, () => {
        index += skip.varint() + 1;
        return index;
      }),
      digests: Uint32Array.from({ length: count }, () => digest.u32()),
      texts: lines.slice(line - full, line),
    };
  });
}
