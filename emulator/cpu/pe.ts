/**
 * A PE: accessors over its area of the WebAssembly memory (`layout.ts`). Whatever the interpreter needs precomputed
 * (current EL, stack pointer in use, TLB bank, flags) is derived here whenever its sources change, and cached
 * translations that a register change makes stale are flushed here, so that no writer has to think of it.
 */
import type { Machine } from '../machine/machine';
import type { Platform } from '../machine/platform';
import type { Saved } from '../machine/saved';
import { PE_AREA_SIZE, peBase, tlbBankBase } from '../memory/map';
import type { MachineMemory } from '../memory/memory';
import { Pas } from '../memory/pas';
import {
  CPU_FLAG,
  CURRENT_EL,
  EVENT_REGISTER,
  EXCLUSIVE_ADDRESS,
  EXCLUSIVE_VALUE,
  EXIT_ARG0,
  EXIT_ARG1,
  EXIT_WORD,
  FLAGS,
  NZCV,
  PC,
  PSTATE_REST,
  RETIRED,
  SP,
  SP_SELECTED,
  SYSREGS,
  TLB_BANK,
  tlbBankOf,
  V,
  X,
} from './layout';
import { SYSREG_COUNT, SYSREG_ROWS, type SysregName, sysregOffset, sysregRow } from './sysreg/sysreg';
import { flushBanks, panChanged, staleBanks } from './tlb';

/**
 * What a PE executes next: A64 code, native firmware (Monitor at EL3, RMM at R-EL2, the built-in Host at NS-EL2), a
 * script in place of a Realm, nothing until an event (`waiting`), or nothing at all (`off`).
 */
export type Runner = 'a64' | 'monitor' | 'rmm' | 'host' | 'script' | 'waiting' | 'off';

export interface Pe {
  readonly index: number;
  readonly memory: MachineMemory;
  runner: Runner;
}

/** The numbering of PASs is that of the Security states: what the SCR_EL3.{NSE,NS} pair selects, Root at EL3. */
export type SecurityState = Pas;

const M64 = 0xffff_ffff_ffff_ffffn;
const PSTATE_NZCV = 0xf000_0000;
/** PSTATE at reset: EL3h, all exceptions masked. */
const RESET_PSTATE = 0x3cd;
const TWO_32 = 0x1_0000_0000;

/** A PE in its reset state, off. */
export function createPe(memory: MachineMemory, index: number, platform: Platform): Pe {
  const pe: Pe = { index, memory, runner: 'off' };
  resetPe(pe, platform);
  return pe;
}

/** Cold reset: registers zero or at their reset values, EL3h, everything masked. Does not touch `runner`. */
export function resetPe(pe: Pe, platform: Platform): void {
  const base = peBase(pe.index);
  pe.memory.bytes().fill(0, base, base + PE_AREA_SIZE);
  const view = pe.memory.view();
  SYSREG_ROWS.forEach((row, slot) => {
    const value = typeof row.reset === 'function' ? row.reset(platform, pe.index) : row.reset;
    view.setBigUint64(base + SYSREGS + 8 * slot, value, true);
  });
  clearExclusive(pe);
  flushBanks(pe, 0xff, true);
  writePstate(pe, RESET_PSTATE);
}

/** Xn; 31 reads zero. */
export const readX = (pe: Pe, n: number): bigint =>
  n === 31 ? 0n : pe.memory.view().getBigUint64(peBase(pe.index) + X + 8 * n, true);

/** Writes Xn, wrapped to 64 bits; a write of 31 is ignored. */
export function writeX(pe: Pe, n: number, value: bigint): void {
  if (n !== 31) pe.memory.view().setBigUint64(peBase(pe.index) + X + 8 * n, BigInt.asUintN(64, value), true);
}

/** Xn as a number; NaN when it is not below 2^53. */
export function readXNumber(pe: Pe, n: number): number {
  if (n === 31) return 0;
  const view = pe.memory.view();
  const at = peBase(pe.index) + X + 8 * n;
  const high = view.getUint32(at + 4, true);
  return high < 0x20_0000 ? high * TWO_32 + view.getUint32(at, true) : Number.NaN;
}

export const readPc = (pe: Pe): bigint => pe.memory.view().getBigUint64(peBase(pe.index) + PC, true);
export function writePc(pe: Pe, value: bigint): void {
  pe.memory.view().setBigUint64(peBase(pe.index) + PC, BigInt.asUintN(64, value), true);
}

/** SP_ELx of an EL, 0 to 3. */
export const readSp = (pe: Pe, el: number): bigint =>
  pe.memory.view().getBigUint64(peBase(pe.index) + SP + 8 * el, true);
