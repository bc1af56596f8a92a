/**
 * Save and restore of physical memory. Only what can be observed is kept: pages that are all zero are written as such
 * whether or not they have a slot, and pages never written since power on not at all.
 */
import { GRANULE_SIZE } from '../address';
import type { Saved } from '../machine/saved';
import { dropAllPages, forEachEntry, isZeroPage, type MachineMemory, putPage, slotNumber } from './memory';
import { internTag, PRISTINE, restoreGenerations, savedGenerations } from './mpe';
import type { EncryptionContext } from './pas';

interface SavedMemory {
  /** Contexts whose key was regenerated, with their generation; by context. */
  readonly generations: readonly (readonly [number, number])[];
  /** Granules with their tags, ascending: granule, context, generation, 1 when not zero. */
  readonly pages: readonly (readonly [number, number, number, number])[];
  /** Content of the pages that are not zero, in the same order. */
  readonly content: Uint8Array;
}

export function saveMemory(memory: MachineMemory): Saved {
  const pages: [number, number, number, number][] = [];
  const addresses: number[] = [];
  forEachEntry(memory, (granule, entry) => {
    const tagNumber = (entry & 1) === 1 ? entry >>> 1 : (memory.slotTags[slotNumber(entry)] ?? PRISTINE);
    const tag = memory.contexts.tags[tagNumber];
    if (tagNumber === PRISTINE || tag === undefined) return;
    const zero = (entry & 1) === 1 || isZeroPage(memory, entry);
    pages.push([granule, tag.context, tag.generation, zero ? 0 : 1]);
    if (!zero) addresses.push(entry);
  });
  const bytes = memory.views.bytes;
  const content = new Uint8Array(addresses.length * GRANULE_SIZE);
  addresses.forEach((address, index) => {
    content.set(bytes.subarray(address, address + GRANULE_SIZE), index * GRANULE_SIZE);
  });
  const generations = savedGenerations(memory.contexts);
  return { generations, pages, content } satisfies SavedMemory;
}

/** Replaces all content. Cached translations of every page are dropped; everything counts as written. */
export function restoreMemory(memory: MachineMemory, saved: Saved): void {
  const { generations, pages, content } = saved as unknown as SavedMemory;
  dropAllPages(memory);
  const { contexts } = memory;
  restoreGenerations(contexts, generations);
  let at = 0;
  for (const [granule, context, generation, full] of pages) {
    const tag = internTag(contexts, context as EncryptionContext, generation);
    const page = full === 1 ? content.subarray(at, at + GRANULE_SIZE) : undefined;
    if (page !== undefined) at += GRANULE_SIZE;
    putPage(memory, granule, tag, page);
  }
}
