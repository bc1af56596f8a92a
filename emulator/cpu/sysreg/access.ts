/** Reading and writing system registers with everything but traps: redirection, hooks, read-only bits. */
import type { Machine } from '../../machine/machine';
import { currentEl, el2Enabled, hostsEl0, type Pe, readSysreg, writeSysreg } from '../pe';
import { READ_HOOKS, WRITE_HOOKS } from './hooks';
import type { SysregRow } from './row';
import { type SysregName, sysregByEncoding, sysregRow } from './sysreg';

/** Registers that EL2 reaches by the EL1 encoding while HCR_EL2.E2H is set (FEAT_VHE). */
const REDIRECTED: Partial<Record<SysregName, SysregName>> = {
  SCTLR_EL1: 'SCTLR_EL2',
  CPACR_EL1: 'CPTR_EL2',
  TTBR0_EL1: 'TTBR0_EL2',
  TTBR1_EL1: 'TTBR1_EL2',
  TCR_EL1: 'TCR_EL2',
  ESR_EL1: 'ESR_EL2',
  FAR_EL1: 'FAR_EL2',
  AFSR0_EL1: 'AFSR0_EL2',
  AFSR1_EL1: 'AFSR1_EL2',
  MAIR_EL1: 'MAIR_EL2',
  AMAIR_EL1: 'AMAIR_EL2',
  VBAR_EL1: 'VBAR_EL2',
  CONTEXTIDR_EL1: 'CONTEXTIDR_EL2',
  SPSR_EL1: 'SPSR_EL2',
  ELR_EL1: 'ELR_EL2',
  CNTKCTL_EL1: 'CNTHCTL_EL2',
  CNTP_TVAL_EL0: 'CNTHP_TVAL_EL2',
  CNTP_CTL_EL0: 'CNTHP_CTL_EL2',
  CNTP_CVAL_EL0: 'CNTHP_CVAL_EL2',
  CNTV_TVAL_EL0: 'CNTHV_TVAL_EL2',
  CNTV_CTL_EL0: 'CNTHV_CTL_EL2',
  CNTV_CVAL_EL0: 'CNTHV_CVAL_EL2',
};

const hosts = (pe: Pe): boolean => ((readSysreg(pe, 'HCR_EL2') >> 34n) & 1n) === 1n;

/** The register an instruction means: E2H redirects EL1 names at EL2, and makes the _EL12 and _EL02 encodings exist. */
export function findRegister(pe: Pe, key: number): SysregRow<SysregName> | undefined {
  const el = currentEl(pe);
  const op1 = (key >> 11) & 7;
  const crn = (key >> 7) & 15;
  if (op1 === 5 && key >> 14 === 3) {
    if (el < 2 || !hosts(pe)) return undefined;
    const isTimer = crn === 14 && ((key >> 3) & 15) >= 2;
    const row = sysregByEncoding((key & ~(7 << 11)) | ((isTimer ? 3 : 0) << 11));
    return row !== undefined && REDIRECTED[row.name] !== undefined ? row : undefined;
  }
  const row = sysregByEncoding(key);
  if (row === undefined || el !== 2 || !hosts(pe)) return row;
  const other = REDIRECTED[row.name];
  return other === undefined ? row : sysregRow(other);
}

/** An EL0 that EL2 hosts has the EL2 timers in place of those of EL1. */
function hostedTimer(pe: Pe, row: SysregRow<SysregName>): SysregRow<SysregName> {
  if (currentEl(pe) !== 0 || !/^CNT[PV]_/.test(row.name) || !el2Enabled(pe) || !hostsEl0(pe)) return row;
  const other = REDIRECTED[row.name];
  return other === undefined ? row : sysregRow(other);
}

/** What MRS reads. */
export function readRegister(machine: Machine, pe: Pe, named: SysregRow<SysregName>): bigint {
  const row = hostedTimer(pe, named);
  const hook = row.hook === undefined ? undefined : READ_HOOKS[row.hook];
  return hook === undefined ? readSysreg(pe, row.name) : hook(machine, pe, row);
}

const ALL = 0xffff_ffff_ffff_ffffn;

/** What MSR writes: bits that are not writable keep their value. */
export function writeRegister(machine: Machine, pe: Pe, named: SysregRow<SysregName>, value: bigint): void {
  const row = hostedTimer(pe, named);
  const hook = row.hook === undefined ? undefined : WRITE_HOOKS[row.hook];
  if (hook !== undefined) hook(machine, pe, row, value);
  else if (row.writable === ALL) writeSysreg(pe, row.name, value);
  else writeSysreg(pe, row.name, (readSysreg(pe, row.name) & ~row.writable) | (value & row.writable));
}
