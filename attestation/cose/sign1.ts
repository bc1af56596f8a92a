/** COSE_Sign1 (RFC 9052 section 4.2) with ECDSA (RFC 9053 section 2.1), as both parts of a CCA token use it. */
import { cborTag, encodeCbor } from '../cbor/encode';
import { type CborItem, scanCbor } from '../cbor/scan';
import { type HashAlgorithm, type HashFunction, portableHash } from '../hash';
import { coseMalformed } from '../problems';
import { CURVES, type Curve, isOnCurve, type PublicKey, pointOf, type SigningKey } from './key';

export type CoseAlgorithm = 'ES256' | 'ES384' | 'ES512';

/** COSE algorithm numbers, with the hash and the one curve a CCA token uses it with. */
export const COSE_ALGORITHMS = {
  ES256: { id: -7, hash: 'sha-256', curve: 'P-256' },
  ES384: { id: -35, hash: 'sha-384', curve: 'P-384' },
  ES512: { id: -36, hash: 'sha-512', curve: 'P-521' },
} as const satisfies Record<CoseAlgorithm, { id: number; hash: HashAlgorithm; curve: Curve }>;

const SIGN1_TAG = 18;
const ALG_LABEL = 1;

const ALGORITHM_NAMES = Object.keys(COSE_ALGORITHMS) as readonly CoseAlgorithm[];
const algorithmOfCurve = (curve: Curve): CoseAlgorithm =>
  ALGORITHM_NAMES.find((name) => COSE_ALGORITHMS[name].curve === curve) ?? 'ES384';

/** A decoded COSE_Sign1 with the places of its parts in the token. */
export interface Sign1 {
  /** Content of the protected header's byte string: signed as transmitted. */
  readonly protectedHeader: Uint8Array;
  readonly algorithm: CoseAlgorithm;
  readonly payload: Uint8Array;
  /** Offset of the payload's first byte in the token. */
  readonly payloadAt: number;
  /** r || s, each of field length. */
  readonly signature: Uint8Array;
  readonly signatureAt: number;
}

/** What is signed: the Sig_structure with empty external data. */
const toBeSigned = (protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array =>
  encodeCbor(['Signature1', protectedHeader, new Uint8Array(0), payload]);

/**
 * Signs a payload. ECDSA is deterministic (RFC 6979) and not normalised to low s, as TF-RMM's is not.
 * `hash` computes the digest of the Sig_structure.
 */
export function encodeSign1(payload: Uint8Array, key: SigningKey, hash: HashFunction = portableHash): Uint8Array {
  const algorithm = COSE_ALGORITHMS[algorithmOfCurve(key.curve)];
  const protectedHeader = encodeCbor(new Map([[ALG_LABEL, algorithm.id]]));
  const digest = hash(algorithm.hash, toBeSigned(protectedHeader, payload));
  const signature = CURVES[key.curve].ecdsa.sign(digest, key.d, { prehash: false, lowS: false });
  return encodeCbor(cborTag(SIGN1_TAG, [protectedHeader, new Map<number, number>(), payload, signature]));
}

function algorithmOf(which: string, protectedHeader: CborItem & { kind: 'bytes' }): CoseAlgorithm {
  const { value, content, start } = protectedHeader;
  if (value.length === 0)
    throw coseMalformed(which, start, 'the protected header is empty: it must name the algorithm.');
  const header = scanCbor(value, content);
  if (header.kind !== 'map') throw coseMalformed(which, content, 'the protected header is not a map.');
  const entry = header.entries.find(({ key }) => key.kind === 'integer' && key.value === BigInt(ALG_LABEL));
  if (entry === undefined)
    throw coseMalformed(which, content, 'the algorithm (1) is missing from the protected header.');
  const { value: id } = entry;
  const name = ALGORITHM_NAMES.find((each) => id.kind === 'integer' && id.value === BigInt(COSE_ALGORITHMS[each].id));
  if (name === undefined) {
    const shown = id.kind === 'integer' ? id.value.toString() : `a ${id.kind}`;
    throw coseMalformed(which, id.start, `the algorithm ${shown} is not ES256 (-7), ES384 (-35) or ES512 (-36).`);
  }
  return name;
}

/** Takes a COSE_Sign1 apart. `base` is its offset in the token, `which` names it in messages (platform, Realm). */
export function decodeSign1(bytes: Uint8Array, which: string, base = 0): Sign1 {
  const item = scanCbor(bytes, base);
  if (item.kind !== 'tag' || item.tag !== BigInt(SIGN1_TAG)) {
    throw coseMalformed(which, item.start, 'not a COSE_Sign1: CBOR tag 18 is missing.');
  }
  const array = item.item;
  if (array.kind !== 'array' || array.items.length !== 4) {
    throw coseMalformed(which, array.start, 'COSE_Sign1 is not an array of four items.');
  }
  const [protectedHeader, unprotected, payload, signature] = array.items as readonly [
    CborItem,
    CborItem,
    CborItem,
    CborItem,
  ];
  if (protectedHeader.kind !== 'bytes') {
    throw coseMalformed(which, protectedHeader.start, 'the protected header is not a byte string.');
  }
  if (unprotected.kind !== 'map') throw coseMalformed(which, unprotected.start, 'the unprotected header is not a map.');
  if (payload.kind !== 'bytes') throw coseMalformed(which, payload.start, 'the payload is not a byte string.');
  if (signature.kind !== 'bytes') throw coseMalformed(which, signature.start, 'the signature is not a byte string.');
  return {
    protectedHeader: protectedHeader.value,
    algorithm: algorithmOf(which, protectedHeader),
    payload: payload.value,
    payloadAt: payload.content,
    signature: signature.value,
    signatureAt: signature.content,
  };
}

/** An ECDSA signature check done elsewhere: r || s over a message, hashed as the algorithm says. The key is on its curve. */
export type SignatureCheck = (
  algorithm: CoseAlgorithm,
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** The portable default. */
export const portableCheck: SignatureCheck = (algorithm, key, message, signature) => {
  const digest = portableHash(COSE_ALGORITHMS[algorithm].hash, message);
  try {
    return CURVES[key.curve].ecdsa.verify(signature, digest, pointOf(key), { prehash: false, lowS: false });
  } catch {
    return false;
  }
};

/** Undefined when the signature is good, else why it is not. */
export function refuseSign1(sign1: Sign1, key: PublicKey, check: SignatureCheck = portableCheck): string | undefined {
  const { curve } = COSE_ALGORITHMS[sign1.algorithm];
  if (curve !== key.curve) {
    return `the header says ${sign1.algorithm}, which needs a key on ${curve}, but the key is on ${key.curve}`;
  }
  if (!isOnCurve(key)) return `the key's point is not on ${curve}`;
  const length = 2 * CURVES[curve].bytes;
  if (sign1.signature.length !== length) {
    return `the signature has ${sign1.signature.length} bytes, not the ${length} of r and s on ${curve}`;
  }
  const good = check(sign1.algorithm, key, toBeSigned(sign1.protectedHeader, sign1.payload), sign1.signature);
  return good ? undefined : 'the signature does not match the claims and the key';
}
