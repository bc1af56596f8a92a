/** Rules of the platform token's claims (Arm CCA platform token; the table of section 4 in its public descriptions). */
import type { CborItem } from '../cbor/scan';
import type { ClaimRule } from './claims';
import { CLAIM, COMPONENT, lifecycleName } from './numbers';

const HASH_LENGTHS = [32, 48, 64];

function refuseInstanceId(item: CborItem): string | undefined {
  const first = item.kind === 'bytes' ? item.value[0] : undefined;
  return first === 1 ? undefined : `begins with ${first}, not with 1 (a random UEID).`;
}

function refuseLifecycle(item: CborItem): string | undefined {
  if (item.kind !== 'integer') return 'is not an integer.';
  const value = item.value < 0n || item.value > 0xffffn ? -1 : Number(item.value);
  return lifecycleName(value) === undefined
    ? `is ${item.value}, which is in no range of life cycle states.`
    : undefined;
}

const refuseEmptyText = (item: CborItem): string | undefined =>
  item.kind === 'text' && item.value.length === 0 ? 'is empty.' : undefined;

/** What is wrong with one software component, undefined when nothing is. */
function refuseComponent(item: CborItem): string | undefined {
  if (item.kind !== 'map') return 'is not a map';
  const at = (number: number): CborItem | undefined =>
    item.entries.find(({ key }) => key.kind === 'integer' && key.value === BigInt(number))?.value;
  for (const [number, name] of [
    [COMPONENT.measurement, 'measurement'],
    [COMPONENT.signerId, 'signer id'],
  ] as const) {
    const value = at(number);
    if (value === undefined) return `lacks its ${name} (${number})`;
    if (value.kind !== 'bytes' || !HASH_LENGTHS.includes(value.value.length)) {
      return `has a ${name} (${number}) that is not a byte string of 32, 48 or 64 bytes`;
    }
  }
  for (const number of [COMPONENT.type, COMPONENT.version, COMPONENT.hashAlgorithm]) {
    const value = at(number);
    if (value !== undefined && value.kind !== 'text') return `has an entry ${number} that is not text`;
  }
  return undefined;
}

function refuseComponents(item: CborItem): string | undefined {
  if (item.kind !== 'array') return 'is not an array.';
  if (item.items.length === 0) return 'is empty; at least one component is needed.';
  for (const [index, component] of item.items.entries()) {
    const wrong = refuseComponent(component);
    if (wrong !== undefined) return `: component ${index + 1} ${wrong}.`;
  }
  return undefined;
}

export const PLATFORM_RULES: readonly ClaimRule[] = [
  { number: CLAIM.profile, name: 'profile', kind: 'text', needed: true },
  { number: CLAIM.challenge, name: 'challenge', kind: 'bytes', needed: true, lengths: HASH_LENGTHS },
  { number: CLAIM.implementationId, name: 'implementation id', kind: 'bytes', needed: true, lengths: [32] },
  {
    number: CLAIM.instanceId,
    name: 'instance id',
    kind: 'bytes',
    needed: true,
    lengths: [33],
    refuse: refuseInstanceId,
  },
  { number: CLAIM.config, name: 'config', kind: 'bytes', needed: true },
  { number: CLAIM.lifecycle, name: 'life cycle', kind: 'integer', needed: true, refuse: refuseLifecycle },
  {
    number: CLAIM.softwareComponents,
    name: 'software components',
    kind: 'array',
    needed: true,
    refuse: refuseComponents,
  },
  {
    number: CLAIM.verificationService,
    name: 'verification service',
    kind: 'text',
    needed: false,
    refuse: refuseEmptyText,
  },
  {
    number: CLAIM.platformHashAlgorithm,
    name: 'hash algorithm',
    kind: 'text',
    needed: true,
    refuse: refuseEmptyText,
  },
];
