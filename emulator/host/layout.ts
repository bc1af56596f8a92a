/**
 * Where the built-in VMM puts everything. Follows from the configuration alone, so that addresses are the same in every
 * run and can be documented (docs/host.md).
 */
import { padBytes, utf8 } from '../../attestation/bytes';
import type { HashAlgorithm } from '../../attestation/hash';
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

/** Symbolic address of the Host's program: plan line n "runs" at HOST_CODE + 4 n. Native, so nothing is stored there. */
export const HOST_CODE = 0x8800_0000;
/** Non-secure page for RmiRealmParams and RmiRecParams. */
export const PARAMS_PAGE = 0x8801_0000;
/** Non-secure page an image page is copied to before RMI_DATA_CREATE. */
export const SOURCE_PAGE = 0x8801_1000;
/** RmiRecRun pages: one for each REC, 16 for each Realm. */
export const RUN_PAGES = 0x8802_0000;
/** Granules given to Realms, first one first. */
export const POOL_BASE = 0x9000_0000;
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
  readonly realms: readonly RealmLayout[];
  /** 64 bytes. */
  readonly challenge: Uint8Array;
  /** First granule that no Realm's fixed part uses: memory on demand comes from here. */
  readonly demandBase: number;
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

function layOutRealm(config: HostRealmConfig, index: number, poolBase: number): { realm: RealmLayout; end: number } {
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
    run: RUN_PAGES + (index * MAX_RECS + rec) * PAGE,
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
export function layOut(config: HostConfig): HostLayout {
  if (config.realms.length === 0) throw hostNoRealm();
  const challenge = config.challenge ?? DEFAULT_CHALLENGE;
  if (challenge.length === 0 || challenge.length > 64) throw hostChallenge(challenge.length);
  const realms: RealmLayout[] = [];
  let base = POOL_BASE;
  for (const [index, each] of config.realms.entries()) {
    const { realm, end } = layOutRealm(each, index, base);
    realms.push(realm);
    base = up(end, POOL_ALIGN);
  }
  return { realms, challenge: padBytes(challenge, 64), demandBase: base };
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
