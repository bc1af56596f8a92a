/** The performance monitors of a REC (RMM 1.0, `rec_exit.pmu`): its registers come and go with the others. */
import { type Pe, readSysreg, writeSysreg } from '../../cpu/pe';
import { updatePmuLine } from '../../cpu/pmu/counting';
import type { SysregName } from '../../cpu/sysreg/sysreg';
import type { Machine } from '../../machine/machine';

/** RmiPmuOverflowStatus: some enabled counter has overflowed with its interrupt enabled. */
export const overflowStatus = (pe: Pe): number => {
  const bits =
    readSysreg(pe, 'PMOVSSET_EL0') & readSysreg(pe, 'PMINTENSET_EL1') & readSysreg(pe, 'PMCNTENSET_EL0') & 0xffff_ffffn;
  return bits !== 0n && (readSysreg(pe, 'PMCR_EL0') & 1n) !== 0n ? 1 : 0;
};

const STATE: readonly SysregName[] = ['PMOVSSET_EL0', 'PMINTENSET_EL1', 'PMCNTENSET_EL0'];

/** The Realm is gone from the PE: nothing counts for it, and nothing asks for an interrupt. */
export function clearPmu(machine: Machine, pe: Pe): void {
  for (const name of STATE) writeSysreg(pe, name, 0n);
  updatePmuLine(machine, pe);
}
