/**
 * What the RMM keeps outside emulated memory: only what spans steps. Everything lasting (granule states, RDs, RECs, RTTs,
 * VMIDs, MECIDs) lies in Realm PAS memory, in the layouts of the neighbouring folders.
 */
import type { Pa } from '../address';
import type { Frame } from './commands/row';

/** A REC entry in progress on a PE: which REC runs, for which Realm, and the Host's run page (RMM 1.0: RmiRecRun). */
export interface RecEntry {
  rec: Pa;
  rd: Pa;
  run: Pa;
  mecid: number;
}

/** One evaluated stage of a call, kept for whoever explains it. */
export interface EvaluatedStage {
  /** Index in the row's `stages`. */
  readonly stage: number;
  /** Failure stages: did the condition hold? */
  readonly held: boolean;
  /** Operands compared, as `compared` of the stage gave them. */
  readonly compared: readonly (readonly [string, import('./commands/row').FrameValue])[];
}

/** The evaluation of a call. */
export interface Evaluation {
  readonly call: number;
  readonly fid: number;
  readonly pe: number;
  readonly stages: EvaluatedStage[];
}

export interface RmmState {
  /** Sequence number of the next call, machine-wide. */
  calls: number;
  /** By PE: the RMI command in progress. During REC entry it waits at its last stage. */
  readonly frames: (Frame | null)[];
  /** By PE: the RSI or PSCI command in progress, called by the Realm that the PE runs. */
  readonly guestFrames: (Frame | null)[];
  /** By PE: the REC that is entered. */
  readonly entries: (RecEntry | null)[];
  /** Asked for by an observer, never saved: `on` records each call's evaluation, the newest last, at most `limit`. */
  readonly evaluations: { on: boolean; limit: number; list: Evaluation[] };
}
