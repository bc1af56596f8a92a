/** Handler numbers: what a predecoded instruction word stands for in the interpreter's switch. */

import type { Feature } from '../table/features';
import type { Row } from '../table/row';
import { fieldsOf } from '../table/row';
import { ROWS, rowOf } from '../table/table';
import { HOT_HANDLERS } from './hot-handlers';

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
  /** By number; nothing for those that stand for no row. */
  readonly all: readonly (Handler | undefined)[];
  /** In the hot loop, in the order of their numbers from FIRST_HANDLERS on: first those of HOT_HANDLERS. */
  readonly inline: readonly Handler[];
  readonly hotCount: number;
  /** Those that can go the slow way, by number: memory accesses of the hot loop, and what is not in it at all. */
  readonly slow: readonly Handler[];
  /** From this number on all handlers are in `slow`; below it only some of the hot ones are. */
  readonly firstSlow: number;
  /** Those of FP and AdvSIMD, from the number firstVector to the last: all of them go the slow way. */
  readonly vector: readonly Handler[];
  readonly firstVector: number;
  /** Number of a row's handler, by the index of its splits. */
  readonly numbers: ReadonlyMap<Row, readonly number[]>;
}

const touchesMemory = ({ row }: Pick<Handler, 'row'>): boolean => row.section.startsWith('C4.1.94');

const keyOf = (row: Row, settled: Readonly<Record<string, number>>): string =>
  `${row.name} ${Object.values(settled).join()}`.trim();

function number(): Numbering {
  type Unnumbered = Omit<Handler, 'number'> & { readonly index: number };
  const all = ROWS.flatMap((row) =>
    Array.from({ length: combinations(row) }, (_, index): Unnumbered => ({ row, index, settled: settle(row, index) })),
  );
  const rank = new Map(HOT_HANDLERS.map(([key], at) => [key, at]));
  const rankOf = ({ row, settled }: Unnumbered): number => rank.get(keyOf(row, settled)) ?? Number.POSITIVE_INFINITY;
  const inline = all.filter(({ row }) => !row.outline);
  const hot = inline.filter((each) => rankOf(each) < rank.size).sort((a, b) => rankOf(a) - rankOf(b));
  if (hot.length !== rank.size) throw new Error('HOT_HANDLERS names a handler that does not exist.');
  const others = inline.filter((each) => !hot.includes(each));
  const plain = others.filter((each) => !touchesMemory(each));
  const outline = all.filter(({ row }) => row.outline);
  const ordered = [
    ...hot,
    ...plain,
    ...others.filter(touchesMemory),
    ...outline.filter(({ row }) => !row.fp),
    ...outline.filter(({ row }) => row.fp),
  ];
  const numbers = new Map<Row, number[]>(ROWS.map((row) => [row, []]));
  const numbered = ordered.map((each, at): Handler => {
    numbers.get(each.row)![each.index] = FIRST_HANDLERS + at;
    return {
      number: FIRST_HANDLERS + at,
      row: each.row,
      settled: each.settled,
    };
  });
  const vector = numbered.filter(({ row }) => row.fp);
  const slow = numbered.filter((each) => !each.row.fp && (touchesMemory(each) || each.row.outline));
  const firstSlow = FIRST_HANDLERS + hot.length + plain.length;
  return {
    all: [...Array.from({ length: FIRST_HANDLERS }, () => undefined), ...numbered],
    inline: numbered.slice(0, inline.length),
    hotCount: hot.length,
    slow,
    firstSlow,
    vector,
    firstVector: FIRST_HANDLERS + numbered.length - vector.length,
    numbers,
  };
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
  return handlers().numbers.get(row)![index]!;
}
