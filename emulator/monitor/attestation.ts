/**
 * Attestation material of a boot (RMM-EL3 interface: get Realm key, get platform token). The RAK is the test key; the
 * platform token has the hash of its public part as challenge and is the same in every CCA token until reset.
 */

import type { SigningKey } from '../../attestation/cose/key';
import { encodeRak, makePlatformToken } from '../../attestation/token/make';
import { TEST_CPAK, TEST_RAK } from '../../attestation/token/test-keys';
import { testPlatformClaims } from '../../attestation/token/test-platform';
import type { Machine } from '../machine/machine';

export interface BootAttestation {
  readonly rak: SigningKey;
  readonly platformToken: Uint8Array;
}

/** Made on first need, then kept by the Monitor. */
export function bootAttestation(machine: Machine): BootAttestation {
  const { monitor, services } = machine;
  const challenge = services.sha256(encodeRak('1.0', TEST_RAK));
  monitor.platformToken ??= makePlatformToken(testPlatformClaims(challenge), TEST_CPAK);
  return { rak: TEST_RAK, platformToken: monitor.platformToken };
}
