import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../attestation/bytes';
import { pa } from '../../emulator/address';
import type { HostRealmConfig } from '../../emulator/host/config';
import { hostOutcome, predictRim, saveHost } from '../../emulator/host/host';
import { subscribe } from '../../emulator/machine/event-ring';
import { run } from '../../emulator/machine/run-loop';
import { restoreMachine, saveMachine } from '../../emulator/machine/snapshot';
import { readMeasurement } from '../../emulator/rmm/realm/measure';
import { assertGood, createRealms, imageAt, runRealms } from './guests';

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

test('the parameters of a Realm are in its RIM, its shape and its Host are not', () => {
  const measured = (config: Partial<HostRealmConfig>): string =>
    toHex(predictRim({ realms: [{ ...realm, ...config }] }));
  const plain = measured({});
  for (const config of [{ breakpoints: 3 }, { watchpoints: 4 }, { pmuCounters: 2 }, { lpa2: true }, { ipaWidth: 34 }]) {
    assert.notEqual(measured(config), plain);
  }
  for (const config of [
    { recs: 2 },
    { fold: true },
    { sharedMemory: 0x1000 },
    { behaviour: ['deny-cpu-on'] as const },
  ]) {
    assert.equal(measured(config), plain);
  }
});

test('a Realm asks for all that RmiRealmParams has, and has the RIM predicted for it', () => {
  const config = { ...realm, recs: 2, breakpoints: 6, watchpoints: 3, pmuCounters: 8, ipaWidth: 51, levelStart: -1 };
  const machine = createRealms([config], 'trace-c');
  let rim = '';
  subscribe(
    machine.events,
    ({ words: [rd, index] }) => {
      if (index === 0n) rim = toHex(readMeasurement(machine, pa(Number(rd)), 0));
    },
    ['measurement'],
  );
  run(machine, { steps: 3_000_000 });
  assert.equal(hostOutcome(machine.host)?.code, 0);
  assert.equal(rim, toHex(predictRim({ realms: [config] })));
});

test('saved in the middle and restored, RECs go on the same way', () => {
  const first = createRealms([realm, { ...realm, name: 'other', recs: 2 }]);
  run(first, { steps: 150_000 });
  const saved = structuredClone(saveMachine(first));
  const second = createRealms([realm, { ...realm, name: 'other', recs: 2 }]);
  restoreMachine(second, saved);
  run(first, { steps: 100_000 });
  run(second, { steps: 100_000 });
  assert.deepEqual(saveHost(second.host), saveHost(first.host));
  assert.deepEqual([second.clock.position, second.clock.ticks], [250_000, first.clock.ticks]);
});
