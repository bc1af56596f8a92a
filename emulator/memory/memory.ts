/**
 * Physical memory: 4 KiB page slots inside the machine's one WebAssembly memory, allocated when first touched.
 *
 * A slot holds the plaintext of one encryption context; its tag says which context and which generation of its key.
 * Reading or partly writing it under another context first re-expresses it (`mpe.ts`); overwriting all of it only retags.
 * A granule never written since power on reads zero in every context. A granule found all zero gives its slot back and
 * keeps its tag, so that giving slots back can never be observed.
 *
 * Native firmware, Host and debugger come in by PA through the functions of `access.ts`; the interpreter and the walker
 * use the address that `touchPage` returns.
 */
import type { Granule } from '../address';
import { GRANULE_SIZE } from '../address';
import type { AddressRange } from '../machine/platform';
import { createPageStore, keepVersion, type MemoryKeyframe, type PageStore, type PageVersion } from './keyframe';
import { SLOTS_BASE } from './map';
import { type ContextTable, contextTag, createContexts, PRISTINE, reexpress } from './mpe';
import type { EncryptionContext } from './pas';
import { memoryLimitReached, notMemory } from './problems';
import type { Xts } from './xts';

/** Flags of a page slot. They are caches and journals: never saved. */
export const PageFlag = {
  /** Predecoded code exists for this page. */
  Code: 1,
  /** A translation table walk read a descriptor here. */
  Descriptor: 2,
  /** A data breakpoint lies here. */
  Watched: 4,
  /** Written since the last keyframe. */
  Dirty: 8,
  /** A software TLB may point here: set by `touchPage`. */
  Cached: 16,
} as const;

/** Flags that make a write call `onFlaggedWrite`. */
const WRITE_HOOK_FLAGS = PageFlag.Code | PageFlag.Descriptor | PageFlag.Watched;

/** A RAM region with what is known of each of its granules. */
export interface SlotTable {
  readonly first: number;
  readonly end: number;
  /** By granule: 0 pristine; odd: no slot, all zero, tag in the bits above; else the slot's WebAssembly address. */
  readonly entries: Uint32Array;
  /** By 1024 entries: 1 once one of them was not 0, so that nobody need look through those that never were. */
  readonly chunks: Uint8Array;
}

export interface MachineMemory {
  readonly wasm: WebAssembly.Memory;
  /** Views of all of it. Ask again after anything that may allocate a page: growing replaces the buffer. */
  views: Views;
  view(): DataView;
  bytes(): Uint8Array;
  u32(): Uint32Array;
  u64(): BigUint64Array;
  f64(): Float64Array;
  readonly tables: readonly SlotTable[];
  /** The table used last; looked at first. */
  lastTable: SlotTable;
  /** By slot number: granule, context tag, flags. */
  readonly slotGranules: Float64Array;
  readonly slotTags: Uint32Array;
  readonly slotFlags: Uint8Array;
  /** By slot number: what keyframes know its page as, while it has not changed since. Such a page is not dirty. */
  readonly slotVersions: (PageVersion | undefined)[];
  readonly store: PageStore;
  /** Slots given back, most recent last, and the number ever used. */
  readonly freeSlots: number[];
  slotCount: number;
  readonly slotLimit: number;
  readonly contexts: ContextTable;
  /** Granules that may have changed since the last `clearDirty`. */
  readonly dirty: Set<number>;
  /** The keyframe (`keyframe.ts`) that the memory differs from in `dirty` only; undefined when there is none. */
  baseline: MemoryKeyframe | undefined;
  /** A page with Code, Descriptor or Watched set is about to be written (`flags`: those that are set). */
  onFlaggedWrite: (granule: Granule, flags: number) => void;
  /** Cached translations and predecoded code of this page must go: it was retagged, given back or made clean. */
  onPageDropped: (granule: Granule, address: number) => void;
  /** Every page became clean: no TLB may let a write through that `touchPage` has not seen. */
  onAllClean: () => void;
  /** A GPT entry changed from one GPI to another. */
  onGpiChanged: (granule: Granule, from: number, to: number) => void;
}

export interface Views {
  readonly data: DataView;
  readonly bytes: Uint8Array;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
  readonly f64: Float64Array;
}

const WASM_PAGE = 65_536;
/** The memory grows by 16 MiB at a time. */
const GROWTH_PAGES = 256;

