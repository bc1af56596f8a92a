/**
 * What the machine takes from outside: computations that a host may do faster. Portable defaults give the same bytes.
 * Services hold no machine state; entropy is drawn from the input log (`input-log.ts`).
 */
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { portableXts, type Xts } from '../memory/xts';

export interface Services {
  readonly sha256: (data: Uint8Array) => Uint8Array;
  readonly sha384: (data: Uint8Array) => Uint8Array;
  readonly sha512: (data: Uint8Array) => Uint8Array;
  /** The cipher of the memory protection engine. */
  readonly xts: Xts;
}

export function createServices(overrides: Partial<Services> = {}): Services {
  return { sha256, sha384, sha512, xts: portableXts, ...overrides };
}
