/** Which entries keep a table from being destroyed, and how far one may skip. */
import type { Pa } from '../../address';
import type { MachineMemory } from '../../memory/memory';
import type { RealmSpace } from '../realm/rd';
import { Hipas, hipasOf } from './descriptor';
import { entryCount, entrySize } from './geometry';
import { scanTable, type Walk } from './walk';

const TABLE_ENTRIES = 512;

/** RttIsLive: some entry is ASSIGNED or TABLE. A mapping of Host memory does not count. */
export function isTableLive(memory: MachineMemory, space: RealmSpace, table: Pa, level: number): boolean {
  const count = entryCount(level);
  const stopped = scanTable(memory, space, table, 0, count, (lo, hi) => {
    const hipas = hipasOf(lo, hi, level);
    return hipas !== Hipas.Assigned && hipas !== Hipas.Table;
  });
  return stopped < count;
}

/**
 * `top` of RMI_DATA_DESTROY, RMI_RTT_DESTROY and RMI_RTT_UNMAP_UNPROTECTED: `ipa` itself when the entry where the walk
 * ended has an output address or is a TABLE, else the end of the run of entries like it within that table. A table at
 * level -1 counts with all its 512 entries, as TF-RMM does: the run may end beyond the address space.
 */
export function nonLiveTop(memory: MachineMemory, space: RealmSpace, walk: Walk, ipa: number): number {
  const stopped = scanTable(memory, space, walk.table, walk.index, TABLE_ENTRIES, (lo, hi) => {
    const hipas = hipasOf(lo, hi, walk.level);
    return hipas === Hipas.Unassigned || hipas === Hipas.UnassignedNs;
  });
  if (stopped === walk.index) return ipa;
  const size = entrySize(walk.level);
  return ipa - (ipa % size) + (stopped - walk.index) * size;
}
