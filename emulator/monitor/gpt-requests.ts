/** What the RMM asks of EL3 about the GPT (RMM-EL3 interface: granule transition service). */
import type { Granule } from '../address';
import type { Machine } from '../machine/machine';
import { Gpi, setGpi } from '../memory/gpt';

/** Non-secure to Realm. The RMM has checked that the granule is Non-secure. */
export function delegateGranule(machine: Machine, granule: Granule): void {
  setGpi(machine.memory, machine.platform, granule, Gpi.Realm);
}

/** Realm to Non-secure. The RMM has checked that it owns the granule. */
export function undelegateGranule(machine: Machine, granule: Granule): void {
  setGpi(machine.memory, machine.platform, granule, Gpi.NonSecure);
}
