import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertGood, imageAt, runRealms } from './guests';

const image = imageAt('samples/multi-rec/multi-rec.elf');
const realm = { name: 'sample', image, recs: 4 };

const EXPECTED = [
  'CPU_ON of REC 1: SUCCESS',
  'CPU_ON of REC 2: SUCCESS',
  'CPU_ON of REC 3: SUCCESS',
  'CPU_ON of REC 1 again: ALREADY_ON',
  '3 of 3 RECs answered an interrupt',
  'every REC had its share of the PE',
  'the virtual timer ticked 5 times',
  '8 pages to EMPTY: in one call',
  '8 pages to RAM: in one call',
  'the other RECs are off',
];

test('RECs of a Realm turn each other on, send interrupts, share the PE and tick', () => {
  const ran = runRealms([realm]);
  assert.deepEqual(ran.console.split('\n').slice(0, -1), EXPECTED);
  assertGood(ran);
  assert.ok(ran.exits.includes(1), 'no REC ever left because of an IRQ');
});
