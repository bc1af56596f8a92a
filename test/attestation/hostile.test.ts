import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cborTag, encodeCbor } from '../../attestation/cbor/encode';
import { scanCbor } from '../../attestation/cbor/scan';
import { isUtf8 } from '../../attestation/cbor/utf8';
import { Problem } from '../../attestation/problem';
import { decodeToken } from '../../attestation/token/decode';
import { verifyToken } from '../../attestation/verify/verify';
import { cpakOf, index, readVector } from './vectors';

const vector = index.tokens.find(({ file }) => file === 'tokens/v2.0-example.cbor') ?? assert.fail('vector');
const token = readVector(vector.file);
const cpak = cpakOf(vector);

/** Runs something that may refuse its input, but only by name. */
function refusesByName(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    assert.notEqual(error.blame, 'defect');
    assert.ok(error.what.length > 0);
  }
}

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'none';
};
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

test('every truncation is refused by name', () => {
  for (let length = 0; length < token.length; length++) {
    assert.notEqual(
      code(() => decodeToken(token.subarray(0, length))),
      'none',
      `length ${length}`,
    );
  }
});

test('a flipped bit is decoded or refused by name, and never verified', () => {
  fc.assert(
    fc.property(fc.nat({ max: token.length * 8 - 1 }), (bit) => {
      const copy = token.slice();
      copy[Math.floor(bit / 8)] = (copy[Math.floor(bit / 8)] ?? 0) ^ (1 << (bit % 8));
      refusesByName(() => decodeToken(copy));
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.nat({ max: token.length * 8 - 1 }), (bit) => {
      const copy = token.slice();
      copy[Math.floor(bit / 8)] = (copy[Math.floor(bit / 8)] ?? 0) ^ (1 << (bit % 8));
      assert.equal(verifyToken(copy, { cpak }).accepted, false, `bit ${bit}`);
    }),
    { numRuns: 60 },
  );
});

test('random bytes are refused by name', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (input) => refusesByName(() => scanCbor(input))),
    { numRuns: 3000 },
  );
});

test('spliced pieces of tokens are refused by name', () => {
  fc.assert(
    fc.property(fc.nat(token.length), fc.nat(token.length), fc.uint8Array({ maxLength: 8 }), (a, b, middle) => {
      const input = new Uint8Array([...token.subarray(0, a), ...middle, ...token.subarray(b)]);
      refusesByName(() => decodeToken(input));
    }),
    { numRuns: 1000 },
  );
});

test('each malformation has its name', () => {
  assert.equal(
    code(() => scanCbor(bytes())),
    'cbor-empty',
  );
  assert.equal(
    code(() => scanCbor(bytes(0x18))),
    'cbor-truncated',
  );
  assert.equal(
    code(() => scanCbor(bytes(0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))),
    'cbor-truncated',
  );
  assert.equal(
    code(() => scanCbor(bytes(0x5f, 0x41, 0x00, 0xff))),
    'cbor-indefinite-length',
  );
  assert.equal(
    code(() => scanCbor(bytes(0xbf, 0xff))),
    'cbor-indefinite-length',
  );
  assert.equal(
    code(() => scanCbor(bytes(0x1c))),
    'cbor-reserved',
  );
  assert.equal(
    code(() => scanCbor(bytes(0xf8, 0x10))),
    'cbor-reserved',
  );
  assert.equal(
    code(() => scanCbor(bytes(0x00, 0x00))),
    'cbor-trailing-bytes',
  );
  assert.equal(
    code(() => scanCbor(bytes(0xa2, 0x01, 0x00, 0x18, 0x01, 0x00))),
    'cbor-duplicate-key',
  );
  assert.equal(
    code(() => scanCbor(bytes(0xa2, 0x61, 0x61, 0x00, 0x61, 0x61, 0x00))),
    'cbor-duplicate-key',
  );
  assert.equal(
    code(() => scanCbor(bytes(0x62, 0xc0, 0x80))),
    'cbor-bad-utf8',
  );
  assert.equal(
    code(() => scanCbor(new Uint8Array(64).fill(0x81))),
    'cbor-too-deep',
  );
  assert.equal(
    code(() => scanCbor(new Uint8Array(2 << 20))),
    'cbor-too-large',
  );
  assert.equal(
    code(() => scanCbor(bytes(0x99, 0x20, 0x00, ...new Array<number>(0x2000).fill(0)))),
    'cbor-too-many-items',
  );
});

test('non-shortest integers are accepted', () => {
  const item = scanCbor(bytes(0x1b, 0, 0, 0, 0, 0, 0, 0, 7));
  assert.ok(item.kind === 'integer' && item.value === 7n);
});

test('UTF-8 is judged as a strict decoder does', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const accepts = (input: Uint8Array): boolean => {
    try {
      strict.decode(input);
      return true;
    } catch {
      return false;
    }
  };
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), (values) => {
      const input = Uint8Array.from(values);
      assert.equal(isUtf8(input), accepts(input));
    }),
    { numRuns: 5000 },
  );
});

test('what is encoded is read back, in shortest form', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('any'), { maxLength: 30 }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (input) => {
      const encoded = encodeCbor(cborTag(399, input as never));
      const item = scanCbor(encoded);
      assert.equal(item.end, encoded.length);
      assert.deepEqual(back(item), { tag: 399n, value: input });
    }),
    { numRuns: 500 },
  );
});

function back(item: ReturnType<typeof scanCbor>): unknown {
  if (item.kind === 'tag') return { tag: item.tag, value: back(item.item) };
  if (item.kind === 'array') return item.items.map(back);
  if (item.kind === 'integer') return Number(item.value);
  if (item.kind === 'bytes') return Uint8Array.from(item.value);
  return item.kind === 'text' ? item.value : assert.fail(item.kind);
}
