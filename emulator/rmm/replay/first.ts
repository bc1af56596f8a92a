/** The first line of a trace at which something differs, with the state around it. */
import { pa } from '../../address';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { rowFor } from '../commands/rows';
import { evaluationOf } from '../inspect/calls';
import { evaluateCall, evaluationLines, showValue } from '../inspect/evaluation';
import { statusName } from '../status';
import { granuleText, type OperandText, operandsOf, type StateAround, stateAround, structuresOf } from './around';
import type { Mismatch } from './compare';
import { decodeLine } from './decode';
import { rowOfCall } from './replay';
import { type Difference, type RecentCall, type Replay, replayText } from './session';

export interface FirstDifference extends Omit<Difference, 'mismatches'> {
  readonly where: string;
  readonly mismatches: readonly Mismatch[];
  readonly operands: readonly OperandText[];
  /** Fields of structures that operands point to, those that are not zero. */
  readonly structures: readonly string[];
  readonly before: StateAround;
  readonly after: StateAround;
  /** Commands evaluated by this call, conditions with the values compared. */
  readonly evaluation: readonly (readonly string[])[];
  /** The calls before it, oldest first. */
  readonly recent: readonly string[];
}

const NOTHING: StateAround = { granules: [], realm: [], walk: [] };

/** A call as one line: `#12 line 13  RMI_GRANULE_DELEGATE(0x8000_0000) → RMI_SUCCESS`. */
function recentText(machine: Machine, { call, line, name, source }: RecentCall): string {
  const inputs = rowOfCall(machine, source)?.inputs.filter(({ reg }) => reg !== 'X0').length ?? 0;
  const given = source.x ?? [];
  const x = Array.from({ length: Math.max(inputs, given.length) }, (_, at) => hex(BigInt(given[at] ?? 0))).join(', ');
  const x0 = BigInt(source.ret[0] ?? 0);
  const index = (x0 >> 8n) & 0xffn;
  const status = `${statusName('rmi', x0)}${index === 0n || x0 > 0xffffn ? '' : ` (index ${index})`}`;
  return `call ${call}, line ${line}: ${name}(${x}) → ${status}`;
}

/** Transcripts of the commands a call evaluated: itself, and what the Realm called meanwhile. */
function transcripts(machine: Machine): string[][] {
  return machine.rmm.evaluations.list.map(({ call, fid }) => {
    const whole = evaluateCall(machine, call);
    if (whole !== null) return [whole.name, ...evaluationLines(whole).slice(1)];
    const conditions = evaluationOf(machine, call).filter(({ outcome }) => outcome !== 'not reached');
    const name = rowFor('realm', fid, machine.platform.rmm.versionSet)?.name ?? hex(fid);
    return [
      name,
      ...conditions.map(({ id, text, outcome, compared }) => {
        const values = compared.map(([what, value]) => `${what} = ${showValue(value)}`).join(', ');
        return `  ${outcome === 'failed' ? '✗' : '✓'} ${id}  ${text}${values === '' ? '' : `   [${values}]`}`;
      }),
    ];
  });
}

/** Inspection must not fail on a machine that a difference has left in disorder. */
function tried<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const MOST_GRANULES = 8;

/** Granules that a check of states found different. */
const differingGranules = (machine: Machine, mismatches: readonly Mismatch[]): StateAround => ({
  ...NOTHING,
  granules: mismatches
    .filter(({ what }) => what.startsWith('granule '))
    .slice(0, MOST_GRANULES)
    .map(({ what }) => granuleText(machine, pa(Number(what.slice('granule '.length).replaceAll('_', ''))))),
});

/**
 * Replays one line, the one that is known to differ, and tells what was around it. The machine must be where the lines
 * before have left it.
 */
export function replayDiffering(replay: Replay, text: string): FirstDifference {
  const { machine } = replay;
  const where = `${replay.where}:${replay.line + 1}`;
  const line = decodeLine(text, where, () => {});
  const recent = replay.recent.map((each) => recentText(machine, each));
  const call = line.kind === 'call' ? line : null;
  const around = (): StateAround => (call === null ? NOTHING : tried(() => stateAround(machine, call), NOTHING));
  const before = around();
  const { evaluations } = machine.rmm;
  evaluations.list.splice(0);
  evaluations.on = true;
  const mismatches = replayText(replay, text);
  evaluations.on = false;
  return {
    where,
    line: replay.line,
    call: replay.calls,
    name: replay.first?.name ?? line.kind,
    mismatches,
    operands: call === null ? [] : operandsOf(machine, call),
    structures: call === null ? [] : tried(() => structuresOf(machine, call), []),
    before,
    after: call === null ? tried(() => differingGranules(machine, mismatches), NOTHING) : around(),
    evaluation: call === null ? [] : tried(() => transcripts(machine), []),
    recent,
  };
}
