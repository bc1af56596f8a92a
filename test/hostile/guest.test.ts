/** Hostile guests end with an explanation or run on; the machine neither throws nor breaks the RMM's invariants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOutcome } from '../../emulator/host/host';
import { createMachine } from '../../emulator/machine/create';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine } from '../../emulator/machine/snapshot';
import { watchRunaway } from '../../emulator/trace/runaway';
import { GENERATORS } from './programs';
import {
  BASE,
  checkHandedOut,
  createArena,
  createRandom,
  fastHashes,
  imageOf,
  PROGRAM_WORDS,
  randomData,
  runProgram,
  settle,
} from './support';

const PROGRAMS = 2000;
const STEPS = 800;

const arena = createArena();

function programOf(seed: number): { words: number[]; data: Uint8Array } {
  const random = createRandom(seed);
  const [, generate] = GENERATORS[seed % GENERATORS.length] as (typeof GENERATORS)[number];
  const words = Array.from({ length: PROGRAM_WORDS }, () => generate(random) >>> 0);
  return { words, data: randomData(random) };
}

test(`${PROGRAMS} random programs`, () => {
  for (let seed = 0; seed < PROGRAMS; seed++) {
    const { words, data } = programOf(seed);
    try {
      const { reason } = runProgram(arena, words, data, STEPS);
      assert.ok(reason === 'steps' || reason === 'idle' || hostOutcome(arena.machine.host) !== undefined, reason);
      if (seed % 10 !== 0) continue;
      settle(arena.machine);
      checkHandedOut(arena.machine);
    } catch (error) {
      throw new Error(`program ${seed}`, { cause: error });
    }
  }
});

test('a hostile program runs the same in one go, again, and in slices', () => {
  for (const seed of [4, 5, 7, 3]) {
    const { words, data } = programOf(seed);
    const whole = runProgram(arena, words, data, 4000);
    const hash = hashMachine(arena.machine);
    runProgram(arena, words, data, 0);
    const random = createRandom(seed);
    for (let left = whole.steps; left > 0; )
      left -= run(arena.machine, { steps: Math.min(left, 1 + random.below(97)) }).steps;
    assert.equal(hashMachine(arena.machine), hash, `program ${seed}`);
  }
});

/** Runs the words from BASE, with a page of data behind them; tells how it ended. */
function endOfGuest(words: readonly number[], page: readonly bigint[] = [], steps = 400_000): string {
  const content = new Uint8Array(0x2000);
  const view = new DataView(content.buffer);
  words.forEach((word, index) => {
    view.setUint32(4 * index, word, true);
  });
  page.forEach((word, index) => {
    view.setBigUint64(0x1000 + 8 * index, word, true);
  });
  const machine = createMachine({
    platform: 'fvp',
    services: fastHashes,
    host: { realms: [{ name: 'hostile', image: imageOf(BASE, content) }] },
  });
  const runaway = watchRunaway(machine);
  const { reason } = run(machine, { steps });
  return runaway.found() ?? hostOutcome(machine.host)?.text ?? reason;
}

/**
 * mov x0, #0x199; movk x0, #0xc400, lsl #16; mov x1, #0x80000000; add x1, x1, #0x1000; ldr x2, [x1, #256];
 * str x2, [x1, #8]; smc #0; b . - 28: the page's words 0 and 32 are the immediate and gprs[0].
 */
const HOST_CALL_LOOP = [0xd2803320, 0xf2b88000, 0xd2b00001, 0x91400421, 0xf9408022, 0xf9000422, 0xd4000003, 0x17fffff9];
const hostCall = (immediate: bigint, first: bigint): bigint[] => [immediate, ...new Array<bigint>(31).fill(0n), first];

test('a guest that publishes tokens for ever is stopped', () => {
  assert.match(endOfGuest(HOST_CALL_LOOP, hostCall(5n, 0n)), /more than 64 tokens/);
});

test('a token without end is stopped', () => {
  assert.match(endOfGuest(HOST_CALL_LOOP, hostCall(4n, 240n)), /more than 65536 bytes of token/);
});

test('a host call of any length is checked', () => {
  assert.match(endOfGuest(HOST_CALL_LOOP, hostCall(2n, 2n ** 64n - 1n)), /length of 18446744073709551615; at most 240/);
});

test('an interrupt the Host cannot send is named', () => {
  assert.match(endOfGuest([0xd518cbe0, 0x14000000]), /wrote ICC_SGI0R_EL1/);
});

test('handlers that fault are found, whether the fault is of stage 1 or the RMM injects it', () => {
  assert.match(endOfGuest([0xd2800060, 0xd61f0000]), /runs wild/);
  assert.match(endOfGuest([0xd28200a0, 0xd5181000, 0xd5033fdf, 0x14000000]), /runs wild/);
});
