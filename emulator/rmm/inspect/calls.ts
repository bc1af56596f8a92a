/** The command a PE is in, or the last one it finished, in the row's own words. */
import { isGranuleAligned, type Pa, pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { delegableIndex } from '../../machine/platform';
import type { EncryptionContext } from '../../memory/pas';
import { rowOf } from '../commands/dispatcher';
import { validOutputs } from '../commands/outputs';
import { type CommandRow, type Frame, hasStage, type Operand, type Stage } from '../commands/row';
import { arg, raw, resultWord } from '../commands/stages';
import { HOST_CONTEXT } from '../memory';
import { isProtected } from '../realm/rd';
import { statusName } from '../status';
import { readRealm } from './realms';
import { spaceOf, walkRtt } from './rtt';
import type { CallInFlight, DecodedValue, EvaluatedCondition } from './types';
import { decodeStructure, decodeValue, isStructure } from './values';

const registerOf = ({ reg }: Operand): number => Number(reg.slice(1));
const nameOf = (stage: Stage): string => (stage.kind === 'fail' ? stage.id : stage.name);

/** Where a structure operand points: Host memory for RMI, the Realm's IPA space for RSI; null when nowhere. */
function target(machine: Machine, frame: Frame, row: CommandRow, address: number): [EncryptionContext, Pa] | null {
  if (row.interface === 'rmi') {
    const valid = isGranuleAligned(address) && delegableIndex(machine.platform, address) >= 0;
    return valid ? [HOST_CONTEXT, pa(address)] : null;
  }
  const entry = machine.rmm.entries[frame.pe];
  if (!entry) return null;
  const space = spaceOf(readRealm(machine, entry.rd));
  if (!isProtected(space, address)) return null;
  const last = walkRtt(machine, entry.rd, (address - (address % 4096)) as never, 3).entries.at(-1);
  return last?.hipas === 'ASSIGNED' && last.pa !== null ? [space.context, pa(last.pa + (address % last.size))] : null;
}

function structuresOf(machine: Machine, frame: Frame, row: CommandRow): DecodedValue[] {
  return row.inputs.flatMap((operand) => {
    if (!isStructure(operand.type)) return [];
    const place = target(machine, frame, row, arg(frame, registerOf(operand)));
    if (place === null) return [];
    const value = decodeStructure(machine.memory, place[0], operand.name, operand.type, place[1]);
    return value === null ? [] : [value];
  });
}

function resultOf(frame: Frame, row: CommandRow): CallInFlight['result'] {
  const { failed } = frame.locals;
  if (failed === undefined) return null;
  const x0 = resultWord(frame, 0);
  const status = statusName(row.interface, x0);
  const outputs = validOutputs(row, status, Number(failed)).map((operand) =>
    decodeValue(operand.name, operand.type, resultWord(frame, registerOf(operand)), operand.summary),
  );
  return { status, index: row.interface === 'rmi' ? Number((x0 >> 8n) & 0xffn) : 0, outputs };
}

/** The innermost command in progress on the PE (RSI and PSCI before RMI_REC_ENTER), else the last one; null before any. */
export function callInFlight(machine: Machine, pe: number): CallInFlight | null {
  const { guestFrames, frames, finished } = machine.rmm;
  const frame = guestFrames[pe] ?? frames[pe] ?? finished[pe] ?? null;
  if (frame === null) return null;
  return describe(machine, frame);
}

/** The RMI command in progress on a PE: RMI_REC_ENTER while a Realm runs. */
export function rmiInFlight(machine: Machine, pe: number): CallInFlight | null {
  const frame = machine.rmm.frames[pe] ?? null;
  return frame === null ? null : describe(machine, frame);
}

/** The call with this number, while it is in progress on the PE or the last that ended there; else null. */
export function callNumbered(machine: Machine, pe: number, call: number): CallInFlight | null {
  const { guestFrames, frames, finished } = machine.rmm;
  const frame = [guestFrames[pe], frames[pe], finished[pe]].find((each) => each?.call === call);
  return frame ? describe(machine, frame) : null;
}

function describe(machine: Machine, frame: Frame): CallInFlight {
  const row = rowOf(frame);
  const result = resultOf(frame, row);
  const stage = result === null ? row.stages[frame.stage] : undefined;
  return {
    name: row.name,
    fid: row.fid,
    interface: row.interface,
    call: frame.call,
    pe: frame.pe,
    stage: stage === undefined ? null : nameOf(stage),
    stageText: stage === undefined ? null : stage.text,
    inputs: row.inputs.map((operand) =>
      decodeValue(
        operand.name,
        isStructure(operand.type) ? 'Address' : operand.type,
        raw(frame, registerOf(operand)),
        operand.summary,
      ),
    ),
    structures: structuresOf(machine, frame, row),
    locals: frame.locals,
    result,
  };
}

/** The failure conditions of a recorded call with what was compared. Empty when evaluations were not on. */
export function evaluationOf(machine: Machine, call: number): EvaluatedCondition[] {
  const evaluation = machine.rmm.evaluations.list.find((item) => item.call === call);
  if (evaluation === undefined) return [];
  const row = rowOf({ fid: evaluation.fid });
  return row.stages.flatMap((stage, index) => {
    if (stage.kind !== 'fail' || !hasStage(stage, machine.platform.rmm.versionSet)) return [];
    const evaluated = evaluation.stages.find((item) => item.stage === index);
    const outcome = evaluated === undefined ? 'not reached' : evaluated.held ? 'failed' : 'passed';
    const { id, text, status } = stage;
    return [{ id, text, status, outcome, compared: evaluated?.compared ?? [] }];
  });
}
