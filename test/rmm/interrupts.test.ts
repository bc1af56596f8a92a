/** REC exits by physical interrupts, SErrors and timers (RMM 1.0, `rec_exit`), with A64 guests in the interpreter. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pa } from '../../emulator/address';
import { currentEl, readSysreg, securityBelowEl3, writePc, writeSysreg } from '../../emulator/cpu/pe';
import {
  acknowledgeInterrupt,
  driveInterrupt,
  enableInterrupts,
  raiseInterrupt,
  raiseSerror,
  SPURIOUS,
} from '../../emulator/devices/gic/gic';
import { spendTicks } from '../../emulator/machine/clock';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine, restoreMachine, saveMachine } from '../../emulator/machine/snapshot';
import { writeU32 } from '../../emulator/memory/memory';
import { Pas } from '../../emulator/memory/pas';
import { HOST_CONTEXT } from '../../emulator/rmm/memory';
import { mrs, msr } from '../cpu/system/support';
import { A64, CODE, enterCode, exitWord, recPc, recSysreg, recX, setRec, TRAP_WFI, writeCode } from './realm-code';
import { AT, beginCall, bootPe, buildRealm, fidOfName, newMachine, rmi, smc, writePage } from './support';

const Reason = { sync: 0n, irq: 1n, fiq: 2n, serror: 6n } as const;
/** add x3, x3, #1; b . - 4 */
const COUNT = [0x9100_0463, 0x17ff_ffff];
const irqUnmasked = 0xd503_42ff;
const move = (register: number, value: number): number => (0xd280_0000 | (value << 5) | register) >>> 0;
/** add x1, x1, #value */
const addX1 = (value: number): number => (0x9100_0021 | (value << 10)) >>> 0;
const IRQ_VECTOR = 0x280;
const SERROR_VECTOR = 0x380;

function newRealm(words: readonly number[]): Machine {
  const machine = newMachine('fvp');
  enableInterrupts(machine);
  buildRealm(machine);
  writeCode(machine, CODE, words);
  setRec(machine, { pc: CODE });
  return machine;
}

const reasonOf = (machine: Machine): bigint => exitWord(machine, 'exit_reason') & 0xffn;

/** The Host's EL2 timer, `ticks` from now; 0 turns it off. */
function hostTimer(machine: Machine, ticks: number): void {
  const pe = bootPe(machine);
  writeSysreg(pe, 'CNTHP_CVAL_EL2', BigInt(machine.clock.ticks + ticks));
  writeSysreg(pe, 'CNTHP_CTL_EL2', ticks === 0 ? 0n : 1n);
}

