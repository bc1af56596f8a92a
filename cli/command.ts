import type { CommandSyntax, ParsedOptions } from './options';
import type { Output } from './output';

/** Exit codes (docs/cli.md). */
export const ExitCode = {
  /** All as expected. */
  Good: 0,
  /** The subject failed: a refused token, a guest that faulted or exited with a code, a mismatch. */
  Failed: 1,
  /** Bad usage or input. */
  Usage: 2,
  /** Our own defect. */
  Defect: 3,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface Command {
  readonly syntax: CommandSyntax;
  readonly run: (options: ParsedOptions, output: Output) => ExitCode | Promise<ExitCode>;
}

export const NO_COLOUR = {
  name: '--no-color',
  summary: 'no colour (NO_COLOR in the environment does the same)',
} as const;
export const JSON_SWITCH = { name: '--json', summary: 'one JSON document on standard output' } as const;
