/**
 * The granule protection table: built, walked and changed in Root memory, in its architectural encoding (Arm ARM, GPT
 * descriptors). Level 0 descriptors are blocks (type 0b0001) or point to tables (0b0011); level 1 ones hold 16 GPIs, or
 * one GPI for a contiguous range (type 0b0001). The table that `buildGpt` makes has no contiguous ones; a walk honours
 * them wherever they come from, and `setGpi` splits them.
 */
import { GRANULE_SIZE, type Granule, type Pa, pa } from '../address';
import type { AddressRange, GptGeometry, Platform } from '../machine/platform';
import { Gpi, isGpi } from './gpi';
import { isRam, type MachineMemory, pageFor, readU32, readU64, writeBytes, writeU64 } from './memory';
import { encryptionContext, Pas } from './pas';
import { outsideGpt } from './problems';

export { GPI_NAMES, Gpi, gpiAdmits, gpiOfPas, pasOfGpi } from './gpi';

/** What a walk found. `fault` is set where the table itself is bad; `gpi` is then 0. */
export interface GptWalk {
  /** Level of the descriptor that decides: 0 for a block, 1 for granules or a contiguous range. */
  readonly level: 0 | 1;
  readonly descriptorPa: Pa;
  readonly descriptor: bigint;
  readonly kind: 'block' | 'granules' | 'contiguous' | 'above-pps' | 'invalid';
  readonly gpi: number;
  /** The range of addresses that share this entry and GPI: one granule, a contiguous range, a block. */
  readonly base: Pa;
  readonly size: number;
  /** Address of the level 0 entry that was read first, and its value. */
  readonly l0Pa: Pa;
  readonly l0Descriptor: bigint;
  readonly fault?: 'walk' | 'addressSize' | 'eabt';
}

/** The walker accesses the table in the Root PAS. */
const ROOT = encryptionContext(Pas.Root);
/** Granules whose GPIs are in one level 1 descriptor. */
const GPIS = 16;
/** Bytes covered by a contiguous descriptor, by its Contig field (9:8); 0 is reserved. */
const CONTIGUOUS_SIZE = [0, 2 * 2 ** 20, 32 * 2 ** 20, 512 * 2 ** 20] as const;
const TABLE_ADDRESS = 0x000f_ffff_ffff_f000n;

const blockOf = (gpi: number): bigint => BigInt(gpi * 16 + 1);
/** Sixteen times the same GPI. */
const uniform = (gpi: number): bigint => BigInt(gpi) * 0x1111_1111_1111_1111n;

/** Writes level 0 and level 1 for the platform's reset state: everything Non-secure but `initialGpi`. */
export function buildGpt(memory: MachineMemory, platform: Platform): void {
  const { gpt } = platform;
  const entries = gpt.l0Size / 8;
  for (let index = 0; index < entries; index++)
    writeU64(memory, ROOT, pa(gpt.l0Base + index * 8), blockOf(Gpi.NonSecure));
  gpt.l1Indices.forEach((index, order) => {
    const table = gpt.l1Base + order * gpt.l1TableSize;
    writeU64(memory, ROOT, pa(gpt.l0Base + index * 8), BigInt(table) | 0b11n);
    writeBytes(memory, ROOT, pa(table), new Uint8Array(gpt.l1TableSize).fill(Gpi.NonSecure * 17));
  });
  for (const range of platform.initialGpi) fillRange(memory, gpt, range, range.gpi);
}

/** Gives a range of level 1 entries one GPI: whole descriptors where it covers them, nibbles at its ends. */
function fillRange(memory: MachineMemory, gpt: GptGeometry, range: AddressRange, gpi: number): void {
  const whole = GPIS * GRANULE_SIZE;
  const end = range.base + range.size;
  for (let at: number = range.base; at < end; ) {
    const entry = at % whole === 0 && at + whole <= end ? l1EntryOf(gpt, at) : undefined;
    if (entry === undefined) setNibble(memory, gpt, at, gpi);
    else writeU64(memory, ROOT, entry, uniform(gpi));
    at += entry === undefined ? GRANULE_SIZE : whole;
  }
}

/** Address of the level 1 descriptor of a granule, by geometry. */
function l1EntryOf(gpt: GptGeometry, address: number): Pa | undefined {
  const l0Index = Math.floor(address / 2 ** gpt.l0Bits);
  const order = gpt.l1Indices.indexOf(l0Index);
  if (order < 0) return undefined;
  const granule = Math.floor((address - l0Index * 2 ** gpt.l0Bits) / GRANULE_SIZE);
  return pa(gpt.l1Base + order * gpt.l1TableSize + (granule >>> 4) * 8);
}

