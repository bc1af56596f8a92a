/**
 * A PE's state inside the WebAssembly memory: the one table that the interpreter (through the emitter) and the
 * TypeScript accessors read. Offsets are bytes from `peBase(index)`. All fields are little endian.
 */

/** X0..X30, 8 bytes each. Slot 31 reads as zero for the interpreter and is never written. */
export const X = 0x000;
export const XZR = 0x0f8;
/** SP_EL0..SP_EL3, 8 bytes each. The current stack pointer is the one PSTATE.SP selects. */
export const SP = 0x100;
export const PC = 0x120;
/** u32 each. N is bit 31, Z bit 30, C bit 29, V bit 28 as in SPSR; everything else of PSTATE is in PSTATE_REST. */
export const NZCV = 0x128;
/** u32: PSTATE without NZCV in SPSR_ELx form (DAIF 9:6, M[4:0], SS 21, IL 20, PAN 22, UAO 23, DIT 24, SSBS 12, BTYPE 11:10). */
export const PSTATE_REST = 0x12c;
/** u32: current EL (0 to 3), derived from PSTATE_REST whenever that changes. */
export const CURRENT_EL = 0x130;
/** u32: byte offset from the PE base of the stack pointer in use, one of SP + 8 * n. Derived. */
export const SP_SELECTED = 0x134;
/** u32: WebAssembly address of the TLB bank in use. Derived from EL and security state. */
export const TLB_BANK = 0x138;
/** u32 flags that the interpreter tests: see CPU_FLAG. Derived. */
export const FLAGS = 0x13c;

/**
 * Exclusive monitor: u64 VA (all ones: open), u32 size in bytes, u64 value pair read. A store-exclusive succeeds when VA
 * and size are those of the load and the memory still holds the value (Arm ARM B2.9.5 leaves other VAs of the same PA to
 * the implementation). A VA and not a slot address, so that it means the same after a restore.
 */
export const EXCLUSIVE_ADDRESS = 0x140;
export const EXCLUSIVE_SIZE = 0x148;
export const EXCLUSIVE_VALUE = 0x150;

/** i32: instructions left of the slice while the interpreter runs; spilled before every call out. */
export const BUDGET = 0x160;
/** u32 exit code of `cpu/exit.ts`, the instruction word, and a u64 operand. */
export const EXIT_CODE = 0x164;
export const EXIT_WORD = 0x168;
export const EXIT_ARG0 = 0x170;
/** f64: instructions retired by this PE since reset. */
export const RETIRED = 0x180;
/** u32: page slot of the last fetch that took the slow way. */
export const FETCH_PAGE = 0x188;
/** Inside `run` only. u32: the page slot that the hot loop is in, and the record of an instruction that needs help. */
export const HOT_PAGE = 0x18c;
export const HELP_RECORD = 0x198;
/** u64: the PC of the page that the hot loop is in, less half the address of its code page; u32: that address. */
export const PC_BASE = 0x190;
export const HOT_CODE = 0x19c;

/** 32 bytes for loads and stores that take the slow way: see `cpu/bus.ts`. */
export const SCRATCH = 0x1a0;

/** u32 by TLB bank: the PSTATE.PAN its entries were filled under. Cache state, like the TLB itself. */
export const TLB_PAN = 0x1c0;
/** u32 by TLB bank: set when it may hold entries, so that flushing an empty bank costs nothing. */
export const TLB_FILLED = 0x1c4;
/** u32: the event register of WFE and SEV (Arm ARM D1.6), 0 or 1. */
export const EVENT_REGISTER = 0x1c8;

/** 16 bytes where the two elements of a load pair meet when they took the slow way. */
export const PAIR = 0x1d0;

/** Inside `run` only, NZCV is kept apart: an i64 whose sign is N, one that is zero for Z, one whose sign is V, u32 C. */
export const LAZY_N = 0x1e0;
export const LAZY_Z = 0x1e8;
export const LAZY_V = 0x1f0;
export const LAZY_C = 0x1f8;

/** u32: breakpoints (15:0) and watchpoints (31:16) that are armed (`debug/state.ts`). Derived. */
export const DEBUG_ARMED = 0x1fc;

/** V0..V31, 16 bytes each; FPCR and FPSR are system registers. */
export const V = 0x200;

/** 64 bytes where the elements of a vector load or store meet when it took the slow way. */
export const BLOCK = 0x3f00;
/** u64: operand of an instruction that TypeScript finishes, then its result (`cpu/finish.ts`). */
export const FINISH = 0x3f40;
/** f64: RETIRED when the performance monitors were last brought up to date (`pmu/counting.ts`). */
export const PMU_BASE = 0x3f48;

/** System registers, 8 bytes each, in the order of the register table (`cpu/sysreg/`). */
export const SYSREGS = 0x400;

/**
 * Inside `run` only: PSTATE.BTYPE is that of the second field while BUDGET is still what the first says, else 0, so that
 * only indirect branches write it. Both u32. `run` takes them from PSTATE_REST and puts them back.
 */
export const BTYPE_BUDGET = 0x3e00;
export const BTYPE = 0x3e04;
/** u32: 1 when the page that instructions come from is guarded (FEAT_BTI). Set by whoever enters a page. */
export const GUARDED = 0x3e08;

/** Pointer authentication (`cpu/pauth/`). u32: what it depends on, 0 when that is to be worked out. Derived. */
export const PAUTH_CONFIG = 0x3e0c;
/** u64: the modifier of an operation whose pointer is in FINISH; u32: how it ended. */
export const PAUTH_MODIFIER = 0x3e10;
export const PAUTH_STATUS = 0x3e18;

/** Bits of FLAGS. */
export const CPU_FLAG = {
  /** SCTLR_ELx.A for the current regime: unaligned data accesses fault. */
  ALIGNMENT_CHECK: 1 << 0,
  /** SCTLR_ELx.SA (SA0 at EL0): SP must be 16-byte aligned when used as a base. */
  SP_ALIGNMENT_CHECK: 1 << 1,
  /** The FP and AdvSIMD registers may be used here (CPACR, CPTR). */
  FP_ENABLED: 1 << 2,
  /** Software step is active (MDSCR_EL1.SS, debug exceptions enabled): leave after one instruction. Derived. */
  SINGLE_STEP: 1 << 3,
  /** FEAT_BTI: indirect branches set PSTATE.BTYPE. */
  BRANCH_TYPES: 1 << 4,
} as const;

/** Software TLB entry, 32 bytes. A tag is the VA of the page, or all ones when the entry does not allow that access. */
export const TLB_READ_TAG = 0;
export const TLB_WRITE_TAG = 8;
export const TLB_FETCH_TAG = 16;
/** u32 WebAssembly address of the 4 KiB page slot. */
export const TLB_PAGE = 24;
/** u32 WebAssembly address of the predecoded code page (fetch only). */
export const TLB_CODE = 28;
/**
 * Mark in the fetch tag of a guarded page (FEAT_BTI), so that it is entered only by who knows how to check: the
 * interpreter, and not the translator.
 */
export const TLB_GUARDED = 2n;
/** A tag that matches no page: page VAs have zero in bits 11:0. */
export const TLB_NO_TAG = 0xffff_ffff_ffff_ffffn;

/** Bank of a regime: EL0..EL3 of the current Non-secure or Secure state are 0..3, EL0..EL2 of Realm are 4..6. */
export const tlbBankOf = (el: number, realm: boolean): number => (realm && el < 3 ? 4 + el : el);
