/** Dispatch of device accesses by physical address. */
import type { Pa } from '../address';
import type { Machine } from '../machine/machine';
import type { Platform } from '../machine/platform';
import type { Saved } from '../machine/saved';

export interface Devices {
  /** By device name: its registers. */
  readonly state: Record<string, Saved>;
}

export declare function createDevices(platform: Platform): Devices;
/** Reads `size` bytes (1, 2, 4 or 8); undefined where no device answers: an external abort. */
export declare function readDevice(machine: Machine, pe: number, pa: Pa, size: number): bigint | undefined;
/** Writes; false where no device answers. */
export declare function writeDevice(machine: Machine, pe: number, pa: Pa, size: number, value: bigint): boolean;
/** Whether a device answers at this address. */
export declare function isDevice(machine: { readonly platform: Platform }, pa: Pa): boolean;
export declare function saveDevices(devices: Devices): Saved;
export declare function restoreDevices(devices: Devices, saved: Saved): void;
