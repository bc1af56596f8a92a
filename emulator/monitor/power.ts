/**
 * Turning PEs on and off and suspending them: what PSCI (`psci.ts`) does to a PE. Power domains are coordinated by the
 * platform: a cluster is down while all its PEs are down and agreed to that, the system while all clusters are.
 */
import { exceptionReturn } from '../cpu/exceptions/return';
import { type Pe, writeX } from '../cpu/pe';
import { refreshSignals } from '../devices/gic/gic';
import { emit } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { handOff, warmReset } from './hand-off';
import type { MonitorState, PowerStatistics } from './state';

/** `state` of a `power` event. */
const PowerEvent = { off: 0, on: 1, suspended: 2, awake: 3 } as const;
/** Power levels of PSCI. */
export const Level = { pe: 0, cluster: 1, system: 2 } as const;
const PES_PER_CLUSTER = 4;

/** Number of clusters of a machine. */
export const clustersOf = (pes: number): number => Math.ceil(pes / PES_PER_CLUSTER);

const tell = (machine: Machine, pe: Pe, state: number, entry: bigint): void =>
  emit(machine, 'power', pe.index, state, entry);

/** Index in `powerDown` of the domain of a PE at a level. */
export function domainOf(monitor: MonitorState, pe: number, level: number): number {
  const pes = monitor.agreed.length;
  if (level === Level.pe) return pe;
  return level === Level.cluster ? pes + Math.floor(pe / PES_PER_CLUSTER) : pes + clustersOf(pes);
}

function enter(statistics: PowerStatistics | undefined, now: number): void {
  if (statistics !== undefined) statistics.since = now;
}

function leave(statistics: PowerStatistics | undefined, now: number): void {
  if (statistics === undefined || statistics.since < 0) return;
  statistics.count++;
  statistics.ticks += now - statistics.since;
  statistics.since = -1;
}

/** A PE goes down and agrees that domains up to `level` may. */
function goDown({ monitor, clock }: Machine, pe: number, level: number): void {
  const { agreed, powerDown } = monitor;
  agreed[pe] = level;
  for (let each: number = Level.pe; each <= level; each++) {
    const domain = domainOf(monitor, pe, each);
    const others = agreed.every((have, other) => domainOf(monitor, other, each) !== domain || have >= each);
    if (others) enter(powerDown[domain], clock.ticks);
  }
}

function comeUp({ monitor, clock }: Machine, pe: number): void {
  monitor.agreed[pe] = -1;
  for (const level of Object.values(Level)) leave(monitor.powerDown[domainOf(monitor, pe, level)], clock.ticks);
}

/** At boot every PE but the first is off. */
export function startOff(machine: Machine, pe: Pe): void {
  goDown(machine, pe.index, Level.system);
}

/** A PE that is off starts at Non-secure EL2. */
export function turnOn(machine: Machine, pe: Pe, entry: bigint, context: bigint): void {
  comeUp(machine, pe.index);
  warmReset(pe, machine.platform);
  handOff(machine, pe, entry, context);
  machine.monitor.starting[pe.index] = true;
  tell(machine, pe, PowerEvent.on, entry);
}

/** The calling PE stops. Its redistributor sleeps: what is pending there waits. */
export function turnOff(machine: Machine, pe: Pe): void {
  goDown(machine, pe.index, Level.system);
  pe.runner = 'off';
  machine.devices.gic.asleep[pe.index] = true;
  refreshSignals(machine, pe);
  tell(machine, pe, PowerEvent.off, 0n);
}

/** The calling PE sleeps until an interrupt is pending, and the call returns then. */
export function standBy(machine: Machine, pe: Pe): void {
  writeX(pe, 0, 0n);
  exceptionReturn(machine, pe);
  pe.runner = 'waiting';
  enter(machine.monitor.standby[pe.index], machine.clock.ticks);
}

/** The calling PE loses its state, and starts at `entry` once an interrupt is pending. */
export function powerDown(machine: Machine, pe: Pe, level: number, entry: bigint, context: bigint): void {
  goDown(machine, pe.index, level);
  machine.monitor.down[pe.index] = { entry, context };
  pe.runner = 'waiting';
  tell(machine, pe, PowerEvent.suspended, entry);
}

/** An interrupt is pending at a PE that waits: ends its suspension, if it is in one. */
export function endSuspension(machine: Machine, pe: Pe): void {
  const { monitor, clock, platform } = machine;
  leave(monitor.standby[pe.index], clock.ticks);
  const down = monitor.down[pe.index] ?? null;
  if (down === null) return;
  monitor.down[pe.index] = null;
  comeUp(machine, pe.index);
  warmReset(pe, platform);
  handOff(machine, pe, down.entry, down.context);
  tell(machine, pe, PowerEvent.awake, down.entry);
}
