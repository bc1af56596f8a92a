/** Replacing pages as wholes: what resets and restores do. Whoever cached something of a page that changes is told. */
import { GRANULE_SIZE } from '../address';
import {
  allocateSlot,
  dropPage,
  forEachEntry,
  forgetVersion,
  isZeroPage,
  type MachineMemory,
  PageFlag,
  releaseSlot,
  setEntry,
  slotAddress,
  slotNumber,
  tableOf,
} from './memory';
import { contextTag, PRISTINE } from './mpe';
import type { EncryptionContext } from './pas';
import { notMemory } from './problems';

/** Gives back the slots of all pages that are all zero (done at keyframes). Returns how many. */
export function releaseZeroPages(memory: MachineMemory): number {
  let released = 0;
  for (let slot = 0; slot < memory.slotCount; slot++) {
    const granule = memory.slotGranules[slot] ?? -1;
    if (granule < 0 || !isZeroPage(memory, slotAddress(slot))) continue;
    const table = tableOf(memory, granule);
    if (table === undefined) continue;
    releaseSlot(memory, table, granule, slotAddress(slot), memory.slotTags[slot] ?? 0);
    released++;
  }
  return released;
}

/** Forgets all content: every granule is pristine again. */
export function dropAllPages(memory: MachineMemory): void {
  memory.baseline = undefined;
  forEachEntry(memory, (granule) => putPage(memory, granule, PRISTINE, undefined));
}

/** Forgets the content of every granule last written under another context. */
export function dropPagesExcept(memory: MachineMemory, context: EncryptionContext): void {
  const kept = contextTag(memory.contexts, context);
  forEachEntry(memory, (granule, entry) => {
    const tag = (entry & 1) === 1 ? entry >>> 1 : (memory.slotTags[slotNumber(entry)] ?? 0);
    if (tag !== kept && tag !== PRISTINE) putPage(memory, granule, PRISTINE, undefined);
  });
}

/** Replaces tag and content (none: all zero) of a granule, whatever it was. @throws Problem `not-memory`, `memory-limit` */
export function putPage(memory: MachineMemory, granule: number, tag: number, content: Uint8Array | undefined): void {
  const table = tableOf(memory, granule);
  if (table === undefined) throw notMemory(granule * GRANULE_SIZE);
  memory.dirty.add(granule);
  const entry = table.entries[granule - table.first] ?? 0;
  const hasSlot = entry !== 0 && (entry & 1) === 0;
  if (content === undefined) {
    if (hasSlot) releaseSlot(memory, table, granule, entry, tag);
    else setEntry(table, granule, tag === PRISTINE ? 0 : tag * 2 + 1);
    return;
  }
  if (hasSlot) {
    dropPage(memory, granule, entry);
    forgetVersion(memory, slotNumber(entry));
  }
  const address = hasSlot ? entry : allocateSlot(memory, granule);
  const slot = slotNumber(address);
  setEntry(table, granule, address);
  memory.slotTags[slot] = tag;
  memory.slotFlags[slot] = (memory.slotFlags[slot] ?? 0) | PageFlag.Dirty;
  memory.views.bytes.set(content, address);
}
