/** What reading and writing a register does beyond storage, by the hook its row names. */

import { drawEntropy } from '../../machine/input-log';
import type { Machine } from '../../machine/machine';
import { interruptStatus } from '../exceptions/interrupts';
import {
  currentEl,
  el2Enabled,
  type Pe,
  readPstate,
  readSp,
  readSysreg,
  sctlrOf,
  writePstate,
  writeSp,
  writeSysreg,
} from '../pe';
import { syncPmu, updatePmuLine } from '../pmu/counting';
import { readPmu, writePmu } from '../pmu/registers';
import { readPhysical, writePhysical } from './physical-gic';
import type { HookName, SysregRow } from './row';
import type { SysregName } from './sysreg';
import { physicalCount, readTimerControl, readTimerValue, virtualCount, writeTimerValue } from './timers';
import { isVirtualRegister, readListStatus, readVirtual, readVmcr, writeVirtual } from './virtual-gic';

type Row = SysregRow<SysregName>;
export type ReadHook = (machine: Machine, pe: Pe, row: Row) => bigint;
export type WriteHook = (machine: Machine, pe: Pe, row: Row, value: bigint) => void;

const NZCV = 0xf000_0000;
const pstateBits =
  (mask: number): ReadHook =>
  (_machine, pe) =>
    BigInt((readPstate(pe) & mask) >>> 0);
const setPstateBits =
  (mask: number): WriteHook =>
  (_machine, pe, _row, value) =>
    writePstate(pe, ((readPstate(pe) & ~mask) | (Number(value & 0xffff_ffffn) & mask)) >>> 0);
/** The eight claim tags of DBGCLAIMSET_EL1. */
const CLAIM_TAGS = 0xffn;
const stackOf = (row: Row): number => Number(row.name.slice(-1));

/** 32 KiB level 1 caches (4 ways of 128 sets) and a 1 MiB level 2 cache, lines of 64 bytes. */
const readCacheSize: ReadHook = (_machine, pe) => {
  const selected = readSysreg(pe, 'CSSELR_EL1') & 0xfn;
  if (selected > 2n) return 0n;
  return selected < 2n ? 0x000f_e01an : 0x007f_e07an;
};

/** DZP tells whether DC ZVA is prohibited where the register is read: SCTLR_EL1.DZE at EL0, HCR_EL2.TDZ below EL2. */
const readZeroBlockSize: ReadHook = (_machine, pe, row) => {
  const el = currentEl(pe);
  const user = el === 0 && ((sctlrOf(pe, 0) >> 14n) & 1n) === 0n;
  const trapped = el < 2 && el2Enabled(pe) && ((readSysreg(pe, 'HCR_EL2') >> 28n) & 1n) === 1n;
  return readSysreg(pe, row.name) | (user || trapped ? 1n << 4n : 0n);
};

/** EL1 reads the identity that EL2 gives it. */
const identity =
  (virtual: SysregName): ReadHook =>
  (_machine, pe, row) =>
    readSysreg(pe, currentEl(pe) === 1 && el2Enabled(pe) ? virtual : row.name);

/** RNDR and RNDRRS: entropy of the machine, which never runs out; NZCV says so. */
const readRandom: ReadHook = (machine, pe) => {
  writePstate(pe, (readPstate(pe) & ~NZCV) >>> 0);
  return new DataView(drawEntropy(machine, 8).buffer).getBigUint64(0, true);
};

export const READ_HOOKS: Partial<Record<HookName, ReadHook>> = {
  currentEl: (_machine, pe) => BigInt(currentEl(pe) << 2),
  nzcv: pstateBits(NZCV),
  daif: pstateBits(0xf << 6),
  spSel: pstateBits(1),
  pan: pstateBits(1 << 22),
  uao: pstateBits(1 << 23),
  dit: pstateBits(1 << 24),
  ssbs: pstateBits(1 << 12),
  random: readRandom,
  stackPointer: (_machine, pe, row) => readSp(pe, stackOf(row)),
  physicalCount: (machine) => physicalCount(machine),
  virtualCount: (machine, pe) => virtualCount(machine, pe),
  timerControl: (machine, pe, row) => readTimerControl(machine, pe, row.name),
  timerValue: (machine, pe, row) => readTimerValue(machine, pe, row.name),
  midr: identity('VPIDR_EL2'),
  mpidr: identity('VMPIDR_EL2'),
  interruptStatus,
  cacheSize: readCacheSize,
  zeroBlockSize: readZeroBlockSize,
  listStatus: (_machine, pe, row) => readListStatus(pe, row.name),
  virtualControl: (_machine, pe) => readVmcr(pe),
  claimSet: () => CLAIM_TAGS,
  pmu: readPmu,
  set: (_machine, pe, row) => readSysreg(pe, row.of as SysregName),
  clear: (_machine, pe, row) => readSysreg(pe, row.of as SysregName),
  gicCpu: (machine, pe, row) =>
    isVirtualRegister(pe, row.name) ? readVirtual(pe, row.name) : readPhysical(machine, pe, row.name),
};

export const WRITE_HOOKS: Partial<Record<HookName, WriteHook>> = {
  nzcv: setPstateBits(NZCV),
  daif: setPstateBits(0xf << 6),
  spSel: setPstateBits(1),
  pan: setPstateBits(1 << 22),
  uao: setPstateBits(1 << 23),
  dit: setPstateBits(1 << 24),
  ssbs: setPstateBits(1 << 12),
  stackPointer: (_machine, pe, row, value) => writeSp(pe, stackOf(row), value),
  timerValue: (machine, pe, row, value) => writeTimerValue(machine, pe, row.name, value),
  osLockAccess: (_machine, pe, _row, value) => {
    const status = readSysreg(pe, 'OSLSR_EL1');
    writeSysreg(pe, 'OSLSR_EL1', (status & ~2n) | ((value & 1n) << 1n));
  },
  claimSet: (_machine, pe, _row, value) =>
    writeSysreg(pe, 'DBGCLAIMCLR_EL1', readSysreg(pe, 'DBGCLAIMCLR_EL1') | (value & CLAIM_TAGS)),
  pmu: writePmu,
  debugControl: (machine, pe, row, value) => {
    syncPmu(machine, pe);
    writeSysreg(pe, row.name, (readSysreg(pe, row.name) & ~row.writable) | (value & row.writable));
    updatePmuLine(machine, pe);
  },
  set: (_machine, pe, row, value) => {
    const name = row.of as SysregName;
    writeSysreg(pe, name, readSysreg(pe, name) | value);
  },
  clear: (_machine, pe, row, value) => {
    const name = row.of as SysregName;
    writeSysreg(pe, name, readSysreg(pe, name) & ~value);
  },
  gicCpu: (machine, pe, row, value) => {
    if (isVirtualRegister(pe, row.name)) writeVirtual(machine, pe, row.name, value);
    else writePhysical(machine, pe, row.name, value);
  },
};
