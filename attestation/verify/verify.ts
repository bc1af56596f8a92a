/**
 * Judges a CCA token, in the order a relying party must: nothing about the Realm is believed before the platform's
 * signature, the Realm's signature and the binding of the two have been checked.
 */
import { equalBytes, padBytes, toHex } from '../bytes';
import { decodeCoseKey, decodePoint, isOnCurve, type PublicKey } from '../cose/key';
import { decodeSign1, refuseSign1, type Sign1, type SignatureCheck } from '../cose/sign1';
import { HASH_BYTES, type HashFunction, isHashAlgorithm, portableHash } from '../hash';
import { Problem } from '../problem';
import { bytesOf, claimOf, type DecodedClaim, textOf } from '../token/claims';
import {
  checkPlatformClaims,
  checkRealmClaims,
  decodeWrapper,
  formatOf,
  isKnownRealmProfile,
  listPlatformClaims,
  listRealmClaims,
  type Wrapper,
} from '../token/decode';
import { CLAIM, lifecycleName, PLATFORM_PROFILE, PLATFORM_PROFILE_LEGACY } from '../token/numbers';
import type { TokenFormat } from '../token/types';

/** The checks, in order. */
export const CHECKS = [
  { id: 'wrapper', title: 'Wrapper is well-formed' },
  { id: 'platform-cose', title: 'Platform token is COSE_Sign1' },
  { id: 'realm-cose', title: 'Realm token is COSE_Sign1' },
  { id: 'platform-claims', title: 'Platform claims are complete' },
  { id: 'realm-claims', title: 'Realm claims are complete' },
  { id: 'profile', title: 'Profiles are known' },
  { id: 'platform-signature', title: 'Platform signature (CPAK)' },
  { id: 'realm-signature', title: 'Realm signature (RAK)' },
  { id: 'binding', title: 'Realm token is bound to the platform' },
  { id: 'freshness', title: 'Challenge is the one sent' },
  { id: 'lifecycle', title: 'Platform life cycle' },
  { id: 'rim', title: 'Realm initial measurement' },
  { id: 'rpv', title: 'Realm personalization value' },
  { id: 'rem', title: 'Realm extensible measurements' },
] as const;

export type CheckId = (typeof CHECKS)[number]['id'];

/**
 * `pass`: holds. `warn`: holds, but somebody should look. `fail`: does not hold, and the token is refused. `skipped`: the
 * caller gave nothing to compare with. `unreached`: an earlier failure makes the question meaningless.
 */
export type CheckVerdict = 'pass' | 'warn' | 'fail' | 'skipped' | 'unreached';

export interface Check {
  readonly id: CheckId;
  readonly title: string;
  readonly verdict: CheckVerdict;
  /** One sentence: what was compared and found. */
  readonly reason: string;
}

export interface VerifyOptions {
  /** Trust anchor for the platform token. */
  readonly cpak: PublicKey;
  /** What was sent, at most 64 bytes; shorter is zero-padded. */
  readonly challenge?: Uint8Array;
  readonly rim?: Uint8Array;
  readonly rpv?: Uint8Array;
  /** By index 0 to 3; undefined entries are not compared. */
  readonly rems?: readonly (Uint8Array | undefined)[];
  readonly hash?: HashFunction;
  /** Defaults to the portable check. */
  readonly check?: SignatureCheck;
}

export interface VerifyReport {
  /** True when no check failed. */
  readonly accepted: boolean;
  /** In words, for a person. */
  readonly verdict: string;
  readonly checks: readonly Check[];
  /** Undefined while not even the wrapper and the claims could be read. */
  readonly format?: TokenFormat;
}

/** What the stages hand on. Later stages run only when the earlier ones have filled it in. */
interface Evidence {
  readonly bytes: Uint8Array;
  readonly options: VerifyOptions;
  readonly hash: HashFunction;
  wrapper?: Wrapper;
  platformSign1?: Sign1;
  realmSign1?: Sign1;
  platform?: readonly DecodedClaim[];
  realm?: readonly DecodedClaim[];
  format?: TokenFormat;
}

type Finding = readonly [CheckVerdict, string];
const pass = (reason: string): Finding => ['pass', reason];
const warn = (reason: string): Finding => ['warn', reason];
const fail = (reason: string): Finding => ['fail', reason];
const skipped = (reason: string): Finding => ['skipped', reason];

const short = (bytes: Uint8Array): string => {
  const text = toHex(bytes);
  return text.length > 24 ? `${text.slice(0, 16)}…${text.slice(-8)}` : text;
};

function checkWrapper(evidence: Evidence): Finding {
  evidence.wrapper = decodeWrapper(evidence.bytes);
  return pass(
    `CBOR tag ${evidence.wrapper.tag} with a platform and a Realm token, ${evidence.bytes.length} bytes in all.`,
  );
}

function checkPlatformCose(evidence: Evidence): Finding {
  const { bytes, at } = evidence.wrapper!.platform;
  evidence.platformSign1 = decodeSign1(bytes, 'platform', at);
  return pass(`Signed with ${evidence.platformSign1.algorithm}.`);
}

