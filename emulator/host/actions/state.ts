/** An action list in the Host's seat: the program, and what changes while it runs. */
import type { ActionResult, GuestAction, HostAction } from './types';

/** One action after lowering, with where it came from. */
export interface HostOp {
  readonly path: string;
  readonly action: PrimitiveAction;
}
export interface GuestOp {
  readonly path: string;
  readonly action: GuestAction;
}

/** Actions that are executed as they are: `on` and `during` have become ops of their PE. */
export type PrimitiveAction = Exclude<HostAction, { readonly on: number }> | WaitStage;

/** Waits until op `op` of `pe`, a call, has passed a stage. */
export interface WaitStage {
  readonly passed: string;
  readonly pe: number;
  readonly op: number;
}

/** Fixed once the list is loaded. */
export interface ActionProgram {
  /** By PE. */
  readonly threads: readonly (readonly HostOp[])[];
  /** By path of the call. */
  readonly guests: Readonly<Record<string, readonly GuestOp[]>>;
  /** By path of the call: the op of PE 1 that it waits for. */
  readonly joins: Readonly<Record<string, number>>;
}

/** Of one PE. */
export interface ThreadProgress {
  pc: number;
  /** `answer`: a call is out; `fault`: an access was made that took an exception. */
  phase: 'begin' | 'answer' | 'fault';
  /** Path of the guest list that runs on this PE, or null: A64 code. */
  guest: string | null;
  guestPc: number;
  /** PC at which the guest's action was begun, while its outcome is not known. */
  guestFrom: bigint | null;
}

export interface ActionProgress {
  /** Named values. */
  names: Record<string, bigint>;
  /** Bytes kept under a name: secrets, tapes and RIMs. */
  tapes: Record<string, Uint8Array>;
  /** Names of the tapes that are secrets. */
  secrets: string[];
  /** Next free granule. */
  next: number;
  threads: ThreadProgress[];
  results: ActionResult[];
}

export interface ActionSeat {
  program: ActionProgram;
  progress: ActionProgress;
}
