/** The command line. `realmscope COMMAND …`; exit codes are in `command.ts`. */
import { Problem } from '../attestation/problem';
import { type Command, ExitCode } from './command';
import { dap } from './commands/dap';
import { explainCommand } from './commands/explain';
import { gdbCommand } from './commands/gdb';
import { printHelp } from './commands/help';
import { replayCommand } from './commands/replay';
import { rimPredict } from './commands/rim-predict';
import { runCommand } from './commands/run';
import { tokenDecode } from './commands/token-decode';
import { tokenVerify } from './commands/token-verify';
import { versionCommand } from './commands/version';
import { parseOptions } from './options';
import { createOutput, type Output, ReaderGone, wantsColour } from './output';
import { unknownCommand } from './problems';
import { printProblem } from './report/problem';

const COMMANDS: readonly Command[] = [
  runCommand,
  explainCommand,
  tokenDecode,
  tokenVerify,
  rimPredict,
  replayCommand,
  gdbCommand,
  dap,
  versionCommand,
];
const HELP_WORDS: readonly string[] = ['help', '--help', '-h'];
const VERSION_WORDS: readonly string[] = ['--version', '-V'];

/** The command named by the first word or two, and the arguments after it. */
function findCommand(words: readonly string[]): { command: Command; rest: readonly string[] } | undefined {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ');
    const command = COMMANDS.find(({ syntax }) => syntax.name === name);
    if (command !== undefined) return { command, rest: words.slice(count) };
  }
  return undefined;
}

async function dispatch(words: readonly string[], output: Output): Promise<ExitCode> {
  const [first] = words;
  if (first === undefined) {
    printHelp(output, COMMANDS, []);
    return ExitCode.Usage;
  }
  if (HELP_WORDS.includes(first)) return printHelp(output, COMMANDS, words.slice(1));
  if (VERSION_WORDS.includes(first)) return versionCommand.run(parseOptions(versionCommand.syntax, []), output);
  const found = findCommand(words);
  if (found === undefined) {
    const names = COMMANDS.map(({ syntax }) => syntax.name);
    const group = names.some((name) => name.startsWith(`${first} `));
    throw unknownCommand(group ? words.slice(0, 2).join(' ') : first, [...names, 'help']);
  }
  const { command, rest } = found;
  if (rest.some((word) => word === '--help' || word === '-h')) {
    return printHelp(output, COMMANDS, [command.syntax.name]);
  }
  return command.run(parseOptions(command.syntax, rest), output);
}

const CODE_OF_BLAME = { subject: ExitCode.Usage, usage: ExitCode.Usage, defect: ExitCode.Defect } as const;

/** A named error on standard error; anything else is our own defect and says so. */
function report(output: Output, error: unknown): ExitCode {
  if (error instanceof Problem) {
    printProblem(output, error);
    return CODE_OF_BLAME[error.blame];
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  output.error(`${output.paint('red', 'defect')} Realmscope itself failed. Please report this:`);
  output.error(text);
  return ExitCode.Defect;
}

async function main(words: readonly string[]): Promise<ExitCode> {
  const colour = (isTty: boolean): boolean =>
    !words.includes('--no-color') && wantsColour({ isTty, variables: process.env });
  const output = createOutput(colour(process.stdout.isTTY === true), colour(process.stderr.isTTY === true));
  try {
    return await dispatch(words, output);
  } catch (error) {
    if (error instanceof ReaderGone) return ExitCode.Good;
    try {
      return report(output.forErrors, error);
    } catch {
      return ExitCode.Defect;
    }
  }
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