function checkRealmCose(evidence: Evidence): Finding {
  const { bytes, at } = evidence.wrapper!.realm;
  evidence.realmSign1 = decodeSign1(bytes, 'Realm', at);
  return pass(`Signed with ${evidence.realmSign1.algorithm}.`);
}

function checkPlatform(evidence: Evidence): Finding {
  const { payload, payloadAt } = evidence.platformSign1!;
  evidence.platform = listPlatformClaims(payload, payloadAt);
  checkPlatformClaims(evidence.platform);
  return pass(`${evidence.platform.length} claims, each of the right type and length.`);
}

/** Lengths that differ from the hash's: published tokens do it, RMM never does. */
function oddMeasurementLength(claims: readonly DecodedClaim[]): string | undefined {
  const algorithm = textOf(claims, CLAIM.realmHashAlgorithm);
  if (!isHashAlgorithm(algorithm)) return undefined;
  const rems = claimOf(claims, CLAIM.rems);
  const values = [bytesOf(claims, CLAIM.rim)];
  if (rems?.kind === 'array') for (const rem of rems.items) if (rem.kind === 'bytes') values.push(rem.value);
  const odd = values.find((value) => value.length !== HASH_BYTES[algorithm]);
  return odd && `a measurement has ${odd.length} bytes, though ${algorithm} gives ${HASH_BYTES[algorithm]}`;
}

function checkRealm(evidence: Evidence): Finding {
  const { payload, payloadAt } = evidence.realmSign1!;
  evidence.realm = listRealmClaims(payload, payloadAt);
  evidence.format = formatOf(evidence.realm, evidence.wrapper!.tag);
  checkRealmClaims(evidence.realm, evidence.format);
  const odd = oddMeasurementLength(evidence.realm);
  if (odd !== undefined) return warn(`${evidence.realm.length} claims; ${odd}, which RMM never emits.`);
  return pass(`${evidence.realm.length} claims, each of the right type and length.`);
}

function checkProfile(evidence: Evidence): Finding {
  const platform = textOf(evidence.platform!, CLAIM.profile);
  const realm = textOf(evidence.realm!, CLAIM.profile);
  if (platform !== PLATFORM_PROFILE && platform !== PLATFORM_PROFILE_LEGACY) {
    return fail(`The platform token's profile "${platform}" is not known.`);
  }
  if (!isKnownRealmProfile(realm)) return fail(`The Realm token's profile "${realm}" is not known.`);
  if ((platform === PLATFORM_PROFILE_LEGACY) !== (realm === undefined)) {
    return warn(
      `Unusual pair: platform "${platform}" with Realm ${realm === undefined ? 'without profile' : `"${realm}"`}.`,
    );
  }
  return pass(realm === undefined ? 'Legacy claims, without a Realm profile.' : `${platform} and ${realm}.`);
}

function checkPlatformSignature(evidence: Evidence): Finding {
  const refusal = refuseSign1(evidence.platformSign1!, evidence.options.cpak, evidence.options.check);
  if (refusal === undefined) return pass('The platform token is signed with the trusted CPAK.');
  return fail(`Nothing in this token can be believed: ${refusal}.`);
}

function rakOf(evidence: Evidence): PublicKey {
  const rak = bytesOf(evidence.realm!, CLAIM.rak);
  return evidence.format === 'legacy' ? decodePoint(rak) : decodeCoseKey(rak);
}

function checkRealmSignature(evidence: Evidence): Finding {
  const rak = rakOf(evidence);
  if (!isOnCurve(rak)) return fail(`The RAK's point is not on ${rak.curve}.`);
  const refusal = refuseSign1(evidence.realmSign1!, rak, evidence.options.check);
  if (refusal === undefined) return pass('The Realm token is signed with the RAK that it names.');
  return fail(`The Realm's claims cannot be believed: ${refusal}.`);
}

function checkBinding(evidence: Evidence): Finding {
  const algorithm = textOf(evidence.realm!, CLAIM.rakHashAlgorithm);
  if (!isHashAlgorithm(algorithm)) return fail(`The RAK hash algorithm "${algorithm}" is not known.`);
  const digest = evidence.hash(algorithm, bytesOf(evidence.realm!, CLAIM.rak));
  const challenge = bytesOf(evidence.platform!, CLAIM.challenge);
  if (equalBytes(digest, challenge))
    return pass(`The platform challenge is the ${algorithm} of the RAK, ${short(digest)}.`);
  return fail(
    `The platform vouches for another RAK: its challenge is ${short(challenge)}, the ${algorithm} of this RAK is ${short(digest)}.`,
  );
}

function checkFreshness(evidence: Evidence): Finding {
  const sent = evidence.options.challenge;
  if (sent === undefined) return skipped('No challenge was given to compare with: the token may be old.');
  const found = bytesOf(evidence.realm!, CLAIM.challenge);
  if (sent.length <= 64 && equalBytes(padBytes(sent, 64), found))
    return pass(`The Realm answered challenge ${short(found)}.`);
  return fail(`The token answers challenge ${short(found)}, but ${short(sent)} was sent: it is old or not for us.`);
}

