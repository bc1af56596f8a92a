/** The kind of the flags at the start of each block, where all ways there agree on one. */
import type { Block } from './blocks';
import type { FlagState } from './flags';
import type { Shape } from './shape';

const ANY = -1;
const NONE = -2;

/** Kind at the end of a block by that at its start. */
function throughBlock(block: Block, start: number): number {
  let kind = start;
  for (const { trace } of block.instructions) if (trace.flags !== undefined) kind = trace.flags;
  return kind;
}

export function flagsAtStart(blocks: readonly Block[], { entries, at }: Shape): (FlagState | undefined)[] {
  const starts: number[] = blocks.map((_, index) => (entries[index] === true ? ANY : NONE));
  const merge = (offset: number | undefined, kind: number): boolean => {
    const to = offset === undefined ? undefined : at.get(offset);
    if (to === undefined || starts[to] === kind || starts[to] === ANY) return false;
    starts[to] = starts[to] === NONE ? kind : ANY;
    return true;
  };
  for (let changed = true; changed; ) {
    changed = false;
    blocks.forEach((block, index) => {
      if (starts[index] === NONE) return;
      const end = throughBlock(block, starts[index]!);
      if (block.falls && merge(block.end, end)) changed = true;
      if (merge(block.target, end)) changed = true;
    });
  }
  return starts.map((kind) => (kind < 0 ? undefined : { kind }));
}
