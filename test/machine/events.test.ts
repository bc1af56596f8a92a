import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUDGET } from '../../emulator/cpu/layout';
import { closeSlice, createClock, openSlice } from '../../emulator/machine/clock';
import {
  createEventRing,
  emit,
  eventFields,
  readEvent,
  restoreEvents,
  saveEvents,
  spilledEvents,
  subscribe,
} from '../../emulator/machine/event-ring';
import { peBase } from '../../emulator/memory/map';

function emitter(capacity = 4) {
  const area = new DataView(new ArrayBuffer(0x1_0000));
  return { events: createEventRing(capacity), clock: createClock(), memory: { view: () => area } };
}

test('records come back with their words by name, position and ticks', () => {
  const machine = emitter();
  machine.clock.position = 17;
  machine.clock.ticks = 2 ** 40;
  emit(machine, 'gpi', 3, 0x8000_0000, 9, 11n);
  const record = readEvent(machine.events, 0);
  assert.ok(record);
  assert.deepEqual(eventFields(record), { pa: 0x8000_0000n, from: 9n, to: 11n });
  assert.deepEqual([record.name, record.pe, record.position, record.ticks], ['gpi', 3, 17, 2 ** 40]);
});

test('words are 64-bit: negative values wrap, missing ones are zero', () => {
  const machine = emitter();
  emit(machine, 'smc', 0, -1n);
  assert.deepEqual(readEvent(machine.events, 0)?.words, [0xffff_ffff_ffff_ffffn, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
});

test('the ring forgets the oldest and counts what it forgot; a listener misses nothing', () => {
  const machine = emitter(4);
  const heard: number[] = [];
  subscribe(machine.events, (record) => heard.push(record.index));
  for (let index = 0; index < 10; index++) emit(machine, 'console', 0, 4, index);
  assert.deepEqual(heard, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(spilledEvents(machine.events), 6);
  assert.equal(readEvent(machine.events, 5), undefined);
  assert.equal(readEvent(machine.events, 6)?.words[1], 6n);
  assert.equal(readEvent(machine.events, 10), undefined);
});

test('a listener hears the kinds it asked for until it leaves', () => {
  const machine = emitter();
  const heard: string[] = [];
  const leave = subscribe(machine.events, ({ name }) => heard.push(name), ['gpi', 'host']);
  emit(machine, 'console', 0, 4, 1);
  emit(machine, 'host', 0, 1);
  leave();
  leave();
  emit(machine, 'gpi', 0, 1);
  assert.deepEqual(heard, ['host']);
});

test('a listener that leaves while it is called does not silence the others', () => {
  const machine = emitter();
  const heard: string[] = [];
  const leave = subscribe(machine.events, () => {
    heard.push('first');
    leave();
  });
  subscribe(machine.events, () => heard.push('second'));
  emit(machine, 'host', 0, 1);
  emit(machine, 'host', 0, 1);
  assert.deepEqual(heard, ['first', 'second', 'second']);
});

test('an event emitted inside an interpreter run carries the position of its instruction', () => {
  const machine = emitter();
  machine.clock.position = 100;
  machine.clock.ticks = 1000;
  openSlice(machine.clock, 1, 50);
  machine.memory.view().setInt32(peBase(1) + BUDGET, 43, true);
  emit(machine, 'console', 1, 4, 1);
  assert.equal(readEvent(machine.events, 0)?.position, 107);
  assert.equal(readEvent(machine.events, 0)?.ticks, 1007);
  machine.memory.view().setInt32(peBase(1) + BUDGET, 0, true);
  assert.equal(closeSlice(machine), 50);
  assert.deepEqual([machine.clock.position, machine.clock.ticks], [150, 1050]);
});

test('after a restore numbering goes on and older records are not shown', () => {
  const machine = emitter();
  emit(machine, 'host', 0, 1);
  emit(machine, 'host', 0, 2);
  const other = emitter();
  emit(other, 'host', 0, 9);
  restoreEvents(other.events, saveEvents(machine.events));
  emit(other, 'host', 0, 3);
  assert.equal(readEvent(other.events, 0), undefined);
  assert.equal(readEvent(other.events, 2)?.words[0], 3n);
  assert.equal(spilledEvents(other.events), 2);
});
