/**
 * Keyframes of physical memory: what has changed since the keyframe before, and through it everything else. Making one
 * copies no page. It only notes which pages there are; a page is copied when it is about to change for the first time
 * afterwards. Keyframes share the versions of pages that did not change, and are never changed themselves.
 */
import { GRANULE_SIZE } from '../address';
import {
  clearDirty,
  forEachEntry,
  isZeroPage,
  type MachineMemory,
  putPage,
  setPageVersion,
  slotNumber,
  slotOf,
  tableOf,
} from './memory';
import { internTag, PRISTINE, restoreGenerations, savedGenerations } from './mpe';
import type { EncryptionContext } from './pas';

/** A granule as it was for some time. */
export interface PageVersion {
  readonly context: EncryptionContext;
  readonly generation: number;
  /** WebAssembly address where the page still is as it was; 0 when it has been kept, or is all zero. */
  live: number;
  /** The page, once it was about to change; undefined while it is live, and when it is all zero. */
  content: Uint8Array | undefined;
}

export interface MemoryKeyframe {
  /** What it continues; undefined when it is complete. */
  readonly previous: MemoryKeyframe | undefined;
  /** The memory in which live pages are. */
  readonly origin: MachineMemory;
  /** Contexts whose key was regenerated, with their generation. */
  readonly generations: readonly (readonly [number, number])[];
  /** Granules it says something about; those it does not mention are as in `previous`, or pristine. */
  readonly granules: Float64Array;
  /** By granule; undefined is pristine. */
  readonly versions: readonly (PageVersion | undefined)[];
}

/** Pages of a chunk that versions are kept in. */
const CHUNK_PAGES = 64;

/** Where the pages go that are about to change. A chunk lives as long as one of its pages is wanted. */
export interface PageStore {
  chunk: Uint8Array;
  used: number;
}

export const createPageStore = (): PageStore => ({ chunk: new Uint8Array(0), used: 0 });

/** Keeps a version whose page is about to change, or to go. */
export function keepVersion(memory: MachineMemory, version: PageVersion): void {
  const { live } = version;
  if (live === 0) return;
  version.live = 0;
  if (isZeroPage(memory, live)) return;
  const { store } = memory;
  if (store.used === store.chunk.length) {
    store.chunk = new Uint8Array(CHUNK_PAGES * GRANULE_SIZE);
    store.used = 0;
  }
  version.content = store.chunk.subarray(store.used, store.used + GRANULE_SIZE);
  version.content.set(memory.views.bytes.subarray(live, live + GRANULE_SIZE));
  store.used += GRANULE_SIZE;
}

/** The version a granule is in now: the known one of its page, or a new one. */
function versionOf(memory: MachineMemory, entry: number): PageVersion | undefined {
  const hasSlot = (entry & 1) === 0 && entry !== 0;
  const known = hasSlot ? memory.slotVersions[slotNumber(entry)] : undefined;
  if (known !== undefined) return known;
  const number = hasSlot ? (memory.slotTags[slotNumber(entry)] ?? PRISTINE) : entry >>> 1;
  const tag = memory.contexts.tags[number];
  if (number === PRISTINE || tag === undefined) return undefined;
  const { context, generation } = tag;
  const version: PageVersion = { context, generation, live: hasSlot ? entry : 0, content: undefined };
  if (hasSlot) memory.slotVersions[slotNumber(entry)] = version;
  return version;
}

/**
 * The memory as it is. Where it is known what was written since `previous` (the keyframe last made or restored) only that
 * is looked at; any other `previous` does not count.
 */
export function createMemoryKeyframe(memory: MachineMemory, previous?: MemoryKeyframe): MemoryKeyframe {
  const base = previous !== undefined && memory.baseline === previous ? previous : undefined;
  const granules: number[] = [];
  const versions: (PageVersion | undefined)[] = [];
  if (base === undefined) {
    forEachEntry(memory, (granule, entry) => {
      granules.push(granule);
      versions.push(versionOf(memory, entry));
    });
  } else {
    for (const granule of memory.dirty) {
      const table = tableOf(memory, granule);
      granules.push(granule);
      versions.push(versionOf(memory, table?.entries[granule - table.first] ?? 0));
    }
  }
  const keyframe = {
    previous: base,
    origin: memory,
    generations: savedGenerations(memory.contexts),
    granules: Float64Array.from(granules),
    versions,
  };
  clearDirty(memory);
  memory.baseline = keyframe;
  return keyframe;
}

/** What a keyframe and those before it say of the granules in `wanted` (all when undefined): the newest word counts. */
function collect(
  keyframe: MemoryKeyframe,
  wanted: ReadonlySet<number> | undefined,
): Map<number, PageVersion | undefined> {
  const found = new Map<number, PageVersion | undefined>();
  for (let at: MemoryKeyframe | undefined = keyframe; at !== undefined; at = at.previous) {
    const { granules, versions } = at;
    for (let index = 0; index < granules.length; index++) {
      const granule = granules[index] as number;
      if ((wanted === undefined || wanted.has(granule)) && !found.has(granule)) found.set(granule, versions[index]);
    }
  }
  return found;
}

/** Granules in which the memory may differ from a keyframe; undefined when the two have no keyframe in common. */
function differences(memory: MachineMemory, keyframe: MemoryKeyframe): Set<number> | undefined {
  const own = new Set<MemoryKeyframe>();
  for (let at = memory.baseline; at !== undefined; at = at.previous) own.add(at);
  let common: MemoryKeyframe | undefined = keyframe;
  while (common !== undefined && !own.has(common)) common = common.previous;
  if (common === undefined) return undefined;
  const different = new Set(memory.dirty);
  for (const end of [memory.baseline, keyframe]) {
    for (let at = end; at !== undefined && at !== common; at = at.previous) {
      for (const granule of at.granules) different.add(granule);
    }
  }
  return different;
}

/** Granules in use now. */
function granulesInUse(memory: MachineMemory): number[] {
  const granules: number[] = [];
  forEachEntry(memory, (granule) => granules.push(granule));
  return granules;
}

/**
 * Brings the memory to what it was in a keyframe, its own or another memory's. Cached translations and code of pages that
 * change are dropped; pages that are in the wanted version are left alone.
 */
export function restoreMemoryKeyframe(memory: MachineMemory, keyframe: MemoryKeyframe): void {
  const different = differences(memory, keyframe);
  const found = collect(keyframe, different);
  for (const granule of different ?? granulesInUse(memory)) {
    if (found.get(granule) === undefined) putPage(memory, granule, PRISTINE, undefined);
  }
  restoreGenerations(memory.contexts, keyframe.generations);
  for (const [granule, version] of found) {
    if (version !== undefined) putVersion(memory, granule, version, keyframe.origin);
  }
  clearDirty(memory);
  memory.baseline = keyframe;
}

function putVersion(memory: MachineMemory, granule: number, version: PageVersion, origin: MachineMemory): void {
  const before = slotOf(memory, granule);
  if (before !== 0 && memory.slotVersions[slotNumber(before)] === version) return;
  const { context, generation, live } = version;
  const page = live === 0 ? version.content : origin.views.bytes.subarray(live, live + GRANULE_SIZE);
  putPage(memory, granule, internTag(memory.contexts, context, generation), page);
  // A version that is live belongs to the memory it is live in.
  if (live === 0) setPageVersion(memory, granule, version);
}
