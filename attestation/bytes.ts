/** Small helpers on byte strings, without Node's Buffer. */
import { utf8ToBytes } from '@noble/hashes/utils.js';

export const toHex = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
};

/** Bytes of an even number of hexadecimal digits; undefined when the text is anything else. */
export const fromHex = (text: string): Uint8Array | undefined => {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
};

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** The bytes followed by zeros up to `length`; longer input is an error of the caller and is cut. */
export const padBytes = (bytes: Uint8Array, length: number): Uint8Array => {
  const padded = new Uint8Array(length);
  padded.set(bytes.subarray(0, length));
  return padded;
};

export const utf8 = (text: string): Uint8Array => utf8ToBytes(text);
