/** The table twin: the picture as runs of equal cells, sortable and copyable. */

import type { MemoryMapShared } from '../../../debug-adapter/protocol';
import { button, element } from './dom';
import { addressText, countText, sizeText } from './format';
import { GRANULE } from './geometry';
import type { Palette, Run } from './layers';

export interface TableRow {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

export type SortColumn = 'start' | 'size' | 'label';

export const tableRows = (runs: readonly Run[], palette: Palette): TableRow[] =>
  runs.map(({ start, end, value }) => ({ start, end, label: palette.entries[value]?.label ?? '' }));

/** Says of memory that Realms share with the Host with whom, in rows of its own. */
export function sharedRows(rows: readonly TableRow[], shared: readonly MemoryMapShared[]): TableRow[] {
  let cut = [...rows];
  for (const { base, size, realm } of shared) {
    const from = Number(base);
    const to = from + Number(size);
    cut = cut.flatMap(({ start, end, label }) =>
      [
        { start, end: Math.min(end, from), label },
        { start: Math.max(start, from), end: Math.min(end, to), label: `${label}, shared with ${realm}` },
        { start: Math.max(start, to), end, label },
      ].filter((row) => row.start < row.end),
    );
  }
  return cut;
}

export function sortRows(rows: readonly TableRow[], column: SortColumn): TableRow[] {
  const size = ({ start, end }: TableRow) => end - start;
  return [...rows].sort((a, b) => {
    if (column === 'size') return size(b) - size(a) || a.start - b.start;
    if (column === 'label') return a.label.localeCompare(b.label, 'en') || a.start - b.start;
    return a.start - b.start;
  });
}

const HEAD = ['From', 'To', 'Granules', 'Size', 'Value'] as const;

const cells = ({ start, end, label }: TableRow): string[] => [
  addressText(start),
  addressText(end - 1),
  countText((end - start) / GRANULE),
  sizeText(end - start),
  label,
];

/** Tab-separated text with a heading, for the clipboard. */
export const tableText = (rows: readonly TableRow[]): string =>
  [HEAD, ...rows.map(cells)].map((line) => line.join('\t')).join('\n');

/** Rows shown; all are copied. */
const MOST_ROWS = 1000;

export function tableContent(
  rows: readonly TableRow[],
  column: SortColumn,
  actions: { sort(column: SortColumn): void; go(address: number): void; copy(text: string): void },
): Node[] {
  const sorted = sortRows(rows, column);
  const columns: readonly (SortColumn | undefined)[] = ['start', undefined, 'size', undefined, 'label'];
  const head = element('tr');
  HEAD.forEach((name, index) => {
    const by = columns[index];
    const content = by === undefined ? name : button(name, () => actions.sort(by), { class: 'sort' });
    head.append(element('th', { scope: 'col', 'aria-sort': by === column ? 'ascending' : undefined }, content));
  });
  const body = element('tbody');
  for (const row of sorted.slice(0, MOST_ROWS)) {
    const [from, ...others] = cells(row);
    const link = button(from!, () => actions.go(row.start), { class: 'link' });
    body.append(element('tr', {}, element('td', {}, link), ...others.map((text) => element('td', {}, text))));
  }
  const rest = sorted.length - MOST_ROWS;
  return [
    element(
      'div',
      { class: 'table-tools' },
      button('Copy table', () => actions.copy(tableText(sorted))),
    ),
    element('table', {}, element('thead', {}, head), body),
    ...(rest > 0
      ? [element('p', { class: 'quiet' }, `${countText(rest)} more rows: copy the table to see them.`)]
      : []),
  ];
}
