import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GRANULE_SIZE, granuleOf, pa } from '../../emulator/address';
import {
  copyGranule,
  peekBytes,
  readBytes,
  readU8,
  regenerateContext,
  writeBytes,
  writeU8,
} from '../../emulator/memory/memory';
import type { EncryptionContext } from '../../emulator/memory/pas';
import { portableXts } from '../../emulator/memory/xts';
import { BASE, NON_SECURE, ROOT, realm, smallMemory } from './support';

const page = fc.uint8Array({ minLength: GRANULE_SIZE, maxLength: GRANULE_SIZE });
const contexts: EncryptionContext[] = [NON_SECURE, ROOT, realm(0), realm(1), realm(15)];
const context = fc.constantFrom(...contexts);
const at = pa(BASE + 7 * GRANULE_SIZE);

/** Bytes two pages have in common at the same place; 16 of 4096 is what chance gives. */
const same = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, byte, index) => sum + Number(byte === b[index]), 0);

test('the cipher is a bijection of pages for every key and address', () => {
  const words = fc.uint32Array({ minLength: 1024, maxLength: 1024 });
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(words, key, fc.nat(2 ** 40), (plain, secret, granule) => {
      const work = plain.slice();
      portableXts(secret).encrypt(granule, work, 0);
      const other = plain.slice();
      portableXts(secret).decrypt(granule, other, 0);
      assert.notDeepEqual(work, plain);
      portableXts(secret).decrypt(granule, work, 0);
      assert.deepEqual(work, plain);
      portableXts(secret).encrypt(granule, other, 0);
      assert.deepEqual(other, plain);
    }),
    { numRuns: 30 },
  );
});

test('one bit of key, address or plaintext changes the ciphertext throughout the block', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  const other = key.slice();
  other[0] = 1;
  const otherTweak = key.slice();
  otherTweak[31] = 0;
  const cipher = (secret: Uint8Array, granule: number, bit: number) => {
    const words = new Uint32Array(1024);
    words[0] = bit;
    portableXts(secret).encrypt(granule, words, 0);
    return words;
  };
  const base = cipher(key, 100, 0);
  for (const changed of [
    cipher(other, 100, 0),
    cipher(otherTweak, 100, 0),
    cipher(key, 101, 0),
    cipher(key, 2 ** 36 + 100, 0),
  ]) {
    assert.equal(changed.filter((word, index) => word === base[index]).length, 0);
  }
  const nextPlain = cipher(key, 100, 1);
  assert.deepEqual(
    [0, 1, 2, 3].filter((index) => nextPlain[index] === base[index]),
    [],
  );
  assert.deepEqual(nextPlain.slice(4), base.slice(4), 'other blocks of the page do not change');
});

test('another context sees noise, and the first one its page again when nothing was written', () => {
  fc.assert(
    fc.property(page, context, context, (plain, owner, other) => {
      fc.pre(owner !== other);
      const memory = smallMemory();
      writeBytes(memory, owner, at, plain);
      const seen = readBytes(memory, other, at, GRANULE_SIZE);
      assert.ok(same(seen, plain) < 64, `${same(seen, plain)} bytes shine through`);
      assert.deepEqual(readBytes(memory, owner, at, GRANULE_SIZE), plain);
    }),
    { numRuns: 40 },
  );
});

test('any chain of readers leaves the bus and the owner with the same page', () => {
  fc.assert(
    fc.property(page, fc.array(context, { maxLength: 8 }), (plain, readers) => {
      const memory = smallMemory();
      writeBytes(memory, realm(3), at, plain);
      const bus = peekBytes(memory, 'bus', at, GRANULE_SIZE);
      for (const reader of readers) {
        const peeked = peekBytes(memory, reader, at, GRANULE_SIZE);
        assert.deepEqual(readBytes(memory, reader, at, GRANULE_SIZE), peeked);
        assert.deepEqual(peekBytes(memory, 'bus', at, GRANULE_SIZE), bus);
      }
      assert.deepEqual(readBytes(memory, realm(3), at, GRANULE_SIZE), plain);
    }),
    { numRuns: 30 },
  );
});

test('the bus never carries the plaintext, not even of a zero page', () => {
  const memory = smallMemory();
  writeU8(memory, NON_SECURE, at, 1);
  writeU8(memory, NON_SECURE, at, 0);
  assert.ok(same(peekBytes(memory, 'bus', at, GRANULE_SIZE), new Uint8Array(GRANULE_SIZE)) < 64);
});

test('a partial write under another context spoils the page for its owner only around the write', () => {
  const memory = smallMemory();
  const plain = new Uint8Array(GRANULE_SIZE).fill(0x5a);
  writeBytes(memory, realm(1), at, plain);
  writeU8(memory, NON_SECURE, pa(at + 100), 0x11);
  assert.equal(readU8(memory, NON_SECURE, pa(at + 100)), 0x11);
  const back = readBytes(memory, realm(1), at, GRANULE_SIZE);
  const spoiled = [...back.keys()].filter((index) => back[index] !== 0x5a);
  assert.ok(spoiled.length > 0 && spoiled.every((index) => index >= 96 && index < 112), `${spoiled}`);
});

test('overwriting the whole page under another context needs nothing of the old one', () => {
  const memory = smallMemory();
  writeBytes(memory, realm(1), at, new Uint8Array(GRANULE_SIZE).fill(0x5a));
  writeBytes(memory, NON_SECURE, at, new Uint8Array(GRANULE_SIZE).fill(0x11));
  assert.deepEqual(peekBytes(memory, NON_SECURE, at, GRANULE_SIZE), new Uint8Array(GRANULE_SIZE).fill(0x11));
  copyGranule(memory, realm(2), granuleOf(pa(BASE)), NON_SECURE, granuleOf(at));
  assert.deepEqual(readBytes(memory, realm(2), pa(BASE), 8), new Uint8Array(8).fill(0x11));
});

test('regenerating a context turns what it held into noise for good', () => {
  const memory = smallMemory();
  const plain = new Uint8Array(GRANULE_SIZE).fill(0x5a);
  writeBytes(memory, realm(1), at, plain);
  assert.equal(regenerateContext(memory, 1), 1);
  assert.ok(same(readBytes(memory, realm(1), at, GRANULE_SIZE), plain) < 64);
  assert.equal(regenerateContext(memory, 1), 2);
  assert.ok(same(readBytes(memory, realm(1), at, GRANULE_SIZE), plain) < 64);
});

test('a page read but never written is zero in every context', () => {
  const memory = smallMemory();
  for (const reader of contexts) assert.deepEqual(readBytes(memory, reader, at, 16), new Uint8Array(16));
  assert.deepEqual(peekBytes(memory, 'bus', at, 16), new Uint8Array(16));
});

test('keys follow from the seed', () => {
  const bus = (seed: number) => {
    const memory = { ...smallMemory() };
    const other = smallMemory();
    const used = seed === 1 ? memory : { ...other, contexts: { ...other.contexts, seed: BigInt(seed) } };
    writeU8(used, realm(1), at, 1);
    return peekBytes(used, 'bus', at, 64);
  };
  assert.deepEqual(bus(1), bus(1));
  assert.notDeepEqual(bus(1), bus(2));
});
