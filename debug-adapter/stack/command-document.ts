/**
 * A command as a document to read and step through, made from its row: the same text for every call, or with the values
 * of one call beside each line. Both have the same lines.
 */
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import type { CommandRow, Operand, Stage } from '../../emulator/rmm/commands/row';
import { rowOfFid } from '../../emulator/rmm/commands/rows';
import { type CallEvaluation, type EvaluatedRowStage, resultText, valuesText } from '../../emulator/rmm/inspect';
import { showCount, showHex } from '../format';

export interface CommandDocument {
  readonly name: string;
  readonly text: string;
  /** Line (from 1) of stage i at index i; one more for the end of the command. */
  readonly stageLines: readonly number[];
}

const documents = new Map<string, CommandDocument>();

/** The document of the command with this FID; undefined for a FID that is no command. */
export function commandDocument(fid: number): CommandDocument | undefined {
  const row = rowOfFid(fid);
  if (!row) return undefined;
  let document = documents.get(row.name);
  if (!document) {
    document = makeDocument(row, undefined);
    documents.set(row.name, document);
  }
  return document;
}

/** FIDs in the order of the catalogue: the index is the document's number for `sourceReference`. */
export const COMMAND_FIDS: readonly number[] = CATALOGUE.map((command) => command.fid);

const WORLDS = { rmi: 'called by the Host', rsi: 'called by a Realm', psci: 'called by a Realm' } as const;

/** The document of a call. While the call is under way its conditions show what they say or will say. */
export function callDocument(evaluation: CallEvaluation): CommandDocument | undefined {
  const row = rowOfFid(evaluation.fid);
  return row && makeDocument(row, evaluation);
}

type Values = CallEvaluation['inputs'];

function makeDocument(row: CommandRow, call: CallEvaluation | undefined): CommandDocument {
  const whose = call === undefined ? '' : `  ·  call ${showCount(call.call)} on PE ${call.pe}`;
  const head = `${row.name}  ·  FID ${showHex(row.fid)}  ·  ${WORLDS[row.interface]}${whose}`;
  const lines = [head, call === undefined ? '' : tallyOf(call), row.summary, ''];
  const table = (title: string, operands: readonly Operand[], values: Values = []): void => {
    if (operands.length === 0) return;
    lines.push(title);
    const widths = [0, 1, 2].map((column) =>
      Math.max(...operands.map((operand) => [operand.reg, operand.name, operand.type][column]!.length)),
    );
    const longest = Math.max(0, ...values.map(([, , text]) => text.length));
    for (const { reg, name, type, summary, validWhen } of operands) {
      const text = values.find(([register]) => register === reg)?.[2] ?? '';
      const value = longest === 0 ? '' : `${text.padEnd(longest)}  `;
      const valid = validWhen ? ` (valid when ${validWhen})` : '';
      lines.push(
        `  ${reg.padEnd(widths[0]!)}  ${name.padEnd(widths[1]!)}  ${type.padEnd(widths[2]!)}  ${value}${summary}${valid}`,
      );
    }
    lines.push('');
  };
  table('Inputs', row.inputs, call?.inputs);
  table(
    'Outputs',
    row.outputs,
    call?.result ? [['X0', 'result', resultText(call.result)], ...call.result.outputs] : [],
  );
  lines.push('Stages');
  const width = Math.max(...row.stages.map((stage) => idOf(stage).length));
  const stageLines = row.stages.map((stage, index) => {
    const evaluated = call?.stages[index];
    lines.push(`  ${call && evaluated ? evaluatedLine(stage, evaluated, call, width) : stageLine(stage, width)}`);
    return lines.length;
  });
  lines.push(call?.result ? `  return  ${resultText(call.result)}` : '  return');
  stageLines.push(lines.length);
  for (const note of row.notes ?? []) lines.push('', note);
  return { name: row.name, text: `${lines.join('\n')}\n`, stageLines };
}

const idOf = (stage: Stage): string => (stage.kind === 'fail' ? stage.id : stage.name);

/** `width`: the longest id of the row; what comes after it is in a column. */
function stageLine(stage: Stage, width: number): string {
  const id = idOf(stage).padEnd(width);
  return stage.kind === 'fail'
    ? `fail  ${id}  ${stage.text}  →  ${stage.status}${stage.versions ? `  (RMM ${stage.versions.join(', ')} only)` : ''}`
    : `${stage.kind.padEnd(4)}  ${id}  ${stage.text}`;
}

/** `14 passed · FAILED: rd_state · 2 not reached`; while the call is under way `14 pass`, whether or not it got there. */
function tallyOf({ stages, result }: CallEvaluation): string {
  const conditions = stages.filter(({ kind, outcome }) => kind === 'fail' && outcome !== 'not in this version');
  const count = (wanted: EvaluatedRowStage['outcome']): number =>
    conditions.filter(({ outcome }) => outcome === wanted).length;
  const failed = conditions.find(({ outcome }) => outcome === 'failed');
  const unseen = conditions.length - count('passed') - (failed ? 1 : 0);
  const fails = failed ? ` · ${result ? 'FAILED' : 'will fail'}: ${failed.id}` : '';
  return `Conditions: ${count('passed')} ${result ? 'passed' : 'pass'}${fails}${unseen === 0 ? '' : ` · ${unseen} not reached`}`;
}

const MARKS: Partial<Record<EvaluatedRowStage['outcome'], string>> = { passed: '✓', failed: '✗', done: '✓', left: '→' };

/** While the call is under way effects have no mark, so that stepping through it does not change its text. */
function evaluatedLine(stage: Stage, evaluated: EvaluatedRowStage, call: CallEvaluation, width: number): string {
  const { outcome, values } = evaluated;
  const isEffect = stage.kind === 'do' || stage.kind === 'exit';
  const ended = call.result !== null || call.stages.some((each) => each.outcome === 'left');
  const mark = isEffect && !ended ? ' ' : (MARKS[outcome] ?? (outcome === 'next' ? ' ' : '·'));
  const shown = values.length === 0 ? '' : `    ${valuesText(values)}`;
  const words = outcome === 'failed' ? '    FAILED' : isEffect && !ended ? '' : (WORDS[outcome] ?? '');
  return `${mark} ${stageLine(stage, width)}${shown}${words}`;
}

const WORDS: Partial<Record<EvaluatedRowStage['outcome'], string>> = {
  'not reached': '    not reached',
  'not taken': '    not taken',
  'not in this version': '    not in this version',
  left: '    left here',
};

/** Name of a command's stage, for frames; `return` past the last one. */
export function stageName(fid: number, stage: number): string {
  const current = rowOfFid(fid)?.stages[stage];
  return current === undefined ? 'return' : idOf(current);
}
