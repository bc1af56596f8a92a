import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pa } from '../../emulator/address';
import { delegableAddress, delegableCount, delegableIndex, mpidrOf } from '../../emulator/machine/platform';
import { PRESET_NAMES, presetPlatform } from '../../emulator/machine/presets/presets';

for (const name of PRESET_NAMES) {
  const platform = presetPlatform(name);

  test(`${name}: regions are aligned, sorted and disjoint`, () => {
    for (const list of [platform.ram, platform.devices, platform.initialGpi, platform.delegable]) {
      let end = 0;
      for (const range of list) {
        assert.equal(range.base % 4096, 0);
        assert.equal(range.size % 4096, 0);
        assert.ok(range.base >= end && range.size > 0, `${range.base.toString(16)}`);
        end = range.base + range.size;
      }
    }
    for (const device of platform.devices) {
      for (const ram of platform.ram) {
        assert.ok(device.base + device.size <= ram.base || device.base >= ram.base + ram.size);
      }
    }
  });

  test(`${name}: firmware memory is RAM, apart from what can be delegated`, () => {
    const ranges = [platform.root, platform.rmm.memory, platform.rmm.shared];
    const tables = { base: platform.gpt.l1Base, size: platform.gpt.l1Indices.length * platform.gpt.l1TableSize };
    for (const range of [...ranges, { base: platform.gpt.l0Base, size: platform.gpt.l0Size }, tables]) {
      const home = platform.ram.find((ram) => range.base >= ram.base && range.base + range.size <= ram.base + ram.size);
      assert.equal(home?.kind, 'firmware');
      assert.equal(delegableIndex(platform, range.base), -1);
    }
    assert.ok(platform.gpt.l1Base >= platform.gpt.l0Base + platform.gpt.l0Size);
    assert.equal(platform.gpt.l1Base % platform.gpt.l1TableSize, 0);
    assert.equal(platform.gpt.l0Base % platform.gpt.l0Size, 0);
  });

  test(`${name}: delegable granules are numbered without gaps`, () => {
    let next = 0;
    for (const range of platform.delegable) {
      assert.equal(delegableIndex(platform, range.base), next);
      assert.equal(delegableIndex(platform, range.base - 1) === next, false);
      next += range.size / 4096;
      assert.equal(delegableIndex(platform, range.base + range.size - 1), next - 1);
      assert.equal(delegableAddress(platform, next - 1), range.base + range.size - 4096);
    }
    assert.equal(delegableCount(platform), next);
    assert.equal(delegableIndex(platform, 0x1c09_0000), -1);
  });
}

test('trace platforms are what the traces say', () => {
  const figures = (name: 'trace-a' | 'trace-b' | 'trace-c') => {
    const { rmm, delegable, features } = presetPlatform(name);
    return [rmm.featureRegister0, delegable, features.paBits, features.vmidBits, rmm.recAuxCount, rmm.maxRecs];
  };
  const bank = [{ base: pa(0x8000_0000), size: 0x400_0000 }];
  assert.deepEqual(figures('trace-a'), [0x28f34314030n, bank, 48, 8, 16, 1023]);
  assert.deepEqual(figures('trace-b'), [0x2bffc104028n, bank, 40, 16, 16, 1023]);
  assert.deepEqual(figures('trace-c'), [0x28f44314134n, bank, 52, 16, 16, 1023]);
});

test('MPIDR has clusters of four', () => {
  assert.deepEqual(
    [0, 3, 4, 7].map((pe) => mpidrOf(pe).toString(16)),
    ['81000000', '81000300', '81010000', '81010300'],
  );
});
