/** Makes CCA tokens. Signing is deterministic (RFC 6979), so the same claims and keys give the same bytes. */
import type { SigningKey } from '../cose/key';
import type { PlatformClaims, RealmClaims, TokenFormat } from './types';

/** COSE_Sign1 of the platform claims, signed with the CPAK. */
export declare function makePlatformToken(claims: PlatformClaims, cpak: SigningKey): Uint8Array;
/** COSE_Sign1 of the Realm claims, signed with the RAK. */
export declare function makeRealmToken(claims: RealmClaims, rak: SigningKey): Uint8Array;
/** The CCA token of both. */
export declare function makeCcaToken(format: TokenFormat, platform: Uint8Array, realm: Uint8Array): Uint8Array;
/** The content of the RAK claim in this format: COSE_Key, or the raw point in a legacy token. */
export declare function encodeRak(format: TokenFormat, rak: SigningKey): Uint8Array;
