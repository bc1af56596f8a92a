/**
 * What continue and the steps want of the run. A goal advances the machine by one bounded slice a time, so that a pause is
 * answered soon; it never waits, and it keeps nothing of the machine but numbers.
 */
import { readPc, readSp } from '../../emulator/cpu/pe';
import { type RunResult, run, step } from '../../emulator/machine/run-loop';
import { Pas } from '../../emulator/memory/pas';
import { rowOfFid } from '../../emulator/rmm/commands/rows';
import { armCode } from '../breakpoints/set';
import type { CodeAddress } from '../breakpoints/store';
import { guestReader } from '../memory/guest-memory';
import { imageOf } from '../session/images';
import { judgeStop } from '../session/judge-stop';
import type { Goal, Session, StopInfo, Target } from '../session/state';
import { type Guest, guestOf, hasHostImage } from '../stack/guest';
import { type Position, positionOf } from '../stack/position';
import { afterPrologue, type LineSpan, lineAt } from '../symbols/lines';
import { functionAt } from '../symbols/program';
import { unwind } from '../symbols/unwind';

/** What a slice came to: a stop for the client, the end, or neither (`steps`, or a temporary breakpoint: `here`). */
type Slice = StopInfo | 'ended' | 'steps' | 'here';

/** Runs until something happens or the slice is used up. */
function runSlice(session: Session, target: Target, temporary: readonly CodeAddress[] = []): Slice {
  armCode(session, target, temporary);
  return finish(session, target, run(target.machine, { steps: session.sliceSteps }), temporary);
}

/** One step of the machine. Breakpoints at the place itself do not count; what the step causes does. */
function stepOnce(session: Session, target: Target): Slice {
  return finish(session, target, step(target.machine), []);
}

function finish(session: Session, target: Target, result: RunResult, temporary: readonly CodeAddress[]): Slice {
  target.steps += result.steps;
  const { machine } = target;
  if (result.reason === 'stop') {
    const stop = judgeStop(session, target);
    if (stop) return stop;
    const { requested } = machine.stop;
    if (requested?.kind === 'breakpoint' && requested.va !== undefined) {
      // Not one to stop at for the client: ours, or one whose condition did not hold.
      machine.stop.skipOnce = true;
      return temporary.some(({ va }) => va === requested.va) ? 'here' : 'steps';
    }
    return 'steps';
  }
  const { budget } = target.configuration;
  if (budget > 0 && target.steps >= budget) {
    return {
      reason: 'exception',
      description: 'Budget used up',
      pe: 0,
      exception: {
        id: 'budget',
        text: `The run has taken ${target.steps} steps, its budget.`,
        details: 'Raise "budget" in launch.json, or set it to 0.',
      },
    };
  }
  return result.reason === 'steps' ? 'steps' : 'ended';
}

const stopped = (pe: number, description = 'Step'): StopInfo => ({ reason: 'step', description, pe });
const isStop = (slice: Slice): slice is StopInfo | 'ended' => slice !== 'steps' && slice !== 'here';

/** Resumes from where it stands without stopping at the breakpoint it stands on. */
export function continueGoal(session: Session, target: Target): Goal {
  target.machine.stop.skipOnce = true;
  return {
    advance: () => {
      const slice = runSlice(session, target);
      return isStop(slice) ? slice : 'again';
    },
  };
}

export type StepKind = 'over' | 'in' | 'out';

/** The goal of a step, by what the PE is doing now. */
export function stepGoal(session: Session, target: Target, pe: number, kind: StepKind, byInstruction: boolean): Goal {
  const position = positionOf(target.machine, pe);
  const guest = guestOf(target.machine, pe);
  if (position.kind === 'guest' && guest) {
    if (kind === 'out') return outOfFunction(session, target, guest);
    return byInstruction ? byInstructionGoal(session, target, guest, kind) : byLine(session, target, guest, kind);
  }
  if (position.kind === 'command') return inCommand(session, target, pe, kind, position);
  const transit = session.stop?.justEnded !== undefined || hasHostImage(target.machine);
  return transit ? toLevel(session, target, pe, callerOf(target, pe)) : atHost(session, target, pe, kind);
}

