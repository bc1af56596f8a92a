/** FEAT_BTI as the interpreter sees it: PSTATE.BTYPE, and which instructions accept it (Arm ARM D8.4.5, C6.2.42). */
import { BTYPE, BTYPE_BUDGET, BUDGET, CPU_FLAG, FLAGS } from '../layout';
import type { Expr } from '../wasm/expr';
import { and, eq, eqz, i32, load, ltU, ne, or, select, shl, shrU } from '../wasm/expr';

/** PSTATE.BTYPE is bits 11:10 of SPSR_ELx. */
export const BTYPE_SHIFT = 10;

/** PSTATE.BTYPE inside `run`, where BUDGET is up to date. */
export function branchType(pe: Expr): Expr {
  const fresh = eq(load('i32', 32, pe, BTYPE_BUDGET), load('i32', 32, pe, BUDGET));
  const has = ne(and(load('i32', 32, pe, FLAGS), CPU_FLAG.BRANCH_TYPES), 0);
  return select(and(fresh, has), load('i32', 32, pe, BTYPE), i32(0));
}

/** BTI with its operand in bits 7:6. */
const BTI = { mask: 0xffff_ff3f, value: 0xd503_241f } as const;
/** PACIASP and PACIBSP. */
const PAC_SP = { mask: 0xffff_ffbf, value: 0xd503_233f } as const;
/** By the operand of BTI (none, c, j, jc), four bits each: which BTYPEs it accepts. */
const ACCEPTED = 0xfb71;

const is = (word: Expr, { mask, value }: { readonly mask: number; readonly value: number }): Expr =>
  eq(and(word, mask | 0), value | 0);

/**
 * i32 truth: the word in a guarded page, entered with this PSTATE.BTYPE, is not one that accepts it without a look at
 * SCTLR_ELx. `acceptsBranch` has the whole rule.
 */
export const refusesBranch = (pe: Expr, word: Expr): Expr => refuses(branchType(pe), word);

/** The same with a PSTATE.BTYPE that is known. */
export function refuses(type: Expr, word: Expr): Expr {
  const bit = or(shl(and(shrU(word, 6), 3), 2), type);
  const landing = and(is(word, BTI), shrU(i32(ACCEPTED), bit));
  const signing = and(is(word, PAC_SP), ltU(type, 3));
  return and(ne(type, 0), eqz(and(or(landing, signing), 1)));
}

/** The whole rule: `paciRefuses` is SCTLR_ELx.BT (BT0 at EL0), by which PACIxSP does not accept BTYPE 0b11. */
export function acceptsBranch(word: number, type: number, paciRefuses: boolean): boolean {
  if (type === 0) return true;
  if ((word & BTI.mask) >>> 0 === BTI.value) return ((ACCEPTED >>> (((word >>> 6) & 3) * 4 + type)) & 1) === 1;
  if ((word & PAC_SP.mask) >>> 0 === PAC_SP.value) return type !== 3 || !paciRefuses;
  // BRK and HLT: their own exceptions come first.
  const exception = (word & 0xffe0_001f) >>> 0;
  return exception === 0xd420_0000 || exception === 0xd440_0000;
}