describe('physical interrupts', () => {
  test('an IRQ ends the entry, stays pending for the Host, and the Realm goes on where it was', () => {
    const machine = newRealm(COUNT);
    const began = machine.clock.ticks;
    hostTimer(machine, 9000);
    assert.equal(enterCode(machine), 0n);
    assert.equal(reasonOf(machine), Reason.irq);
    assert.equal(exitWord(machine, 'esr'), 0n);
    assert.deepEqual([exitWord(machine, 'gprs', 0), exitWord(machine, 'gprs', 3)], [0n, 0n]);
    const counted = recX(machine, 3);
    assert.ok(counted > 1000n && counted < 4500n, `${counted}`);
    assert.equal(acknowledgeInterrupt(machine, bootPe(machine)), 26);
    assert.ok(machine.clock.ticks >= began + 9000);
    // The timer is still due: the line stays high until the Host turns it off.
    assert.equal(acknowledgeInterrupt(machine, bootPe(machine)), 26);
    hostTimer(machine, 5000);
    enterCode(machine);
    assert.ok(recX(machine, 3) > counted);
  });

  test('an interrupt that is pending before the entry lets no Realm instruction run', () => {
    const machine = newRealm(COUNT);
    raiseInterrupt(machine, 40);
    assert.equal(enterCode(machine), 0n);
    assert.equal(reasonOf(machine), Reason.irq);
    assert.deepEqual([recX(machine, 3), recPc(machine)], [0n, CODE]);
    assert.equal(acknowledgeInterrupt(machine, bootPe(machine)), 40);
    assert.equal(acknowledgeInterrupt(machine, bootPe(machine)), SPURIOUS);
  });

  test('a Secure interrupt is an FIQ', () => {
    const machine = newRealm(COUNT);
    driveInterrupt(machine, 56, true);
    enterCode(machine);
    assert.equal(reasonOf(machine), Reason.fiq);
    assert.equal(exitWord(machine, 'esr'), 0n);
    driveInterrupt(machine, 56, false);
    assert.equal(acknowledgeInterrupt(machine, bootPe(machine)), SPURIOUS);
  });

  test('what the Host has not enabled, or masks by priority, does not end an entry', () => {
    const machine = newRealm([move(3, 7), A64.wfi]);
    writeSysreg(bootPe(machine), 'ICC_PMR_EL1', 0x80n);
    raiseInterrupt(machine, 200);
    enterCode(machine);
    assert.equal(reasonOf(machine), Reason.sync);
    assert.equal(recX(machine, 3), 7n);
  });

  test('a WFI with an interrupt pending does not trap', () => {
    const machine = newRealm([A64.wfi, move(3, 7), A64.wfi]);
    // Virtual: pending in a list register, masked by PSTATE.I. The interface must be on for it to be signalled.
    writeCode(machine, CODE, [
      move(1, 0xff),
      msr('ICC_PMR_EL1', 1),
      move(1, 1),
      msr('ICC_IGRPEN1_EL1', 1),
      A64.wfi,
      move(3, 7),
      msr('ICC_IGRPEN1_EL1', 31),
      A64.wfi,
    ]);
    enterCode(machine, { 776: (1n << 62n) | (1n << 60n) | (0xa0n << 48n) | 40n });
    assert.equal(reasonOf(machine), Reason.sync);
    assert.equal(recX(machine, 3), 7n);
    assert.equal(recPc(machine), CODE + 32);
  });
});

describe('SError', () => {
  const ISS = { recoverable: (3 << 10) | 0x11, corrected: (6 << 10) | 0x11, uncontainable: 0x11 };
  const handled = (): Machine => {
    const machine = newRealm(COUNT);
    writeCode(machine, SERROR_VECTOR, [mrs(5, 'ESR_EL1'), A64.wfi]);
    setRec(machine, { pstate: 0x5n });
    return machine;
  };

  test('a recoverable one is shown to the Host and given to the Realm', () => {
    const machine = handled();
    raiseSerror(machine, 0, ISS.recoverable);
    enterCode(machine);
    assert.equal(reasonOf(machine), Reason.serror);
    assert.equal(exitWord(machine, 'esr') & 0x1ff_ffffn, BigInt(ISS.recoverable));
    assert.equal(recX(machine, 3), 0n);
    enterCode(machine);
    assert.equal(reasonOf(machine), Reason.sync);
    assert.equal(recX(machine, 5), (0x2fn << 26n) | (1n << 25n) | BigInt(ISS.recoverable));
    assert.equal(recSysreg(machine, 'ELR_EL1'), BigInt(CODE));
  });

  test('a corrected one is the Host’s alone', () => {
    const machine = handled();
    raiseSerror(machine, 0, ISS.corrected);
    enterCode(machine);
    assert.equal(reasonOf(machine), Reason.serror);
    hostTimer(machine, 4000);
    enterCode(machine);
    assert.equal(reasonOf(machine), Reason.irq);
    assert.ok(recX(machine, 3) > 100n);
  });

  test('one that cannot be contained stops the system with a message', () => {
    const machine = handled();
    raiseSerror(machine, 0, ISS.uncontainable);
    writePage(machine, AT.run, {});
    beginCall(machine, fidOfName('RMI_REC_ENTER'), [AT.rec, AT.run]);
    assert.equal(run(machine, { steps: 10_000 }).reason, 'stop');
    assert.match(machine.stop.requested?.text ?? '', /cannot be contained/);
    assert.equal(run(machine, { steps: 10_000 }).reason, 'halted');
  });
});

