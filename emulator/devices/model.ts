/**
 * What a device is: rows of registers over plain numbers. The dispatcher (`devices.ts`), the documentation and whoever
 * shows a device read the same rows. Offsets are bytes from the start of the device's register space; registers have 32
 * bits, values are unsigned.
 */
import type { Machine } from '../machine/machine';
import type { DeviceKind, DeviceRegion } from '../machine/platform';
import type { Pas } from '../memory/pas';
import { setLine } from './gic/gic';

/** What a device keeps, by name: its registers under their own names, and whatever else it has to remember. */
export type DeviceState = Record<string, number>;

/** Whose access it is. */
export interface Requester {
  readonly pe: number;
  readonly pas: Pas;
}

export interface Register<S extends object> {
  readonly name: string;
  readonly offset: number;
  readonly access: 'RW' | 'RO' | 'WO';
  /** Value after a reset, where nothing else decides. */
  readonly reset: number;
  readonly summary: string;
  /** Bits that keep what is written; all when absent. */
  readonly writable?: number;
  /** Instead of what is kept under the register's name. */
  readonly read?: (machine: Machine, device: Device<S>) => number;
  /** Instead of keeping the value under the register's name. */
  readonly write?: (machine: Machine, device: Device<S>, value: number, from: Requester) => void;
}

export interface DeviceModel<S extends object> {
  readonly kind: DeviceKind;
  readonly title: string;
  /** One sentence or two: what is modelled, and what is not. */
  readonly summary: string;
  readonly registers: readonly Register<S>[];
  /** The longest access that is answered, in bytes. */
  readonly widest: 4 | 8;
  /** Whether it looks at the system counter: the clock is brought up to the instruction before every access. */
  readonly timed: boolean;
  /** Keeps its state over a system reset. */
  readonly keeps: boolean;
  readonly create: (region: DeviceRegion) => S;
  /** Reads the word at an offset that is a multiple of four. */
  readonly read: (machine: Machine, device: Device<S>, offset: number) => number;
  /** Writes the bits of `mask` of a word. */
  readonly write: (
    machine: Machine,
    device: Device<S>,
    offset: number,
    value: number,
    mask: number,
    from: Requester,
  ) => void;
  /** Brings outputs and `due` up to now: called after every write, when `due` has come, and after input. */
  readonly update: ((machine: Machine, device: Device<S>) => void) | undefined;
}

/** A device of a machine. */
export interface Device<S extends object = DeviceState> {
  readonly region: DeviceRegion;
  readonly model: DeviceModel<S>;
  state: S;
  /** System counter at which the device does something by itself; Infinity when it will not. */
  due: number;
  /** Pages of what it stores, for the few that store anything; by number of the page. */
  readonly pages: Map<number, Uint8Array>;
}

type RegisterDevice<S extends object> = Pick<DeviceModel<S>, 'kind' | 'title' | 'summary' | 'registers'> & {
  /** State beside the registers, at reset. */
  readonly internal?: Partial<S>;
  readonly widest?: 4 | 8;
  readonly timed?: boolean;
  readonly keeps?: boolean;
  readonly update?: DeviceModel<S>['update'];
};

/** A device that is its registers. Where there is none reads are zero and writes are ignored. */
export function registerDevice<S extends object>(description: RegisterDevice<S>): DeviceModel<S> {
  const rows = new Map<number, Register<S>>(description.registers.map((row) => [row.offset, row]));
  const initial = Object.fromEntries([
    ...description.registers.map(({ name, reset }) => [name, reset]),
    ...Object.entries(description.internal ?? {}),
  ]) as S;
  return {
    widest: 4,
    timed: false,
    keeps: false,
    update: undefined,
    ...description,
    create: () => ({ ...initial }),
    read(machine, device, offset) {
      const row = rows.get(offset);
      if (row === undefined || row.access === 'WO') return 0;
      return (row.read?.(machine, device) ?? (device.state as DeviceState)[row.name] ?? 0) >>> 0;
    },
    write(machine, device, offset, value, mask, from) {
      const row = rows.get(offset);
      if (row === undefined || row.access === 'RO') return;
      const bits = (mask & (row.writable ?? 0xffff_ffff)) >>> 0;
      if (row.write !== undefined) {
        row.write(machine, device, (value & bits) >>> 0, from);
        return;
      }
      const state = device.state as DeviceState;
      state[row.name] = (((state[row.name] ?? 0) & ~bits) | (value & bits)) >>> 0;
    },
  };
}

/** PrimeCell identification, 0xFE0 to 0xFFC: the part's four bytes, then those all of them have. */
export function primeCellIds<S extends object>(part: readonly [number, number, number, number]): Register<S>[] {
  const bytes = [...part, 0x0d, 0xf0, 0x05, 0xb1];
  return bytes.map((reset, index) => ({
    name: index < 4 ? `PeriphID${index}` : `PCellID${index - 4}`,
    offset: 0xfe0 + 4 * index,
    access: 'RO',
    reset,
    summary: 'identification',
  }));
}

/** Ticks of the 100 MHz system counter, in the machine's present. */
export const now = (machine: Machine): number => machine.clock.ticks;

/** Brings the interrupt output of a device to a level. */
export function drive<S extends object>(machine: Machine, { region }: Device<S>, high: boolean): void {
  if (region.intid !== undefined) setLine(machine, 0, region.intid, high);
}
