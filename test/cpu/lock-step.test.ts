/** Interpreter against translator on random programs: all state is the same at random points. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exit } from '../../emulator/cpu/exit';
import * as layout from '../../emulator/cpu/layout';
import { sysregOffset } from '../../emulator/cpu/sysreg/sysreg';
import type { Engine } from '../../emulator/cpu/translator/translator';
import { TLB_BANK_SIZE, tlbBankBase } from '../../emulator/memory/map';
import type { FlatMachine, FlatOptions } from '../support/flat-machine';
import { createFlatMachine, PE_STATE } from '../support/flat-machine';
import type { ProgramKind } from './lock-step-programs';
import { randomFrom, randomProgram, randomValue } from './lock-step-programs';

const CODE = 0x40_0000n;
const CODE_WORDS = 1400;
const DATA = CODE + 0x8000n;
const DATA_SIZE = 0x3000;
/** SCTLR_ELx.EnIA, EnIB, EnDA and EnDB. */
const PAUTH_ENABLED = (1n << 31n) | (1n << 30n) | (1n << 27n) | (1n << 13n);

function machineWith(words: readonly number[], seed: number, engine: Engine, options: FlatOptions): FlatMachine {
  const ranges = [
    { va: CODE, size: 0x2000 },
    { va: DATA, size: DATA_SIZE },
  ];
  const machine = createFlatMachine(ranges, { guardCode: true, engine, ...options });
  const random = randomFrom(seed);
  const view = machine.view();
  words.forEach((word, index) => {
    view.setUint32(machine.addressOf(CODE)! + index * 4, word, true);
  });
  for (let at = 0; at < DATA_SIZE; at += 4) view.setUint32(machine.addressOf(DATA)! + at, random.word(), true);
  for (let n = 0; n < 31; n++) machine.setX(n, randomValue(random));
  machine.setX(16, DATA + 0x800n);
  machine.setX(17, CODE);
  machine.setX(31, DATA + 0x1800n);
  for (let at = 0; at < 512; at += 4) view.setUint32(PE_STATE + layout.V + at, random.word(), true);
  view.setUint32(PE_STATE + layout.NZCV, random.word() & 0xf000_0000, true);
  view.setBigUint64(PE_STATE + sysregOffset('SCTLR_EL1'), PAUTH_ENABLED, true);
  machine.setPc(CODE);
  return machine;
}

/** Everything a guest can see: registers, flags, monitor, V registers, FPSR, memory. */
function stateOf(machine: FlatMachine): Record<string, string> {
  const bytes = machine.bytes();
  const text = (from: number, length: number): string =>
    Buffer.from(bytes.subarray(from, from + length)).toString('hex');
  return {
    pc: machine.pc().toString(16),
    x: text(PE_STATE, 31 * 8).replace(/(.{16})/g, '$1 '),
    sp: text(PE_STATE + layout.SP, 8),
    pstate: text(PE_STATE + layout.NZCV, 8),
    monitor: text(PE_STATE + layout.EXCLUSIVE_ADDRESS, 16),
    budget: text(PE_STATE + layout.BUDGET, 4),
    v: text(PE_STATE + layout.V, 512),
    system: text(PE_STATE + layout.SYSREGS, 0x800),
    code: text(machine.addressOf(CODE)!, 0x2000),
    data: text(machine.addressOf(DATA)!, DATA_SIZE),
  };
}

interface Progress {
  executed: number;
  exits: number;
  /** Branch Target exceptions. */
  refusals: number;
}

/** Runs exactly `count` instructions; one that faults or leaves counts too, and is skipped. */
function advance(machine: FlatMachine, count: number, slices: () => number, progress: Progress): number[] {
  const exits: number[] = [];
  for (let left = count; left > 0; ) {
    const slice = Math.min(left, slices());
    const exit = machine.run(slice);
    const done = slice - machine.view().getInt32(PE_STATE + layout.BUDGET, true);
    left -= done;
    progress.executed += done;
    if (exit === Exit.Budget || exit === Exit.Leave) continue;
    exits.push(exit, count - left, Number(machine.pc() & 0xffffn));
    progress.exits++;
    if (exit === Exit.BranchTarget) progress.refusals++;
    left--;
    const rest = machine.view().getUint32(PE_STATE + layout.PSTATE_REST, true);
    machine.view().setUint32(PE_STATE + layout.PSTATE_REST, (rest & ~0xc00) | ((progress.exits & 3) << 10), true);
    const pc = machine.pc();
    const inside = pc >= CODE && pc < CODE + BigInt(CODE_WORDS * 4) && pc % 4n === 0n;
    // Not always the next one: a circle of faults would be all that is ever seen.
    const next = progress.exits % 4 === 0 ? CODE + BigInt((progress.exits * 52) % (CODE_WORDS * 4)) : pc + 4n;
    machine.setPc(inside ? next : CODE);
    if (machine.x(16) < DATA || machine.x(16) >= DATA + 0x3000n) machine.setX(16, DATA + 0x800n);
    machine.setX(17, CODE);
    machine.setX(31, DATA + 0x1800n);
  }
  return exits;
}