describe('EL1 timers', () => {
  /** Arms the virtual timer 500 ticks ahead, unmasks IRQs and waits; the handler takes the interrupt and ends it. */
  const PROGRAM = [
    move(1, 0xff),
    msr('ICC_PMR_EL1', 1),
    move(1, 1),
    msr('ICC_IGRPEN1_EL1', 1),
    mrs(1, 'CNTVCT_EL0'),
    addX1(500),
    msr('CNTV_CVAL_EL0', 1),
    move(2, 1),
    msr('CNTV_CTL_EL0', 2),
    irqUnmasked,
    A64.wfi,
    move(9, 9),
    A64.wfi,
  ];
  const HANDLER = [mrs(6, 'ICC_IAR1_EL1'), msr('CNTV_CTL_EL0', 31), msr('ICC_EOIR1_EL1', 6), 0xd69f_03e0];
  const LR = (1n << 62n) | (1n << 60n) | (0xa0n << 48n) | (1n << 41n) | 27n;
  const armed = (): Machine => {
    const machine = newRealm(PROGRAM);
    writeCode(machine, IRQ_VECTOR, HANDLER);
    return machine;
  };

  test('a waiting guest is interrupted by its timer, by way of the Host', () => {
    const machine = armed();
    enterCode(machine, { 0: 0 });
    assert.equal(reasonOf(machine), Reason.irq);
    assert.equal(exitWord(machine, 'cntv_ctl'), 5n);
    assert.equal(exitWord(machine, 'cntv_cval'), recX(machine, 1));
    assert.ok(exitWord(machine, 'cntv_cval') <= BigInt(machine.clock.ticks));
    // The timer has left the PE with the REC: the Host finds nothing to acknowledge, and its own timers.
    run(machine, { steps: 1 });
    assert.equal(acknowledgeInterrupt(machine, bootPe(machine)), SPURIOUS);
    assert.equal(readSysreg(bootPe(machine), 'CNTV_CTL_EL0'), 0n);

    enterCode(machine, { 0: 0, 776: LR });
    assert.equal(reasonOf(machine), Reason.irq, 'maintenance at the end of the interrupt');
    assert.equal(recX(machine, 6), 27n);
    assert.equal(exitWord(machine, 'gicv3_misr'), 1n);
    assert.equal(exitWord(machine, 'gicv3_lrs') >> 62n, 0n);
    assert.equal(exitWord(machine, 'cntv_ctl'), 0n);

    enterCode(machine);
    assert.equal(reasonOf(machine), Reason.sync);
    assert.equal(recX(machine, 9), 9n);
  });

  const TIMERS = [
    ['virtual', 'CNTVCT_EL0', 'CNTV_CVAL_EL0', 'CNTV_CTL_EL0', 'cntv_ctl'],
    ['physical', 'CNTPCT_EL0', 'CNTP_CVAL_EL0', 'CNTP_CTL_EL0', 'cntp_ctl'],
  ] as const;
  for (const [name, counter, compare, control, exit] of TIMERS) {
    test(`an output of the ${name} timer that rises outside makes the next entry exit at once, once`, () => {
      const arm = [mrs(1, counter), addX1(500), msr(compare, 1), move(2, 1), msr(control, 2)];
      const machine = newRealm([...arm, A64.wfi, ...COUNT]);
      enterCode(machine);
      assert.equal(reasonOf(machine), Reason.sync);
      assert.equal(exitWord(machine, exit), 1n);
      const at = recPc(machine);
      spendTicks(machine.clock, 10_000);
      enterCode(machine);
      assert.equal(reasonOf(machine), Reason.irq);
      assert.equal(exitWord(machine, exit), 5n);
      assert.deepEqual([recPc(machine), recX(machine, 3)], [at, 0n]);
      hostTimer(machine, 5000);
      enterCode(machine);
      assert.equal(
        acknowledgeInterrupt(machine, bootPe(machine)),
        26,
        'the asserted timer is masked while the Realm runs',
      );
      assert.ok(recX(machine, 3) > 100n);
    });
  }

  test('an output that falls while the Realm runs is told at its next call', () => {
    const machine = newRealm([...PROGRAM.slice(4, 9), A64.wfi, msr('CNTV_CTL_EL0', 31), A64.smc, ...COUNT]);
    enterCode(machine);
    spendTicks(machine.clock, 10_000);
    enterCode(machine);
    setRec(machine, { x: { 0: BigInt(fidOfName('RSI_VERSION')), 1: 0x1_0000n } });
    enterCode(machine);
    assert.equal(reasonOf(machine), Reason.irq);
    assert.equal(exitWord(machine, 'cntv_ctl'), 0n);
    assert.equal(recX(machine, 0), 0n, 'the call is complete');
    assert.equal(recX(machine, 3), 0n, 'and nothing behind it has run');
  });
});

