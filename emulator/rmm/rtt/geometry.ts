/** Sizes and valid shapes of RTTs: stage 2 tables of 4 KiB granules (Arm ARM D8.2, RMM 1.0 A5.5). */
export const PAGE_LEVEL = 3;
/** Leaf entries with an output address exist from this level on. */
export const MIN_BLOCK_LEVEL = 1;

const ENTRY_SIZES = [2 ** 48, 2 ** 39, 2 ** 30, 2 ** 21, 2 ** 12] as const;

/** Bytes one entry covers; `level` from -1 to 3. */
export const entrySize = (level: number): number => ENTRY_SIZES[level + 1] ?? Number.NaN;

/** Entries of one table; at level -1 only IPA bits 51:48 index it. */
export const entryCount = (level: number): number => (level < 0 ? 16 : 512);

/** Bytes a whole table covers. */
export const tableSize = (level: number): number => entrySize(level) * entryCount(level);

/** Most tables that may be concatenated at the starting level. */
const MAX_START_TABLES = 16;

/**
 * Number of starting tables for this IPA width and level, or 0 when the level cannot start it: at least two entries, at
 * most 16 tables; no concatenation at level -1, nor at level 0 without LPA2; level 0 needs 44 bits of PA.
 */
export function startTables(ipaWidth: number, level: number, lpa2: boolean, paBits: number): number {
  if (level > PAGE_LEVEL || level < (lpa2 ? -1 : 0)) return 0;
  if (level === 0 && paBits < 44) return 0;
  const below = 9 * (PAGE_LEVEL - level);
  const least = below + 13;
  const single = least + (level < 0 ? 3 : 8);
  const concatenates = level > 0 || (level === 0 && lpa2);
  if (ipaWidth < least || ipaWidth > single + (concatenates ? 4 : 0)) return 0;
  const tables = ipaWidth <= single ? 1 : 2 ** (ipaWidth - single);
  return tables <= MAX_START_TABLES ? tables : 0;
}
