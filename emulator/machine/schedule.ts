/** Which PE runs. PEs take turns in PE order, a quantum of steps each; part of the machine's state. */
import type { ResetReason } from './reset';
import type { Saved } from './saved';

export interface Schedule {
  /** Index of the PE whose turn it is. */
  current: number;
  /** Steps left of its turn. */
  left: number;
  /** The system was shut down (PSCI_SYSTEM_OFF): nothing runs any more. */
  halted: boolean;
  /** A system reset was asked for (`reset.ts`) and has not been carried out. */
  reset: ResetReason | null;
  /** System resets carried out since power on. */
  resets: number;
}

export const createSchedule = (quantum: number): Schedule => ({
  current: 0,
  left: quantum,
  halted: false,
  reset: null,
  resets: 0,
});

/** Shuts the system down at the end of this step. */
export function haltSystem(machine: { readonly schedule: Schedule }): void {
  machine.schedule.halted = true;
}

export const saveSchedule = ({ current, left, halted, reset, resets }: Schedule): Saved => ({
  current,
  left,
  halted,
  reset,
  resets,
});

export function restoreSchedule(schedule: Schedule, saved: Saved): void {
  Object.assign(schedule, saved as unknown as Schedule);
}
