/**
 * Stores of the interpreter to pages that hold descriptors. An operating system writes most of its descriptors where
 * there was none, and of those nothing is cached; so such a store needs no flush, and the page stays known as one that
 * holds descriptors. Where a page is rewritten as a whole it becomes an ordinary one, until a walk comes by again.
 */
import type { Granule } from '../address';
import { GRANULE_SIZE } from '../address';
import type { MachineMemory } from '../memory/memory';
import { flagPage, PageFlag, pageFlags, slotNumber, slotOf, touchPage, unflagPage } from '../memory/memory';
import { contextTag } from '../memory/mpe';
import type { Translated } from './types';

/** The page stored to last, and how often in a row it has stayed known as one with descriptors. */
export interface TableStores {
  granule: number;
  count: number;
}

export const createTableStores = (): TableStores => ({ granule: -1, count: 0 });

/** Stores in a row to the same page that come the slow way. */
const FEW = 8;

/** Of each aligned word that a store of `size` bytes touches: whether one is a valid descriptor. */
function isValidDescriptor(memory: MachineMemory, page: number, offset: number, size: number): boolean {
  const words = memory.views.u32;
  for (let at = offset - (offset % 8); at < offset + size; at += 8) {
    if (((words[(page + at) / 4] ?? 0) & 1) === 1) return true;
  }
  return false;
}

/** `touchPage` for a store of `size` bytes in one page; `flush` is called when translations may become stale. */
export function touchForStore(
  memory: MachineMemory,
  stores: TableStores,
  to: Translated,
  granule: Granule,
  size: number,
  flush: () => void,
): number {
  const touch = (): number => touchPage(memory, to.context, granule, true);
  if ((pageFlags(memory, granule) & PageFlag.Descriptor) === 0) return touch();
  const page = slotOf(memory, granule);
  if (memory.slotTags[slotNumber(page)] !== contextTag(memory.contexts, to.context)) return touch();
  if (stores.granule !== granule) stores.count = 0;
  stores.granule = granule;
  if (++stores.count > FEW) {
    stores.count = 0;
    return touch();
  }
  if (isValidDescriptor(memory, page, to.pa % GRANULE_SIZE, size)) flush();
  unflagPage(memory, granule, PageFlag.Descriptor);
  touch();
  flagPage(memory, granule, PageFlag.Descriptor);
  return page;
}
