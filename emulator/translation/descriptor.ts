/** Fetching and updating translation table descriptors, and the fields both stages have in common. */
import { granuleOf, type Pa, pa } from '../address';
import type { Machine } from '../machine/machine';
import { checkGranule, type GpcFault } from '../memory/gpc';
import { flagPage, isRam, PageFlag, pageFlags, peekBytes, readU64, writeU64 } from '../memory/memory';
import type { EncryptionContext, Pas } from '../memory/pas';
import { PAS_NAMES } from '../memory/pas';
import type { GranuleBits } from './regime';
import type { Step } from './types';

/** What a walk acts on. */
export interface Walker {
  readonly machine: Pick<Machine, 'memory' | 'platform'>;
  /** False for the debugger: nothing is allocated, re-expressed, flagged or updated. */
  readonly effects: boolean;
  readonly steps: Step[] | undefined;
  /** Called for a page of which a descriptor was used for the first time: its write tags must go. */
  readonly onDescriptorPage: (granule: number) => void;
}

export type Fetched =
  | { readonly ok: true; readonly value: bigint }
  | { readonly ok: false; readonly kind: 'external' }
  | { readonly ok: false; readonly kind: 'granule'; readonly gpc: GpcFault };

/** The granule protection check of one access, with its step. */
export function checkAccess(walker: Walker, pas: Pas, address: Pa): GpcFault | undefined {
  const fault = checkGranule(walker.machine, pas, address);
  walker.steps?.push({
    stage: 'granule protection',
    title: `${PAS_NAMES[pas]} access to PA 0x${address.toString(16)}`,
    ...(fault === undefined
      ? {}
      : { level: fault.walk.level, descriptorPa: fault.walk.descriptorPa, descriptor: fault.walk.descriptor }),
    fields: fault === undefined ? [] : [['GPI', `0b${fault.walk.gpi.toString(2).padStart(4, '0')}`]],
    verdict: fault === undefined ? 'allowed' : 'granule protection fault',
  });
  return fault;
}

/** Reads a 64-bit descriptor. */
export function fetchDescriptor(walker: Walker, address: Pa, pas: Pas, context: EncryptionContext): Fetched {
  const gpc = checkAccess(walker, pas, address);
  if (gpc !== undefined) return { ok: false, kind: 'granule', gpc };
  const { memory } = walker.machine;
  if (!isRam(memory, address)) return { ok: false, kind: 'external' };
  if (!walker.effects) {
    const bytes = peekBytes(memory, context, address, 8);
    return { ok: true, value: new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true) };
  }
  const value = readU64(memory, context, address);
  if ((value & 1n) === 1n) {
    const granule = granuleOf(address);
    if ((pageFlags(memory, granule) & PageFlag.Descriptor) === 0) {
      flagPage(memory, granule, PageFlag.Descriptor);
      walker.onDescriptorPage(granule);
    }
  }
  return { ok: true, value };
}

/** Writes back a descriptor whose Access flag or dirty state the hardware manages. */
export function updateDescriptor(walker: Walker, address: Pa, context: EncryptionContext, value: bigint): void {
  if (walker.effects) writeU64(walker.machine.memory, context, address, value);
}

/** Lowest VA bit that an entry of this level translates. */
export const levelShift = (granule: GranuleBits, level: number): number => granule + (3 - level) * (granule - 3);

/** Levels at which a block is allowed (Arm ARM D8.3.1). */
export function blockAllowed(granule: GranuleBits, level: number, wide: boolean): boolean {
  if (granule === 12) return level === 1 || level === 2 || (wide && level === 0);
  if (granule === 14) return level === 2 || (wide && level === 1);
  return level === 2 || (wide && level === 1);
}

/** The address field of a descriptor: bits 47:`low`, with 52-bit formats bits 51:48 from where the granule has them. */
export function descriptorAddress(descriptor: bigint, granule: GranuleBits, low: number, wide: boolean): Pa {
  const field = (high: number, from: number): number =>
    Number((descriptor >> BigInt(from)) & ((1n << BigInt(high - from + 1)) - 1n));
  if (!wide) return pa(field(47, low) * 2 ** low);
  if (granule === 16) return pa(field(47, low) * 2 ** low + field(15, 12) * 2 ** 48);
  return pa(field(49, low) * 2 ** low + field(9, 8) * 2 ** 50);
}
