/** Fetching and updating translation table descriptors, and the fields both stages have in common. */
import { granuleOf, type Pa, pa } from '../address';
import type { Machine } from '../machine/machine';
import { locateRead } from '../memory/access';
import { checkGranule, type GpcFault } from '../memory/gpc';
import { flagPage, isRam, PageFlag, pageFlags, peekBytes, unflagPage, writeU32 } from '../memory/memory';
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

/** A descriptor in two halves, unsigned: a bigint for every field of it would cost more than the walk. */
export interface Descriptor {
  readonly ok: true;
  readonly low: number;
  readonly high: number;
}

export const hasBit = ({ low, high }: Descriptor, index: number): boolean =>
  (((index < 32 ? low : high) >>> (index & 31)) & 1) === 1;
export const descriptorValue = ({ low, high }: Descriptor): bigint => (BigInt(high) << 32n) | BigInt(low);

export type Fetched =
  | Descriptor
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
    const { buffer, byteOffset } = peekBytes(memory, context, address, 8);
    const view = new DataView(buffer, byteOffset, 8);
    return { ok: true, low: view.getUint32(0, true), high: view.getUint32(4, true) };
  }
  // A descriptor is aligned to its size, so that it lies in one page.
  const at = locateRead(memory, context, address);
  if (at === 0) return INVALID;
  const view = memory.views.data;
  const low = view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  if ((low & 1) === 1) {
    const granule = granuleOf(address);
    if ((pageFlags(memory, granule) & PageFlag.Descriptor) === 0) {
      flagPage(memory, granule, PageFlag.Descriptor);
      walker.onDescriptorPage(granule);
    }
  }
  return { ok: true, low, high };
}

const INVALID: Descriptor = { ok: true, low: 0, high: 0 };

/** Access flag and dirty state are in the lower half, as is all that the hardware manages. */
const ACCESS_FLAG = 1 << 10;

/**
 * Writes back the lower half of a descriptor whose Access flag or dirty state the hardware manages. Nothing is cached
 * of a descriptor without Access flag, so setting that alone makes nothing stale.
 */
export function updateDescriptor(
  walker: Walker,
  address: Pa,
  context: EncryptionContext,
  before: number,
  after: number,
): void {
  if (!walker.effects) return;
  const { memory } = walker.machine;
  const granule = granuleOf(address);
  const keeps = (before ^ after) === ACCESS_FLAG && (pageFlags(memory, granule) & PageFlag.Descriptor) !== 0;
  if (keeps) unflagPage(memory, granule, PageFlag.Descriptor);
  writeU32(memory, context, address, after >>> 0);
  if (keeps) flagPage(memory, granule, PageFlag.Descriptor);
}

/** Powers of two by exponent, 0 to 64. */
const POWERS: readonly number[] = Array.from({ length: 65 }, (_, exponent) => 2 ** exponent);
export const power = (exponent: number): number => POWERS[exponent] as number;

/** A whole number below 2^53 modulo a power of two; the operator is slow above 2^31. */
export const modulo = (value: number, size: number): number => value - Math.floor(value / size) * size;

/** Lowest VA bit that an entry of this level translates. */
export const levelShift = (granule: GranuleBits, level: number): number => granule + (3 - level) * (granule - 3);

/** Levels at which a block is allowed (Arm ARM D8.3.1). */
export function blockAllowed(granule: GranuleBits, level: number, wide: boolean): boolean {
  if (granule === 12) return level === 1 || level === 2 || (wide && level === 0);
  if (granule === 14) return level === 2 || (wide && level === 1);
  return level === 2 || (wide && level === 1);
}

/** The address field of a descriptor: bits 47:`low`, with 52-bit formats bits 51:48 from where the granule has them. */
export function descriptorAddress(descriptor: Descriptor, granule: GranuleBits, low: number, wide: boolean): Pa {
  const split = wide && granule !== 16;
  const field = (descriptor.high & (split ? 0x3_ffff : 0xffff)) * 2 ** 32 + descriptor.low;
  const address = field - modulo(field, power(low));
  if (!wide) return pa(address);
  if (granule === 16) return pa(address + ((descriptor.low >>> 12) & 15) * 2 ** 48);
  return pa(address + ((descriptor.low >>> 8) & 3) * 2 ** 50);
}
