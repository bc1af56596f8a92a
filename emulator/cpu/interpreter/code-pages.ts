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
}

export const createCodePages = (memory: WebAssembly.Memory, endHandler: number): CodePages => ({
  memory,
  pageOfSlot: new Map(),
  slotOfPage: new Uint32Array(CODE_PAGES),
  hand: 0,
  endHandler,
});

const addressOfPage = (page: number): number => CODE_BASE + page * CODE_PAGE_SIZE;
const RECORDS = 1024;
/** Bytes of a record: `memory/map.ts`. */
export const RECORD_SIZE = 8;

/** Forgets what was decoded and writes the end mark. */
function clearPage(pages: CodePages, page: number): void {
  const address = addressOfPage(page);
  new Uint8Array(pages.memory.buffer, address, RECORDS * RECORD_SIZE).fill(0);
  new DataView(pages.memory.buffer).setUint16(address + RECORDS * RECORD_SIZE, pages.endHandler, true);
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
  clearPage(pages, page);
  return addressOfPage(page);
}

/** The bytes of the slot changed: what was decoded no longer holds. The pairing of slot and code page stays. */
export function drop(pages: CodePages, slot: number): void {
  const page = pages.pageOfSlot.get(slot);
  if (page !== undefined) clearPage(pages, page);
}
