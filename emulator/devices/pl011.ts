/**
 * PL011 UART (platform facts, section 4): output goes to a console channel, input comes from the input log. Interrupts
 * are not raised; software polls FR.
 */

import type { ConsoleChannel } from '../machine/console';
import { writeConsole } from '../machine/console';
import { hasConsoleByte, takeConsoleByte } from '../machine/input-log';
import type { Machine } from '../machine/machine';

/** Registers that keep what is written, by offset. */
export interface Pl011 {
  /** Name of the region, as in the platform. */
  readonly name: string;
  readonly channel: number;
  ibrd: number;
  fbrd: number;
  lcr: number;
  cr: number;
  ifls: number;
  imsc: number;
}

const STORED = { 36: 'ibrd', 40: 'fbrd', 44: 'lcr', 48: 'cr', 52: 'ifls', 56: 'imsc' } as const;

const DR = 0x000;
const FR = 0x018;
const FR_RXFE = 1 << 4;
const FR_TXFE = 1 << 7;
/** Peripheral and PrimeCell identification, 0xFE0 to 0xFFC. */
const IDS = [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

/** Reset values; CR has transmit and receive enabled as firmware leaves it, and UARTEN. */
export const createPl011 = (name: string, channel: number): Pl011 => ({
  name,
  channel,
  ibrd: 0,
  fbrd: 0,
  lcr: 0,
  cr: 0x300,
  ifls: 0x12,
  imsc: 0,
});

const storedName = (offset: number): (typeof STORED)[keyof typeof STORED] | undefined =>
  STORED[offset as keyof typeof STORED];

export function readPl011(machine: Machine, uart: Pl011, offset: number): number {
  if (offset === DR) return takeConsoleByte(machine.inputs, uart.channel) ?? 0;
  if (offset === FR) return FR_TXFE | (hasConsoleByte(machine.inputs, uart.channel) ? 0 : FR_RXFE);
  if (offset >= 0xfe0) return IDS[(offset - 0xfe0) / 4] ?? 0;
  const name = storedName(offset);
  return name === undefined ? 0 : uart[name];
}

export function writePl011(machine: Machine, pe: number, uart: Pl011, offset: number, value: number): void {
  if (offset === DR) {
    writeConsole(machine, pe, uart.channel as ConsoleChannel, value);
    return;
  }
  const name = storedName(offset);
  if (name !== undefined) uart[name] = value % 0x1_0000;
}
