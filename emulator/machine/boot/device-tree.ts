/**
 * The device tree that the boot chain hands to a payload: what the machine really has, in the flattened form of the
 * Devicetree Specification (0.4, chapter 5), version 17. Names and `compatible` strings are those of the bindings that
 * operating systems know.
 */
import type { Platform } from '../platform';
import { mpidrOf } from '../platform';
import { flatten, type TreeNode } from './flat-tree';

const GIC_PHANDLE = 1;
const CLOCK_PHANDLE = 2;
const UART_CLOCK_HZ = 24_000_000;

/** Interrupt specifiers of the GIC binding: type (0 SPI, 1 PPI), number of that type, level high. */
const SPI = 0;
const PPI = 1;
const LEVEL_HIGH = 4;
const spi = (intid: number): readonly number[] => [SPI, intid - 32, LEVEL_HIGH];
const ppi = (intid: number): readonly number[] => [PPI, intid - 16, LEVEL_HIGH];

/** A number as two cells. */
const wide = (value: number): readonly number[] => [Math.floor(value / 2 ** 32), value % 2 ** 32];
const region = (base: number, size: number): readonly number[] => [...wide(base), ...wide(size)];
const at = (name: string, address: number): string => `${name}@${address.toString(16)}`;

/** INTID of each UART (platform facts, section 1). */
const UART_INTIDS: Readonly<Record<string, number>> = { UART0: 37, UART1: 38, UART2: 39, UART3: 40 };

function cpus(platform: Platform): TreeNode {
  return {
    name: 'cpus',
    properties: { '#address-cells': [2], '#size-cells': [0] },
    children: Array.from({ length: platform.pes }, (_, index) => {
      const affinity = Number(mpidrOf(index) & 0xff_ffffn);
      return {
        name: at('cpu', affinity),
        properties: {
          device_type: 'cpu',
          compatible: 'arm,armv8',
          reg: wide(affinity),
          'enable-method': 'psci',
        },
      };
    }),
  };
}

function memory(platform: Platform): TreeNode[] {
  return platform.delegable.map(({ base, size }) => ({
    name: at('memory', base),
    properties: { device_type: 'memory', reg: region(base, size) },
  }));
}

function interruptController(platform: Platform): TreeNode[] {
  const distributor = platform.devices.find(({ kind }) => kind === 'gicd');
  const redistributors = platform.devices.find(({ kind }) => kind === 'gicr');
  if (distributor === undefined || redistributors === undefined) return [];
  return [
    {
      name: at('interrupt-controller', distributor.base),
      properties: {
        compatible: 'arm,gic-v3',
        '#interrupt-cells': [3],
        '#address-cells': [0],
        'interrupt-controller': [],
        reg: [...region(distributor.base, distributor.size), ...region(redistributors.base, redistributors.size)],
        interrupts: ppi(25),
        phandle: [GIC_PHANDLE],
      },
    },
  ];
}

function uarts(platform: Platform): TreeNode[] {
  return platform.devices
    .filter(({ kind, name }) => kind === 'pl011' && UART_INTIDS[name] !== undefined)
    .map(({ name, base }) => ({
      name: at('serial', base),
      properties: {
        compatible: ['arm,pl011', 'arm,primecell'],
        reg: region(base, 0x1000),
        interrupts: spi(UART_INTIDS[name] ?? 0),
        clocks: [CLOCK_PHANDLE, CLOCK_PHANDLE],
        'clock-names': ['uartclk', 'apb_pclk'],
      },
    }));
}

/** The tree of a platform. */
export function deviceTree(platform: Platform): Uint8Array {
  const console = platform.devices.find(({ kind }) => kind === 'pl011');
  return flatten({
    name: '',
    properties: {
      compatible: 'realmscope,fvp-like',
      model: `Realmscope ${platform.name}`,
      '#address-cells': [2],
      '#size-cells': [2],
      'interrupt-parent': [GIC_PHANDLE],
    },
    children: [
      {
        name: 'chosen',
        properties: console === undefined ? {} : { 'stdout-path': `/${at('serial', console.base)}:115200n8` },
      },
      cpus(platform),
      ...memory(platform),
      { name: 'psci', properties: { compatible: ['arm,psci-1.0', 'arm,psci-0.2'], method: 'smc' } },
      {
        name: 'timer',
        properties: { compatible: 'arm,armv8-timer', interrupts: [...ppi(29), ...ppi(30), ...ppi(27), ...ppi(26)] },
      },
      {
        name: 'uart-clock',
        properties: {
          compatible: 'fixed-clock',
          '#clock-cells': [0],
          'clock-frequency': [UART_CLOCK_HZ],
          'clock-output-names': 'uart-clock',
          phandle: [CLOCK_PHANDLE],
        },
      },
      ...interruptController(platform),
      ...uarts(platform),
    ],
  });
}
