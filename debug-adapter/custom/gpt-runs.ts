/** Runs of granules with the same GPI, read from the table with as few walks as its descriptors allow. */
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { walkGpt } from '../../emulator/memory/gpt';
import { readBytes } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';

export interface GptStretch {
  readonly base: number;
  size: number;
  readonly level: 0 | 1;
  readonly gpi: number;
  /** The first descriptor. */
  readonly raw: bigint;
}

const GRANULE = 4096;
const GPIS = 16;
/** The table is Root's. */
const ROOT = encryptionContext(Pas.Root);

/** Walks from `base` for `size` bytes; at most `limit` runs, then `next` says where to go on. */
export function gptRuns(
  machine: Machine,
  base: number,
  size: number,
  limit: number,
): { runs: GptStretch[]; next?: number } {
  const runs: GptStretch[] = [];
  const l0Bytes = 2 ** machine.platform.gpt.l0Bits;
  const end = Math.min(base + size, 2 ** machine.platform.gpt.ppsBits);
  /** False when the limit is reached. */
  const add = (from: number, to: number, level: 0 | 1, gpi: number, raw: () => bigint): boolean => {
    const run = runs.at(-1);
    if (run && run.level === level && run.gpi === gpi) run.size = to - run.base;
    else if (runs.length >= limit) return false;
    else runs.push({ base: from, size: to - from, level, gpi, raw: raw() });
    return true;
  };
  for (let at = base - (base % GRANULE); at < end; ) {
    const walk = walkGpt(machine.memory, machine.platform, pa(at));
    if (walk.kind !== 'granules') {
      const to = Math.min(end, walk.base + walk.size);
      if (!add(at, to, walk.level, walk.gpi, () => walk.descriptor)) return { runs, next: at };
      at = to;
      continue;
    }
    // One descriptor holds sixteen granules, and those of a table follow one another: read them all at once.
    const block = at - (at % (GPIS * GRANULE));
    const tableEnd = Math.min(end, (Math.floor(at / l0Bytes) + 1) * l0Bytes);
    const count = Math.ceil((tableEnd - block) / (GPIS * GRANULE));
    const bytes = readBytes(machine.memory, ROOT, walk.descriptorPa, count * 8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < count; i++) {
      const base64K = block + i * GPIS * GRANULE;
      const low = view.getUint32(i * 8, true);
      // A contiguous descriptor: the walk knows how far it reaches.
      if (low % 16 === 1) break;
      const to = Math.min(tableEnd, base64K + GPIS * GRANULE);
      if (low === view.getUint32(i * 8 + 4, true) && low === (low % 16) * 0x1111_1111) {
        if (!add(at, to, 1, low % 16, () => view.getBigUint64(i * 8, true))) return { runs, next: at };
        at = to;
        continue;
      }
      for (; at < to; at += GRANULE) {
        const nibble = (at - base64K) / GRANULE;
        const gpi = (view.getUint8(i * 8 + (nibble >> 1)) >> ((nibble % 2) * 4)) % 16;
        if (!add(at, at + GRANULE, 1, gpi, () => view.getBigUint64(i * 8, true))) return { runs, next: at };
      }
    }
  }
  return { runs };
}
