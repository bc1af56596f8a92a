/** The bytes that a write means. */
import { fromHex } from '../../../attestation/bytes';
import type { ActionProgress } from './state';
import { type Place, placeOf, readPlace, writePlace } from './structures';
import type { Content } from './types';
import { resolveValue } from './values';

const PAGE = 4096;

const word = (offset: number, size: number): Place => ({ offset, size, lsb: 0, width: 8 * size });

/** Fills `page` with what the content says. */
export function fillPage(progress: ActionProgress, content: Content, page: Uint8Array, path: string): void {
  if (content.byte !== undefined) page.fill(Number(resolveValue(progress, content.byte, path) % 256n));
  if (content.bytes !== undefined) page.set(fromHex(content.bytes) ?? []);
  if (content.secret !== undefined) page.set(progress.tapes[content.secret] ?? []);
  content.a64?.forEach((instruction, index) => {
    writePlace(page, word(4 * index, 4), resolveValue(progress, instruction, path));
  });
  for (const [offset, value] of Object.entries(content.words ?? {})) {
    writePlace(page, word(Number(offset), 8), resolveValue(progress, value, path));
  }
  for (const [field, value] of Object.entries(content.fields ?? {})) {
    const place = placeOf(content.struct ?? '', field, path);
    writePlace(page, place, resolveValue(progress, value, path));
  }
}

/** A page of zeros, filled. */
export function pageOf(progress: ActionProgress, content: Content, path: string): Uint8Array {
  const page = new Uint8Array(PAGE);
  fillPage(progress, content, page, path);
  return page;
}

const RUN = 8;

/** A secret of which 8 bytes in a row are in `bytes`, or undefined. */
export function leakIn(progress: ActionProgress, bytes: Uint8Array): string | undefined {
  return progress.secrets.find((name) => holdsPartOf(bytes, progress.tapes[name] ?? new Uint8Array(0)));
}

/** Whether 8 consecutive bytes of `secret` appear in `bytes`. */
export function holdsPartOf(bytes: Uint8Array, secret: Uint8Array): boolean {
  for (let from = 0; from + RUN <= secret.length; from++) {
    const wanted = secret.subarray(from, from + RUN);
    let at = bytes.indexOf(wanted[0] ?? 0);
    while (at >= 0 && at + RUN <= bytes.length) {
      if (wanted.every((byte, index) => bytes[at + index] === byte)) return true;
      at = bytes.indexOf(wanted[0] ?? 0, at + 1);
    }
  }
  return false;
}

/** The first 8 bytes, little endian. */
export const firstWord = (bytes: Uint8Array): bigint => readPlace(bytes, word(0, bytes.length));
