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
/**
 * Average depth of loops that is still written as such: their jump tables grow with it. Beyond, all that goes back goes
 * through the top.
 */
const DEEPEST = 16;

function loopsOf(edges: readonly Edge[], count: number): Map<number, number> {
  const loops = new Map<number, number>();
  for (const { from, to } of edges) if (to <= from) loops.set(to, Math.max(from, loops.get(to) ?? 0));
  // From the last header to the first, so that those inside have their final ends.
  const headers = [...loops.keys()].sort((a, b) => b - a);
  headers.forEach((header, index) => {
    let end = loops.get(header)!;
    for (let inner = index - 1; inner >= 0 && headers[inner]! <= end; inner--) {
      end = Math.max(end, loops.get(headers[inner]!)!);
    }
    loops.set(header, end);
  });
  const depths = headers.reduce((sum, header) => sum + loops.get(header)! - header + 1, 0);
  return depths > DEEPEST * count ? new Map() : loops;
}

export function shapeOf(blocks: readonly Block[]): Shape {
  const at = new Map(blocks.map((block, index) => [block.start, index]));
  const edges = edgesOf(blocks, at);
  const loops = loopsOf(edges, blocks.length);
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
