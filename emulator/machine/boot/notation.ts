/** How a person writes where a file goes and what is poked: the command line and launch configurations alike. */
import type { Poke } from './config';

const LARGEST_ADDRESS = 2 ** 52 - 1;
const LEAST_64_BIT = 2n ** 32n;
const MOST_WORD = 2n ** 64n;
/** More hexadecimal digits than a 32-bit word has. */
const DIGITS_OF_WORD = 8;
const DIGITS_OF_DOUBLEWORD = 16;

/** A PA, decimal or with 0x, `_` between digits; undefined for anything else or above 52 bits. */
export function parseAddress(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  const value = /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(plain) ? Number(plain) : Number.NaN;
  return Number.isSafeInteger(value) && value <= LARGEST_ADDRESS ? value : undefined;
}

/**
 * `FILE@ADDR`, or a file alone. An `@` that no number follows belongs to the file's name; undefined when one follows that
 * is no address.
 */
export function parseFilePlace(text: string): { readonly name: string; readonly address?: number } | undefined {
  const at = text.lastIndexOf('@');
  const behind = at < 0 ? '' : text.slice(at + 1);
  const address = at < 0 ? undefined : parseAddress(behind);
  if (address === undefined) return /^(0x|[0-9])/.test(behind) ? undefined : { name: text };
  return { name: text.slice(0, at), address };
}

/** `ADDR=WORD`: 32 bits, or 64 when written with more than 8 hexadecimal digits or too large for 32. */
export function parsePoke(text: string): Poke | undefined {
  const [, at = '', word = ''] = /^([^=]+)=(0x[0-9a-fA-F_]+|[0-9_]+)$/.exec(text) ?? [];
  const address = parseAddress(at);
  const plain = word.replaceAll('_', '');
  if (address === undefined || !/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(plain)) return undefined;
  const value = BigInt(plain);
  const digits = plain.startsWith('0x') ? plain.length - 2 : 0;
  if (value >= MOST_WORD || digits > DIGITS_OF_DOUBLEWORD) return undefined;
  return { address, value, size: digits > DIGITS_OF_WORD || value >= LEAST_64_BIT ? 8 : 4 };
}
