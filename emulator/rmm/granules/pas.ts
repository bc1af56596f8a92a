/** Which PAS a granule is in, as the GPT says. */
import type { Pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { gpiOf } from '../../memory/gpt';
import type { Pas } from '../../memory/pas';

/** The PAS that the GPT assigns, or null when it admits none or any. */
export function granulePas(machine: Machine, address: Pa): Pas | null {
  const gpi = gpiOf(machine.memory, machine.platform, address);
  return gpi >= 8 && gpi <= 11 ? ((gpi - 8) as Pas) : null;
}
