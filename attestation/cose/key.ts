/** EC2 keys of COSE (RFC 9053) on the curves that CCA tokens use. */
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { concatBytes } from '../bytes';
import { encodeCbor } from '../cbor/encode';
import { type CborItem, scanCbor } from '../cbor/scan';
import { keyMalformed } from '../problems';

export type Curve = 'P-256' | 'P-384' | 'P-521';

export interface PublicKey {
  readonly curve: Curve;
  /** Big-endian, as long as the curve's field (32, 48 or 66 bytes). */
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

export interface SigningKey {
  readonly curve: Curve;
  /** The private scalar, big-endian, field length. */
  readonly d: Uint8Array;
}

/** Field length in bytes, COSE curve number, and the implementation. */
export const CURVES = {
  'P-256': { bytes: 32, crv: 1, ecdsa: p256 },
  'P-384': { bytes: 48, crv: 2, ecdsa: p384 },
  'P-521': { bytes: 66, crv: 3, ecdsa: p521 },
} as const;

/**
 * The table of multiples of the base point is made at the first signature. The library's choice, 8 bits a window, pays
 * after hundreds of signatures; a run makes two. With 5 bits two keys and two signatures take half the time.
 */
const BASE_WINDOW_BITS = 5;
p384.Point.BASE.precompute(BASE_WINDOW_BITS, true);

const CURVE_NAMES = Object.keys(CURVES) as readonly Curve[];

/** COSE_Key labels (RFC 9052 section 7, RFC 9053 section 7.1). */
const KTY = 1;
const CRV = -1;
const X = -2;
const Y = -3;
const KTY_EC2 = 2;

/** The uncompressed point `04 || X || Y`. */
export const pointOf = (key: PublicKey): Uint8Array => concatBytes(Uint8Array.of(4), key.x, key.y);

/** True when the point lies on its curve and is not the neutral element. */
export function isOnCurve(key: PublicKey): boolean {
  try {
    CURVES[key.curve].ecdsa.Point.fromBytes(pointOf(key)).assertValidity();
    return true;
  } catch {
    return false;
  }
}

const keyOfPoint = (curve: Curve, point: Uint8Array): PublicKey => {
  const { bytes } = CURVES[curve];
  return { curve, x: point.slice(1, 1 + bytes), y: point.slice(1 + bytes) };
};

/** Point multiplication is the dearest thing here; a key object does not change. */
const publicKeys = new WeakMap<SigningKey, PublicKey>();

export function publicKeyOf(key: SigningKey): PublicKey {
  const known = publicKeys.get(key);
  if (known !== undefined) return known;
  const made = keyOfPoint(key.curve, CURVES[key.curve].ecdsa.getPublicKey(key.d, false));
  publicKeys.set(key, made);
  return made;
}

/** COSE_Key exactly as TF-RMM emits it: kty, crv, x, y and nothing else. */
export const encodeCoseKey = (key: PublicKey): Uint8Array =>
  encodeCbor(
    new Map<number, number | Uint8Array>([
      [KTY, KTY_EC2],
      [CRV, CURVES[key.curve].crv],
      [X, key.x],
      [Y, key.y],
    ]),
  );

/** The key of a COSE_Key. `base` is the offset of `bytes` in the token, for messages. Not checked: lies on the curve. */
export function decodeCoseKey(bytes: Uint8Array, base = 0): PublicKey {
  const item = scanCbor(bytes, base);
  if (item.kind !== 'map') throw keyMalformed('the key is not a COSE_Key map.');
  const labelled = new Map<bigint, CborItem>();
  for (const { key, value } of item.entries) if (key.kind === 'integer') labelled.set(key.value, value);
  const kty = labelled.get(BigInt(KTY));
  if (kty?.kind !== 'integer' || kty.value !== BigInt(KTY_EC2))
    throw keyMalformed('the COSE_Key is not of type EC2 (1: 2).');
  const crv = labelled.get(BigInt(CRV));
  const curve = CURVE_NAMES.find((name) => crv?.kind === 'integer' && crv.value === BigInt(CURVES[name].crv));
  if (curve === undefined)
    throw keyMalformed('the COSE_Key names none of the curves P-256, P-384, P-521 (-1: 1, 2, 3).');
  const x = labelled.get(BigInt(X));
  const y = labelled.get(BigInt(Y));
  const { bytes: length } = CURVES[curve];
  if (x?.kind !== 'bytes' || x.value.length !== length) throw keyMalformed(`the COSE_Key has no x of ${length} bytes.`);
  if (y?.kind !== 'bytes' || y.value.length !== length) throw keyMalformed(`the COSE_Key has no y of ${length} bytes.`);
  return { curve, x: x.value, y: y.value };
}

/** The key of a raw uncompressed point; its length tells the curve. */
export function decodePoint(bytes: Uint8Array): PublicKey {
  const curve = CURVE_NAMES.find((name) => bytes.length === 1 + 2 * CURVES[name].bytes);
  if (curve === undefined || bytes[0] !== 4) {
    throw keyMalformed(`the key of ${bytes.length} byte(s) is not an uncompressed point (04, X, Y) on a known curve.`);
  }
  return keyOfPoint(curve, bytes);
}
