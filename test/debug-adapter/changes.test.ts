/** What the map is told of a step: changes are noted whether or not a panel asks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { MemoryMapResponse } from '../../debug-adapter/protocol';
import { forgetChanges, newChanges, noteChange } from '../../debug-adapter/session/changes';
import { ATTEST, withDriver } from './driver';

const SOURCE = resolve('samples/attest/main.c');
const lineOf = (text: string): number =>
  readFileSync(SOURCE, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

test('over a call that changes RIPAS: the granule and the RTT are told; a step that changes nothing tells nothing', () =>
  withDriver(async ({ client, launch, start, lines, go }) => {
    const ask = () => client.request<MemoryMapResponse>('cca/memoryMap', { cell: 2 ** 30 });
    await launch({ program: ATTEST });
    await lines(SOURCE, lineOf('set_ripas(lent_page, RSI_EMPTY)'));
    await start();
    await go('continue');
    const before = await ask();
    assert.ok(before.changed.some(({ what }) => what === 'UNDELEGATED → DATA'));
    assert.ok(before.changedGranules >= 20, 'the Host has built the Realm');
    await go('next');
    const { changed, changedGranules } = await ask();
    assert.deepEqual(
      changed.map(({ size, what }) => [size, what]),
      [
        ['0x1000', 'an RTT entry written'],
        ['0x1000', 'RIPAS RAM → EMPTY'],
      ],
    );
    assert.equal(changedGranules, 2);
    await go('stepIn', { granularity: 'instruction' });
    assert.deepEqual((await ask()).changed, []);
  }));

test('shared memory and MECIDs: the map says what the card says', () =>
  withDriver(async ({ client, launch, start, functions, go }) => {
    const ask = <T>(command: string, args: object) => client.request<T>(command, args);
    await launch({ program: ATTEST });
    await functions('main');
    await start();
    await go('continue');
    const map = await ask<MemoryMapResponse>('cca/memoryMap', {
      base: '0x90000000',
      size: '0x200000',
      key: 'mecid',
    });
    assert.equal(map.legend[map.runs[0]!.value]?.label, 'MECID 0', 'the RD is under the MECID of the RMM');
    assert.ok(map.legend.some(({ label }) => label === 'MECID 1'));
    let at = 0x9000_0000;
    for (const { cells, value } of map.runs) {
      const card = await ask<{ sentence: string; pas: string }>('cca/granule', { pa: `0x${at.toString(16)}` });
      if (card.pas === 'Realm PAS') assert.ok(card.sentence.endsWith(map.legend[value]!.label), card.sentence);
      assert.doesNotMatch(card.sentence, /0x[0-9A-F_]*[a-f]/, 'digits in upper case');
      at += cells * 4096;
    }
    const state = await ask<MemoryMapResponse>('cca/memoryMap', { base: '0x90000000', size: '0x200000' });
    assert.ok(Array.isArray(state.shared));
  }));

test('of several changes the first and the last value count', () => {
  const changes = newChanges();
  noteChange(changes, 'granuleState', { pa: 0x1000n, from: 0n, to: 1n, call: 1n });
  noteChange(changes, 'granuleState', { pa: 0x1000n, from: 1n, to: 6n, call: 2n });
  assert.deepEqual(changes.states.get(0x1000), [0, 6]);
  noteChange(changes, 'rtte', { rd: 1n, ipa: 0n, level: 3n, from: 5n, to: 6n, rtt: 0x2000n });
  noteChange(changes, 'rtte', { rd: 1n, ipa: 0n, level: 3n, from: 6n, to: 7n, rtt: 0x2000n });
  const [entry] = changes.entries.values();
  assert.deepEqual([entry?.from, entry?.to, changes.tables.get(0x2000)], [5n, 7n, 2]);
  forgetChanges(changes);
  assert.equal(changes.states.size + changes.entries.size + changes.tables.size, 0);
});
