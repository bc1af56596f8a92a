/** Trust anchors as people keep them: JSON Web Keys (RFC 7517, RFC 7518 section 6.2). */
import { padBytes } from '../bytes';
import { keyMalformed } from '../problems';
import { CURVES, type Curve, type PublicKey } from './key';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    held = ((held << 6) | ALPHABET.indexOf(letter)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}

function coordinate(jwk: Record<string, unknown>, name: 'x' | 'y', length: number): Uint8Array {
  const text = jwk[name];
  const bytes = typeof text === 'string' ? fromBase64Url(text) : undefined;
  if (bytes === undefined) throw keyMalformed(`the JWK's "${name}" is not base64url text.`);
  if (bytes.length > length) throw keyMalformed(`the JWK's "${name}" has ${bytes.length} bytes, more than ${length}.`);
  const padded = padBytes(new Uint8Array(0), length);
  padded.set(bytes, length - bytes.length);
  return padded;
}

/** The public key of a parsed JWK. Not checked: lies on the curve (the verifier does, and says so). */
export function publicKeyOfJwk(value: unknown): PublicKey {
  if (typeof value !== 'object' || value === null) throw keyMalformed('the key is not a JSON object.');
  const jwk = value as Record<string, unknown>;
  if (jwk['kty'] !== 'EC') throw keyMalformed(`the JWK has "kty" ${JSON.stringify(jwk['kty'])}, not "EC".`);
  const crv = jwk['crv'];
  if (typeof crv !== 'string' || !Object.hasOwn(CURVES, crv)) {
    throw keyMalformed(`the JWK has "crv" ${JSON.stringify(crv)}.`);
  }
  const curve = crv as Curve;
  return { curve, x: coordinate(jwk, 'x', CURVES[curve].bytes), y: coordinate(jwk, 'y', CURVES[curve].bytes) };
}