/** Bits 15:8 of the life cycle states in which a platform may be trusted without a word. */
const SECURED = 0x30;

function checkLifecycle(evidence: Evidence): Finding {
  const item = claimOf(evidence.platform!, CLAIM.lifecycle);
  const value = item?.kind === 'integer' ? Number(item.value) : -1;
  const name = lifecycleName(value) ?? 'undefined';
  const shown = `0x${value.toString(16).padStart(4, '0')} (${name})`;
  if (Math.floor(value / 0x100) === SECURED) return pass(`${shown}.`);
  return warn(`${shown}: not a platform to trust with secrets.`);
}

function compare(name: string, expected: Uint8Array | undefined, found: Uint8Array): Finding {
  if (expected === undefined) return skipped(`No expected ${name} was given; the token has ${short(found)}.`);
  if (equalBytes(expected, found)) return pass(`${name} is ${short(found)}, as expected.`);
  return fail(`${name} is ${short(found)}, but ${short(expected)} is expected: this is not the Realm we mean.`);
}

const checkRim = (evidence: Evidence): Finding =>
  compare('RIM', evidence.options.rim, bytesOf(evidence.realm!, CLAIM.rim));

function checkRpv(evidence: Evidence): Finding {
  const expected = evidence.options.rpv;
  return compare('RPV', expected && padBytes(expected, 64), bytesOf(evidence.realm!, CLAIM.rpv));
}

function checkRems(evidence: Evidence): Finding {
  const item = claimOf(evidence.realm!, CLAIM.rems);
  const found =
    item?.kind === 'array' ? item.items.map((rem) => (rem.kind === 'bytes' ? rem.value : new Uint8Array(0))) : [];
  const expected = evidence.options.rems ?? [];
  if (expected.every((value) => value === undefined)) return skipped('No expected REM was given.');
  for (const [index, rem] of found.entries()) {
    const finding = expected[index] === undefined ? undefined : compare(`REM${index}`, expected[index], rem);
    if (finding?.[0] === 'fail') return finding;
  }
  return pass('The REMs are as expected.');
}

const STAGES: Readonly<Record<CheckId, (evidence: Evidence) => Finding>> = {
  wrapper: checkWrapper,
  'platform-cose': checkPlatformCose,
  'realm-cose': checkRealmCose,
  'platform-claims': checkPlatform,
  'realm-claims': checkRealm,
  profile: checkProfile,
  'platform-signature': checkPlatformSignature,
  'realm-signature': checkRealmSignature,
  binding: checkBinding,
  freshness: checkFreshness,
  lifecycle: checkLifecycle,
  rim: checkRim,
  rpv: checkRpv,
  rem: checkRems,
};

/** From here on a failure no longer makes the later checks meaningless. */
const APPRAISAL: readonly CheckId[] = ['freshness', 'lifecycle', 'rim', 'rpv', 'rem'];

function runStage(id: CheckId, evidence: Evidence): Finding {
  try {
    return STAGES[id](evidence);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.where !== undefined) return fail(`At ${error.where}: ${error.what}`);
    return fail(error.what.charAt(0).toUpperCase() + error.what.slice(1));
  }
}

function verdictOf(checks: readonly Check[]): string {
  const failed = checks.find(({ verdict }) => verdict === 'fail');
  if (failed !== undefined) return `Refused at "${failed.title}". ${failed.reason}`;
  const warnings = checks.filter(({ verdict }) => verdict === 'warn').length;
  const open = checks.filter(({ verdict }) => verdict === 'skipped').map(({ id }) => id);
  const reserve = open.length === 0 ? '' : ` Not compared: ${open.join(', ')}.`;
  if (warnings > 0) return `Accepted with ${warnings} warning(s): read them before trusting the Realm.${reserve}`;
  return `Accepted: genuine and bound to its platform${open.length === 0 ? ', and all that was expected' : ''}.${reserve}`;
}

/** Judges a token. Never throws for anything the token contains; every check appears in the report. */
export function verifyToken(bytes: Uint8Array, options: VerifyOptions): VerifyReport {
  const evidence: Evidence = { bytes, options, hash: options.hash ?? portableHash };
  const checks: Check[] = [];
  let stopped: string | undefined;
  for (const { id, title } of CHECKS) {
    const [verdict, reason] =
      stopped === undefined ? runStage(id, evidence) : (['unreached', `Not judged after ${stopped} failed.`] as const);
    checks.push({ id, title, verdict, reason });
    if (verdict === 'fail' && !APPRAISAL.includes(id)) stopped ??= id;
  }
  const accepted = checks.every(({ verdict }) => verdict !== 'fail');
  const { format } = evidence;
  return { accepted, verdict: verdictOf(checks), checks, ...(format === undefined ? {} : { format }) };
}
