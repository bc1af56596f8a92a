import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ELF_HEADER_SIZE, isGuestElf, nearestGuests, orderGuests } from '../../extension/debug/elf-header';

const sample = readFileSync('samples/attest/attest.elf').subarray(0, ELF_HEADER_SIZE);

const changed = (offset: number, byte: number): Uint8Array => {
  const copy = Uint8Array.from(sample);
  copy[offset] = byte;
  return copy;
};

describe('finding a guest to debug', () => {
  it('takes the sample and nothing that is not AArch64', () => {
    assert.equal(isGuestElf(sample), true);
    assert.equal(isGuestElf(changed(0, 0x7e)), false, 'no ELF');
    assert.equal(isGuestElf(changed(4, 1)), false, '32 bit');
    assert.equal(isGuestElf(changed(5, 2)), false, 'big-endian');
    assert.equal(isGuestElf(changed(16, 1)), false, 'object file');
    assert.equal(isGuestElf(changed(18, 62)), false, 'x86-64');
    assert.equal(isGuestElf(changed(16, 3)), true, 'position-independent');
    assert.equal(isGuestElf(sample.subarray(0, 19)), false, 'cut short');
    assert.equal(isGuestElf(new Uint8Array(0)), false, 'empty');
  });

  it('offers the guest nearest to the file being edited first', () => {
    const guests = ['/w/b/b.elf', '/w/a/build/a.elf', '/w/a/c.elf'];
    assert.deepEqual(orderGuests(guests, '/w/a/main.c'), ['/w/a/c.elf', '/w/a/build/a.elf', '/w/b/b.elf']);
    assert.deepEqual(nearestGuests(guests, '/w/a/main.c'), ['/w/a/c.elf']);
    assert.deepEqual(nearestGuests(guests, '/w/b/x/y.s'), ['/w/b/b.elf']);
  });

  it('asks when several are equally near, and knows that there is none', () => {
    assert.deepEqual(nearestGuests(['/w/y.elf', '/w/x.elf'], '/w/main.c'), ['/w/x.elf', '/w/y.elf']);
    assert.equal(nearestGuests(['/w/a/x.elf', '/w/b/y.elf'], undefined).length, 2);
    assert.deepEqual(nearestGuests([], '/w/main.c'), []);
  });
});
