/** Where the command line writes: colour where a terminal wants it, and no complaint when a reader goes away. */
import { writeSync } from 'node:fs';
import { cannotWrite } from './problems';

export type Ink = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

const CODES: Readonly<Record<Ink, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

export type Paint = (ink: Ink, text: string) => string;

export interface Output {
  readonly paint: Paint;
  /** The same with the colours that standard error wants. */
  readonly forErrors: Output;
  /** Text to standard output, as it is. */
  text(text: string): void;
  /** A line to standard output. */
  line(text: string): void;
  /** A line to standard error. */
  error(text: string): void;
}

const plain: Paint = (_, text) => text;
const coloured: Paint = (ink, text) => {
  const [on, off] = CODES[ink];
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
};

export interface Environment {
  readonly isTty: boolean;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** NO_COLOR (any value but empty) turns colour off, FORCE_COLOR on; else a terminal decides (https://no-color.org). */
export function wantsColour({ isTty, variables }: Environment): boolean {
  if ((variables['NO_COLOR'] ?? '') !== '') return false;
  const forced = variables['FORCE_COLOR'] ?? '';
  if (forced !== '' && forced !== '0') return true;
  return isTty && variables['TERM'] !== 'dumb';
}

export const paintFor = (colour: boolean): Paint => (colour ? coloured : plain);

/** The reader of standard output has gone: nothing more is worth doing. */
export class ReaderGone extends Error {}

/**
 * Writes all of a text to a file descriptor before returning, so that nothing is lost at exit. A pipe whose reader has
 * closed it ends the program quietly.
 */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'EAGAIN') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        continue;
      }
      if (code === 'EPIPE' || code === 'EOF') throw new ReaderGone();
      throw cannotWrite(descriptor === 1 ? 'standard output' : 'standard error', error);
    }
  }
}

/** `colour` for standard output, `errorColour` for standard error. */
export function createOutput(colour: boolean, errorColour: boolean): Output {
  const write = {
    text: (text: string) => writeAll(1, text),
    line: (text: string) => writeAll(1, `${text}\n`),
    error: (text: string) => writeAll(2, `${text}\n`),
  };
  const forErrors: Output = {
    paint: paintFor(errorColour),
    ...write,
    get forErrors() {
      return forErrors;
    },
  };
  return { paint: paintFor(colour), forErrors, ...write };
}
