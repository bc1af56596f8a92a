/**
 * 100,000 calls of random sequences over several Realms: after every one of them, what changed is what the command may
 * change (`rmm-watch.ts`), and every so often the whole state is judged (`rmm-invariants.ts`). A failure prints the calls
 * that matter as data. RMM_CALLS=n and RMM_SEED=n ask for more calls, or for others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine } from '../../emulator/machine/machine';
import { type Platform, withVersionSet } from '../../emulator/machine/platform';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { listRealms } from '../../emulator/rmm/inspect';
import { type Call, callText, runCall, shrinkCalls } from '../support/rmm-calls';
import { newStage, nextCall, randomOf } from '../support/rmm-generator';
import { checkInvariants } from '../support/rmm-invariants';
import { checkCall, type Watch, watchRmm } from '../support/rmm-watch';
import { newMachine } from './support';

const CALLS = Number(process.env['RMM_CALLS'] ?? 100_000);
const SEED = Number(process.env['RMM_SEED'] ?? 20_261_121);
/** Calls of one sequence, each on a machine of its own. */
const LENGTH = 6_250;
/** Calls between two checks of everything. */
const FULL_EVERY = 1_500;

const POOL = 0x8080_0000;
const GRANULES = 512 + 320;

/** `fvp` with few auxiliary granules and MECIDs; the platforms of the traces with theirs. */
const fewAux = (): Platform => {
  const fvp = presetPlatform('fvp');
  return { ...fvp, rmm: { ...fvp.rmm, recAuxCount: 3, maxRecs: 3 }, mec: { enabled: true, mecidBits: 3 } };
};
const PLATFORMS: readonly (() => Platform)[] = [
  fewAux,
  () => withVersionSet(fewAux(), '1.1-v0.8.0'),
  () => presetPlatform('trace-c'),
  () => presetPlatform('trace-a'),
  () => presetPlatform('trace-b'),
];

function fullCheck(machine: Machine): void {
  checkInvariants(machine, POOL, POOL + GRANULES * 4096);
}

/** Runs calls on a fresh machine; the number of the call that broke something, with why, or undefined. */
function replay(platform: Platform, calls: readonly Call[], fullEvery: number): unknown {
  const machine = newMachine(platform);
  const watch = watchRmm(machine, POOL, GRANULES);
  try {
    calls.forEach((call, index) => {
      checkCall(watch, call, runCall(machine, call));
      if ((index + 1) % fullEvery === 0 || index + 1 === calls.length) fullCheck(machine);
    });
  } catch (error) {
    return error;
  }
  return undefined;
}

interface Tally {
  readonly seen: Map<string, { calls: number; done: number }>;
  most: number;
}

function addTo(tally: Tally, watch: Watch): void {
  for (const [name, { calls, done }] of watch.seen) {
    const old = tally.seen.get(name) ?? { calls: 0, done: 0 };
    tally.seen.set(name, { calls: old.calls + calls, done: old.done + done });
  }
}

function runSequence(seed: number, length: number, platform: Platform, tally: Tally): void {
  const machine = newMachine(platform);
  const watch = watchRmm(machine, POOL, GRANULES);
  const stage = newStage(machine, randomOf(seed), POOL, GRANULES);
  const calls: Call[] = [];
  try {
    for (let index = 0; index < length; index++) {
      const call = nextCall(stage);
      calls.push(call);
      checkCall(watch, call, runCall(machine, call));
      if ((index + 1) % FULL_EVERY === 0) {
        tally.most = Math.max(tally.most, listRealms(machine).length);
        fullCheck(machine);
      }
    }
  } catch (error) {
    const fails = (some: readonly Call[]): boolean => replay(platform, some, some.length) !== undefined;
    const few = fails(calls) ? shrinkCalls(calls, fails) : calls.slice(-20);
    assert.fail(`seed ${seed}, ${platform.name}, call ${calls.length}: ${error}\n${few.map(callText).join('\n')}`);
  }
  addTo(tally, watch);
}

test(`${CALLS} calls change what they may and nothing else`, (context) => {
  const tally: Tally = { seen: new Map(), most: 0 };
  for (let from = 0, sequence = 0; from < CALLS; from += LENGTH, sequence++) {
    const platform = (PLATFORMS[sequence % PLATFORMS.length] as () => Platform)();
    runSequence(SEED + sequence, Math.min(LENGTH, CALLS - from), platform, tally);
  }
  for (const [name, { calls, done }] of tally.seen) context.diagnostic(`${name}: ${done} of ${calls} succeeded`);
  if (CALLS < 50_000) return;
  const done = [...tally.seen.values()].reduce((sum, seen) => sum + seen.done, 0);
  assert.ok(done > CALLS / 2, `${done} of ${CALLS} calls succeeded`);
  assert.ok(tally.most >= 3, 'three Realms at once');
  for (const [name, seen] of tally.seen) {
    if (name.startsWith('RMI_'))
      assert.ok(seen.done >= (name.startsWith('RMI_MEC') ? 5 : 20), `${name}: ${seen.done} of ${seen.calls} succeeded`);
  }
});

test('the watch notices what a call must not do', () => {
  const platform = presetPlatform('trace-a');
  const machine = newMachine(platform);
  const watch = watchRmm(machine, POOL, GRANULES);
  const call: Call = { name: 'RMI_GRANULE_DELEGATE', fid: 0xc400_0151, x: [BigInt(POOL)] };
  checkCall(watch, call, runCall(machine, call));
  // The same effect under another name, and an effect of a call that says it failed.
  const again: Call = { ...call, x: [BigInt(POOL + 4096)] };
  const results = runCall(machine, again);
  assert.throws(() => checkCall(watch, { ...again, name: 'RMI_RTT_FOLD' }, results), /granule state/);
  const third: Call = { ...call, x: [BigInt(POOL + 8192)] };
  runCall(machine, third);
  assert.throws(() => checkCall(watch, third, [1n, 0n, 0n, 0n, 0n]), /refused call/);
});

test('a failing sequence is shrunk to the calls that matter', () => {
  const noise = Array.from({ length: 60 }, (_, index): Call => ({ name: `noise ${index}`, fid: 0, x: [] }));
  const wanted = [7, 31, 32];
  const few = shrinkCalls(noise, (calls) => wanted.every((at) => calls.includes(noise[at] as Call)));
  assert.deepEqual(
    few,
    wanted.map((at) => noise[at]),
  );
});
