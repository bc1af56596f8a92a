/** Exception entry (Arm ARM D1.3.1, AArch64.TakeException) and what runs at the level it goes to. */
import { emit, emitRegisters } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { peBase } from '../../memory/map';
import { Pas } from '../../memory/pas';
import { advanceStep } from '../debug/exceptions';
import { PC, X } from '../layout';
import {
  clearExclusive,
  countRetired,
  currentEl,
  el2Enabled,
  hostsEl0,
  isSmcDisabled,
  isTge,
  type Pe,
  type Runner,
  readPc,
  readPcWord,
  readPstate,
  readSysreg,
  securityState,
  writePstate,
} from '../pe';
import { countEvent, syncPmu } from '../pmu/counting';
import { Event } from '../pmu/events';
import { type SysregName, sysregOffset } from '../sysreg/sysreg';
import { storeWord, type Word } from '../word';
import { ExceptionClass, syndrome } from './classes';

export type ExceptionKind = 'sync' | 'irq' | 'fiq' | 'serror';

export interface Exception {
  /** 1 to 3, not below the current EL. */
  readonly targetEl: number;
  readonly kind: ExceptionKind;
  /** ESR_ELx; not written for IRQ and FIQ. */
  readonly esr: Word;
  readonly far?: Word;
  readonly hpfar?: Word;
  /** ELR_ELx. */
  readonly returnAddress: Word;
}

interface Bank {
  readonly elr: SysregName;
  readonly spsr: SysregName;
  readonly esr: SysregName;
  readonly far: SysregName;
  readonly vbar: SysregName;
  readonly sctlr: SysregName;
}

const bank = <E extends 1 | 2 | 3>(el: E): Bank => ({
  elr: `ELR_EL${el}`,
  spsr: `SPSR_EL${el}`,
  esr: `ESR_EL${el}`,
  far: `FAR_EL${el}`,
  vbar: `VBAR_EL${el}`,
  sctlr: `SCTLR_EL${el}`,
});
const BANKS: readonly Bank[] = [bank(1), bank(1), bank(2), bank(3)];

/** Where they are stored, from the PE base: nothing that is cached or derived depends on these, so they are just stored. */
type Places = Readonly<Record<keyof Bank, number>>;
const PLACES: readonly Places[] = BANKS.map(
  (names) => Object.fromEntries(Object.entries(names).map(([key, name]) => [key, sysregOffset(name)])) as Places,
);
const HPFAR = sysregOffset('HPFAR_EL2');

/** Where ELR_ELx and SPSR_ELx are stored, from the PE base. */
export const returnPlaces = (el: number): Places => PLACES[el] as Places;

/** EC of ESR_ELx. */
export const syndromeClass = (pe: Pe, el: number): number =>
  pe.memory.view().getUint32(peBase(pe.index) + returnPlaces(el).esr, true) >>> 26;

const VECTOR: Readonly<Record<ExceptionKind, number>> = { sync: 0, irq: 0x80, fiq: 0x100, serror: 0x180 };

/** `kind` of an `exception` event. */
const KIND: Readonly<Record<ExceptionKind, number>> = { sync: 0, irq: 1, fiq: 2, serror: 3 };

/** Offset from VBAR: same EL on SP_EL0, same EL on SP_ELx, lower EL in AArch64. */
export function vectorOffset(kind: ExceptionKind, sameEl: boolean, usesSpx: boolean): number {
  return (sameEl ? (usesSpx ? 0x200 : 0) : 0x400) + VECTOR[kind];
}

const PSTATE = {
  SP: 1,
  DAIF: 0xf << 6,
  BTYPE: 3 << 10,
  SSBS: 1 << 12,
  IL: 1 << 20,
  SS: 1 << 21,
  PAN: 1 << 22,
  UAO: 1 << 23,
  DIT: 1 << 24,
} as const;
const KEPT = 0xf000_0000 | PSTATE.PAN | PSTATE.DIT;
const SPAN = 1 << 23;

/** PSTATE.PAN is set on entry to an EL with an EL0 below it, unless SCTLR_ELx.SPAN is set. */
function setsPan(pe: Pe, targetEl: number): boolean {
  if (targetEl === 3 || (targetEl === 2 && !hostsEl0(pe))) return false;
  return (pe.memory.views.data.getUint32(peBase(pe.index) + returnPlaces(targetEl).sctlr, true) & SPAN) === 0;
}

/** Whether the Host is native: the built-in VMM or an action list. */
const hasHost = ({ host }: Machine): boolean => host.config !== undefined || host.actions !== undefined;

/** What executes at an EL of a Security state: A64 code, or native firmware in that seat. */
export function runnerAt(machine: Machine, el: number, security: Pas): Runner {
  if (el === 3) return 'monitor';
  if (el === 2 && security === Pas.Realm) return 'rmm';
  if (el === 2 && security === Pas.NonSecure && hasHost(machine)) return 'host';
  return 'a64';
}

/** Exception classes with which SPSR_ELx.BTYPE is that of the interrupted code (Arm ARM, AArch64.TakeException). */
const KEEPS_BTYPE: ReadonlySet<number> = new Set<number>([
  ExceptionClass.BranchTarget,
  ExceptionClass.IllegalState,
  ExceptionClass.InstructionAbortLower,
  ExceptionClass.InstructionAbort,
  ExceptionClass.PcAlignment,
  ExceptionClass.Brk,
  0x30,
  0x31,
  0x32,
  0x33,
]);

