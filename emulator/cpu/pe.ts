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
import { armed, isStepActive } from './debug/state';
import {
  CPU_FLAG,
  CURRENT_EL,
  DEBUG_ARMED,
  EVENT_REGISTER,
  EXCLUSIVE_ADDRESS,
  EXCLUSIVE_VALUE,
  EXIT_ARG0,
  EXIT_WORD,
  FLAGS,
  NZCV,
  PAUTH_CONFIG,
  PC,
  PMU_BASE,
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
import { loadWord, storeWord, type Word } from './word';

/**
 * What a PE executes next: A64 code, native firmware (Monitor at EL3, RMM at R-EL2, the built-in Host at NS-EL2), a
 * script in place of a Realm, nothing until an interrupt (`waiting`) or an event (`event`, after WFE), or nothing at all
 * (`off`).
 */
export type Runner = 'a64' | 'monitor' | 'rmm' | 'host' | 'script' | 'waiting' | 'event' | 'off';

export interface Pe {
  readonly index: number;
  readonly memory: MachineMemory;
  runner: Runner;
  /** System counter at which a timed wait (WFIT, WFET) is over; 0 when the PE is in none. */
  waitUntil: number;
}

/** The numbering of PASs is that of the Security states: what the SCR_EL3.{NSE,NS} pair selects, Root at EL3. */
export type SecurityState = Pas;

const M64 = 0xffff_ffff_ffff_ffffn;
const PSTATE_NZCV = 0xf000_0000;
/** PSTATE at reset: EL3h, all exceptions masked. */
const RESET_PSTATE = 0x3cd;

/** A PE in its reset state, off. */
export function createPe(memory: MachineMemory, index: number, platform: Platform): Pe {
  const pe: Pe = { index, memory, runner: 'off', waitUntil: 0 };
  resetPe(pe, platform);
  return pe;
}

/** Cold reset: registers zero or at their reset values, EL3h, everything masked. Does not touch `runner`. */
export function resetPe(pe: Pe, platform: Platform): void {
  const base = peBase(pe.index);
  pe.memory.bytes().fill(0, base, base + PE_AREA_SIZE);
  const view = pe.memory.view();
  for (const { name, reset } of SYSREG_ROWS) {
    const value = typeof reset === 'function' ? reset(platform, pe.index) : reset;
    view.setBigUint64(base + sysregOffset(name), value, true);
  }
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

/** Wn, the lower half of Xn. */
export const readW = (pe: Pe, n: number): number =>
  n === 31 ? 0 : pe.memory.view().getUint32(peBase(pe.index) + X + 8 * n, true);

/** Xn as a word: no bigint is made for a small value. */
export const readXWord = (pe: Pe, n: number): Word =>
  n === 31 ? 0 : loadWord(pe.memory.views.data, peBase(pe.index) + X + 8 * n);

/** Writes Xn. */
export function writeXWord(pe: Pe, n: number, word: Word): void {
  if (n !== 31) storeWord(pe.memory.views.data, peBase(pe.index) + X + 8 * n, word);
}

/** PC as a word. */
export const readPcWord = (pe: Pe): Word => loadWord(pe.memory.views.data, peBase(pe.index) + PC);
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

const readU32 = (pe: Pe, offset: number): number => pe.memory.views.data.getUint32(peBase(pe.index) + offset, true);
const writeU32 = (pe: Pe, offset: number, value: number): void =>
  pe.memory.view().setUint32(peBase(pe.index) + offset, value >>> 0, true);

/** PSTATE in SPSR_ELx form, an unsigned 32-bit number. */
export const readPstate = (pe: Pe): number =>
  ((readU32(pe, NZCV) & PSTATE_NZCV) | (readU32(pe, PSTATE_REST) & ~PSTATE_NZCV)) >>> 0;

/** Sets PSTATE from SPSR form and recomputes what is derived from it. The caller checks legality. */
export function writePstate(pe: Pe, spsr: number): void {
  const view = pe.memory.views.data;
  const base = peBase(pe.index);
  view.setUint32(base + NZCV, spsr & PSTATE_NZCV, true);
  view.setUint32(base + PSTATE_REST, spsr & ~PSTATE_NZCV, true);
  derive(pe);
}

const PSTATE_BTYPE = 3 << 10;

/** PSTATE.BTYPE (FEAT_BTI), 0 to 3. */
export const readBtype = (pe: Pe): number => (readU32(pe, PSTATE_REST) & PSTATE_BTYPE) >>> 10;
/** Every instruction but an indirect branch leaves PSTATE.BTYPE zero. */
export function clearBtype(pe: Pe): void {
  const rest = readU32(pe, PSTATE_REST);
  if ((rest & PSTATE_BTYPE) !== 0) writeU32(pe, PSTATE_REST, rest & ~PSTATE_BTYPE);
}

/** Recomputes CURRENT_EL, SP_SELECTED, TLB_BANK, FLAGS and DEBUG_ARMED. */
export function derive(pe: Pe): void {
  const view = pe.memory.views.data;
  const base = peBase(pe.index);
  const rest = view.getUint32(base + PSTATE_REST, true);
  const el = (rest >>> 2) & 3;
  const bank = tlbBankOf(el, securityBelowEl3(pe) === Pas.Realm);
  view.setUint32(base + CURRENT_EL, el, true);
  view.setUint32(base + SP_SELECTED, SP + 8 * ((rest & 1) === 1 ? el : 0), true);
  panChanged(pe, bank, el, (rest >>> 22) & 1);
  view.setUint32(base + TLB_BANK, tlbBankBase(pe.index, bank), true);
  const step = isStepActive(view, base, el, rest) ? CPU_FLAG.SINGLE_STEP : 0;
  view.setUint32(base + FLAGS, deriveFlags(view, base, el) | step, true);
  view.setUint32(base + DEBUG_ARMED, armed(view, base), true);
  view.setUint32(base + PAUTH_CONFIG, 0, true);
}

/** The SCTLR that rules accesses from an EL. */
export function sctlrOf(pe: Pe, el: number): bigint {
  if (el === 3) return readSysreg(pe, 'SCTLR_EL3');
  if (el === 2 || (el === 0 && hostsEl0(pe))) return readSysreg(pe, 'SCTLR_EL2');
  return readSysreg(pe, 'SCTLR_EL1');
}

/** Where the registers that every exception looks at are stored; their halves are read without making a bigint. */
const AT = {
  SCR_EL3: sysregOffset('SCR_EL3'),
  HCR_EL2: sysregOffset('HCR_EL2'),
  SCTLR: [
    sysregOffset('SCTLR_EL1'),
    sysregOffset('SCTLR_EL1'),
    sysregOffset('SCTLR_EL2'),
    sysregOffset('SCTLR_EL3'),
  ] as const,
  CPTR_EL3: sysregOffset('CPTR_EL3'),
  CPTR_EL2: sysregOffset('CPTR_EL2'),
  CPACR_EL1: sysregOffset('CPACR_EL1'),
  PFR1: sysregOffset('ID_AA64PFR1_EL1'),
} as const;

const HCR_DC = 1 << 12;
const HCR_TGE = 1 << 27;
/** Bit 34, in the upper half. */
const HCR_E2H_HI = 1 << 2;

/** HCR_EL2.E2H and TGE both set: EL0 runs under EL2 control. */
export const hostsEl0 = (pe: Pe): boolean =>
  (readU32(pe, AT.HCR_EL2) & HCR_TGE) !== 0 && (readU32(pe, AT.HCR_EL2 + 4) & HCR_E2H_HI) !== 0;

function deriveFlags(view: DataView, base: number, el: number): number {
  const hcr = el < 2 ? view.getUint32(base + AT.HCR_EL2, true) : 0;
  const underEl2 = (hcr & HCR_TGE) !== 0 && (view.getUint32(base + AT.HCR_EL2 + 4, true) & HCR_E2H_HI) !== 0;
  const sctlr = view.getUint32(base + (AT.SCTLR[el === 0 && underEl2 ? 2 : el] ?? AT.SCTLR[1]), true);
  let flags = 0;
  // With stage 1 off all data is Device memory, where an unaligned access faults as under SCTLR.A.
  if ((sctlr & 2) !== 0 || ((sctlr & 1) === 0 && (hcr & HCR_DC) === 0)) flags |= CPU_FLAG.ALIGNMENT_CHECK;
  if ((sctlr & (el === 0 ? 1 << 4 : 1 << 3)) !== 0) flags |= CPU_FLAG.SP_ALIGNMENT_CHECK;
  if (fpTrapped(view, base, el) === 0) flags |= CPU_FLAG.FP_ENABLED;
  if ((view.getUint32(base + AT.PFR1, true) & 15) !== 0) flags |= CPU_FLAG.BRANCH_TYPES;
  return flags;
}

const CPTR_TFP = 1 << 10;
/** FPEN, bits 21:20 of CPACR_EL1 and, while HCR_EL2.E2H is set, of CPTR_EL2: 3 traps nothing, 1 traps EL0. */
const fpenOf = (view: DataView, at: number): number => (view.getUint32(at, true) >>> 20) & 3;

/**
 * Register that traps FP and AdvSIMD at an EL, by the EL that it belongs to; 0 for none (Arm ARM,
 * AArch64.CheckFPAdvSIMDEnabled). CPACR_EL1 has no say over EL0 and EL2 where EL2 hosts them, CPTR_EL2 none in Secure
 * state without EL2.
 */
function fpTrapped(view: DataView, base: number, el: number): 0 | 1 | 2 | 3 {
  if (el < 3) {
    const hcr = view.getUint32(base + AT.HCR_EL2, true);
    const e2h = (view.getUint32(base + AT.HCR_EL2 + 4, true) & HCR_E2H_HI) !== 0;
    const tge = (hcr & HCR_TGE) !== 0;
    if (el < 2 && !(el === 0 && e2h && tge)) {
      const enable = fpenOf(view, base + AT.CPACR_EL1);
      if (el === 0 ? enable !== 3 : (enable & 1) === 0) return 1;
    }
    const scr = view.getUint32(base + AT.SCR_EL3, true);
    if ((scr & (1 | SCR_EEL2)) !== 0) {
      const enable = fpenOf(view, base + AT.CPTR_EL2);
      const trapped = e2h
        ? (enable & 1) === 0 || (enable === 1 && el === 0 && tge)
        : (view.getUint32(base + AT.CPTR_EL2, true) & CPTR_TFP) !== 0;
      if (trapped) return 2;
    }
  }
  return (view.getUint32(base + AT.CPTR_EL3, true) & CPTR_TFP) === 0 ? 0 : 3;
}

/** EL whose register (CPACR_EL1, CPTR_EL2, CPTR_EL3) traps FP and AdvSIMD where the PE is; 0 for none. */
export const fpTrap = (pe: Pe): 0 | 1 | 2 | 3 => fpTrapped(pe.memory.view(), peBase(pe.index), currentEl(pe));

export const currentEl = (pe: Pe): number => readU32(pe, CURRENT_EL);

/** SCR_EL3.NSE is bit 62, in the upper half. */
const SCR_NSE_HI = 1 << 30;
const SCR_SMD = 1 << 7;
const SCR_EEL2 = 1 << 18;

/** The Security state of EL0 to EL2, by SCR_EL3.{NSE,NS}. The reserved pair {1,0} counts as Secure. */
export function securityBelowEl3(pe: Pe): SecurityState {
  if ((readU32(pe, AT.SCR_EL3) & 1) === 0) return Pas.Secure;
  return (readU32(pe, AT.SCR_EL3 + 4) & SCR_NSE_HI) === 0 ? Pas.NonSecure : Pas.Realm;
}

/**
 * Selects Non-secure or Realm state for EL0 to EL2. Each has TLB banks of its own, so nothing goes stale; the caller
 * restores that world's registers and derives what depends on them.
 */
export function selectWorld(pe: Pe, world: SecurityState): void {
  if (world === Pas.Secure || securityBelowEl3(pe) === Pas.Secure) {
    const scr = readSysreg(pe, 'SCR_EL3') & ~((1n << 62n) | 1n);
    writeSysreg(pe, 'SCR_EL3', scr | (world === Pas.Secure ? 0n : world === Pas.Realm ? (1n << 62n) | 1n : 1n));
    return;
  }
  const high = readU32(pe, AT.SCR_EL3 + 4);
  writeU32(pe, AT.SCR_EL3 + 4, world === Pas.Realm ? high | SCR_NSE_HI : high & ~SCR_NSE_HI);
}

/** The Security state the PE is in: Root at EL3. */
export const securityState = (pe: Pe): SecurityState => (currentEl(pe) === 3 ? Pas.Root : securityBelowEl3(pe));

/** Whether EL2 is there in the current Security state (SCR_EL3.EEL2 in Secure). */
export const el2Enabled = (pe: Pe): boolean =>
  securityBelowEl3(pe) !== Pas.Secure || (readU32(pe, AT.SCR_EL3) & SCR_EEL2) !== 0;
/** HCR_EL2.TGE where EL2 is enabled: what EL0 takes goes to EL2. */
export const isTge = (pe: Pe): boolean => el2Enabled(pe) && (readU32(pe, AT.HCR_EL2) & HCR_TGE) !== 0;
/** The reserved pair SCR_EL3.{NSE,NS} = {1,0}: no Security state to return to. */
export const isReservedWorld = (pe: Pe): boolean =>
  (readU32(pe, AT.SCR_EL3) & 1) === 0 && (readU32(pe, AT.SCR_EL3 + 4) & SCR_NSE_HI) !== 0;
/** SCR_EL3.SMD: SMC is UNDEFINED below EL3. */
export const isSmcDisabled = (pe: Pe): boolean => (readU32(pe, AT.SCR_EL3) & SCR_SMD) !== 0;

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
  const view = pe.memory.views.data;
  const at = peBase(pe.index) + EXCLUSIVE_ADDRESS;
  view.setUint32(at, 0xffff_ffff, true);
  view.setUint32(at + 4, 0xffff_ffff, true);
}

/** Whether the exclusive monitor is set. */
export function isExclusive(pe: Pe): boolean {
  const view = pe.memory.views.data;
  const at = peBase(pe.index) + EXCLUSIVE_ADDRESS;
  return view.getUint32(at, true) !== 0xffff_ffff || view.getUint32(at + 4, true) !== 0xffff_ffff;
}

/** The instruction word the interpreter left with an exit. */
export const exitWord = (pe: Pe): number => readU32(pe, EXIT_WORD);

/** imm16 of the instruction that left with SVC, HVC, SMC or BRK. */
export const exitImmediate = (pe: Pe): number => readU32(pe, EXIT_ARG0) & 0xffff;

export const readEventRegister = (pe: Pe): boolean => readU32(pe, EVENT_REGISTER) !== 0;
export const writeEventRegister = (pe: Pe, set: boolean): void => writeU32(pe, EVENT_REGISTER, set ? 1 : 0);

/** Instructions this PE has retired since reset. */
export const readRetired = (pe: Pe): number => pe.memory.view().getFloat64(peBase(pe.index) + RETIRED, true);

/** More instructions retired. */
export function addRetired(pe: Pe, count: number): void {
  const view = pe.memory.view();
  const at = peBase(pe.index) + RETIRED;
  view.setFloat64(at, view.getFloat64(at, true) + count, true);
}
/** One more, where TypeScript finishes it. */
export const countRetired = (pe: Pe): void => addRetired(pe, 1);

/** The parts of the area that are architectural state: byte ranges from the PE base. */
const SAVED_RANGES: readonly (readonly [number, number])[] = [
  [X, CURRENT_EL],
  [EXCLUSIVE_ADDRESS, EXCLUSIVE_VALUE + 16],
  [RETIRED, RETIRED + 8],
  [PMU_BASE, PMU_BASE + 8],
  [EVENT_REGISTER, EVENT_REGISTER + 4],
  [V, V + 512],
  [SYSREGS, SYSREGS + 8 * SYSREG_COUNT],
];

export function savePe(pe: Pe): Saved {
  const base = peBase(pe.index);
  const ranges = SAVED_RANGES.map(([from, to]) => pe.memory.bytes().slice(base + from, base + to));
  return { index: pe.index, runner: pe.runner, waitUntil: pe.waitUntil, ranges };
}

export function restorePe(pe: Pe, saved: Saved): void {
  const { runner, waitUntil, ranges } = saved as unknown as {
    runner: Runner;
    waitUntil: number;
    ranges: readonly Uint8Array[];
  };
  const base = peBase(pe.index);
  pe.memory.bytes().fill(0, base, base + PE_AREA_SIZE);
  SAVED_RANGES.forEach(([from], index) => {
    const bytes = ranges[index];
    if (bytes !== undefined) pe.memory.bytes().set(bytes, base + from);
  });
  pe.runner = runner;
  pe.waitUntil = waitUntil;
  flushBanks(pe, 0xff, true);
  derive(pe);
}

/** The PE whose number this is. @throws RangeError when the machine has no such PE: our own defect. */
export function peOf(machine: Pick<Machine, 'pes'>, index: number): Pe {
  const pe = machine.pes[index];
  if (pe === undefined) throw new RangeError(`No PE ${index}.`);
  return pe;
}
