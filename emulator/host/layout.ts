/**
 * Where the built-in VMM puts everything. Follows from the configuration and the platform alone, so that addresses are the
 * same in every run and can be documented (docs/host.md).
 */
import { padBytes, utf8 } from '../../attestation/bytes';
import type { HashAlgorithm } from '../../attestation/hash';
import type { Platform } from '../machine/platform';
import { DEFAULT_CHALLENGE, type HostConfig, type HostRealmConfig } from './config';
import type { ElfSegment } from './image/image';
import {
  hostChallenge,
  hostHash,
  hostImageOutside,
  hostIpaWidth,
  hostMemorySize,
  hostMemoryTooLarge,
  hostNoRealm,
  hostRecCount,
  hostRpvTooLong,
} from './problems';

/** Where the Host keeps its own pages, and what it gives to Realms. */
export interface HostPlaces {
  /** Symbolic address of the Host's program: plan line n "runs" at code + 4 n. Native, so nothing is stored there. */
  readonly code: number;
  /** Non-secure page for RmiRealmParams and RmiRecParams. */
  readonly params: number;
  /** Non-secure page an image page is copied to before RMI_DATA_CREATE. */
  readonly source: number;
  /** RmiRecRun pages: one for each REC, 16 for each Realm. */
  readonly runPages: number;
  /** Granules given to Realms, first one first, up to `end`. */
  readonly pool: number;
  readonly end: number;
}

/** Of a platform with the first bank of DRAM to itself; on one with less, see `placesOn`. */
const USUAL_BASE = 0x8800_0000;
const USUAL_POOL = 0x9000_0000;
/** From the Host's own pages to the pool where memory is short: room for the RmiRecRun pages of 14 Realms. */
const SHORT_POOL_OFFSET = 0x10_0000;

const placesAt = (base: number, pool: number, end: number): HostPlaces => ({
  code: base,
  params: base + 0x1_0000,
  source: base + 0x1_1000,
  runPages: base + 0x2_0000,
  pool,
  end,
});

/** The usual places, with no end: enough where only what the Realm sees matters. */
const USUAL_PLACES = placesAt(USUAL_BASE, USUAL_POOL, Number.POSITIVE_INFINITY);

/** The places on a platform: the usual ones where its first range that can be delegated has them, else from its base. */
export function placesOn({ delegable }: Pick<Platform, 'delegable'>): HostPlaces {
  const home = delegable.find(({ base, size }) => base <= USUAL_BASE && USUAL_POOL < base + size);
  if (home !== undefined) return placesAt(USUAL_BASE, USUAL_POOL, home.base + home.size);
  const first = delegable[0];
  const base = first?.base ?? 0;
  return placesAt(base, base + SHORT_POOL_OFFSET, base + (first?.size ?? 0));
}

/** The fixed granules of each Realm begin at a multiple of this. */
const POOL_ALIGN = 0x8_0000;

export const PAGE = 0x1000;
/** What a level 2 RTT entry covers; also the grain of a Realm's RAM. */
export const BLOCK = 0x20_0000;
/** What a level 1 and a level 0 RTT entry cover. */
const LEVEL_1 = 0x4000_0000;
const LEVEL_0 = 0x80_0000_0000;
/** RMM 1.0: MAX_REC_AUX_GRANULES. */
const MAX_AUX = 16;
const DEFAULT_MEMORY = 0x100_0000;
/** Most RAM of a Realm, 256 GiB: the RIPAS of each 2 MiB of it is set and measured at every start. */
const MAX_MEMORY = 0x40_0000_0000;
const DEFAULT_IPA_WIDTH = 33;
const MAX_RECS = 16;

export interface TablePlace {
  readonly level: number;
  /** Base of the range the table covers. */
  readonly ipa: number;
  readonly pa: number;
}

export interface PagePlace {
  readonly ipa: number;
  readonly pa: number;
}

export interface RecPlace {
  readonly pa: number;
  /** First of up to 16 auxiliary granules. */
  readonly aux: number;
  readonly run: number;
}

