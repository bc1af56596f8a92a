/**
 * The four UARTs of a machine whose Host is real code: where each one's bytes go. On standard output the UART that prints
 * first is shown as it is, byte for byte but for control characters; whole lines of the others carry its name.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { CONSOLE_NAMES, ConsoleChannel } from '../../emulator/machine/console';
import type { EventRecord } from '../../emulator/machine/event-ring';
import { cannotWrite } from '../problems';
import { printable } from './printable';

export const UARTS = 4;

/** `auto`: shown, with its name unless it printed first. `stdout`: shown without a name. `none`: not shown. */
export type UartTarget =
  | { readonly kind: 'auto' | 'stdout' | 'none' }
  | { readonly kind: 'file'; readonly path: string; readonly descriptor: number };

/** A line of console output, for JSON. */
export interface UartLine {
  readonly channel: string;
  readonly text: string;
}

interface Uart {
  readonly name: string;
  readonly target: UartTarget;
  /** Bytes of the line that has not ended. */
  line: number[];
  /** Of `line`, how many have been shown. */
  shown: number;
  bytes: number;
  /** Bytes for its file. */
  waiting: number[];
}

export interface Uarts {
  readonly list: readonly Uart[];
  /** The UART that printed first. */
  first: number;
  /** Standard output stands inside a line of the first UART. */
  open: boolean;
  /** Whole lines, as far as they are kept. */
  readonly lines: UartLine[];
  readonly linesKept: number;
  linesOmitted: number;
  readonly write: ((text: string) => void) | undefined;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const LONGEST_LINE = 4096;
const FILE_CHUNK = 65_536;

/** `write` takes text for standard output; undefined shows nothing there. */
export function createUarts(
  targets: readonly UartTarget[],
  write: ((text: string) => void) | undefined,
  linesKept: number,
): Uarts {
  const list = targets.map((target, index): Uart => {
    return {
      name: CONSOLE_NAMES[ConsoleChannel.Uart0 + index] ?? '',
      target,
      line: [],
      shown: 0,
      bytes: 0,
      waiting: [],
    };
  });
  return { list, first: -1, open: false, lines: [], linesKept, linesOmitted: 0, write };
}

/** @throws Problem `cli-cannot-write` */
export function openUartFile(path: string): UartTarget {
  try {
    return { kind: 'file', path, descriptor: openSync(path, 'w') };
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function flushFile(uart: Uart): void {
  const { target, waiting } = uart;
  if (target.kind !== 'file' || waiting.length === 0) return;
  try {
    writeSync(target.descriptor, Uint8Array.from(waiting));
  } catch (error) {
    throw cannotWrite(target.path, error);
  }
  uart.waiting = [];
}

/** Carriage returns are left out: they stand beside line feeds, on either side. */
const textOf = (bytes: readonly number[]): string =>
  printable(Buffer.from(bytes.filter((byte) => byte !== CARRIAGE_RETURN)).toString('utf8'));

/** Is this UART shown as it is? */
const isPlain = (uarts: Uarts, index: number): boolean =>
  uarts.list[index]?.target.kind === 'stdout' || uarts.first === index;

const isShown = ({ target }: Uart): boolean => target.kind === 'auto' || target.kind === 'stdout';

/** Shows what a UART that is shown as it is has of an unfinished line. */
function showPart(uarts: Uarts, uart: Uart): void {
  const ready = uart.line.length;
  // The last byte may be a part of a character.
  if (ready <= uart.shown || (uart.line[ready - 1] ?? 0) >= 0x80) return;
  uarts.write?.(textOf(uart.line.slice(uart.shown, ready)));
  uart.shown = ready;
  uarts.open = true;
}

function endLine(uarts: Uarts, index: number, uart: Uart): void {
  const bytes = uart.line;
  if (uarts.lines.length < uarts.linesKept) uarts.lines.push({ channel: uart.name, text: textOf(bytes) });
  else uarts.linesOmitted++;
  if (isShown(uart)) {
    if (isPlain(uarts, index)) {
      uarts.write?.(`${textOf(bytes.slice(uart.shown))}\n`);
      uarts.open = false;
    } else {
      uarts.write?.(`${uarts.open ? '\n' : ''}${uart.name}> ${textOf(bytes)}\n`);
      uarts.open = false;
    }
  }
  uart.line = [];
  uart.shown = 0;
}

/** Takes in a `console` record. Returns the text of the line that the byte is in, for whoever looks for something. */
export function takeByte(uarts: Uarts, record: EventRecord): string | undefined {
  const index = Number(record.words[0] ?? 0n) - ConsoleChannel.Uart0;
  const uart = uarts.list[index];
  if (uart === undefined) return undefined;
  const byte = Number(record.words[1] ?? 0n);
  uart.bytes++;
  if (uarts.first < 0 && isShown(uart)) uarts.first = index;
  if (uart.target.kind === 'file') {
    uart.waiting.push(byte);
    if (uart.waiting.length >= FILE_CHUNK) flushFile(uart);
  }
  if (byte !== LINE_FEED) uart.line.push(byte);
  const text = uart.target.kind === 'none' ? undefined : textOf(uart.line);
  if (byte === LINE_FEED || uart.line.length >= LONGEST_LINE) endLine(uarts, index, uart);
  return text;
}

/** Shows what has come of lines that have not ended; files are brought up to date. */
export function flushUarts(uarts: Uarts): void {
  uarts.list.forEach((uart, index) => {
    if (isShown(uart) && isPlain(uarts, index)) showPart(uarts, uart);
    flushFile(uart);
  });
}

/** Ends the lines that have not ended, and the files. */
export function closeUarts(uarts: Uarts): void {
  uarts.list.forEach((uart, index) => {
    if (uart.line.length > 0) endLine(uarts, index, uart);
    flushFile(uart);
    if (uart.target.kind === 'file') closeSync(uart.target.descriptor);
  });
}

/** Starts a line of standard output for something else. */
export function breakLine(uarts: Uarts): void {
  if (uarts.open) uarts.write?.('\n');
  uarts.open = false;
}
