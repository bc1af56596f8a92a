/**
 * What the RMM keeps outside emulated memory: only what spans steps. Everything lasting (granule states, RDs, RECs, RTTs,
 * VMIDs, MECIDs) lies in Realm PAS memory, in the layouts of the neighbouring folders.
 */
import type { Pa } from '../address';
import type { Frame, FrameValue } from './commands/row';

/** What RMI_REC_ENTER will tell the Host (RmiRecExit); fields left out are zero. */
export interface RecExit {
  /** RmiRecExitReason. */
  readonly reason: number;
  readonly esr?: bigint;
  readonly far?: bigint;
  readonly hpfar?: bigint;
  readonly gprs?: readonly bigint[];
  readonly ripasBase?: number;
  readonly ripasTop?: number;
  readonly ripasValue?: number;
  readonly imm?: number;
}

/** A REC entry in progress on a PE: which REC runs, for which Realm, and the Host's run page (RMM 1.0: RmiRecRun). */
export interface RecEntry {
  readonly rec: Pa;
  readonly rd: Pa;
  readonly run: Pa;
  /** Set once the REC leaves. */
  exit: RecExit | null;
}

/** One evaluated stage of a call, kept for whoever explains it. */
export interface EvaluatedStage {
  /** Index in the row's `stages`. */
  readonly stage: number;
  /** Failure stages: did the condition hold? */
  readonly held: boolean;
  /** Operands compared, as `compared` of the stage gave them. */
  readonly compared: readonly (readonly [string, FrameValue])[];
}

/** The evaluation of a call. */
export interface Evaluation {
  readonly call: number;
  readonly fid: number;
  readonly pe: number;
  /** The call itself: its operands, what its `let` stages named, its results. */
  readonly frame: Frame;
  readonly stages: EvaluatedStage[];
  /** Indices of the `do` and `exit` stages that ran, in order; a stage that repeats itself is there once. */
  readonly ran: number[];
}

export interface RmmState {
  /** Sequence number of the next call, machine-wide. */
  calls: number;
  /** By PE: the RMI command in progress. During REC entry it waits at the stage that handles the way back. */
  readonly frames: (Frame | null)[];
  /** By PE: the RSI or PSCI command in progress, called by the Realm that the PE runs. */
  readonly guestFrames: (Frame | null)[];
  /** By PE: the REC that is entered. */
  readonly entries: (RecEntry | null)[];
  /** By PE: the command that ended last, with its results. */
  readonly finished: (Frame | null)[];
  /** Asked for by an observer, never saved: `on` records each call's evaluation, the newest last, at most `limit`. */
  readonly evaluations: { on: boolean; limit: number; list: Evaluation[] };
}