export interface RealmLayout {
  readonly name: string;
  readonly ipaWidth: number;
  readonly algorithm: HashAlgorithm;
  /** 64 bytes. */
  readonly rpv: Uint8Array;
  readonly measured: boolean;
  readonly vmid: number;
  /** RAM: multiples of 2 MiB. */
  readonly ramBase: number;
  readonly ramTop: number;
  /** Entry point as an IPA. */
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
  readonly rd: number;
  /** Starting-level tables: the first one, how many, and their level. */
  readonly rttBase: number;
  readonly rttCount: number;
  readonly startLevel: number;
  /** Tables above level 3, made before RIPAS is set, so that it is set in 2 MiB entries. */
  readonly upperTables: readonly TablePlace[];
  /** Level 3 tables of the image. */
  readonly leafTables: readonly TablePlace[];
  /** Pages with bytes of the file, and pages of the image without. */
  readonly filePages: readonly PagePlace[];
  readonly zeroPages: readonly PagePlace[];
  readonly recs: readonly RecPlace[];
}

export interface HostLayout {
  readonly places: HostPlaces;
  readonly realms: readonly RealmLayout[];
  /** 64 bytes. */
  readonly challenge: Uint8Array;
  /** First granule that no Realm's fixed part uses: memory on demand comes from here. */
  readonly demandBase: number;
}

/** Where a machine's Host keeps its own pages. */
export function placesOf({ layout }: { readonly layout: HostLayout | undefined }): HostPlaces {
  if (layout === undefined) throw new RangeError('the machine has no Host');
  return layout.places;
}

const down = (value: number, size: number): number => value - (value % size);
const up = (value: number, size: number): number => down(value + size - 1, size);

/**
 * Starting level and number of concatenated tables for an IPA width of 32 to 48 bits (RMM 1.0, RTT starting level
 * rules). Level 1 wherever it is allowed: fewer tables to walk than from level 0, fewer to give than at level 2.
 */
export function startOf(ipaWidth: number): { level: number; count: number } {
  if (ipaWidth > 43) return { level: 0, count: 1 };
  return { level: 1, count: ipaWidth <= 39 ? 1 : 2 ** (ipaWidth - 39) };
}

/** IPAs of the pages that [base, base + size) touches, for every given range, ascending, each once. */
function pagesOf(ranges: readonly { readonly base: number; readonly size: number }[]): number[] {
  const pages = new Set<number>();
  for (const { base, size } of ranges) {
    for (let at = down(base, PAGE); at < base + size; at += PAGE) pages.add(at);
  }
  return [...pages].sort((a, b) => a - b);
}

const blocksOf = (pages: readonly number[], size: number): number[] =>
  [...new Set(pages.map((page) => down(page, size)))].sort((a, b) => a - b);

function checkConfig(config: HostRealmConfig, name: string): void {
  const width = config.ipaWidth ?? DEFAULT_IPA_WIDTH;
  if (!Number.isInteger(width) || width < 32 || width > 48) throw hostIpaWidth(name, width);
  const size = config.memorySize ?? DEFAULT_MEMORY;
  if (!Number.isSafeInteger(size) || size <= 0) throw hostMemorySize(name, size);
  const recs = config.recs ?? 1;
  if (!Number.isInteger(recs) || recs < 1 || recs > MAX_RECS) throw hostRecCount(name, recs);
  if (config.hashAlgorithm === 'sha-384') throw hostHash(name, config.hashAlgorithm);
  if ((config.rpv?.length ?? 0) > 64) throw hostRpvTooLong(name, config.rpv?.length ?? 0);
}

/** The entry point as an IPA: e_entry is a virtual address of some segment. */
function entryIpa(config: HostRealmConfig): number {
  const { entry, segments } = config.image;
  const home = segments.find(
    ({ virtualAddress, memorySize }) => entry >= virtualAddress && entry < virtualAddress + BigInt(memorySize),
  );
  return Number(home === undefined ? entry : entry - home.virtualAddress + home.physicalAddress);
}