describe('token signing', () => {
  const challenge = [1, 2, 3, 4, 5, 6, 7, 8];
  const INIT = fidOfName('RSI_ATTESTATION_TOKEN_INIT');
  const CONTINUE = fidOfName('RSI_ATTESTATION_TOKEN_CONTINUE');
  const enter = (machine: Machine, init: boolean): void => {
    writePage(machine, AT.run, {});
    rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], (pe, stay) => {
      if (init && stay === 0) return smc(pe, INIT, ...challenge);
      if (stay === (init ? 1 : 0)) return smc(pe, CONTINUE, 0, 0, 4096);
      return { kind: 'fiq' };
    });
  };

  test('without an interrupt one call signs and delivers', () => {
    const machine = newRealm([]);
    const began = machine.clock.ticks;
    enter(machine, true);
    assert.equal(reasonOf(machine), Reason.fiq);
    assert.deepEqual([recX(machine, 0), recX(machine, 1) > 0n], [0n, true]);
    assert.ok(machine.clock.ticks - began > 100_000);
  });

  test('a pending interrupt ends it with RSI_INCOMPLETE and no bytes; it always gets further', () => {
    const machine = newRealm([]);
    raiseInterrupt(machine, 40);
    let entries = 0;
    for (; ; entries++) {
      const at = recPc(machine);
      enter(machine, entries === 0);
      if (reasonOf(machine) !== Reason.irq) break;
      assert.deepEqual([recX(machine, 0), recX(machine, 1)], [3n, 0n]);
      assert.equal(recPc(machine), at + (entries === 0 ? 8 : 4));
      assert.ok(entries < 100);
    }
    assert.ok(entries > 2);
    assert.deepEqual([recX(machine, 0), recX(machine, 1) > 0n], [0n, true]);
  });
});

describe('exactness', () => {
  const STEPS = 12_000;
  const HOST_CODE = 0x8000_6000;

  /** The Host's code is a loop; its timer ends a first entry, and what comes then is the Host's loop for ever. */
  function begun(): Machine {
    const machine = newRealm([...COUNT]);
    writeU32(machine.memory, HOST_CONTEXT, pa(HOST_CODE + 4), 0x1400_0000);
    writePc(bootPe(machine), BigInt(HOST_CODE));
    hostTimer(machine, 5000);
    writePage(machine, AT.run, {});
    beginCall(machine, fidOfName('RMI_REC_ENTER'), [AT.rec, AT.run]);
    return machine;
  }
  function finish(machine: Machine, slice: number, until: number): void {
    while (machine.clock.position < until) run(machine, { steps: Math.min(slice, until - machine.clock.position) });
  }

  test('the same interrupt at the same position, whatever the slice, saved and restored or not', () => {
    const whole = begun();
    const from = whole.clock.position;
    finish(whole, 1_000_000, from + STEPS);
    const expected = hashMachine(whole);
    const counted = recX(whole, 3);
    assert.ok(counted > 1000n);
    assert.equal(securityBelowEl3(bootPe(whole)), Pas.NonSecure);
    assert.equal(currentEl(bootPe(whole)), 2);
    for (const slice of [1, 7, 1000]) {
      const machine = begun();
      finish(machine, slice, from + STEPS);
      assert.equal(recX(machine, 3), counted, `slices of ${slice}`);
      assert.equal(hashMachine(machine), expected, `slices of ${slice}`);
    }
    for (const at of [2, 700, 3999, 5100]) {
      const machine = begun();
      finish(machine, 1_000_000, from + at);
      const saved = structuredClone(saveMachine(machine));
      const other = newMachine('fvp');
      restoreMachine(other, saved);
      finish(other, 13, from + STEPS);
      assert.equal(hashMachine(other), expected, `saved after ${at}`);
    }
  });
});

test('flags of the entry leave WFI alone or trap it', () => {
  const machine = newRealm([A64.wfi]);
  enterCode(machine, { 0: TRAP_WFI });
  assert.equal(reasonOf(machine), Reason.sync);
});