/** SPSR_ELx: PSTATE, with BTYPE zero where the architecture leaves that open. */
function savedPstate(pe: Pe, kind: ExceptionKind, esr: Word): number {
  const pstate = readPstate(pe);
  if ((pstate & PSTATE.BTYPE) === 0 || kind !== 'sync') return pstate;
  return KEEPS_BTYPE.has(Number(BigInt(esr) >> 26n) & 0x3f) ? pstate : (pstate & ~PSTATE.BTYPE) >>> 0;
}

/** PSTATE.SSBS on exception entry is SCTLR_ELx.DSSBS (FEAT_SSBS). */
const SSBS_HI = 1 << 12;
const enteredSsbs = (view: DataView, base: number, sctlr: number): number =>
  (view.getUint32(base + sctlr + 4, true) & SSBS_HI) !== 0 ? PSTATE.SSBS : 0;

/** Takes an exception: saves ELR and SPSR, sets PSTATE, PC becomes the vector, and `pe.runner` what runs there. */
export function takeException(machine: Machine, pe: Pe, exception: Exception): void {
  const { targetEl, kind, esr, far, hpfar, returnAddress } = exception;
  syncPmu(machine, pe);
  countEvent(machine, pe, Event.exceptions);
  const fromEl = currentEl(pe);
  const from = securityState(pe);
  const spsr = savedPstate(pe, kind, esr);
  const places = returnPlaces(targetEl);
  const base = peBase(pe.index);
  const view = pe.memory.view();
  storeWord(view, base + places.elr, returnAddress);
  view.setUint32(base + places.spsr, spsr, true);
  view.setUint32(base + places.spsr + 4, 0, true);
  if (kind === 'sync' || kind === 'serror') storeWord(view, base + places.esr, esr);
  if (far !== undefined) storeWord(view, base + places.far, far);
  if (hpfar !== undefined && targetEl === 2) storeWord(view, base + HPFAR, hpfar);
  const offset = vectorOffset(kind, fromEl === targetEl, (spsr & PSTATE.SP) !== 0);
  const pan = setsPan(pe, targetEl) ? PSTATE.PAN : 0;
  const ssbs = machine.platform.features.general ? enteredSsbs(view, base, places.sctlr) : 0;
  writePstate(pe, (spsr & KEPT) | pan | ssbs | PSTATE.DAIF | (targetEl << 2) | PSTATE.SP);
  // VBAR_ELx bits 10:0 are RES0: the offset carries into nothing.
  view.setUint32(base + PC, (view.getUint32(base + places.vbar, true) & ~0x7ff) + offset, true);
  view.setUint32(base + PC + 4, view.getUint32(base + places.vbar + 4, true), true);
  clearExclusive(pe);
  emit(machine, 'exception', pe.index, fromEl, targetEl, esr, far ?? 0, returnAddress, hpfar ?? 0, from, KIND[kind]);
  pe.runner = runnerAt(machine, targetEl, securityState(pe));
}

/** EL that takes an exception nobody routes elsewhere: EL1 from EL0 (EL2 under HCR_EL2.TGE), else the current one. */
export function defaultTarget(pe: Pe): number {
  const el = currentEl(pe);
  if (el > 1) return el;
  return isTge(pe) ? 2 : 1;
}

/** A synchronous exception of the instruction at PC, which is also the return address. */
export function takeHere(machine: Machine, pe: Pe, targetEl: number, esr: bigint, far?: bigint): void {
  const exception: Exception = { targetEl, kind: 'sync', esr, returnAddress: readPc(pe) };
  takeException(machine, pe, far === undefined ? exception : { ...exception, far });
}

/** The instruction at PC is UNDEFINED. */
export const takeUndefined = (machine: Machine, pe: Pe): void =>
  takeHere(machine, pe, defaultTarget(pe), syndrome(ExceptionClass.Unknown));

const ESR_SMC = Number(syndrome(ExceptionClass.Smc));
/** The address behind the instruction at PC. */
export function pcBehind(pe: Pe): Word {
  const pc = readPcWord(pe);
  return typeof pc === 'number' ? pc + 4 : BigInt.asUintN(64, pc + 4n);
}

/** HCR_EL2.TSC. */
const TSC = 1n << 19n;

/**
 * Executes an SMC at PC: traps to EL2 under HCR_EL2.TSC (ELR then points at the SMC, which has not been executed),
 * UNDEFINED at EL0 and under SCR_EL3.SMD, else to EL3 with ELR behind it. The native Host and RMM call it too.
 */
export function executeSmc(machine: Machine, pe: Pe, immediate: number): void {
  const el = currentEl(pe);
  const tsc = el === 1 && el2Enabled(pe) && (readSysreg(pe, 'HCR_EL2') & TSC) !== 0n;
  if (el === 0 || (!tsc && isSmcDisabled(pe))) {
    takeUndefined(machine, pe);
    return;
  }
  if (pe.runner === 'a64') countRetired(pe);
  if (!tsc) advanceStep(pe);
  emitRegisters(machine, 'smc', pe.index, peBase(pe.index) + X, 7, securityState(pe));
  const returnAddress = tsc ? readPcWord(pe) : pcBehind(pe);
  takeException(machine, pe, { targetEl: tsc ? 2 : 3, kind: 'sync', esr: ESR_SMC + immediate, returnAddress });
}
