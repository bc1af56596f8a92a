/** The PL011 the Host emulates for a Realm that writes to Unprotected memory: enough for output. */
import type { RealmLayout } from './layout';
import type { HostRealmProgress } from './saved';

/** Address of the PL011 in the Unprotected half: the top IPA bit, then where the board has it. */
const UART_OFFSET = 0x1c09_0000;
const UART_SIZE = 0x1000;

const DR = 0x000;
const FR = 0x018;
/** Transmit FIFO empty, receive FIFO empty. */
const FR_VALUE = 0x90;
/** IBRD, FBRD, LCR_H, CR, IFLS, IMSC keep what is written; CR resets to TXE and RXE. */
const STORED: Readonly<Record<number, number>> = { 36: 0, 40: 0, 44: 0, 48: 0x300, 52: 0x12, 56: 0 };
/** Peripheral and PrimeCell identification, one byte a word from 0xFE0. */
const ID = [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

export const uartBase = (layout: RealmLayout): number => 2 ** (layout.ipaWidth - 1) + UART_OFFSET;

export const isUart = (layout: RealmLayout, ipa: number): boolean =>
  ipa >= uartBase(layout) && ipa < uartBase(layout) + UART_SIZE;

export function readUart(own: HostRealmProgress, offset: number): number {
  if (offset === FR) return FR_VALUE;
  if (offset >= 0xfe0 && offset % 4 === 0) return ID[(offset - 0xfe0) / 4] ?? 0;
  return own.uart[offset] ?? STORED[offset] ?? 0;
}

/** `print` takes a character that is sent. */
export function writeUart(offset: number, value: number, own: HostRealmProgress, print: (byte: number) => void): void {
  if (offset === DR) print(value % 0x100);
  else if (offset in STORED) own.uart[offset] = value;
}
