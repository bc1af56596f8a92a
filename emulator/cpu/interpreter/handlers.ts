/** Handler numbers: what a predecoded instruction word stands for in the interpreter's switch. */
import type { Feature } from '../table/features';
import type { Row } from '../table/row';
import { fieldsOf } from '../table/row';
import { ROWS, rowOf } from '../table/table';

/** Not decoded yet: a cleared code page is all of these. */
export const UNDECODED = 0;
/** After the last word of a page. */
export const PAGE_END = 1;
export const UNDEFINED = 2;
export const NO_OPERATION = 3;
/** Handlers that stand for no row. */
export const FIRST_HANDLERS = 4;

/** One handler: a row with its splits settled. */
export interface Handler {
  readonly number: number;
  readonly row: Row;
  readonly settled: Readonly<Record<string, number>>;
}

const combinations = (row: Row): number => row.splits.reduce((product, split) => product * split.count, 1);

function settle(row: Row, index: number): Record<string, number> {
  const settled: Record<string, number> = {};
  let rest = index;
  for (const split of row.splits) {
    settled[split.name] = rest % split.count;
    rest = Math.floor(rest / split.count);
  }
  return settled;
}

interface Numbering {
  /** In the hot loop, in the order of their numbers: first those that touch no memory. */
  readonly inline: readonly Handler[];
  /** Those that can go the slow way: memory accesses of the hot loop, then what is not in it at all. */
  readonly slow: readonly Handler[];
  readonly firstSlow: number;
  readonly base: ReadonlyMap<Row, number>;
}

const touchesMemory = (row: Row): boolean => row.section.startsWith('C4.1.94');

function number(): Numbering {
  const base = new Map<Row, number>();
  let next = FIRST_HANDLERS;
  const assign = (rows: readonly Row[]): Handler[] =>
    rows.flatMap((row) => {
      const first = next;
      base.set(row, first);
      next += combinations(row);
      return Array.from({ length: combinations(row) }, (_, index) => ({
        number: first + index,
        row,
        settled: settle(row, index),
      }));
    });
  const plain = assign(ROWS.filter((row) => !row.outline && !touchesMemory(row)));
  const firstSlow = next;
  const memory = assign(ROWS.filter((row) => !row.outline && touchesMemory(row)));
  const outlined = assign(ROWS.filter((row) => row.outline));
  return { inline: [...plain, ...memory], slow: [...memory, ...outlined], firstSlow, base };
}

let numbering: Numbering | undefined;

/** All handlers; computed once in a process. */
export function handlers(): Numbering {
  numbering ??= number();
  return numbering;
}

/** The handler number of an instruction word when these features are advertised. */
export function decode(word: number, features: ReadonlySet<Feature>): number {
  const row = rowOf(word);
  if (row === undefined || !features.has(row.feature)) return UNDEFINED;
  const fields = fieldsOf(row, word);
  if (row.pure !== undefined && fields[row.pure] === 31) return NO_OPERATION;
  let index = 0;
  let scale = 1;
  for (const split of row.splits) {
    index += split.of(fields) * scale;
    scale *= split.count;
  }
  return handlers().base.get(row)! + index;
}
