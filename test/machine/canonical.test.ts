import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashSaved } from '../../emulator/machine/canonical';
import type { Saved } from '../../emulator/machine/saved';

const saved = fc.letrec<{ value: Saved }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.double({ noNaN: true }),
    fc.bigInt(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('equal values hash alike, whatever the order of keys', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), saved), { maxLength: 6 }), (entries) => {
      const there = Object.fromEntries(entries);
      const back = Object.fromEntries(Object.entries(there).reverse());
      assert.equal(hashSaved(structuredClone(there) as Saved), hashSaved(back as Saved));
    }),
    { numRuns: 100 },
  );
});

test('different values hash differently', () => {
  const values: Saved[] = [null, false, true, 0, 1, -0, 0n, '', '0', [], {}, [[]], [0], { a: 0 }, { a: 0n }, { b: 0 }];
  values.push(new Uint8Array(), new Uint8Array(1), [1, 2], [[1], 2], 'ab', ['a', 'b'], new Uint8Array(70_000));
  assert.equal(new Set(values.map(hashSaved)).size, values.length);
});
