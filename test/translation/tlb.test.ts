import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pa } from '../../emulator/address';
import { readX, writePc, writeSysreg } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine } from '../../emulator/machine/snapshot';
import { writeU32 } from '../../emulator/memory/memory';
import { sampleMachine } from '../machine/support';
import { AF, BLOCK, NS, PAGE, RAM, space, tables } from './support';

const CODE = 0x8800_0000;

test('the sample runs the same with the TLB and with a TLB that forgets everything at once', () => {
  const hashes = [false, true].map((alwaysFlush) => {
    const machine = sampleMachine();
    machine.translation.alwaysFlush = alwaysFlush;
    const states: string[] = [];
    for (let part = 0; part < 4; part++) {
      run(machine, { steps: 20_011 });
      states.push(hashMachine(machine));
    }
    return states;
  });
  assert.deepEqual(hashes[0], hashes[1]);
});

/** EL2 with a flat map of 1 GiB blocks and one page at VA 0x1000 whose descriptor lies at `entry`. */
function remapping(words: readonly number[]): { machine: Machine; entry: number; x: (n: number) => bigint } {
  const it = space(2);
  const build = tables(it, RAM, 1);
  build.map(0x8000_0000n, 1, 0x8000_0000n | BLOCK | AF);
  const entry = build.map(0x1000n, 3, 0x8200_0000n | PAGE | AF);
  writeSysreg(it.pe, 'MAIR_EL2', 0xffn);
  writeSysreg(it.pe, 'TCR_EL2', 25n | (5n << 16n));
  writeSysreg(it.pe, 'TTBR0_EL2', BigInt(RAM));
  writeSysreg(it.pe, 'SCTLR_EL2', 0x30c5_0831n);
  words.forEach((word, index) => {
    writeU32(it.machine.memory, NS, pa(CODE + 4 * index), word);
  });
  writePc(it.pe, BigInt(CODE));
  it.pe.runner = 'a64';
  return { machine: it.machine, entry, x: (n) => readX(it.pe, n) };
}

test('a store to a descriptor takes effect at once, whatever the TLB held', () => {
  const { machine, entry, x } = remapping([
    0xf940_0001, // ldr x1, [x0]
    0xf900_0043, // str x3, [x2]
    0xf940_0004, // ldr x4, [x0]
    0xf900_0045, // str x5, [x2]
    0xf940_0006, // ldr x6, [x0]
  ]);
  writeU32(machine.memory, NS, pa(0x8200_0000), 0x1111);
  writeU32(machine.memory, NS, pa(0x8200_1000), 0x2222);
  const pe = machine.pes[0]!;
  const set = (n: number, value: bigint): void => machine.memory.view().setBigUint64(0x1000 + 8 * n, value, true);
  set(0, 0x1000n);
  set(2, BigInt(entry));
  set(3, 0x8200_1000n | PAGE | AF);
  set(5, 0x8200_0000n | PAGE | AF);
  run(machine, { steps: 5 });
  assert.equal(pe.runner, 'a64');
  assert.deepEqual([x(1), x(4), x(6)], [0x1111n, 0x2222n, 0x1111n]);
});

test('code that rewrites itself runs what it wrote', () => {
  const { machine, x } = remapping([
    0xb900_0043, // str w3, [x2]
    0xd280_0021, // mov x1, #1, replaced by mov x1, #2
    0xb900_0044, // str w4, [x2]
    0x17ff_fffe, // b back to the replaced instruction
  ]);
  const set = (n: number, value: bigint): void => machine.memory.view().setBigUint64(0x1000 + 8 * n, value, true);
  set(2, BigInt(CODE + 4));
  set(3, 0xd280_0041n);
  set(4, 0xd280_0061n);
  run(machine, { steps: 2 });
  assert.equal(x(1), 2n);
  run(machine, { steps: 3 });
  assert.equal(x(1), 3n);
});
