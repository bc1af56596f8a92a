/** What a Realm leaves in the PE's registers is there for its own REC alone: no other Realm and no Host finds it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pa } from '../../emulator/address';
import { type Pe, readSp, readSysreg, readV, readX, writeSp, writeSysreg, writeV, writeX } from '../../emulator/cpu/pe';
import { readRegister, writeRegister } from '../../emulator/cpu/sysreg/access';
import { SYSREG_ROWS } from '../../emulator/cpu/sysreg/sysreg';
import { sysregTrap } from '../../emulator/cpu/sysreg/traps';
import type { Machine } from '../../emulator/machine/machine';
import { readU64 } from '../../emulator/memory/memory';
import { HOST_CONTEXT } from '../../emulator/rmm/memory';
import { RMI_REC_EXIT, RMI_REC_RUN } from '../../emulator/rmm/structures/structures';
import { AT, bootPe, buildRealm, newMachine, type Places, placesAfter, rmi, writePage } from './support';

type Values = Record<string, bigint>;
type Row = (typeof SYSREG_ROWS)[number];

/** Registers whose value is the time, chance, or an acknowledgement. */
const MOVING = /^(CNT(PCT|VCT)_EL0|CNT.*_TVAL_.*|RNDR.*|ICC_IAR._EL1)$/;

const canUse = (machine: Machine, pe: Pe, row: Row, isRead: boolean): boolean =>
  ((isRead ? row.read : row.write) ?? 3) <= 1 &&
  row.advertised?.(machine.platform) !== false &&
  sysregTrap(pe, row, isRead) === undefined;

/** ISTATUS follows the counter. */
const steady = (row: Row, value: bigint): bigint => (row.hook === 'timerControl' ? value & 3n : value);

/** All that the Realm can read at EL1. */
function observe(machine: Machine, pe: Pe): Values {
  const values: Values = { SP_EL0: readSp(pe, 0), SP_EL1: readSp(pe, 1) };
  for (let n = 0; n < 31; n++) values[`X${n}`] = readX(pe, n);
  for (let n = 0; n < 32; n++) values[`V${n}`] = readV(pe, n);
  for (const row of SYSREG_ROWS) {
    if (MOVING.test(row.name) || !canUse(machine, pe, row, true)) continue;
    values[row.name] ??= steady(row, readRegister(machine, pe, row));
  }
  return values;
}

/** Writes all that the Realm can write, a different value to each. Returns how many system registers there were. */
function spoil(machine: Machine, pe: Pe, salt: bigint): number {
  const value = (index: number): bigint =>
    BigInt.asUintN(64, (salt * 1000n + BigInt(index + 1)) * 0x9e37_79b9_7f4a_7c15n);
  let written = 0;
  SYSREG_ROWS.forEach((row, index) => {
    if (MOVING.test(row.name) || row.hook === 'stackPointer' || !canUse(machine, pe, row, false)) return;
    writeRegister(machine, pe, row, value(index));
    written++;
  });
  for (let n = 0; n < 31; n++) writeX(pe, n, value(2000 + n));
  for (let n = 0; n < 32; n++) writeV(pe, n, (value(3000 + n) << 64n) | value(4000 + n));
  writeSp(pe, 0, value(5000));
  writeSp(pe, 1, value(5001));
  return written;
}

/** What the Host has at EL2: everything but EL3's registers and the results of the call. */
function hostState(pe: Pe): Values {
  const values: Values = { SP_EL0: readSp(pe, 0), SP_EL1: readSp(pe, 1), SP_EL2: readSp(pe, 2) };
  for (let n = 8; n < 31; n++) values[`X${n}`] = readX(pe, n);
  for (let n = 0; n < 32; n++) values[`V${n}`] = readV(pe, n);
  for (const { name } of SYSREG_ROWS) if (!name.endsWith('_EL3')) values[name] = readSysreg(pe, name);
  return values;
}

const exitWord = (machine: Machine, at: Places, field: keyof typeof RMI_REC_EXIT.fields): bigint =>
  readU64(
    machine.memory,
    HOST_CONTEXT,
    pa(at.run + RMI_REC_RUN.fields.exit.offset + RMI_REC_EXIT.fields[field].offset),
  );

