/** Node's own hashes and signature check, faster than the portable ones and equal to them. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { COSE_ALGORITHMS, type SignatureCheck } from '../attestation/cose/sign1';
import type { Services } from '../emulator/machine/services';

const hashWith =
  (algorithm: string) =>
  (data: Uint8Array): Uint8Array =>
    new Uint8Array(createHash(algorithm).update(data).digest());

export const NODE_SERVICES: Services = {
  sha256: hashWith('sha256'),
  sha384: hashWith('sha384'),
  sha512: hashWith('sha512'),
};

const base64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

export const nodeSignatureCheck: SignatureCheck = (algorithm, { curve, x, y }, message, signature) => {
  const jwk = { kty: 'EC', crv: curve, x: base64Url(x), y: base64Url(y) };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const digest = COSE_ALGORITHMS[algorithm].hash.replace('-', '');
  return verify(digest, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
};
