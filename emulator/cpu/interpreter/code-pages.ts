/**
 * The pool of predecoded code pages: one per page slot that is executed. A code page holds a record per
 * instruction word, zero where the word has not been decoded yet; it depends on the bytes of the slot only.
 */
import {
  CODE_BASE,
  CODE_PAGE_SIZE,
  CODE_PAGES,
  MAX_PES,
  TLB_BANK_ENTRIES,
  TLB_BANKS,
  TLB_BASE,
  TLB_ENTRY_SIZE,
} from '../../memory/map';
import { TLB_CODE, TLB_FETCH_TAG } from '../layout';

export interface CodePages {
  readonly memory: WebAssembly.Memory;
  /** Code page number of a slot address. */
  readonly pageOfSlot: Map<number, number>;
  /** Slot address of each code page, 0 when free. */
  readonly slotOfPage: Uint32Array;
  /** Next candidate for eviction. */
  hand: number;
  /** Number at the end of every code page. */
  readonly endHandler: number;
  /** How often the bytes of each code page's slot have changed since it got it. */
  readonly drops: Uint16Array;
  /** Instructions interpreted in a code page before it is first to be translated, by how often its bytes have changed. */
  threshold: (drops: number) => number;
  /** A code page loses what it stands for. */
  onCleared: (page: number) => void;
}

/** Offsets in a code page: u32, instructions interpreted there, and the number at which the translator is called. */
export const HEAT = 8192 + 16;
export const HEAT_LIMIT = HEAT + 4;
/** In a record: the word has a translation, which `CODE_ENTRIES` gives. */
export const TRANSLATED = 0x8000;
export const HANDLER_MASK = 0x7fff;
/**
 * What CODE_ENTRIES holds for a word: 0, WANTED when a translation went there and found none, or from FIRST_ENTRY on the
 * place in the table of translations above ENTRY_BLOCK_BITS and the number of the block below.
 */
export const ENTRY_BLOCK_BITS = 10;
export const FIRST_ENTRY = 1 << ENTRY_BLOCK_BITS;
export const WANTED = 1;
/** Heat that is never reached: the page is not to be translated. */
export const NEVER = 0x7fff_ffff;

export const createCodePages = (memory: WebAssembly.Memory, endHandler: number): CodePages => ({
  memory,
  pageOfSlot: new Map(),
  slotOfPage: new Uint32Array(CODE_PAGES),
  hand: 0,
  endHandler,
  drops: new Uint16Array(CODE_PAGES),
  threshold: () => NEVER,
  onCleared: () => {},
});

export const addressOfPage = (page: number): number => CODE_BASE + page * CODE_PAGE_SIZE;
const RECORDS = 1024;
/** Bytes of a record: `memory/map.ts`. */
export const RECORD_SIZE = 8;

/** Forgets what was decoded and writes the end mark. */
function clearPage(pages: CodePages, page: number): void {
  const address = addressOfPage(page);
  pages.onCleared(page);
  new Uint8Array(pages.memory.buffer, address, CODE_PAGE_SIZE).fill(0);
  const view = new DataView(pages.memory.buffer);
  view.setUint16(address + RECORDS * RECORD_SIZE, pages.endHandler, true);
  view.setUint32(address + HEAT_LIMIT, pages.threshold(pages.drops[page] ?? 0), true);
}

/** Writes the record of a word at its address in a code page. */
export function putRecord(memory: WebAssembly.Memory, address: number, handler: number, word: number): void {
  const view = new DataView(memory.buffer);
  view.setUint16(address, handler, true);
  view.setUint8(address + 2, (word & 31) * 8);
  view.setUint8(address + 3, ((word >>> 5) & 31) * 8);
  view.setUint32(address + 4, word, true);
}

/** Drops every fetch entry of every TLB that points to a code page. */
function forgetFetchEntries(pages: CodePages, codeAddress: number): void {
  const view = new DataView(pages.memory.buffer);
  const entries = MAX_PES * TLB_BANKS * TLB_BANK_ENTRIES;
  for (let index = 0; index < entries; index++) {
    const entry = TLB_BASE + index * TLB_ENTRY_SIZE;
    if (view.getUint32(entry + TLB_CODE, true) !== codeAddress) continue;
    view.setBigUint64(entry + TLB_FETCH_TAG, 0xffff_ffff_ffff_ffffn, true);
    view.setUint32(entry + TLB_CODE, 0, true);
  }
}

/**
 * The code page of a page slot (WebAssembly addresses of both), made when there is none. When the pool is full the
 * oldest page is evicted; fetch entries of the TLB that point to it are invalidated here.
 */
export function ensure(pages: CodePages, slot: number): number {
  const known = pages.pageOfSlot.get(slot);
  if (known !== undefined) return addressOfPage(known);
  const page = pages.hand;
  pages.hand = (page + 1) % CODE_PAGES;
  const previous = pages.slotOfPage[page]!;
  if (previous !== 0) {
    pages.pageOfSlot.delete(previous);
    forgetFetchEntries(pages, addressOfPage(page));
  }
  pages.slotOfPage[page] = slot;
  pages.pageOfSlot.set(slot, page);
  pages.drops[page] = 0;
  clearPage(pages, page);
  return addressOfPage(page);
}

/** The bytes of the slot changed: what was decoded no longer holds. The pairing of slot and code page stays. */
export function drop(pages: CodePages, slot: number): void {
  const page = pages.pageOfSlot.get(slot);
  if (page === undefined) return;
  pages.drops[page] = Math.min(pages.drops[page]! + 1, 0xffff);
  clearPage(pages, page);
}
