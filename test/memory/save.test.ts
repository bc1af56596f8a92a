import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GRANULE_SIZE, granuleOf, type Pa, pa } from '../../emulator/address';
import { hashSaved } from '../../emulator/machine/canonical';
import {
  type MachineMemory,
  peekBytes,
  readBytes,
  regenerateContext,
  releaseZeroPages,
  touchPage,
  writeU64,
  zeroGranule,
} from '../../emulator/memory/memory';
import { restoreMemory, saveMemory } from '../../emulator/memory/save';
import { BASE, NON_SECURE, ROOT, realm, smallMemory } from './support';

const context = fc.constantFrom(NON_SECURE, ROOT, realm(1), realm(2));
const where = fc
  .nat(15)
  .map((index): Pa => pa(index < 8 ? BASE + index * GRANULE_SIZE : 0x8_8000_0000 + (index - 8) * GRANULE_SIZE));
const action = fc.oneof(
  fc.tuple(fc.constant('write' as const), context, where),
  fc.tuple(fc.constant('zero' as const), context, where),
  fc.tuple(fc.constant('read' as const), context, where),
  fc.tuple(fc.constant('erase' as const), context, where),
  fc.tuple(fc.constant('regenerate' as const), context, where),
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

function perform(memory: MachineMemory, actions: readonly Action[]): void {
  for (const [what, under, address] of actions) {
    if (what === 'write') writeU64(memory, under, pa(address + 8), BigInt(address) * 3n + 1n);
    if (what === 'erase') writeU64(memory, under, pa(address + 8), 0n);
    if (what === 'zero') zeroGranule(memory, under, granuleOf(address));
    if (what === 'read') touchPage(memory, under, granuleOf(address), false);
    if (what === 'regenerate') regenerateContext(memory, 1);
  }
}

/** All granules in all views. */
const views = (memory: MachineMemory) =>
  [NON_SECURE, ROOT, realm(1), realm(2), 'bus' as const].map((view) => [
    peekBytes(memory, view, pa(BASE), 8 * GRANULE_SIZE),
    peekBytes(memory, view, pa(0x8_8000_0000), 8 * GRANULE_SIZE),
  ]);

const hash = (memory: MachineMemory) => hashSaved(saveMemory(memory));

test('a restored memory looks the same in every view, hashes the same, and goes on the same', () => {
  const actions = fc.array(action, { maxLength: 25 });
  fc.assert(
    fc.property(actions, actions, actions, (first, second, unrelated) => {
      const memory = smallMemory();
      perform(memory, first);
      const saved = structuredClone(saveMemory(memory));
      const other = smallMemory();
      perform(other, unrelated);
      restoreMemory(other, saved);
      assert.equal(hash(other), hash(memory));
      assert.deepEqual(views(other), views(memory));
      perform(memory, second);
      perform(other, second);
      assert.equal(hash(other), hash(memory));
      assert.deepEqual(views(other), views(memory));
    }),
    { numRuns: 40 },
  );
});

test('giving back zero pages does not change the hash', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const memory = smallMemory();
      perform(memory, actions);
      const before = hash(memory);
      releaseZeroPages(memory);
      assert.equal(hash(memory), before);
    }),
    { numRuns: 40 },
  );
});

test('reading memory that was never written leaves no trace', () => {
  const memory = smallMemory();
  const before = hash(memory);
  touchPage(memory, ROOT, granuleOf(pa(BASE)), false);
  readBytes(memory, NON_SECURE, pa(BASE), 9000);
  assert.equal(hash(memory), before);
});

test('any byte, tag or key generation changes the hash', () => {
  const hashes = [
    (memory: MachineMemory) => writeU64(memory, ROOT, pa(BASE), 1n),
    (memory: MachineMemory) => writeU64(memory, NON_SECURE, pa(BASE), 1n),
    (memory: MachineMemory) => writeU64(memory, ROOT, pa(BASE), 256n),
    (memory: MachineMemory) => writeU64(memory, ROOT, pa(BASE + GRANULE_SIZE), 1n),
    (memory: MachineMemory) => zeroGranule(memory, ROOT, granuleOf(pa(BASE))),
    (memory: MachineMemory) => regenerateContext(memory, 3),
    () => {},
  ].map((change) => {
    const memory = smallMemory();
    change(memory);
    return hash(memory);
  });
  assert.equal(new Set(hashes).size, hashes.length);
});
