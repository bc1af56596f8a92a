/** Rules of the Realm token's claims, by token format (RMM 1.0 and later, "Attestation token"). */
import type { CborItem } from '../cbor/scan';
import { decodeCoseKey, decodePoint } from '../cose/key';
import { isHashAlgorithm } from '../hash';
import { Problem } from '../problem';
import type { ClaimRule } from './claims';
import { CLAIM } from './numbers';
import type { TokenFormat } from './types';

const HASH_LENGTHS = [32, 48, 64];
const REM_COUNT = 4;

function refuseHashName(item: CborItem): string | undefined {
  if (item.kind !== 'text') return 'is not text.';
  return isHashAlgorithm(item.value) ? undefined : `is "${item.value}", not sha-256, sha-384 or sha-512.`;
}

function refuseRems(item: CborItem): string | undefined {
  if (item.kind !== 'array') return 'is not an array.';
  if (item.items.length !== REM_COUNT) return `has ${item.items.length} entries, not ${REM_COUNT}.`;
  for (const [index, rem] of item.items.entries()) {
    if (rem.kind !== 'bytes' || !HASH_LENGTHS.includes(rem.value.length)) {
      return `: entry ${index} is not a byte string of 32, 48 or 64 bytes.`;
    }
  }
  return undefined;
}

/** Text under 1.1, an integer under 2.0. */
function refuseMecPolicy(format: TokenFormat) {
  return (item: CborItem): string | undefined => {
    if (format === '2.0') {
      const good = item.kind === 'integer' && (item.value === 0n || item.value === 1n);
      return good ? undefined : 'is not 0 (shared) or 1 (private).';
    }
    return item.kind === 'text' && ['shared', 'private'].includes(item.value)
      ? undefined
      : 'is not "shared" or "private".';
  };
}

function refuseRak(format: TokenFormat) {
  return (item: CborItem): string | undefined => {
    if (item.kind !== 'bytes') return 'is not a byte string.';
    try {
      if (format === 'legacy') decodePoint(item.value);
      else decodeCoseKey(item.value, item.content);
      return undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return `is not ${format === 'legacy' ? 'a raw point' : 'a COSE_Key'}: ${error.what}`;
    }
  };
}

function refuseInstanceId(item: CborItem): string | undefined {
  return item.kind === 'bytes' && item.value[0] === 1 ? undefined : 'does not begin with 1 (a random UEID).';
}

/** `profiled` false: the profile is unknown, so the RAK's form is not judged. */
export function realmRules(format: TokenFormat, profiled = true): readonly ClaimRule[] {
  const rules: ClaimRule[] = [
    { number: CLAIM.challenge, name: 'challenge', kind: 'bytes', needed: true, lengths: [64] },
    { number: CLAIM.rpv, name: 'personalization value', kind: 'bytes', needed: true, lengths: [64] },
    { number: CLAIM.realmHashAlgorithm, name: 'hash algorithm', kind: 'text', needed: true, refuse: refuseHashName },
    {
      number: CLAIM.rak,
      name: 'RAK',
      kind: 'bytes',
      needed: true,
      ...(profiled ? { refuse: refuseRak(format) } : {}),
    },
    { number: CLAIM.rim, name: 'initial measurement', kind: 'bytes', needed: true, lengths: HASH_LENGTHS },
    { number: CLAIM.rems, name: 'extensible measurements', kind: 'array', needed: true, refuse: refuseRems },
    { number: CLAIM.rakHashAlgorithm, name: 'RAK hash algorithm', kind: 'text', needed: true, refuse: refuseHashName },
    { number: CLAIM.profile, name: 'profile', kind: 'text', needed: false },
  ];
  if (format === '1.1' || format === '2.0') {
    rules.push({
      number: CLAIM.mecPolicy,
      name: 'MEC policy',
      kind: 'any',
      needed: format === '2.0',
      refuse: refuseMecPolicy(format),
    });
  }
  if (format === '2.0') {
    rules.push({
      number: CLAIM.instanceId,
      name: 'realm instance id',
      kind: 'bytes',
      needed: true,
      lengths: [33],
      refuse: refuseInstanceId,
    });
  }
  return rules;
}
