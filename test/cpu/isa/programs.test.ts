/** Compiled programs (gcc and clang, -O0 to -O3, integer and floating point): what they give is what qemu recorded. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Exit } from '../../../emulator/cpu/exit';
import * as layout from '../../../emulator/cpu/layout';
import { encodingOfWord } from '../../../emulator/cpu/sysreg/row';
import { sysregByEncoding, sysregOffset } from '../../../emulator/cpu/sysreg/sysreg';
import type { FlatMachine, FlatOptions } from '../../support/flat-machine';
import { createFlatMachine, PE_STATE } from '../../support/flat-machine';

const FOLDER = 'test/vectors/a64/programs';
const START = 0x4008_0000n;
const json = (name: string): Record<string, string> => JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8'));
const sums = json('sums');
const texts = json('texts');

interface Result {
  readonly output: Buffer;
  readonly instructions: number;
}

/** MRS and MSR of what EL0 has, FPCR and FPSR above all: in a machine TypeScript does them. */
function system(machine: FlatMachine, word: number): void {
  const row = sysregByEncoding(encodingOfWord(word));
  assert.ok(row !== undefined && (word & 0xffd0_0000) >>> 0 === 0xd510_0000, word.toString(16));
  const at = PE_STATE + sysregOffset(row.name);
  const rt = word & 31;
  const view = machine.view();
  if ((word & 0x20_0000) === 0) view.setBigUint64(at, rt === 31 ? 0n : machine.x(rt), true);
  else if (rt !== 31) machine.setX(rt, view.getBigUint64(at, true));
  machine.setPc(machine.pc() + 4n);
}

/** Runs to the `svc` that would write the result, X1 being its address and X2 its length. */
function run(name: string, slice: number, options: FlatOptions = {}): Result {
  const image = gunzipSync(readFileSync(`${FOLDER}/${name}.bin.gz`));
  const machine = createFlatMachine([{ va: START, size: image.length }], options);
  machine.bytes().set(image, machine.addressOf(START)!);
  machine.setPc(START);
  machine.view().setUint32(PE_STATE + layout.FLAGS, layout.CPU_FLAG.FP_ENABLED, true);
  let instructions = 0;
  for (;;) {
    const exit = machine.run(slice);
    const view = machine.view();
    instructions += slice - view.getInt32(PE_STATE + layout.BUDGET, true);
    assert.ok(instructions < 50_000_000, 'the program does not end');
    if (exit === Exit.Budget) continue;
    const word = view.getUint32(PE_STATE + layout.EXIT_WORD, true);
    if (exit === Exit.System) {
      system(machine, word);
      instructions++;
      continue;
    }
    assert.equal(exit, Exit.Svc, `exit ${exit} at ${machine.pc().toString(16)}: ${word.toString(16)}`);
    const from = machine.addressOf(machine.x(1))!;
    return { output: Buffer.from(machine.bytes().slice(from, from + Number(machine.x(2)))), instructions };
  }
}

for (const [name, sum] of Object.entries(sums)) {
  test(`${name} gives what qemu gave`, () =>
    assert.equal(run(name, 1_000_000).output.readBigUInt64LE().toString(16), sum));
}

for (const [name, text] of Object.entries(texts)) {
  test(`${name} prints what qemu printed`, () => assert.equal(run(name, 1_000_000).output.toString(), text));
}

test('results and counts do not depend on the slice', () => {
  for (const name of ['gcc-O2', 'floats-clang-O2']) {
    const whole = run(name, 10_000_000);
    for (const slice of [1, 7, 1000, 12_347]) assert.deepEqual(run(name, slice), whole);
  }
});

test('results and counts do not depend on the engine', () => {
  for (const name of Object.keys(texts).filter((each) => /gcc-O2|clang-O3/.test(each))) {
    assert.deepEqual(run(name, 100_000, { engine: 'translator' }), run(name, 100_000, { engine: 'interpreter' }), name);
  }
});

test('results and counts do not depend on the TLB', () => {
  for (const name of ['clang-O1', 'vectors-gcc-O3']) {
    assert.deepEqual(run(name, 100_000, { neverFill: true }), run(name, 100_000));
  }
});
