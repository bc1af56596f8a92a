/**
 * The evaluation of a call, stage by stage: what passed, what failed and by which values, what was never reached. Pure
 * functions of the machine's state, for the debugger's command document, the trace and the replay of recorded calls.
 */
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { rowOf } from '../commands/dispatcher';
import { validOutputs } from '../commands/outputs';
import { type CommandRow, type Frame, type FrameValue, hasStage, type Operand, type Stage } from '../commands/row';
import { raw, resultWord } from '../commands/stages';
import { HIPAS_NAMES, hipasOf, RIPAS_NAMES, ripasOf } from '../rtt/descriptor';
import type { Walk } from '../rtt/walk';
import type { Evaluation } from '../state';
import { statusName } from '../status';
import { decodeValue, isStructure } from './values';

/**
 * `passed` and `failed` are of conditions; `done` of `let` and `do`; `left` of the `exit` by which the call left, `not
 * taken` of one it passed; `next` is about to run; `not in this version` of stages of another version set.
 */
export type StageOutcome =
  | 'passed'
  | 'failed'
  | 'done'
  | 'left'
  | 'not taken'
  | 'next'
  | 'not reached'
  | 'not in this version';

export interface EvaluatedRowStage {
  /** Index in the row's `stages`. */
  readonly index: number;
  readonly kind: Stage['kind'];
  /** Failure id, or the stage's name. */
  readonly id: string;
  readonly text: string;
  /** Conditions: the status they end the call with. */
  readonly status: string | null;
  readonly outcome: StageOutcome;
  /** Conditions: the values compared; `let`: what was named. */
  readonly values: readonly (readonly [name: string, text: string])[];
}

export interface CallEvaluation {
  readonly call: number;
  readonly pe: number;
  readonly name: string;
  readonly fid: number;
  readonly summary: string;
  readonly inputs: readonly (readonly [register: string, name: string, text: string])[];
  readonly stages: readonly EvaluatedRowStage[];
  /** Null while the call is under way, and when it left without a result. */
  readonly result: {
    readonly status: string;
    /** Bits 15:8 of X0, RMI only. */
    readonly index: number;
    readonly outputs: readonly (readonly [register: string, name: string, text: string])[];
  } | null;
}

/** The frame of a call: in progress, the last that ended on its PE, or one of those recorded. */
export function frameOfCall(machine: Machine, call: number): Frame | undefined {
  const { guestFrames, frames, finished } = machine.rmm;
  const known = [...guestFrames, ...frames, ...finished].find((frame) => frame?.call === call);
  return known ?? machine.rmm.evaluations.list.find((item) => item.call === call)?.frame;
}

