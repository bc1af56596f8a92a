/** Save, restore and reset of all devices. */
import type { Platform } from '../machine/platform';
import type { Saved } from '../machine/saved';
import type { Devices } from './devices';
import { createGic, restoreGic, saveGic } from './gic/gic';
import type { DeviceState } from './model';

interface SavedDevice {
  readonly state: DeviceState;
  readonly due: number;
  /** Stored pages, ascending. They are never changed in place, so they are shared with the device. */
  readonly pages: readonly (readonly [number, Uint8Array])[];
}

interface SavedDevices {
  readonly devices: Readonly<Record<string, SavedDevice>>;
  readonly gic: Saved;
  readonly timers: readonly number[];
  readonly serrors: readonly (number | null)[];
  readonly signals: readonly number[];
}

export function saveDevices(devices: Devices): Saved {
  const saved = [...devices.byName].map(([name, { state, due, pages }]): [string, SavedDevice] => [
    name,
    { state: { ...state }, due, pages: [...pages].sort(([a], [b]) => a - b) },
  ]);
  return {
    devices: Object.fromEntries(saved),
    gic: saveGic(devices.gic),
    timers: [...devices.timers.lines],
    serrors: [...devices.serrors],
    signals: [...devices.signals],
  } satisfies SavedDevices as unknown as Saved;
}

export function restoreDevices(devices: Devices, saved: Saved): void {
  const { devices: each, gic, timers, serrors, signals } = saved as unknown as SavedDevices;
  devices.deadline = Number.POSITIVE_INFINITY;
  for (const [name, device] of devices.byName) {
    const from = each[name] as SavedDevice;
    device.state = { ...from.state };
    device.due = from.due;
    device.pages.clear();
    for (const [number, page] of from.pages) device.pages.set(number, page);
    devices.deadline = Math.min(devices.deadline, device.due);
  }
  devices.timers.lines.splice(0, devices.timers.lines.length, ...timers);
  restoreGic(devices.gic, gic);
  devices.serrors.splice(0, devices.serrors.length, ...serrors);
  devices.signals.splice(0, devices.signals.length, ...signals);
}

/**
 * What a system reset does to devices: everything goes back to where EL3 hands over, but for the time of the real-time
 * clock and the content of flash. Input not read yet stays. Who resets the PEs recomputes what is signalled to them.
 */
export function resetDevices(machine: { readonly devices: Devices; readonly platform: Platform }): void {
  const { devices, platform } = machine;
  devices.deadline = Number.POSITIVE_INFINITY;
  for (const device of devices.byName.values()) {
    if (!device.model.keeps) {
      device.state = device.model.create(device.region);
      device.due = Number.POSITIVE_INFINITY;
    }
    devices.deadline = Math.min(devices.deadline, device.due);
  }
  devices.timers.lines.fill(0);
  restoreGic(devices.gic, saveGic(createGic(platform.pes)));
  devices.serrors.fill(null);
  devices.signals.fill(0);
}
