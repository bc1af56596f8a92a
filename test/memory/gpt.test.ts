import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { granuleOf, type Pa, pa } from '../../emulator/address';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { checkGranule } from '../../emulator/memory/gpc';
import { buildGpt, Gpi, gpiOf, setGpi, walkGpt } from '../../emulator/memory/gpt';
import { createMemory, type MachineMemory, readU64, writeU64 } from '../../emulator/memory/memory';
import { Pas } from '../../emulator/memory/pas';
import { ROOT } from './support';

const platform = presetPlatform('trace-a');

function gptMachine(of = platform): { memory: MachineMemory; platform: typeof platform } {
  const memory = createMemory({ ...of, mecidBits: of.mec.mecidBits });
  buildGpt(memory, of);
  return { memory, platform: of };
}

test('the reset table gives every range of the platform its GPI, and Non-secure to all else', () => {
  for (const name of ['fvp', 'trace-a', 'big'] as const) {
    const machine = gptMachine(presetPlatform(name));
    for (const range of machine.platform.initialGpi) {
      for (const at of [range.base, pa(range.base + range.size - 1), pa(range.base + Math.floor(range.size / 2))]) {
        assert.equal(gpiOf(machine.memory, machine.platform, at), range.gpi, `${name} ${range.name}`);
      }
    }
    for (const range of machine.platform.delegable) {
      assert.equal(gpiOf(machine.memory, machine.platform, range.base), Gpi.NonSecure);
      assert.equal(gpiOf(machine.memory, machine.platform, pa(range.base + range.size - 4096)), Gpi.NonSecure);
    }
    assert.equal(gpiOf(machine.memory, machine.platform, pa(0x5000_0000)), Gpi.NonSecure);
  }
});

test('fvp has its carve-outs where the model has them', () => {
  const { memory, platform: fvp } = gptMachine(presetPlatform('fvp'));
  const at = (address: number) => gpiOf(memory, fvp, pa(address));
  assert.deepEqual(
    [0xfbff_f000, 0xfc00_0000, 0xfdbf_f000, 0xfdc0_0000, 0xffbf_f000, 0xffc0_0000, 0xffff_f000, 0x8_8000_0000].map(at),
    [9, 8, 8, 11, 11, 10, 10, 9],
  );
  assert.equal(fvp.root.base, 0xffc0_0000);
  assert.equal(fvp.rmm.shared.base, 0xffbf_f000);
  assert.equal(fvp.gpt.l0Base, 0xfff0_0000);
});

test('the table lies in Root memory in its architectural encoding', () => {
  const { memory, platform: fvp } = gptMachine(presetPlatform('fvp'));
  const l0 = (index: number) => readU64(memory, ROOT, pa(fvp.gpt.l0Base + index * 8));
  assert.equal(l0(1), 0x91n, 'block, Non-secure');
  const table = l0(2);
  assert.equal(table & 0xfffn, 3n);
  assert.equal(readU64(memory, ROOT, pa(Number(table - 3n))), 0x9999_9999_9999_9999n);
  setGpi(memory, fvp, granuleOf(pa(0x8000_3000)), Gpi.Realm);
  assert.equal(readU64(memory, ROOT, pa(Number(table - 3n))), 0x9999_9999_9999_b999n);
  for (const at of [fvp.gpt.l0Base, fvp.gpt.l1Base]) assert.equal(gpiOf(memory, fvp, at), Gpi.Root);
  assert.equal(fvp.gpt.gptbr << 12n, BigInt(fvp.gpt.l0Base));
  assert.equal(fvp.gpt.gpccr & 7n, 2n, 'PPS 40 bits');
});

