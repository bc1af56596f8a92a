/** Findings of `replay`, as text and as JSON. */
import type { Problem } from '../../attestation/problem';
import type { Mismatch } from '../../emulator/rmm/replay/compare';
import { DEVIATIONS, type Deviation } from '../../emulator/rmm/replay/deviations';
import type { FirstDifference } from '../../emulator/rmm/replay/first';
import type { Replay } from '../../emulator/rmm/replay/session';
import { statusName } from '../../emulator/rmm/status';
import type { Output } from '../output';

/** What became of one file. */
export interface FileFindings {
  readonly file: string;
  /** Null when its header could not be read. */
  readonly replay: Replay | null;
  /** Why it could not be replayed to its end. */
  readonly problem: Problem | null;
}

export interface Totals {
  readonly calls: number;
  readonly mismatches: number;
  /** Rules that applied, and calls that each explains. */
  readonly deviations: ReadonlyMap<Deviation, number>;
}

export function totalsOf(findings: readonly FileFindings[]): Totals {
  const deviations = new Map<Deviation, number>();
  let calls = 0;
  let mismatches = 0;
  for (const { replay } of findings) {
    calls += replay?.calls ?? 0;
    mismatches += replay?.mismatches ?? 0;
    for (const [rule, count] of replay?.deviations ?? []) deviations.set(rule, (deviations.get(rule) ?? 0) + count);
  }
  return { calls, mismatches, deviations };
}

const counted = (count: number, word: string, plural = `${word}s`): string => `${count} ${count === 1 ? word : plural}`;

/** Return codes of RMI commands by name: `0x204 (RMI_ERROR_RTT, index 2)`. */
function valueText(name: string, what: string, value: string): string {
  if (what !== 'X0' || !name.startsWith('RMI_')) return value;
  const code = BigInt(value);
  const index = code > 0xffffn ? 0n : code >> 8n;
  return `${value} (${statusName('rmi', code)}${index === 0n ? '' : `, index ${index}`})`;
}

const differenceText = (name: string, { what, expected, actual }: Mismatch): string =>
  `${what}: expected ${valueText(name, what, expected)}, got ${valueText(name, what, actual)}`;

/** One line a file, then what differed first in it. */
export function printFile(output: Output, { file, replay, problem }: FileFindings): void {
  const { paint } = output;
  if (replay === null) {
    output.line(`${paint('red', '!')} ${file}: not replayed`);
    return;
  }
  const { calls, mismatches, deviations, first, strange, stopped } = replay;
  const bad = mismatches > 0 || problem !== null;
  const counts = `${counted(calls, 'call')}, ${counted(mismatches, 'mismatch', 'mismatches')}, ${counted(deviations.size, 'deviation')}`;
  output.line(
    `${bad ? paint('red', '✗') : paint('green', '✓')} ${file}: ${counts}${problem === null ? '' : ', not to its end'}`,
  );
  if (first !== null) {
    output.line(`    first at line ${first.line}, call ${first.call}, ${first.name}:`);
    for (const each of first.mismatches.slice(0, 4)) output.line(`      ${differenceText(first.name, each)}`);
    if (first.mismatches.length > 4) output.line(`      and ${first.mismatches.length - 4} more values`);
  }
  if (stopped !== null) output.line(`    the machine could not go on there: ${stopped}`);
  if (strange.size > 0) output.line(`    not compared, unknown: ${[...strange].join(', ')}`);
}

function printList(output: Output, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  output.line(`  ${output.paint('bold', title)}`);
  for (const line of lines) output.line(`    ${line}`);
}

/** The first difference with everything around it. */
export function printFirst(output: Output, first: FirstDifference): void {
  const { paint } = output;
  output.line('');
  output.line(paint('bold', `First difference: ${first.where}, call ${first.call}, ${first.name}`));
  printList(
    output,
    'Differs',
    first.mismatches.map((each) => differenceText(first.name, each)),
  );
  printList(
    output,
    'Operands',
    first.operands.map(({ register, name, text }) => `${register.padEnd(4)}${name.padEnd(16)}${text}`),
  );
  printList(output, 'Structures', first.structures);
  for (const [title, part] of [
    ['Granules', 'granules'],
    ['Realm', 'realm'],
    ['RTT walk', 'walk'],
  ] as const) {
    const before = first.before[part];
    const after = first.after[part];
    const same = before.join('\n') === after.join('\n');
    printList(output, same ? `${title} before and after` : `${title} before`, before);
    if (!same) printList(output, `${title} after`, after);
  }
  for (const lines of first.evaluation) printList(output, 'Evaluation', lines);
  printList(output, 'Calls before', first.recent);
  output.line('');
}

/** The rules that applied, then the counts: the last line. */
export function printTotals(output: Output, { calls, mismatches, deviations }: Totals): void {
  for (const [rule, count] of deviations) {
    output.line(
      `Deviation ${output.paint('yellow', rule.id)}, ${counted(count, 'call')} of ${rule.command} ${rule.condition}:`,
    );
    output.line(`    ${rule.reason}`);
  }
  output.line(`${calls} calls, ${mismatches} mismatches, ${deviations.size} deviations`);
}

const jsonOfProblem = ({ code, what, where, fix }: Problem): Record<string, unknown> => ({
  code,
  what,
  where: where ?? null,
  fix: fix ?? null,
});

const jsonOfFile = ({ file, replay, problem }: FileFindings): Record<string, unknown> => ({
  file,
  name: replay?.header.name ?? null,
  spec: replay?.header.spec ?? null,
  oracle: replay?.header.oracle ?? null,
  platform: replay?.header.platform.name ?? null,
  calls: replay?.calls ?? 0,
  mismatches: replay?.mismatches ?? 0,
  deviations: [...(replay?.deviations ?? [])].map(([{ id }, calls]) => ({ id, calls })),
  first: replay?.first ?? null,
  stopped: replay?.stopped ?? null,
  notCompared: [...(replay?.strange ?? [])],
  problem: problem === null ? null : jsonOfProblem(problem),
});

export function jsonOfReplay(
  findings: readonly FileFindings[],
  problems: readonly Problem[],
  exitCode: number,
  first: FirstDifference | null | undefined,
): Record<string, unknown> {
  const { calls, mismatches, deviations } = totalsOf(findings);
  return {
    schema: 'realmscope.replay/1',
    exitCode,
    calls,
    mismatches,
    deviations: deviations.size,
    files: findings.map(jsonOfFile),
    rules: DEVIATIONS.filter((rule) => deviations.has(rule)).map((rule) => ({
      id: rule.id,
      command: rule.command,
      topic: rule.topic,
      condition: rule.condition,
      reason: rule.reason,
      calls: deviations.get(rule) ?? 0,
    })),
    problems: problems.map(jsonOfProblem),
    ...(first === undefined ? {} : { firstDifference: first }),
  };
}
