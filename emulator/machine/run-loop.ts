/**
 * The run loop: one step at a time, every boundary between steps a legal place to stop, save and travel to.
 *
 * PEs take turns of `platform.quantum` steps in PE order. A turn also ends when the PE waits or goes off. Guest code runs
 * in the interpreter for as many instructions as nothing else may happen in: the caller's limit, the turn, the next timer.
 * None of these limits can be observed by the machine, except turn and timer, which are its own.
 */
import { completeStep, isStepArmed, isStepping, steppedWord, takeDebugException } from '../cpu/debug/exceptions';
import { armedBreakpoints, hasArmedBreakpoint } from '../cpu/debug/match';
import {
  endsWaitForEvent,
  handleExit,
  hasWakeUp,
  isSignalled,
  takePhysicalInterrupt,
} from '../cpu/exceptions/exceptions';
import { Exit } from '../cpu/exit';
import { tlbBankOf } from '../cpu/layout';
import {
  addRetired,
  clearExclusive,
  currentEl,
  isExclusive,
  type Pe,
  readPc,
  readRetired,
  securityState,
  writeEventRegister,
} from '../cpu/pe';
import { syncPmu, untilOverflow } from '../cpu/pmu/counting';
import { updateTimers } from '../devices/timers';
import { stepHost, stepScript } from '../host/host';
import { Pas } from '../memory/pas';
import { stepMonitor } from '../monitor/monitor';
import { endSuspension } from '../monitor/power';
import { stepRmm } from '../rmm/rmm';
import { closeSlice, openSlice } from './clock';
import type { Machine } from './machine';
import { systemReset } from './power-on';
import { breakpointAt, hasBreakpointInPage, requestStop } from './stop';

export interface RunResult {
  /** Steps performed. */
  readonly steps: number;
  /**
   * `steps`: the limit was reached; `stop`: `machine.stop.requested` says why; `idle`: every PE that is on waits and
   * nothing will wake it; `off`: every PE is off; `halted`: the system was shut down; `resets`: a system reset was asked
   * for and the limit of resets is reached.
   */
  readonly reason: 'steps' | 'stop' | 'idle' | 'off' | 'halted' | 'resets';
}

/** Most instructions of one interpreter call: BUDGET is an i32. */
const LONGEST_SLICE = 2 ** 30;

/** Performs up to `steps` steps. A stop requested before the call is forgotten. */
export function run(machine: Machine, limits: { readonly steps: number }): RunResult {
  const { stop, schedule } = machine;
  let skip = stop.skipOnce;
  stop.requested = undefined;
  stop.skipOnce = false;
  let done = 0;
  while (done < limits.steps) {
    if (schedule.halted) return { steps: done, reason: 'halted' };
    if (schedule.reset !== null) {
      if (isLastReset(machine)) return { steps: done, reason: 'resets' };
      systemReset(machine, schedule.reset);
    }
    const untilTimer = Math.min(updateTimers(machine), untilWaitEnds(machine));
    // A watchdog that has just run out resets the system here, whether PEs run or all wait, and before any runs on.
    if (schedule.reset !== null) continue;
    const pe = nextPe(machine);
    if (pe === undefined) {
      const reason = wait(machine, untilTimer);
      if (reason !== undefined) return { steps: done, reason };
      continue;
    }
    const budget = Math.min(limits.steps - done, schedule.left);
    const taken = advance(machine, pe, budget, untilTimer, skip);
    skip = false;
    done += taken;
    schedule.left -= taken;
    if (stop.requested !== undefined) return { steps: done, reason: 'stop' };
  }
  return { steps: done, reason: schedule.halted ? 'halted' : 'steps' };
}

/** The reset that was asked for ends the run: the limit is reached, or the Host is native and cannot start again. */
const isLastReset = ({ boot, schedule }: Machine): boolean => boot === undefined || schedule.resets >= boot.resetLimit;

/** Performs exactly one step of the PE whose turn it is, whatever breakpoints there are. */
export function step(machine: Machine): RunResult {
  machine.stop.skipOnce = true;
  return run(machine, { steps: 1 });
}

const isRunnable = ({ runner }: Pe): boolean => runner !== 'waiting' && runner !== 'event' && runner !== 'off';

/** Ticks until the next timed wait is over, Infinity when there is none. One that is over now ends at this boundary. */
function untilWaitEnds({ pes, clock }: Machine): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const { waitUntil } of pes) {
    if (waitUntil > clock.ticks) soonest = Math.min(soonest, waitUntil - clock.ticks);
  }
  return soonest;
}

const timedOut = (machine: Machine, { waitUntil }: Pe): boolean => waitUntil !== 0 && machine.clock.ticks >= waitUntil;

/** Lets a PE that waits go on when what it waits for is there. */
function wakeUp(machine: Machine, pe: Pe): void {
  if (pe.runner === 'event') {
    if (!timedOut(machine, pe) && !endsWaitForEvent(machine, pe)) return;
    pe.waitUntil = 0;
    writeEventRegister(pe, false);
    pe.runner = 'a64';
  } else if (pe.runner === 'waiting' && (timedOut(machine, pe) || hasWakeUp(machine, pe))) {
    pe.waitUntil = 0;
    pe.runner = machine.host.progress.sleeping === pe.index ? 'host' : 'a64';
    endSuspension(machine, pe);
  }
}