export interface MemoryConfig {
  readonly ram: readonly AddressRange[];
  /** Most bytes of slots. */
  readonly memoryLimit: number;
  readonly seed: bigint;
  readonly mecidBits: number;
  /** A faster cipher of the MPE; absent: the portable one. */
  readonly xts?: Xts;
}

/** Entries of a table that share a byte of `chunks`. */
export const CHUNK = 1024;

/** Sets the entry of a granule. */
export function setEntry({ first, entries, chunks }: SlotTable, granule: number, entry: number): void {
  const index = granule - first;
  entries[index] = entry;
  chunks[index >>> 10] = 1;
}

/** An empty memory: every granule of every region reads zero. */
export function createMemory(config: MemoryConfig): MachineMemory {
  const slotLimit = Math.floor(config.memoryLimit / GRANULE_SIZE);
  const pages = SLOTS_BASE / WASM_PAGE;
  const wasm = new WebAssembly.Memory({
    initial: pages,
    maximum: Math.min(65_536, pages + Math.ceil((slotLimit * GRANULE_SIZE) / WASM_PAGE) + GROWTH_PAGES),
  });
  const tables = config.ram.map((range) => ({
    first: range.base / GRANULE_SIZE,
    end: (range.base + range.size) / GRANULE_SIZE,
    entries: new Uint32Array(range.size / GRANULE_SIZE),
    chunks: new Uint8Array(Math.ceil(range.size / GRANULE_SIZE / CHUNK)),
  }));
  const memory: MachineMemory = {
    wasm,
    views: viewsOf(wasm),
    view: () => memory.views.data,
    bytes: () => memory.views.bytes,
    u32: () => memory.views.u32,
    u64: () => memory.views.u64,
    f64: () => memory.views.f64,
    tables,
    lastTable: tables[0] ?? { first: 0, end: 0, entries: new Uint32Array(), chunks: new Uint8Array() },
    slotGranules: new Float64Array(slotLimit),
    slotTags: new Uint32Array(slotLimit),
    slotFlags: new Uint8Array(slotLimit),
    slotVersions: [],
    store: createPageStore(),
    freeSlots: [],
    slotCount: 0,
    slotLimit,
    contexts: createContexts(config.seed, config.mecidBits, config.xts),
    dirty: new Set(),
    baseline: undefined,
    onFlaggedWrite: () => {},
    onPageDropped: () => {},
    onAllClean: () => {},
    onGpiChanged: () => {},
  };
  return memory;
}

