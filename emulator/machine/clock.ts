/**
 * Machine time. Position counts steps machine-wide and orders everything; ticks are the 100 MHz system counter.
 * Retired instructions are per PE and live in the PE area (`cpu/layout.ts`, RETIRED).
 */
import { type Bus, BusAccess } from '../cpu/bus';
import { BUDGET } from '../cpu/layout';
import { peBase } from '../memory/map';
import type { Saved } from './saved';

export interface Clock {
  /** Steps performed since power on: an instruction, or a micro-step of native firmware or Host. */
  position: number;
  /** System counter, CNTPCT_EL0. */
  ticks: number;
  /** The interpreter run in progress: zero `budget` between runs. Never saved. */
  readonly slice: Slice;
}

/** Where the clock stood when the interpreter was entered, so that time is exact in what it calls. */
export interface Slice {
  pe: number;
  budget: number;
  position: number;
  ticks: number;
  /** 1 while the bus serves a data access: BUDGET already counts the instruction that makes it. */
  counted: 0 | 1;
}

interface Timekeeper {
  readonly clock: Clock;
  readonly memory: { view(): DataView };
}

export const createClock = (): Clock => ({
  position: 0,
  ticks: 0,
  slice: { pe: 0, budget: 0, position: 0, ticks: 0, counted: 0 },
});

/** Advances the system counter; `ticks` is a whole number of 10 ns units. */
export function spendTicks(clock: Clock, ticks: number): void {
  clock.ticks += ticks;
}

/** Announces that the interpreter is about to run: from here on the clock follows BUDGET of that PE. */
export function openSlice(clock: Clock, pe: number, budget: number): void {
  clock.slice.pe = pe;
  clock.slice.budget = budget;
  clock.slice.position = clock.position;
  clock.slice.ticks = clock.ticks;
}

/** Brings position and ticks up to the instruction that is executing. `emit` and devices call it; elsewhere it is done. */
export function syncClock({ clock, memory }: Timekeeper): void {
  const { slice } = clock;
  if (slice.budget === 0) return;
  const spent = slice.budget - slice.counted - memory.view().getInt32(peBase(slice.pe) + BUDGET, true);
  clock.position = slice.position + spent;
  clock.ticks = slice.ticks + spent;
}

/** The interpreter returned: every instruction it executed was one step and one tick. Returns how many. */
export function closeSlice(keeper: Timekeeper): number {
  const { clock } = keeper;
  clock.slice.counted = 0;
  syncClock(keeper);
  const spent = clock.position - clock.slice.position;
  clock.slice.budget = 0;
  return spent;
}

export const saveClock = (clock: Clock): Saved => ({ position: clock.position, ticks: clock.ticks });

export function restoreClock(clock: Clock, saved: Saved): void {
  const { position, ticks } = saved as { position: number; ticks: number };
  clock.position = position;
  clock.ticks = ticks;
}

/** The bus of the interpreter, with the clock told which instruction it is in. */
export function timedBus(clock: Clock, bus: Bus): Bus {
  const { slice } = clock;
  return {
    access(pe, vaLow, vaHigh, kind) {
      slice.counted = (kind & 3) === BusAccess.Fetch ? 0 : 1;
      return bus.access(pe, vaLow, vaHigh, kind);
    },
    commit(pe) {
      slice.counted = 1;
      return bus.commit(pe);
    },
  };
}
