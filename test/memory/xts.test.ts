/** XTS-AES-128: the vectors of IEEE 1619, and the injected cipher against the portable one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NODE_SERVICES } from '../../debug-adapter/session/node-services';
import { portableXts, type Xts } from '../../emulator/memory/xts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (words: Uint32Array, length: number): string =>
  Buffer.from(words.buffer, words.byteOffset, length).toString('hex');

/** Bytes 0 to 255, twice. */
const COUNTING = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256)).toString('hex');

/**
 * IEEE 1619-2007, annex B. Data units of whole blocks, all shorter than a granule: without ciphertext stealing a block's
 * ciphertext does not depend on how many follow, so each is the beginning of a granule's.
 */
const VECTORS = [
  {
    name: 'vector 1',
    key: '00'.repeat(32),
    unit: 0,
    plain: '00'.repeat(32),
    cipher: '917cf69ebd68b2ec9b9fe9a3eadda692cd43d2f59598ed858c02c2652fbf922e',
  },
  {
    name: 'vector 2',
    key: '11'.repeat(16) + '22'.repeat(16),
    unit: 0x33_3333_3333,
    plain: '44'.repeat(32),
    cipher: 'c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0',
  },
  {
    name: 'vector 3',
    key: `fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0${'22'.repeat(16)}`,
    unit: 0x33_3333_3333,
    plain: '44'.repeat(32),
    cipher: 'af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a89',
  },
  {
    name: 'vector 4',
    key: '2718281828459045235360287471352631415926535897932384626433832795',
    unit: 0,
    plain: COUNTING,
    cipher: '27a7479befa1d476489f308cd4cfa6e2a96e4bbe3208ff25287dd3819616e89c',
  },
];

const encrypted = (xts: Xts, key: Uint8Array, unit: number, plain: Uint8Array): Uint32Array => {
  const words = new Uint32Array(1024);
  new Uint8Array(words.buffer).set(plain);
  xts(key).encrypt(unit, words, 0);
  return words;
};

describe('XTS-AES-128', () => {
  for (const { name, key, unit, plain, cipher } of VECTORS) {
    test(`IEEE 1619 ${name}`, () => {
      const words = encrypted(portableXts, bytes(key), unit, bytes(plain));
      assert.equal(hex(words, cipher.length / 2), cipher);
      portableXts(bytes(key)).decrypt(unit, words, 0);
      assert.equal(hex(words, plain.length / 2), plain);
    });
  }

  test('the cipher of Node gives the same bytes, both ways, in the middle of a buffer', () => {
    const page = fc.uint32Array({ minLength: 1024, maxLength: 1024 });
    const key = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .filter((k) => k.some((b, i) => i < 16 && b !== k[i + 16]));
    fc.assert(
      fc.property(page, key, fc.nat(2 ** 40), (plain, secret, granule) => {
        const [ours, theirs] = [portableXts(secret), NODE_SERVICES.xts(secret)];
        const around = (xts: typeof ours, way: 'encrypt' | 'decrypt') => {
          const words = new Uint32Array(1024 + 8).fill(0x5a5a_5a5a);
          words.set(plain, 4);
          xts[way](granule, words, 4);
          return words;
        };
        for (const way of ['encrypt', 'decrypt'] as const) {
          const words = around(ours, way);
          assert.deepEqual(words, around(theirs, way));
          assert.deepEqual([words[3], words[1028]], [0x5a5a_5a5a, 0x5a5a_5a5a]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
