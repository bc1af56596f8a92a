/** The granule protection check, made on every access after translation (Arm ARM, GranuleProtectionCheck). */
import type { Pa } from '../address';
import type { Platform } from '../machine/platform';
import { type GptWalk, quickCheck, walkGpt } from './gpt';
import type { MachineMemory } from './memory';
import { Pas } from './pas';

export interface GpcFault {
  /** `gpf`: the GPI does not admit the access; the others: the table could not be walked. */
  readonly kind: 'gpf' | 'walk' | 'addressSize' | 'eabt';
  readonly level: 0 | 1;
  readonly pa: Pa;
  readonly pas: Pas;
  readonly walk: GptWalk;
}

/** Undefined when an access to `address` in this PAS is allowed. */
export function checkGranule(
  machine: { readonly memory: MachineMemory; readonly platform: Platform },
  pas: Pas,
  address: Pa,
): GpcFault | undefined {
  if (quickCheck(machine.memory, machine.platform, pas, address)) return undefined;
  const walk = walkGpt(machine.memory, machine.platform, address);
  if (walk.fault !== undefined) return { kind: walk.fault, level: walk.level, pa: address, pas, walk };
  if (walk.kind === 'above-pps' ? pas === Pas.NonSecure : walk.gpi === 15 || walk.gpi === 8 + pas) return undefined;
  return { kind: 'gpf', level: walk.level, pa: address, pas, walk };
}
