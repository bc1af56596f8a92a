/** The disassembler against recorded text of llvm-objdump. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { disassemble } from '../../../emulator/cpu/disassembly/disassemble';
import { instanceWord } from './recording/cases';
import { DISASSEMBLY_FILE, unpackTexts } from './recording/disassembly-file';
import { hashText } from './recording/random';

test('every recorded word prints as llvm-objdump prints it', () => {
  const wrong: string[] = [];
  let count = 0;
  for (const { shape, indices, digests, texts } of unpackTexts(readFileSync(DISASSEMBLY_FILE))) {
    indices.forEach((index, at) => {
      const word = instanceWord(shape, index);
      const { text } = disassemble(word, BigInt(count * 4));
      count++;
      if (hashText(text) === digests[at]) return;
      wrong.push(`${word.toString(16).padStart(8, '0')}: ${text} and not ${texts[at] ?? 'what was recorded'}`);
    });
  }
  assert.ok(count > 50_000);
  assert.equal(wrong.length, 0, `${wrong.length} of ${count} differ:\n${wrong.slice(0, 60).join('\n')}`);
});

test('targets are what the text says', () => {
  assert.equal(disassemble(0x14000002, 0x1000n).target, 0x1008n);
  assert.equal(disassemble(0x17ffffff, 0n).target, 0xffff_ffff_ffff_fffcn);
  assert.equal(disassemble(0x58000040, 0x2000n).target, 0x2008n);
  assert.equal(disassemble(0xd503201f, 0n).target, undefined);
});

test('system registers have their names, unknown ones their encoding', () => {
  assert.equal(disassemble(0xd5384240, 0n).text, 'mrs x0, CurrentEL');
  assert.equal(disassemble(0xd5181001, 0n).text, 'msr SCTLR_EL1, x1');
  assert.equal(disassemble(0xd53bf1e3, 0n).text, 'mrs x3, S3_3_C15_C1_7');
});

test('a word that is no instruction prints as data', () => {
  assert.deepEqual(disassemble(0xffff_ffff, 0n), {
    text: '.inst 0xffffffff',
    mnemonic: '.inst',
    operands: '0xffffffff',
    valid: false,
  });
});
