/** What a Host does to the GIC before it uses it, for the Host that is native code. */
import { readSysreg, writeSysreg } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { refreshAllSignals } from './delivery';
import { bankFor, bitOf, INTIDS, type InterruptBank, setBit } from './state';

/** Priority 0xa0 of the Non-secure half. */
const PRIORITY = 0xd0;
const PRIORITY_MASK = 0xf0n;
const GROUP1 = 3;

function enableBank(bank: InterruptBank): void {
  bank.group1.forEach((word, index) => {
    bank.enabled[index] = ((bank.enabled[index] ?? 0) | word) >>> 0;
  });
  for (let intid = 0; intid < bank.priority.length; intid++) {
    if (((bank.group1[intid >>> 5] ?? 0) >>> (intid & 31)) & 1) bank.priority[intid] = PRIORITY;
  }
}

/** Enables every interrupt of Non-secure Group 1, with one priority; SPIs go to PE 0. All PEs take Group 1 interrupts. */
export function enableInterrupts(machine: Machine): void {
  const { gic } = machine.devices;
  gic.control = GROUP1;
  for (const bank of [gic.shared, ...gic.privates]) enableBank(bank);
  gic.routes.fill(0, 0, INTIDS);
  for (const pe of machine.pes) {
    writeSysreg(pe, 'ICC_PMR_EL1', PRIORITY_MASK);
    writeSysreg(pe, 'ICC_IGRPEN1_EL1', readSysreg(pe, 'ICC_IGRPEN1_EL1') | 1n);
  }
  refreshAllSignals(machine);
}

/** Enables or disables a private interrupt of a PE. */
export function maskPpi(machine: Machine, pe: number, intid: number, masked: boolean): void {
  const { enabled } = bankFor(machine.devices.gic, pe, intid);
  if (bitOf(enabled, intid) === !masked) return;
  setBit(enabled, intid, !masked);
  refreshAllSignals(machine);
}