// --- Host and commands ------------------------------------------------------------------------------------------------

/** Who calls commands: a Realm, a Host that is an image, or the built-in Host. */
type Level = 'realm' | 'image' | 'host';

const hostLevel = (target: Target): Level => (hasHostImage(target.machine) ? 'image' : 'host');

/** Who goes on when the command in progress returns. */
const callerOf = (target: Target, pe: number): Level => (target.machine.rmm.entries[pe] ? 'realm' : hostLevel(target));

function isLevel(position: Position, level: Level): boolean {
  if (position.kind === 'host') return level === 'host' && !position.answering;
  return position.kind === 'guest' && level === (position.world === Pas.Realm ? 'realm' : 'image');
}

/** More steps than the Monitor and the RMM need between a command's end and who called it. */
const TRANSIT_STEPS = 100;

/** Runs until the Host is about to make its next call or to go on, or the Realm goes on. */
function toLevel(session: Session, target: Target, pe: number, level: Level): Goal {
  let left = positionOf(target.machine, pe).kind === 'transit' ? TRANSIT_STEPS : 0;
  return {
    // Commands come and go below the level: each end is a chance to be there again.
    watch: (caught) =>
      caught.when === 'after' && caught.pe === pe && (level === 'realm') !== caught.name.startsWith('RMI_'),
    advance: () => {
      const slice = left > 0 ? stepOnce(session, target) : runSlice(session, target);
      if (isStop(slice)) return slice;
      const position = positionOf(target.machine, pe);
      if (isLevel(position, level)) return stopped(pe);
      if (position.kind === 'off') return 'again';
      // Between a command's end and the level there are a few steps of the Monitor.
      left = position.kind === 'transit' || position.kind === 'host' ? TRANSIT_STEPS : Math.max(0, left - 1);
      return 'again';
    },
  };
}

function atHost(session: Session, target: Target, pe: number, kind: StepKind): Goal {
  const start = positionOf(target.machine, pe);
  if (kind === 'out') return continueGoal(session, target);
  if (kind === 'in') {
    let seen: number | undefined;
    return {
      watch: (caught) => {
        if (caught.when === 'before' && caught.pe === pe) seen = caught.call;
        return seen !== undefined;
      },
      advance: () => {
        const slice = runSlice(session, target);
        if (isStop(slice)) return slice;
        return seen === undefined ? 'again' : stopped(pe);
      },
    };
  }
  let moved = false;
  const next = toLevel(session, target, pe, 'host');
  return {
    ...next,
    advance: () => {
      if (moved) return next.advance();
      moved = true;
      const slice = stepOnce(session, target);
      if (isStop(slice)) return slice;
      return start.kind === 'host' && start.answering && isLevel(positionOf(target.machine, pe), 'host')
        ? stopped(pe)
        : 'again';
    },
  };
}

function inCommand(
  session: Session,
  target: Target,
  pe: number,
  kind: StepKind,
  start: Extract<Position, { kind: 'command' }>,
): Goal {
  const { call, stage } = start.frame;
  const level = start.inner ? 'realm' : hostLevel(target);
  if (kind === 'out') {
    let ended = false;
    return {
      watch: (caught) => {
        ended ||= caught.when === 'after' && caught.call === call;
        return ended;
      },
      advance: () => {
        const slice = runSlice(session, target);
        if (isStop(slice)) return slice;
        return ended ? { ...stopped(pe, 'Returned'), justEnded: call } : 'again';
      },
    };
  }
  const isExit = rowOfFid(start.frame.fid)?.stages[stage]?.kind === 'exit';
  let moved = false;
  const rest = toLevel(session, target, pe, level);
  return {
    ...rest,
    advance: () => {
      if (moved && kind === 'over') return rest.advance();
      const slice = stepOnce(session, target);
      if (isStop(slice)) return slice;
      const position = positionOf(target.machine, pe);
      if (position.kind === 'transit') return 'again';
      if (position.kind === 'host') return position.answering ? 'again' : stopped(pe);
      if (position.kind === 'command' && position.frame.call === call) {
        // A stage that loops (`again`) is one step.
        return position.frame.stage === stage && !isExit ? 'again' : stopped(pe);
      }
      if (kind === 'in' || isLevel(position, level)) return stopped(pe);
      moved = true;
      return 'again';
    },
  };
}

