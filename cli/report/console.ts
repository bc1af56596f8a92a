/** Console bytes of a channel, put together to lines. */
import { CONSOLE_NAMES } from '../../emulator/machine/console';
import type { EventRecord } from '../../emulator/machine/event-ring';
import { printable } from './printable';

export interface ConsoleLine {
  readonly channel: string;
  readonly text: string;
}

export interface ConsoleReader {
  readonly pending: Map<number, number[]>;
  readonly lines: ConsoleLine[];
}

export const createConsoleReader = (): ConsoleReader => ({ pending: new Map(), lines: [] });

/** A line this long is shown without waiting for its end. */
const LONGEST_LINE = 4096;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function finish(reader: ConsoleReader, channel: number, bytes: readonly number[]): ConsoleLine {
  const end = bytes.at(-1) === CARRIAGE_RETURN ? -1 : bytes.length;
  const line = {
    channel: CONSOLE_NAMES[channel] ?? `channel ${channel}`,
    text: printable(Buffer.from(bytes.slice(0, end)).toString('utf8')),
  };
  reader.lines.push(line);
  return line;
}

/** Takes in a `console` record; returns the line it completes. */
export function readConsole(reader: ConsoleReader, record: EventRecord): ConsoleLine | undefined {
  const channel = Number(record.words[0] ?? 0n);
  const byte = Number(record.words[1] ?? 0n);
  const bytes = reader.pending.get(channel) ?? [];
  if (byte !== LINE_FEED) bytes.push(byte);
  if (byte !== LINE_FEED && bytes.length < LONGEST_LINE) {
    reader.pending.set(channel, bytes);
    return undefined;
  }
  reader.pending.delete(channel);
  return finish(reader, channel, bytes);
}

/** Lines that never ended. */
export function restOfConsole(reader: ConsoleReader): ConsoleLine[] {
  const rest = [...reader.pending].map(([channel, bytes]) => finish(reader, channel, bytes));
  reader.pending.clear();
  return rest;
}
