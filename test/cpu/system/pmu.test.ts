import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { currentEl, readPc, readSysreg, readX, writeSysreg } from '../../../emulator/cpu/pe';
import { updatePmuLine } from '../../../emulator/cpu/pmu/counting';
import type { SysregName } from '../../../emulator/cpu/sysreg/sysreg';
import { enableInterrupts, Ppi } from '../../../emulator/devices/gic/gic';
import { run } from '../../../emulator/machine/run-loop';
import { Pas } from '../../../emulator/memory/pas';
import { type Bench, bench, CODE, mrs, msr, program } from './support';

const NOP = 0xd503_201f;
const LOOP = 0x1400_0000;
/** A type register: INST_RETIRED, EL2 included. */
const INSTRUCTIONS = 0x0800_0008n;
const CYCLES = 31n;

/** Counter 0 counts instructions at the EL of the bench, with its interrupt enabled. */
function counting(it: Bench, from: bigint, type = INSTRUCTIONS): void {
  const set = (name: SysregName, value: bigint): void => writeSysreg(it.pe, name, value);
  set('PMCR_EL0', readSysreg(it.pe, 'PMCR_EL0') | 1n);
  set('PMEVTYPER0_EL0', type);
  set('PMEVCNTR0_EL0', from);
  set('PMCNTENSET_EL0', 1n);
  set('PMINTENSET_EL1', 1n);
  // The machine is one for all tests: its line may still be that of another.
  updatePmuLine(it.machine, it.pe);
}

describe('the overflow interrupt', () => {
  for (const slice of [1, 7, 1000]) {
    test(`is taken behind the instruction that overflows, in slices of ${slice}`, () => {
      const it = bench(2);
      program(it, [NOP, NOP, NOP, NOP, NOP, NOP, NOP, NOP, NOP, NOP, NOP, LOOP]);
      enableInterrupts(it.machine);
      writeSysreg(it.pe, 'HCR_EL2', (1n << 31n) | (1n << 4n));
      writeSysreg(it.pe, 'VBAR_EL2', BigInt(CODE) + 0x800n);
      counting(it, 0xffff_fffbn);
      // The IRQ vector: it stays there.
      program(it, [LOOP], CODE + 0x800 + 0x280);
      for (let steps = 0; steps < 100; steps += slice) run(it.machine, { steps: slice });
      assert.equal(readPc(it.pe), BigInt(CODE) + 0xa80n);
      assert.equal(readSysreg(it.pe, 'ELR_EL2'), BigInt(CODE) + 20n, 'five instructions');
      assert.equal(readSysreg(it.pe, 'PMOVSSET_EL0'), 1n);
    });
  }

  test('its line follows the registers', () => {
    const it = bench(2);
    const line = (): number => ((it.machine.devices.gic.privates[0]?.lines[0] ?? 0) >>> Ppi.pmu) & 1;
    program(it, [msr('PMOVSSET_EL0', 1), msr('PMOVSCLR_EL0', 1)]);
    counting(it, 0n);
    it.machine.memory.view().setBigUint64(0x1000 + 8, 1n, true);
    run(it.machine, { steps: 1 });
    assert.equal(line(), 1);
    run(it.machine, { steps: 1 });
    assert.equal(line(), 0);
  });
});

test('filters decide by EL and Security state', () => {
  const counted = (el: number, security: Pas, type: bigint): bigint => {
    const it = bench(el, security);
    program(it, [NOP, NOP, NOP, mrs(3, 'PMEVCNTR0_EL0')]);
    writeSysreg(it.pe, 'PMUSERENR_EL0', 1n);
    writeSysreg(it.pe, 'MDCR_EL2', 6n);
    counting(it, 0n, type);
    run(it.machine, { steps: 4 });
    return readX(it.pe, 3);
  };
  const P = 1n << 31n;
  const U = 1n << 30n;
  assert.equal(counted(1, Pas.NonSecure, 8n), 3n);
  assert.equal(counted(1, Pas.NonSecure, 8n | P), 0n);
  assert.equal(counted(1, Pas.NonSecure, 8n | P | (1n << 29n)), 3n, 'NSK');
  assert.equal(counted(0, Pas.NonSecure, 8n | U), 0n);
  assert.equal(counted(0, Pas.NonSecure, 8n | (1n << 28n)), 0n, 'NSU');
  assert.equal(counted(2, Pas.NonSecure, 8n), 0n);
  assert.equal(counted(2, Pas.NonSecure, INSTRUCTIONS), 3n, 'NSH');
});

