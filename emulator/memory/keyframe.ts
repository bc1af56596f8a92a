/**
 * Keyframes of physical memory: what has changed since the keyframe before, and through it everything else. Pages that
 * nobody wrote are shared. A keyframe is never changed; letting go of it lets go of those before it that nobody else holds.
 */
import { GRANULE_SIZE } from '../address';
import {
  clearDirty,
  dropAllPages,
  forEachEntry,
  isZeroPage,
  type MachineMemory,
  putPage,
  slotNumber,
  tableOf,
} from './memory';
import { type ContextTag, internTag, PRISTINE, restoreGenerations, savedGenerations } from './mpe';

export interface MemoryKeyframe {
  /** What it continues; undefined when it is complete. */
  readonly previous: MemoryKeyframe | undefined;
  /** Contexts whose key was regenerated, with their generation. */
  readonly generations: readonly (readonly [number, number])[];
  /** Granules it says something about; those it does not mention are as in `previous`, or pristine. */
  readonly granules: Float64Array;
  /** By granule: index in `contexts`; 0 is a granule that is pristine. */
  readonly tags: Uint32Array;
  readonly contexts: readonly ContextTag[];
  /** By granule: offset of its page in `content`, or NO_CONTENT when it is all zero. */
  readonly places: Uint32Array;
  readonly content: Uint8Array;
}

const NO_CONTENT = 0xffff_ffff;

/** Bytes that a keyframe holds itself. */
export const keyframeBytes = ({ content, granules }: MemoryKeyframe): number => content.length + granules.length * 16;

/**
 * The memory as it is. Where it is known what was written since `previous` (the keyframe last made or restored) only that
 * is copied; any other `previous` is not looked at.
 */
export function createMemoryKeyframe(memory: MachineMemory, previous?: MemoryKeyframe): MemoryKeyframe {
  const base = previous !== undefined && memory.baseline === previous ? previous : undefined;
  const granules: number[] = [];
  const entries: number[] = [];
  if (base === undefined) {
    forEachEntry(memory, (granule, entry) => {
      granules.push(granule);
      entries.push(entry);
    });
  } else {
    for (const granule of memory.dirty) {
      const table = tableOf(memory, granule);
      granules.push(granule);
      entries.push(table?.entries[granule - table.first] ?? 0);
    }
  }
  const tags = new Uint32Array(granules.length);
  const places = new Uint32Array(granules.length).fill(NO_CONTENT);
  const addresses: number[] = [];
  entries.forEach((entry, index) => {
    const hasSlot = (entry & 1) === 0 && entry !== 0;
    const tag = hasSlot ? (memory.slotTags[slotNumber(entry)] ?? PRISTINE) : entry >>> 1;
    tags[index] = tag;
    if (!hasSlot || tag === PRISTINE || isZeroPage(memory, entry)) return;
    places[index] = addresses.length * GRANULE_SIZE;
    addresses.push(entry);
  });
  const keyframe = {
    previous: base,
    generations: savedGenerations(memory.contexts),
    granules: Float64Array.from(granules),
    tags,
    contexts: [...memory.contexts.tags],
    places,
    content: gather(memory, addresses),
  };
  clearDirty(memory);
  memory.baseline = keyframe;
  return keyframe;
}

/** The pages at these addresses, one after another; neighbours are copied together. */
function gather(memory: MachineMemory, addresses: readonly number[]): Uint8Array {
  const { bytes } = memory.views;
  const content = new Uint8Array(addresses.length * GRANULE_SIZE);
  for (let from = 0; from < addresses.length; ) {
    const start = addresses[from] as number;
    let to = from + 1;
    while (to < addresses.length && addresses[to] === start + (to - from) * GRANULE_SIZE) to++;
    content.set(bytes.subarray(start, start + (to - from) * GRANULE_SIZE), from * GRANULE_SIZE);
    from = to;
  }
  return content;
}

/** Where a granule is found: a keyframe and the index in it. */
type Found = readonly [keyframe: MemoryKeyframe, index: number];

/** What a keyframe and those before it say of the granules in `wanted` (all when undefined): the newest word counts. */
function collect(keyframe: MemoryKeyframe, wanted: ReadonlySet<number> | undefined): Map<number, Found> {
  const found = new Map<number, Found>();
  for (let at: MemoryKeyframe | undefined = keyframe; at !== undefined; at = at.previous) {
    const { granules } = at;
    for (let index = 0; index < granules.length; index++) {
      const granule = granules[index] as number;
      if ((wanted === undefined || wanted.has(granule)) && !found.has(granule)) found.set(granule, [at, index]);
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

/** Brings the memory to what it was. Cached translations and code of pages that change are dropped. */
export function restoreMemoryKeyframe(memory: MachineMemory, keyframe: MemoryKeyframe): void {
  const different = differences(memory, keyframe);
  const found = collect(keyframe, different);
  if (different === undefined) dropAllPages(memory);
  else for (const granule of different) if (!found.has(granule)) putPage(memory, granule, PRISTINE, undefined);
  restoreGenerations(memory.contexts, keyframe.generations);
  for (const [granule, [from, index]] of found) {
    const tag = from.contexts[from.tags[index] ?? PRISTINE] as ContextTag;
    const number = from.tags[index] === PRISTINE ? PRISTINE : internTag(memory.contexts, tag.context, tag.generation);
    const place = from.places[index] as number;
    const page = place === NO_CONTENT ? undefined : from.content.subarray(place, place + GRANULE_SIZE);
    putPage(memory, granule, number, page);
  }
  clearDirty(memory);
  memory.baseline = keyframe;
}
