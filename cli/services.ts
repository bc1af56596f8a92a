/** Node's own hashes, AES-XTS and signature check, faster than the portable ones and equal to them. */
import { createPublicKey, verify } from 'node:crypto';
import { COSE_ALGORITHMS, type SignatureCheck } from '../attestation/cose/sign1';

export { NODE_SERVICES } from '../debug-adapter/session/node-services';

const base64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

export const nodeSignatureCheck: SignatureCheck = (algorithm, { curve, x, y }, message, signature) => {
  const jwk = { kty: 'EC', crv: curve, x: base64Url(x), y: base64Url(y) };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const digest = COSE_ALGORITHMS[algorithm].hash.replace('-', '');
  return verify(digest, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
};
