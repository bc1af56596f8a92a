/** What the interpreter imports: the slow way of every memory access. Implemented by `translation/`. */

/** Low two bits of `kind`; the size's logarithm (0 to 6: 1 to 64 bytes) is in bits 4:2, BUS_UNPRIVILEGED etc. above. */
export const BusAccess = { Read: 0, Write: 1, Fetch: 2 } as const;
export type BusAccess = (typeof BusAccess)[keyof typeof BusAccess];

export const BUS_SIZE_SHIFT = 2;
/** LDTR/STTR and friends: checked as EL0. */
export const BUS_UNPRIVILEGED = 1 << 5;
/** Exclusive or atomic: must be aligned, and Device memory refuses it. */
export const BUS_ATOMIC = 1 << 6;
/** Load-acquire/store-release and other accesses that must be aligned (without LSE2). */
export const BUS_ORDERED = 1 << 7;
/** DC ZVA: a whole 64-byte block, alignment is the instruction's. */
export const BUS_ZVA = 1 << 8;

export interface Bus {
  /**
   * Called on a TLB miss, a page crossing or an access that needs a look. The VA comes as two halves (an i64 argument
   * would become a BigInt and cost 15 ns). Returns a WebAssembly address at which the access can be made:
   * - in a page slot: make it there (the TLB has been filled where that is allowed);
   * - in the PE's scratch area (below SCRATCH_END): for reads the bytes are there already (MMIO, two pages); for writes
   *   put them there and call `commit`;
   * - 0: the access faults or the run must stop; EXIT_CODE is set, leave with it.
   *
   * PC and BUDGET (the instructions left, without this one) are in the PE area at the call. To leave after the access
   * and its instruction are complete, set EXIT_CODE to `Leave` and return success. A write to a page flagged as code
   * must invalidate the fetch tag of that page: after every slow access the interpreter looks up its own page again.
   *
   * Fetch: the VA is that of the instruction; return the address in the slot. When the top byte is ignored, store the
   * canonical PC (Arm ARM, AArch64.BranchAddr) in PC before returning: the interpreter reads it back.
   */
  access(pe: number, vaLow: number, vaHigh: number, kind: number): number;
  /** Carries out the write announced by the last `access` of this PE. Returns 0 to leave as `access` does, else 1. */
  commit(pe: number): number;
}