describe('registers of RECs that take turns', () => {
  for (const platform of ['fvp', 'trace-b'] as const) {
    test(platform, () => {
      const machine = newMachine(platform);
      const pe = bootPe(machine);
      const realms = [AT, placesAfter(0x100_0000)].map((at, index) => {
        buildRealm(machine, { at, vmid: index + 1 });
        return { at, left: undefined as Values | undefined };
      });
      for (let n = 0; n < 32; n++) writeV(pe, n, 0xabcdn + BigInt(n));
      let first: Values | undefined;
      for (let turn = 0; turn < 6; turn++) {
        const realm = realms[turn % 2] ?? assert.fail();
        // A pending virtual interrupt for one of them only.
        writePage(machine, realm.at.run, turn % 2 === 0 ? { 776: (1n << 62n) | (1n << 60n) | 40n } : {});
        const host = hostState(pe);
        const result = rmi(machine, 'RMI_REC_ENTER', [realm.at.rec, realm.at.run], () => {
          const found = observe(machine, pe);
          first ??= { ...found };
          const expected = realm.left ?? first;
          for (const name of ['ICC_HPPIR1_EL1', 'ISR_EL1']) delete found[name];
          for (const [name, value] of Object.entries(found)) {
            assert.equal(value, expected[name], `${name} in turn ${turn}`);
          }
          assert.ok(spoil(machine, pe, BigInt(turn + 1)) > 50);
          // Priorities in use are state of the interface that no register of EL1 writes.
          writeSysreg(pe, 'ICH_AP1R0_EL2', BigInt(turn + 1));
          writeSysreg(pe, 'ICH_AP0R0_EL2', BigInt(turn + 0x11));
          realm.left = observe(machine, pe);
          realm.left['ICC_VMCR'] = readSysreg(pe, 'ICH_VMCR_EL2');
          return { kind: 'irq' };
        });
        assert.equal(result[0], 0n);
        assert.equal(exitWord(machine, realm.at, 'gicv3_vmcr'), realm.left?.['ICC_VMCR']);
        assert.notEqual(exitWord(machine, realm.at, 'gicv3_vmcr'), 0n);
        const after = hostState(pe);
        for (const [name, value] of Object.entries(host)) assert.equal(after[name], value, `${name} of the Host`);
      }
    });
  }

  test('a new REC finds no state of the one before in the virtual interface', () => {
    const machine = newMachine();
    const pe = bootPe(machine);
    const other = placesAfter(0x100_0000);
    buildRealm(machine);
    buildRealm(machine, { at: other, vmid: 2 });
    const names = ['ICH_VMCR_EL2', 'ICH_AP0R0_EL2', 'ICH_AP1R0_EL2'] as const;
    rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], () => {
      for (const name of names) writeSysreg(pe, name, 0x13n);
      return { kind: 'irq' };
    });
    for (const [at, value] of [
      [other, 0n],
      [AT, 0x13n],
    ] as const) {
      rmi(machine, 'RMI_REC_ENTER', [at.rec, at.run], () => {
        assert.deepEqual(
          names.map((name) => readSysreg(pe, name)),
          [value, value, value],
        );
        return { kind: 'irq' };
      });
      assert.equal(exitWord(machine, at, 'gicv3_vmcr'), value);
    }
  });

  test('a virtual SError that was not taken waits for the next entry', () => {
    const machine = newMachine();
    const pe = bootPe(machine);
    buildRealm(machine);
    const pending: boolean[] = [];
    const enter = (exit: () => { kind: 'serror' | 'irq'; esr?: bigint }): void => {
      rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], () => {
        pending.push((readSysreg(pe, 'HCR_EL2') & 0x100n) !== 0n);
        return exit();
      });
    };
    enter(() => ({ kind: 'serror', esr: (0x2fn << 26n) | (1n << 10n) | 0x11n }));
    enter(() => ({ kind: 'irq' }));
    enter(() => {
      writeSysreg(pe, 'HCR_EL2', readSysreg(pe, 'HCR_EL2') & ~0x100n);
      return { kind: 'irq' };
    });
    enter(() => ({ kind: 'irq' }));
    assert.deepEqual(pending, [false, true, true, false]);
  });
});
