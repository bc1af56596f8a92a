/** Code made to be expensive for the translator: it stays bounded in time and memory, and exact. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUDGET } from '../../emulator/cpu/layout';
import type { Engine } from '../../emulator/cpu/translator/translator';
import type { FlatMachine } from '../support/flat-machine';
import { createFlatMachine, PE_STATE } from '../support/flat-machine';

const CODE = 0x40_0000n;
const PAGE = 4096;
const NOP = 0xd503_201f;

const branch = (words: number): number => (0x1400_0000 | (words & 0x3ff_ffff)) >>> 0;
const linked = (words: number): number => (0x9400_0000 | (words & 0x3ff_ffff)) >>> 0;

function machineOf(pages: readonly (readonly number[])[], engine: Engine): FlatMachine {
  const machine = createFlatMachine([{ va: CODE, size: (pages.length + 1) * PAGE }], { engine, guardCode: true });
  pages.forEach((words, page) => {
    words.forEach((word, at) => {
      machine.view().setUint32(machine.addressOf(CODE)! + page * PAGE + at * 4, word, true);
    });
  });
  machine.setPc(CODE);
  return machine;
}

/** Runs in slices; the registers and PC at the end. */
function endOf(machine: FlatMachine, instructions: number): readonly bigint[] {
  for (let left = instructions; left > 0; ) {
    const slice = Math.min(left, 20_000);
    machine.run(slice);
    const done = slice - machine.view().getInt32(PE_STATE + BUDGET, true);
    assert.ok(done > 0, `the program stopped at ${machine.pc().toString(16)}`);
    left -= done;
  }
  return [machine.pc(), ...Array.from({ length: 31 }, (_, n) => machine.x(n))];
}

function compare(pages: readonly (readonly number[])[], instructions: number): void {
  const expected = endOf(machineOf(pages, 'interpreter'), instructions);
  for (const engine of ['translator', 'both'] as const) {
    assert.deepEqual(endOf(machineOf(pages, engine), instructions), expected, engine);
  }
}

const COUNT = 0x9100_0400; // add x0, x0, #1

test('a page whose every word is a block, each an entry, with branches over the whole page', () => {
  const order = Array.from({ length: 1024 }, (_, at) => (at * 389 + 131) % 1024);
  compare([order.map((to, at) => (at % 3 === 0 ? linked(to - at) : branch(to - at)))], 200_000);
});

test('loops in loops, a hundred deep, and branches into the middle of them', () => {
  const words: number[] = [];
  for (let at = 0; at < 400; at++) words.push(at % 4 === 0 ? COUNT : NOP);
  for (let depth = 0; depth < 100; depth++) {
    // tbz x0, #bit, to an earlier place
    const at = words.length;
    words.push((0x3600_0000 | ((depth % 20) << 19) | (((400 - depth * 4 - at) & 0x3fff) << 5)) >>> 0);
  }
  words.push(branch(203 - words.length));
  compare([words], 400_000);
});

test('code that changes itself in a loop', () => {
  const words = [
    0x1000_0001 | (8 << 5), // adr x1, word 8
    0xb940_0022, // loop: ldr w2, [x1]
    0x1140_0442, // add w2, w2, #1, lsl #12: another immediate of the word
    0x120a_7842, // and w2, w2, #~0x200000
    0xb900_0022, // str w2, [x1]
    ...[NOP, NOP, NOP],
    COUNT,
    ...Array.from({ length: 60 }, () => COUNT),
    branch(1 - 69),
  ];
  compare([words], 100_000);
});

test('more hot pages than there are code pages', () => {
  const pages = 600;
  const loop = (page: number): number[] => {
    const words = [0xd280_0321, COUNT, 0xf100_0421, 0x54ff_ffc1]; // mov x1, #25; loop: add; subs x1, x1, #1; b.ne loop
    return [...words, branch((page + 1 < pages ? 1024 : -1024 * (pages - 1)) - 4)];
  };
  const code = Array.from({ length: pages }, (_, page) => loop(page));
  const round = pages * 77;
  const expected = endOf(machineOf(code, 'interpreter'), round * 3);
  assert.deepEqual(endOf(machineOf(code, 'translator'), round * 3), expected);
});
