/** Indirect branches to every landing word of a guarded page, when interpreted and when translated (Arm ARM D8.4.5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exit } from '../../emulator/cpu/exit';
import { HEAT } from '../../emulator/cpu/interpreter/code-pages';
import * as layout from '../../emulator/cpu/layout';
import type { Engine } from '../../emulator/cpu/translator/translator';
import { createFlatMachine, PE_STATE, putWords } from '../support/flat-machine';

const CODE = 0x40_0000n;
const TIMES = 3000;
const PAD = 0x40;
const RETURN = 0xd65f_03c0;

const BRANCHES = {
  'BR X2': { word: 0xd61f_0000, register: 2, type: 3 },
  'BR X16': { word: 0xd61f_0000, register: 16, type: 1 },
  'BR X17': { word: 0xd61f_0000, register: 17, type: 1 },
  'BLR X2': { word: 0xd63f_0000, register: 2, type: 2 },
  'RET X2': { word: 0xd65f_0000, register: 2, type: 0 },
} as const;

/** The BTYPEs that each accepts. */
const PADS: Readonly<Record<string, { word: number; accepts: readonly number[] }>> = {
  BTI: { word: 0xd503_241f, accepts: [0] },
  'BTI c': { word: 0xd503_245f, accepts: [0, 1, 2] },
  'BTI j': { word: 0xd503_249f, accepts: [0, 1, 3] },
  'BTI jc': { word: 0xd503_24df, accepts: [0, 1, 2, 3] },
  PACIASP: { word: 0xd503_233f, accepts: [0, 1, 2, 3] },
  PACIBSP: { word: 0xd503_237f, accepts: [0, 1, 2, 3] },
  NOP: { word: 0xd503_201f, accepts: [0] },
};

/** Calls the pad and goes through the branch to a place that takes all; at the last of TIMES, to the pad instead. */
function programFor(branch: { readonly word: number; readonly register: number }, pad: number): number[] {
  const words = [
    0xd280_0003 | (TIMES << 5), // mov x3, #TIMES
    0x9400_0000 | ((PAD - 4) / 4), // loop: bl pad
    0x1000_0005 | (((0x30 - 8) / 4) << 5), // adr x5, all
    0x1000_0006 | (((PAD - 12) / 4) << 5), // adr x6, pad
    0xf100_0463, // subs x3, x3, #1
    (0x9a80_0000 | (5 << 16) | (6 << 5) | branch.register) >>> 0, // csel xN, x6, x5, eq
    (branch.word | (branch.register << 5)) >>> 0,
  ];
  const back = (from: number): number => (0x1400_0000 | (((4 - from) / 4) & 0x3ff_ffff)) >>> 0;
  while (words.length < 0x30 / 4) words.push(0xd503_201f);
  words.push(0xd503_24df, back(0x34)); // all: bti jc; b loop
  while (words.length < PAD / 4) words.push(0xd503_201f);
  words.push(pad, RETURN);
  return words;
}

interface Outcome {
  readonly exit: Exit;
  readonly pc: bigint;
  readonly left: bigint;
  readonly executed: number;
  readonly btype: number;
}

function outcomeOf(words: readonly number[], engine: Engine, guarded: boolean, slice: number): Outcome {
  const machine = createFlatMachine([{ va: CODE, size: 4096 }], { engine, guarded: () => guarded });
  putWords(machine, CODE, words);
  machine.view().setUint32(PE_STATE + layout.FLAGS, layout.CPU_FLAG.BRANCH_TYPES, true);
  machine.setPc(CODE);
  let exit: Exit = Exit.Budget;
  let executed = 0;
  while (exit === Exit.Budget && executed < 40_000) {
    exit = machine.run(slice);
    executed += slice - machine.view().getInt32(PE_STATE + layout.BUDGET, true);
  }
  const rest = machine.view().getUint32(PE_STATE + layout.PSTATE_REST, true);
  return { exit, pc: machine.pc(), left: machine.x(3), executed, btype: (rest >>> 10) & 3 };
}

for (const [name, branch] of Object.entries(BRANCHES)) {
  test(`${name} to every landing word, in both engines`, () => {
    for (const [pad, { word, accepts }] of Object.entries(PADS)) {
      const words = programFor(branch, word);
      const refused = !accepts.includes(branch.type);
      for (const engine of ['interpreter', 'translator', 'both'] as const) {
        const where = `${name} to ${pad}, ${engine}`;
        const { exit, pc, left, btype } = outcomeOf(words, engine, true, 8000);
        assert.equal(exit, refused ? Exit.BranchTarget : Exit.Budget, where);
        if (!refused) continue;
        assert.deepEqual([pc, left, btype], [CODE + BigInt(PAD), 0n, branch.type], where);
      }
      for (const guarded of [true, false]) {
        const plain = outcomeOf(words, 'interpreter', guarded, 8000);
        assert.deepEqual(outcomeOf(words, 'translator', guarded, 8000), plain, `${name} to ${pad}, ${guarded}`);
        assert.deepEqual(outcomeOf(words, 'translator', guarded, 160), plain, `${name} to ${pad}, ${guarded}, 160`);
      }
    }
  });
}

test('guarded pages are translated', () => {
  const words = programFor(BRANCHES['BLR X2'], PADS['BTI jc']!.word);
  const machine = createFlatMachine([{ va: CODE, size: 4096 }], { engine: 'translator', guarded: () => true });
  putWords(machine, CODE, words);
  machine.view().setUint32(PE_STATE + layout.FLAGS, layout.CPU_FLAG.BRANCH_TYPES, true);
  machine.setPc(CODE);
  machine.run(10_000);
  const heat = machine.view().getUint32(PE_STATE + layout.HOT_CODE, true) + HEAT;
  machine.view().setUint32(heat, 0, true);
  machine.run(10_000);
  const interpreted = machine.view().getUint32(heat, true);
  assert.ok(interpreted < 100, `${interpreted} of 10,000 instructions were interpreted`);
});
