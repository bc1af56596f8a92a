/** Taking self-hosted debug exceptions: breakpoint, watchpoint and software step (Arm ARM D2.6 to D2.12). */
import type { Machine } from '../../machine/machine';
import { peBase } from '../../memory/map';
import { currentRegime, translateForDebugger } from '../../translation/translate';
import type { Fault } from '../../translation/types';
import { instructionWord } from '../exceptions/aborts';
import { ExceptionClass, syndrome } from '../exceptions/classes';
import { takeHere } from '../exceptions/take';
import { CPU_FLAG, FLAGS, PSTATE_REST } from '../layout';
import { currentEl, type Pe, readPc, readPstate, writePstate } from '../pe';
import { armedBreakpoints, debugEnabled, matchingBreakpoint } from './match';
import { routedToEl2 } from './state';

/** Fault status of all debug exceptions. */
const DEBUG_STATUS = 0b100010;
const PSTATE_SS = 1 << 21;
const STEP = { ISV: 1 << 24, EX: 1 << 6 } as const;
const WATCH = { CM: 1 << 8, WNR: 1 << 6 } as const;

/** EL1, or EL2 from there and where debug exceptions are routed to it. */
const debugTarget = (pe: Pe): number =>
  currentEl(pe) === 2 || routedToEl2(pe.memory.view(), peBase(pe.index)) ? 2 : 1;

/** The EC for an exception from a lower EL; from the same EL it is one more. */
const classFrom = (pe: Pe, target: number, lower: number): ExceptionClass =>
  (currentEl(pe) < target ? lower : lower + 1) as ExceptionClass;

function take(machine: Machine, pe: Pe, lower: number, iss: number, far?: bigint): void {
  const target = debugTarget(pe);
  takeHere(machine, pe, target, syndrome(classFrom(pe, target, lower), iss), far);
}

/** Software step is active: each instruction is looked at. */
export const isStepping = (pe: Pe): boolean =>
  (pe.memory.view().getUint32(peBase(pe.index) + FLAGS, true) & CPU_FLAG.SINGLE_STEP) !== 0;

/** Active and not pending: the next instruction is executed, and then the exception is pending. */
export const isStepArmed = (pe: Pe): boolean => isStepping(pe) && (readPstate(pe) & PSTATE_SS) !== 0;

/** SSAdvance: an instruction completes, or generates an exception that returns behind it. */
export function advanceStep(pe: Pe): void {
  if (isStepArmed(pe)) writePstate(pe, (readPstate(pe) & ~PSTATE_SS) >>> 0);
}

/** LDXR, LDAXR, LDXP, LDAXP. */
const isLoadExclusive = (word: number): boolean => (word & 0x3fc0_0000) === 0x0840_0000 || isPairExclusive(word);
const isPairExclusive = (word: number): boolean => (word & 0x3fe0_0000) === 0x0860_0000;

/** An instruction executed under software step is complete: the exception follows if it is still enabled. */
export function completeStep(machine: Machine, pe: Pe, word: number | undefined): void {
  advanceStep(pe);
  if (!isStepping(pe)) return;
  const exclusive = word !== undefined && isLoadExclusive(word);
  take(machine, pe, ExceptionClass.SoftwareStepLower, DEBUG_STATUS | STEP.ISV | (exclusive ? STEP.EX : 0));
}

/**
 * The debug exception that comes before the instruction at PC, if there is one: software step pending, then a breakpoint,
 * behind faults of the fetch itself. True when it was taken.
 */
export function takeDebugException(machine: Machine, pe: Pe): boolean {
  if (isStepping(pe) && !isStepArmed(pe)) {
    take(machine, pe, ExceptionClass.SoftwareStepLower, DEBUG_STATUS);
    return true;
  }
  if (armedBreakpoints(pe) === 0 || !debugEnabled(pe, PSTATE_REST)) return false;
  const pc = readPc(pe);
  if ((pc & 3n) !== 0n || matchingBreakpoint(pe, pc) < 0) return false;
  const el = currentEl(pe);
  if (!translateForDebugger(machine, currentRegime(machine, pe, el), pc, { kind: 'fetch', el }).ok) return false;
  take(machine, pe, ExceptionClass.BreakpointLower, DEBUG_STATUS);
  return true;
}

/** A watchpoint matched the access (`Fault.kind`): FAR_ELx is the address that it watches. */
export function takeWatchpoint(machine: Machine, pe: Pe, fault: Fault, cacheMaintenance: boolean): void {
  const iss =
    DEBUG_STATUS |
    (fault.access.kind === 'write' || cacheMaintenance ? WATCH.WNR : 0) |
    (cacheMaintenance ? WATCH.CM : 0);
  take(machine, pe, ExceptionClass.WatchpointLower, iss, fault.access.va);
}

/** The word that is about to be stepped, for ISS.EX. */
export const steppedWord = (machine: Machine, pe: Pe): number | undefined =>
  isStepArmed(pe) ? instructionWord(machine, pe) : undefined;
