/** Finishes what the interpreter left for TypeScript (`cpu/exit.ts`): one instruction, to its end or its exception. */
import type { Machine } from '../../machine/machine';
import { requestStop } from '../../machine/stop';
import { peBase } from '../../memory/map';
import { advanceStep, completeStep, isStepArmed, steppedWord, takeWatchpoint } from '../debug/exceptions';
import { Exit } from '../exit';
import { PC } from '../layout';
import { copyMemory } from '../memory-copy/memory-copy';
import { Key, PauthStatus } from '../pauth/pauth';
import { authenticatePointer, pauthStatus } from '../pauth/pe-pauth';
import {
  clearBtype,
  countRetired,
  currentEl,
  el2Enabled,
  exitImmediate,
  exitWord,
  fpTrap,
  type Pe,
  readBtype,
  readEventRegister,
  readPc,
  readPstate,
  readRetired,
  readSp,
  readSysreg,
  readX,
  sctlrOf,
  writeEventRegister,
} from '../pe';
import { virtualCount } from '../sysreg/timers';
import { trappingHcr } from '../sysreg/trapping';
import { executeSystem } from '../system-instructions/system-instructions';
import { storeWord } from '../word';
import { takeAbort } from './aborts';
import { ExceptionClass, syndrome } from './classes';
import { hasEventStream, hasWakeUp, takePendingInterrupt } from './interrupts';
import { exceptionReturn } from './return';
import { defaultTarget, executeSmc, pcBehind, returnPlaces, takeException, takeHere, takeUndefined } from './take';

const has = (value: bigint, bit: number): boolean => ((value >> BigInt(bit)) & 1n) === 1n;

/** Finishes an exit of `Interpreter.run`. Budget, Leave and BreakpointPage need nothing. */
export function handleExit(machine: Machine, pe: Pe, exit: Exit): void {
  if (isStepArmed(pe)) finishStepped(machine, pe, exit);
  else finish(machine, pe, exit);
  takePendingInterrupt(machine, pe);
}

/** Under software step: an instruction that came to its end is followed by the exception. */
function finishStepped(machine: Machine, pe: Pe, exit: Exit): void {
  const before = readRetired(pe);
  const word = steppedWord(machine, pe);
  finish(machine, pe, exit);
  const completed = readRetired(pe) !== before && STEPPED.has(exit);
  if (completed) completeStep(machine, pe, word);
}

/** Exits of instructions that can come to their end here, at the same EL. */
const STEPPED: ReadonlySet<Exit> = new Set([Exit.System, Exit.Wait, Exit.Event]);

function finish(machine: Machine, pe: Pe, exit: Exit): void {
  switch (exit) {
    case Exit.Svc:
      supervisorCall(machine, pe, exitImmediate(pe));
      return;
    case Exit.Hvc:
      hypervisorCall(machine, pe, exitImmediate(pe));
      return;
    case Exit.Smc:
      executeSmc(machine, pe, exitImmediate(pe));
      return;
    case Exit.Brk:
      breakpointInstruction(machine, pe, exitImmediate(pe));
      return;
    case Exit.Hlt:
    case Exit.Undefined:
      takeUndefined(machine, pe);
      return;
    case Exit.Eret:
      currentEl(pe) === 0 ? takeUndefined(machine, pe) : exceptionReturnAt(machine, pe, exitWord(pe));
      return;
    case Exit.System:
      system(machine, pe, exitWord(pe));
      return;
    case Exit.Wait:
      wait(machine, pe, exitWord(pe));
      return;
    case Exit.Event:
      sendEvent(machine, pe, exitWord(pe));
      return;
    case Exit.Fault:
      fault(machine, pe);
      return;
    case Exit.SpAlignment:
      takeHere(machine, pe, defaultTarget(pe), syndrome(ExceptionClass.SpAlignment));
      return;
    case Exit.PcAlignment:
      takeHere(machine, pe, defaultTarget(pe), syndrome(ExceptionClass.PcAlignment), readPc(pe));
      return;
    case Exit.IllegalState:
      takeHere(machine, pe, defaultTarget(pe), syndrome(ExceptionClass.IllegalState));
      return;
    case Exit.BranchTarget:
      takeHere(machine, pe, defaultTarget(pe), syndrome(ExceptionClass.BranchTarget, readBtype(pe)));
      return;
    case Exit.MemoryCopy:
      memoryCopy(machine, pe, exitWord(pe));
      return;
    case Exit.PointerAuthentication:
      pointerAuthentication(machine, pe);
      return;
    case Exit.FpTrap:
      floatingPoint(machine, pe);
      return;
    case Exit.NotBuilt:
      notBuilt(machine, pe, `The instruction 0x${exitWord(pe).toString(16).padStart(8, '0')}`);
      return;
    default:
      return;
  }
}

/** The instruction is complete: it counts as retired, the next one follows, and PSTATE.BTYPE is zero behind it. */
function retire(pe: Pe): void {
  countRetired(pe);
  storeWord(pe.memory.views.data, peBase(pe.index) + PC, pcBehind(pe));
  clearBtype(pe);
}

