/** Records test/vectors/a64/disassembly.br, and compares text live while a row is written. */
import { writeFileSync } from 'node:fs';
import { disassemble } from '../../../../emulator/cpu/disassembly/disassemble';
import type { Row } from '../../../../emulator/cpu/table/row';
import { ROWS, rowOf } from '../../../../emulator/cpu/table/table';
import { instanceWord } from './cases';
import type { TextGroup } from './disassembly-file';
import { DISASSEMBLY_FILE, packTexts } from './disassembly-file';
import { foreignTexts } from './foreign-text';
import { hashText } from './random';
import type { Shape } from './words';
import { shapeOf } from './words';

const PER_ROW = 200;
const FULL = 20;
const SHOWN = 12;

/** Names of system registers are the table's own, and tested there. */
export const hasForeignText = (row: Row): boolean => !/^(MRS$|MSR \(reg)/.test(row.name);

/** SYS by CRn: where the operations that have names are (IC, DC, AT; TLBI; TLBI nXS). */
const operations: readonly Shape[] = [7, 8, 9].map((crn) => ({
  name: `SYS, CRn ${crn}`,
  value: (0xd508_0000 | (crn << 12)) >>> 0,
  mask: 0xfff8_f000,
  fields: [16, 8, 5, 0].map((low, index) => ({ low, width: [3, 4, 3, 5][index]!, kind: 'plain' as const })),
  free: 0,
}));
const OPERATIONS = 3000;

interface Chosen {
  readonly name: string;
  readonly shape: Shape;
  readonly indices: readonly number[];
}

function chosenOf(rows: readonly Row[], count: number): Chosen[] {
  const all = rows.map((row): Chosen => {
    const shape = shapeOf(row);
    return { name: row.name, shape, indices: indicesOf(row, shape, count) };
  });
  if (!rows.some(({ name }) => name === 'SYS')) return all;
  const indices = Array.from({ length: OPERATIONS }, (_, index) => index);
  return [...all, ...operations.map((shape) => ({ name: shape.name, shape, indices }))];
}

function indicesOf(row: Row, shape: Shape, count: number): number[] {
  const indices: number[] = [];
  const wanted = row.fields.length === 0 ? 1 : count;
  for (let index = 0; index < count * 60 && indices.length < wanted; index++) {
    if (rowOf(instanceWord(shape, index)) === row) indices.push(index);
  }
  return indices;
}

export function recordDisassembly(): void {
  const chosen = chosenOf(ROWS.filter(hasForeignText), PER_ROW);
  const texts = foreignTexts(chosen.flatMap(({ shape, indices }) => indices.map((at) => instanceWord(shape, at))));
  let first = 0;
  const groups = chosen.map(({ name, shape, indices }): TextGroup => {
    const own = indices.map((at, place) => {
      const text = texts[first + place];
      if (text === undefined) throw new Error(`${name}: no one knows ${instanceWord(shape, at).toString(16)}.`);
      return text;
    });
    first += indices.length;
    return { shape, indices, digests: Uint32Array.from(own.map(hashText)), texts: own.slice(0, FULL) };
  });
  const bytes = packTexts(groups);
  writeFileSync(DISASSEMBLY_FILE, bytes);
  console.log(`${first} words of ${groups.length} rows disassembled, ${bytes.length} bytes`);
}

/** `node scripts/record-a64.mjs text <row> [count]`: our text beside theirs where they differ. */
export function checkTexts([substring = '', countText]: readonly string[]): void {
  const count = Number(countText ?? PER_ROW);
  const rows = ROWS.filter(
    (row) => hasForeignText(row) && (row.name.includes(substring) || row.section.includes(substring)),
  );
  const words = chosenOf(rows, count).flatMap(({ name, shape, indices }) =>
    indices.map((index) => ({ name, word: instanceWord(shape, index) })),
  );
  const texts = foreignTexts(words.map(({ word }) => word));
  const wrong = new Map<string, string[]>();
  words.forEach(({ name, word }, index) => {
    const { text } = disassemble(word, BigInt(index * 4));
    if (text === texts[index]) return;
    const lines = wrong.get(name) ?? [];
    lines.push(`${word.toString(16).padStart(8, '0')}  ${text}  foreign: ${texts[index] ?? 'unknown'}`);
    wrong.set(name, lines);
  });
  for (const [name, lines] of wrong) {
    console.log(`${name}: ${lines.length} differ\n  ${lines.slice(0, SHOWN).join('\n  ')}`);
  }
  console.log(`${wrong.size} of ${rows.length} rows differ, ${words.length} words`);
  if (wrong.size > 0) process.exitCode = 1;
}
