import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pa } from '../../../emulator/address';
import { exceptionReturn, takeException } from '../../../emulator/cpu/exceptions/exceptions';
import {
  currentEl,
  readPc,
  readPstate,
  readSysreg,
  securityState,
  writePc,
  writeSysreg,
} from '../../../emulator/cpu/pe';
import { Pas } from '../../../emulator/memory/pas';
import { handleException } from '../../../emulator/rmm/realm-entry/exceptions';
import type { RecEntry } from '../../../emulator/rmm/state';
import { bench, CODE, Exit, exits, place } from './support';

const ec = (esr: bigint): number => Number((esr >> 26n) & 0x3fn);

test('the vector depends on where an exception comes from and what it is', () => {
  for (const [from, sp, to, base] of [
    [1, 1, 1, 0x200],
    [1, 0, 1, 0x000],
    [0, 0, 1, 0x400],
    [1, 1, 2, 0x400],
    [2, 1, 2, 0x200],
    [2, 1, 3, 0x400],
  ] as const) {
    for (const [kind, offset] of [
      ['sync', 0],
      ['irq', 0x80],
      ['fiq', 0x100],
      ['serror', 0x180],
    ] as const) {
      const it = bench(from);
      if (from > 0 && sp === 0) place(it, from, Pas.NonSecure, 0);
      const pstate = (from << 2) | sp;
      writeSysreg(it.pe, `VBAR_EL${to}`, 0x9000_0000n);
      it.pe.runner = 'a64';
      place(it, from);
      if (sp === 0 && from > 0) exits(it, Exit.System, 0xd500_40bf);
      writePc(it.pe, 0x8000_1234n);
      takeException(it.machine, it.pe, { targetEl: to, kind, esr: 0x1234n, returnAddress: 0x8000_1238n });
      assert.equal(readPc(it.pe), 0x9000_0000n + BigInt(base + offset), `${from} ${sp} ${to} ${kind}`);
      assert.equal(readSysreg(it.pe, `ELR_EL${to}`), 0x8000_1238n);
      assert.equal(Number(readSysreg(it.pe, `SPSR_EL${to}`)) & 0x1f, pstate);
      assert.equal(currentEl(it.pe), to);
      assert.equal(readPstate(it.pe) & 0x3c0, 0x3c0);
    }
  }
});

test('what runs at the level of an exception is the firmware in that seat', () => {
  const toMonitor = bench(2);
  takeException(toMonitor.machine, toMonitor.pe, { targetEl: 3, kind: 'sync', esr: 0n, returnAddress: 0n });
  assert.equal(toMonitor.pe.runner, 'monitor');
  assert.equal(securityState(toMonitor.pe), Pas.Root);
  const toRmm = bench(1, Pas.Realm);
  takeException(toRmm.machine, toRmm.pe, { targetEl: 2, kind: 'sync', esr: 0n, returnAddress: 0n });
  assert.equal(toRmm.pe.runner, 'rmm');
  const toGuest = bench(1);
  takeException(toGuest.machine, toGuest.pe, { targetEl: 2, kind: 'sync', esr: 0n, returnAddress: 0n });
  assert.equal(toGuest.pe.runner, 'a64');
});

test('an exception return restores the state it left', () => {
  const it = bench(1, Pas.NonSecure, 0x6000_0000 | (1 << 7));
  const before = readPstate(it.pe);
  takeException(it.machine, it.pe, { targetEl: 2, kind: 'sync', esr: 0n, returnAddress: BigInt(CODE) + 4n });
  exceptionReturn(it.machine, it.pe);
  assert.equal(readPstate(it.pe), before);
  assert.equal(readPc(it.pe), BigInt(CODE) + 4n);
  assert.equal(it.pe.runner, 'a64');
});

test('an illegal return stays, sets PSTATE.IL and then takes an exception', () => {
  for (const spsr of [0x3cdn, 0x10n, 0x3c3n, 0x3c1n]) {
    const it = bench(2);
    writeSysreg(it.pe, 'SPSR_EL2', spsr);
    writeSysreg(it.pe, 'ELR_EL2', 0x1000n);
    exits(it, Exit.Eret);
    assert.equal(currentEl(it.pe), 2);
    assert.equal(readPstate(it.pe) & (1 << 20), 1 << 20, `SPSR ${spsr.toString(16)}`);
    assert.equal(readPc(it.pe), 0x1000n);
    exits(it, Exit.IllegalState);
    assert.equal(ec(readSysreg(it.pe, 'ESR_EL2')), 0x0e);
    assert.equal(readPstate(it.pe) & (1 << 20), 0);
  }
});

