/** Makes CCA tokens. Signing is deterministic (RFC 6979), so the same claims and keys give the same bytes. */
import { type CborValue, cborTag, encodeCbor } from '../cbor/encode';
import { encodeCoseKey, pointOf, publicKeyOf, type SigningKey } from '../cose/key';
import { encodeSign1 } from '../cose/sign1';
import { CLAIM, CMW_EAT_CWT, COMPONENT, REALM_PROFILES, WRAPPER } from './numbers';
import type { PlatformClaims, RealmClaims, SoftwareComponent, TokenFormat } from './types';

function encodeComponent(component: SoftwareComponent): ReadonlyMap<number, CborValue> {
  const map = new Map<number, CborValue>();
  if (component.type !== undefined) map.set(COMPONENT.type, component.type);
  map.set(COMPONENT.measurement, component.measurement);
  if (component.version !== undefined) map.set(COMPONENT.version, component.version);
  map.set(COMPONENT.signerId, component.signerId);
  if (component.hashAlgorithm !== undefined) map.set(COMPONENT.hashAlgorithm, component.hashAlgorithm);
  return map;
}

/** COSE_Sign1 of the platform claims, signed with the CPAK. Claims in the order of the published samples. */
export function makePlatformToken(claims: PlatformClaims, cpak: SigningKey): Uint8Array {
  const map = new Map<number, CborValue>([
    [CLAIM.profile, claims.profile],
    [CLAIM.challenge, claims.challenge],
    [CLAIM.implementationId, claims.implementationId],
    [CLAIM.instanceId, claims.instanceId],
    [CLAIM.config, claims.config],
    [CLAIM.lifecycle, claims.lifecycle],
    [CLAIM.platformHashAlgorithm, claims.hashAlgorithm],
  ]);
  if (claims.verificationService !== undefined) map.set(CLAIM.verificationService, claims.verificationService);
  map.set(CLAIM.softwareComponents, claims.softwareComponents.map(encodeComponent));
  return encodeSign1(encodeCbor(map), cpak);
}

/** COSE_Sign1 of the Realm claims, signed with the RAK. Claims in the order of TF-RMM v0.8. */
export function makeRealmToken(claims: RealmClaims, rak: SigningKey): Uint8Array {
  const map = new Map<number, CborValue>([
    [CLAIM.challenge, claims.challenge],
    [CLAIM.rpv, claims.rpv],
    [CLAIM.rak, claims.rak],
    [CLAIM.realmHashAlgorithm, claims.hashAlgorithm],
    [CLAIM.rakHashAlgorithm, claims.rakHashAlgorithm],
  ]);
  if (claims.mecPolicy !== undefined) map.set(CLAIM.mecPolicy, claims.mecPolicy);
  const profile = REALM_PROFILES[claims.format];
  if (profile !== undefined) map.set(CLAIM.profile, profile);
  map.set(CLAIM.rim, claims.rim);
  map.set(CLAIM.rems, [...claims.rems]);
  return encodeSign1(encodeCbor(map), rak);
}

/** The CCA token of both: tag 399 around byte strings, or 907 around CMW records (from RMM 1.1 on). */
export function makeCcaToken(format: TokenFormat, platform: Uint8Array, realm: Uint8Array): Uint8Array {
  const { tag, records } = WRAPPER[format];
  const entry = (token: Uint8Array): CborValue => (records ? [CMW_EAT_CWT, token] : token);
  return encodeCbor(
    cborTag(
      tag,
      new Map<number, CborValue>([
        [CLAIM.platformToken, entry(platform)],
        [CLAIM.realmToken, entry(realm)],
      ]),
    ),
  );
}

/** The content of the RAK claim in this format: COSE_Key, or the raw point in a legacy token. */
export function encodeRak(format: TokenFormat, rak: SigningKey): Uint8Array {
  const key = publicKeyOf(rak);
  return format === 'legacy' ? pointOf(key) : encodeCoseKey(key);
}
