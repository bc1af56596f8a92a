/**
 * EL1 timers of a REC (RMM 1.0, `rec_exit.timers`). The Host learns of their outputs by REC exits: an output that rises
 * while the Realm runs is a physical interrupt; one that differs from the last exit when the Realm is about to be resumed
 * makes the REC exit at once. While an output is asserted it is masked, so that the Realm can run and handle it.
 */
import type { Pa } from '../../address';
import { type Pe, readSysreg, writeSysreg } from '../../cpu/pe';
import { readTimerControl } from '../../cpu/sysreg/timers';
import type { Machine } from '../../machine/machine';
import { REC, recField64, setRecField64 } from '../rec/rec';
import { REC_SYSREGS } from '../structures/rec';

/** EL1 and EL0 use the physical counter and timer without a trap. */
const CNTHCTL_REALM = 3n;
/** Each timer with its mask in CNTHCTL_EL2 (FEAT_RME). */
const TIMERS = [
  { control: 'CNTV_CTL_EL0', compare: 'CNTV_CVAL_EL0', mask: 1n << 18n, slot: REC_SYSREGS.indexOf('CNTV_CTL_EL0') },
  { control: 'CNTP_CTL_EL0', compare: 'CNTP_CVAL_EL0', mask: 1n << 19n, slot: REC_SYSREGS.indexOf('CNTP_CTL_EL0') },
] as const;

/** ENABLE and ISTATUS set, IMASK clear. */
const isAsserted = (control: bigint): boolean => (control & 7n) === 5n;

/** With the registers of a REC: outputs that were asserted when it left start masked. */
export function loadTimers(machine: Machine, pe: Pe, rec: Pa): void {
  const masks = TIMERS.map(({ mask, slot }) => (isAsserted(recField64(machine, rec, REC.sysregs, slot)) ? mask : 0n));
  writeSysreg(
    pe,
    'CNTHCTL_EL2',
    masks.reduce((bits, mask) => bits | mask, CNTHCTL_REALM),
  );
}

/** Masks the outputs that are asserted now. True when one of them is not what it was at the last REC exit. */
export function checkTimers(machine: Machine, pe: Pe, rec: Pa): boolean {
  let control = CNTHCTL_REALM;
  let changed = false;
  for (const timer of TIMERS) {
    const asserted = isAsserted(readTimerControl(machine, pe, timer.control));
    if (asserted) control |= timer.mask;
    if (asserted !== isAsserted(recField64(machine, rec, REC.sysregs, timer.slot))) changed = true;
  }
  writeSysreg(pe, 'CNTHCTL_EL2', control);
  return changed;
}

/** After the REC's registers have been saved: what it leaves with includes ISTATUS. The timers stop in the PE. */
export function saveTimers(machine: Machine, pe: Pe, rec: Pa): void {
  for (const { control, slot } of TIMERS) {
    setRecField64(machine, rec, REC.sysregs, readTimerControl(machine, pe, control), slot);
  }
}

/** The Realm is gone from the PE: its timers are no longer there. */
export function clearTimers(pe: Pe): void {
  for (const { control, compare } of TIMERS) {
    writeSysreg(pe, control, 0n);
    writeSysreg(pe, compare, 0n);
  }
  writeSysreg(pe, 'CNTHCTL_EL2', CNTHCTL_REALM);
}

/** What RmiRecExit shows of them. */
export interface TimerExit {
  readonly cntvCtl: bigint;
  readonly cntvCval: bigint;
  readonly cntpCtl: bigint;
  readonly cntpCval: bigint;
}

export const readTimers = (machine: Machine, pe: Pe): TimerExit => ({
  cntvCtl: readTimerControl(machine, pe, 'CNTV_CTL_EL0'),
  cntvCval: BigInt.asUintN(64, readSysreg(pe, 'CNTV_CVAL_EL0') - readSysreg(pe, 'CNTVOFF_EL2')),
  cntpCtl: readTimerControl(machine, pe, 'CNTP_CTL_EL0'),
  cntpCval: readSysreg(pe, 'CNTP_CVAL_EL0'),
});
