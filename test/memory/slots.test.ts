import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GRANULE_SIZE, type Granule, granuleOf, pa } from '../../emulator/address';
import { SLOTS_BASE } from '../../emulator/memory/map';
import {
  clearDirty,
  copyGranule,
  flagPage,
  PageFlag,
  pageFlags,
  peekBytes,
  readBytes,
  readNumber,
  readU8,
  readU16,
  readU32,
  readU64,
  releaseZeroPages,
  slotOf,
  touchedBytes,
  touchPage,
  writeBytes,
  writeNumber,
  writeU8,
  writeU16,
  writeU32,
  writeU64,
  zeroGranule,
} from '../../emulator/memory/memory';
import { BASE, NON_SECURE, ROOT, smallMemory } from './support';

const granule = (index: number): Granule => granuleOf(pa(BASE + index * GRANULE_SIZE));

test('memory reads zero at power on and allocates nothing for it', () => {
  const memory = smallMemory();
  assert.equal(readU64(memory, NON_SECURE, pa(BASE)), 0n);
  assert.equal(readNumber(memory, ROOT, pa(0x8_8000_0ff8)), 0);
  assert.equal(touchedBytes(memory), 0);
  assert.equal(slotOf(memory, granule(0)), 0);
});

test('a touched page has a slot, and only the first touch allocates it', () => {
  const memory = smallMemory();
  const address = touchPage(memory, NON_SECURE, granule(3), true);
  assert.ok(address >= SLOTS_BASE && address % GRANULE_SIZE === 0);
  assert.equal(touchPage(memory, NON_SECURE, granule(3), false), address);
  assert.equal(slotOf(memory, granule(3)), address);
  assert.equal(touchedBytes(memory), GRANULE_SIZE);
});

test('a granule overwritten with zeros gives its slot back, and the slot comes clean to the next', () => {
  const memory = smallMemory();
  writeU64(memory, NON_SECURE, pa(BASE), 0x1122_3344_5566_7788n);
  const address = slotOf(memory, granule(0));
  zeroGranule(memory, NON_SECURE, granule(0));
  assert.equal(slotOf(memory, granule(0)), 0);
  assert.equal(touchedBytes(memory), 0);
  writeU8(memory, NON_SECURE, pa(BASE + 5 * GRANULE_SIZE + 1), 7);
  assert.equal(slotOf(memory, granule(5)), address);
  assert.equal(readU64(memory, NON_SECURE, pa(BASE + 5 * GRANULE_SIZE)), 0x700n);
  assert.equal(readU64(memory, NON_SECURE, pa(BASE)), 0n);
});

test('the limit on touched memory is a named error and giving pages back makes room', () => {
  const memory = smallMemory(4 * GRANULE_SIZE);
  for (let index = 0; index < 4; index++) writeU8(memory, NON_SECURE, pa(BASE + index * GRANULE_SIZE), 1);
  assert.throws(() => writeU8(memory, NON_SECURE, pa(BASE + 4 * GRANULE_SIZE), 1), {
    code: 'memory-limit',
    where: '0x8000_4000',
  });
  zeroGranule(memory, NON_SECURE, granule(2));
  writeU8(memory, NON_SECURE, pa(BASE + 4 * GRANULE_SIZE), 1);
});

test('an address without memory is a named error', () => {
  const memory = smallMemory();
  assert.throws(() => readU64(memory, NON_SECURE, pa(0x7fff_fff8)), { code: 'not-memory' });
  assert.throws(() => readBytes(memory, NON_SECURE, pa(BASE + 64 * GRANULE_SIZE - 1), 2), { code: 'not-memory' });
  assert.throws(() => peekBytes(memory, 'bus', pa(0), 1), { code: 'not-memory' });
});

test('pages survive growth of the WebAssembly memory', () => {
  const memory = smallMemory(80 * GRANULE_SIZE);
  const before = memory.wasm.buffer.byteLength;
  for (let index = 0; index < 64; index++) writeU64(memory, ROOT, pa(BASE + index * GRANULE_SIZE), BigInt(index + 1));
  assert.ok(memory.wasm.buffer.byteLength > before);
  for (let index = 0; index < 64; index++) {
    assert.equal(readNumber(memory, ROOT, pa(BASE + index * GRANULE_SIZE)), index + 1);
  }
});

