/** CCA token formats and the claims in them (Arm CCA attestation token, RMM 1.0 section "Attestation token"). */
import type { HashAlgorithm } from '../hash';

/** Claim sets and wrapper by the RMM version that emits them. All are decoded. */
export type TokenFormat = 'legacy' | '1.0' | '1.1' | '2.0';

/** The formats `makeRealmToken` can make. */
export type MadeFormat = 'legacy' | '1.0';

export interface SoftwareComponent {
  readonly type?: string;
  readonly measurement: Uint8Array;
  readonly version?: string;
  readonly signerId: Uint8Array;
  readonly hashAlgorithm?: string;
}

export interface PlatformClaims {
  readonly profile: string;
  /** Hash of the RAK claim: 32, 48 or 64 bytes. */
  readonly challenge: Uint8Array;
  /** 32 bytes. */
  readonly implementationId: Uint8Array;
  /** 33 bytes, first 0x01. */
  readonly instanceId: Uint8Array;
  readonly config: Uint8Array;
  readonly lifecycle: number;
  readonly hashAlgorithm: string;
  readonly verificationService?: string;
  readonly softwareComponents: readonly SoftwareComponent[];
}

export interface RealmClaims {
  readonly format: MadeFormat;
  /** 64 bytes. */
  readonly challenge: Uint8Array;
  /** 64 bytes. */
  readonly rpv: Uint8Array;
  readonly hashAlgorithm: HashAlgorithm;
  /** Content of the RAK claim: COSE_Key, or the raw point in a legacy token. */
  readonly rak: Uint8Array;
  readonly rakHashAlgorithm: HashAlgorithm;
  /** Who shares the Realm's encryption context; claimed from RMM 1.1 on. */
  readonly mecPolicy?: 'private' | 'shared';
  readonly rim: Uint8Array;
  /** Four values of the hash's length. */
  readonly rems: readonly Uint8Array[];
}