/** An exception that returns behind its instruction: it has retired, and has been stepped. */
function retireInto(pe: Pe): void {
  countRetired(pe);
  advanceStep(pe);
}

const ESR_SVC = Number(syndrome(ExceptionClass.Svc));
const ESR_HVC = Number(syndrome(ExceptionClass.Hvc));

function supervisorCall(machine: Machine, pe: Pe, immediate: number): void {
  retireInto(pe);
  const esr = ESR_SVC + immediate;
  takeException(machine, pe, { targetEl: defaultTarget(pe), kind: 'sync', esr, returnAddress: pcBehind(pe) });
}

/** HVC: UNDEFINED at EL0, where EL2 is not enabled and under SCR_EL3.HCE clear. */
function hypervisorCall(machine: Machine, pe: Pe, immediate: number): void {
  const el = currentEl(pe);
  const enabled = has(readSysreg(pe, 'SCR_EL3'), 8) && (el === 3 || el2Enabled(pe));
  if (el === 0 || !enabled) {
    takeUndefined(machine, pe);
    return;
  }
  retireInto(pe);
  const esr = ESR_HVC + immediate;
  takeException(machine, pe, { targetEl: Math.max(el, 2), kind: 'sync', esr, returnAddress: pcBehind(pe) });
}

/** BRK goes to EL2 under MDCR_EL2.TDE too. */
function breakpointInstruction(machine: Machine, pe: Pe, immediate: number): void {
  const toEl2 = currentEl(pe) < 2 && el2Enabled(pe) && has(readSysreg(pe, 'MDCR_EL2'), 8);
  takeHere(machine, pe, toEl2 ? 2 : defaultTarget(pe), syndrome(ExceptionClass.Brk, immediate));
}

/** ISS of EC 0x18: the encoding's fields, Rt and the direction. */
export function sysregIss(word: number): number {
  const field = (high: number, low: number): number => (word >>> low) & ((1 << (high - low + 1)) - 1);
  return (
    (field(20, 19) << 20) |
    (field(7, 5) << 17) |
    (field(18, 16) << 14) |
    (field(15, 12) << 10) |
    (field(4, 0) << 5) |
    (field(11, 8) << 1) |
    field(21, 21)
  );
}

function system(machine: Machine, pe: Pe, word: number): void {
  const outcome = executeSystem(machine, pe, word);
  switch (outcome.kind) {
    case 'done':
      retire(pe);
      return;
    case 'undefined':
      takeUndefined(machine, pe);
      return;
    case 'trap':
      takeHere(machine, pe, outcome.targetEl, syndrome(ExceptionClass.Sysreg, sysregIss(word)));
      return;
    case 'floatingPoint':
      floatingPoint(machine, pe);
      return;
    case 'abort':
      if (outcome.fault.kind === 'watchpoint') takeWatchpoint(machine, pe, outcome.fault, outcome.cacheMaintenance);
      else takeAbort(machine, pe, outcome.fault, outcome.cacheMaintenance);
      return;
    case 'notBuilt':
      notBuilt(machine, pe, outcome.what);
      return;
  }
}

const CONDITION_ALWAYS = (1 << 24) | (0xe << 20);

/**
 * WFI and WFE: with nothing pending they put the PE to sleep behind the instruction. With the event stream on a WFE ends
 * at once, which it may do at any time (Arm ARM D1.6): the next event is never far.
 */
function wait(machine: Machine, pe: Pe, word: number): void {
  if ((word & TIMED_WAIT_MASK) === TIMED_WAIT) {
    timedWait(machine, pe, word);
    return;
  }
  const isWfe = ((word >>> 5) & 7) === 2;
  // Neither traps when it would not have waited: the event register is set, a wake-up event is pending.
  if (isWfe ? readEventRegister(pe) : hasWakeUp(machine, pe)) {
    if (isWfe) writeEventRegister(pe, false);
    retire(pe);
    return;
  }
  const target = waitTrap(pe, isWfe);
  if (target !== undefined) {
    takeHere(machine, pe, target, syndrome(ExceptionClass.Wait, CONDITION_ALWAYS | (isWfe ? 1 : 0)));
    return;
  }
  retire(pe);
  if (!isWfe) pe.runner = 'waiting';
  else if (!hasEventStream(pe)) pe.runner = 'event';
}

const TIMED_WAIT_MASK = 0xffff_ffc0 | 0;
const TIMED_WAIT = 0xd503_1000 | 0;

/** Waits longer than this many ticks (17 months) are without end. */
const LONGEST_WAIT = 2n ** 52n;

/** WFET and WFIT (FEAT_WFxT): as WFE and WFI, and over when CNTVCT_EL0 reaches Xt. */
function timedWait(machine: Machine, pe: Pe, word: number): void {
  const isWfe = (word & 0x20) === 0;
  const rt = word & 31;
  const over = isWfe ? readEventRegister(pe) : hasWakeUp(machine, pe);
  const left = readX(pe, rt) - virtualCount(machine, pe);
  const target = over || left <= 0n ? undefined : waitTrap(pe, isWfe);
  if (target !== undefined) {
    const iss = CONDITION_ALWAYS | (rt << 5) | (1 << 2) | (isWfe ? 3 : 2);
    takeHere(machine, pe, target, syndrome(ExceptionClass.Wait, iss));
    return;
  }
  if (isWfe && over) writeEventRegister(pe, false);
  retire(pe);
  if (over || left <= 0n || (isWfe && hasEventStream(pe))) return;
  pe.runner = isWfe ? 'event' : 'waiting';
  pe.waitUntil = left > LONGEST_WAIT ? 0 : machine.clock.ticks + Number(left);
}

