/** Ranges where something answers and nothing is: empty PCIe windows, legacy GIC frames, peripherals that are not there. */
import type { DeviceKind } from '../machine/platform';
import type { DeviceModel } from './model';
import { registerDevice } from './model';

const window = (kind: DeviceKind, title: string, summary: string, value: number): DeviceModel<object> => ({
  kind,
  title,
  summary,
  registers: [],
  widest: 8,
  timed: false,
  keeps: false,
  create: () => ({}),
  read: () => value,
  write: () => {},
  update: undefined,
});

export const ones = window(
  'ones',
  'Empty PCIe window',
  'No device: reads give all ones, writes are ignored.',
  0xffff_ffff,
);
export const zeros = window('zeros', 'Absent peripheral', 'Reads give zero, writes are ignored.', 0);

export const virtio = registerDevice<object>({
  kind: 'virtio',
  title: 'virtio-mmio slot',
  summary: 'A slot without a device.',
  registers: [
    { name: 'MagicValue', offset: 0x000, access: 'RO', reset: 0x7472_6976, summary: '"virt"' },
    { name: 'Version', offset: 0x004, access: 'RO', reset: 2, summary: 'version of the layout' },
    { name: 'DeviceID', offset: 0x008, access: 'RO', reset: 0, summary: '0: no device' },
    { name: 'VendorID', offset: 0x00c, access: 'RO', reset: 0, summary: 'none' },
  ],
});
