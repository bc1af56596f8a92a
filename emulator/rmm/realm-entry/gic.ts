/**
 * The virtual GIC state that the Host gives at entry and gets back at exit (RMM 1.0, `rec_exit.gic`), and the rest of it,
 * which stays with the REC.
 */
import type { Pa } from '../../address';
import { type Pe, readSysreg, writeSysreg } from '../../cpu/pe';
import type { SysregName } from '../../cpu/sysreg/sysreg';
import { readListStatus, readVmcr } from '../../cpu/sysreg/virtual-gic';
import type { Machine } from '../../machine/machine';
import { REC, recField64, setRecField64 } from '../rec/rec';

/** ICH_HCR_EL2 bits the Host may set: UIE, LRENPIE, NPIE, VGrp0EIE to VGrp1DIE, TDIR. */
const HCR_ALLOWED = 0x40fen;
/** EOIcount, shown to the Host at exit. */
const HCR_EOI_COUNT = 0x1fn << 27n;
const HCR_ENABLE = 1n;

const STATE_SHIFT = 62n;
const HW = 1n << 61n;
const PINTID = 0x1fffn << 32n;
/** With HW clear, bit 41 asks for a maintenance interrupt at EOI; the rest of pINTID is RES0. */
const PINTID_EOI = 1n << 41n;
const PRIORITY_SHIFT = 48n;
/** Five priority bits are implemented: ICH_LR<n>_EL2.Priority[2:0] is RES0. */
const PRIORITY_RES0 = 0x7n;
const VINTID = 0xffff_ffffn;
const MAX_SPI = 1019n;
const MIN_LPI = 8192n;
const MAX_INTID = 0xffffn;

const listRegisterName = (index: number): SysregName => `ICH_LR${index}_EL2` as SysregName;

/** Without a GIC there is nothing to ask for maintenance: recorded Realms come from such a machine. */
const hasGic = ({ platform }: Machine): boolean => platform.devices.some(({ kind }) => kind === 'gicd');

/** Number of list registers the platform has. */
export const listRegisters = (machine: Machine): number => machine.platform.features.listRegisters;

/** What is wrong with the GIC state of an entry, in words; null when nothing is. */
export function gicFault(machine: Machine, hcr: bigint, lrs: readonly bigint[]): string | null {
  if ((hcr & ~HCR_ALLOWED) !== 0n) return "gicv3_hcr has a bit set that is not the Host's";
  const seen: bigint[] = [];
  for (let index = 0; index < listRegisters(machine); index++) {
    const lr = lrs[index] ?? 0n;
    if (lr >> STATE_SHIFT === 0n) continue;
    if ((lr & HW) !== 0n) return `gicv3_lrs[${index}].HW is set`;
    if ((lr & PINTID & ~PINTID_EOI) !== 0n) return `gicv3_lrs[${index}].pINTID is set`;
    if (((lr >> PRIORITY_SHIFT) & PRIORITY_RES0) !== 0n) return `gicv3_lrs[${index}].Priority has a RES0 bit set`;
    const intid = lr & VINTID;
    if (!(intid <= MAX_SPI || (intid >= MIN_LPI && intid <= MAX_INTID)))
      return `gicv3_lrs[${index}].vINTID is reserved`;
    if (seen.includes(intid)) return `gicv3_lrs[${index}].vINTID appears twice`;
    seen.push(intid);
  }
  return null;
}

/** The part of the virtual interface's state that is the REC's own: the Host sees some of it and sets none. */
const OWN = [
  ['ICH_VMCR_EL2', REC.gicVmcr],
  ['ICH_AP0R0_EL2', REC.gicAp0r],
  ['ICH_AP1R0_EL2', REC.gicAp1r],
] as const;

/** At entry: what the Host gives, and what the REC had when it left. */
export function loadGic(machine: Machine, pe: Pe, rec: Pa, hcr: bigint, lrs: readonly bigint[]): void {
  writeSysreg(pe, 'ICH_HCR_EL2', (hcr & HCR_ALLOWED) | HCR_ENABLE);
  for (let index = 0; index < listRegisters(machine); index++) {
    writeSysreg(pe, listRegisterName(index), lrs[index] ?? 0n);
  }
  for (const [name, field] of OWN) writeSysreg(pe, name, recField64(machine, rec, field));
}

/** At exit, while the REC's state is still in the PE. */
export function saveGic(machine: Machine, pe: Pe, rec: Pa): void {
  for (const [name, field] of OWN) setRecField64(machine, rec, field, readSysreg(pe, name));
}

/** What RmiRecExit shows of it. */
export interface GicExit {
  readonly hcr: bigint;
  readonly lrs: readonly bigint[];
  readonly misr: bigint;
  readonly vmcr: bigint;
}

export const readGic = (machine: Machine, pe: Pe): GicExit => ({
  hcr: readSysreg(pe, 'ICH_HCR_EL2') & (HCR_ALLOWED | HCR_EOI_COUNT),
  lrs: Array.from({ length: listRegisters(machine) }, (_, index) => readSysreg(pe, listRegisterName(index))),
  misr: hasGic(machine) ? readListStatus(pe, 'ICH_MISR_EL2') : 0n,
  vmcr: hasGic(machine) ? readVmcr(pe) : readSysreg(pe, 'ICH_VMCR_EL2'),
});

/** The Realm is gone from the PE: its interface is off, and nothing of it is left for the next REC. */
export function clearGic(machine: Machine, pe: Pe): void {
  writeSysreg(pe, 'ICH_HCR_EL2', 0n);
  for (let index = 0; index < listRegisters(machine); index++) writeSysreg(pe, listRegisterName(index), 0n);
  for (const [name] of OWN) writeSysreg(pe, name, 0n);
}
