/** A command as a document to read and step through: made from its row, the same text for every call. */
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import type { CommandRow, Operand, Stage } from '../../emulator/rmm/commands/row';
import { rowOfFid } from '../../emulator/rmm/commands/rows';
import { showHex } from '../format';

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
    document = makeDocument(row);
    documents.set(row.name, document);
  }
  return document;
}

/** FIDs in the order of the catalogue: the index is the document's number for `sourceReference`. */
export const COMMAND_FIDS: readonly number[] = CATALOGUE.map((command) => command.fid);

const WORLDS = { rmi: 'called by the Host', rsi: 'called by a Realm', psci: 'called by a Realm' } as const;

function makeDocument(row: CommandRow): CommandDocument {
  const lines = [`${row.name}  ·  FID ${showHex(row.fid)}  ·  ${WORLDS[row.interface]}`, '', row.summary, ''];
  const table = (title: string, operands: readonly Operand[]): void => {
    if (operands.length === 0) return;
    lines.push(title);
    const widths = [0, 1, 2].map((column) =>
      Math.max(...operands.map((operand) => [operand.reg, operand.name, operand.type][column]!.length)),
    );
    for (const { reg, name, type, summary, validWhen } of operands) {
      lines.push(
        `  ${reg.padEnd(widths[0]!)}  ${name.padEnd(widths[1]!)}  ${type.padEnd(widths[2]!)}  ${summary}${validWhen ? ` (valid when ${validWhen})` : ''}`,
      );
    }
    lines.push('');
  };
  table('Inputs', row.inputs);
  table('Outputs', row.outputs);
  lines.push('Stages');
  const stageLines = row.stages.map((stage) => {
    lines.push(`  ${stageLine(stage)}`);
    return lines.length;
  });
  lines.push('  return');
  stageLines.push(lines.length);
  for (const note of row.notes ?? []) lines.push('', note);
  return { name: row.name, text: `${lines.join('\n')}\n`, stageLines };
}

function stageLine(stage: Stage): string {
  const id = (stage.kind === 'fail' ? stage.id : stage.name).padEnd(22);
  return stage.kind === 'fail'
    ? `fail  ${id}  ${stage.text}  →  ${stage.status}${stage.versions ? `  (RMM ${stage.versions.join(', ')} only)` : ''}`
    : `${stage.kind.padEnd(4)}  ${id}  ${stage.text}`;
}

/** Name of a command's stage, for frames; `return` past the last one. */
export function stageName(fid: number, stage: number): string {
  const current = rowOfFid(fid)?.stages[stage];
  if (current === undefined) return 'return';
  return current.kind === 'fail' ? current.id : current.name;
}
