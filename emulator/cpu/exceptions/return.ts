/** Exception return (Arm ARM D1.4, AArch64.ExceptionReturn). */
import type { Machine } from '../../machine/machine';
import {
  clearExclusive,
  currentEl,
  el2Enabled,
  type Pe,
  readPstate,
  readSysreg,
  securityState,
  writeEventRegister,
  writePc,
  writePstate,
} from '../pe';
import { takePendingInterrupt } from './interrupts';
import { exceptionRegisters, runnerAt } from './take';

const IL = 1 << 20;
/** NZCV, DIT, UAO, PAN, IL, DAIF. SS belongs to software step, which is not in use. */
const RESTORED = 0xf000_0000 | (1 << 24) | (1 << 23) | (1 << 22) | IL | (0xf << 6);
const MODE = 0x1f;

/** Whether SPSR asks for a state that this PE can return to (Arm ARM, IllegalExceptionReturn). */
export function isLegalReturn(pe: Pe, spsr: number): boolean {
  const el = currentEl(pe);
  const target = (spsr >> 2) & 3;
  if ((spsr & 0x12) !== 0 || target > el || (target === 0 && (spsr & 1) !== 0)) return false;
  const scr = readSysreg(pe, 'SCR_EL3');
  if (target < 3 && (scr & 1n) === 0n && ((scr >> 62n) & 1n) === 1n) return false;
  if (target === 2 && el === 3 && !el2Enabled(pe)) return false;
  const tge = el2Enabled(pe) && ((readSysreg(pe, 'HCR_EL2') >> 27n) & 1n) === 1n;
  return !(target === 1 && tge);
}

/** ERET. An illegal return stays at this EL and sets PSTATE.IL, so that the next instruction takes an exception. */
export function exceptionReturn(machine: Machine, pe: Pe): void {
  const el = currentEl(pe);
  const registers = exceptionRegisters(el);
  const spsr = Number(readSysreg(pe, registers.spsr) & 0xffff_ffffn);
  const address = readSysreg(pe, registers.elr);
  clearExclusive(pe);
  writeEventRegister(pe, true);
  if (isLegalReturn(pe, spsr)) {
    writePstate(pe, (spsr & (RESTORED | MODE)) >>> 0);
    pe.runner = runnerAt(machine, currentEl(pe), securityState(pe));
  } else {
    writePstate(pe, ((spsr & RESTORED) | IL | (readPstate(pe) & MODE)) >>> 0);
  }
  writePc(pe, address);
  takePendingInterrupt(machine, pe);
}
