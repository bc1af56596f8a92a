import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { Machine } from '../../emulator/machine/machine';
import { type RunResult, run } from '../../emulator/machine/run-loop';
import { hashMachine, restoreMachine, saveMachine } from '../../emulator/machine/snapshot';
import { setCodeBreakpoints } from '../../emulator/machine/stop';
import { digestEvents, sampleMachine } from './support';

/** Runs to the end in slices of `slice` steps. */
function runAll(machine: Machine, slice: number): { steps: number; reason: RunResult['reason'] } {
  for (let steps = 0; ; ) {
    const result = run(machine, { steps: slice });
    steps += result.steps;
    if (result.reason !== 'steps') return { steps, reason: result.reason };
  }
}

let whole: { steps: number; reason: string; hash: string; digest: string; count: number };

before(() => {
  const machine = sampleMachine();
  const events = digestEvents(machine);
  const result = runAll(machine, 1_000_000);
  whole = { ...result, ...events(), hash: hashMachine(machine) };
});

test('the sample runs to its end, every step a position', () => {
  assert.equal(whole.reason, 'off');
  assert.ok(whole.steps > 1000 && whole.count > 100, `${whole.steps} steps, ${whole.count} events`);
});

for (const slice of [1, 7, 1000]) {
  test(`slices of ${slice} give the same events and the same end`, () => {
    const machine = sampleMachine();
    const events = digestEvents(machine);
    const result = runAll(machine, slice);
    assert.deepEqual({ ...result, ...events(), hash: hashMachine(machine) }, whole);
    assert.equal(machine.clock.position, whole.steps);
  });
}

for (const engine of ['interpreter', 'translator'] as const) {
  for (const slice of [13, 1_000_000]) {
    test(`the engine ${engine} in slices of ${slice} gives the same events and the same end`, () => {
      const machine = sampleMachine(undefined, {}, engine);
      const events = digestEvents(machine);
      const result = runAll(machine, slice);
      assert.deepEqual({ ...result, ...events(), hash: hashMachine(machine) }, whole);
    });
  }
}

test('a machine saved anywhere and restored into a fresh one ends as the one that ran on', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (a, b) => {
      const at = Math.floor(a * whole.steps);
      const further = Math.floor(b * (whole.steps - at));
      const first = sampleMachine();
      run(first, { steps: at });
      assert.equal(first.clock.position, at);
      const snapshot = structuredClone(saveMachine(first));
      const savedHash = hashMachine(first);
      run(first, { steps: further });
      const second = sampleMachine();
      restoreMachine(second, snapshot);
      assert.equal(hashMachine(second), savedHash, 'right after restore');
      const events = digestEvents(second);
      run(second, { steps: further });
      assert.equal(hashMachine(second), hashMachine(first), `saved at ${at}, ${further} steps on`);
      restoreMachine(first, snapshot);
      const again = digestEvents(first);
      run(first, { steps: further });
      assert.deepEqual(again(), events(), 'going back and forward again');
      assert.equal(hashMachine(second), hashMachine(first));
    }),
    { numRuns: 12 },
  );
});

test('saving changes nothing', () => {
  const machine = sampleMachine();
  run(machine, { steps: Math.floor(whole.steps / 2) });
  const hash = hashMachine(machine);
  saveMachine(machine);
  assert.equal(hashMachine(machine), hash);
  runAll(machine, 1_000_000);
  assert.equal(hashMachine(machine), whole.hash);
});

test('breakpoints that stop nothing change nothing', () => {
  const machine = sampleMachine();
  const events = digestEvents(machine);
  setCodeBreakpoints(machine, [{ va: 0x4000_0ffcn }, { va: 0x4000_1ffcn }]);
  machine.stop.skipOnce = true;
  let result = runAll(machine, 1_000_000);
  let steps = result.steps;
  while (result.reason === 'stop') {
    machine.stop.skipOnce = true;
    result = runAll(machine, 1_000_000);
    steps += result.steps;
  }
  assert.deepEqual({ steps, reason: result.reason, ...events(), hash: hashMachine(machine) }, whole);
});

test('a snapshot of another platform or version is refused', () => {
  const machine = sampleMachine();
  const snapshot = saveMachine(machine);
  assert.throws(() => restoreMachine(machine, { ...snapshot, version: 0 }), { code: 'snapshot-version' });
  assert.throws(() => restoreMachine(machine, { ...snapshot, platformHash: 'x' }), { code: 'snapshot-platform' });
});
