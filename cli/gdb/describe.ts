/** Where a PE is, in a few words: `Realm EL1`, `Non-secure EL2, waiting`. */
import { currentEl, type Pe, securityState } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { PAS_NAMES } from '../../emulator/memory/pas';

/** What native firmware executes on a PE whose registers are not those of A64 code. */
const NATIVE: Readonly<Record<string, string>> = {
  monitor: 'in the Monitor',
  rmm: 'in the RMM',
  host: 'in the built-in Host',
};

export function describePe(machine: Machine, pe: Pe): string {
  if (pe.runner === 'off') return 'off';
  const place = `${PAS_NAMES[securityState(pe)]} EL${currentEl(pe)}`;
  const native = NATIVE[pe.runner];
  if (native !== undefined) return `${place}, ${native}`;
  if (pe.runner === 'waiting') return `${place}, waiting`;
  return machine.schedule.current === pe.index ? `${place}, its turn` : place;
}
