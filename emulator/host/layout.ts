/**
 * Where the built-in VMM puts everything. Follows from the configuration and the platform alone, so that addresses are the
 * same in every run and can be documented (docs/host.md).
 */
import { padBytes, utf8 } from '../../attestation/bytes';
import type { HashAlgorithm } from '../../attestation/hash';
import type { Platform } from '../machine/platform';
import { checkConfig } from './check';
import { DEFAULT_CHALLENGE, type HostBehaviour, type HostConfig, type HostRealmConfig } from './config';
import type { ElfSegment } from './image/image';
import { pagesOf } from './image/pages';
import { hostChallenge, hostImageOutside, hostMemoryTooLarge, hostNoRealm } from './problems';
import { down, entrySize, runsOf, shapeAt, startOf, tableSize, up } from './shape';

/** Where the Host keeps its own pages, and what it gives to Realms. */
export interface HostPlaces {
  /** Symbolic address of the Host's program: plan line n "runs" at code + 4 n. Native, so nothing is stored there. */
  readonly code: number;
  /** Non-secure page for RmiRealmParams and RmiRecParams. */
  readonly params: number;
  /** Non-secure page an image page is copied to before RMI_DATA_CREATE. */
  readonly source: number;
  /** RmiRecRun pages: one for each REC, a multiple of 16 for each Realm. */
  readonly runPages: number;
  /** Where memory shared with all Realms goes, and how much fits. */
  readonly shared: number;
  readonly sharedSize: number;
  /** Granules given to Realms, first one first, up to `end`. */
  readonly pool: number;
  readonly end: number;
  /** A second bank of memory, for what does not fit in front of `end`; empty when there is none. */
  readonly bank: number;
  readonly bankEnd: number;
}

/** Of a platform with the first bank of DRAM to itself; on one with less, see `placesOn`. */
const USUAL_BASE = 0x8800_0000;
const USUAL_SHARED = 0x8c00_0000;
const USUAL_POOL = 0x9000_0000;
/** From the Host's own pages to the pool where memory is short: room for the RmiRecRun pages of 14 Realms. */
const SHORT_POOL_OFFSET = 0x10_0000;

const placesAt = (base: number, shared: number, pool: number, end: number): HostPlaces => ({
  code: base,
  params: base + 0x1_0000,
  source: base + 0x1_1000,
  runPages: base + 0x2_0000,
  shared,
  sharedSize: pool - shared,
  pool,
  end,
  bank: end,
  bankEnd: end,
});

/** The usual places, with no end: enough where only what the Realm sees matters. */
const USUAL_PLACES = placesAt(USUAL_BASE, USUAL_SHARED, USUAL_POOL, Number.POSITIVE_INFINITY);

/** The places on a platform: the usual ones where its first range that can be delegated has them, else from its base. */
export function placesOn({ delegable }: Pick<Platform, 'delegable'>): HostPlaces {
  const home = delegable.find(({ base, size }) => base <= USUAL_BASE && USUAL_POOL < base + size);
  const second = delegable.find((range) => range !== home && range !== delegable[0]);
  const bank = second === undefined ? {} : { bank: second.base, bankEnd: second.base + second.size };
  if (home !== undefined) {
    return { ...placesAt(USUAL_BASE, USUAL_SHARED, USUAL_POOL, home.base + home.size), ...bank };
  }
  const first = delegable[0];
  const base = first?.base ?? 0;
  const pool = base + SHORT_POOL_OFFSET;
  return { ...placesAt(base, pool, pool, base + (first?.size ?? 0)), ...bank };
}

/** The fixed granules of each Realm begin at a multiple of this. */
const POOL_ALIGN = 0x8_0000;

export const PAGE = 0x1000;
/** What a level 2 RTT entry covers; also the grain of a Realm's RAM. */
export const BLOCK = 0x20_0000;
const PAGES_OF_BLOCK = BLOCK / PAGE;
/** RMM 1.0: MAX_REC_AUX_GRANULES. */
const MAX_AUX = 16;
const DEFAULT_MEMORY = 0x100_0000;
/** Most RAM of a Realm, 256 GiB: the RIPAS of each 2 MiB of it is set and measured at every start. */
const MAX_MEMORY = 0x40_0000_0000;
const DEFAULT_IPA_WIDTH = 33;
/** RmiRecRun pages are set aside in groups of this many. */
const RUN_GROUP = 16;
/** Shared memory begins so far into the Unprotected half, clear of the emulated devices. */
const SHARED_OFFSET = 0x4000_0000;

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