/** Sets the nibble of a granule in its level 1 descriptor, found by geometry. */
function setNibble(memory: MachineMemory, gpt: GptGeometry, address: number, gpi: number): void {
  const entry = l1EntryOf(gpt, address);
  if (entry === undefined) throw outsideGpt(address);
  const granule = Math.floor(address / GRANULE_SIZE);
  writeNibble(memory, entry, granule - Math.floor(granule / GPIS) * GPIS, gpi);
}

/** Sets one nibble of a granules descriptor; two GPIs share a byte, the lower granule in the low half. */
function writeNibble(memory: MachineMemory, entry: number, place: number, gpi: number): void {
  const byte = entry + (place >>> 1);
  const page = Math.floor(byte / GRANULE_SIZE);
  const at = pageFor(memory, ROOT, page, true) + (byte - page * GRANULE_SIZE);
  const { bytes } = memory.views;
  const before = bytes[at] ?? 0;
  bytes[at] = (place & 1) === 0 ? (before & 0xf0) | gpi : (before & 0x0f) | (gpi << 4);
}

/** Walks the table for an address, level 0 first, as the granule protection check does. */
export function walkGpt(memory: MachineMemory, platform: Platform, address: Pa): GptWalk {
  const { gpt } = platform;
  const l0Bytes = 2 ** gpt.l0Bits;
  const l0Index = Math.floor(address / l0Bytes);
  const l0Pa = pa(gpt.l0Base + l0Index * 8);
  const blockBase = pa(l0Index * l0Bytes);
  if (address >= 2 ** gpt.ppsBits) {
    return walked(0, l0Pa, 0n, 'above-pps', 0, blockBase, l0Bytes, l0Pa, 0n);
  }
  if (!isRam(memory, l0Pa))
    return { ...walked(0, l0Pa, 0n, 'invalid', 0, blockBase, l0Bytes, l0Pa, 0n), fault: 'eabt' };
  const l0 = readU64(memory, ROOT, l0Pa);
  const type = Number(l0 & 0xfn);
  if (type === 0b0001) {
    const gpi = Number((l0 >> 4n) & 0xfn);
    const good = isGpi(gpi) && l0 >> 8n === 0n;
    const walk = walked(0, l0Pa, l0, good ? 'block' : 'invalid', good ? gpi : 0, blockBase, l0Bytes, l0Pa, l0);
    return good ? walk : { ...walk, fault: 'walk' };
  }
  const table = Number(l0 & TABLE_ADDRESS);
  if (type !== 0b0011 || table % gpt.l1TableSize !== 0) {
    return { ...walked(0, l0Pa, l0, 'invalid', 0, blockBase, l0Bytes, l0Pa, l0), fault: 'walk' };
  }
  if (table >= 2 ** gpt.ppsBits) {
    return { ...walked(0, l0Pa, l0, 'invalid', 0, blockBase, l0Bytes, l0Pa, l0), fault: 'addressSize' };
  }
  const granule = Math.floor((address % l0Bytes) / GRANULE_SIZE);
  const l1Pa = pa(table + Math.floor(granule / GPIS) * 8);
  const page = pa(address - (address % GRANULE_SIZE));
  if (!isRam(memory, l1Pa)) {
    return { ...walked(1, l1Pa, 0n, 'invalid', 0, page, GRANULE_SIZE, l0Pa, l0), fault: 'eabt' };
  }
  const l1 = readU64(memory, ROOT, l1Pa);
  if (Number(l1 & 0xfn) === 0b0001) {
    const gpi = Number((l1 >> 4n) & 0xfn);
    const size = CONTIGUOUS_SIZE[Number((l1 >> 8n) & 3n)] ?? 0;
    if (size === 0 || !isGpi(gpi) || l1 >> 10n !== 0n) {
      return { ...walked(1, l1Pa, l1, 'invalid', 0, page, GRANULE_SIZE, l0Pa, l0), fault: 'walk' };
    }
    return walked(1, l1Pa, l1, 'contiguous', gpi, pa(address - (address % size)), size, l0Pa, l0);
  }
  const gpi = Number((l1 >> BigInt((granule % GPIS) * 4)) & 0xfn);
  const walk = walked(
    1,
    l1Pa,
    l1,
    isGpi(gpi) ? 'granules' : 'invalid',
    isGpi(gpi) ? gpi : 0,
    page,
    GRANULE_SIZE,
    l0Pa,
    l0,
  );
  return isGpi(gpi) ? walk : { ...walk, fault: 'walk' };
}

function walked(
  level: 0 | 1,
  descriptorPa: Pa,
  descriptor: bigint,
  kind: GptWalk['kind'],
  gpi: number,
  base: Pa,
  size: number,
  l0Pa: Pa,
  l0Descriptor: bigint,
): GptWalk {
  return { level, descriptorPa, descriptor, kind, gpi, base, size, l0Pa, l0Descriptor };
}

