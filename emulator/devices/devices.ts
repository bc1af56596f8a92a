/**
 * Devices of a machine, and dispatch of accesses by physical address. What the platform does not list as a device, and
 * what is not RAM, is a hole: the access ends in a synchronous external abort.
 */
import type { Pa } from '../address';
import { syncClock } from '../machine/clock';
import type { Machine } from '../machine/machine';
import { type DeviceRegion, deviceRegionOf, type Platform } from '../machine/platform';
import { Pas } from '../memory/pas';
import { DEVICE_MODELS } from './catalogue';
import { createGic, type Gic } from './gic/gic';
import type { Device } from './model';
import { createTimers, type TimerLines } from './timers';

export { resetDevices, restoreDevices, saveDevices } from './state';

/** A range of addresses and the device behind it. */
export interface DeviceRange {
  readonly region: DeviceRegion;
  readonly device: Device;
}

export interface Devices {
  /** By name. */
  readonly byName: ReadonlyMap<string, Device>;
  /** Sorted by base. */
  readonly ranges: readonly DeviceRange[];
  /** The range accessed last; looked at first. */
  lastRange: DeviceRange | undefined;
  /** System counter at which the first device does something by itself: the least `due`. */
  deadline: number;
  readonly gic: Gic;
  readonly timers: TimerLines;
  /** By PE: ISS of the physical SError that is pending, or null. */
  readonly serrors: (number | null)[];
  /** By PE: what is pending there, masked or not (`gic/delivery.ts`, Signal). Follows from the rest. */
  readonly signals: number[];
}

export function createDevices(platform: Platform): Devices {
  const byName = new Map<string, Device>();
  const ranges = platform.devices.map((region): DeviceRange => {
    const model = DEVICE_MODELS[region.kind];
    const device = byName.get(region.name) ?? {
      region,
      model,
      state: model.create(region),
      due: Number.POSITIVE_INFINITY,
      pages: new Map(),
    };
    byName.set(region.name, device);
    return { region, device };
  });
  return {
    byName,
    ranges,
    lastRange: undefined,
    deadline: Number.POSITIVE_INFINITY,
    gic: createGic(platform.pes),
    timers: createTimers(platform.pes),
    serrors: Array.from({ length: platform.pes }, () => null),
    signals: Array.from({ length: platform.pes }, () => 0),
  };
}

/** Whether a device answers at this address. */
export const isDevice = (machine: { readonly platform: Platform }, address: Pa): boolean =>
  deviceRegionOf(machine.platform, address) !== undefined;

function rangeOf(devices: Devices, address: number): DeviceRange | undefined {
  const last = devices.lastRange;
  if (last !== undefined && address >= last.region.base && address < last.region.base + last.region.size) return last;
  const { ranges } = devices;
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { base, size } = (ranges[middle] as DeviceRange).region;
    if (address < base) high = middle;
    else if (address >= base + size) low = middle + 1;
    else {
      devices.lastRange = ranges[middle];
      return ranges[middle];
    }
  }
  return undefined;
}

/** The deadline is the least of all: looked for again when one has changed. */
function settle(devices: Devices): void {
  let deadline = Number.POSITIVE_INFINITY;
  for (const device of devices.byName.values()) if (device.due < deadline) deadline = device.due;
  devices.deadline = deadline;
}

/** A word of a device; -1 where nothing answers. Reads of up to 4 bytes, without making a bigint. */
export function readDeviceWord(machine: Machine, address: number, size: 1 | 2 | 4): number {
  const { devices } = machine;
  const range = rangeOf(devices, address);
  if (range === undefined || address % size !== 0) return -1;
  const { device, region } = range;
  const { model } = device;
  const offset = address - region.base + (region.offset ?? 0);
  const { due } = device;
  if (model.timed) syncClock(machine);
  const within = offset & 3;
  const word = model.read(machine, device, offset - within);
  if (device.due !== due) settle(devices);
  if (size === 4) return word;
  return (word >>> (within * 8)) & (size === 1 ? 0xff : 0xffff);
}

/** Reads 1, 2, 4 or 8 bytes; undefined where no device answers at that width: a synchronous external abort. */
export function readDevice(machine: Machine, _pe: number, address: Pa, size: number): bigint | undefined {
  if (size <= 4) {
    const word = readDeviceWord(machine, address, size as 1 | 2 | 4);
    return word < 0 ? undefined : BigInt(word);
  }
  const range = rangeOf(machine.devices, address);
  if (range === undefined || range.device.model.widest < size || address % size !== 0) return undefined;
  const low = readDeviceWord(machine, address, 4);
  return BigInt(low) | (BigInt(readDeviceWord(machine, address + 4, 4)) << 32n);
}

/**
 * Writes 1, 2, 4 or 8 bytes for a PE, in a PAS; false where no device answers at that width: a synchronous external
 * abort.
 */
export function writeDevice(
  machine: Machine,
  pe: number,
  address: Pa,
  size: number,
  value: bigint,
  pas: Pas = Pas.NonSecure,
): boolean {
  const range = rangeOf(machine.devices, address);
  if (range === undefined || address % size !== 0 || size > Math.max(4, range.device.model.widest)) return false;
  const { device, region } = range;
  const { model } = device;
  const offset = address - region.base + (region.offset ?? 0);
  const from = { pe, pas };
  if (model.timed) syncClock(machine);
  if (size === 8) {
    model.write(machine, device, offset, Number(BigInt.asUintN(32, value)), 0xffff_ffff, from);
    model.write(machine, device, offset + 4, Number(BigInt.asUintN(32, value >> 32n)), 0xffff_ffff, from);
  } else {
    const shift = (offset & 3) * 8;
    const mask = size === 4 ? 0xffff_ffff : (((1 << (size * 8)) - 1) << shift) >>> 0;
    const word = (Number(BigInt.asUintN(32, value)) << shift) >>> 0;
    model.write(machine, device, offset & ~3, word, mask, from);
  }
  refresh(machine, device);
  return true;
}

/** Brings a device up to now, and the deadline with it. */
function refresh(machine: Machine, device: Device): void {
  if (device.model.update === undefined) return;
  const { due } = device;
  device.model.update(machine, device);
  if (device.due !== due) settle(machine.devices);
}

/** Lets every device whose time has come do what it does by itself. */
export function runDevices(machine: Machine): void {
  const { devices, clock } = machine;
  for (const device of devices.byName.values()) if (device.due <= clock.ticks) device.model.update?.(machine, device);
  settle(devices);
}

/** Bytes were typed on a channel. */
export function noteConsoleInput(machine: Machine, channel: number): void {
  for (const device of machine.devices.byName.values()) {
    if (device.model.kind === 'pl011' && device.region.channel === channel) refresh(machine, device);
  }
}
