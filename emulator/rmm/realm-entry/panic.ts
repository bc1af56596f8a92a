/** Errors that no Realm and no Host can be left with (RMM 1.0, `rec_exit`: fatal). */
import type { Machine } from '../../machine/machine';
import { haltSystem } from '../../machine/schedule';
import { requestStop } from '../../machine/stop';

/** The RMM cannot go on: the system stops, with a message. */
export function panic(machine: Machine, why: string, esr: bigint): 'fatal' {
  const syndrome = `ESR_EL2 0x${esr.toString(16)}`;
  requestStop(machine, { kind: 'error', text: `The RMM stopped the system: ${why} (${syndrome}).` });
  haltSystem(machine);
  return 'fatal';
}
