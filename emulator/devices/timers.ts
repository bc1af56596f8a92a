/**
 * Interrupt outputs of a PE: its generic timers and the maintenance interrupt of its virtual GIC. When they assert, and
 * when the next timer will. The registers belong to the PE (`cpu/sysreg/rows/timers.ts`); the level of each output is kept
 * here, so that its changes reach the GIC, and the events, at exact positions.
 */
import { type Pe, securityBelowEl3 } from '../cpu/pe';
import { type SysregName, sysregOffset } from '../cpu/sysreg/sysreg';
import { maintenanceAsked } from '../cpu/sysreg/virtual-gic';
import type { Machine } from '../machine/machine';
import { peBase } from '../memory/map';
import { Pas } from '../memory/pas';
import { runDevices } from './devices';
import { Ppi, setLine } from './gic/gic';

interface TimerDescription {
  readonly intid: number;
  readonly control: number;
  readonly compare: number;
  /** Offset register of a virtual count, or -1. */
  readonly offset: number;
  /** Bit of CNTHCTL_EL2 that masks the output while the PE is in Realm state (FEAT_RME), or 0. */
  readonly mask: number;
}

const CNTVMASK = 1 << 18;
const CNTPMASK = 1 << 19;

const timer = (
  intid: number,
  control: SysregName,
  compare: SysregName,
  offset?: SysregName,
  mask = 0,
): TimerDescription => ({
  intid,
  control: sysregOffset(control),
  compare: sysregOffset(compare),
  offset: offset === undefined ? -1 : sysregOffset(offset),
  mask,
});

/** Platform facts, section 3. The order gives the bit of each line. */
const TIMERS: readonly TimerDescription[] = [
  timer(Ppi.physical, 'CNTP_CTL_EL0', 'CNTP_CVAL_EL0', undefined, CNTPMASK),
  timer(Ppi.virtual, 'CNTV_CTL_EL0', 'CNTV_CVAL_EL0', 'CNTVOFF_EL2', CNTVMASK),
  timer(Ppi.hypPhysical, 'CNTHP_CTL_EL2', 'CNTHP_CVAL_EL2'),
  timer(Ppi.hypVirtual, 'CNTHV_CTL_EL2', 'CNTHV_CVAL_EL2'),
  timer(Ppi.securePhysical, 'CNTPS_CTL_EL1', 'CNTPS_CVAL_EL1'),
];
/** INTID of each line, the timers' first. */
const LINES: readonly number[] = [...TIMERS.map(({ intid }) => intid), Ppi.maintenance];
const MAINTENANCE = 1 << TIMERS.length;

const ENABLE = 1;
const IMASK = 2;
/** Words of the PE area whose bit 0 says that a line may be asserted: timers and the virtual interface. */
const SOURCES = [...TIMERS.map(({ control }) => control), sysregOffset('ICH_HCR_EL2')].map((offset) => offset / 4);
const [SOURCE0 = 0, SOURCE1 = 0, SOURCE2 = 0, SOURCE3 = 0, SOURCE4 = 0, SOURCE5 = 0] = SOURCES;
const CNTHCTL = sysregOffset('CNTHCTL_EL2');
const ICH_HCR = sysregOffset('ICH_HCR_EL2');

/** By PE: one bit a line, set while it is asserted. */
export interface TimerLines {
  readonly lines: number[];
}

export const createTimers = (pes: number): TimerLines => ({ lines: Array.from({ length: pes }, () => 0) });

/**
 * Brings every line to its level now, and every device whose time has come: the GIC is told of each change.
 * @returns ticks until the next line will assert or the next device is due, Infinity when no timer is armed.
 */
export function updateTimers(machine: Machine): number {
  const { devices, clock } = machine;
  if (clock.ticks >= devices.deadline) runDevices(machine);
  const { lines } = devices.timers;
  const words = machine.memory.u32();
  let soonest = devices.deadline - clock.ticks;
  for (let index = 0; index < lines.length; index++) {
    const base = peBase(index);
    const at = base / 4;
    // Called before every step of native firmware: what is off costs next to nothing.
    const on =
      (words[at + SOURCE0] ?? 0) |
      (words[at + SOURCE1] ?? 0) |
      (words[at + SOURCE2] ?? 0) |
      (words[at + SOURCE3] ?? 0) |
      (words[at + SOURCE4] ?? 0) |
      (words[at + SOURCE5] ?? 0);
    if ((on & ENABLE) === 0 && lines[index] === 0) continue;
    const view = machine.memory.view();
    let now = 0;
    for (let timer = 0; timer < TIMERS.length; timer++) {
      const { control, compare, offset, mask } = TIMERS[timer] as TimerDescription;
      if ((view.getUint32(base + control, true) & (ENABLE | IMASK)) !== ENABLE) continue;
      if (mask !== 0 && isMasked(machine, index, view.getUint32(base + CNTHCTL, true) & mask)) continue;
      const shift = offset < 0 ? 0n : view.getBigUint64(base + offset, true);
      const count = BigInt.asUintN(64, BigInt(machine.clock.ticks) - shift);
      const wait = Number(view.getBigUint64(base + compare, true) - count);
      if (wait <= 0) now |= 1 << timer;
      else soonest = Math.min(soonest, wait);
    }
    if ((view.getUint32(base + ICH_HCR, true) & ENABLE) !== 0 && maintenanceAsked(machine.pes[index] as Pe)) {
      now |= MAINTENANCE;
    }
    if (now !== lines[index]) change(machine, index, now);
  }
  return soonest;
}

/** CNTHCTL_EL2.{CNTPMASK,CNTVMASK} count in Realm state only. */
const isMasked = (machine: Machine, pe: number, mask: number): boolean =>
  mask !== 0 && securityBelowEl3(machine.pes[pe] as Pe) === Pas.Realm;

function change(machine: Machine, pe: number, now: number): void {
  const { lines } = machine.devices.timers;
  const before = lines[pe] ?? 0;
  lines[pe] = now;
  LINES.forEach((intid, index) => {
    const level = (now >> index) & 1;
    if (level !== ((before >> index) & 1)) setLine(machine, pe, intid, level === 1);
  });
}