function layOutRealm(
  config: HostRealmConfig,
  index: number,
  poolBase: number,
  runPages: number,
): { realm: RealmLayout; end: number } {
  const name = config.name ?? `realm${index}`;
  checkConfig(config, name);
  const ipaWidth = config.ipaWidth ?? DEFAULT_IPA_WIDTH;
  const protectedTop = 2 ** (ipaWidth - 1);
  const segments = config.image.segments.filter(({ memorySize }) => memorySize > 0);
  const ranges = segments.map(({ physicalAddress, memorySize }) => ({
    base: Number(physicalAddress),
    size: memorySize,
  }));
  const fileRanges = segments.map(({ physicalAddress, bytes }) => ({
    base: Number(physicalAddress),
    size: bytes.length,
  }));
  const imageBase = Math.min(...ranges.map(({ base }) => base));
  const imageTop = Math.max(...ranges.map(({ base, size }) => base + size));
  const ramBase = down(imageBase, BLOCK);
  const ramTop = up(Math.max(imageTop, ramBase + (config.memorySize ?? DEFAULT_MEMORY)), BLOCK);
  if (ramTop > protectedTop) throw hostImageOutside(name, ramTop, protectedTop);
  if (ramTop - ramBase > MAX_MEMORY) throw hostMemoryTooLarge(name, ramTop - ramBase, MAX_MEMORY);

  const filePages = pagesOf(fileRanges.filter(({ size }) => size > 0));
  const withBytes = new Set(filePages);
  const zeroPages = pagesOf(ranges).filter((page) => !withBytes.has(page));
  const start = startOf(ipaWidth);

  let next = poolBase;
  const take = (count = 1, align = PAGE): number => {
    const at = up(next, align);
    next = at + count * PAGE;
    return at;
  };
  const rd = take();
  const rttBase = take(start.count, start.count * PAGE);
  const tablesFor = (level: number, size: number, from: readonly number[]): TablePlace[] =>
    blocksOf(from, size).map((ipa) => ({ level, ipa, pa: take() }));
  const ramBlocks: number[] = [];
  for (let at = ramBase; at < ramTop; at += BLOCK) ramBlocks.push(at);
  const upperTables = [
    ...(start.level < 1 ? tablesFor(1, LEVEL_0, ramBlocks) : []),
    ...tablesFor(2, LEVEL_1, ramBlocks),
  ];
  const leafTables = tablesFor(3, BLOCK, [...filePages, ...zeroPages]);
  const recs = Array.from({ length: config.recs ?? 1 }, (_, rec) => ({
    pa: take(),
    aux: take(MAX_AUX),
    run: runPages + (index * MAX_RECS + rec) * PAGE,
  }));
  const place = (ipa: number): PagePlace => ({ ipa, pa: take() });
  const realm: RealmLayout = {
    name,
    ipaWidth,
    algorithm: config.hashAlgorithm ?? 'sha-256',
    rpv: padBytes(config.rpv ?? utf8(name).subarray(0, 64), 64),
    measured: config.measured ?? true,
    vmid: index + 1,
    ramBase,
    ramTop,
    entry: entryIpa(config),
    segments,
    rd,
    rttBase,
    rttCount: start.count,
    startLevel: start.level,
    upperTables,
    leafTables,
    recs,
    filePages: filePages.map(place),
    zeroPages: zeroPages.map(place),
  };
  return { realm, end: next };
}

/** Places every Realm of a configuration. Throws a Problem when one cannot be. */
export function layOut(config: HostConfig, places: HostPlaces = USUAL_PLACES): HostLayout {
  if (config.realms.length === 0) throw hostNoRealm();
  const challenge = config.challenge ?? DEFAULT_CHALLENGE;
  if (challenge.length === 0 || challenge.length > 64) throw hostChallenge(challenge.length);
  const realms: RealmLayout[] = [];
  let base = up(Math.max(places.pool, places.runPages + config.realms.length * MAX_RECS * PAGE), POOL_ALIGN);
  for (const [index, each] of config.realms.entries()) {
    const { realm, end } = layOutRealm(each, index, base, places.runPages);
    realms.push(realm);
    base = up(end, POOL_ALIGN);
  }
  return { places, realms, challenge: padBytes(challenge, 64), demandBase: base };
}

const fileSegments = new WeakMap<RealmLayout, ReadonlyMap<number, readonly ElfSegment[]>>();

/** The segments with bytes of the file in each page: an image may have 2^16 of them. Made once for a layout. */
function segmentsByPage(realm: RealmLayout): ReadonlyMap<number, readonly ElfSegment[]> {
  const known = fileSegments.get(realm);
  if (known !== undefined) return known;
  const pages = new Map<number, ElfSegment[]>();
  for (const segment of realm.segments) {
    for (const page of pagesOf([{ base: Number(segment.physicalAddress), size: segment.bytes.length }])) {
      const there = pages.get(page);
      if (there === undefined) pages.set(page, [segment]);
      else there.push(segment);
    }
  }
  fileSegments.set(realm, pages);
  return pages;
}

/** The 4096 bytes the image has at a page; bytes of no segment are zero. */
export function pageContent(realm: RealmLayout, page: number): Uint8Array {
  const content = new Uint8Array(PAGE);
  for (const { physicalAddress, bytes } of segmentsByPage(realm).get(page) ?? []) {
    const base = Number(physicalAddress);
    const from = Math.max(base, page);
    const to = Math.min(base + bytes.length, page + PAGE);
    if (from < to) content.set(bytes.subarray(from - base, to - base), from - page);
  }
  return content;
}