/** Bytes that a level 0 entry covers, by GPCCR_EL3.L0GPTSZ; a power takes longer than the walk. */
const L0_BYTES: readonly number[] = Array.from({ length: 53 }, (_, bits) => 2 ** bits);

/** Where the quick walk ended: the level 1 granules descriptor of an address. */
const quick = { l1Pa: 0, place: 0 };

/**
 * The GPI of the ordinary case, an L0 table descriptor and an L1 granules descriptor, without making a `GptWalk`; -1
 * asks for the full walk. The same reads in the same order: one check on every access must be cheap.
 */
function quickGpi(memory: MachineMemory, gpt: GptGeometry, address: number): number {
  const l0Bytes = L0_BYTES[gpt.l0Bits] as number;
  const l0Index = Math.floor(address / l0Bytes);
  if (l0Index * 8 >= gpt.l0Size) return -1;
  const l0Pa = gpt.l0Base + l0Index * 8;
  const low = readU32(memory, ROOT, l0Pa as Pa);
  if ((low & 0xf) !== 0b0011) return -1;
  const table = (readU32(memory, ROOT, (l0Pa + 4) as Pa) & 0xf_ffff) * 0x1_0000_0000 + (low - (low & 0xfff));
  const granule = Math.floor((address - l0Index * l0Bytes) / GRANULE_SIZE);
  const l1Pa = table + (granule >>> 4) * 8;
  if (table < gpt.l1Base || l1Pa >= gpt.l1Base + gpt.l1Indices.length * gpt.l1TableSize) return -1;
  const place = granule & 15;
  const word = readU32(memory, ROOT, (place < 8 ? l1Pa : l1Pa + 4) as Pa);
  // The type is in the lower half: 0b0001 is a contiguous descriptor, which as nibbles would read as no access and more.
  if (((place < 8 ? word : readU32(memory, ROOT, l1Pa as Pa)) & 0xf) === 0b0001) return -1;
  const gpi = (word >>> ((place & 7) * 4)) & 0xf;
  quick.l1Pa = l1Pa;
  quick.place = place;
  return isGpi(gpi) ? gpi : -1;
}

/** Whether an access in this PAS passes in the ordinary case; false asks for the full walk. */
export const quickCheck = (memory: MachineMemory, platform: Platform, pas: Pas, address: Pa): boolean => {
  const gpi = quickGpi(memory, platform.gpt, address);
  return gpi === Gpi.Any || gpi === 8 + pas;
};

/** GPI of an address; 0 (no access) where the table cannot be walked. Above PPS only Non-secure accesses pass. */
export function gpiOf(memory: MachineMemory, platform: Platform, address: Pa): number {
  const gpi = quickGpi(memory, platform.gpt, address);
  if (gpi >= 0) return gpi;
  const walk = walkGpt(memory, platform, address);
  return walk.kind === 'above-pps' ? Gpi.NonSecure : walk.gpi;
}

/**
 * Moves a granule to another PAS: reads its level 1 descriptor, changes its GPI, writes it back, tells
 * `memory.onGpiChanged` (event and translation caches). Returns the GPI before.
 * @throws Problem `gpt-no-entry` outside the ranges that have level 1 tables
 */
export function setGpi(memory: MachineMemory, platform: Platform, granule: Granule, gpi: Gpi): number {
  const address = pa(granule * GRANULE_SIZE);
  const before = quickGpi(memory, platform.gpt, address);
  if (before >= 0) {
    if (before === gpi) return gpi;
    writeNibble(memory, quick.l1Pa, quick.place, gpi);
    memory.onGpiChanged(granule, before, gpi);
    return before;
  }
  const walk = walkGpt(memory, platform, address);
  if (walk.level === 0 || walk.fault !== undefined) throw outsideGpt(address);
  if (walk.gpi === gpi) return gpi;
  if (walk.kind === 'contiguous') splitContiguous(memory, platform, walk);
  setNibble(memory, platform.gpt, address, gpi);
  memory.onGpiChanged(granule, walk.gpi, gpi);
  return walk.gpi;
}

/** Rewrites a contiguous range as granules descriptors with the same GPI. */
function splitContiguous(memory: MachineMemory, platform: Platform, walk: GptWalk): void {
  for (let at: number = walk.base; at < walk.base + walk.size; at += GPIS * GRANULE_SIZE) {
    const entry = l1EntryOf(platform.gpt, at);
    if (entry !== undefined) writeU64(memory, ROOT, entry, uniform(walk.gpi));
  }
}
