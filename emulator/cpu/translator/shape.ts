/**
 * The control flow of a region in the terms of WebAssembly. Blocks stay in the order of their addresses. A branch
 * forward leaves a nest of blocks; one backward goes to the loop that was made of the range from its target to its
 * source; what is neither (into the middle of a loop) goes to the top of the function, which finds every entry.
 */
import type { Block } from './blocks';

export interface Item {
  /** Numbers of the first and last block. */
  readonly first: number;
  readonly last: number;
  /** A loop when present: its content, which begins with block `first`. */
  readonly items?: readonly Item[];
  /** Loops only: some block other than the first can be reached from the top. */
  readonly dispatches?: boolean;
}

export interface Shape {
  readonly items: readonly Item[];
  /** By block: the top can go there. */
  readonly entries: readonly boolean[];
  /** Number of the block that begins at an offset. */
  readonly at: ReadonlyMap<number, number>;
}

interface Edge {
  readonly from: number;
  readonly to: number;
}

function edgesOf(blocks: readonly Block[], at: ReadonlyMap<number, number>): Edge[] {
  return blocks.flatMap((block, from) => {
    const targets = [block.falls ? block.end : undefined, block.links ? undefined : block.target];
    return targets.flatMap((offset) => {
      const to = offset === undefined ? undefined : at.get(offset);
      return to === undefined ? [] : [{ from, to }];
    });
  });
}

/** Last block of the loop that begins with a block; ranges that overlap are extended until one holds the other. */
function loopsOf(edges: readonly Edge[]): Map<number, number> {
  const loops = new Map<number, number>();
  for (const { from, to } of edges) if (to <= from) loops.set(to, Math.max(from, loops.get(to) ?? 0));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [outer, end] of loops) {
      for (const [inner, last] of loops) {
        if (outer < inner && inner <= end && end < last) {
          loops.set(outer, last);
          changed = true;
        }
      }
    }
  }
  return loops;
}

export function shapeOf(blocks: readonly Block[]): Shape {
  const at = new Map(blocks.map((block, index) => [block.start, index]));
  const edges = edgesOf(blocks, at);
  const loops = loopsOf(edges);
  const reached = new Set(edges.map(({ to }) => to));
  const entries = blocks.map((block, index) => block.entry || !reached.has(index));
  for (const block of blocks) {
    const called = block.links && block.target !== undefined ? at.get(block.target) : undefined;
    if (called !== undefined) entries[called] = true;
  }
  // A loop is worth entering from the interpreter, wherever it left the translation.
  for (const header of loops.keys()) entries[header] = true;
  const inside = (header: number, block: number): boolean => header <= block && block <= loops.get(header)!;
  const headers = [...loops.keys()];
  for (const { from, to } of edges) {
    const holders = headers.filter((header) => header !== to && inside(header, to));
    const direct = to > from ? holders.every((header) => inside(header, from)) : inside(to, from);
    if (!direct) entries[to] = true;
  }
  const build = (first: number, last: number, within: number): Item[] => {
    const items: Item[] = [];
    for (let block = first; block <= last; ) {
      const end = block === within ? undefined : loops.get(block);
      if (end === undefined) items.push({ first: block, last: block });
      else {
        const dispatches = entries.slice(block + 1, end + 1).some(Boolean);
        items.push({ first: block, last: end, items: build(block, end, block), dispatches });
      }
      block = (end ?? block) + 1;
    }
    return items;
  };
  return { items: build(0, blocks.length - 1, -1), entries, at };
}
