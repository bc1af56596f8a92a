/** The Host's own interrupts: what it enables in the GIC, and its timer (Arm GICv3; CNTHP_EL2 at Non-secure EL2). */
import { type Pe, writeSysreg } from '../cpu/pe';
import { writePhysical } from '../cpu/sysreg/physical-gic';
import { acknowledgeInterrupt, writeDistributor, writeRedistributor } from '../devices/gic/gic';
import type { Machine } from '../machine/machine';

const GICD_CTLR = 0;
const ENABLE_GROUP_1 = 2;
/** GICR_ISENABLER0, in the second frame of a redistributor. */
const GICR_ISENABLER0 = 0x1_0100;
const HOST_TIMER = 26;
/** GIC maintenance, the Host's timer, the EL1 virtual and physical timers. */
const ENABLED = (1 << 25) | (1 << HOST_TIMER) | (1 << 27) | (1 << 30);
const LOWEST_PRIORITY = 0xf0n;

/** Lets the interrupts through that the Host lives by. */
export function enableInterrupts(machine: Machine, pe: Pe): void {
  const { gic } = machine.devices;
  writeDistributor(gic, GICD_CTLR, ENABLE_GROUP_1, ENABLE_GROUP_1);
  writeRedistributor(gic, pe.index, GICR_ISENABLER0, ENABLED, ENABLED);
  writePhysical(machine, pe, 'ICC_PMR_EL1', LOWEST_PRIORITY);
  writePhysical(machine, pe, 'ICC_IGRPEN1_EL1', 1n);
}

/** Takes the pending interrupt off the PE; true when it is the Host's timer. */
export const takeInterrupt = (machine: Machine, pe: Pe): boolean => acknowledgeInterrupt(machine, pe) === HOST_TIMER;

/** Arms the Host's timer for a system count; Infinity turns it off. */
export function setTimer(pe: Pe, at: number): void {
  const on = Number.isSafeInteger(at);
  if (on) writeSysreg(pe, 'CNTHP_CVAL_EL2', BigInt(at));
  writeSysreg(pe, 'CNTHP_CTL_EL2', on ? 1n : 0n);
}
