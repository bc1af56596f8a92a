/** The virtual CPU interface (GICv3 architecture, chapter 6), as Realm EL1 code sees it, and its maintenance interrupt. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { currentEl, readPc, readSysreg, readX, writeSysreg, writeX } from '../../../emulator/cpu/pe';
import type { SysregName } from '../../../emulator/cpu/sysreg/sysreg';
import { readListStatus, readVmcr } from '../../../emulator/cpu/sysreg/virtual-gic';
import { raiseInterrupt } from '../../../emulator/devices/gic/gic';
import { updateTimers } from '../../../emulator/devices/timers';
import { Pas } from '../../../emulator/memory/pas';
import { type Bench, bench, Exit, exits, mrs, msr } from './support';

const MASKED = 0x3c0;
const State = { pending: 1n << 62n, active: 2n << 62n } as const;
const GROUP1 = 1n << 60n;
const EOI = 1n << 41n;
const lr = (intid: number, priority: number, more: bigint): bigint => more | (BigInt(priority) << 48n) | BigInt(intid);
const lrName = (index: number): SysregName => `ICH_LR${index}_EL2` as SysregName;

/** Realm EL1 with these list registers; both groups enabled, nothing masked by priority. */
function realm(lists: readonly bigint[], hcr = 1n, pstate = MASKED): Bench {
  const it = bench(1, Pas.Realm, pstate);
  writeSysreg(it.pe, 'HCR_EL2', 0x18n);
  writeSysreg(it.pe, 'ICH_HCR_EL2', hcr);
  writeSysreg(it.pe, 'ICH_VMCR_EL2', (0xf8n << 24n) | 3n);
  lists.forEach((value, index) => {
    writeSysreg(it.pe, lrName(index), value);
  });
  return it;
}
const get = (it: Bench, name: SysregName): bigint => {
  exits(it, Exit.System, mrs(1, name));
  return readX(it.pe, 1);
};
const set = (it: Bench, name: SysregName, value: bigint | number): void => {
  writeX(it.pe, 1, BigInt(value));
  exits(it, Exit.System, msr(name, 1));
};
const stateOf = (it: Bench, index: number): bigint => readSysreg(it.pe, lrName(index)) >> 62n;
const misr = (it: Bench): bigint => readListStatus(it.pe, 'ICH_MISR_EL2');

describe('groups and priorities', () => {
  test('Group 0 comes as FIQ and by its own registers, Group 1 as IRQ', () => {
    const it = realm([lr(40, 0x80, State.pending), lr(41, 0x90, State.pending | GROUP1)]);
    assert.equal(get(it, 'ISR_EL1'), 0x40n);
    assert.deepEqual([get(it, 'ICC_HPPIR0_EL1'), get(it, 'ICC_HPPIR1_EL1')], [40n, 1023n]);
    assert.equal(get(it, 'ICC_IAR1_EL1'), 1023n);
    assert.equal(get(it, 'ICC_IAR0_EL1'), 40n);
    assert.equal(get(it, 'ICC_RPR_EL1'), 0x80n);
    assert.equal(get(it, 'ISR_EL1'), 0n, 'the less urgent one waits');
    set(it, 'ICC_EOIR0_EL1', 40);
    assert.equal(get(it, 'ISR_EL1'), 0x80n);
    assert.equal(get(it, 'ICC_IAR1_EL1'), 41n);
    set(it, 'ICC_IGRPEN1_EL1', 0);
    assert.equal(readSysreg(it.pe, 'ICH_VMCR_EL2') & 3n, 1n);
  });

  test('a virtual FIQ is taken when F is clear', () => {
    const it = realm([lr(40, 0x80, State.pending)]);
    exits(it, Exit.System, 0xd503_41ff);
    assert.equal(Number(readPc(it.pe)), 0x300);
  });

  test('preemption is by group priority, the binary points have their minimum', () => {
    const it = realm([lr(40, 0x90, State.pending | GROUP1)]);
    assert.deepEqual([get(it, 'ICC_BPR0_EL1'), get(it, 'ICC_BPR1_EL1')], [2n, 3n]);
    set(it, 'ICC_BPR1_EL1', 5);
    assert.equal(get(it, 'ICC_IAR1_EL1'), 40n);
    writeSysreg(it.pe, 'ICH_LR1_EL2', lr(41, 0x88, State.pending | GROUP1));
    assert.equal(get(it, 'ISR_EL1'), 0n, '0x88 and 0x90 are one group above bit 5');
    writeSysreg(it.pe, 'ICH_LR1_EL2', lr(41, 0x78, State.pending | GROUP1));
    assert.equal(get(it, 'ISR_EL1'), 0x80n);
    set(it, 'ICC_PMR_EL1', 0x78);
    assert.equal(get(it, 'ISR_EL1'), 0n);
    set(it, 'ICC_CTLR_EL1', 1);
    assert.equal(get(it, 'ICC_BPR1_EL1'), 3n, 'CBPR: one more than binary point 0');
  });
});

