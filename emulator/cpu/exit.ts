/**
 * Why the interpreter returned to the run loop. At every exit but BUDGET the PC is that of the instruction that caused
 * it, which has had no effect and is not yet counted; TypeScript finishes or faults it.
 */
export const Exit = {
  /** The slice is used up. */
  Budget: 0,
  /** SVC, HVC, SMC, BRK, HLT: EXIT_ARG0 = the 16-bit immediate. */
  Svc: 1,
  Hvc: 2,
  Smc: 3,
  Brk: 4,
  Hlt: 5,
  /** Unallocated, or not advertised: UNDEFINED. EXIT_WORD = the word. */
  Undefined: 6,
  /** ERET at any EL. */
  Eret: 7,
  /** MRS, MSR (register or immediate), SYS, SYSL that are not done in WebAssembly: EXIT_WORD = the word. */
  System: 8,
  /** WFI, WFE (and WFIT, WFET), SEV, SEVL: EXIT_WORD = the word. */
  Wait: 9,
  Event: 10,
  /** A fetch or data access that the bus refused; the bus has recorded the fault (`translation/fault.ts`). */
  Fault: 11,
  /** The bus saw the fetch enter a page with a code breakpoint. */
  BreakpointPage: 12,
  /** SP (EXIT_ARG0) or PC not aligned. */
  SpAlignment: 13,
  PcAlignment: 14,
  /** PSTATE.IL is set. */
  IllegalState: 15,
  /** FP or AdvSIMD used where CPACR_EL1, CPTR_EL2 or CPTR_EL3 traps it. */
  FpTrap: 16,
  /** Advertised but not built: the run stops with a message (design rule 7). EXIT_WORD = the word. */
  NotBuilt: 17,
  /** The bus asked to leave after a completed access (a store to a watched page, a device that stops the run). */
  Leave: 18,
  /** The first instruction behind an indirect branch into a guarded page does not accept PSTATE.BTYPE. */
  BranchTarget: 19,
  /** A pointer authentication instruction traps or fails; PAUTH_STATUS says which. */
  PointerAuthentication: 20,
  /** A memory copy or memory set instruction: EXIT_WORD = the word. */
  MemoryCopy: 21,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];
