/** Output events: the guest's consoles line by line, so that one event is not one character. */
import { CONSOLE_NAMES, ConsoleChannel } from '../../emulator/machine/console';
import type { SendEvent } from './state';

export interface Output {
  readonly send: SendEvent;
  /** Bytes of the line in progress, by channel. */
  readonly lines: number[][];
  /** What the Realm has printed: text for `cca/console`, cut at the front when very long. */
  console: string;
  /** Characters dropped from the front of `console`. */
  dropped: number;
}

const MAX_LINE = 1024;
const MAX_CONSOLE = 4 << 20;
const utf8 = new TextDecoder();

export const createOutput = (send: SendEvent): Output => ({
  send,
  lines: CONSOLE_NAMES.map(() => []),
  console: '',
  dropped: 0,
});

/** One byte of a console; whole lines are sent. */
export function consoleByte(output: Output, channel: number, byte: number): void {
  const line = output.lines[channel];
  if (!line) return;
  line.push(byte);
  if (byte === 10 || line.length >= MAX_LINE) flushLine(output, channel);
}

/** Sends unfinished lines: at a stop and at the end. */
export function flushOutput(output: Output): void {
  for (const [channel, line] of output.lines.entries()) if (line.length > 0) flushLine(output, channel);
}

function flushLine(output: Output, channel: number): void {
  const line = output.lines[channel]!;
  const text = utf8.decode(Uint8Array.from(line));
  line.length = 0;
  const isGuest = channel === ConsoleChannel.Realm || channel >= ConsoleChannel.Uart0;
  if (channel === ConsoleChannel.Realm) remember(output, text);
  output.send('output', {
    category: isGuest ? 'stdout' : 'console',
    output: isGuest ? text : `[${CONSOLE_NAMES[channel]}] ${text}`,
  });
}

function remember(output: Output, text: string): void {
  output.console += text;
  const excess = output.console.length - MAX_CONSOLE;
  if (excess <= 0) return;
  output.console = output.console.slice(excess);
  output.dropped += excess;
}

/** A line of the adapter's own. `important` is shown as a notification. */
export function tell(send: SendEvent, text: string, category: 'console' | 'important' | 'stderr' = 'console'): void {
  send('output', { category, output: `${text}\n` });
}