/** Empties the TLB, or takes one kind of permission out of it. */
function disturb(machine: FlatMachine, kind: number): void {
  const view = machine.view();
  const bank = tlbBankBase(0, 0);
  const tags = kind === 0 ? [0, 8, 16] : [[0], [8], [16]][kind - 1]!;
  for (let entry = bank; entry < bank + TLB_BANK_SIZE; entry += 32) {
    for (const tag of tags) view.setBigUint64(entry + tag, layout.TLB_NO_TAG, true);
  }
}

function lockStep(seed: number, kind: ProgramKind, engine: Engine, options: FlatOptions = {}): Progress {
  const random = randomFrom(seed);
  const words = randomProgram(random, CODE_WORDS, kind);
  const [one, two] = (['interpreter', engine] as const).map((each) => machineWith(words, seed, each, options)) as [
    FlatMachine,
    FlatMachine,
  ];
  const { ALIGNMENT_CHECK, BRANCH_TYPES } = layout.CPU_FLAG;
  const flags = (random.below(4) === 0 ? ALIGNMENT_CHECK : 0) | (options.guarded === undefined ? 0 : BRANCH_TYPES);
  for (const machine of [one, two]) {
    machine.view().setUint32(PE_STATE + layout.FLAGS, layout.CPU_FLAG.FP_ENABLED | flags, true);
  }
  const [first, second] = [
    { executed: 0, exits: 0, refusals: 0 },
    { executed: 0, exits: 0, refusals: 0 },
  ];
  for (let point = 0; point < 30; point++) {
    const count = 1 + random.below(point < 10 ? 200 : 3000);
    const most = 1 + random.below(point % 3 === 0 ? 10 : 5000);
    const slices = randomFrom(seed * 100 + point);
    const exits = advance(one, count, () => 5000, first);
    const others = advance(two, count, () => 1 + slices.below(most), second);
    const where = `seed ${seed}, point ${point}`;
    assert.deepEqual(others, exits, `exits differ: ${where}`);
    const [a, b] = [stateOf(one), stateOf(two)];
    a['budget'] = b['budget'] = '';
    assert.deepEqual(b, a, where);
    if (random.below(3) === 0) for (const machine of [one, two]) disturb(machine, point % 4);
  }
  return second;
}

const KINDS: Readonly<Record<string, ProgramKind>> = {
  'straight code': { branches: 4, accesses: 10, stores: 0 },
  'many branches': { branches: 30, accesses: 10, stores: 0 },
  'many accesses': { branches: 10, accesses: 50, stores: 0 },
  'atomic accesses': { branches: 10, accesses: 5, stores: 0, atomics: 60 },
  'code that changes itself': { branches: 15, accesses: 15, stores: 2 },
};

let seed = 0;
for (const [name, kind] of Object.entries(KINDS)) {
  test(`translator and interpreter agree on ${name}`, () => {
    let executed = 0;
    for (let program = 0; program < 8; program++) executed += lockStep(++seed, kind, 'translator').executed;
    assert.ok(executed > 10_000, `only ${executed} instructions`);
  });
}

const inFirstPage = (va: bigint): boolean => va < CODE + 0x1000n;

test('translator and interpreter agree on guarded pages, landing pads and signed branches', () => {
  const kind: ProgramKind = { branches: 10, accesses: 10, stores: 0, landings: 40 };
  const refused = [inFirstPage, () => true, () => false].map((guarded, index) => {
    const counts = [0, 1, 2].map((program) => lockStep(50 + index * 3 + program, kind, 'translator', { guarded }));
    return counts.reduce((sum, { refusals }) => sum + refusals, 0);
  });
  assert.ok(refused[0]! > 50 && refused[1]! > 50, `refused: ${refused}`);
  assert.equal(refused[2], 0);
  lockStep(70, { ...kind, stores: 2 }, 'both', { guarded: inFirstPage });
});

test('the same with the default thresholds, and when no access hits the TLB or all are like MMIO', () => {
  for (const [name, kind] of Object.entries(KINDS)) {
    lockStep(1000 + name.length, kind, 'both');
    lockStep(2000 + name.length, kind, 'translator', { neverFill: true });
    lockStep(3000 + name.length, kind, 'translator', { scratch: true });
  }
});
