import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyOfJwk } from '../../attestation/cose/jwk';
import type { PublicKey } from '../../attestation/cose/key';

const ROOT = join(process.cwd(), 'test/vectors/attestation');

export const readVector = (path: string): Uint8Array => new Uint8Array(readFileSync(join(ROOT, path)));
export const readJson = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

export interface TokenVector {
  readonly file: string;
  readonly format: string;
  readonly cpak: string;
  readonly challenge?: string;
  readonly expected: { readonly verdict: 'accept' | 'reject'; readonly first_failure: string | null };
  readonly decoded?: string;
}

export interface ClaimsVector {
  readonly file: string;
  readonly kind: string;
  readonly encoding: string;
  readonly valid: boolean;
}

interface Index {
  readonly tokens: readonly TokenVector[];
  readonly claims: readonly ClaimsVector[];
  readonly keys: Readonly<Record<string, { readonly file: string }>>;
}

export const index = readJson('index.json') as Index;

export const cpakOf = (vector: TokenVector): PublicKey => publicKeyOfJwk(readJson(index.keys[vector.cpak]?.file ?? ''));
