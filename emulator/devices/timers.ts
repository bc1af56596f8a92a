/**
 * Generic timer lines: when each PE's timers assert, and when the next one will. The registers themselves belong to the
 * PE (`cpu/sysreg/rows/timers.ts`); the level of each line is kept here so that its changes are events at exact positions.
 * A line wakes a waiting PE; delivery through the GIC is a later part of the machine.
 */
import { type SysregName, sysregOffset } from '../cpu/sysreg/sysreg';
import { emit } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { peBase } from '../memory/map';

interface TimerDescription {
  readonly intid: number;
  readonly control: number;
  readonly compare: number;
  /** Offset register of a virtual count, or -1. */
  readonly offset: number;
}

const timer = (intid: number, control: SysregName, compare: SysregName, offset?: SysregName): TimerDescription => ({
  intid,
  control: sysregOffset(control),
  compare: sysregOffset(compare),
  offset: offset === undefined ? -1 : sysregOffset(offset),
});

/** Platform facts, section 3. The order gives the bit of each line. */
const TIMERS: readonly TimerDescription[] = [
  timer(30, 'CNTP_CTL_EL0', 'CNTP_CVAL_EL0'),
  timer(27, 'CNTV_CTL_EL0', 'CNTV_CVAL_EL0', 'CNTVOFF_EL2'),
  timer(26, 'CNTHP_CTL_EL2', 'CNTHP_CVAL_EL2'),
  timer(28, 'CNTHV_CTL_EL2', 'CNTHV_CVAL_EL2'),
  timer(29, 'CNTPS_CTL_EL1', 'CNTPS_CVAL_EL1'),
];

const ENABLE = 1;
const IMASK = 2;

/** By PE: one bit a timer, set while its line is asserted. */
export interface TimerLines {
  readonly lines: number[];
}

export const createTimers = (pes: number): TimerLines => ({ lines: Array.from({ length: pes }, () => 0) });

/**
 * Brings every line to its level now, with an `interrupt` event for each change.
 * @returns ticks until the next line will assert, Infinity when no timer is armed.
 */
export function updateTimers(machine: Machine): number {
  const view = machine.memory.view();
  const { lines } = machine.devices.timers;
  let soonest = Number.POSITIVE_INFINITY;
  for (let pe = 0; pe < lines.length; pe++) {
    const base = peBase(pe);
    const before = lines[pe] ?? 0;
    let now = 0;
    for (let index = 0; index < TIMERS.length; index++) {
      const { control, compare, offset } = TIMERS[index] as TimerDescription;
      if ((view.getUint32(base + control, true) & (ENABLE | IMASK)) !== ENABLE) continue;
      const shift = offset < 0 ? 0n : view.getBigUint64(base + offset, true);
      const count = BigInt.asUintN(64, BigInt(machine.clock.ticks) - shift);
      const wait = Number(view.getBigUint64(base + compare, true) - count);
      if (wait <= 0) now |= 1 << index;
      else soonest = Math.min(soonest, wait);
    }
    if (now === before) continue;
    lines[pe] = now;
    TIMERS.forEach(({ intid }, index) => {
      const level = (now >> index) & 1;
      if (level !== ((before >> index) & 1)) emit(machine, 'interrupt', pe, intid, level);
    });
  }
  return soonest;
}

/** Whether any timer line of the PE is asserted: a WFI ends. */
export const hasPendingTimer = (machine: Machine, pe: number): boolean => (machine.devices.timers.lines[pe] ?? 0) !== 0;