function viewsOf(wasm: WebAssembly.Memory): Views {
  const { buffer } = wasm;
  return {
    data: new DataView(buffer),
    bytes: new Uint8Array(buffer),
    u32: new Uint32Array(buffer),
    u64: new BigUint64Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** The table of the region a granule is in; undefined where there is no RAM. */
export function tableOf(memory: MachineMemory, granule: number): SlotTable | undefined {
  const last = memory.lastTable;
  if (granule >= last.first && granule < last.end) return last;
  const { tables } = memory;
  for (let index = 0; index < tables.length; index++) {
    const table = tables[index] as SlotTable;
    if (granule >= table.first && granule < table.end) {
      memory.lastTable = table;
      return table;
    }
  }
  return undefined;
}

/** Whether the byte at this PA is RAM of the platform. */
export const isRam = (memory: MachineMemory, address: number): boolean =>
  tableOf(memory, Math.floor(address / GRANULE_SIZE)) !== undefined;

/** Number of the slot at a WebAssembly address. */
export const slotNumber = (address: number): number => (address - SLOTS_BASE) >>> 12;
export const slotAddress = (slot: number): number => SLOTS_BASE + slot * GRANULE_SIZE;

/** WebAssembly address of the granule's page, or 0 when it has none: never touched, all zero, or no RAM. */
export function slotOf(memory: MachineMemory, granule: number): number {
  const table = tableOf(memory, granule);
  const entry = table === undefined ? 0 : (table.entries[granule - table.first] ?? 0);
  return (entry & 1) === 0 ? entry : 0;
}

/** Flags of the granule's page; 0 when it has no slot. */
export function pageFlags(memory: MachineMemory, granule: number): number {
  const address = slotOf(memory, granule);
  return address === 0 ? 0 : (memory.slotFlags[slotNumber(address)] ?? 0);
}

/** Sets flags of a page that has a slot (one just touched has). */
export function flagPage(memory: MachineMemory, granule: number, flags: number): void {
  const address = slotOf(memory, granule);
  if (address === 0) return;
  const slot = slotNumber(address);
  memory.slotFlags[slot] = (memory.slotFlags[slot] ?? 0) | flags;
}

export function unflagPage(memory: MachineMemory, granule: number, flags: number): void {
  const address = slotOf(memory, granule);
  if (address === 0) return;
  const slot = slotNumber(address);
  memory.slotFlags[slot] = (memory.slotFlags[slot] ?? 0) & ~flags;
}

/**
 * The page of a granule, ready to be used under `context`: allocated, re-expressed when it was last used under another
 * one, and for a write marked dirty and announced to `onFlaggedWrite`. `wholePage` promises that all of it will be
 * overwritten, so its content need not be re-expressed. The address stays good until the next call of any memory function
 * for this granule; the page counts as cached by a TLB, so that `onPageDropped` says when the address no longer holds.
 * @throws Problem `not-memory`, `memory-limit`
 */
export function touchPage(
  memory: MachineMemory,
  context: EncryptionContext,
  granule: Granule,
  forWrite: boolean,
  wholePage = false,
): number {
  const address = pageFor(memory, context, granule, forWrite, wholePage);
  const slot = slotNumber(address);
  memory.slotFlags[slot] = (memory.slotFlags[slot] ?? 0) | PageFlag.Cached;
  return address;
}

/** `touchPage` for accesses made at once: nothing keeps the address. */
export function pageFor(
  memory: MachineMemory,
  context: EncryptionContext,
  granule: number,
  forWrite: boolean,
  wholePage = false,
): number {
  const table = tableOf(memory, granule);
  if (table === undefined) throw notMemory(granule * GRANULE_SIZE);
  const tag = contextTag(memory.contexts, context);
  const entry = table.entries[granule - table.first] ?? 0;
  let address = entry;
  if (entry === 0 || (entry & 1) === 1) {
    address = allocateSlot(memory, granule);
    setEntry(table, granule, address);
    memory.slotTags[slotNumber(address)] = entry === 0 ? PRISTINE : entry >>> 1;
    if (!wholePage) memory.views.u32.fill(0, address / 4, (address + GRANULE_SIZE) / 4);
  }
  const slot = slotNumber(address);
  const oldTag = memory.slotTags[slot] ?? 0;
  if (oldTag !== tag && (oldTag !== PRISTINE || forWrite)) {
    dropPage(memory, granule, address);
    memory.slotTags[slot] = tag;
    markDirty(memory, granule, slot);
    if (!wholePage) reexpress(memory.contexts, oldTag, tag, granule, memory.views.u32, address / 4);
  }
  if (forWrite) markWritten(memory, granule, slot);
  return address;
}

/** The one place every write of firmware, Host, debugger and (through its TLB fill) the interpreter passes. */
function markWritten(memory: MachineMemory, granule: number, slot: number): void {
  const flags = memory.slotFlags[slot] ?? 0;
  if ((flags & WRITE_HOOK_FLAGS) !== 0) memory.onFlaggedWrite(granule as Granule, flags & WRITE_HOOK_FLAGS);
  markDirty(memory, granule, slot);
}

/** Content or tag of a page is about to change. */
function markDirty(memory: MachineMemory, granule: number, slot: number): void {
  const flags = memory.slotFlags[slot] ?? 0;
  if ((flags & PageFlag.Dirty) !== 0) return;
  forgetVersion(memory, slot);
  memory.slotFlags[slot] = flags | PageFlag.Dirty;
  memory.dirty.add(granule);
}

/** A page goes its own way: keyframes that know it get a copy first. */
export function forgetVersion(memory: MachineMemory, slot: number): void {
  const version = memory.slotVersions[slot];
  if (version === undefined) return;
  keepVersion(memory, version);
  memory.slotVersions[slot] = undefined;
}

/** Says that the page of a granule, if it has one, is as keyframes know it. */
export function setPageVersion(memory: MachineMemory, granule: number, version: PageVersion): void {
  const address = slotOf(memory, granule);
  if (address !== 0) memory.slotVersions[slotNumber(address)] = version;
}

/** Tells the holders of cached addresses to forget this page. */
export function dropPage(memory: MachineMemory, granule: number, address: number): void {
  const slot = slotNumber(address);
  const flags = memory.slotFlags[slot] ?? 0;
  if ((flags & (PageFlag.Cached | WRITE_HOOK_FLAGS)) === 0) return;
  memory.onPageDropped(granule as Granule, address);
  memory.slotFlags[slot] = flags & (PageFlag.Dirty | PageFlag.Watched);
}

export function allocateSlot(memory: MachineMemory, granule: number): number {
  let slot = memory.freeSlots.pop();
  if (slot === undefined) {
    if (memory.slotCount >= memory.slotLimit) {
      throw memoryLimitReached(memory.slotLimit * GRANULE_SIZE, granule * GRANULE_SIZE);
    }
    slot = memory.slotCount++;
    if (slotAddress(slot) + GRANULE_SIZE > memory.views.bytes.length) {
      memory.wasm.grow(GROWTH_PAGES);
      memory.views = viewsOf(memory.wasm);
    }
  }
  memory.slotGranules[slot] = granule;
  memory.slotFlags[slot] = 0;
  return slotAddress(slot);
}

/** Gives back the slot of a page that is all zero; its tag stays with the granule. */
export function releaseSlot(
  memory: MachineMemory,
  table: SlotTable,
  granule: number,
  address: number,
  tag: number,
): void {
  const slot = slotNumber(address);
  dropPage(memory, granule, address);
  forgetVersion(memory, slot);
  memory.slotFlags[slot] = 0;
  memory.slotGranules[slot] = -1;
  memory.freeSlots.push(slot);
  setEntry(table, granule, tag === PRISTINE ? 0 : tag * 2 + 1);
}

/** Overwrites a granule with zeros under `context` and gives its slot back. @throws Problem `not-memory` */
export function zeroGranule(memory: MachineMemory, context: EncryptionContext, granule: Granule): void {
  const table = tableOf(memory, granule);
  if (table === undefined) throw notMemory(granule * GRANULE_SIZE);
  const tag = contextTag(memory.contexts, context);
  const entry = table.entries[granule - table.first] ?? 0;
  memory.dirty.add(granule);
  if (entry === 0 || (entry & 1) === 1) {
    setEntry(table, granule, tag * 2 + 1);
    return;
  }
  const slot = slotNumber(entry);
  const flags = (memory.slotFlags[slot] ?? 0) & WRITE_HOOK_FLAGS;
  if (flags !== 0) memory.onFlaggedWrite(granule, flags);
  releaseSlot(memory, table, granule, entry, tag);
}

/** Copies a whole granule; the source is read under `fromContext`, the destination written under `toContext`. */
export function copyGranule(
  memory: MachineMemory,
  toContext: EncryptionContext,
  to: Granule,
  fromContext: EncryptionContext,
  from: Granule,
): void {
  const source = pageFor(memory, fromContext, from, false);
  const target = pageFor(memory, toContext, to, true, true);
  memory.views.bytes.copyWithin(target, source, source + GRANULE_SIZE);
}

/** Calls `visit` for every granule that is not pristine: by table, ascending. */
export function forEachEntry(memory: MachineMemory, visit: (granule: number, entry: number) => void): void {
  for (const { first, entries, chunks } of memory.tables) {
    for (let chunk = 0; chunk < chunks.length; chunk++) {
      if (chunks[chunk] === 0) continue;
      const end = Math.min(entries.length, (chunk + 1) * CHUNK);
      for (let index = chunk * CHUNK; index < end; index++) {
        const entry = entries[index] ?? 0;
        if (entry !== 0) visit(first + index, entry);
      }
    }
  }
}

export function isZeroPage(memory: MachineMemory, address: number): boolean {
  const words = memory.views.u32;
  for (let at = address / 4, end = at + GRANULE_SIZE / 4; at < end; at++) if (words[at] !== 0) return false;
  return true;
}

/** Bytes of page slots in use. */
export const touchedBytes = (memory: MachineMemory): number =>
  (memory.slotCount - memory.freeSlots.length) * GRANULE_SIZE;

/** Starts a new keyframe interval: nothing is dirty, and the next write of every page is noticed. */
export function clearDirty(memory: MachineMemory): void {
  for (const granule of memory.dirty) unflagPage(memory, granule, PageFlag.Dirty);
  memory.dirty.clear();
  memory.onAllClean();
}

export {
  copyBytes,
  peekBytes,
  readBytes,
  readNumber,
  readU8,
  readU16,
  readU32,
  readU64,
  viewGranule,
  writeBytes,
  writeNumber,
  writeU8,
  writeU16,
  writeU32,
  writeU64,
} from './access';
export { regenerateContext } from './mpe';
export { dropAllPages, dropPagesExcept, putPage, releaseZeroPages } from './replace';
