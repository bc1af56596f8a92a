/** What executes is what the ID registers promise, and the other way round. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSysreg } from '../../../emulator/cpu/pe';
import { type SysregName, sysregRow } from '../../../emulator/cpu/sysreg/sysreg';
import { A64_FEATURES, FEATURE_FIELDS } from '../../../emulator/cpu/table/features';
import { ROWS } from '../../../emulator/cpu/table/table';
import { createMachine } from '../../../emulator/machine/create';
import { PRESET_NAMES, presetPlatform } from '../../../emulator/machine/presets/presets';

/** Bits 0 to 63 of an ID register, four at a time (Arm ARM D19.2). Fields not listed must be zero. */
const PROMISED: Readonly<Record<string, Readonly<Record<string, readonly [low: number, value: number]>>>> = {
  ID_AA64ISAR0_EL1: { CRC32: [16, 1], Atomic: [20, 2], TS: [52, 2], TLB: [56, 2] },
  ID_AA64ISAR1_EL1: { DPB: [0, 1], LRCPC: [20, 2], SB: [36, 1] },
  ID_AA64ISAR2_EL1: {},
  ID_AA64PFR1_EL1: {},
};

/** The same on the platforms that have all of the instruction set. */
const GENERAL: typeof PROMISED = {
  ID_AA64ISAR0_EL1: {
    ...PROMISED['ID_AA64ISAR0_EL1'],
    AES: [4, 2],
    SHA1: [8, 1],
    SHA2: [12, 2],
    RDM: [28, 1],
    SHA3: [32, 1],
    DP: [44, 1],
    FHM: [48, 1],
    RNDR: [60, 1],
  },
  ID_AA64ISAR1_EL1: {
    ...PROMISED['ID_AA64ISAR1_EL1'],
    DPB: [0, 2],
    APA: [4, 5],
    JSCVT: [12, 1],
    FCMA: [16, 1],
    FRINTTS: [32, 1],
    BF16: [44, 1],
    I8MM: [52, 1],
    GPA: [24, 1],
    SPECRES: [40, 1],
    XS: [56, 1],
  },
  ID_AA64ISAR2_EL1: { WFxT: [0, 2], MOPS: [16, 1], BC: [20, 1], CLRBHB: [28, 1], CSSC: [52, 1] },
  ID_AA64PFR1_EL1: { BT: [0, 1], SSBS: [4, 2] },
};

test('every feature of the instruction table is advertised by its field, on every platform', () => {
  const used = new Set(ROWS.map(({ feature }) => feature));
  assert.deepEqual([...used].sort(), [...A64_FEATURES].sort(), 'no feature without instructions, none without a field');
  for (const name of PRESET_NAMES) {
    const pe = createMachine({ platform: name }).pes[0] ?? assert.fail();
    const { features } = presetPlatform(name);
    const { general } = features;
    for (const feature of used) {
      if (feature === 'base') continue;
      const { register, low, value, on } = FEATURE_FIELDS[feature];
      if (!on(features)) continue;
      assert.ok(Number((readSysreg(pe, register) >> BigInt(low)) & 15n) >= value, `${feature} on ${name}`);
    }
    assert.equal((readSysreg(pe, 'ID_AA64MMFR1_EL1') >> 16n) & 15n, 1n, 'LO');
    for (const [register, fields] of Object.entries(general ? GENERAL : PROMISED)) {
      const expected = Object.values(fields).reduce((all, [low, value]) => all | (BigInt(value) << BigInt(low)), 0n);
      assert.equal(readSysreg(pe, register as SysregName), expected, `${register} on ${name}`);
    }
  }
});

test('a PMU is advertised the same way everywhere', () => {
  for (const name of PRESET_NAMES) {
    const platform = presetPlatform(name);
    const pe = createMachine({ platform }).pes[0] ?? assert.fail();
    assert.equal((readSysreg(pe, 'ID_AA64DFR0_EL1') >> 8n) & 15n, 6n, name);
    assert.equal((platform.rmm.featureRegister0 >> 26n) & 1n, 1n, name);
    assert.equal(Number((platform.rmm.featureRegister0 >> 27n) & 31n), platform.features.pmuCounters, name);
    assert.equal(Number((readSysreg(pe, 'PMCR_EL0') >> 11n) & 31n), platform.features.pmuCounters, name);
    assert.equal(sysregRow('PMCR_EL0').advertised?.(platform), true, name);
  }
});
