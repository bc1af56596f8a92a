/** Expressions that find a TLB entry. */
import { PE_AREA_BASE, PE_AREA_SIZE, TLB_BANK_ENTRIES, TLB_ENTRY_SIZE } from '../../memory/map';
import type { Expr } from '../wasm/expr';
import { add, and, i32, shrU, sub, wrap } from '../wasm/expr';

/** Bits of a VA that a tag is compared with. */
export const PAGE_ACCESS_MASK = 0xffff_ffff_ffff_f000n;

const ENTRY_SHIFT = Math.log2(TLB_ENTRY_SIZE);

/** Address of the entry of a VA: bits 20:12 are its number. */
export const tlbEntry = (bank: Expr, va: Expr): Expr =>
  add(bank, and(wrap(shrU(va, 12 - ENTRY_SHIFT)), (TLB_BANK_ENTRIES - 1) * TLB_ENTRY_SIZE));

/** Number of a PE from the address of its state. */
export const peNumber = (pe: Expr): Expr => shrU(sub(pe, i32(PE_AREA_BASE)), Math.log2(PE_AREA_SIZE));
