/** The devices of an FVP-Base-RevC-like board (platform facts, section 1), and the PAS of those that are not Non-secure. */
import { pa } from '../../address';
import { Gpi } from '../../memory/gpi';
import type { DeviceKind, DeviceRegion, InitialGpi } from '../platform';

const KIB = 1024;
const MIB = 1024 * KIB;

type More = Omit<Partial<DeviceRegion>, 'name' | 'kind' | 'base' | 'size'>;
const device = (name: string, base: number, size: number, kind: DeviceKind, more: More = {}): DeviceRegion => ({
  name,
  kind,
  channel: 0,
  base: pa(base),
  size,
  ...more,
});

/** Sorted by base. */
export const boardDevices = (pes: number): readonly DeviceRegion[] => [
  device('NOR flash 0', 0x0800_0000, 64 * MIB, 'nor-flash'),
  device('NOR flash 1', 0x0c00_0000, 64 * MIB, 'nor-flash'),
  device('Ethernet', 0x1a00_0000, 64 * KIB, 'zeros'),
  device('system registers', 0x1c01_0000, 64 * KIB, 've-registers'),
  device('system controller', 0x1c02_0000, 64 * KIB, 'sp810'),
  device('MMC', 0x1c05_0000, 64 * KIB, 'zeros'),
  device('keyboard', 0x1c06_0000, 64 * KIB, 'zeros'),
  device('mouse', 0x1c07_0000, 64 * KIB, 'zeros'),
  device('UART0', 0x1c09_0000, 64 * KIB, 'pl011', { channel: 4, intid: 37 }),
  device('UART1', 0x1c0a_0000, 64 * KIB, 'pl011', { channel: 5, intid: 38 }),
  device('UART2', 0x1c0b_0000, 64 * KIB, 'pl011', { channel: 6, intid: 39 }),
  device('UART3', 0x1c0c_0000, 64 * KIB, 'pl011', { channel: 7, intid: 40 }),
  device('watchdog', 0x1c0f_0000, 64 * KIB, 'sp805', { intid: 32, reset: 'watchdog' }),
  device('power controller', 0x1c10_0000, 64 * KIB, 'power-controller'),
  device('dual timer 0', 0x1c11_0000, 64 * KIB, 'sp804', { intid: 34 }),
  device('dual timer 1', 0x1c12_0000, 64 * KIB, 'sp804', { intid: 35 }),
  device('virtio block', 0x1c13_0000, 4 * KIB, 'virtio'),
  device('virtio 9p', 0x1c14_0000, 4 * KIB, 'virtio'),
  device('virtio net', 0x1c15_0000, 4 * KIB, 'virtio'),
  device('real-time clock', 0x1c17_0000, 64 * KIB, 'pl031', { intid: 36 }),
  device('bus master', 0x1c18_0000, 64 * KIB, 'bus-master', { intid: 80 }),
  device('display', 0x1c1f_0000, 64 * KIB, 'zeros'),
  device('counter control', 0x2a43_0000, 64 * KIB, 'counter-control'),
  device('generic watchdog', 0x2a44_0000, 4 * KIB, 'generic-watchdog', { intid: 59 }),
  device('generic watchdog', 0x2a45_0000, 4 * KIB, 'generic-watchdog', { offset: 0x1_0000 }),
  device('trusted watchdog', 0x2a49_0000, 64 * KIB, 'sp805', { intid: 56, reset: 'trusted watchdog' }),
  device('counter', 0x2a80_0000, 64 * KIB, 'counter-read'),
  device('timer control', 0x2a81_0000, 64 * KIB, 'timer-control'),
  device('timer frame 0', 0x2a82_0000, 64 * KIB, 'timer-frame', { intid: 57 }),
  device('timer frame 1', 0x2a83_0000, 64 * KIB, 'timer-frame', { intid: 58 }),
  device('legacy GIC CPU interface', 0x2c00_0000, 8 * KIB, 'zeros'),
  device('legacy GIC virtual control', 0x2c01_0000, 8 * KIB, 'zeros'),
  device('legacy GIC virtual CPU interface', 0x2c02_f000, 8 * KIB, 'zeros'),
  device('GIC distributor', 0x2f00_0000, 64 * KIB, 'gicd'),
  device('GIC redistributors', 0x2f10_0000, 128 * KIB * pes, 'gicr'),
  device('PCIe configuration', 0x4000_0000, 256 * MIB, 'ones'),
  device('PCIe memory window', 0x5000_0000, 256 * MIB, 'ones'),
  device('PCIe 64-bit memory window', 0x40_0000_0000, 3072 * MIB, 'ones'),
];

const initial = (name: string, base: number, size: number, gpi: number): InitialGpi => ({
  name,
  gpi,
  base: pa(base),
  size,
});

/** Devices that belong to the Secure side, and those every PAS reaches. Sorted by base. */
export const DEVICE_GPI: readonly InitialGpi[] = [
  initial('VE peripherals', 0x1c00_0000, 2 * MIB, Gpi.Any),
  initial('counter control', 0x2a43_0000, 64 * KIB, Gpi.Secure),
  initial('trusted watchdog', 0x2a49_0000, 64 * KIB, Gpi.Secure),
  initial('timer frame 0', 0x2a82_0000, 64 * KIB, Gpi.Secure),
  initial('GIC', 0x2f00_0000, 4 * MIB, Gpi.Any),
];
