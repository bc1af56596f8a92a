/** Random words of an encoding. A shape is what a recording keeps of a row, so that it outlives changes of the table. */
import type { Row } from '../../../../emulator/cpu/table/row';
import { rowOf } from '../../../../emulator/cpu/table/table';
import { isLiteral } from './placing';
import type { Random } from './random';
import { hashText, mix, random } from './random';

type FieldKind = 'register' | 'target' | 'literal' | 'plain';

export interface Shape {
  readonly name: string;
  readonly value: number;
  /** Bits that are always those of `value`. */
  readonly mask: number;
  readonly fields: readonly { readonly low: number; readonly width: number; readonly kind: FieldKind }[];
  /** Bits that are no field and not fixed: ones where the Arm ARM says (1), as nearly everywhere. */
  readonly free: number;
}

const kindOf = (row: Row, name: string, width: number): FieldKind => {
  if (/^R[a-z]2?$/.test(name)) return 'register';
  if (!name.startsWith('imm') || width < 14) return 'plain';
  if (isLiteral(row.value)) return 'literal';
  return row.section.includes('ranch') ? 'target' : 'plain';
};

export function shapeOf(row: Row): Shape {
  let covered = row.mask;
  for (const { low, width } of row.fields) covered |= (2 ** width - 1) << low;
  return {
    name: row.name,
    value: row.value,
    mask: row.mask,
    fields: row.fields.map(({ name, low, width }) => ({ low, width, kind: kindOf(row, name, width) })),
    free: row.section.endsWith('PSTATE') ? 0 : ~covered >>> 0,
  };
}

const FAVOURITES = [0, 1, 2, 30, 31, 5, 6, 7];

/** A word of the shape: fields random with corners. It may still be unallocated, or belong to another row. */
export function wordOf({ value, fields, free }: Shape, next: Random): number {
  let word = value;
  for (const { low, width, kind } of fields) {
    const most = 2 ** width - 1;
    const pick = next() % 8;
    let bits = pick === 0 ? 0 : pick === 1 ? most : next() & most;
    if (kind === 'register' && pick < 3) bits = FAVOURITES[next() % 8]!;
    // A branch stays in the code region and does not go to itself; a literal is in the data, or nowhere.
    if (kind === 'target') bits = (next() % 0x1c00) - 0xe00 || 2;
    if (kind === 'literal') bits = pick === 2 ? (bits & 0x1_ffff) | 0x2_0000 : 0x2100 + (next() % 0x3e00);
    word |= (bits & most) << low;
  }
  return (word | free) >>> 0;
}

/** The seed of one instance: the same as long as the encoding and its name are. */
export const seedOf = (shape: Shape, index: number): number =>
  mix(mix(mix(hashText(shape.name), shape.value), shape.mask), index);

/** A word of the row, or undefined when chance gives none. */
export function randomWord(row: Row, next: Random): number | undefined {
  const shape = shapeOf(row);
  for (let attempt = 0; attempt < 200; attempt++) {
    const word = wordOf(shape, random(next()));
    if (rowOf(word) === row) return word;
  }
  return undefined;
}
