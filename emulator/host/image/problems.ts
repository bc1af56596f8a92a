/** Every reason for which an ELF file is refused. */
import { Problem } from '../../../attestation/problem';

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

const refuse = (code: string, name: string, what: string, fix: string): Problem =>
  new Problem({ code, where: name, what, fix, blame: 'usage' });

const REBUILD =
  'Build the guest as a statically linked 64-bit little-endian AArch64 executable, e.g. with --target=aarch64-none-elf -static.';

export const elfEmpty = (name: string) => refuse('elf-empty', name, 'the file is empty.', 'Build it again.');

export const elfNotElf = (name: string, first: string) =>
  refuse(
    'elf-not-elf',
    name,
    `this is no ELF file: it starts with ${first}.`,
    'Give the path of the linked guest executable.',
  );

export const elfTruncated = (name: string, what: string, need: number, have: number) =>
  refuse(
    'elf-truncated',
    name,
    `the file is truncated: ${what} needs ${need} bytes, the file has ${have}.`,
    'Copy or build it again.',
  );

export const elfNot64 = (name: string, elfClass: number) =>
  refuse(
    'elf-not-64-bit',
    name,
    elfClass === 1 ? 'this is a 32-bit ELF file.' : `the ELF class is ${elfClass}, not 2 (64-bit).`,
    REBUILD,
  );

export const elfNotLittleEndian = (name: string, encoding: number) =>
  refuse(
    'elf-not-little-endian',
    name,
    encoding === 2 ? 'this is a big-endian ELF file.' : `the ELF data encoding is ${encoding}, not 1 (little-endian).`,
    REBUILD,
  );

const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC64',
  40: 'Arm (AArch32)',
  62: 'x86-64',
  243: 'RISC-V',
};

export const elfNotAArch64 = (name: string, machine: number) =>
  refuse(
    'elf-not-aarch64',
    name,
    `this ELF file is for ${MACHINES[machine] ?? `machine ${machine}`}, not for AArch64.`,
    REBUILD,
  );

const TYPES: Readonly<Record<number, string>> = {
  0: 'of no type',
  1: 'an object file (not linked)',
  3: 'a shared library',
  4: 'a core dump',
};

export const elfNotExecutable = (name: string, type: number) =>
  refuse(
    'elf-not-executable',
    name,
    `this ELF file is ${TYPES[type] ?? `of type ${hex(type)}`}, not an executable.`,
    REBUILD,
  );

export const elfNeedsLoader = (name: string) =>
  refuse(
    'elf-needs-loader',
    name,
    'the program is dynamically linked and asks for an interpreter (PT_INTERP).',
    REBUILD,
  );

export const elfBadHeader = (name: string, what: string) =>
  refuse('elf-bad-header', name, `the ELF header is damaged: ${what}.`, 'Copy or build it again.');

export const elfOutOfFile = (name: string, what: string, offset: bigint, size: bigint, have: number) =>
  refuse(
    'elf-out-of-file',
    name,
    `${what} is at offset ${hex(offset)} with ${hex(size)} bytes, outside the file of ${hex(have)} bytes.`,
    'Copy or build it again.',
  );

export const elfNoSegments = (name: string) =>
  refuse('elf-no-segments', name, 'there is nothing to load: the file has no PT_LOAD segment.', REBUILD);

export const elfBadSegment = (name: string, index: number, what: string) =>
  refuse('elf-bad-segment', name, `segment ${index} ${what}.`, 'Check the linker script.');

export const elfHugeSegment = (name: string, index: number, size: bigint, limit: number) =>
  refuse(
    'elf-huge-segment',
    name,
    `segment ${index} brings the image to ${hex(size)} bytes in memory, more than the limit of ${hex(limit)}.`,
    'Make .bss smaller or check the linker script.',
  );

export const elfOverlap = (name: string, a: number, b: number, address: bigint) =>
  refuse(
    'elf-overlapping-segments',
    name,
    `segments ${a} and ${b} overlap at ${hex(address)}.`,
    'Check the linker script.',
  );

export const elfEntryOutside = (name: string, entry: bigint) =>
  refuse(
    'elf-entry-outside',
    name,
    `the entry point ${hex(entry)} is not in an executable segment.`,
    'Give the start symbol to the linker with ENTRY(_start) or -e _start.',
  );

export const elfEntryMisaligned = (name: string, entry: bigint) =>
  refuse(
    'elf-entry-misaligned',
    name,
    `the entry point ${hex(entry)} is not a multiple of 4.`,
    'Align the start symbol.',
  );
