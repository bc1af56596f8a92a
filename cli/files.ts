/** Reading and writing the user's files, with errors that name them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fromHex } from '../attestation/bytes';
import { publicKeyOfJwk } from '../attestation/cose/jwk';
import type { PublicKey } from '../attestation/cose/key';
import { badOptionValue, cannotRead, cannotWrite, notJson } from './problems';

export function readInput(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path === '-' ? 0 : path));
  } catch (error) {
    throw cannotRead(path, error);
  }
}

export function writeOutput(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** A token file: binary, or the same in hexadecimal text (white space ignored). */
export function readToken(path: string): Uint8Array {
  const bytes = readInput(path);
  const first = bytes[0] ?? 0;
  const looksTextual = bytes.length > 0 && first < 0x80 && bytes.every((byte) => byte < 0x80);
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
