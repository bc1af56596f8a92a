/** The part of an instruction that is done in TypeScript: `finish` of its row, called from WebAssembly. */
import type { Fields, Row } from './table/row';
import { fieldsOf } from './table/row';
import { rowOf } from './table/table';

interface Finished {
  readonly row: Row;
  readonly fields: Fields;
}

const KNOWN_LIMIT = 4096;
/** By instruction word: a cache over the table, which never changes. */
const known = new Map<number, Finished>();

function find(word: number): Finished {
  const row = rowOf(word);
  if (row === undefined) throw new RangeError(`No row of 0x${word.toString(16)} to finish.`);
  const found = { row, fields: fieldsOf(row, word) };
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(word, found);
  return found;
}

/** Does the rest of the instruction on the state of the PE at a WebAssembly address. */
export function finishInstruction(view: DataView, pe: number, word: number): void {
  const { row, fields } = known.get(word) ?? find(word);
  if (row.finish === undefined) throw new TypeError(`${row.name} has nothing to finish.`);
  row.finish({ view, pe }, fields);
}
