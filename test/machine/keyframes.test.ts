/** Keyframes: whatever was made when, restoring one and going on gives the run there was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { granuleOf, pa } from '../../emulator/address';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import { createKeyframe, hashMachine, type Keyframe, restoreKeyframe } from '../../emulator/machine/snapshot';
import {
  readBytes,
  regenerateContext,
  releaseZeroPages,
  touchPage,
  writeU32,
  writeU64,
  zeroGranule,
} from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { sampleMachine } from './support';

const NON_SECURE = encryptionContext(Pas.NonSecure);
const BASE = 0x8900_0000;

/** Steps of a run with keyframes: run so far, make one (0: complete, 1: on the last one), or go back to one. */
const move = fc.oneof(
  fc.record({ kind: fc.constant('run' as const), amount: fc.integer({ min: 1, max: 9000 }) }),
  fc.record({ kind: fc.constant('make' as const), amount: fc.nat(3) }),
  fc.record({ kind: fc.constant('back' as const), amount: fc.nat(20) }),
);

test('a run that jumps between keyframes is the run without them', { timeout: 120_000 }, () => {
  const reference = sampleMachine();
  const hashes = new Map<number, string>();
  const hashAt = (position: number): string => {
    const known = hashes.get(position);
    if (known !== undefined) return known;
    const fresh = position < reference.clock.position ? sampleMachine() : reference;
    run(fresh, { steps: position - fresh.clock.position });
    const hash = hashMachine(fresh);
    hashes.set(position, hash);
    return hash;
  };
  fc.assert(
    fc.property(fc.array(move, { minLength: 4, maxLength: 14 }), (moves) => {
      const machine = sampleMachine();
      const made: [Keyframe, number][] = [];
      let last: Keyframe | undefined;
      for (const { kind, amount } of moves) {
        if (kind === 'run') run(machine, { steps: amount });
        else if (kind === 'make') {
          last = createKeyframe(machine, amount === 0 ? undefined : last);
          made.push([last, machine.clock.position]);
        } else {
          const chosen = made[amount % Math.max(1, made.length)];
          if (chosen === undefined) continue;
          restoreKeyframe(machine, chosen[0]);
          last = chosen[0];
          assert.equal(machine.clock.position, chosen[1]);
        }
      }
      assert.equal(hashMachine(machine), hashAt(machine.clock.position));
    }),
    { numRuns: 12 },
  );
});

const memoryMove = fc.record({
  what: fc.constantFrom('write', 'erase', 'zero', 'read', 'regenerate', 'release', 'make', 'full', 'back'),
  page: fc.nat(9),
  context: fc.constantFrom(NON_SECURE, encryptionContext(Pas.Realm, 1), encryptionContext(Pas.Realm, 2)),
  value: fc.nat(0xffff_ffff),
});

test('every keyframe of a memory restores exactly, on the machine that made it and on another', () => {
  const [one, other] = [createMachine({ platform: 'fvp' }), createMachine({ platform: 'fvp' })];
  fc.assert(
    fc.property(fc.array(memoryMove, { maxLength: 40 }), (moves) => {
      const { memory } = one;
      const made: [Keyframe, string][] = [];
      let last: Keyframe | undefined;
      for (const { what, page, context, value } of moves) {
        const address = pa((page < 6 ? BASE : 0x8_8000_0000) + page * 4096);
        if (what === 'write') writeU64(memory, context, pa(address + 8), BigInt(value));
        else if (what === 'erase') writeU64(memory, context, pa(address + 8), 0n);
        else if (what === 'zero') zeroGranule(memory, context, granuleOf(address));
        else if (what === 'read') readBytes(memory, context, address, 16);
        else if (what === 'regenerate') regenerateContext(memory, 1);
        else if (what === 'release') releaseZeroPages(memory);
        else if (what === 'back') {
          const chosen = made[value % Math.max(1, made.length)];
          if (chosen === undefined) continue;
          [last] = chosen;
          restoreKeyframe(one, last);
          assert.equal(hashMachine(one), chosen[1]);
        } else {
          last = createKeyframe(one, what === 'full' ? undefined : last);
          made.push([last, hashMachine(one)]);
        }
      }
      for (const [keyframe, hash] of made.slice(-3)) {
        restoreKeyframe(other, keyframe);
        assert.equal(hashMachine(other), hash);
      }
    }),
    { numRuns: 60 },
  );
});

/** STR X0, [X1]; ADD X0, X0, #1; B back: one page written again and again through the TLB. */
const LOOP = [0xf900_0020, 0x9100_0400, 0x17ff_fffe];

function looping(): Machine {
  const machine = createMachine({ platform: 'fvp' });
  const entry = machine.platform.payloadBase;
  LOOP.forEach((word, index) => {
    writeU32(machine.memory, NON_SECURE, pa(entry + 4 * index), word);
  });
  const pe = machine.pes[0]!;
  machine.memory.view().setBigUint64(0x1000 + 8, BigInt(BASE), true);
  assert.equal(pe.runner, 'a64');
  return machine;
}

test('a write through a TLB entry older than the keyframe is in the next one', () => {
  const machine = looping();
  run(machine, { steps: 300 });
  const first = createKeyframe(machine);
  run(machine, { steps: 300 });
  const second = createKeyframe(machine, first);
  assert.deepEqual([...second.memory.granules], [BASE / 4096]);
  const hash = hashMachine(machine);
  run(machine, { steps: 300 });
  restoreKeyframe(machine, first);
  assert.equal(readBytes(machine.memory, NON_SECURE, pa(BASE), 1)[0], 99);
  restoreKeyframe(machine, second);
  assert.equal(hashMachine(machine), hash);
});

test('code that a keyframe brings back is the code that runs', () => {
  const machine = looping();
  run(machine, { steps: 10 });
  const before = createKeyframe(machine);
  // SUB X0, X0, #1 in place of ADD: the page has been decoded and is decoded again.
  writeU32(machine.memory, NON_SECURE, pa(machine.platform.payloadBase + 4), 0xd100_0400);
  run(machine, { steps: 30 });
  restoreKeyframe(machine, before);
  run(machine, { steps: 290 });
  assert.equal(readBytes(machine.memory, NON_SECURE, pa(BASE), 1)[0], 99);
});

test('a keyframe of another chain is complete, whatever it is given', () => {
  const machine = looping();
  const first = createKeyframe(machine);
  createKeyframe(machine);
  assert.equal(createKeyframe(machine, first).memory.previous, undefined);
  touchPage(machine.memory, NON_SECURE, granuleOf(pa(BASE)), true);
  const third = createKeyframe(machine, first);
  assert.ok(third.memory.granules.length > 1);
  assert.throws(() => restoreKeyframe(createMachine({ platform: 'big' }), third), { code: 'snapshot-platform' });
});
