/** Runs of granules with the same GPI, read from the table with as few walks as its descriptors allow. */
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { walkGpt } from '../../emulator/memory/gpt';

export interface GptStretch {
  readonly base: number;
  readonly size: number;
  readonly level: 0 | 1;
  readonly gpi: number;
  /** The first descriptor. */
  readonly raw: bigint;
}

const GRANULE = 4096;
const GPIS = 16;

/** Walks from `base` for `size` bytes; at most `limit` runs, then `next` says where to go on. */
export function gptRuns(
  machine: Machine,
  base: number,
  size: number,
  limit: number,
): { runs: GptStretch[]; next?: number } {
  const runs: GptStretch[] = [];
  const end = Math.min(base + size, 2 ** machine.platform.gpt.ppsBits);
  /** False when the limit is reached. */
  const add = (from: number, to: number, level: 0 | 1, gpi: number, raw: bigint): boolean => {
    const run = runs.at(-1);
    if (run && run.level === level && run.gpi === gpi) runs[runs.length - 1] = { ...run, size: to - run.base };
    else if (runs.length >= limit) return false;
    else runs.push({ base: from, size: to - from, level, gpi, raw });
    return true;
  };
  for (let at = base - (base % GRANULE); at < end; ) {
    const walk = walkGpt(machine.memory, machine.platform, pa(at));
    if (walk.kind !== 'granules') {
      const to = Math.min(end, walk.base + walk.size);
      if (!add(at, to, walk.level, walk.gpi, walk.descriptor)) return { runs, next: at };
      at = to;
      continue;
    }
    // One descriptor holds sixteen granules: read its nibbles instead of walking for each.
    const block = at - (at % (GPIS * GRANULE));
    const to = Math.min(end, block + GPIS * GRANULE);
    for (; at < to; at += GRANULE) {
      const gpi = Number((walk.descriptor >> BigInt(((at - block) / GRANULE) * 4)) & 15n);
      if (!add(at, at + GRANULE, 1, gpi, walk.descriptor)) return { runs, next: at };
    }
  }
  return { runs };
}