// --- guest code -------------------------------------------------------------------------------------------------------

const BL_MASK = 0xfc00_0000;
const BL = 0x9400_0000;
/** BLR and its pointer-authenticating forms: bits 24 and 11:10 vary. */
const BLR_MASK = 0xfeff_f000;
const BLR = 0xd63f_0000;
/** SVC, HVC, SMC: imm16 and LL vary. */
const CALL_EXCEPTION_MASK = 0xffe0_001c;
const CALL_EXCEPTION = 0xd400_0000;

type Call = 'function' | 'exception' | undefined;

function callAt(target: Target, guest: Guest): Call {
  const bytes = guestReader(target.machine, guest)(guest.registers.pc, 4);
  if (!bytes) return undefined;
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  if ((word & BL_MASK) >>> 0 === BL || (word & BLR_MASK) >>> 0 === BLR) return 'function';
  return (word & CALL_EXCEPTION_MASK) >>> 0 === CALL_EXCEPTION && word % 4 !== 0 ? 'exception' : undefined;
}

const spOf = (target: Target, pe: number): bigint =>
  guestOf(target.machine, pe)?.registers.x[31] ?? readSp(target.machine.pes[pe]!, 0);

/** Runs to `address` in the same activation: with the stack pointer not below `sp`. */
function runTo(session: Session, target: Target, guest: Guest, address: bigint, sp: bigint): () => Slice {
  const { pe, world } = guest;
  return () => {
    const slice = runSlice(session, target, [{ va: address, world }]);
    if (slice !== 'here') return slice;
    return readPc(target.machine.pes[pe]!) === address && spOf(target, pe) >= sp ? 'here' : 'steps';
  };
}

function byInstructionGoal(session: Session, target: Target, guest: Guest, kind: 'over' | 'in'): Goal {
  const { pe } = guest;
  const call = callAt(target, guest);
  if (kind === 'over' && call) {
    target.machine.stop.skipOnce = true;
    const toReturn = runTo(session, target, guest, guest.registers.pc + 4n, guest.registers.x[31] ?? 0n);
    return {
      advance: () => {
        const slice = toReturn();
        if (isStop(slice)) return slice;
        return slice === 'here' ? stopped(pe) : 'again';
      },
    };
  }
  return {
    advance: () => {
      const slice = stepOnce(session, target);
      if (isStop(slice)) return slice;
      return isBackFrom(target, guest, call) ? stopped(pe) : 'again';
    },
  };
}

/**
 * Whether an instruction is over for the user: its code goes on, or (SMC) the command it called has begun. An access of a
 * Realm that the RMM or the Host serves is part of its instruction.
 */
function isBackFrom(target: Target, { pe, world }: Guest, call: Call): boolean {
  const position = positionOf(target.machine, pe);
  if (position.kind === 'guest') return position.world === world;
  return call === 'exception' && position.kind === 'command' && position.inner === (world === Pas.Realm);
}

function outOfFunction(session: Session, target: Target, guest: Guest): Goal {
  const { program } = imageOf(target, guest.world);
  const frames = unwind(program, guest.registers, guestReader(target.machine, guest), 2);
  const caller = frames[1];
  if (!caller) return continueGoal(session, target);
  target.machine.stop.skipOnce = true;
  const toReturn = runTo(session, target, guest, caller.registers.pc, frames[0]?.cfa ?? guest.registers.x[31] ?? 0n);
  return {
    advance: () => {
      const slice = toReturn();
      if (isStop(slice)) return slice;
      return slice === 'here' ? stopped(guest.pe) : 'again';
    },
  };
}

