import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../attestation/problem';
import { MAX_IMAGE_MEMORY, readElf } from '../../emulator/host/image/elf';

const GUEST = 'test/debug-adapter/guests/clang-dwarf5-O0.elf';
const guest = (): Uint8Array => new Uint8Array(readFileSync(GUEST));
const PROGRAM_HEADER = 64;

/** The guest with some bytes changed. */
function patched(change: (view: DataView) => void): Uint8Array {
  const bytes = guest();
  change(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return bytes;
}

test('reads segments, symbols and mapping symbols of an executable', () => {
  const image = readElf(guest(), GUEST);
  assert.equal(image.entry, 0x8000_0000n);
  assert.deepEqual(
    image.segments.map(({ physicalAddress, executable, writable }) => [physicalAddress, executable, writable]),
    [
      [0x8000_0000n, true, false],
      [0x8000_1000n, false, false],
      [0x8000_2000n, false, true],
    ],
  );
  const data = image.segments[2]!;
  assert.ok(data.memorySize > data.bytes.length, '.bss is memory without bytes in the file');
  const main = image.symbols.find(({ name }) => name === 'main');
  assert.equal(main?.kind, 'function');
  assert.ok(image.mappings.some(({ kind }) => kind === 'code'));
  assert.ok(!image.symbols.some(({ name }) => name.startsWith('$')), 'mapping symbols are no symbols');
});

const REFUSALS: readonly (readonly [code: string, image: () => Uint8Array])[] = [
  ['elf-empty', () => new Uint8Array(0)],
  ['elf-not-elf', () => new TextEncoder().encode('#!/bin/sh\n')],
  ['elf-truncated', () => guest().subarray(0, 10)],
  ['elf-truncated', () => guest().subarray(0, 60)],
  ['elf-out-of-file', () => guest().subarray(0, 100)],
  ['elf-not-64-bit', () => patched((view) => view.setUint8(4, 1))],
  ['elf-not-little-endian', () => patched((view) => view.setUint8(5, 2))],
  ['elf-not-aarch64', () => patched((view) => view.setUint16(18, 62, true))],
  ['elf-not-executable', () => patched((view) => view.setUint16(16, 1, true))],
  ['elf-not-executable', () => patched((view) => view.setUint16(16, 4, true))],
  ['elf-needs-loader', () => patched((view) => view.setUint32(PROGRAM_HEADER, 3, true))],
  ['elf-bad-header', () => patched((view) => view.setUint16(54, 32, true))],
  ['elf-bad-header', () => patched((view) => view.setUint16(58, 32, true))],
  ['elf-no-segments', () => patched((view) => view.setUint16(56, 0, true))],
  ['elf-out-of-file', () => patched((view) => view.setBigUint64(PROGRAM_HEADER + 8, 0xffff_ffff_ffff_0000n, true))],
  ['elf-out-of-file', () => patched((view) => view.setBigUint64(40, 0x7fff_ffff_ffff_fff0n, true))],
  ['elf-bad-segment', () => patched((view) => view.setBigUint64(PROGRAM_HEADER + 40, 8n, true))],
  ['elf-bad-segment', () => patched((view) => view.setBigUint64(PROGRAM_HEADER + 24, 1n << 60n, true))],
  ['elf-bad-segment', () => patched((view) => view.setBigUint64(PROGRAM_HEADER + 16, 0xffff_ffff_ffff_ff00n, true))],
  [
    'elf-huge-segment',
    () => patched((view) => view.setBigUint64(PROGRAM_HEADER + 40, BigInt(MAX_IMAGE_MEMORY) + 1n, true)),
  ],
  ['elf-overlapping-segments', () => patched((view) => view.setBigUint64(PROGRAM_HEADER + 40, 0x1001n, true))],
  ['elf-entry-outside', () => patched((view) => view.setBigUint64(24, 0x8000_1000n, true))],
  ['elf-entry-misaligned', () => patched((view) => view.setBigUint64(24, 0x8000_0002n, true))],
];

for (const [code, image] of REFUSALS) {
  test(`refuses a file with ${code}, naming the file and the way out`, () => {
    assert.throws(
      () => readElf(image(), 'guest.elf'),
      (error: unknown) => {
        assert.ok(error instanceof Problem);
        assert.equal(error.code, code);
        assert.equal(error.where, 'guest.elf');
        assert.ok(error.fix, 'says how to mend it');
        return true;
      },
    );
  });
}

test('any damage gives an image or a Problem, soon', () => {
  const original = guest();
  const flips = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(flips, fc.nat(original.length), fc.boolean(), (changes, length, cut) => {
      const bytes = guest();
      for (const [at, value] of changes) bytes[at % (at % 3 === 0 ? 512 : bytes.length)] = value;
      try {
        readElf(cut ? bytes.subarray(0, length) : bytes, 'damaged.elf');
      } catch (error) {
        assert.ok(error instanceof Problem, String(error));
      }
    }),
    { numRuns: 400 },
  );
});
