/**
 * Dispatch of device accesses by physical address. What the platform does not list as a device, and what is not RAM, is a
 * hole: the access ends in a synchronous external abort.
 */
import type { Pa } from '../address';
import type { Machine } from '../machine/machine';
import { deviceRegionOf, type Platform } from '../machine/platform';
import type { Saved } from '../machine/saved';
import {
  createGic,
  type Gic,
  REDISTRIBUTOR_SIZE,
  readDistributor,
  readRedistributor,
  refreshAllSignals,
  restoreGic,
  saveGic,
  writeDistributor,
  writeRedistributor,
} from './gic/gic';
import { createPl011, type Pl011, readPl011, writePl011 } from './pl011';
import { createTimers, type TimerLines } from './timers';

export interface Devices {
  readonly uarts: Pl011[];
  readonly gic: Gic;
  readonly timers: TimerLines;
  /** By PE: ISS of the physical SError that is pending, or null. */
  readonly serrors: (number | null)[];
  /** By PE: what is pending there, masked or not (`gic/delivery.ts`, Signal). Follows from the rest. */
  readonly signals: number[];
}

export function createDevices(platform: Platform): Devices {
  return {
    uarts: platform.devices
      .filter((region) => region.kind === 'pl011')
      .map((region) => createPl011(region.name, region.channel)),
    gic: createGic(platform.pes),
    timers: createTimers(platform.pes),
    serrors: Array.from({ length: platform.pes }, () => null),
    signals: Array.from({ length: platform.pes }, () => 0),
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
  const { gic } = machine.devices;
  if (kind === 'gicd') return readDistributor(gic, offset) >>> 0;
  const pe = Math.floor(offset / REDISTRIBUTOR_SIZE);
  return pe < gic.privates.length ? readRedistributor(gic, pe, offset % REDISTRIBUTOR_SIZE) >>> 0 : 0;
}

function writeWord(machine: Machine, kind: string, offset: number, value: number, mask: number): void {
  const { gic } = machine.devices;
  const pe = Math.floor(offset / REDISTRIBUTOR_SIZE);
  if (kind === 'gicd') writeDistributor(gic, offset, value, mask);
  else if (pe < gic.privates.length) writeRedistributor(gic, pe, offset % REDISTRIBUTOR_SIZE, value, mask);
  refreshAllSignals(machine);
}

export function saveDevices(devices: Devices): Saved {
  return {
    uarts: devices.uarts.map((uart) => ({ ...uart })),
    gic: saveGic(devices.gic),
    timers: [...devices.timers.lines],
    serrors: [...devices.serrors],
    signals: [...devices.signals],
  };
}

export function restoreDevices(devices: Devices, saved: Saved): void {
  const { uarts, gic, timers, serrors, signals } = saved as unknown as {
    uarts: Pl011[];
    gic: Saved;
    timers: number[];
    serrors: (number | null)[];
    signals: number[];
  };
  devices.uarts.splice(0, devices.uarts.length, ...uarts.map((uart) => ({ ...uart })));
  devices.timers.lines.splice(0, devices.timers.lines.length, ...timers);
  restoreGic(devices.gic, gic);
  devices.serrors.splice(0, devices.serrors.length, ...serrors);
  devices.signals.splice(0, devices.signals.length, ...signals);
}

/** A system reset: every device starts again. */
export function resetDevices(machine: Machine): void {
  restoreDevices(machine.devices, saveDevices(createDevices(machine.platform)));
}
