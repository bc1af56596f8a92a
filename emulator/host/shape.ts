/** The shape of a Realm's RTTs: starting level, concatenation, and which tables a range needs (RMM 1.0, RTT levels). */

/** Bytes an entry covers, from level -1. */
const ENTRY_SIZES = [2 ** 48, 2 ** 39, 2 ** 30, 2 ** 21, 2 ** 12] as const;

/** Bytes one RTT entry covers; `level` from -1 to 3. */
export const entrySize = (level: number): number => ENTRY_SIZES[level + 1] ?? Number.NaN;

/** Bytes one RTT covers: what an entry of the level above does; `level` from 0 to 3. */
export const tableSize = (level: number): number => entrySize(level - 1);

export interface StartShape {
  readonly level: number;
  /** Concatenated tables. */
  readonly count: number;
}

/** Levels that can start an RTT of 32 bits or more. */
const START_LEVELS = [-1, 0, 1, 2] as const;

/**
 * The shape with this starting level, or undefined where the architecture has none (Arm ARM D8.2.9): at least two entries,
 * at most 16 tables; level -1 only with LPA2 and never concatenated, level 0 concatenated only with LPA2.
 */
export function shapeAt(ipaWidth: number, level: number, lpa2: boolean, paBits = 48): StartShape | undefined {
  if (!START_LEVELS.some((each) => each === level)) return undefined;
  if (level === -1) return lpa2 && ipaWidth >= 49 && ipaWidth <= 52 ? { level, count: 1 } : undefined;
  if (level === 0 && paBits < 44) return undefined;
  const [entry, table] = [Math.log2(entrySize(level)), Math.log2(tableSize(level))];
  const concatenated = level === 0 && !lpa2 ? 0 : 4;
  if (ipaWidth < entry + 1 || ipaWidth > table + concatenated) return undefined;
  return { level, count: 2 ** Math.max(0, ipaWidth - table) };
}

/**
 * The shape the Host chooses: level 1 wherever it is allowed (fewer tables to walk than from level 0, fewer to give than at
 * level 2), then level 0.
 */
export function startOf(ipaWidth: number, lpa2 = ipaWidth > 48): StartShape {
  return shapeAt(ipaWidth, 1, lpa2) ?? shapeAt(ipaWidth, 0, lpa2) ?? { level: 0, count: 1 };
}

/** Base of the run of `size` bytes that an IPA lies in, and the first one at or above it. */
export const down = (value: number, size: number): number => value - (value % size);
export const up = (value: number, size: number): number => down(value + size - 1, size);

/** Bases of the runs of `size` bytes in [base, top). */
export function runsOf(base: number, top: number, size: number): number[] {
  const runs: number[] = [];
  for (let at = down(base, size); at < top; at += size) runs.push(at);
  return runs;
}
