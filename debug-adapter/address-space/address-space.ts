/**
 * The one codec of memory and instruction references. A reference is a single hexadecimal number; the bits above 63 name
 * the address space, so that offset arithmetic by any DAP client stays inside it. Untagged is the focused frame's VA.
 *
 * | bits | meaning |
 * | --- | --- |
 * | 63:0 | address |
 * | 67:64 | kind: 0 focused VA, 1 VA of a named regime, 2 IPA of a Realm, 3 PA in a PAS, 4 PA as the memory bus sees it |
 * | 69:68 | security state (kind 1) or PAS (kind 3), numbered as `emulator/memory/pas.ts` |
 * | 71:70 | exception level (kind 1) |
 * | 91:72 | one more than the MECID to decrypt with (kind 3); 0: the one the granule is kept under |
 * | 131:92 | granule number of the Realm's RD (kinds 1 and 2) |
 */
import type { Pas } from '../../emulator/memory/pas';
import { badReference } from '../problems';

export type AddressSpace =
  | { readonly kind: 'focus' }
  /** `rd`: granule number of the RD of the Realm whose stage 1 and 2 translate; 0 outside Realms. */
  | { readonly kind: 'va'; readonly world: Pas; readonly el: 0 | 1 | 2 | 3; readonly rd: number }
  | { readonly kind: 'ipa'; readonly rd: number }
  /** Without `mecid`: read as whoever owns the granule reads it. */
  | { readonly kind: 'pa'; readonly pas: Pas; readonly mecid?: number }
  | { readonly kind: 'bus' };

/** An address in a named space; `address` has at most 64 bits. */
export interface Reference {
  readonly space: AddressSpace;
  readonly address: bigint;
}

export const FOCUS: AddressSpace = { kind: 'focus' };
const KINDS = ['focus', 'va', 'ipa', 'pa', 'bus'] as const;
const MAX_MECID = 0xffff;
const MAX_GRANULE = 2 ** 40;

/** The reference as a client gets it. */
export function formatReference({ space, address }: Reference): string {
  let tag = BigInt(KINDS.indexOf(space.kind));
  if (space.kind === 'va') tag += BigInt(space.world * 16 + space.el * 64) + (BigInt(space.rd) << 28n);
  if (space.kind === 'ipa') tag += BigInt(space.rd) << 28n;
  if (space.kind === 'pa')
    tag += BigInt(space.pas * 16) + (BigInt(space.mecid === undefined ? 0 : space.mecid + 1) << 8n);
  return `0x${((tag << 64n) + BigInt.asUintN(64, address)).toString(16)}`;
}

/**
 * Reads a reference, decimal or hexadecimal.
 * @throws Problem `bad-reference` when it is no number, or its tag names no address space
 */
export function parseReference(text: string): Reference {
  if (!/^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text) || text.length > 64) throw badReference(text);
  const value = BigInt(text);
  const tag = value >> 64n;
  const kind = KINDS[Number(tag % 16n)];
  const field = (shift: bigint, size: bigint): number => Number((tag >> shift) % size);
  const address = BigInt.asUintN(64, value);
  const rd = field(28n, BigInt(MAX_GRANULE));
  const pas = field(4n, 4n) as Pas;
  const used = { focus: tag === 0n, va: true, ipa: tag % (1n << 28n) === 2n, pa: rd === 0, bus: tag === 4n };
  if (kind === undefined || !used[kind] || tag >> 68n !== 0n) throw badReference(text);
  switch (kind) {
    case 'focus':
      return { space: FOCUS, address };
    case 'va':
      return { space: { kind, world: pas, el: field(6n, 4n) as 0 | 1 | 2 | 3, rd }, address };
    case 'ipa':
      return { space: { kind, rd }, address };
    case 'pa': {
      const mecid = field(8n, 1n << 20n) - 1;
      if (mecid > MAX_MECID) throw badReference(text);
      return { space: mecid < 0 ? { kind, pas } : { kind, pas, mecid }, address };
    }
    case 'bus':
      return { space: { kind }, address };
  }
}

/** The reference `bytes` further, wrapping inside its address space. */
export const offsetReference = (reference: Reference, bytes: bigint): Reference => ({
  space: reference.space,
  address: BigInt.asUintN(64, reference.address + bytes),
});