/** A value as it is shown: addresses and register values in hexadecimal, counts in decimal. */
export function showValue(value: FrameValue): string {
  if (typeof value === 'bigint') return hex(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 4096 ? hex(value) : String(value);
  if (Array.isArray(value)) return `[${(value as readonly FrameValue[]).map(showValue).slice(0, 8).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as { readonly [key: string]: FrameValue });
    return entries.map(([key, each]) => `${key} ${showValue(each)}`).join(', ');
  }
  return value === null ? 'none' : String(value);
}

const isWalk = (value: FrameValue | undefined): value is FrameValue & Walk =>
  typeof value === 'object' && value !== null && 'lo' in value && 'hi' in value && 'level' in value;

/** What a `let` stage has named, one line. */
function namedBy(frame: Frame, name: string): (readonly [string, string])[] {
  const value = frame.locals[name];
  if (value === undefined) return [];
  if (!isWalk(value)) return [[name, shorten(showValue(value))]];
  const { lo, hi, level, table, index } = value;
  const hipas = hipasOf(lo, hi, level);
  const ripas =
    HIPAS_NAMES[hipas] === 'ASSIGNED' || HIPAS_NAMES[hipas] === 'UNASSIGNED' ? [RIPAS_NAMES[ripasOf(lo)]] : [];
  return [
    [`${name}.level`, String(level)],
    [`${name}.rtte`, [HIPAS_NAMES[hipas], ...ripas, `at ${hex(table + index * 8)}`].join(' ')],
  ];
}

const LONGEST = 160;
const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

const registerOf = ({ reg }: Operand): number => Number(reg.slice(1));

const operandText = (operand: Operand, value: bigint): readonly [string, string, string] => {
  const type = isStructure(operand.type) ? 'Address' : operand.type;
  return [operand.reg, operand.name, decodeValue(operand.name, type, value, '').text];
};

interface Progress {
  readonly row: CommandRow;
  readonly frame: Frame;
  /** Number of the failing stage from 1, 0 for success, undefined while there is no result. */
  readonly failed: number | undefined;
  readonly inProgress: boolean;
  readonly recorded: Evaluation | undefined;
}

function progressOf(machine: Machine, frame: Frame): Progress {
  const { failed } = frame.locals;
  const { guestFrames, frames } = machine.rmm;
  return {
    row: rowOf(frame),
    frame,
    failed: failed === undefined ? undefined : Number(failed),
    inProgress: failed === undefined && (guestFrames[frame.pe] === frame || frames[frame.pe] === frame),
    recorded: machine.rmm.evaluations.list.find((item) => item.call === frame.call),
  };
}

/** Index of the first stage that has not run. */
const reached = ({ row, frame, failed }: Progress): number =>
  failed === undefined ? frame.stage : failed === 0 ? row.stages.length : failed;

function outcomeOf(progress: Progress, stage: Stage, index: number): StageOutcome {
  const { frame, failed, inProgress, recorded } = progress;
  const end = reached(progress);
  if (failed !== undefined && failed === index + 1) return 'failed';
  if (index >= end) return inProgress && index === end ? 'next' : 'not reached';
  if (stage.kind === 'fail') return 'passed';
  // A stage may have been jumped over: RMI_REC_ENTER goes from one to another as the Realm demands.
  if (recorded !== undefined && stage.kind !== 'let' && !recorded.ran.includes(index)) return 'not taken';
  if (stage.kind !== 'exit') return 'done';
  const last = failed === undefined && index === frame.stage - 1;
  return last ? 'left' : stage.when === undefined ? 'done' : 'not taken';
}

function valuesOf(machine: Machine, progress: Progress, stage: Stage, index: number): EvaluatedRowStage['values'] {
  const { frame, recorded, failed } = progress;
  if (stage.kind === 'let') return index < reached(progress) ? namedBy(frame, stage.name) : [];
  if (stage.kind !== 'fail') return [];
  const found = recorded?.stages.find((item) => item.stage === index);
  if (found !== undefined) return found.compared.map(([name, value]) => [name, showValue(value)]);
  // Not recorded: a refused call leaves everything as it was, so the values can still be had until the next call.
  const fresh = frame.call === machine.rmm.calls - 1 && failed === index + 1;
  return fresh ? comparedNow(machine, frame, stage) : [];
}

function comparedNow(machine: Machine, frame: Frame, stage: Stage): (readonly [string, string])[] {
  if (stage.kind !== 'fail') return [];
  return (stage.compared?.({ machine, frame }) ?? []).map(([name, value]) => [name, showValue(value)]);
}

const ABSENT = 'not in this version';

const idOf = (stage: Stage): string => (stage.kind === 'fail' ? stage.id : stage.name);

/**
 * The evaluation of a call that is in progress or the last that ended on its PE; null for any other. Values compared are
 * those recorded (`rmm.evaluations.on`); without a record only those of the condition that failed, and only until the
 * next call.
 */
export function evaluateCall(machine: Machine, call: number): CallEvaluation | null {
  const frame = frameOfCall(machine, call);
  if (frame === undefined) return null;
  const progress = progressOf(machine, frame);
  const { row, failed } = progress;
  const x0 = resultWord(frame, 0);
  const status = statusName(row.interface, x0);
  return {
    call,
    pe: frame.pe,
    name: row.name,
    fid: row.fid,
    summary: row.summary,
    inputs: row.inputs.map((operand) => operandText(operand, raw(frame, registerOf(operand)))),
    stages: row.stages.map((stage, index) => ({
      index,
      kind: stage.kind,
      id: idOf(stage),
      text: stage.text,
      status: stage.kind === 'fail' ? stage.status : null,
      outcome: hasStage(stage, machine.platform.rmm.versionSet) ? outcomeOf(progress, stage, index) : ABSENT,
      values: valuesOf(machine, progress, stage, index),
    })),
    result:
      failed === undefined
        ? null
        : {
            status: row.outputs[0]?.type === 'UInt32' ? hex(x0) : status,
            index: row.interface === 'rmi' ? Number((x0 >> 8n) & 0xffn) : 0,
            outputs: validOutputs(row, status, failed)
              .filter(({ reg }) => reg !== 'X0')
              .map((operand) => operandText(operand, resultWord(frame, registerOf(operand)))),
          },
  };
}

/**
 * What the conditions of a call in progress will say, without running it: `let` stages and checks on a copy of the frame,
 * up to the first stage with an effect. Entries as in `evaluateCall`, `passed` and `failed` meaning what will happen.
 */
export function predictCall(machine: Machine, call: number): CallEvaluation | null {
  const now = evaluateCall(machine, call);
  const frame = frameOfCall(machine, call);
  if (now === null || frame === undefined || frame.locals['failed'] !== undefined) return now;
  const row = rowOf(frame);
  const copy: Frame = { ...frame, args: [...frame.args], locals: { ...frame.locals }, results: [...frame.results] };
  const context = { machine, frame: copy };
  const stages = [...now.stages];
  for (let index = frame.stage; index < row.stages.length; index++) {
    const stage = row.stages[index] as Stage;
    const entry = stages[index] as EvaluatedRowStage;
    if (entry.outcome === ABSENT) continue;
    if (stage.kind === 'do' || (stage.kind === 'exit' && (stage.when?.(context) ?? true))) break;
    if (stage.kind === 'let') {
      stage.run(context);
      stages[index] = { ...entry, outcome: 'done', values: namedBy(copy, stage.name) };
    } else if (stage.kind === 'fail') {
      const held = stage.check(context);
      stages[index] = { ...entry, outcome: held ? 'failed' : 'passed', values: comparedNow(machine, copy, stage) };
      if (held) break;
    }
  }
  return { ...now, stages };
}

const MARKS: Readonly<Record<StageOutcome, string>> = {
  passed: '✓',
  failed: '✗',
  done: '✓',
  left: '→',
  'not taken': '·',
  next: '▸',
  'not reached': '·',
  'not in this version': ' ',
};

/** `rd = 0x9000_0000, Granule(rd).state = DATA` */
export const valuesText = (values: EvaluatedRowStage['values']): string =>
  values.map(([name, text]) => `${name} = ${text}`).join(', ');

/** `RMI_ERROR_RTT (index 2)` */
export const resultText = ({ status, index }: { readonly status: string; readonly index: number }): string =>
  index === 0 ? status : `${status} (index ${index})`;

/** One stage as a line: mark, id, condition or effect, values, and for what did not simply pass the outcome in words. */
export function stageText(stage: EvaluatedRowStage): string {
  const ends = stage.status === null ? '' : `  →  ${stage.status}`;
  const values = stage.values.length === 0 ? '' : `   [${valuesText(stage.values)}]`;
  const plain = stage.outcome === 'passed' || stage.outcome === 'done';
  const outcome = plain ? '' : stage.outcome === 'failed' ? '   FAILED' : `   ${stage.outcome}`;
  return `${MARKS[stage.outcome]} ${stage.kind.padEnd(4)}  ${stage.id.padEnd(18)}  ${stage.text}${ends}${values}${outcome}`;
}

/** An evaluation as lines of text: the call with its inputs, every stage, the result with its outputs. */
export function evaluationLines(evaluation: CallEvaluation): string[] {
  const { name, call, inputs, stages, result } = evaluation;
  return [
    `${name} #${call}`,
    ...inputs.map(([register, operand, text]) => `  ${register.padEnd(3)} ${operand.padEnd(12)} ${text}`),
    ...stages.filter(({ outcome }) => outcome !== ABSENT).map((stage) => `  ${stageText(stage)}`),
    ...(result === null
      ? []
      : [
          `  result ${resultText(result)}`,
          ...result.outputs.map(([register, operand, text]) => `  ${register.padEnd(3)} ${operand.padEnd(12)} ${text}`),
        ]),
  ];
}

/** The evaluation of a call as lines; empty when nothing is known of it any more. */
export function describeEvaluation(machine: Machine, call: number): string[] {
  const evaluation = evaluateCall(machine, call);
  return evaluation === null ? [] : evaluationLines(evaluation);
}
