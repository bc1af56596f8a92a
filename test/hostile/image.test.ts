/** Hostile images: large, or not for this machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../attestation/problem';
import { readElf } from '../../emulator/host/image/elf';
import { pageContent } from '../../emulator/host/image/pages';
import { layOut } from '../../emulator/host/layout';
import { createMachine } from '../../emulator/machine/create';
import { run } from '../../emulator/machine/run-loop';
import { BASE, elfFile, fastHashes, imageOf } from './support';

const LOOP = Uint8Array.of(0, 0, 0, 0x14);
const refusedAs = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;

test('64 MiB of .bss load in linear time', () => {
  const image = readElf(elfFile(BASE, LOOP, BASE, 0x400_0000), 'bss');
  const machine = createMachine({ platform: 'fvp', services: fastHashes, host: { realms: [{ image }] } });
  const began = performance.now();
  run(machine, { steps: 300_000 });
  assert.ok(performance.now() - began < 20_000);
});

test('65,000 segments are found by page', () => {
  const [segment] = imageOf(BASE, LOOP).segments;
  assert.ok(segment);
  const segments = Array.from({ length: 65_000 }, (_, index) => {
    const address = BigInt(BASE + index * 0x1000);
    return { ...segment, index, virtualAddress: address, physicalAddress: address };
  });
  const { realms } = layOut({ realms: [{ image: { ...imageOf(BASE, LOOP), segments } }] });
  const [realm] = realms;
  assert.ok(realm);
  const began = performance.now();
  for (const { ipa } of realm.filePages) assert.equal(pageContent(realm, ipa)[3], 0x14);
  assert.ok(performance.now() - began < 10_000);
});

test('RAM beyond the limit is refused', () => {
  const image = imageOf(BASE, LOOP);
  assert.throws(
    () => layOut({ realms: [{ image, ipaWidth: 48, memorySize: 2 ** 46 }] }),
    refusedAs('host-memory-too-large'),
  );
});

test('an image larger than the memory of the platform is refused, and so is an IPA width it does not have', () => {
  const image = imageOf(BASE, LOOP);
  const segments = image.segments.map((segment) => ({ ...segment, memorySize: 64 * 2 ** 20 }));
  const host = { realms: [{ image: { ...image, segments } }] };
  assert.throws(() => createMachine({ platform: 'trace-a', host }), refusedAs('host-no-memory'));
  const wide = { realms: [{ image, ipaWidth: 41 }] };
  assert.throws(() => createMachine({ platform: 'trace-b', host: wide }), refusedAs('host-ipa-width'));
  createMachine({ platform: 'trace-a', host: wide });
});
