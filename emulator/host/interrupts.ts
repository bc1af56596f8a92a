/**
 * Virtual interrupts of a REC between two entries: what its list registers hold, what waits for one, and the outputs of
 * its EL1 timers and its PMU, which the Host turns into interrupts (RMM 1.0 A6; Arm GICv3, ICH_LR<n>_EL2).
 *
 * There is no emulated distributor: SGIs, the two timer interrupts and that of the PMU are always enabled, in Group 1, at one priority.
 */
import type { Machine } from '../machine/machine';
import { writeWord } from './memory';
import { mpidrOfRec, type RecExit, RUN, type TimerState } from './rmi';
import type { HostRealmProgress, HostRecProgress } from './saved';

const PMU = 23;
const VIRTUAL_TIMER = 27;
const PHYSICAL_TIMER = 30;

const LR_PENDING = 1n << 62n;
const LR_ACTIVE = 1n << 63n;
const LR_GROUP_1 = 1n << 60n;
const LR_PRIORITY = 0xa0n << 48n;
/** A maintenance interrupt at the end of the interrupt: the Host looks at the output of a timer or PMU again. */
const LR_EOI = 1n << 41n;
const LR_INTID = 0xffff_ffffn;
/** ICH_HCR_EL2.UIE: a maintenance interrupt when at most one list register is in use. */
const HCR_UNDERFLOW = 2n;

const intidOf = (lr: bigint): number => Number(lr & LR_INTID);
const isLevel = (intid: number): boolean => [PMU, VIRTUAL_TIMER, PHYSICAL_TIMER].includes(intid);

/** Enabled and not masked: the count at which the output is asserted; else -1. */
const deadlineOf = ({ control, compare }: TimerState): number =>
  (control & 3n) === 1n ? Math.min(Number(compare), Number.MAX_SAFE_INTEGER) : -1;

/** Takes in what an exit shows. */
export function keepInterrupts(state: HostRecProgress, exit: RecExit): void {
  const used = exit.lrs.some((lr) => (lr & (LR_PENDING | LR_ACTIVE)) !== 0n);
  state.lrs = used ? exit.lrs.map((lr) => ((lr & (LR_PENDING | LR_ACTIVE)) === 0n ? 0n : lr)) : [];
  state.virtualTimer = deadlineOf(exit.cntv);
  state.physicalTimer = deadlineOf(exit.cntp);
  state.overflow = exit.overflow;
}

/** When the next timer of a waiting REC asserts its output; Infinity when none will. */
export function nextTimer({ virtualTimer, physicalTimer }: HostRecProgress): number {
  return Math.min(...[virtualTimer, physicalTimer].map((at) => (at < 0 ? Number.POSITIVE_INFINITY : at)));
}

const isAsserted = (deadline: number, now: number): boolean => deadline >= 0 && deadline <= now;

/** Whether the REC would find an interrupt pending. */
export const isInterrupted = (state: HostRecProgress, now: number): boolean =>
  state.pending.length > 0 ||
  state.overflow ||
  state.lrs.some((lr) => (lr & LR_PENDING) !== 0n) ||
  nextTimer(state) <= now;

/** Makes an interrupt pending. Pending twice is pending once. */
export function raise(state: HostRecProgress, intid: number): void {
  if (!state.pending.includes(intid)) state.pending.push(intid);
}

/** An output is a level: pending while it is asserted, unless the REC is handling it; not pending when it is not. */
function follow(state: HostRecProgress, intid: number, asserted: boolean): void {
  const at = state.lrs.findIndex((lr) => lr !== 0n && intidOf(lr) === intid);
  if (asserted) {
    if (at < 0) raise(state, intid);
    return;
  }
  state.pending = state.pending.filter((each) => each !== intid);
  const lr = state.lrs[at] ?? 0n;
  if ((lr & LR_PENDING) !== 0n) state.lrs[at] = (lr & LR_ACTIVE) === 0n ? 0n : lr & ~LR_PENDING;
}

/** Puts waiting interrupts into list registers; what finds none stays. */
function fillListRegisters(state: HostRecProgress, count: number): void {
  const lrs = Array.from({ length: count }, (_, index) => state.lrs[index] ?? 0n);
  state.pending = state.pending.filter((intid) => {
    const there = lrs.findIndex((lr) => lr !== 0n && intidOf(lr) === intid);
    if (there >= 0) {
      lrs[there] = (lrs[there] ?? 0n) | LR_PENDING;
      return false;
    }
    const free = lrs.indexOf(0n);
    if (free < 0) return true;
    lrs[free] = LR_PENDING | LR_GROUP_1 | LR_PRIORITY | (isLevel(intid) ? LR_EOI : 0n) | BigInt(intid);
    return false;
  });
  state.lrs = lrs;
}

/** Writes the GIC part of RmiRecEnter. `count`: list registers there are. The page is zero before. */
export function writeInterrupts(machine: Machine, run: number, state: HostRecProgress, count: number): void {
  const now = machine.clock.ticks;
  follow(state, PMU, state.overflow);
  follow(state, VIRTUAL_TIMER, isAsserted(state.virtualTimer, now));
  follow(state, PHYSICAL_TIMER, isAsserted(state.physicalTimer, now));
  if (state.pending.length > 0) fillListRegisters(state, count);
  for (const [index, lr] of state.lrs.entries()) {
    if (lr !== 0n) writeWord(machine, run + RUN.enterGicLrs + 8 * index, lr);
  }
  if (state.pending.length > 0) writeWord(machine, run + RUN.enterGicHcr, HCR_UNDERFLOW);
}

/** ICC_SGI1R_EL1 as written by a REC: the interrupt goes to the RECs it names (Arm GICv3, ICC_SGI1R_EL1). */
export function sendSgi(own: HostRealmProgress, from: number, value: bigint): void {
  const bits = (low: bigint, mask: bigint): number => Number((value >> low) & mask);
  const intid = bits(24n, 0xfn);
  const toOthers = bits(40n, 1n) === 1;
  const cluster = bits(16n, 0xffn) * 0x100 + bits(32n, 0xffn) * 0x1_0000 + bits(48n, 0xffn) * 0x100_0000;
  for (const [index, state] of own.states.entries()) {
    const mpidr = mpidrOfRec(index);
    const named = mpidr - (mpidr % 0x100) === cluster && bits(BigInt(mpidr % 0x100), 1n) === 1;
    if (toOthers ? index !== from : named) raise(state, intid);
  }
}
