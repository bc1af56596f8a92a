/**
 * Reads an AArch64 ELF executable. The file is the user's and may be damaged or hostile: every offset is checked against
 * the file before use, nothing is copied, and time and memory are bounded by the file's size.
 */
import type { ElfImage, ElfSection, ElfSegment } from './image';
import {
  elfBadHeader,
  elfBadSegment,
  elfEmpty,
  elfEntryMisaligned,
  elfEntryOutside,
  elfHugeSegment,
  elfNeedsLoader,
  elfNoSegments,
  elfNot64,
  elfNotAArch64,
  elfNotElf,
  elfNotExecutable,
  elfNotLittleEndian,
  elfOutOfFile,
  elfOverlap,
  elfTruncated,
} from './problems';
import { stringAt } from './strings';
import { readSymbols } from './symbols';

export type { ElfImage, ElfMapping, ElfSection, ElfSegment, ElfSymbol } from './image';

/** Most bytes an image may take in memory, all segments together. */
export const MAX_IMAGE_MEMORY = 0x4000_0000;
const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SECTION_HEADER_SIZE = 64;
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_AARCH64 = 183;
const PT_LOAD = 1;
const PT_INTERP = 3;
const SHT_NOBITS = 8;
const SHF_WRITE = 1n;
const SHF_ALLOC = 2n;
const SHF_EXECINSTR = 4n;
const SHF_COMPRESSED = 0x800n;
/** Load addresses have at most 52 bits, as IPAs and PAs do. */
const LOAD_LIMIT = 1n << 52n;
const VIRTUAL_LIMIT = 1n << 64n;

