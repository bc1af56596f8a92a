/** Channels of the `console` event and of console input. */
import { emit } from './event-ring';
import type { Machine } from './machine';

export const ConsoleChannel = {
  Realm: 0,
  Host: 1,
  Monitor: 2,
  Rmm: 3,
  Uart0: 4,
  Uart1: 5,
  Uart2: 6,
  Uart3: 7,
} as const;
export type ConsoleChannel = (typeof ConsoleChannel)[keyof typeof ConsoleChannel];

/** Names as shown to users and used in JSON, in the order of the numbers. */
export const CONSOLE_NAMES = ['realm', 'host', 'monitor', 'rmm', 'uart0', 'uart1', 'uart2', 'uart3'] as const;

/** One byte of output on a channel. */
export function writeConsole(machine: Machine, pe: number, channel: ConsoleChannel, byte: number): void {
  emit(machine, 'console', pe, channel, byte & 0xff);
}

/** Text, encoded as UTF-8. */
export function writeConsoleText(machine: Machine, pe: number, channel: ConsoleChannel, text: string): void {
  for (const byte of utf8(text)) writeConsole(machine, pe, channel, byte);
}

/** UTF-8 without TextEncoder, which is not part of the language. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    }
  }
  return bytes;
}