const sameLine = (a: LineSpan | undefined, b: LineSpan | undefined): boolean =>
  a !== undefined && b !== undefined && a.file === b.file && a.line === b.line;

/**
 * Over or into the next source line: instruction by instruction inside the line, at full speed through calls. Stops at
 * the beginning of another line of this activation, in the caller after a return, or (into) behind a callee's prologue.
 */
function byLine(session: Session, target: Target, guest: Guest, kind: 'over' | 'in'): Goal {
  const { machine } = target;
  const { program } = imageOf(target, guest.world);
  const { pe } = guest;
  const start = lineAt(program.lines, guest.registers.pc);
  // Code without lines is stepped by instruction.
  if (!start) return byInstructionGoal(session, target, guest, kind);
  const frame = unwind(program, guest.registers, guestReader(machine, guest), 2);
  const cfa = frame[0]?.cfa;
  const returnsTo = frame[1]?.registers.pc;
  let waiting: (() => Slice) | undefined;
  let last: Call;
  const once = (): 'again' | 'ended' | StopInfo => {
    if (waiting) {
      const slice = waiting();
      if (isStop(slice)) return slice;
      if (slice !== 'here') return 'again';
      waiting = undefined;
      return arrived();
    }
    const now = guestOf(machine, pe);
    const position = positionOf(machine, pe);
    const inGuest = position.kind === 'guest' && position.world === guest.world;
    if (now && inGuest) {
      last = callAt(target, now);
      const { pc, x } = now.registers;
      if (last && (kind === 'over' || (last === 'function' && !hasLines(target, now)))) {
        waiting = runTo(session, target, guest, pc + 4n, x[31] ?? 0n);
        machine.stop.skipOnce = true;
        return 'again';
      }
    }
    const slice = stepOnce(session, target);
    if (isStop(slice)) return slice;
    if (!isBackFrom(target, guest, last)) return 'again';
    if (positionOf(machine, pe).kind !== 'guest') return stopped(pe);
    return inGuest && last === 'function' ? enterFunction() : arrived();
  };
  const enterFunction = (): 'again' | StopInfo => {
    const now = guestOf(machine, pe);
    const entry = now?.registers.pc;
    if (entry === undefined) return 'again';
    const body = functionAt(program, entry)?.die ? afterPrologue(program.lines, entry) : entry;
    if (body === entry) return stopped(pe);
    waiting = runTo(session, target, guest, body, 0n);
    return 'again';
  };
  const arrived = (): 'again' | StopInfo => {
    const now = guestOf(machine, pe);
    if (!now) return 'again';
    const { pc, x } = now.registers;
    if (pc === returnsTo && cfa !== undefined && (x[31] ?? 0n) >= cfa) return stopped(pe);
    const here = lineAt(program.lines, pc);
    if (!here) return 'again';
    if (sameLine(here, start)) return 'again';
    return here.low === pc && here.isStatement ? stopped(pe) : 'again';
  };
  return {
    advance: () => {
      for (let i = 0; i < 2000; i++) {
        const result = once();
        if (result !== 'again' || waiting) return result;
      }
      return 'again';
    },
  };
}

/** Whether the function called at the guest's PC has lines to step into. */
function hasLines(target: Target, guest: Guest): boolean {
  const { machine } = target;
  const { program } = imageOf(target, guest.world);
  const bytes = guestReader(machine, guest)(guest.registers.pc, 4);
  if (!bytes) return false;
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const isDirect = (word & BL_MASK) >>> 0 === BL;
  const callee = isDirect
    ? BigInt.asUintN(64, guest.registers.pc + BigInt.asIntN(28, BigInt(word & 0x03ff_ffff) << 2n))
    : guest.registers.x[(word >>> 5) % 32];
  return callee !== undefined && lineAt(program.lines, callee) !== undefined;
}
