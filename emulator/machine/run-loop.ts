/** The run loop: one step at a time, every boundary a legal place to stop, save and travel to. */
import type { Machine } from './machine';

export interface RunResult {
  /** Steps performed. */
  readonly steps: number;
  /** `idle`: every PE waits and nothing will wake one; `off`: all are off; `halted`: the system was shut down. */
  readonly reason: 'steps' | 'stop' | 'idle' | 'off' | 'halted';
}

/** Performs up to `steps` steps. */
export declare function run(machine: Machine, limits: { readonly steps: number }): RunResult;
/** Performs exactly one step of the PE whose turn it is. */
export declare function step(machine: Machine): RunResult;
