/** Exception entry (Arm ARM D1.3.1, AArch64.TakeException) and what runs at the level it goes to. */
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { Pas } from '../../memory/pas';
import {
  clearExclusive,
  currentEl,
  el2Enabled,
  type Pe,
  type Runner,
  readPc,
  readPstate,
  readSysreg,
  readX,
  securityState,
  writePc,
  writePstate,
  writeSysreg,
} from '../pe';
import type { SysregName } from '../sysreg/sysreg';
import { ExceptionClass, syndrome } from './classes';

export type ExceptionKind = 'sync' | 'irq' | 'fiq' | 'serror';

export interface Exception {
  /** 1 to 3, not below the current EL. */
  readonly targetEl: number;
  readonly kind: ExceptionKind;
  /** ESR_ELx; not written for IRQ and FIQ. */
  readonly esr: bigint;
  readonly far?: bigint;
  readonly hpfar?: bigint;
  /** ELR_ELx. */
  readonly returnAddress: bigint;
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

/** The exception registers of an EL, 1 to 3. */
export const exceptionRegisters = (el: number): Bank => BANKS[el] as Bank;

const VECTOR: Readonly<Record<ExceptionKind, number>> = { sync: 0, irq: 0x80, fiq: 0x100, serror: 0x180 };

/** Offset from VBAR: same EL on SP_EL0, same EL on SP_ELx, lower EL in AArch64. */
export function vectorOffset(kind: ExceptionKind, sameEl: boolean, usesSpx: boolean): number {
  return (sameEl ? (usesSpx ? 0x200 : 0) : 0x400) + VECTOR[kind];
}

const PSTATE = { SP: 1, DAIF: 0xf << 6, IL: 1 << 20, SS: 1 << 21, PAN: 1 << 22, UAO: 1 << 23, DIT: 1 << 24 } as const;
const KEPT = 0xf000_0000 | PSTATE.PAN | PSTATE.DIT;
const SPAN = 1n << 23n;

/** PSTATE.PAN is set on entry to an EL with an EL0 below it, unless SCTLR_ELx.SPAN is set. */
function setsPan(pe: Pe, targetEl: number): boolean {
  if (targetEl === 1) return (readSysreg(pe, 'SCTLR_EL1') & SPAN) === 0n;
  if (targetEl !== 2) return false;
  const hcr = readSysreg(pe, 'HCR_EL2');
  const hosts = ((hcr >> 34n) & 1n) === 1n && ((hcr >> 27n) & 1n) === 1n;
  return hosts && (readSysreg(pe, 'SCTLR_EL2') & SPAN) === 0n;
}

/** What executes at an EL of a Security state: A64 code, or native firmware in that seat. */
export function runnerAt(machine: Machine, el: number, security: Pas): Runner {
  if (el === 3) return 'monitor';
  if (el === 2 && security === Pas.Realm) return 'rmm';
  if (el === 2 && security === Pas.NonSecure && machine.host.config !== undefined) return 'host';
  return 'a64';
}

/** Takes an exception: saves ELR and SPSR, sets PSTATE, PC becomes the vector, and `pe.runner` what runs there. */
export function takeException(machine: Machine, pe: Pe, exception: Exception): void {
  const { targetEl, kind } = exception;
  const fromEl = currentEl(pe);
  const from = securityState(pe);
  const spsr = readPstate(pe);
  const registers = exceptionRegisters(targetEl);
  writeSysreg(pe, registers.elr, exception.returnAddress);
  writeSysreg(pe, registers.spsr, BigInt(spsr));
  if (kind === 'sync' || kind === 'serror') writeSysreg(pe, registers.esr, exception.esr);
  if (exception.far !== undefined) writeSysreg(pe, registers.far, exception.far);
  if (exception.hpfar !== undefined && targetEl === 2) writeSysreg(pe, 'HPFAR_EL2', exception.hpfar);
  const offset = vectorOffset(kind, fromEl === targetEl, (spsr & PSTATE.SP) !== 0);
  const pan = setsPan(pe, targetEl) ? PSTATE.PAN : 0;
  writePstate(pe, (spsr & KEPT) | pan | PSTATE.DAIF | (targetEl << 2) | PSTATE.SP);
  writePc(pe, readSysreg(pe, registers.vbar) + BigInt(offset));
  clearExclusive(pe);
  emit(
    machine,
    'exception',
    pe.index,
    fromEl,
    targetEl,
    exception.esr,
    exception.far ?? 0n,
    exception.returnAddress,
    exception.hpfar ?? 0n,
    from,
  );
  pe.runner = runnerAt(machine, targetEl, securityState(pe));
}

/** EL that takes an exception nobody routes elsewhere: EL1 from EL0 (EL2 under HCR_EL2.TGE), else the current one. */
export function defaultTarget(pe: Pe): number {
  const el = currentEl(pe);
  if (el > 1) return el;
  const tge = el2Enabled(pe) && ((readSysreg(pe, 'HCR_EL2') >> 27n) & 1n) === 1n;
  return tge ? 2 : 1;
}

/** A synchronous exception of the instruction at PC, which is also the return address. */
export function takeHere(machine: Machine, pe: Pe, targetEl: number, esr: bigint, far?: bigint): void {
  const exception: Exception = { targetEl, kind: 'sync', esr, returnAddress: readPc(pe) };
  takeException(machine, pe, far === undefined ? exception : { ...exception, far });
}

/** The instruction at PC is UNDEFINED. */
export const takeUndefined = (machine: Machine, pe: Pe): void =>
  takeHere(machine, pe, defaultTarget(pe), syndrome(ExceptionClass.Unknown));

/**
 * Executes an SMC at PC: traps to EL2 under HCR_EL2.TSC (ELR then points at the SMC, which has not been executed),
 * UNDEFINED at EL0 and under SCR_EL3.SMD, else to EL3 with ELR behind it. The native Host and RMM call it too.
 */
export function executeSmc(machine: Machine, pe: Pe, immediate: number): void {
  const el = currentEl(pe);
  const tsc = el === 1 && el2Enabled(pe) && ((readSysreg(pe, 'HCR_EL2') >> 19n) & 1n) === 1n;
  if (el === 0 || (!tsc && ((readSysreg(pe, 'SCR_EL3') >> 7n) & 1n) === 1n)) {
    takeUndefined(machine, pe);
    return;
  }
  const [x0 = 0n, ...rest] = [0, 1, 2, 3, 4, 5, 6].map((n) => readX(pe, n));
  emit(machine, 'smc', pe.index, x0, ...rest, securityState(pe));
  const pc = readPc(pe);
  const esr = syndrome(ExceptionClass.Smc, immediate);
  takeException(machine, pe, { targetEl: tsc ? 2 : 3, kind: 'sync', esr, returnAddress: tsc ? pc : pc + 4n });
}
