/** `help`: every command, or one of them. */
import { type Command, ExitCode } from '../command';
import type { CommandSyntax } from '../options';
import type { Output } from '../output';
import { unknownCommand } from '../problems';

const argumentsOf = ({ arguments: positional, repeated }: CommandSyntax): readonly string[] =>
  positional.map((each, index) => (repeated === true && index === positional.length - 1 ? `${each}…` : each));

const usageOf = (syntax: CommandSyntax): string =>
  ['realmscope', syntax.name, ...argumentsOf(syntax), ...(syntax.options.length > 0 ? ['[options]'] : [])].join(' ');

function printOverview(output: Output, commands: readonly CommandSyntax[]): void {
  const { paint } = output;
  output.line('Realmscope: an emulator and debugger for the Arm Confidential Compute Architecture');
  output.line('');
  output.line(paint('bold', 'Commands'));
  const calls = commands.map((syntax) => [syntax.name, ...argumentsOf(syntax)].join(' '));
  const width = Math.max(...calls.map((call) => call.length));
  for (const [index, syntax] of commands.entries()) {
    output.line(`  ${paint('cyan', (calls[index] ?? '').padEnd(width))}  ${syntax.summary}`);
  }
  output.line('');
  output.line('"realmscope help COMMAND" shows its options.');
  output.line('Exit codes: 0 as expected, 1 the subject failed, 2 bad usage or input, 3 our own defect.');
}

function printCommand(output: Output, syntax: CommandSyntax): void {
  const { paint } = output;
  output.line(usageOf(syntax));
  output.line(`  ${syntax.summary}`);
  if (syntax.options.length > 0) {
    output.line('');
    output.line(paint('bold', 'Options'));
    for (const { name, value, summary } of syntax.options) {
      output.line(`  ${paint('cyan', [name, value].filter(Boolean).join(' ').padEnd(24))} ${summary}`);
    }
  }
  for (const note of syntax.notes ?? []) {
    output.line('');
    output.line(note);
  }
}

export function printHelp(output: Output, commands: readonly Command[], words: readonly string[]): ExitCode {
  const syntaxes = commands.map(({ syntax }) => syntax);
  const wanted = words.join(' ');
  const matching = syntaxes.filter(({ name }) => name === wanted || name.startsWith(`${wanted} `));
  if (wanted === '') printOverview(output, syntaxes);
  else if (matching.length === 0)
    throw unknownCommand(
      wanted,
      syntaxes.map(({ name }) => name),
    );
  else {
    for (const [index, syntax] of matching.entries()) {
      if (index > 0) output.line('');
      printCommand(output, syntax);
    }
  }
  return ExitCode.Good;
}
