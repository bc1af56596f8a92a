/**
 * Takes a CCA token apart, stage by stage, strictly. Nothing here is believed yet: whatever it returns is the sender's
 * until `verify/` has checked the signatures.
 */
import { type CborItem, scanCbor } from '../cbor/scan';
import { decodeSign1, type Sign1 } from '../cose/sign1';
import { tokenWrapper } from '../problems';
import { checkClaims, type DecodedClaim, listClaims, textOf } from './claims';
import { CLAIM, CMW_EAT_CWT, REALM_PROFILE_1_0, REALM_PROFILE_2_0, TAG_BARE, TAG_RECORDS } from './numbers';
import { PLATFORM_RULES } from './platform-rules';
import { realmRules } from './realm-rules';
import type { TokenFormat } from './types';

/** A run of bytes in the token. */
export interface Part {
  readonly bytes: Uint8Array;
  /** Offset of its first byte in the token. */
  readonly at: number;
}

export interface Wrapper {
  /** 399 or 907. */
  readonly tag: number;
  readonly platform: Part;
  readonly realm: Part;
}

/** One of the two signed parts. */
export interface SignedClaims {
  readonly sign1: Sign1;
  readonly claims: readonly DecodedClaim[];
}

export interface DecodedToken {
  readonly size: number;
  readonly wrapper: Wrapper;
  readonly format: TokenFormat;
  readonly platform: SignedClaims;
  readonly realm: SignedClaims;
}

function partOf(item: CborItem, tag: number, name: string): Part {
  if (tag === TAG_BARE) {
    if (item.kind === 'bytes') return { bytes: item.value, at: item.content };
    throw tokenWrapper(item.start, `the ${name} token is not a byte string, which tag ${TAG_BARE} requires.`);
  }
  if (item.kind !== 'array' || item.items.length !== 2) {
    throw tokenWrapper(
      item.start,
      `the ${name} token is not a record [${CMW_EAT_CWT}, bytes], which tag ${tag} requires.`,
    );
  }
  const [type, content] = item.items;
  if (type?.kind !== 'integer' || type.value !== BigInt(CMW_EAT_CWT)) {
    throw tokenWrapper(item.start, `the ${name} token's record is not of type ${CMW_EAT_CWT}.`);
  }
  if (content?.kind !== 'bytes') throw tokenWrapper(item.start, `the ${name} token's record holds no byte string.`);
  return { bytes: content.value, at: content.content };
}

/** The two tokens inside the outer tag. */
export function decodeWrapper(bytes: Uint8Array): Wrapper {
  const item = scanCbor(bytes);
  if (item.kind !== 'tag') throw tokenWrapper(0, 'the outer CBOR tag is missing.');
  if (item.tag !== BigInt(TAG_BARE) && item.tag !== BigInt(TAG_RECORDS)) {
    throw tokenWrapper(0, `the outer CBOR tag is ${item.tag}.`);
  }
  const tag = Number(item.tag);
  const map = item.item;
  if (map.kind !== 'map') throw tokenWrapper(map.start, 'the tagged item is not a map.');
  const entry = (number: number, name: string): Part => {
    const found = map.entries.find(({ key }) => key.kind === 'integer' && key.value === BigInt(number));
    if (found === undefined) throw tokenWrapper(map.start, `the ${name} token (${number}) is missing.`);
    return partOf(found.value, tag, name);
  };
  const platform = entry(CLAIM.platformToken, 'platform');
  const realm = entry(CLAIM.realmToken, 'Realm');
  const other = map.entries.length - 2;
  if (other > 0) throw tokenWrapper(map.start, `the map has ${other} more entries than the two tokens.`);
  return { tag, platform, realm };
}

/** The platform's claims, named but not checked. */
export const listPlatformClaims = (payload: Uint8Array, at = 0): readonly DecodedClaim[] =>
  listClaims('platform', scanCbor(payload, at), PLATFORM_RULES);

export const checkPlatformClaims = (claims: readonly DecodedClaim[]): void =>
  checkClaims('platform', claims, PLATFORM_RULES);

/** The Realm's claims, named but not checked. */
export const listRealmClaims = (payload: Uint8Array, at = 0): readonly DecodedClaim[] =>
  listClaims('Realm', scanCbor(payload, at), realmRules('2.0'));

/** The format follows from the Realm's profile and, between 1.0 and 1.1, from the outer tag. */
export function formatOf(claims: readonly DecodedClaim[], tag: number): TokenFormat {
  const profile = textOf(claims, CLAIM.profile);
  if (profile === undefined) return 'legacy';
  if (profile === REALM_PROFILE_2_0) return '2.0';
  return tag === TAG_RECORDS ? '1.1' : '1.0';
}

export const isKnownRealmProfile = (profile: string | undefined): boolean =>
  profile === undefined || profile === REALM_PROFILE_1_0 || profile === REALM_PROFILE_2_0;

export function checkRealmClaims(claims: readonly DecodedClaim[], format: TokenFormat): void {
  checkClaims('Realm', claims, realmRules(format, isKnownRealmProfile(textOf(claims, CLAIM.profile))));
}

/** The whole token, with every structural rule checked. Throws the first Problem met. */
export function decodeToken(bytes: Uint8Array): DecodedToken {
  const wrapper = decodeWrapper(bytes);
  const platformSign1 = decodeSign1(wrapper.platform.bytes, 'platform', wrapper.platform.at);
  const realmSign1 = decodeSign1(wrapper.realm.bytes, 'Realm', wrapper.realm.at);
  const platform = listPlatformClaims(platformSign1.payload, platformSign1.payloadAt);
  checkPlatformClaims(platform);
  const realm = listRealmClaims(realmSign1.payload, realmSign1.payloadAt);
  const format = formatOf(realm, wrapper.tag);
  checkRealmClaims(realm, format);
  return {
    size: bytes.length,
    wrapper,
    format,
    platform: { sign1: platformSign1, claims: platform },
    realm: { sign1: realmSign1, claims: realm },
  };
}
