/** Which PE runs. PEs take turns in PE order, a quantum of steps each; part of the machine's state. */
import type { Saved } from './saved';

export interface Schedule {
  /** Index of the PE whose turn it is. */
  current: number;
  /** Steps left of its turn. */
  left: number;
}

export const createSchedule = (quantum: number): Schedule => ({ current: 0, left: quantum });

export const saveSchedule = (schedule: Schedule): Saved => ({ current: schedule.current, left: schedule.left });

export function restoreSchedule(schedule: Schedule, saved: Saved): void {
  const { current, left } = saved as { current: number; left: number };
  schedule.current = current;
  schedule.left = left;
}