test('every width, aligned or across granules, agrees with a plain byte array', () => {
  const size = 4 * GRANULE_SIZE;
  const write = fc.record({
    at: fc.oneof(fc.nat(size - 8), fc.constantFrom(4095, 4094, 4093, 4090, 8185, 8191)),
    width: fc.constantFrom(1, 2, 4, 8, 9),
    value: fc.bigInt(0n, 2n ** 64n - 1n),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
      const memory = smallMemory();
      const model = new Uint8Array(size);
      const view = new DataView(model.buffer);
      for (const { at, width, value } of writes) {
        const address = pa(BASE + at);
        const number = Number(value & 0x1f_ffff_ffff_ffffn);
        if (width === 1) writeU8(memory, ROOT, address, number % 256);
        if (width === 2) writeU16(memory, ROOT, address, number % 65_536);
        if (width === 4) writeU32(memory, ROOT, address, number % 2 ** 32);
        if (width === 8) writeU64(memory, ROOT, address, value);
        if (width === 9) writeNumber(memory, ROOT, address, number);
        if (width === 1) view.setUint8(at, number % 256);
        if (width === 2) view.setUint16(at, number % 65_536, true);
        if (width === 4) view.setUint32(at, number % 2 ** 32, true);
        if (width === 8) view.setBigUint64(at, value, true);
        if (width === 9) view.setBigUint64(at, BigInt(number), true);
      }
      assert.deepEqual(readBytes(memory, ROOT, pa(BASE), size), model);
      assert.deepEqual(peekBytes(memory, ROOT, pa(BASE), size), model);
      for (const { at } of writes) {
        const address = pa(BASE + at);
        assert.equal(readU8(memory, ROOT, address), view.getUint8(at));
        assert.equal(readU16(memory, ROOT, address), view.getUint16(at, true));
        assert.equal(readU32(memory, ROOT, address), view.getUint32(at, true));
        assert.equal(readU64(memory, ROOT, address), view.getBigUint64(at, true));
        const wide = view.getBigUint64(at, true);
        assert.equal(readNumber(memory, ROOT, address), wide < 2n ** 53n ? Number(wide) : Number.NaN);
      }
    }),
    { numRuns: 60 },
  );
});

test('a write to a flagged page is announced, whoever writes', () => {
  const memory = smallMemory();
  const announced: [number, number][] = [];
  touchPage(memory, ROOT, granule(1), true);
  flagPage(memory, granule(1), PageFlag.Descriptor);
  memory.onFlaggedWrite = (which, flags) => announced.push([which - granule(0), flags]);
  writeU64(memory, ROOT, pa(BASE + GRANULE_SIZE), 1n);
  writeBytes(memory, ROOT, pa(BASE + GRANULE_SIZE - 2), Uint8Array.of(1, 2, 3));
  copyGranule(memory, ROOT, granule(1), ROOT, granule(0));
  zeroGranule(memory, ROOT, granule(1));
  readU64(memory, ROOT, pa(BASE + GRANULE_SIZE));
  writeU64(memory, ROOT, pa(BASE), 1n);
  assert.deepEqual(announced, [
    [1, PageFlag.Descriptor],
    [1, PageFlag.Descriptor],
    [1, PageFlag.Descriptor],
    [1, PageFlag.Descriptor],
  ]);
});

test('whoever cached the address of a page hears when it no longer holds', () => {
  const memory = smallMemory();
  const dropped: number[] = [];
  memory.onPageDropped = (which) => dropped.push(which - granule(0));
  touchPage(memory, ROOT, granule(2), true);
  writeU64(memory, ROOT, pa(BASE + 2 * GRANULE_SIZE), 5n);
  assert.deepEqual(dropped, []);
  readU64(memory, NON_SECURE, pa(BASE + 2 * GRANULE_SIZE));
  assert.deepEqual(dropped, [2], 'retagged');
  zeroGranule(memory, NON_SECURE, granule(2));
  assert.deepEqual(dropped, [2], 'nobody cached it since');
  touchPage(memory, ROOT, granule(2), false);
  zeroGranule(memory, NON_SECURE, granule(2));
  assert.deepEqual(dropped, [2, 2], 'given back');
});

test('a reader of a pristine page hears of the first write', () => {
  const memory = smallMemory();
  const dropped: number[] = [];
  memory.onPageDropped = (which) => dropped.push(which - granule(0));
  touchPage(memory, NON_SECURE, granule(2), false);
  touchPage(memory, ROOT, granule(2), true);
  assert.deepEqual(dropped, [2]);
});

test('the journal names the granules written since it was cleared', () => {
  const memory = smallMemory();
  touchPage(memory, ROOT, granule(1), false);
  writeU8(memory, ROOT, pa(BASE + 2 * GRANULE_SIZE), 1);
  zeroGranule(memory, ROOT, granule(3));
  assert.deepEqual([...memory.dirty].sort(), [granule(2), granule(3)]);
  let cleaned = 0;
  memory.onAllClean = () => cleaned++;
  touchPage(memory, ROOT, granule(2), true);
  clearDirty(memory);
  assert.equal(cleaned, 1, 'a cached write translation would hide the next write');
  assert.equal(memory.dirty.size, 0);
  assert.equal(pageFlags(memory, granule(2)) & PageFlag.Dirty, 0);
  writeU8(memory, ROOT, pa(BASE + 2 * GRANULE_SIZE), 1);
  assert.deepEqual([...memory.dirty], [granule(2)]);
});

test('giving back zero pages changes nothing a reader can see', () => {
  const memory = smallMemory();
  writeU64(memory, ROOT, pa(BASE), 1n);
  writeU64(memory, ROOT, pa(BASE), 0n);
  writeU64(memory, ROOT, pa(BASE + GRANULE_SIZE), 1n);
  const views = () => [ROOT, NON_SECURE, 'bus' as const].map((view) => peekBytes(memory, view, pa(BASE), 8192));
  const before = views();
  assert.equal(releaseZeroPages(memory), 1);
  assert.deepEqual(views(), before);
  assert.notDeepEqual(before[0], before[1]);
});
