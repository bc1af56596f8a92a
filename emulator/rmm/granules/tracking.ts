/**
 * Granule tracking: one byte of state and four bytes of owner for each delegable granule, in the RMM's own memory. An
 * address that is not delegable (MMIO, firmware, out of range) has no entry: RMM 1.0, PaIsDelegable.
 */
import { type Pa, pa } from '../../address';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { delegableAddress, delegableIndex } from '../../machine/platform';
import { readU8, readU32, writeU8, writeU32 } from '../../memory/memory';
import { rmmRegions } from '../layout';
import { RMM_CONTEXT } from '../memory';
import type { GranuleState } from './state';

/** State of the granule that holds `address`, or -1 when the RMM does not track it. */
export function granuleState(machine: Machine, address: number): GranuleState | -1 {
  const index = delegableIndex(machine.platform, address);
  if (index < 0) return -1;
  return readU8(machine.memory, RMM_CONTEXT, (rmmRegions(machine.platform).states + index) as Pa) as GranuleState;
}

/** RD of the Realm that a granule in use belongs to, or 0. */
export function granuleOwner(machine: Machine, address: number): Pa {
  const index = delegableIndex(machine.platform, address);
  if (index < 0) return pa(0);
  const owner = readU32(machine.memory, RMM_CONTEXT, pa(rmmRegions(machine.platform).owners + index * 4));
  return owner === 0 ? pa(0) : delegableAddress(machine.platform, owner - 1);
}

/**
 * Moves a granule to another state and tells. `owner` is the RD of the Realm that uses it from now on; 0 for
 * UNDELEGATED and DELEGATED. `call` is the command's sequence number.
 */
export function setGranuleState(
  machine: Machine,
  pe: number,
  call: number,
  address: Pa,
  to: GranuleState,
  owner: Pa | 0 = 0,
): void {
  const { platform, memory } = machine;
  const index = delegableIndex(platform, address);
  const { states, owners } = rmmRegions(platform);
  const place = (states + index) as Pa;
  const from = readU8(memory, RMM_CONTEXT, place);
  writeU8(memory, RMM_CONTEXT, place, to);
  // Delegation, the hot pair, leaves owners alone: they are 0 before and after.
  if (to > 1 || from > 1) {
    const value = owner === 0 ? 0 : delegableIndex(platform, owner) + 1;
    writeU32(memory, RMM_CONTEXT, (owners + index * 4) as Pa, value);
  }
  emit(machine, 'granuleState', pe, address, from, to, call);
}