/** Host memory in a Realm's Unprotected half. */
export interface SharedPlace {
  readonly ipa: number;
  readonly pa: number;
  readonly size: number;
  /** Of the entries that map it. */
  readonly level: number;
}

export interface RealmLayout {
  readonly name: string;
  readonly ipaWidth: number;
  readonly lpa2: boolean;
  readonly pmuCounters: number | undefined;
  /** Numbers, less one, as in RmiRealmParams. */
  readonly numBps: number;
  readonly numWps: number;
  readonly algorithm: HashAlgorithm;
  /** 64 bytes. */
  readonly rpv: Uint8Array;
  readonly measured: boolean;
  readonly vmid: number;
  /** Named in the parameters where the configuration does (RMM 1.1). */
  readonly mecid: number | undefined;
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
  /** Tables for shared memory. */
  readonly sharedTables: readonly TablePlace[];
  readonly shared: SharedPlace | undefined;
  /** Tables that can be folded once the image is there: all entries alike, or consecutive pages of one block. */
  readonly foldable: readonly TablePlace[];
  readonly fold: boolean;
  readonly behaviour: readonly HostBehaviour[];
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

const blocksOf = (pages: readonly number[], size: number): number[] =>
  [...new Set(pages.map((page) => down(page, size)))].sort((a, b) => a - b);

/** The entry point as an IPA: e_entry is a virtual address of some segment. */
function entryIpa(config: HostRealmConfig): number {
  const { entry, segments } = config.image;
  const home = segments.find(
    ({ virtualAddress, memorySize }) => entry >= virtualAddress && entry < virtualAddress + BigInt(memorySize),
  );
  return Number(home === undefined ? entry : entry - home.virtualAddress + home.physicalAddress);
}

/** Hands out granules, one after another. */
function allocator(from: number) {
  let next = from;
  return {
    take: (count = 1, align = PAGE): number => {
      const at = up(next, align);
      next = at + count * PAGE;
      return at;
    },
    next: () => next,
  };
}

/** The tables between the starting level and `level`, for the runs of memory given, higher levels first. */
const tablesOver = (
  start: number,
  level: number,
  ranges: readonly { readonly base: number; readonly size: number }[],
  take: () => number,
): TablePlace[] =>
  [0, 1, 2, 3]
    .filter((each) => each > start && each <= level)
    .flatMap((each) => {
      const runs = new Set(ranges.flatMap(({ base, size }) => runsOf(base, base + size, tableSize(each))));
      return [...runs].sort((a, b) => a - b).map((ipa) => ({ level: each, ipa, pa: take() }));
    });

/** Where image pages go: consecutive granules, but whole blocks of them block-aligned when they are to be folded. */
function placer(blocks: ReadonlySet<number>, take: (count?: number, align?: number) => number) {
  const bases = new Map<number, number>();
  return (ipa: number): PagePlace => {
    const block = down(ipa, BLOCK);
    if (!blocks.has(block)) return { ipa, pa: take() };
    const base = bases.get(block) ?? take(PAGES_OF_BLOCK, BLOCK);
    bases.set(block, base);
    return { ipa, pa: base + (ipa - block) };
  };
}

/** The blocks of which every page is in the list. */
function wholeBlocks(pages: readonly number[]): Set<number> {
  const counts = new Map<number, number>();
  for (const page of pages) counts.set(down(page, BLOCK), (counts.get(down(page, BLOCK)) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count === PAGES_OF_BLOCK).map(([block]) => block));
}

/** What a Realm wants of shared memory, without where the Host has it. */
export function sharedLevelOf(size: number): number {
  return [1, 2].find((level) => size % entrySize(level) === 0) ?? 3;
}

function layOutRealm(
  config: HostRealmConfig,
  index: number,
  poolBase: number,
  runPages: number,
  sharedBase: number,
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
  const lpa2 = config.lpa2 ?? ipaWidth > 48;
  const start = shapeAt(ipaWidth, config.levelStart ?? startOf(ipaWidth, lpa2).level, lpa2) ?? startOf(ipaWidth, lpa2);
  const { take, next } = allocator(poolBase);
  const rd = take();
  const rttBase = take(start.count, start.count * PAGE);
  const upperTables = tablesOver(start.level, 2, [{ base: ramBase, size: ramTop - ramBase }], take);
  const blocks = blocksOf([...filePages, ...zeroPages], BLOCK);
  const leafTables = blocks.map((ipa) => ({ level: 3, ipa, pa: take() }));
  const recs = Array.from({ length: config.recs ?? 1 }, (_, rec) => ({
    pa: take(),
    aux: take(MAX_AUX),
    run: runPages + rec * PAGE,
  }));
  const whole = config.fold === true ? wholeBlocks([...filePages, ...zeroPages]) : new Set<number>();
  const place = placer(whole, take);
  const shared = sharedPlace(config, protectedTop + SHARED_OFFSET, sharedBase);
  const sharedTables =
    shared === undefined ? [] : tablesOver(start.level, shared.level, [{ base: shared.ipa, size: shared.size }], take);
  const realm: RealmLayout = {
    name,
    ipaWidth,
    lpa2,
    pmuCounters: config.pmuCounters,
    numBps: (config.breakpoints ?? 2) - 1,
    numWps: (config.watchpoints ?? 2) - 1,
    algorithm: config.hashAlgorithm ?? 'sha-256',
    rpv: padBytes(config.rpv ?? utf8(name).subarray(0, 64), 64),
    measured: config.measured ?? true,
    vmid: index + 1,
    mecid: config.mecid,
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
    sharedTables,
    shared,
    foldable: config.fold === true ? foldableTables(upperTables, leafTables, whole, ramBase, ramTop) : [],
    fold: config.fold ?? false,
    behaviour: config.behaviour ?? [],
  };
  return { realm, end: next() };
}

/** Level 3 tables of whole blocks, and level 2 tables of RAM where nothing of the image is: those keep one entry. */
const foldableTables = (
  upper: readonly TablePlace[],
  leaf: readonly TablePlace[],
  whole: ReadonlySet<number>,
  ramBase: number,
  ramTop: number,
): TablePlace[] => [
  ...leaf.filter(({ ipa }) => whole.has(ipa)),
  ...upper.filter(
    ({ level, ipa }) =>
      level === 2 &&
      ipa >= ramBase &&
      ipa + tableSize(2) <= ramTop &&
      !leaf.some((table) => down(table.ipa, tableSize(2)) === ipa),
  ),
];

function sharedPlace(config: HostRealmConfig, ipa: number, pa: number): SharedPlace | undefined {
  const size = config.sharedMemory ?? 0;
  return size === 0 ? undefined : { ipa, pa, size, level: config.sharedLevel ?? sharedLevelOf(size) };
}

/** Where shared memory goes, and where the pool begins then. All Realms share one window, aligned for the largest. */
function placeShared(realms: readonly HostRealmConfig[], places: HostPlaces): { base: number; pool: number } {
  const size = Math.max(0, ...realms.map(({ sharedMemory = 0 }) => sharedMemory));
  if (size <= places.sharedSize) return { base: places.shared, pool: places.pool };
  const align = entrySize(sharedLevelOf(size));
  if (up(places.bank, align) + size <= places.bankEnd) return { base: up(places.bank, align), pool: places.pool };
  const base = up(places.pool, align);
  return { base, pool: base + size };
}

/** Places every Realm of a configuration. Throws a Problem when one cannot be. */
export function layOut(config: HostConfig, places: HostPlaces = USUAL_PLACES): HostLayout {
  if (config.realms.length === 0) throw hostNoRealm();
  const challenge = config.challenge ?? DEFAULT_CHALLENGE;
  if (challenge.length === 0 || challenge.length > 64) throw hostChallenge(challenge.length);
  const realms: RealmLayout[] = [];
  const shared = placeShared(config.realms, places);
  let run = places.runPages;
  const runPages = config.realms.map(({ recs = 1 }) => {
    const first = run;
    run += up(recs, RUN_GROUP) * PAGE;
    return first;
  });
  let base = up(Math.max(shared.pool, run), POOL_ALIGN);
  for (const [index, each] of config.realms.entries()) {
    const { realm, end } = layOutRealm(each, index, base, runPages[index] ?? run, shared.base);
    realms.push(realm);
    base = up(end, POOL_ALIGN);
  }
  return { places, realms, challenge: padBytes(challenge, 64), demandBase: base };
}
