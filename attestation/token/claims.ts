/** Reads a claims set by rule: which claims, of what type and length, and what each is called. */

import { toHex } from '../bytes';
import type { CborEntry, CborItem } from '../cbor/scan';
import { claimMalformed, claimMissing, coseMalformed } from '../problems';

/** One entry of a claims set, with its place in the token. */
export interface DecodedClaim {
  /** The integer key; undefined for a text key. */
  readonly number: number | undefined;
  /** The specification's name, or the key itself when the claim is unknown. */
  readonly name: string;
  /** False: the verifier ignores it. */
  readonly known: boolean;
  readonly value: CborItem;
  /** Offsets in the token of key and value together. */
  readonly start: number;
  readonly end: number;
}

/** What a claim must look like. */
export interface ClaimRule {
  readonly number: number;
  readonly name: string;
  readonly kind: 'bytes' | 'text' | 'integer' | 'array' | 'any';
  readonly needed: boolean;
  /** Byte strings: the lengths allowed; absent allows any. */
  readonly lengths?: readonly number[];
  /** Anything else that must hold; returns what is wrong, ending in a full stop. */
  readonly refuse?: (item: CborItem) => string | undefined;
}

const KIND_NAMES = {
  bytes: 'a byte string',
  text: 'a text string',
  integer: 'an integer',
  array: 'an array',
  map: 'a map',
  tag: 'a tagged item',
  simple: 'a simple value',
} as const;

const keyNumber = (key: CborItem): number | undefined =>
  key.kind === 'integer' && key.value >= -0x8000_0000n && key.value <= 0x7fff_ffffn ? Number(key.value) : undefined;

const keyName = (key: CborItem): string =>
  key.kind === 'text' ? key.value : key.kind === 'integer' ? key.value.toString() : KIND_NAMES[key.kind];

const toClaim = (rules: readonly ClaimRule[], { key, value }: CborEntry): DecodedClaim => {
  const number = keyNumber(key);
  const rule = rules.find((each) => each.number === number);
  return {
    number,
    name: rule?.name ?? keyName(key),
    known: rule !== undefined,
    value,
    start: key.start,
    end: value.end,
  };
};

function lengthText(lengths: readonly number[]): string {
  return lengths.length === 1 ? `${lengths[0]}` : `${lengths.slice(0, -1).join(', ')} or ${lengths.at(-1)}`;
}

function checkClaim(which: string, rule: ClaimRule, item: CborItem): void {
  const { name, number, kind, lengths } = rule;
  if (kind !== 'any' && item.kind !== kind) {
    throw claimMalformed(which, name, number, item.start, `is ${KIND_NAMES[item.kind]}, not ${KIND_NAMES[kind]}.`);
  }
  if (item.kind === 'bytes' && lengths !== undefined && !lengths.includes(item.value.length)) {
    const what = `has ${item.value.length} byte(s), not ${lengthText(lengths)}.`;
    throw claimMalformed(which, name, number, item.start, what);
  }
  const wrong = rule.refuse?.(item);
  if (wrong !== undefined) throw claimMalformed(which, name, number, item.start, wrong);
}

/** The claims in the order of the token, names filled in, nothing checked but that it is a map. */
export function listClaims(which: string, item: CborItem, rules: readonly ClaimRule[]): readonly DecodedClaim[] {
  if (item.kind !== 'map')
    throw coseMalformed(which, item.start, `the payload is ${KIND_NAMES[item.kind]}, not a map of claims.`);
  return item.entries.map((entry) => toClaim(rules, entry));
}

/** Checks claims against their rules; the first claim that breaks one is thrown as a Problem. */
export function checkClaims(which: string, claims: readonly DecodedClaim[], rules: readonly ClaimRule[]): void {
  for (const rule of rules) {
    const claim = claims.find(({ number }) => number === rule.number);
    if (claim !== undefined) checkClaim(which, rule, claim.value);
    else if (rule.needed) throw claimMissing(which, rule.name, rule.number);
  }
}

export const claimOf = (claims: readonly DecodedClaim[], number: number): CborItem | undefined =>
  claims.find((claim) => claim.number === number)?.value;

/** Content of a byte-string claim that has been checked; empty when it is absent. */
export function bytesOf(claims: readonly DecodedClaim[], number: number): Uint8Array {
  const item = claimOf(claims, number);
  return item?.kind === 'bytes' ? item.value : new Uint8Array(0);
}

export function textOf(claims: readonly DecodedClaim[], number: number): string | undefined {
  const item = claimOf(claims, number);
  return item?.kind === 'text' ? item.value : undefined;
}

/** A value for people: byte strings in hexadecimal, arrays and maps in diagnostic-like notation. */
export function showItem(item: CborItem): string {
  switch (item.kind) {
    case 'integer':
      return item.value.toString();
    case 'bytes':
      return toHex(item.value);
    case 'text':
      return JSON.stringify(item.value);
    case 'array':
      return `[${item.items.map(showItem).join(', ')}]`;
    case 'map':
      return `{${item.entries.map(({ key, value }) => `${showItem(key)}: ${showItem(value)}`).join(', ')}}`;
    case 'tag':
      return `${item.tag}(${showItem(item.item)})`;
    case 'simple':
      return String(item.value);
  }
}
