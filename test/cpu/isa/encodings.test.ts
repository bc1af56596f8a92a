/** The table as a whole: every word has one row or none, and what has none is UNDEFINED. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disassemble } from '../../../emulator/cpu/disassembly/disassemble';
import { Exit } from '../../../emulator/cpu/exit';
import { decode, FIRST_HANDLERS, handlers, UNDEFINED } from '../../../emulator/cpu/interpreter/handlers';
import { A64_FEATURES } from '../../../emulator/cpu/table/features';
import { matches, ROWS, rowOf } from '../../../emulator/cpu/table/table';
import { createFlatMachine, putWords } from '../../support/flat-machine';
import { random } from './recording/random';
import { randomWord } from './recording/words';

const features = new Set(A64_FEATURES);

/** Random words, and words one bit away from an instruction. */
function* words(count: number): Generator<number> {
  const next = random(99);
  for (let index = 0; index < count; index++) {
    yield next();
    const near = randomWord(ROWS[next() % ROWS.length]!, next);
    if (near !== undefined) yield (near ^ (1 << (next() % 32))) >>> 0;
  }
}

test('a word never matches two rows', () => {
  for (const word of words(30_000)) {
    const found = ROWS.filter((row) => (word & row.mask) >>> 0 === row.value && matches(row, word));
    assert.ok(found.length <= 1, `${word.toString(16)}: ${found.map((row) => row.name).join(', ')}`);
    assert.equal(rowOf(word), found[0]);
  }
});

test('every word is decoded to a handler of the switch, and prints', () => {
  const { inline, slow, vector } = handlers();
  const most = Math.max(...[...inline, ...slow, ...vector].map((handler) => handler.number));
  for (const word of words(100_000)) {
    const number = decode(word, features);
    assert.ok(number === UNDEFINED || number === FIRST_HANDLERS - 1 || (number >= FIRST_HANDLERS && number <= most));
    const { text, valid } = disassemble(word, 0x1000n);
    assert.ok(text.length > 1 && valid === (number !== UNDEFINED));
  }
});

test('unallocated words leave as UNDEFINED without effect', () => {
  const machine = createFlatMachine([{ va: 0x1000n, size: 4096 }]);
  let count = 0;
  for (const word of words(3000)) {
    if (rowOf(word) !== undefined) continue;
    count++;
    putWords(machine, 0x1000n, [word]);
    machine.setPc(0x1000n);
    assert.equal(machine.run(5), Exit.Undefined, word.toString(16));
    assert.equal(machine.pc(), 0x1000n);
  }
  assert.ok(count > 1000);
});

/** One for each constraint of a group that is easily forgotten (Arm ARM C4.1), and groups that are not advertised. */
const UNALLOCATED: readonly [string, number][] = [
  ['ADD (extended) with a shift of 5', 0x8b221420],
  ['ADD (shifted) with ROR', 0x8bc20020],
  ['ADD (shifted, 32-bit) by 32', 0x0b028020],
  ['AND (immediate, 32-bit) with N', 0x12400020],
  ['AND (immediate) of all ones', 0x9240fc20],
  ['UBFM (32-bit) with N', 0x53400020],
  ['UBFM (32-bit) with immr 32', 0x53200020],
  ['MOVZ (32-bit) with hw 2', 0x52c00020],
  ['move wide with opc 1', 0xb2800020],
  ['EXTR with N not sf', 0x93800020],
  ['CRC32X with sf 0', 0x1ac24c20],
  ['CRC32B with sf 1', 0x9ac24020],
  ['REV64 with sf 0', 0x5ac00c20],
  ['CCMP with o3', 0xfa420030],
  ['LDR (register) with option 0', 0xf8620820],
  ['LDRSW with size 3', 0xf8c00020],
  ['LDP with opc 3', 0xe9400440],
  ['LDNP of signed words', 0x68400440],
  ['CASP with an odd register', 0x48217c42],
  ['BR with op4', 0xd61f0021],
  ['ADDG', 0x91800020],
  ['ADD (vector) of one double word', 0x0ee28420],
  ['LD2 of 1D', 0x0c408c20],
  ['SM3SS1', 0xce400000],
  ['an SVE instruction', 0x04200000],
  ['SMC with LL 0', 0xd4000000],
  ['DCPS1', 0xd4a00001],
  ['CPYFP with the same register twice', 0x19010421],
];

for (const [what, word] of UNALLOCATED) {
  test(`${what} is UNDEFINED`, () => assert.equal(decode(word, features), UNDEFINED));
}

test('an instruction whose feature is not advertised is UNDEFINED', () => {
  assert.notEqual(decode(0x9ac34c20, features), UNDEFINED);
  assert.equal(decode(0x9ac34c20, new Set(['base'] as const)), UNDEFINED);
});