describe('the end of an interrupt', () => {
  test('EOImode 1 deactivates by ICC_DIR_EL1; pending and active becomes pending', () => {
    const it = realm([lr(40, 0x80, State.pending | GROUP1)]);
    set(it, 'ICC_CTLR_EL1', 2);
    get(it, 'ICC_IAR1_EL1');
    writeSysreg(it.pe, 'ICH_LR0_EL2', readSysreg(it.pe, 'ICH_LR0_EL2') | State.pending);
    set(it, 'ICC_EOIR1_EL1', 40);
    assert.equal(stateOf(it, 0), 3n);
    set(it, 'ICC_DIR_EL1', 40);
    assert.equal(stateOf(it, 0), 1n);
  });

  test('one without a list register is counted, special INTIDs and LPIs are not', () => {
    const it = realm([]);
    for (const intid of [40, 1020, 1023, 8192, 41]) set(it, 'ICC_EOIR1_EL1', intid);
    assert.equal(readSysreg(it.pe, 'ICH_HCR_EL2') >> 27n, 2n);
  });

  test('one backed by a physical interrupt deactivates it', () => {
    const it = realm([lr(40, 0x80, State.active | GROUP1 | (1n << 61n) | (41n << 32n))]);
    const { shared } = it.machine.devices.gic;
    shared.active[1] = 1 << 9;
    set(it, 'ICC_EOIR1_EL1', 40);
    assert.equal(shared.active[1], 0);
  });
});

describe('the maintenance interrupt', () => {
  test('each condition has its bit of ICH_MISR_EL2, and counts when it is asked for', () => {
    const [idle, busy] = [[lr(40, 0x80, EOI)], [lr(40, 0, State.active), lr(41, 0, State.pending)]];
    const cases = [
      [1n, idle, 0n],
      [2n, [], 1n << 1n],
      [2n, [lr(40, 0, State.active)], 1n << 1n],
      [0n, busy, 1n << 1n],
      [4n, busy, (1n << 2n) | (3n << 27n)],
      [0n, busy, 1n << 2n],
      [8n, [lr(40, 0, State.active)], 1n << 3n],
      [0n, busy, 1n << 3n],
      [0x10n, busy, 1n << 4n],
      [0n, busy, 1n << 5n],
      [0x40n, busy, 1n << 6n],
      [0n, busy, 1n << 7n],
    ] as const;
    for (const [expected, lists, hcr] of cases) {
      const it = realm(lists, hcr | 1n);
      assert.equal(misr(it), expected, `ICH_HCR_EL2 0x${hcr.toString(16)}`);
      writeSysreg(it.pe, 'ICH_HCR_EL2', hcr);
      assert.equal(misr(it), 0n, 'the interface is off');
    }
    const disabled = realm(busy, 1n | (1n << 5n) | (1n << 7n));
    writeSysreg(disabled.pe, 'ICH_VMCR_EL2', 0n);
    assert.equal(misr(disabled), 0xa0n);
  });

  test('it is PPI 25, as long as a condition holds', () => {
    const it = realm([lr(40, 0x80, State.active | GROUP1 | EOI)]);
    const line = (): number => {
      updateTimers(it.machine);
      return ((it.machine.devices.gic.privates[0]?.lines[0] ?? 0) >>> 25) & 1;
    };
    assert.equal(line(), 0);
    set(it, 'ICC_EOIR1_EL1', 40);
    assert.equal(line(), 1);
    assert.equal(readListStatus(it.pe, 'ICH_EISR_EL2'), 1n);
    writeSysreg(it.pe, 'ICH_LR0_EL2', 0n);
    assert.equal(line(), 0);
    assert.equal(readListStatus(it.pe, 'ICH_ELRSR_EL2'), 15n);
  });
});

test('accesses go to the virtual interface by group: FMO for 0, IMO for 1, either for the rest', () => {
  const it = realm([lr(40, 0x80, State.pending | GROUP1)]);
  writeSysreg(it.pe, 'HCR_EL2', 8n);
  assert.equal(get(it, 'ICC_HPPIR1_EL1'), 1023n, 'the physical one');
  assert.equal(get(it, 'ICC_PMR_EL1'), 0xf8n);
  writeSysreg(it.pe, 'HCR_EL2', 16n);
  assert.equal(get(it, 'ICC_HPPIR1_EL1'), 40n);
  set(it, 'ICC_SGI1R_EL1', 1);
  assert.equal(currentEl(it.pe), 2, 'SGIs trap');
});

test('a physical interrupt is no business of a guest’s ISR_EL1 and HPPIR', () => {
  const it = realm([]);
  raiseInterrupt(it.machine, 40);
  assert.deepEqual([get(it, 'ISR_EL1'), get(it, 'ICC_HPPIR1_EL1')], [0n, 1023n]);
});

test('the binary points of ICH_VMCR_EL2 read as their least where software wrote less', () => {
  const it = realm([]);
  assert.equal(readVmcr(it.pe), (0xf8n << 24n) | (2n << 21n) | (3n << 18n) | 3n);
  writeSysreg(it.pe, 'ICH_VMCR_EL2', (5n << 21n) | (6n << 18n) | (1n << 4n));
  assert.equal(readVmcr(it.pe), (5n << 21n) | (6n << 18n) | (1n << 4n));
});
