/**
 * Claims of the platform the emulator pretends to be. Like the test keys, they vouch for nothing: the implementation id,
 * instance id and measurements are texts or hashes of texts.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, padBytes, utf8 } from '../bytes';
import { PLATFORM_PROFILE } from './numbers';
import type { PlatformClaims, SoftwareComponent } from './types';

const component = (type: string, version: string): SoftwareComponent => ({
  type,
  measurement: sha256(utf8(`Realmscope ${type} ${version}`)),
  version,
  signerId: sha256(utf8('Realmscope test signer')),
  hashAlgorithm: 'sha-256',
});

/** "secured", low byte 0. */
const SECURED = 0x3000;

/** `challenge` is the hash of the RAK claim: 32, 48 or 64 bytes. */
export const testPlatformClaims = (challenge: Uint8Array): PlatformClaims => ({
  profile: PLATFORM_PROFILE,
  challenge,
  implementationId: padBytes(utf8('Realmscope emulated platform'), 32),
  instanceId: concatBytes(Uint8Array.of(1), sha256(utf8('Realmscope test instance'))),
  config: Uint8Array.of(0xcf, 0xcf, 0xcf, 0xcf),
  lifecycle: SECURED,
  hashAlgorithm: 'sha-256',
  verificationService: 'https://verifier.invalid',
  softwareComponents: [component('Monitor', '0.1.0'), component('RMM', '0.1.0')],
});
