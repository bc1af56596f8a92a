/** Numbers and names of CCA tokens: wrapper, claims, profiles, life cycle. */
import type { TokenFormat } from './types';

export const CLAIM = {
  challenge: 10,
  instanceId: 256,
  profile: 265,
  lifecycle: 2395,
  implementationId: 2396,
  softwareComponents: 2399,
  verificationService: 2400,
  config: 2401,
  platformHashAlgorithm: 2402,
  platformToken: 44234,
  rpv: 44235,
  realmHashAlgorithm: 44236,
  rak: 44237,
  rim: 44238,
  rems: 44239,
  rakHashAlgorithm: 44240,
  realmToken: 44241,
  mecPolicy: 44243,
} as const;

/** Keys inside a software component. */
export const COMPONENT = { type: 1, measurement: 2, version: 4, signerId: 5, hashAlgorithm: 6 } as const;

/** CoAP content format of `application/eat+cwt`: type of a CMW record (section 2 of the token description). */
export const CMW_EAT_CWT = 263;

export const TAG_BARE = 399;
export const TAG_RECORDS = 907;

/** Outer tag by format, and whether the tokens are CMW records. */
export const WRAPPER: Readonly<Record<TokenFormat, { tag: number; records: boolean }>> = {
  legacy: { tag: TAG_BARE, records: false },
  '1.0': { tag: TAG_BARE, records: false },
  '1.1': { tag: TAG_RECORDS, records: true },
  '2.0': { tag: TAG_RECORDS, records: true },
};

export const PLATFORM_PROFILE_LEGACY = 'http://arm.com/CCA-SSD/1.0.0';
export const PLATFORM_PROFILE = 'tag:arm.com,2023:cca_platform#1.0.0';
export const REALM_PROFILE_1_0 = 'tag:arm.com,2023:realm#1.0.0';
export const REALM_PROFILE_2_0 = 'tag:arm.com,2024:realm#2.0.0';

/** eat_profile of the Realm token by format; a legacy token has none. 1.1 shares the one of 1.0. */
export const REALM_PROFILES: Readonly<Record<TokenFormat, string | undefined>> = {
  legacy: undefined,
  '1.0': REALM_PROFILE_1_0,
  '1.1': REALM_PROFILE_1_0,
  '2.0': REALM_PROFILE_2_0,
};

/** Bits 15:8 of the life cycle claim; the low byte is implementation defined. */
export const LIFECYCLES: Readonly<Record<number, string>> = {
  0: 'unknown',
  16: 'assembly and test',
  32: 'CCA platform RoT provisioning',
  48: 'secured',
  64: 'non-CCA-platform RoT debug',
  80: 'recoverable CCA platform RoT debug',
  96: 'decommissioned',
};

/** The name of a life cycle value, undefined when it is in none of the ranges. */
export const lifecycleName = (value: number): string | undefined =>
  Number.isInteger(value) && value >= 0 && value <= 0xffff ? LIFECYCLES[Math.floor(value / 0x100)] : undefined;
