/** The WebAssembly function that semantics are being written into: the run loop, or the rare instructions beside it. */
import type { Code, Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import type { ValueType } from '../wasm/opcodes';

export interface Helpers {
  /** (pe, bank, va, kind, budget, pc) → address in the low half, 0 on a fault, budget in the high half. */
  readonly translate: number;
  /** (pe, bank, va, kind, value, budget, pc) → budget, or its complement on a fault. */
  readonly write: number;
  /** (pe, bank, va, kind, budget, pc) → budget, or its complement; the elements are then in PAIR. */
  readonly readPair: number;
  /** (pe, bank, va, kind, first, second, budget, pc) → budget, or its complement. */
  readonly writePair: number;
  /** (pe number) → 0 on a fault. */
  readonly commit: number;
}

export interface FlagLocals {
  readonly n: Local;
  readonly z: Local;
  readonly c: Local;
  readonly v: Local;
}

export interface Frame {
  readonly code: Code;
  readonly helpers: Helpers;
  readonly pe: Expr;
  readonly word: Expr;
  /** WebAssembly address of the TLB bank. */
  readonly bank: Expr;
  /** WebAssembly address of the current stack pointer. */
  readonly stackPointer: Expr;
  /** Instructions left, the current one already counted. */
  readonly budget: Local;
  readonly flags: FlagLocals | undefined;
  pc(): Expr;
  pcAfter(): Expr;
  /** Leaves the instruction without effect; EXIT_CODE is set. */
  fault(): void;
  /** Continues at PC + the i32 offset in instruction words times two. */
  branch(offset: Expr): void;
  jump(target: Expr): void;
  /** A local for a value within this handler. */
  temporary(type: ValueType): Local;
}