/** One file being read. */
interface Source {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * Reads `bytes` as an AArch64 executable; `name` stands in messages.
 * @throws Problem, one of `problems.ts`, when the file cannot be loaded as it says.
 */
export function readElf(bytes: Uint8Array, name: string): ElfImage {
  const source = { name, bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  const type = checkIdentity(source);
  const entry = source.view.getBigUint64(24, true);
  const segments = readSegments(source, type);
  checkOverlap(source, segments);
  checkEntry(source, segments, entry);
  const sections = readSections(source);
  const { symbols, mappings } = readSymbols(sections);
  return { name, entry, segments, sections, symbols, mappings, bytes };
}

/** The section called `name`, when the file has one with content. */
export const elfSection = (image: ElfImage, name: string): ElfSection | undefined =>
  image.sections.find((section) => section.name === name && section.bytes.length > 0);

function checkIdentity({ name, bytes, view }: Source): number {
  if (bytes.length === 0) throw elfEmpty(name);
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (!magic.every((byte, i) => i >= bytes.length || bytes[i] === byte)) {
    throw elfNotElf(name, [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '));
  }
  if (bytes.length < 20) throw elfTruncated(name, 'the ELF header', HEADER_SIZE, bytes.length);
  if (bytes[4] !== 2) throw elfNot64(name, bytes[4]!);
  if (bytes[5] !== 1) throw elfNotLittleEndian(name, bytes[5]!);
  const machine = view.getUint16(18, true);
  if (machine !== EM_AARCH64) throw elfNotAArch64(name, machine);
  if (bytes.length < HEADER_SIZE) throw elfTruncated(name, 'the ELF header', HEADER_SIZE, bytes.length);
  const type = view.getUint16(16, true);
  if (type !== ET_EXEC && type !== ET_DYN) throw elfNotExecutable(name, type);
  return type;
}

/** Checks that a table of `count` entries lies in the file, and gives the offset of each entry. */
function tableOffsets(source: Source, what: string, offset: bigint, entrySize: number, count: number): number[] {
  const size = BigInt(entrySize) * BigInt(count);
  if (offset + size > BigInt(source.bytes.length))
    throw elfOutOfFile(source.name, what, offset, size, source.bytes.length);
  return Array.from({ length: count }, (_, i) => Number(offset) + i * entrySize);
}

function readSegments(source: Source, type: number): ElfSegment[] {
  const { name, view, bytes } = source;
  const count = view.getUint16(56, true);
  if (count === 0) throw elfNoSegments(name);
  const entrySize = view.getUint16(54, true);
  if (entrySize !== PROGRAM_HEADER_SIZE)
    throw elfBadHeader(name, `a program header of ${entrySize} bytes instead of ${PROGRAM_HEADER_SIZE}`);
  const segments: ElfSegment[] = [];
  let total = 0n;
  const offsets = tableOffsets(source, 'the program header table', view.getBigUint64(32, true), entrySize, count);
  for (const [index, at] of offsets.entries()) {
    const kind = view.getUint32(at, true);
    if (kind === PT_INTERP) throw type === ET_DYN ? elfNotExecutable(name, type) : elfNeedsLoader(name);
    if (kind !== PT_LOAD) continue;
    const flags = view.getUint32(at + 4, true);
    const [offset, virtualAddress, physicalAddress, fileSize, memorySize] = [8, 16, 24, 32, 40].map((field) =>
      view.getBigUint64(at + field, true),
    ) as [bigint, bigint, bigint, bigint, bigint];
    if (memorySize === 0n && fileSize === 0n) continue;
    if (offset + fileSize > BigInt(bytes.length))
      throw elfOutOfFile(name, `segment ${index}`, offset, fileSize, bytes.length);
    if (fileSize > memorySize)
      throw elfBadSegment(name, index, `has more bytes in the file (${fileSize}) than in memory (${memorySize})`);
    total += memorySize;
    if (total > BigInt(MAX_IMAGE_MEMORY)) throw elfHugeSegment(name, index, total, MAX_IMAGE_MEMORY);
    if (physicalAddress + memorySize > LOAD_LIMIT)
      throw elfBadSegment(
        name,
        index,
        `ends above the 52-bit address space (load address 0x${physicalAddress.toString(16)})`,
      );
    if (virtualAddress + memorySize > VIRTUAL_LIMIT)
      throw elfBadSegment(name, index, 'ends above the 64-bit address space');
    segments.push({
      index,
      virtualAddress,
      physicalAddress,
      bytes: bytes.subarray(Number(offset), Number(offset + fileSize)),
      memorySize: Number(memorySize),
      readable: (flags & 4) !== 0,
      writable: (flags & 2) !== 0,
      executable: (flags & 1) !== 0,
    });
  }
  if (segments.length === 0) throw elfNoSegments(name);
  return segments;
}

function checkOverlap(source: Source, segments: readonly ElfSegment[]): void {
  for (const key of ['physicalAddress', 'virtualAddress'] as const) {
    const sorted = [...segments].sort((a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : a.index - b.index));
    for (const [i, next] of sorted.entries()) {
      const previous = sorted[i - 1];
      if (previous && previous[key] + BigInt(previous.memorySize) > next[key])
        throw elfOverlap(source.name, previous.index, next.index, next[key]);
    }
  }
}

function checkEntry(source: Source, segments: readonly ElfSegment[], entry: bigint): void {
  const home = segments.find(
    (segment) =>
      segment.executable &&
      entry >= segment.virtualAddress &&
      entry < segment.virtualAddress + BigInt(segment.memorySize),
  );
  if (home === undefined) throw elfEntryOutside(source.name, entry);
  if (entry % 4n !== 0n) throw elfEntryMisaligned(source.name, entry);
}

function readSections(source: Source): ElfSection[] {
  const { name, view, bytes } = source;
  const tableOffset = view.getBigUint64(40, true);
  const count = view.getUint16(60, true);
  if (tableOffset === 0n || count === 0) return [];
  const entrySize = view.getUint16(58, true);
  if (entrySize !== SECTION_HEADER_SIZE)
    throw elfBadHeader(name, `a section header of ${entrySize} bytes instead of ${SECTION_HEADER_SIZE}`);
  const raw = tableOffsets(source, 'the section header table', tableOffset, entrySize, count).map((at, index) => {
    const type = view.getUint32(at + 4, true);
    const flags = view.getBigUint64(at + 8, true);
    const offset = view.getBigUint64(at + 24, true);
    const size = view.getBigUint64(at + 32, true);
    const inFile = type !== SHT_NOBITS && type !== 0;
    if (inFile && offset + size > BigInt(bytes.length))
      throw elfOutOfFile(name, `section ${index}`, offset, size, bytes.length);
    return {
      index,
      nameOffset: view.getUint32(at, true),
      type,
      address: view.getBigUint64(at + 16, true),
      size: size > BigInt(Number.MAX_SAFE_INTEGER) ? 0 : Number(size),
      bytes: inFile ? bytes.subarray(Number(offset), Number(offset + size)) : bytes.subarray(0, 0),
      allocated: (flags & SHF_ALLOC) !== 0n,
      writable: (flags & SHF_WRITE) !== 0n,
      executable: (flags & SHF_EXECINSTR) !== 0n,
      compressed: (flags & SHF_COMPRESSED) !== 0n,
      link: view.getUint32(at + 40, true),
    };
  });
  const names = raw[view.getUint16(62, true)]?.bytes ?? bytes.subarray(0, 0);
  return raw.map(({ nameOffset, ...section }) => ({ ...section, name: stringAt(names, nameOffset) }));
}
