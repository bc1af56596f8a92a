/**
 * An RMI, RSI or PSCI command is one row: data that the dispatcher runs, and that breakpoints, trace, hover, docs and the
 * language server read. Stages run in order, one micro-step each; nothing of a half-done command lives outside `Frame`.
 */
import type { Word } from '../../cpu/word';
import type { Machine } from '../../machine/machine';

export type CommandInterface = 'rmi' | 'rsi' | 'psci';
/** Named sets of rows, not ordered numbers. `1.1-v0.8.0`: RMM 1.1 as of TF-RMM v0.8.0, as far as it is built. */
export const VERSION_SETS = ['1.0', '1.1-v0.8.0'] as const;
export type VersionSet = (typeof VERSION_SETS)[number];

/** A value passed in a register. `type` is a name of the structure and bit-field tables, or a plain one (UInt64, Address). */
export interface Operand {
  readonly reg: `X${number}`;
  readonly name: string;
  readonly type: string;
  readonly summary: string;
  /** Outputs only: when the value means something; absent means always. */
  readonly validWhen?: string;
}

/** What a stage may keep between micro-steps: plain and serialisable. Addresses are numbers, register values bigint. */
export type FrameValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | readonly FrameValue[]
  | { readonly [key: string]: FrameValue };

export type { Word } from '../../cpu/word';

/** A command in progress. Lives in the machine's state and is saved with it. */
export interface Frame {
  /** Row by FID as called (SVE hint bit removed). */
  fid: number;
  pe: number;
  /** Sequence number of the call, machine-wide. */
  call: number;
  /** Index of the next stage. */
  stage: number;
  /** X0..X17 as passed. */
  args: Word[];
  /** Values named by `let` stages and loops. */
  locals: Record<string, FrameValue>;
  /** What X0..X4 (RMI) or X0..X9 (RSI) will be. */
  results: Word[];
}

export interface StageContext {
  readonly machine: Machine;
  readonly frame: Frame;
}

export interface LetStage {
  readonly kind: 'let';
  readonly name: string;
  readonly text: string;
  readonly run: (context: StageContext) => void;
}

export interface FailStage {
  readonly kind: 'fail';
  /** Failure id of the specification, e.g. `gran_align`. */
  readonly id: string;
  /** The condition that makes the call fail, in the specification's notation. */
  readonly text: string;
  /** Pure: true when the condition holds and the command fails. */
  readonly check: (context: StageContext) => boolean;
  /** Status name; its code comes from the status table. */
  readonly status: string;
  /** Bits 15:8 of X0. */
  readonly index?: (context: StageContext) => number;
  /** Outputs defined on failure too. */
  readonly outputs?: (context: StageContext) => void;
  /** Version sets that have this condition; absent: all that have the command. */
  readonly versions?: readonly VersionSet[];
  /** What must be undone. */
  readonly effects?: (context: StageContext) => void;
  /** The operands compared, for the evaluation transcript: name and value as shown to a user. */
  readonly compared?: (context: StageContext) => readonly (readonly [string, FrameValue])[];
}

export interface DoStage {
  readonly kind: 'do';
  readonly name: string;
  readonly text: string;
  /** Returns 'again' to run this stage again in the next micro-step (one entry of a loop at a time). */
  readonly run: (context: StageContext) => 'again' | undefined;
}

export interface ExitStage {
  readonly kind: 'exit';
  readonly name: string;
  readonly text: string;
  /** Absent: always. */
  readonly when?: (context: StageContext) => boolean;
  /** Leaves the command without a result in X0: to the Host by a REC exit, or into the Realm by an entry. */
  readonly run: (context: StageContext) => void;
}

export type Stage = LetStage | FailStage | DoStage | ExitStage;

/** Whether a stage is one of the command's in this version set. */
export const hasStage = (stage: Stage, versionSet: VersionSet): boolean =>
  stage.kind !== 'fail' || stage.versions === undefined || stage.versions.includes(versionSet);

export interface CommandRow {
  readonly name: string;
  readonly interface: CommandInterface;
  readonly fid: number;
  /** The SMC32 twin, where there is one. */
  readonly fidAlt?: number;
  readonly versions: readonly VersionSet[];
  readonly summary: string;
  /** System-counter ticks this command costs. */
  readonly ticks: number;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  readonly stages: readonly Stage[];
  readonly notes?: readonly string[];
}
