/** The Host's own interrupts, and its timer (CNTHP_EL2 at Non-secure EL2). The GIC is set up at power on. */
import { type Pe, writeSysreg } from '../cpu/pe';
import { acknowledgeInterrupt, maskPpi, Ppi } from '../devices/gic/gic';
import type { Machine } from '../machine/machine';

const HOST_TIMER = 26;

/** Takes the pending interrupt off the PE; true when it is the Host's timer. */
export const takeInterrupt = (machine: Machine, pe: Pe): boolean => acknowledgeInterrupt(machine, pe) === HOST_TIMER;

/** Keeps the overflow interrupt of a Realm's PMU off the PE, once the Host knows of it. */
export const maskOverflow = (machine: Machine, pe: Pe, masked: boolean): void =>
  maskPpi(machine, pe.index, Ppi.pmu, masked);

/** Arms the Host's timer for a system count; Infinity turns it off. */
export function setTimer(pe: Pe, at: number): void {
  const on = Number.isSafeInteger(at);
  if (on) writeSysreg(pe, 'CNTHP_CVAL_EL2', BigInt(at));
  writeSysreg(pe, 'CNTHP_CTL_EL2', on ? 1n : 0n);
}
