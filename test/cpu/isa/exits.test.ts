/** How the interpreter leaves: exit codes, PC and budget at each, exact faults, and what happens on the slow way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exit } from '../../../emulator/cpu/exit';
import * as layout from '../../../emulator/cpu/layout';
import type { FlatMachine } from '../../support/flat-machine';
import { createFlatMachine, PE_STATE, putWords } from '../../support/flat-machine';

const NOP = 0xd503201f;
const START = 0x1_0000n;

function machineWith(words: readonly number[], size = 0x4000): FlatMachine {
  const machine = createFlatMachine([
    { va: START, size },
    { va: 0x10_0000n, size: 4096, writable: false },
  ]);
  putWords(machine, START, words);
  machine.setPc(START);
  return machine;
}

const budget = (machine: FlatMachine): number => machine.view().getInt32(PE_STATE + layout.BUDGET, true);
const argument = (machine: FlatMachine): bigint => machine.view().getBigUint64(PE_STATE + layout.EXIT_ARG0, true);
const setFlags = (machine: FlatMachine, flags: number): void =>
  machine.view().setUint32(PE_STATE + layout.FLAGS, flags, true);

const EXITS: readonly [string, number, number, bigint?][] = [
  ['SVC', 0xd4002461, Exit.Svc, 0x123n],
  ['HVC', 0xd4002462, Exit.Hvc, 0x123n],
  ['SMC', 0xd4002463, Exit.Smc, 0x123n],
  ['BRK', 0xd4202460, Exit.Brk, 0x123n],
  ['HLT', 0xd4402460, Exit.Hlt, 0x123n],
  ['UDF', 0x00000007, Exit.Undefined],
  ['ERET', 0xd69f03e0, Exit.Eret],
  ['MRS', 0xd5384240, Exit.System],
  ['MSR', 0xd5184240, Exit.System],
  ['MSR immediate', 0xd50342df, Exit.System],
  ['TLBI', 0xd508871f, Exit.System],
  ['DC ZVA', 0xd50b7420, Exit.System],
  ['WFI', 0xd503207f, Exit.Wait],
  ['WFE', 0xd503205f, Exit.Wait],
  ['SEV', 0xd503209f, Exit.Event],
];

for (const [name, word, exit, expected] of EXITS) {
  test(`${name} leaves at its own PC, not counted`, () => {
    const machine = machineWith([NOP, word, NOP]);
    assert.equal(machine.run(10), exit);
    assert.equal(machine.pc(), START + 4n);
    assert.equal(budget(machine), 9);
    assert.equal(machine.view().getUint32(PE_STATE + layout.EXIT_WORD, true), word);
    if (expected !== undefined) assert.equal(argument(machine), expected);
  });
}

test('the budget ends between instructions, also at a branch and at the end of a page', () => {
  const branch = machineWith([NOP, 0x17ffffff]);
  assert.equal(branch.run(2), Exit.Budget);
  assert.equal(branch.pc(), START);
  assert.equal(branch.run(3), Exit.Budget);
  assert.equal(branch.pc(), START + 4n);
  const page = machineWith(new Array<number>(2048).fill(NOP));
  assert.equal(page.run(1024), Exit.Budget);
  assert.equal(page.pc(), START + 0x1000n);
  assert.equal(page.run(1), Exit.Budget);
  assert.equal(page.pc(), START + 0x1004n);
});

test('a fetch fault is met only when there is budget for the instruction', () => {
  const machine = machineWith([0xd61f0020]);
  machine.setX(1, 0xdead_0000n);
  assert.equal(machine.run(1), Exit.Budget);
  assert.equal(machine.pc(), 0xdead_0000n);
  assert.equal(machine.run(1), Exit.Fault);
  assert.equal(machine.pc(), 0xdead_0000n);
  assert.equal(budget(machine), 1);
});

test('a misaligned branch target faults at the target', () => {
  const machine = machineWith([0xd61f0020]);
  machine.setX(1, START + 2n);
  assert.equal(machine.run(5), Exit.PcAlignment);
  assert.equal(machine.pc(), START + 2n);
  assert.equal(budget(machine), 4);
});

test('a store to a read-only page has no effect and no write-back', () => {
  const machine = machineWith([0xf8008c22]);
  machine.setX(1, 0x10_0000n);
  assert.equal(machine.run(5), Exit.Fault);
  assert.equal(machine.x(1), 0x10_0000n);
  assert.equal(machine.pc(), START);
  assert.equal(budget(machine), 5);
});

test('a pair that runs into an unmapped page writes no register and no memory', () => {
  const load = machineWith([0xa8c10c22]);
  load.setX(1, START + 0x3ff8n);
  load.setX(2, 7n);
  assert.equal(load.run(5), Exit.Fault);
  assert.deepEqual([load.x(1), load.x(2), load.x(3)], [START + 0x3ff8n, 7n, 0n]);
  const store = machineWith([0xa9000c22]);
  store.setX(1, START + 0x3ff8n);
  store.setX(2, 7n);
  assert.equal(store.run(5), Exit.Fault);
  assert.equal(store.view().getBigUint64(store.addressOf(START + 0x3ff8n)!, true), 0n);
});

test('SP must be aligned when that is checked, except for prefetches', () => {
  const machine = machineWith([0xf94003e0, 0xf98003e0]);
  machine.setX(31, START + 0x1008n);
  assert.equal(machine.run(1), Exit.Budget);
  machine.setPc(START);
  setFlags(machine, layout.CPU_FLAG.SP_ALIGNMENT_CHECK);
  assert.equal(machine.run(1), Exit.SpAlignment);
  assert.equal(argument(machine), START + 0x1008n);
  machine.setPc(START + 4n);
  assert.equal(machine.run(1), Exit.Budget);
});

test('unaligned accesses fault when SCTLR.A says so, also after the TLB has the page', () => {
  const machine = machineWith([0xf9400022, 0xf9400022, 0xa9400c22]);
  machine.setX(1, START + 0x1001n);
  assert.equal(machine.run(3), Exit.Budget);
  machine.setPc(START);
  setFlags(machine, layout.CPU_FLAG.ALIGNMENT_CHECK);
  assert.equal(machine.run(1), Exit.Fault);
  machine.setPc(START + 8n);
  machine.setX(1, START + 0x1004n);
  assert.equal(machine.run(1), Exit.Fault);
  machine.setX(1, START + 0x1008n);
  assert.equal(machine.run(1), Exit.Budget);
});

test('PSTATE.IL leaves before the first instruction', () => {
  const machine = machineWith([NOP]);
  machine.view().setUint32(PE_STATE + layout.PSTATE_REST, 1 << 20, true);
  assert.equal(machine.run(5), Exit.IllegalState);
  assert.equal(machine.pc(), START);
  assert.equal(budget(machine), 5);
});

test('a single step runs one instruction and leaves', () => {
  const machine = machineWith([NOP, NOP]);
  setFlags(machine, layout.CPU_FLAG.SINGLE_STEP);
  assert.equal(machine.run(100), Exit.Leave);
  assert.equal(machine.pc(), START + 4n);
  assert.equal(budget(machine), 99);
});

test('code that a store changes is decoded again, also in its own page', () => {
  // str w2, [x1]; nop (becomes movz x0, #5)
  const machine = machineWith([0xb9000022, NOP]);
  machine.setX(1, START + 4n);
  machine.setX(2, 0xd28000a0n);
  assert.equal(machine.run(2), Exit.Budget);
  putWords(machine, START + 4n, [0xd28000a0]);
  machine.setPc(START + 4n);
  assert.equal(machine.run(1), Exit.Budget);
  assert.equal(machine.x(0), 5n);
});

test('a store-exclusive of another size fails', () => {
  // ldxr w2, [x1]; stxrb w6, w4, [x1]
  const machine = machineWith([0x885f7c22, 0x08067c24]);
  machine.setX(1, START + 0x1000n);
  machine.setX(4, 0xffn);
  assert.equal(machine.run(2), Exit.Budget);
  assert.equal(machine.x(6), 1n);
  assert.equal(machine.view().getUint8(machine.addressOf(START + 0x1000n)!), 0);
});

test('the TLB is asked once a page', () => {
  const machine = machineWith([0xf9400022, 0xf9400422, 0xf9000022, 0xf9000422]);
  machine.setX(1, START + 0x1000n);
  assert.equal(machine.run(4), Exit.Budget);
  assert.equal(machine.accesses.length, 3);
});
