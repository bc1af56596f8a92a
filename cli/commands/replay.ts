/** `replay`: recorded calls of another RMM, performed again here, with every result compared. */
import { Problem } from '../../attestation/problem';
import { type FirstDifference, replayDiffering } from '../../emulator/rmm/replay/first';
import { beginReplay, endReplay, type Replay, replayText } from '../../emulator/rmm/replay/session';
import { type Command, ExitCode, JSON_SWITCH, NO_COLOUR } from '../command';
import { readLines } from '../lines';
import { emptyTrace } from '../problems';
import { printProblem } from '../report/problem';
import { type FileFindings, jsonOfReplay, printFile, printFirst, printTotals, totalsOf } from '../report/replay';
import { NODE_SERVICES } from '../services';
import { traceFiles } from '../traces';

/** Feeds a file to a replay; `each` returns false to stop early. */
async function feed(file: string, each: (text: string, replay: Replay) => boolean, begun: (replay: Replay) => void) {
  let replay: Replay | undefined;
  for await (const lines of readLines(file)) {
    for (const text of lines) {
      if (replay !== undefined) {
        if (!each(text, replay)) return;
      } else {
        replay = beginReplay(file, text, NODE_SERVICES);
        begun(replay);
      }
    }
  }
  if (replay === undefined) throw emptyTrace(file);
  endReplay(replay);
}

async function replayFile(file: string): Promise<FileFindings> {
  let replay: Replay | null = null;
  try {
    await feed(
      file,
      (text, current) => {
        replayText(current, text);
        return true;
      },
      (current) => {
        replay = current;
      },
    );
    return { file, replay, problem: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { file, replay, problem: error };
  }
}

/** Replays a file once more up to its first difference, and looks around there. */
async function explainFirst({ file, replay }: FileFindings): Promise<FirstDifference | null> {
  const { first } = replay ?? {};
  if (!first) return null;
  let found: FirstDifference | null = null;
  await feed(
    file,
    (text, current) => {
      if (current.line + 1 < first.line) replayText(current, text);
      else found = replayDiffering(current, text);
      return found === null;
    },
    () => {},
  );
  return found;
}

/** Files of all arguments; what an argument has wrong with it does not keep the others from being replayed. */
function filesOf(args: readonly string[], problems: Problem[]): string[] {
  return args.flatMap((argument) => {
    try {
      return [...traceFiles(argument)];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
      return [];
    }
  });
}

export const replayCommand: Command = {
  syntax: {
    name: 'replay',
    summary: 'replay recorded RMM traces and compare every result',
    arguments: ['TRACE.jsonl[.gz]'],
    repeated: true,
    options: [
      { name: '--first', summary: 'show the first difference with the state around it' },
      JSON_SWITCH,
      NO_COLOUR,
    ],
    notes: [
      'A folder stands for all *.jsonl and *.jsonl.gz below it. The machine is built from the header of each trace.',
      'The last line is "N calls, N mismatches, N deviations". A mismatch is a call or check with a difference; a ' +
        'deviation is a rule of docs/fidelity.md that explains differences.',
      'Exit code 0 when nothing differs, 1 on a mismatch, 2 when a trace could not be replayed to its end.',
    ],
  },
  run: async (options, output) => {
    const json = options.switches.has('--json');
    const problems: Problem[] = [];
    const findings: FileFindings[] = [];
    const tell = (problem: Problem): void => printProblem(output.forErrors, problem);
    const files = filesOf(options.positional, problems);
    problems.forEach(tell);
    for (const file of files) {
      const found = await replayFile(file);
      findings.push(found);
      if (!json) printFile(output, found);
      if (found.problem === null) continue;
      problems.push(found.problem);
      tell(found.problem);
    }
    const differing = findings.find(({ replay }) => replay?.first != null);
    const wanted = options.switches.has('--first');
    const first = wanted && differing !== undefined ? await explainFirst(differing) : null;
    const code = differing !== undefined ? ExitCode.Failed : problems.length > 0 ? ExitCode.Usage : ExitCode.Good;
    if (json) output.line(JSON.stringify(jsonOfReplay(findings, problems, code, wanted ? first : undefined), null, 2));
    else {
      if (first !== null) printFirst(output, first);
      printTotals(output, totalsOf(findings));
    }
    return code;
  },
};