test('SMC: EL3, EL2 under TSC, UNDEFINED at EL0 and under SMD', () => {
  const plain = bench(1);
  exits(plain, Exit.Smc, 0, 5n);
  assert.equal(currentEl(plain.pe), 3);
  assert.equal(readSysreg(plain.pe, 'ESR_EL3'), 0x5e00_0005n);
  assert.equal(readSysreg(plain.pe, 'ELR_EL3'), BigInt(CODE) + 4n);

  const trapped = bench(1, Pas.Realm);
  writeSysreg(trapped.pe, 'HCR_EL2', 1n << 19n);
  exits(trapped, Exit.Smc, 0, 5n);
  assert.equal(currentEl(trapped.pe), 2);
  assert.equal(readSysreg(trapped.pe, 'ESR_EL2'), 0x5e00_0005n);
  assert.equal(readSysreg(trapped.pe, 'ELR_EL2'), BigInt(CODE), 'a trapped SMC has not been executed');

  const user = bench(0);
  exits(user, Exit.Smc);
  assert.equal(ec(readSysreg(user.pe, 'ESR_EL1')), 0);

  const disabled = bench(2);
  writeSysreg(disabled.pe, 'SCR_EL3', 0x581n);
  exits(disabled, Exit.Smc);
  assert.equal(currentEl(disabled.pe), 2);
  assert.equal(readSysreg(disabled.pe, 'ESR_EL2'), 0x0200_0000n);
});

test('SVC, HVC and BRK go where the architecture says', () => {
  const svc = bench(0);
  exits(svc, Exit.Svc, 0, 7n);
  assert.equal(readSysreg(svc.pe, 'ESR_EL1'), 0x5600_0007n);
  const tge = bench(0);
  writeSysreg(tge.pe, 'HCR_EL2', 1n << 27n);
  exits(tge, Exit.Svc, 0, 7n);
  assert.equal(currentEl(tge.pe), 2);
  const hvc = bench(1);
  exits(hvc, Exit.Hvc, 0, 9n);
  assert.equal(readSysreg(hvc.pe, 'ESR_EL2'), 0x5a00_0009n);
  const noHvc = bench(1);
  writeSysreg(noHvc.pe, 'SCR_EL3', 0x401n);
  exits(noHvc, Exit.Hvc, 0, 9n);
  assert.equal(currentEl(noHvc.pe), 1);
  assert.equal(ec(readSysreg(noHvc.pe, 'ESR_EL1')), 0);
  const brk = bench(1);
  exits(brk, Exit.Brk, 0, 3n);
  assert.equal(readSysreg(brk.pe, 'ESR_EL1'), 0xf200_0003n);
  assert.equal(readSysreg(brk.pe, 'ELR_EL1'), BigInt(CODE));
});

test('WFI sleeps or traps; WFE takes the event', () => {
  const wfi = 0xd503_207f;
  const sleeping = bench(2);
  exits(sleeping, Exit.Wait, wfi);
  assert.equal(sleeping.pe.runner, 'waiting');
  assert.equal(readPc(sleeping.pe), BigInt(CODE) + 4n);
  const trapped = bench(1, Pas.Realm);
  writeSysreg(trapped.pe, 'HCR_EL2', 1n << 13n);
  exits(trapped, Exit.Wait, wfi);
  assert.equal(readSysreg(trapped.pe, 'ESR_EL2'), 0x07e0_0000n);
});

test('a virtual SError is taken once, when EL1 lets it', () => {
  const it = bench(2, Pas.Realm);
  writeSysreg(it.pe, 'HCR_EL2', (1n << 31n) | (1n << 8n) | (1n << 5n));
  writeSysreg(it.pe, 'SPSR_EL2', 0x5n);
  writeSysreg(it.pe, 'ELR_EL2', 0x4000n);
  exceptionReturn(it.machine, it.pe);
  assert.equal(currentEl(it.pe), 1);
  assert.equal(readPc(it.pe), 0x380n);
  assert.equal(readSysreg(it.pe, 'ELR_EL1'), 0x4000n);
  assert.equal(readSysreg(it.pe, 'HCR_EL2') & (1n << 8n), 0n);
});

test('HVC in a Realm is UNDEFINED: EL1 returns to the instruction, not behind it', () => {
  const it = bench(1, Pas.Realm);
  writeSysreg(it.pe, 'VBAR_EL1', 0x9000_0000n);
  exits(it, Exit.Hvc, 0, 7n);
  assert.equal(readSysreg(it.pe, 'ELR_EL2'), BigInt(CODE) + 4n);
  const entry = { rec: pa(0x8100_0000), rd: pa(0x8100_1000) };
  assert.equal(handleException(it.machine, it.pe, entry as RecEntry), null);
  assert.equal(readSysreg(it.pe, 'ESR_EL1'), 1n << 25n);
  assert.equal(readSysreg(it.pe, 'ELR_EL1'), BigInt(CODE));
  assert.equal(readSysreg(it.pe, 'ELR_EL2'), 0x9000_0200n);
});