test('the counters of EL2 are not there for EL1', () => {
  const it = bench(1);
  program(it, [mrs(3, 'PMCR_EL0'), msr('PMEVCNTR5_EL0', 1), mrs(4, 'PMEVCNTR5_EL0'), msr('PMCNTENSET_EL0', 5)]);
  writeSysreg(it.pe, 'MDCR_EL2', 2n);
  const x = (n: number, value: bigint): void => it.machine.memory.view().setBigUint64(0x1000 + 8 * n, value, true);
  x(1, 9n);
  x(5, 0xffff_ffffn);
  run(it.machine, { steps: 4 });
  assert.equal((readX(it.pe, 3) >> 11n) & 31n, 2n, 'N');
  assert.equal(readX(it.pe, 4), 0n);
  assert.equal(readSysreg(it.pe, 'PMCNTENSET_EL0'), 3n | (1n << CYCLES));
  assert.equal(currentEl(it.pe), 1);
});

test('a chained counter counts the overflows of the one below', () => {
  const it = bench(2);
  program(it, [NOP, NOP, NOP, NOP]);
  counting(it, 0xffff_fffen);
  writeSysreg(it.pe, 'PMEVTYPER1_EL0', 0x0800_001en);
  writeSysreg(it.pe, 'PMCNTENSET_EL0', 3n);
  run(it.machine, { steps: 4 });
  const word = mrs(3, 'PMEVCNTR1_EL0');
  program(it, [word], CODE + 16);
  run(it.machine, { steps: 1 });
  assert.equal(readX(it.pe, 3), 1n);
});

describe('event counters have 64 bits', () => {
  const LP = 1n << 7n;
  const HLP = 1n << 26n;
  /** Count and overflow status of counter 0 behind four instructions. */
  const countBehind = (from: bigint, control: bigint, hypervisor: bigint): readonly bigint[] => {
    const it = bench(2);
    program(it, [NOP, NOP, NOP, NOP, mrs(3, 'PMEVCNTR0_EL0')]);
    counting(it, from);
    writeSysreg(it.pe, 'PMCR_EL0', readSysreg(it.pe, 'PMCR_EL0') | control);
    writeSysreg(it.pe, 'MDCR_EL2', hypervisor);
    writeSysreg(it.pe, 'PMINTENSET_EL1', 0n);
    run(it.machine, { steps: 5 });
    return [readX(it.pe, 3), readSysreg(it.pe, 'PMOVSSET_EL0')];
  };

  test('PMCR_EL0.LP says where those of EL1 overflow, MDCR_EL2.HLP those of EL2', () => {
    assert.deepEqual(countBehind(0x5_ffff_fffen, 0n, 6n), [0x6_0000_0002n, 1n], 'at 32 bits the upper half goes on');
    assert.deepEqual(countBehind(0x5_ffff_fffen, LP, 6n), [0x6_0000_0002n, 0n]);
    assert.deepEqual(countBehind((1n << 64n) - 2n, LP, 6n), [2n, 1n]);
    const enabled = 1n << 7n;
    assert.deepEqual(countBehind(0x5_ffff_fffen, LP, enabled), [0x6_0000_0002n, 1n], 'counter 0 is of EL2');
    assert.deepEqual(countBehind(0x5_ffff_fffen, 0n, enabled | HLP), [0x6_0000_0002n, 0n]);
  });

  test('MSR writes all of them', () => {
    const it = bench(2);
    program(it, [msr('PMEVCNTR5_EL0', 1), mrs(3, 'PMEVCNTR5_EL0')]);
    it.machine.memory.view().setBigUint64(0x1000 + 8, 0x0123_4567_89ab_cdefn, true);
    run(it.machine, { steps: 2 });
    assert.equal(readX(it.pe, 3), 0x0123_4567_89ab_cdefn);
  });

  test('MDCR_EL2.HCCD stops the cycle counter at EL2', () => {
    const cycles = (hypervisor: bigint): bigint => {
      const it = bench(2);
      program(it, [NOP, NOP, NOP, mrs(3, 'PMCCNTR_EL0')]);
      counting(it, 0n);
      writeSysreg(it.pe, 'PMCCNTR_EL0', 0n);
      writeSysreg(it.pe, 'PMCCFILTR_EL0', 0x0800_0000n);
      writeSysreg(it.pe, 'PMCNTENSET_EL0', 1n << CYCLES);
      writeSysreg(it.pe, 'MDCR_EL2', hypervisor);
      run(it.machine, { steps: 4 });
      return readX(it.pe, 3);
    };
    assert.equal(cycles(6n), 3n);
    assert.equal(cycles(6n | (1n << 23n)), 0n);
  });
});
