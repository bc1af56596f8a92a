/**
 * Where things live inside the one WebAssembly memory of a machine. All figures are byte offsets into that memory.
 * PE state is architectural and saved; the TLBs and the predecoded code are caches, never observable, never saved.
 */

/** Most PEs a machine can have. */
export const MAX_PES = 8;

/** One PE's registers, at the offsets of `cpu/layout.ts`. */
export const PE_AREA_BASE = 0x1000;
export const PE_AREA_SIZE = 0x4000;

/** Below this offset an address returned by the bus is a PE's scratch area, not a page: see `cpu/bus.ts`. */
export const SCRATCH_END = PE_AREA_BASE + MAX_PES * PE_AREA_SIZE;

/** Software TLBs: per PE eight banks of 512 entries of 32 bytes (layout in `cpu/layout.ts`). */
export const TLB_BASE = 0x10_0000;
export const TLB_BANKS = 8;
export const TLB_BANK_ENTRIES = 512;
export const TLB_ENTRY_SIZE = 32;
export const TLB_BANK_SIZE = TLB_BANK_ENTRIES * TLB_ENTRY_SIZE;
export const TLB_PE_SIZE = TLB_BANKS * TLB_BANK_SIZE;

/** Tables the interpreter reads (decode tables), filled once. */
export const TABLES_BASE = 0x20_0000;
/**
 * Predecoded code pages: 1024 records of 8 bytes, one per instruction word, then the mark of the end of the page, counts
 * of the translator, and at CODE_ENTRIES a u32 per instruction word that says where its translation begins.
 * A record is a 16-bit handler number, the register numbers in bits 4:0 and 9:5 of the word times 8, and the word.
 */
export const CODE_BASE = 0x30_0000;
export const CODE_ENTRIES = 8192 + 64;
export const CODE_PAGE_SIZE = CODE_ENTRIES + 4096;
export const CODE_PAGES = 512;

/** Page slots of 4 KiB, to the end of the memory, which grows. */
export const SLOTS_BASE = 0xa0_0000;

export const peBase = (index: number): number => PE_AREA_BASE + index * PE_AREA_SIZE;
export const tlbBankBase = (pe: number, bank: number): number => TLB_BASE + pe * TLB_PE_SIZE + bank * TLB_BANK_SIZE;
