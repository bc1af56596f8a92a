/** Judging the answer to a call: status, index, the condition that held, outputs. */
import type { Machine } from '../../machine/machine';
import type { CommandRow } from '../../rmm/commands/row';
import { rowOfName } from '../../rmm/commands/rows';
import { statusName } from '../../rmm/status';
import type { Finding } from './results';
import type { ActionProgress } from './state';
import type { CallExpectation, Value } from './types';
import { resolveValue, showValue } from './values';

/** What a command gave back. */
export interface Answer {
  readonly row: CommandRow;
  /** X0 and up. */
  readonly x: readonly bigint[];
  readonly status: string;
  readonly index: bigint;
  /** Failure condition that held, or null. */
  readonly failed: string | null;
}

/** Status, index and condition of the command that `pe` finished last. */
export function answerOf(machine: Machine, pe: number, name: string, x: readonly bigint[]): Answer {
  const row = rowOfName(name) as CommandRow;
  const x0 = x[0] ?? 0n;
  const finished = machine.rmm.finished[pe];
  const at = finished?.fid === row.fid ? Number(finished.locals['failed'] ?? 0) : 0;
  const stage = at === 0 ? undefined : row.stages[at - 1];
  return {
    row,
    x,
    status: statusName(row.interface, x0),
    index: row.interface === 'rmi' ? (x0 >> 8n) & 0xffn : 0n,
    failed: stage?.kind === 'fail' ? stage.id : null,
  };
}

export function showAnswer({ status, index, failed }: Answer): string {
  return `${status}${index === 0n ? '' : `(${index})`}${failed === null ? '' : ` because ${failed}`}`;
}

/** PSCI_VERSION and the like succeed with any X0. */
const SUCCESS = /^(?:(?:RMI|RSI|PSCI)_SUCCESS|RSI_INCOMPLETE)$/;
const isSuccess = ({ row, status, failed }: Answer): boolean =>
  failed === null && (SUCCESS.test(status) || row.outputs[0]?.type !== RESULT_TYPE[row.interface]);
const RESULT_TYPE = { rmi: 'RmiCommandReturnCode', rsi: 'RsiCommandReturnCode', psci: 'PsciReturnCode' } as const;

/** Whether the call did what it must; keeps nothing. */
export function judge(progress: ActionProgress, expectation: CallExpectation, answer: Answer, path: string): Finding {
  const { fails, index, because, returns, may } = expectation;
  const actual = showAnswer(answer);
  const refused = fails !== undefined || because !== undefined;
  const resolve = (value: Value): bigint => resolveValue(progress, value, path);
  if (refused) {
    const status = fails ?? statusOfCondition(answer.row, because ?? '');
    const wantedIndex = index === undefined ? undefined : resolve(index);
    const expected = `${status}${wantedIndex === undefined ? '' : `(${wantedIndex})`}${because === undefined ? '' : ` because ${because}`}`;
    if (answer.status !== status) return { expected, actual };
    if (wantedIndex !== undefined && answer.index !== wantedIndex) return { expected, actual };
    if (because !== undefined && answer.failed !== because) return { expected, actual };
  } else if (may !== true && !isSuccess(answer)) return { expected: 'success', actual };
  for (const [name, value] of Object.entries(returns ?? {})) {
    const got = outputOf(answer, name);
    const wanted = resolve(value);
    if (got !== wanted) return { expected: `${name} = ${showValue(wanted)}`, actual: `${name} = ${showValue(got)}` };
  }
  return undefined;
}

const statusOfCondition = (row: CommandRow, id: string): string => {
  const stage = row.stages.find((each) => each.kind === 'fail' && each.id === id);
  return stage?.kind === 'fail' ? stage.status : id;
};

/** An output operand by name. */
export function outputOf({ row, x }: Answer, name: string): bigint {
  const output = row.outputs.find((each) => each.name === name);
  return x[Number(output?.reg.slice(1) ?? 0)] ?? 0n;
}
