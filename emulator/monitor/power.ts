/** Turning PEs on and off and suspending them: what PSCI (`psci.ts`) does to a PE. */
import { exceptionReturn } from '../cpu/exceptions/return';
import { type Pe, writeX } from '../cpu/pe';
import { refreshSignals } from '../devices/gic/gic';
import { emit } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { handOff, warmReset } from './hand-off';

/** `state` of a `power` event. */
const PowerEvent = { off: 0, on: 1, suspended: 2, awake: 3 } as const;

const tell = (machine: Machine, pe: Pe, state: number, entry: bigint): void =>
  emit(machine, 'power', pe.index, state, entry);

/** A PE that is off starts at Non-secure EL2. */
export function turnOn(machine: Machine, pe: Pe, entry: bigint, context: bigint): void {
  warmReset(pe, machine.platform);
  handOff(machine, pe, entry, context);
  machine.monitor.starting[pe.index] = true;
  tell(machine, pe, PowerEvent.on, entry);
}

/** The calling PE stops. Its redistributor sleeps: what is pending there waits. */
export function turnOff(machine: Machine, pe: Pe): void {
  pe.runner = 'off';
  machine.devices.gic.asleep[pe.index] = true;
  refreshSignals(machine, pe);
  tell(machine, pe, PowerEvent.off, 0n);
}

/** The calling PE sleeps until an interrupt is pending, and the call returns then. */
export function standBy(machine: Machine, pe: Pe, powerState: number): void {
  writeX(pe, 0, 0n);
  exceptionReturn(machine, pe);
  pe.runner = 'waiting';
  machine.monitor.suspended[pe.index] = { powerState, since: machine.clock.ticks };
}

/** The calling PE loses its state, and starts at `entry` once an interrupt is pending. */
export function powerDown(machine: Machine, pe: Pe, powerState: number, entry: bigint, context: bigint): void {
  const { monitor, clock } = machine;
  monitor.down[pe.index] = { entry, context };
  monitor.suspended[pe.index] = { powerState, since: clock.ticks };
  pe.runner = 'waiting';
  tell(machine, pe, PowerEvent.suspended, entry);
}

/** An interrupt is pending at a PE that waits: ends its suspension, if it is in one. */
export function endSuspension(machine: Machine, pe: Pe): void {
  const { monitor, clock, platform } = machine;
  const suspended = monitor.suspended[pe.index] ?? null;
  if (suspended === null) return;
  monitor.suspended[pe.index] = null;
  const { powerState, since } = suspended;
  const list = monitor.statistics[pe.index] ?? [];
  const known = list.find((one) => one.powerState === powerState);
  if (known === undefined) list.push({ powerState, count: 1, ticks: clock.ticks - since });
  else {
    known.count++;
    known.ticks += clock.ticks - since;
  }
  const down = monitor.down[pe.index] ?? null;
  if (down === null) return;
  monitor.down[pe.index] = null;
  warmReset(pe, platform);
  handOff(machine, pe, down.entry, down.context);
  tell(machine, pe, PowerEvent.awake, down.entry);
}
