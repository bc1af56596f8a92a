/** Random instances of instruction rows, with states in which they do something worth comparing. */
import type { Fields, Row } from '../../../../emulator/cpu/table/row';
import { fieldsOf, signed } from '../../../../emulator/cpu/table/row';
import { rowOf } from '../../../../emulator/cpu/table/table';
import type { Case, Random } from './cases';
import { CODE, DATA, DATA_SIZE, randomValue, SP, WINDOW, WINDOW_SIZE } from './cases';

const MIDDLE = 0x8000;

/** A word of the row: fields random with corners, free bits as the Arm ARM asks. */
export function randomWord(row: Row, next: Random): number | undefined {
  for (let attempt = 0; attempt < 200; attempt++) {
    let word = row.value;
    let covered = row.mask;
    for (const { name, low, width } of row.fields) {
      const most = 2 ** width - 1;
      const pick = next() % 8;
      let value = pick === 0 ? 0 : pick === 1 ? most : next() & most;
      if (/^R[a-z]2?$/.test(name) && pick < 3) value = [0, 1, 2, 30, 31, 5, 6, 7][next() % 8]!;
      if (name.startsWith('imm') && width >= 14 && row.section.includes('ranch')) {
        value = (next() % 0x1c00) - 0xe00;
        if (value === 0) value = 2;
      }
      word |= (value & most) << low;
      covered |= most << low;
    }
    const free = row.section.endsWith('PSTATE') ? 0 : ~covered;
    word = (word | free) >>> 0;
    if (rowOf(word) === row) return word;
  }
  return undefined;
}

const isMemory = (row: Row): boolean => row.section.startsWith('C4.1.94') && !row.section.includes('literal');

const sizeOf = (row: Row): number => {
  const narrow = /(\d+)-bit\)$/.exec(row.name);
  if (/(LD|ST|CAS|SWP).*[^W]B( |\b)/.test(row.name.split(' ')[0]!)) return 1;
  if (/H$/.test(row.name.split(' ')[0]!)) return 2;
  if (/SW$/.test(row.name.split(' ')[0]!)) return 4;
  return narrow === null ? 8 : Number(narrow[1]) / 8;
};

/** Elements are aligned as a whole for exclusive, ordered and atomic accesses. */
const mustAlign = (row: Row): boolean => /exclusive|ordered|LDAPR|Atomic|Compare and swap/.test(row.section);

function offsetOf(row: Row, fields: Fields, rm: bigint): bigint {
  const size = sizeOf(row);
  if (fields['imm12'] !== undefined) return BigInt(fields['imm12'] * size);
  if (/post/.test(row.section)) return 0n;
  if (fields['imm9'] !== undefined) return BigInt(signed(fields['imm9'], 9));
  if (fields['imm7'] !== undefined) return BigInt(signed(fields['imm7'], 7) * size);
  if (fields['option'] === undefined) return 0n;
  const value = [0n, 0n, rm & 0xffff_ffffn, rm, 0n, 0n, BigInt.asIntN(32, rm), rm][fields['option']]!;
  return value << BigInt(fields['S'] === 1 ? Math.log2(size) : 0);
}

/** Outcomes that the architecture leaves open (CONSTRAINED UNPREDICTABLE). */
function isOpen(row: Row, f: Fields): boolean {
  const writesBack = /pre|post/.test(row.section);
  const { Rn, Rt, Rt2, Rs } = f;
  if (writesBack && Rn !== 31 && (Rt === Rn || (Rt2 !== undefined && Rt2 === Rn))) return true;
  if (/^LDN?P|^LDP|^LDA?XP/.test(row.name) && Rt === Rt2) return true;
  if (/^ST.*X[RP]/.test(row.name) && (Rs === Rt || Rs === Rt2 || (Rs === Rn && Rn !== 31))) return true;
  return false;
}

/** A case of one word, or undefined when this word cannot make a useful one. */
export function randomCase(word: number, next: Random): Case | undefined {
  const row = rowOf(word)!;
  const fields = fieldsOf(row, word);
  const given = new Map<number, bigint>();
  const offset = next() % 8 === 0 ? 0x8ffc : MIDDLE;
  if (/register\)/.test(row.section) && /^(BR|BLR|RET)/.test(row.name)) {
    if (fields['Rn'] === 31) return undefined;
    given.set(fields['Rn']!, CODE + BigInt((next() % 0x1c00) * 4));
  }
  if (isMemory(row) && !row.name.startsWith('PRF')) {
    if (isOpen(row, fields)) return undefined;
    if (!placeBase(row, fields, given, next)) return undefined;
  }
  return { words: [word], seed: next(), offset, given };
}

function placeBase(row: Row, fields: Fields, given: Map<number, bigint>, next: Random): boolean {
  const size = sizeOf(row);
  let rm = 0n;
  if (fields['option'] !== undefined) {
    if (fields['Rm'] === fields['Rn']) return false;
    if (fields['Rm'] !== 31) {
      rm = BigInt.asUintN(64, BigInt((next() % 0x2000) - 0x1000));
      if (next() % 4 === 0) rm = randomValue(next);
      given.set(fields['Rm']!, rm);
    }
  }
  const whole = row.name.includes('P (') ? size * 2 : size;
  let place = WINDOW + 64 + (next() % (WINDOW_SIZE - 128));
  const kind = next() % 16;
  if (kind === 0 && !mustAlign(row)) place = DATA_SIZE - (next() % (whole * 2));
  else if (kind === 1 && !mustAlign(row)) place = MIDDLE - (next() % (whole + 1));
  else if (mustAlign(row) || kind < 12) place -= place % whole;
  const address = BigInt.asUintN(64, DATA + BigInt(place) - offsetOf(row, fields, rm));
  given.set(fields['Rn'] === 31 ? SP : fields['Rn']!, address);
  return true;
}
