/**
 * The one error type of Realmscope. Every layer keeps a catalogue (`problems.ts`) of small named functions that build
 * these, so that a message is written once and tests can name it by its code.
 */

/** Whose fault it is: the input under test, the way we were called, or our own. Decides exit codes 1, 2 and 3. */
export type Blame = 'subject' | 'usage' | 'defect';

export interface ProblemParts {
  /** Stable kebab-case name, e.g. `elf-truncated`. */
  readonly code: string;
  /** One sentence: what is wrong, with the bad value in it. */
  readonly what: string;
  /** Where: a file, an offset, a claim, a launch attribute. */
  readonly where?: string | undefined;
  /** How to mend it, as an instruction. */
  readonly fix?: string | undefined;
  readonly blame: Blame;
}

export class Problem extends Error {
  readonly code: string;
  readonly what: string;
  readonly where: string | undefined;
  readonly fix: string | undefined;
  readonly blame: Blame;

  constructor(parts: ProblemParts) {
    super(
      [parts.where === undefined ? parts.what : `${parts.where}: ${parts.what}`, parts.fix].filter(Boolean).join(' '),
    );
    this.name = 'Problem';
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.fix = parts.fix;
    this.blame = parts.blame;
  }
}
