/** Interrupts from outside the machine: tests, scenarios, whoever plays a device. All of them go through the input log. */
import type { Machine } from '../../machine/machine';
import { pend, refreshAllSignals, setLine } from './delivery';
import { INTIDS } from './state';

/** ISS of an SError: 25 bits. */
const ISS_LIMIT = 0x200_0000;

/**
 * Makes an interrupt pending at the GIC, as an edge or a message does; `pe` is whose, where the INTID is private (below
 * 32). Enabling, priority and routing are the GIC's.
 */
export function raiseInterrupt(machine: Machine, intid: number, pe = 0): void {
  if (!(intid >= 0 && intid < INTIDS)) throw new RangeError(`The GIC has no INTID ${intid}.`);
  machine.inputs.entries.push({ kind: 'interrupt', position: machine.clock.position, intid, pe });
  pend(machine, pe, intid);
}

/** Drives an interrupt input high or low. */
export function driveInterrupt(machine: Machine, intid: number, high: boolean, pe = 0): void {
  if (!(intid >= 16 && intid < INTIDS)) throw new RangeError(`The GIC has no input for INTID ${intid}.`);
  machine.inputs.entries.push({ kind: 'line', position: machine.clock.position, intid, high, pe });
  setLine(machine, pe, intid, high);
}

/** Makes a physical SError pending at a PE; `iss` is what ESR_ELx.ISS will say. A second one takes the place of the first. */
export function raiseSerror(machine: Machine, pe: number, iss: number): void {
  if (!(iss >= 0 && iss < ISS_LIMIT)) throw new RangeError(`0x${iss.toString(16)} is no ISS of 25 bits.`);
  machine.inputs.entries.push({ kind: 'serror', position: machine.clock.position, pe, iss });
  machine.devices.serrors[pe] = iss;
  refreshAllSignals(machine);
}
