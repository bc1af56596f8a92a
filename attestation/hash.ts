/**
 * The hashes of Realm measurement and attestation. The default is portable; an outside may inject a faster one, with
 * identical results.
 */
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';

/** Names as the claims 44236, 44240 and 2402 spell them. */
export type HashAlgorithm = 'sha-256' | 'sha-384' | 'sha-512';

/** Hash of some bytes. The answer has `HASH_BYTES[algorithm]` bytes. */
export type HashFunction = (algorithm: HashAlgorithm, data: Uint8Array) => Uint8Array;

export const HASH_BYTES: Readonly<Record<HashAlgorithm, number>> = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };

const FUNCTIONS = { 'sha-256': sha256, 'sha-384': sha384, 'sha-512': sha512 } as const;

export const portableHash: HashFunction = (algorithm, data) => FUNCTIONS[algorithm](data);

/** RmiHashAlgorithm (RMM 1.0: 0 and 1; RMM 2.0 adds 2) to the claim's name; undefined for a reserved encoding. */
export const hashAlgorithmOf = (encoding: number): HashAlgorithm | undefined =>
  (['sha-256', 'sha-512', 'sha-384'] as const)[encoding];

/** The RmiHashAlgorithm encoding of a name. */
export const hashEncodingOf = (algorithm: HashAlgorithm): number =>
  ({ 'sha-256': 0, 'sha-512': 1, 'sha-384': 2 })[algorithm];

export const isHashAlgorithm = (name: unknown): name is HashAlgorithm => typeof name === 'string' && name in HASH_BYTES;
