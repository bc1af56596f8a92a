/** Which accesses to system registers trap, and to which EL: conditions by the trap group a row names. */
import { currentEl, el2Enabled, type Pe, readSysreg, sctlrOf } from '../pe';
import { userMayUse } from '../pmu/registers';
import type { SysregRow } from './row';
import { timerTrap } from './timers';
import { trappingHcr } from './trapping';
import { isVirtualInterface } from './virtual-gic';

const has = (value: bigint, bit: number): boolean => ((value >> BigInt(bit)) & 1n) === 1n;

/** HCR_EL2 bit that traps a group at EL1 (and EL0), for reads and for writes. */
const HCR_TRAPS: Partial<Record<NonNullable<SysregRow['traps']>, { read?: number; write?: number }>> = {
  vm: { read: 30, write: 26 },
  id1: { read: 16 },
  id2: { read: 17, write: 17 },
  id2Cache: { read: 17, write: 17 },
  id3: { read: 18 },
  auxiliary: { read: 21, write: 21 },
  lor: { read: 35, write: 35 },
};

/** MDCR_EL2 and MDCR_EL3 bits: TDA, TDOSA, TPM. */
const MDCR_TRAPS: Partial<Record<NonNullable<SysregRow['traps']>, number>> = {
  debug: 9,
  osLock: 10,
  debugRom: 11,
  pmu: 6,
};
const MDCR_TDE = 8;
const MDCR_TPMCR = 5;
const HCR_TGE = 27;

/** MDCR_EL2 traps; those of debug registers are in force too while debug exceptions are routed to EL2 (TDE or TGE). */
function monitorTrap(pe: Pe, row: SysregRow): boolean {
  const bit = row.traps === undefined ? undefined : MDCR_TRAPS[row.traps];
  if (bit === undefined) return false;
  const mdcr = readSysreg(pe, 'MDCR_EL2');
  if (has(mdcr, bit)) return true;
  if (row.traps === 'pmu') return row.name === 'PMCR_EL0' && has(mdcr, MDCR_TPMCR);
  return has(mdcr, MDCR_TDE) || has(readSysreg(pe, 'HCR_EL2'), HCR_TGE);
}

/** MDSCR_EL1.TDCC: EL0 may not use the debug channel. */
const isDebugChannel = (name: string): boolean => name === 'MDCCSR_EL0' || name.startsWith('DBGDTR');

/** EL0 accesses that SCTLR_EL1 (SCTLR_EL2 under E2H and TGE) decides about, and those of PMU and debug channel. */
function userTrap(pe: Pe, name: string, isRead: boolean): boolean {
  const sctlr = sctlrOf(pe, 0);
  if (name === 'CTR_EL0') return !has(sctlr, 15);
  if (name === 'DAIF') return !has(sctlr, 9);
  if (isDebugChannel(name)) return has(readSysreg(pe, 'MDSCR_EL1'), 12);
  return name.startsWith('PM') && !userMayUse(pe, name, isRead);
}

function gicTrap(pe: Pe, name: string): boolean {
  if (!isVirtualInterface(pe)) return false;
  const hcr = readSysreg(pe, 'ICH_HCR_EL2');
  if (name === 'ICC_DIR_EL1') return has(hcr, 14) || has(hcr, 10);
  if (['ICC_PMR_EL1', 'ICC_RPR_EL1', 'ICC_CTLR_EL1'].includes(name)) return has(hcr, 10);
  return /[A-Z]0R?0?_EL1$/.test(name) ? has(hcr, 11) : has(hcr, 12);
}

/** HCR_EL2.APK and SCR_EL3.APK allow access to the keys of pointer authentication. */
const keyTrap = (pe: Pe, toEl2: boolean): number | undefined =>
  toEl2 ? 2 : has(readSysreg(pe, 'SCR_EL3'), 16) ? undefined : 3;

/** EL that the access traps to with EC 0x18, or undefined when it is allowed. Minimal ELs have been checked before. */
export function sysregTrap(pe: Pe, row: SysregRow, isRead: boolean): number | undefined {
  const el = currentEl(pe);
  if (el === 3) return undefined;
  // Most registers that code reads and writes all the time belong to its EL, and nothing traps them.
  if (el > 0 && row.traps === undefined && (el === 2 || !row.name.startsWith('CNT'))) return undefined;
  const hypervisor = el < 2 && el2Enabled(pe);
  const hcr = trappingHcr(pe);
  const tge = has(readSysreg(pe, 'HCR_EL2'), HCR_TGE);
  if (el === 0 && userTrap(pe, row.name, isRead)) return hypervisor && tge ? 2 : 1;
  if (row.name.startsWith('CNT') && el < 2) {
    const target = timerTrap(pe, row.name as never);
    if (target === 1) return hypervisor && tge ? 2 : 1;
    if (target === 2 && hypervisor) return 2;
  }
  const group = row.traps;
  if (group === undefined) return undefined;
  if (group === 'extended') return has(readSysreg(pe, 'SCR_EL3'), 38) ? undefined : 3;
  if (group === 'random') return has(readSysreg(pe, 'SCR_EL3'), 40) ? 3 : undefined;
  if (group === 'pointerKey') return keyTrap(pe, hypervisor && !has(hcr, 40));
  if (hypervisor) {
    const bit = HCR_TRAPS[group]?.[isRead ? 'read' : 'write'];
    if (bit !== undefined && has(hcr, bit)) return 2;
    // FEAT_EVT: TID4.
    if (group === 'id2Cache' && has(hcr, 49)) return 2;
    if (monitorTrap(pe, row)) return 2;
    if (group === 'gicSgi' && isVirtualInterface(pe)) return 2;
    if (group === 'gic' && gicTrap(pe, row.name)) return 2;
  }
  const debugBit = MDCR_TRAPS[group];
  return debugBit !== undefined && has(readSysreg(pe, 'MDCR_EL3'), debugBit) ? 3 : undefined;
}
