/** Which blocks of a page with much code go into one region. */
import type { Block } from './blocks';

/** Most instructions of a region: what engines spend on a function grows faster than its size. */
export const LARGEST_REGION = 512;

/** Blocks that hang together with the one at or after an offset, nearest first, in the order of their addresses. */
export function chooseBlocks(blocks: readonly Block[], offset: number): Block[] {
  const byStart = new Map(blocks.map((block) => [block.start, block]));
  const neighbours = new Map<Block, Block[]>(blocks.map((block) => [block, []]));
  for (const block of blocks) {
    for (const to of [block.end, block.target]) {
      const other = to === undefined ? undefined : byStart.get(to);
      if (other === undefined) continue;
      neighbours.get(block)!.push(other);
      neighbours.get(other)!.push(block);
    }
  }
  const first = blocks.find(({ end }) => end > offset) ?? blocks[0];
  const chosen = new Set(first === undefined ? [] : [first]);
  let size = 0;
  for (const block of chosen) {
    size += block.length;
    if (size > LARGEST_REGION) {
      chosen.delete(block);
      size -= block.length;
      continue;
    }
    for (const other of neighbours.get(block) ?? []) chosen.add(other);
  }
  return [...chosen].sort((a, b) => a.start - b.start);
}
