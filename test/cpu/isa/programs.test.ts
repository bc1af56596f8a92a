/** Compiled programs (gcc and clang, -O0 to -O3): the interpreter's sum equals the one qemu-aarch64 gave. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Exit } from '../../../emulator/cpu/exit';
import * as layout from '../../../emulator/cpu/layout';
import type { FlatOptions } from '../../support/flat-machine';
import { createFlatMachine, PE_STATE } from '../../support/flat-machine';

const FOLDER = 'test/vectors/a64/programs';
const START = 0x4008_0000n;
const sums = JSON.parse(readFileSync(`${FOLDER}/sums.json`, 'utf8')) as Record<string, string>;

interface Result {
  readonly sum: string;
  readonly instructions: number;
}

/** Runs to the `svc` that would write the sum, X1 being its address. */
function run(name: string, slice: number, options: FlatOptions = {}): Result {
  const image = gunzipSync(readFileSync(`${FOLDER}/${name}.bin.gz`));
  const machine = createFlatMachine([{ va: START, size: image.length }], options);
  machine.bytes().set(image, machine.addressOf(START)!);
  machine.setPc(START);
  let instructions = 0;
  for (;;) {
    const exit = machine.run(slice);
    instructions += slice - machine.view().getInt32(PE_STATE + layout.BUDGET, true);
    assert.ok(instructions < 50_000_000, 'the program does not end');
    if (exit === Exit.Budget) continue;
    assert.equal(exit, Exit.Svc, `exit ${exit} at ${machine.pc().toString(16)}`);
    const sum = machine
      .view()
      .getBigUint64(machine.addressOf(machine.x(1))!, true)
      .toString(16);
    return { sum, instructions };
  }
}

for (const [name, sum] of Object.entries(sums)) {
  test(`${name} gives what qemu gave`, () => assert.equal(run(name, 1_000_000).sum, sum));
}

test('sums and counts do not depend on the slice', () => {
  const whole = run('gcc-O2', 10_000_000);
  for (const slice of [1, 7, 1000, 12_347]) assert.deepEqual(run('gcc-O2', slice), whole);
});

test('sums and counts do not depend on the TLB', () => {
  assert.deepEqual(run('clang-O1', 100_000, { neverFill: true }), run('clang-O1', 100_000));
});
