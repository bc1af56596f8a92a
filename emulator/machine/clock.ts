/**
 * Machine time. Position counts steps machine-wide and orders everything; ticks are the 100 MHz system counter.
 * Retired instructions are per PE and live in the PE area (`cpu/layout.ts`, RETIRED).
 */
import type { Saved } from './saved';

export interface Clock {
  /** Steps performed since power on: an instruction, or a micro-step of native firmware or Host. */
  position: number;
  /** System counter, CNTPCT_EL0. */
  ticks: number;
}

export const createClock = (): Clock => ({ position: 0, ticks: 0 });

/** Advances the system counter; `ticks` is a whole number of 10 ns units. */
export function spendTicks(clock: Clock, ticks: number): void {
  clock.ticks += ticks;
}

export const saveClock = (clock: Clock): Saved => ({ position: clock.position, ticks: clock.ticks });

export function restoreClock(clock: Clock, saved: Saved): void {
  const { position, ticks } = saved as { position: number; ticks: number };
  clock.position = position;
  clock.ticks = ticks;
}