test('any sequence of changes reads back as a map, with an event for each real change', () => {
  const gpi = fc.constantFrom(Gpi.Secure, Gpi.NonSecure, Gpi.Root, Gpi.Realm, Gpi.None, Gpi.Any);
  const change = fc.record({ granule: fc.oneof(fc.nat(40), fc.nat(16_383)), gpi });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const machine = gptMachine();
      const model = new Map<number, number>();
      const events: number[][] = [];
      const expected: number[][] = [];
      machine.memory.onGpiChanged = (granule, from, to) => events.push([granule - 0x8_0000, from, to]);
      for (const { granule, gpi: to } of changes) {
        const from = model.get(granule) ?? Gpi.NonSecure;
        assert.equal(setGpi(machine.memory, platform, granuleOf(pa(0x8000_0000 + granule * 4096)), to), from);
        if (from !== to) expected.push([granule, from, to]);
        model.set(granule, to);
      }
      assert.deepEqual(events, expected);
      for (const { granule } of changes) {
        for (const neighbour of [granule - 1, granule, granule + 1]) {
          if (neighbour < 0) continue;
          const address = pa(0x8000_0000 + neighbour * 4096 + 0xabc);
          const now = model.get(neighbour) ?? Gpi.NonSecure;
          assert.equal(gpiOf(machine.memory, platform, address), now);
          for (const pas of Object.values(Pas)) {
            assert.equal(checkGranule(machine, pas, address) === undefined, now === 15 || now === 8 + pas);
          }
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('a walk tells which descriptor decided', () => {
  const { memory } = gptMachine();
  const walk = walkGpt(memory, platform, pa(0x8001_2345));
  assert.deepEqual(
    { level: walk.level, kind: walk.kind, gpi: walk.gpi, base: walk.base, size: walk.size },
    { level: 1, kind: 'granules', gpi: 9, base: 0x8001_2000, size: 4096 },
  );
  assert.equal(walk.descriptorPa, platform.gpt.l1Base + 8);
  const block = walkGpt(memory, platform, pa(0x1_2345_6789));
  assert.deepEqual(
    { level: block.level, kind: block.kind, base: block.base, size: block.size },
    { level: 0, kind: 'block', base: 0x1_0000_0000, size: 2 ** 30 },
  );
});

test('contiguous descriptors are honoured, and split when one granule of them changes', () => {
  const { memory } = gptMachine();
  const entry = (address: number): Pa => pa(platform.gpt.l1Base + Math.floor((address - 0x8000_0000) / 65_536) * 8);
  for (let at = 0x8020_0000; at < 0x8040_0000; at += 65_536) writeU64(memory, ROOT, entry(at), 0x1b1n);
  const walk = walkGpt(memory, platform, pa(0x8031_2345));
  assert.deepEqual([walk.kind, walk.gpi, walk.base, walk.size], ['contiguous', 11, 0x8020_0000, 2 ** 21]);
  assert.equal(setGpi(memory, platform, granuleOf(pa(0x8031_2000)), Gpi.NonSecure), Gpi.Realm);
  assert.equal(gpiOf(memory, platform, pa(0x8031_2000)), Gpi.NonSecure);
  for (const at of [0x8020_0000, 0x8031_1000, 0x8031_3000, 0x803f_f000]) {
    assert.equal(gpiOf(memory, platform, pa(at)), Gpi.Realm);
  }
  assert.equal(gpiOf(memory, platform, pa(0x8040_0000)), Gpi.NonSecure);
});

test('faults carry level and kind', () => {
  const machine = gptMachine();
  const fault = (pas: Pas, address: number) => {
    const found = checkGranule(machine, pas, pa(address));
    return found === undefined ? 'ok' : `${found.kind} level ${found.level}`;
  };
  assert.equal(fault(Pas.Realm, 0x8000_0000), 'gpf level 1');
  assert.equal(fault(Pas.Realm, 0x4000_0000), 'gpf level 0');
  assert.equal(fault(Pas.NonSecure, 2 ** 40), 'ok');
  assert.equal(fault(Pas.Realm, 2 ** 40), 'gpf level 0');
  const { gpt } = platform;
  const setL0 = (index: number, value: bigint) => writeU64(machine.memory, ROOT, pa(gpt.l0Base + index * 8), value);
  setL0(4, 0n);
  assert.equal(fault(Pas.NonSecure, 0x1_0000_0000), 'walk level 0');
  setL0(4, 0x51n);
  assert.equal(fault(Pas.NonSecure, 0x1_0000_0000), 'walk level 0', 'reserved GPI');
  setL0(4, 0x0000_0200_0000_0003n);
  assert.equal(fault(Pas.NonSecure, 0x1_0000_0000), 'addressSize level 0');
  setL0(4, 0x0000_0080_0000_0003n);
  assert.equal(fault(Pas.NonSecure, 0x1_0000_0000), 'eabt level 1');
  writeU64(machine.memory, ROOT, gpt.l1Base, 0x9999_9999_9999_9959n);
  assert.equal(fault(Pas.NonSecure, 0x8000_1000), 'walk level 1');
  assert.equal(fault(Pas.NonSecure, 0x8000_2000), 'ok');
  writeU64(machine.memory, ROOT, gpt.l1Base, 0x91n);
  assert.equal(fault(Pas.NonSecure, 0x8000_2000), 'walk level 1', 'contiguous of reserved size');
});

test('the PAS of memory without level 1 entries cannot change', () => {
  const { memory } = gptMachine();
  assert.throws(() => setGpi(memory, platform, granuleOf(pa(0x4000_0000)), Gpi.Realm), { code: 'gpt-no-entry' });
});