/** The PE that runs now: the one whose turn it is, or the next in order. Starts a new turn where one ends. */
function nextPe(machine: Machine): Pe | undefined {
  const { pes, schedule, platform } = machine;
  for (const pe of pes) wakeUp(machine, pe);
  const current = pes[schedule.current];
  if (current !== undefined && isRunnable(current) && schedule.left > 0) return current;
  for (let turn = 1; turn <= pes.length; turn++) {
    const index = (schedule.current + turn) % pes.length;
    const pe = pes[index];
    if (pe === undefined || !isRunnable(pe)) continue;
    if (current !== undefined && pe !== current) loseMonitor(current);
    machine.monitor.starting[index] = false;
    schedule.current = index;
    schedule.left = platform.quantum;
    return pe;
  }
  return undefined;
}

/**
 * Another PE runs now and may write what this one has marked for exclusive access: the monitor goes to the open state,
 * which is an event for a PE that waits for one (Arm ARM D1.6.1), as on a lock that the other is about to open.
 */
function loseMonitor(pe: Pe): void {
  if (!isExclusive(pe)) return;
  clearExclusive(pe);
  writeEventRegister(pe, true);
}

/** Every PE waits: time goes on to the next timer. Returns why the run ends when there is none. */
function wait(machine: Machine, untilTimer: number): 'idle' | 'off' | undefined {
  if (machine.pes.every((pe) => pe.runner === 'off')) return 'off';
  if (!Number.isSafeInteger(machine.clock.ticks + untilTimer)) return 'idle';
  machine.clock.ticks += untilTimer;
  return undefined;
}

/** Runs one PE for up to `budget` steps (1 or more); returns how many it took. */
function advance(machine: Machine, pe: Pe, budget: number, untilTimer: number, skipBreakpoint: boolean): number {
  switch (pe.runner) {
    case 'monitor':
    case 'rmm':
    case 'host':
      return native(machine, pe, budget, untilTimer);
    default:
      // Taking an interrupt is part of the boundary between two steps.
      if (isSignalled(machine, pe) && takePhysicalInterrupt(machine, pe)) return 0;
      if (stepScript(machine, pe)) {
        machine.clock.position++;
        return 1;
      }
      return guest(machine, pe, Math.min(budget, untilTimer, LONGEST_SLICE), skipBreakpoint);
  }
}

/**
 * Micro-steps of native firmware or Host. Those of a command follow each other for as long as nothing else is due: without
 * a REC in the PE they change no register that a timer or an interrupt depends on, so where this ends cannot be observed.
 */
function native(machine: Machine, pe: Pe, budget: number, untilTimer: number): number {
  const { clock, stop, rmm } = machine;
  if (pe.runner !== 'rmm') {
    if (pe.runner === 'monitor') stepMonitor(machine, pe);
    else stepHost(machine, pe);
    clock.position++;
    return 1;
  }
  const due = clock.ticks + untilTimer;
  let taken = 0;
  let alone: boolean;
  do {
    alone = rmm.entries[pe.index] === null;
    stepRmm(machine, pe);
    clock.position++;
    taken++;
  } while (
    alone &&
    pe.runner === 'rmm' &&
    rmm.entries[pe.index] === null &&
    taken < budget &&
    clock.ticks < due &&
    stop.requested === undefined
  );
  return taken;
}

function guest(machine: Machine, pe: Pe, budget: number, skipBreakpoint: boolean): number {
  const { stop } = machine;
  const looked = isStepping(pe) || armedBreakpoints(pe) !== 0;
  const pc = stop.pages.size === 0 && !looked ? 0n : readPc(pe);
  const stops = hasBreakpointInPage(stop, pc);
  const own = looked && (isStepping(pe) || hasArmedBreakpoint(pe, pc));
  if (!stops && !own) return interpret(machine, pe, budget);
  if (stops && !skipBreakpoint) {
    const regime = tlbBankOf(currentEl(pe), securityState(pe) === Pas.Realm);
    const hit = breakpointAt(stop, pc, regime);
    if (hit !== undefined) {
      const id = hit.id === undefined ? {} : { id: hit.id };
      requestStop(machine, { kind: 'breakpoint', text: 'Stopped at a breakpoint.', pe: pe.index, va: pc, ...id });
      return 0;
    }
  }
  if (own && takeDebugException(machine, pe)) {
    machine.clock.position++;
    machine.clock.ticks++;
    return 1;
  }
  stop.stepping = true;
  const taken = isStepArmed(pe) ? stepped(machine, pe) : interpret(machine, pe, 1);
  stop.stepping = false;
  return taken;
}

/** One instruction under software step; where the interpreter executes it whole, the exception follows here. */
function stepped(machine: Machine, pe: Pe): number {
  const word = steppedWord(machine, pe);
  const before = readRetired(pe);
  const taken = interpret(machine, pe, 1);
  if (isStepArmed(pe) && readRetired(pe) !== before) completeStep(machine, pe, word);
  return taken;
}

/** Runs the interpreter and finishes the instruction it left with. What TypeScript finishes, it counts as retired. */
function interpret(machine: Machine, pe: Pe, limit: number): number {
  const { clock } = machine;
  const overflow = untilOverflow(pe);
  const budget = Math.min(limit, overflow);
  openSlice(clock, pe.index, budget);
  const exit = machine.interpreter.run(pe.index, budget);
  let taken = closeSlice(machine);
  addRetired(pe, taken);
  // The three that mean no more than that the interpreter returned.
  if (exit !== Exit.Budget && exit !== Exit.BreakpointPage && exit !== Exit.Leave) {
    handleExit(machine, pe, exit);
    clock.position++;
    clock.ticks++;
    taken++;
  }
  if (overflow <= limit) syncPmu(machine, pe);
  return taken;
}
