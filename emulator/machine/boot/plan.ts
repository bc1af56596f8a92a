/** From the user's files to what is written where: checks everything before a machine is made. */
import { alignDown, type Pa, pa } from '../../address';
import { readElf } from '../../host/image/elf';
import { Gpi } from '../../memory/gpi';
import type { Platform } from '../platform';
import type { BootPlan, HostFile, HostImageConfig, LoadedRange, Poke } from './config';
import { deviceTree } from './device-tree';
import {
  entryOutside,
  hostImageEmpty,
  loadMisplaced,
  loadNeedsAddress,
  loadsOverlap,
  pokeOutside,
  resetLimitBad,
} from './problems';

/** Where the boot chain leaves a device tree (platform facts, section 5). */
export const DEVICE_TREE_BASE = 0x8200_0000;
const DEFAULT_RESET_LIMIT = 1000;
const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const FDT_MAGIC = [0xd0, 0x0d, 0xfe, 0xed];

interface Loaded {
  readonly ranges: readonly LoadedRange[];
  readonly entry: number;
}

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

/** The segments of an ELF file, moved so that the lowest is at `address` where one is given. */
function loadElf(file: HostFile): Loaded {
  const image = readElf(file.bytes, file.name);
  const lowest = image.segments.reduce(
    (least, { physicalAddress }) => (physicalAddress < least ? physicalAddress : least),
    image.segments[0]?.physicalAddress ?? 0n,
  );
  const moved = file.address === undefined ? 0n : BigInt(file.address) - lowest;
  const ranges = image.segments
    .filter(({ bytes }) => bytes.length > 0)
    .map(({ physicalAddress, bytes }): LoadedRange => {
      return { name: file.name, base: pa(Number(physicalAddress + moved)), bytes };
    });
  const home = image.segments.find(
    ({ virtualAddress, memorySize }) =>
      image.entry >= virtualAddress && image.entry < virtualAddress + BigInt(memorySize),
  );
  const offset = home === undefined ? 0n : home.physicalAddress - home.virtualAddress;
  return { ranges, entry: Number(image.entry + offset + moved) };
}

function load(file: HostFile, defaultAddress: number | undefined): Loaded {
  if (file.bytes.length === 0) throw hostImageEmpty(file.name);
  if (startsWith(file.bytes, ELF_MAGIC)) return loadElf(file);
  const base = file.address ?? defaultAddress;
  if (base === undefined) throw loadNeedsAddress(file.name);
  return { ranges: [{ name: file.name, base: pa(base), bytes: file.bytes }], entry: base };
}

/** Why a range is not Non-secure memory; undefined when it is. */
function misplacement(platform: Platform, base: number, size: number): string | undefined {
  const region = platform.ram.find((one) => base >= one.base && base < one.base + one.size);
  if (region === undefined) return `there is no memory at 0x${base.toString(16)}`;
  if (base + size > region.base + region.size) return `${region.name} ends before`;
  const taken = platform.initialGpi.find(
    ({ base: from, size: bytes, gpi }) =>
      gpi !== Gpi.NonSecure && gpi !== Gpi.Any && base < from + bytes && from < base + size,
  );
  return taken === undefined ? undefined : `${taken.name} is there`;
}

const isNonSecureRam = (platform: Platform, base: number, size: number): boolean =>
  misplacement(platform, base, size) === undefined;

/** Whether EL3 lets Non-secure software start a PE at this PA (PSCI: INVALID_ADDRESS otherwise). */
export const isEntryPoint = (platform: Platform, address: number): boolean =>
  address % 4 === 0 && isNonSecureRam(platform, address, 4);

const overlap = (a: LoadedRange, b: LoadedRange): boolean =>
  a.base < b.base + b.bytes.length && b.base < a.base + a.bytes.length;

function check(platform: Platform, ranges: readonly LoadedRange[]): void {
  ranges.forEach((range, index) => {
    const place = misplacement(platform, range.base, range.bytes.length);
    if (place !== undefined) throw loadMisplaced(range.name, range.base, range.bytes.length, place);
    const other = ranges.slice(0, index).find((earlier) => overlap(earlier, range));
    if (other !== undefined) throw loadsOverlap(range.name, other.name, Math.max(range.base, other.base));
  });
}

/** Writes a poke into the range that it lies in; false when it lies in none. */
function pokeRange(ranges: readonly LoadedRange[], { address, value, size }: Poke): boolean {
  const home = ranges.find(({ base, bytes }) => address >= base && address + size <= base + bytes.length);
  if (home === undefined) return false;
  for (let byte = 0; byte < size; byte++) {
    home.bytes[address - home.base + byte] = Number((value >> BigInt(8 * byte)) & 0xffn);
  }
  return true;
}

/** Our own tree, or the user's if one of the files put there is one; 0 when something else is there. */
function placeDeviceTree(platform: Platform, ranges: readonly LoadedRange[]): { at: number; tree?: LoadedRange } {
  const theirs = ranges.find(({ base }) => base === DEVICE_TREE_BASE);
  if (theirs !== undefined && startsWith(theirs.bytes, FDT_MAGIC)) return { at: DEVICE_TREE_BASE };
  const tree = { name: 'device tree', base: pa(DEVICE_TREE_BASE), bytes: deviceTree(platform) };
  if (!isNonSecureRam(platform, tree.base, tree.bytes.length)) return { at: 0 };
  return ranges.some((range) => overlap(range, tree)) ? { at: 0 } : { at: DEVICE_TREE_BASE, tree };
}

/**
 * What a Host image comes to on this platform.
 * @throws Problem of `problems.ts` and of the ELF reader (`host/image/problems.ts`)
 */
export function planBoot(platform: Platform, config: HostImageConfig): BootPlan {
  const image = load(config.image, platform.payloadBase);
  const others = (config.loads ?? []).flatMap((file) => load(file, undefined).ranges);
  const ranges = [...image.ranges, ...others].map((range) => ({ ...range, bytes: range.bytes.slice() }));
  check(platform, ranges);
  const entry = config.entry ?? image.entry;
  if (!isEntryPoint(platform, entry)) throw entryOutside(entry, entry % 4 !== 0);
  const resetLimit = config.resetLimit ?? DEFAULT_RESET_LIMIT;
  if (!Number.isSafeInteger(resetLimit) || resetLimit < 0) throw resetLimitBad(resetLimit);
  for (const { address, size } of config.pokes ?? []) {
    if (address % size !== 0 || !isNonSecureRam(platform, alignDown(address as Pa, size), size)) {
      throw pokeOutside(address, size);
    }
  }
  const pokes = (config.pokes ?? []).filter((poke) => !pokeRange(ranges, poke));
  const { at, tree } = placeDeviceTree(platform, ranges);
  return {
    ranges: tree === undefined ? ranges : [...ranges, tree],
    entry: pa(entry),
    deviceTree: at,
    pokes,
    resetLimit,
  };
}
