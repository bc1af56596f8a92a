/** The state in which EL3 starts Non-secure code on a PE (platform facts, section 5). */
import { RETIRED } from '../cpu/layout';
import { type Pe, resetPe, writePc, writePstate, writeX } from '../cpu/pe';
import { refreshSignals } from '../devices/gic/gic';
import type { Machine } from '../machine/machine';
import type { Platform } from '../machine/platform';
import { peBase } from '../memory/map';

/** PSTATE of Non-secure EL2h with everything masked. */
export const HAND_OFF_PSTATE = 0x3c9;

/** Resets a PE. Its count of retired instructions goes on: it is the machine's, not the program's. */
export function warmReset(pe: Pe, platform: Platform): void {
  const at = peBase(pe.index) + RETIRED;
  const retired = pe.memory.view().getFloat64(at, true);
  resetPe(pe, platform);
  pe.memory.view().setFloat64(at, retired, true);
}

/** Starts a PE, whose registers are at their reset values, at `entry` with `x0`. Its redistributor is awake. */
export function handOff(machine: Machine, pe: Pe, entry: bigint, x0: bigint): void {
  writePstate(pe, HAND_OFF_PSTATE);
  writePc(pe, entry);
  writeX(pe, 0, x0);
  machine.devices.gic.asleep[pe.index] = false;
  refreshSignals(machine, pe);
  pe.runner = 'a64';
}