export function writeSp(pe: Pe, el: number, value: bigint): void {
  pe.memory.view().setBigUint64(peBase(pe.index) + SP + 8 * el, BigInt.asUintN(64, value), true);
}

const readU32 = (pe: Pe, offset: number): number => pe.memory.view().getUint32(peBase(pe.index) + offset, true);
const writeU32 = (pe: Pe, offset: number, value: number): void =>
  pe.memory.view().setUint32(peBase(pe.index) + offset, value >>> 0, true);

/** PSTATE in SPSR_ELx form, an unsigned 32-bit number. */
export const readPstate = (pe: Pe): number =>
  ((readU32(pe, NZCV) & PSTATE_NZCV) | (readU32(pe, PSTATE_REST) & ~PSTATE_NZCV)) >>> 0;

/** Sets PSTATE from SPSR form and recomputes what is derived from it. The caller checks legality. */
export function writePstate(pe: Pe, spsr: number): void {
  writeU32(pe, NZCV, spsr & PSTATE_NZCV);
  writeU32(pe, PSTATE_REST, spsr & ~PSTATE_NZCV);
  derive(pe);
}

/** Recomputes CURRENT_EL, SP_SELECTED, TLB_BANK and FLAGS. */
export function derive(pe: Pe): void {
  const rest = readU32(pe, PSTATE_REST);
  const el = (rest >>> 2) & 3;
  const bank = tlbBankOf(el, securityBelowEl3(pe) === Pas.Realm);
  writeU32(pe, CURRENT_EL, el);
  writeU32(pe, SP_SELECTED, SP + 8 * ((rest & 1) === 1 ? el : 0));
  panChanged(pe, bank, el, (rest >>> 22) & 1);
  writeU32(pe, TLB_BANK, tlbBankBase(pe.index, bank));
  writeU32(pe, FLAGS, deriveFlags(pe, el));
}

/** HCR_EL2.E2H and TGE both set: EL0 runs under EL2 control. */
const hostsEl0 = (pe: Pe): boolean => {
  const hcr = readSysreg(pe, 'HCR_EL2');
  return ((hcr >> 34n) & 1n) === 1n && ((hcr >> 27n) & 1n) === 1n;
};

/** The SCTLR that rules accesses from an EL. */
export function sctlrOf(pe: Pe, el: number): bigint {
  if (el === 3) return readSysreg(pe, 'SCTLR_EL3');
  if (el === 2 || (el === 0 && hostsEl0(pe))) return readSysreg(pe, 'SCTLR_EL2');
  return readSysreg(pe, 'SCTLR_EL1');
}

function deriveFlags(pe: Pe, el: number): number {
  const sctlr = Number(sctlrOf(pe, el) & 0xffff_ffffn);
  const defaultCacheable = el < 2 && ((readSysreg(pe, 'HCR_EL2') >> 12n) & 1n) === 1n;
  let flags = readU32(pe, FLAGS) & CPU_FLAG.SINGLE_STEP;
  // With stage 1 off all data is Device memory, where an unaligned access faults as under SCTLR.A.
  if ((sctlr & 2) !== 0 || ((sctlr & 1) === 0 && !defaultCacheable)) flags |= CPU_FLAG.ALIGNMENT_CHECK;
  if ((sctlr & (el === 0 ? 1 << 4 : 1 << 3)) !== 0) flags |= CPU_FLAG.SP_ALIGNMENT_CHECK;
  if (!fpTrapped(pe, el)) flags |= CPU_FLAG.FP_ENABLED;
  return flags;
}

/** Whether CPACR_EL1, CPTR_EL2 or CPTR_EL3 traps FP and AdvSIMD here. */
function fpTrapped(pe: Pe, el: number): boolean {
  if (((readSysreg(pe, 'CPTR_EL3') >> 10n) & 1n) === 1n) return true;
  if (el < 3 && ((readSysreg(pe, 'CPTR_EL2') >> 10n) & 1n) === 1n) return true;
  const enable = Number((readSysreg(pe, 'CPACR_EL1') >> 20n) & 3n);
  return el === 0 ? enable !== 3 : el === 1 && (enable & 1) === 0;
}

export const currentEl = (pe: Pe): number => readU32(pe, CURRENT_EL);

/** The Security state of EL0 to EL2, by SCR_EL3.{NSE,NS}. The reserved pair {1,0} counts as Secure. */
export function securityBelowEl3(pe: Pe): SecurityState {
  const scr = readSysreg(pe, 'SCR_EL3');
  if ((scr & 1n) === 0n) return Pas.Secure;
  return ((scr >> 62n) & 1n) === 1n ? Pas.Realm : Pas.NonSecure;
}

/** The Security state the PE is in: Root at EL3. */
export const securityState = (pe: Pe): SecurityState => (currentEl(pe) === 3 ? Pas.Root : securityBelowEl3(pe));