/** EL that WFI or WFE traps to: SCTLR_EL1.{nTWI,nTWE}, HCR_EL2.{TWI,TWE}, SCR_EL3.{TWI,TWE}. */
function waitTrap(pe: Pe, isWfe: boolean): number | undefined {
  const el = currentEl(pe);
  if (el === 0 && !has(sctlrOf(pe, 0), isWfe ? 18 : 16)) return defaultTarget(pe);
  if (has(trappingHcr(pe), isWfe ? 14 : 13)) return 2;
  if (el < 3 && has(readSysreg(pe, 'SCR_EL3'), isWfe ? 13 : 12)) return 3;
  return undefined;
}

/** SEV sets the event register of every PE, SEVL its own. */
function sendEvent(machine: Machine, pe: Pe, word: number): void {
  const local = ((word >>> 5) & 7) === 5;
  for (const one of local ? [pe] : machine.pes) writeEventRegister(one, true);
  retire(pe);
}

function fault(machine: Machine, pe: Pe): void {
  const recorded = machine.translation.faults[pe.index];
  if (recorded === undefined) throw new TypeError('The interpreter left with a fault that the bus did not record.');
  machine.translation.faults[pe.index] = undefined;
  if (recorded.kind === 'watchpoint') takeWatchpoint(machine, pe, recorded, false);
  else takeAbort(machine, pe, recorded);
}

/** ERET, or ERETAA and ERETAB: those authenticate ELR_ELx with the stack pointer first. */
function exceptionReturnAt(machine: Machine, pe: Pe, word: number): void {
  if (word === ERET) {
    exceptionReturn(machine, pe);
    return;
  }
  const places = returnPlaces(currentEl(pe));
  const target = pe.memory.view().getBigUint64(peBase(pe.index) + places.elr, true);
  const modifier = readSp(pe, (readPstate(pe) & 1) === 1 ? currentEl(pe) : 0);
  const result = authenticatePointer(pe, word === ERETAA ? Key.IA : Key.IB, target, modifier);
  if (result === undefined) pointerAuthentication(machine, pe);
  else exceptionReturn(machine, pe, result);
}

const ERET = 0xd69f_03e0;
const ERETAA = 0xd69f_0bff;

/** A pointer authentication instruction that traps (HCR_EL2.API, SCR_EL3.API) or whose code was wrong (FEAT_FPAC). */
function pointerAuthentication(machine: Machine, pe: Pe): void {
  const status = pauthStatus(pe);
  if (status >= PauthStatus.Failed) {
    const iss = status - PauthStatus.Failed;
    takeHere(machine, pe, defaultTarget(pe), syndrome(ExceptionClass.PointerAuthenticationFailure, iss));
  } else takeHere(machine, pe, status, syndrome(ExceptionClass.PointerAuthentication));
}

/** One part of a memory copy or set instruction: while bytes are left PC stays at it, and what is done is in its registers. */
function memoryCopy(machine: Machine, pe: Pe, word: number): void {
  const outcome = copyMemory(machine, pe, word);
  switch (outcome.kind) {
    case 'done':
      retire(pe);
      return;
    case 'again':
      clearBtype(pe);
      return;
    case 'undefined':
      takeUndefined(machine, pe);
      return;
    case 'mismatch':
      takeHere(machine, pe, outcome.targetEl, syndrome(ExceptionClass.MemoryCopy, outcome.iss));
      return;
    case 'abort':
      if (outcome.fault.kind === 'watchpoint') takeWatchpoint(machine, pe, outcome.fault, false);
      else takeAbort(machine, pe, outcome.fault);
      return;
  }
}

/** FP or AdvSIMD where it is trapped; UNDEFINED on a platform without it. */
function floatingPoint(machine: Machine, pe: Pe): void {
  if (!machine.platform.features.fp) {
    takeUndefined(machine, pe);
    return;
  }
  const trap = fpTrap(pe);
  const toEl1 = trap === 1 && defaultTarget(pe) === 1;
  // What CPACR_EL1 traps goes to EL2 under HCR_EL2.TGE, with the class of an UNDEFINED instruction.
  if (trap === 1 && !toEl1) takeUndefined(machine, pe);
  else takeHere(machine, pe, trap, syndrome(ExceptionClass.FpAccess, CONDITION_ALWAYS));
}

/** Advertised but not built: the run stops with a message and the PE stays where it is. */
function notBuilt(machine: Machine, pe: Pe, what: string): void {
  const pc = `0x${readPc(pe).toString(16)}`;
  requestStop(machine, { kind: 'error', text: `${what} at ${pc} is advertised but this version cannot execute it.` });
}
