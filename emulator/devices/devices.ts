/**
 * Dispatch of device accesses by physical address. What the platform does not list as a device, and what is not RAM, is a
 * hole: the access ends in a synchronous external abort.
 */
import type { Pa } from '../address';
import type { Machine } from '../machine/machine';
import { deviceRegionOf, mpidrOf, type Platform } from '../machine/platform';
import type { Saved } from '../machine/saved';
import {
  createGicFrame,
  type GicFrame,
  readDistributor,
  readRedistributor,
  writeDistributor,
  writeRedistributor,
} from './gic';
import { createPl011, type Pl011, readPl011, writePl011 } from './pl011';
import { createTimers, type TimerLines } from './timers';

export interface Devices {
  readonly uarts: Pl011[];
  readonly distributor: GicFrame;
  /** By PE. */
  readonly redistributors: GicFrame[];
  readonly timers: TimerLines;
}

const REDISTRIBUTOR_SIZE = 0x2_0000;

export function createDevices(platform: Platform): Devices {
  return {
    uarts: platform.devices
      .filter((region) => region.kind === 'pl011')
      .map((region) => createPl011(region.name, region.channel)),
    distributor: createGicFrame(),
    redistributors: Array.from({ length: platform.pes }, createGicFrame),
    timers: createTimers(platform.pes),
  };
}

/** Whether a device answers at this address. */
export const isDevice = (machine: { readonly platform: Platform }, address: Pa): boolean =>
  deviceRegionOf(machine.platform, address) !== undefined;

/** Reads 1, 2, 4 or 8 bytes; undefined where no device answers at that width: a synchronous external abort. */
export function readDevice(machine: Machine, _pe: number, address: Pa, size: number): bigint | undefined {
  const region = deviceRegionOf(machine.platform, address);
  if (region === undefined || address % size !== 0) return undefined;
  const offset = address - region.base;
  if (region.kind === 'pl011') {
    const uart = machine.devices.uarts.find(({ name }) => name === region.name);
    return uart === undefined || size === 8 ? undefined : BigInt(readPl011(machine, uart, offset));
  }
  if (size === 8)
    return BigInt(readWord(machine, region.kind, offset)) | (BigInt(readWord(machine, region.kind, offset + 4)) << 32n);
  const shift = (offset % 4) * 8;
  const word = readWord(machine, region.kind, offset - (offset % 4));
  return BigInt.asUintN(size * 8, BigInt(word) >> BigInt(shift));
}

/** Writes 1, 2, 4 or 8 bytes; false where no device answers at that width: a synchronous external abort. */
export function writeDevice(machine: Machine, pe: number, address: Pa, size: number, value: bigint): boolean {
  const region = deviceRegionOf(machine.platform, address);
  if (region === undefined || address % size !== 0) return false;
  const offset = address - region.base;
  if (region.kind === 'pl011') {
    const uart = machine.devices.uarts.find(({ name }) => name === region.name);
    if (uart === undefined || size === 8) return false;
    writePl011(machine, pe, uart, offset, Number(BigInt.asUintN(32, value)));
    return true;
  }
  if (size === 8) {
    writeWord(machine, region.kind, offset, Number(BigInt.asUintN(32, value)), 0xffff_ffff);
    writeWord(machine, region.kind, offset + 4, Number(BigInt.asUintN(32, value >> 32n)), 0xffff_ffff);
    return true;
  }
  const shift = (offset % 4) * 8;
  const mask = size === 4 ? 0xffff_ffff : ((1 << (size * 8)) - 1) << shift;
  writeWord(machine, region.kind, offset - (offset % 4), Number(BigInt.asUintN(32, value)) << shift, mask);
  return true;
}

function readWord(machine: Machine, kind: string, offset: number): number {
  const { distributor, redistributors } = machine.devices;
  if (kind === 'gicd') return readDistributor(distributor, offset) >>> 0;
  const pe = Math.floor(offset / REDISTRIBUTOR_SIZE);
  const frame = redistributors[pe];
  if (frame === undefined) return 0;
  const last = pe === redistributors.length - 1;
  return readRedistributor(frame, offset % REDISTRIBUTOR_SIZE, pe, last, Number(mpidrOf(pe) & 0xff_ffffn)) >>> 0;
}

function writeWord(machine: Machine, kind: string, offset: number, value: number, mask: number): void {
  const { distributor, redistributors } = machine.devices;
  if (kind === 'gicd') writeDistributor(distributor, offset, value, mask);
  else {
    const frame = redistributors[Math.floor(offset / REDISTRIBUTOR_SIZE)];
    if (frame !== undefined) writeRedistributor(frame, offset % REDISTRIBUTOR_SIZE, value, mask);
  }
}

const saveFrame = (frame: GicFrame): Saved => ({ ...frame.words });

function restoreFrame(frame: GicFrame, saved: Saved): void {
  for (const offset of Object.keys(frame.words)) delete frame.words[offset];
  Object.assign(frame.words, saved as Record<string, number>);
}

export function saveDevices(devices: Devices): Saved {
  return {
    uarts: devices.uarts.map((uart) => ({ ...uart })),
    distributor: saveFrame(devices.distributor),
    redistributors: devices.redistributors.map(saveFrame),
    timers: [...devices.timers.lines],
  };
}

export function restoreDevices(devices: Devices, saved: Saved): void {
  const { uarts, distributor, redistributors, timers } = saved as unknown as {
    uarts: Pl011[];
    distributor: Saved;
    redistributors: Saved[];
    timers: number[];
  };
  devices.uarts.splice(0, devices.uarts.length, ...uarts.map((uart) => ({ ...uart })));
  devices.timers.lines.splice(0, devices.timers.lines.length, ...timers);
  restoreFrame(devices.distributor, distributor);
  devices.redistributors.forEach((frame, pe) => {
    restoreFrame(frame, redistributors[pe] ?? {});
  });
}