/** Whether EL2 is there in the current Security state (SCR_EL3.EEL2 in Secure). */
export const el2Enabled = (pe: Pe): boolean =>
  securityBelowEl3(pe) !== Pas.Secure || ((readSysreg(pe, 'SCR_EL3') >> 18n) & 1n) === 1n;

/** The stored value of a system register; see `system-instructions` for what MRS reads. */
export const readSysreg = (pe: Pe, name: SysregName): bigint =>
  pe.memory.view().getBigUint64(peBase(pe.index) + sysregOffset(name), true);

/** Stores a system register as it is, flushes translations it makes stale and recomputes derived state. */
export function writeSysreg(pe: Pe, name: SysregName, value: bigint): void {
  const view = pe.memory.view();
  const at = peBase(pe.index) + sysregOffset(name);
  const before = view.getBigUint64(at, true);
  const after = BigInt.asUintN(64, value);
  if (before === after) return;
  view.setBigUint64(at, after, true);
  const scope = sysregRow(name).translation;
  if (scope !== undefined) {
    flushBanks(
      pe,
      staleBanks(scope, name === 'SCR_EL3' ? before ^ after : M64, name === 'SCR_EL3' ? before & after : 0n),
    );
    derive(pe);
  } else if (name.startsWith('CP')) derive(pe);
}

/** Vn as a 128-bit value. */
export function readV(pe: Pe, n: number): bigint {
  const at = peBase(pe.index) + V + 16 * n;
  const view = pe.memory.view();
  return (view.getBigUint64(at + 8, true) << 64n) | view.getBigUint64(at, true);
}
export function writeV(pe: Pe, n: number, value: bigint): void {
  const at = peBase(pe.index) + V + 16 * n;
  const view = pe.memory.view();
  view.setBigUint64(at, value & M64, true);
  view.setBigUint64(at + 8, (value >> 64n) & M64, true);
}

/** Opens the exclusive monitor: exception entry and return, CLREX, a change of what the PE runs. */
export function clearExclusive(pe: Pe): void {
  pe.memory.view().setBigUint64(peBase(pe.index) + EXCLUSIVE_ADDRESS, M64, true);
}

/** The instruction word and operands the interpreter left with an exit. */
export const exitWord = (pe: Pe): number => readU32(pe, EXIT_WORD);
export const exitArgument = (pe: Pe, index: 0 | 1): bigint =>
  pe.memory.view().getBigUint64(peBase(pe.index) + (index === 0 ? EXIT_ARG0 : EXIT_ARG1), true);

export const readEventRegister = (pe: Pe): boolean => readU32(pe, EVENT_REGISTER) !== 0;
export const writeEventRegister = (pe: Pe, set: boolean): void => writeU32(pe, EVENT_REGISTER, set ? 1 : 0);

/** Instructions this PE has retired since reset. */
export const readRetired = (pe: Pe): number => pe.memory.view().getFloat64(peBase(pe.index) + RETIRED, true);
export const writeRetired = (pe: Pe, count: number): void =>
  pe.memory.view().setFloat64(peBase(pe.index) + RETIRED, count, true);

/** The parts of the area that are architectural state: byte ranges from the PE base. */
const SAVED_RANGES: readonly (readonly [number, number])[] = [
  [X, CURRENT_EL],
  [EXCLUSIVE_ADDRESS, EXCLUSIVE_VALUE + 16],
  [RETIRED, RETIRED + 8],
  [EVENT_REGISTER, EVENT_REGISTER + 4],
  [V, V + 512],
  [SYSREGS, SYSREGS + 8 * SYSREG_COUNT],
];

export function savePe(pe: Pe): Saved {
  const base = peBase(pe.index);
  const ranges = SAVED_RANGES.map(([from, to]) => pe.memory.bytes().slice(base + from, base + to));
  return { index: pe.index, runner: pe.runner, ranges };
}

export function restorePe(pe: Pe, saved: Saved): void {
  const { runner, ranges } = saved as unknown as { runner: Runner; ranges: readonly Uint8Array[] };
  const base = peBase(pe.index);
  pe.memory.bytes().fill(0, base, base + PE_AREA_SIZE);
  SAVED_RANGES.forEach(([from], index) => {
    const bytes = ranges[index];
    if (bytes !== undefined) pe.memory.bytes().set(bytes, base + from);
  });
  pe.runner = runner;
  flushBanks(pe, 0xff, true);
  derive(pe);
}

/** The PE whose number this is. @throws RangeError when the machine has no such PE: our own defect. */
export function peOf(machine: Pick<Machine, 'pes'>, index: number): Pe {
  const pe = machine.pes[index];
  if (pe === undefined) throw new RangeError(`No PE ${index}.`);
  return pe;
}
