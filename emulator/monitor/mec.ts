/** Keys of memory encryption contexts: EL3 alone programs the MPE (RMM-EL3 interface: MEC refresh). */
import type { Pa } from '../address';
import { emit } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { regenerateContext } from '../memory/memory';

/** Gives the MECID a fresh key: what was written under the old one is noise from now on. `rd` is who will use it. */
export function refreshMecKey(machine: Machine, pe: number, mecid: number, rd: Pa): void {
  const generation = regenerateContext(machine.memory, mecid);
  emit(machine, 'mec', pe, mecid, 2, generation, rd);
}
