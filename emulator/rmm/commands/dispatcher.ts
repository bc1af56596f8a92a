/**
 * Runs rows: one stage a micro-step. A frame knows nothing of the world it was called from; what happens at its end
 * (`realm-entry/`, `rmm.ts`) is the caller's business.
 */

import { spendTicks } from '../../machine/clock';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import type { Evaluation } from '../state';
import { statusValue } from '../status';
import { type CommandRow, type FailStage, type Frame, hasStage, type Word } from './row';
import { rowOfFid } from './rows';

/** What became of a frame in a step. `left`: an exit stage ran; the frame is not finished or has no result. */
export type StepOutcome = 'running' | 'done' | 'left';

/** Recognises a command: the frame is made, time is spent, nothing is evaluated. `args` are X0 and up. */
export function beginFrame(machine: Machine, pe: number, row: CommandRow, args: Word[]): Frame {
  const { rmm } = machine;
  const frame: Frame = {
    fid: row.fid,
    pe,
    call: rmm.calls++,
    stage: 0,
    args,
    locals: {},
    // RMI: X4 keeps what the caller had, unless the command returns something there.
    results: row.interface === 'rmi' ? [0, 0, 0, 0, args[4] ?? 0] : [0, 0, 0, 0],
  };
  spendTicks(machine.clock, row.ticks);
  emit(machine, 'commandBegin', pe, row.fid, frame.call, args[1], args[2], args[3], args[4], args[5], args[6]);
  if (rmm.evaluations.on) {
    const { list, limit } = rmm.evaluations;
    list.push({ call: frame.call, fid: row.fid, pe, frame, stages: [], ran: [] });
    if (list.length > limit) list.splice(0, list.length - limit);
  }
  return frame;
}

/** The row asked for last: the stages of a command follow each other. */
let recent: CommandRow | undefined;

export function rowOf({ fid }: Pick<Frame, 'fid'>): CommandRow {
  if (recent !== undefined && recent.fid === fid) return recent;
  const row = rowOfFid(fid);
  if (row === undefined) throw new RangeError(`No command has FID ${fid.toString(16)}.`);
  recent = row;
  return row;
}

/** Runs the next stage. After 'done' the results are in `frame.results`. */
export function stepFrame(machine: Machine, frame: Frame): StepOutcome {
  const row = rowOf(frame);
  let stage = row.stages[frame.stage];
  while (stage !== undefined && !hasStage(stage, machine.platform.rmm.versionSet)) stage = row.stages[++frame.stage];
  if (stage === undefined) return finishFrame(machine, frame, 0);
  const context = { machine, frame };
  switch (stage.kind) {
    case 'let':
      stage.run(context);
      frame.stage++;
      break;
    case 'fail': {
      const held = stage.check(context);
      if (machine.rmm.evaluations.on) recordStage(machine, frame, stage, held);
      if (held) return failFrame(machine, frame, stage);
      frame.stage++;
      break;
    }
    case 'do': {
      // The stage may itself name the next one: it is advanced first.
      const at = frame.stage++;
      if (machine.rmm.evaluations.on) recordRun(machine, frame, at);
      if (stage.run(context) === 'again') frame.stage = at;
      else if (frame.locals['next'] !== undefined) followJump(frame);
      break;
    }
    default:
      frame.stage++;
      if (stage.when !== undefined && !stage.when(context)) break;
      if (machine.rmm.evaluations.on) recordRun(machine, frame, frame.stage - 1);
      stage.run(context);
      return 'left';
  }
  return frame.stage < row.stages.length ? 'running' : finishFrame(machine, frame, 0);
}

function failFrame(machine: Machine, frame: Frame, stage: FailStage): StepOutcome {
  const context = { machine, frame };
  const failed = frame.stage + 1;
  stage.effects?.(context);
  stage.outputs?.(context);
  frame.results[0] = statusValue(stage.status, stage.index?.(context) ?? 0);
  return finishFrame(machine, frame, failed);
}

function finishFrame(machine: Machine, frame: Frame, failed: number): StepOutcome {
  frame.locals['failed'] = failed;
  emitEnd(machine, frame, failed);
  return 'done';
}

/** Tells that a command is over: returned, or left to the Host by a REC exit. */
export function emitEnd(machine: Machine, frame: Frame, failed: number): void {
  // A refused call has its status alone: every word of the event keeps its place all the same.
  const { results: x } = frame;
  emit(machine, 'commandEnd', frame.pe, frame.fid, frame.call, x[0], x[1], x[2], x[3], x[4], failed);
}

const evaluationOf = (machine: Machine, { call }: Frame): Evaluation | undefined =>
  machine.rmm.evaluations.list.find((item) => item.call === call);

function recordStage(machine: Machine, frame: Frame, stage: FailStage, held: boolean): void {
  const compared = stage.compared?.({ machine, frame }) ?? [];
  evaluationOf(machine, frame)?.stages.push({ stage: frame.stage, held, compared });
}

function recordRun(machine: Machine, frame: Frame, stage: number): void {
  const ran = evaluationOf(machine, frame)?.ran;
  if (ran !== undefined && !ran.includes(stage)) ran.push(stage);
}

/** A stage has asked for another one than the next (`jump` of `stages.ts`). */
function followJump(frame: Frame): void {
  const name = frame.locals['next'] as string;
  delete frame.locals['next'];
  goTo(frame, name);
}

/** Makes the named stage the next one. */
export function goTo(frame: Frame, name: string): void {
  const index = rowOf(frame).stages.findIndex((stage) => stage.kind !== 'fail' && stage.name === name);
  if (index < 0) throw new RangeError(`Command ${frame.fid.toString(16)} has no stage ${name}.`);
  frame.stage = index;
}
