import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pa } from '../../emulator/address';
import { createDevices, readDevice, restoreDevices, saveDevices, writeDevice } from '../../emulator/devices/devices';
import { createClock } from '../../emulator/machine/clock';
import { createEventRing, readEvent } from '../../emulator/machine/event-ring';
import { createInputLog, enterConsole } from '../../emulator/machine/input-log';
import type { Machine } from '../../emulator/machine/machine';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { createServices } from '../../emulator/machine/services';

const platform = { ...presetPlatform('fvp') };

/** The parts of a machine that devices use. */
function deviceMachine(): Machine {
  const area = new DataView(new ArrayBuffer(0x1_0000));
  const parts = {
    platform,
    services: createServices(),
    events: createEventRing(16),
    clock: createClock(),
    inputs: createInputLog(),
    devices: createDevices(platform),
    memory: { view: () => area },
    pes: [],
  };
  return parts as unknown as Machine;
}

const UART0 = 0x1c09_0000;
const GICD = 0x2f00_0000;
const GICR = 0x2f10_0000;
const read = (machine: Machine, address: number, size = 4) => readDevice(machine, 0, pa(address), size);
const write = (machine: Machine, address: number, value: bigint, size = 4) =>
  writeDevice(machine, 0, pa(address), size, value);

test('what a UART is given comes out as a console event of its channel', () => {
  const machine = deviceMachine();
  assert.equal(write(machine, UART0 + 0x1_0000, 0x41n, 1), true);
  const record = readEvent(machine.events, 0);
  assert.deepEqual([record?.name, record?.words], ['console', [5n, 0x41n]]);
});

test('a UART shows input by FR and gives each byte once', () => {
  const machine = deviceMachine();
  assert.equal(read(machine, UART0 + 0x18), 0x90n);
  enterConsole(machine, 4, Uint8Array.of(0x68, 0x69));
  assert.equal(read(machine, UART0 + 0x18), 0xc0n, 'without FIFOs one byte is full');
  write(machine, UART0 + 0x2c, 0x10n);
  assert.equal(read(machine, UART0 + 0x18), 0x80n);
  assert.deepEqual([read(machine, UART0), read(machine, UART0), read(machine, UART0)], [0x68n, 0x69n, 0n]);
  assert.equal(machine.inputs.entries.length, 1);
});

test('a UART keeps its control registers and identifies itself', () => {
  const machine = deviceMachine();
  assert.equal(read(machine, UART0 + 0x30), 0x300n);
  write(machine, UART0 + 0x30, 0x301n);
  assert.equal(read(machine, UART0 + 0x30), 0x301n);
  const ids = [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0, 0xff4, 0xff8, 0xffc].map((at) => Number(read(machine, UART0 + at)));
  assert.deepEqual(ids, [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
});

test('set and clear registers of the distributor share one state', () => {
  const machine = deviceMachine();
  write(machine, GICD + 0x104, 0b1011n);
  write(machine, GICD + 0x104, 0b0100n);
  write(machine, GICD + 0x184, 0b0001n);
  assert.equal(read(machine, GICD + 0x104), 0b1110n);
  assert.equal(read(machine, GICD + 0x184), 0b1110n);
});

test('priorities are byte-accessible and routes are 64-bit', () => {
  const machine = deviceMachine();
  write(machine, GICD + 0x421, 0xa0n, 1);
  write(machine, GICD + 0x422, 0xbbccn, 2);
  // Four bits of a priority are implemented in the Non-secure half.
  assert.equal(read(machine, GICD + 0x420), 0xb0c0_a000n);
  assert.equal(read(machine, GICD + 0x423, 1), 0xb0n);
  write(machine, GICD + 0x6100, 0x1_0000_0203n, 8);
  assert.equal(read(machine, GICD + 0x6100, 8), 0x1_0000_0203n);
  assert.equal(read(machine, GICD + 0xffe8), 0x3bn);
});

test('the last redistributor says so and carries the affinity', () => {
  const machine = deviceMachine();
  assert.equal(read(machine, GICR + 8, 8), 0x10n);
  write(machine, GICR + 0x1_0100, 0xffn);
  write(machine, GICR + 0x1_0180, 0x0fn);
  assert.equal(read(machine, GICR + 0x1_0100), 0xf0n);
  write(machine, GICR + 0x14, 2n);
  assert.equal(read(machine, GICR + 0x14), 6n);
});

test('holes and unsupported widths do not answer', () => {
  const machine = deviceMachine();
  assert.equal(read(machine, 0x1c08_0000), undefined);
  assert.equal(write(machine, 0x1c08_0000, 0n), false);
  assert.equal(read(machine, UART0, 8), undefined);
  assert.equal(read(machine, GICD + 2, 4), undefined);
});

test('devices restore to what was saved', () => {
  const machine = deviceMachine();
  write(machine, UART0 + 0x24, 13n);
  write(machine, GICD + 0x104, 5n);
  const saved = structuredClone(saveDevices(machine.devices));
  write(machine, UART0 + 0x24, 14n);
  write(machine, GICD + 0x108, 5n);
  restoreDevices(machine.devices, saved);
  assert.deepEqual(saveDevices(machine.devices), saved);
  assert.equal(read(machine, UART0 + 0x24), 13n);
  assert.equal(read(machine, GICD + 0x108), 0n);
});
