/** Reading and writing the user's files, with errors that name them. */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { fromHex } from '../attestation/bytes';
import { publicKeyOfJwk } from '../attestation/cose/jwk';
import type { PublicKey } from '../attestation/cose/key';
import { Problem } from '../attestation/problem';
import { badOptionValue, cannotRead, cannotWrite, inputTooLarge, notJson } from './problems';

/** Most bytes of an input. Files like /dev/zero have no end. */
const MOST_BYTES = 0x2000_0000;
const CHUNK = 0x10_0000;

/** The whole of a file, or of standard input for `-`. */
export function readInput(path: string): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    const descriptor = path === '-' ? 0 : openSync(path, 'r');
    try {
      for (;;) {
        const chunk = new Uint8Array(CHUNK);
        const count = readSync(descriptor, chunk);
        if (count === 0) break;
        chunks.push(chunk.subarray(0, count));
        total += count;
        if (total > MOST_BYTES) throw inputTooLarge(path, MOST_BYTES);
      }
    } finally {
      if (path !== '-') closeSync(descriptor);
    }
  } catch (error) {
    // A closed pipe on Windows.
    if ((error as { code?: string }).code !== 'EOF') throw error instanceof Problem ? error : cannotRead(path, error);
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

export function writeOutput(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** Twice what a token may have, and white space. */
const LONGEST_TEXT = 0x40_0000;

/** A token file: binary, or the same in hexadecimal text (white space ignored). */
export function readToken(path: string): Uint8Array {
  const bytes = readInput(path);
  const first = bytes[0] ?? 0;
  const looksTextual =
    first < 0x80 && bytes.length > 0 && bytes.length <= LONGEST_TEXT && bytes.every((byte) => byte < 0x80);
  if (!looksTextual) return bytes;
  const text = Buffer.from(bytes).toString('ascii').replace(/\s+/g, '').replace(/^0x/, '');
  return fromHex(text) ?? bytes;
}

export function readKey(path: string): PublicKey {
  const text = Buffer.from(readInput(path)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(path, (error as Error).message);
  }
  return publicKeyOfJwk(value);
}

/** Bytes given in hexadecimal. */
export function hexOption(name: string, text: string, least: number, most: number): Uint8Array {
  const bytes = fromHex(text.replace(/^0x/, ''));
  if (bytes === undefined || bytes.length < least || bytes.length > most) {
    const count = least === most ? `${least}` : `${least} to ${most}`;
    throw badOptionValue(name, text, `${count} bytes in hexadecimal`);
  }
  return bytes;
}
