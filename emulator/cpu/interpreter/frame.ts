/** The WebAssembly function that semantics are being written into: the hot loop, or the slow way of one instruction. */
import type { Code, Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import type { ValueType } from '../wasm/opcodes';

export interface Helpers {
  /** (pe, va, kind) → address, 0 on a fault. */
  readonly translate: number;
  /** (pe, va, kind, value) → 0 on a fault. */
  readonly write: number;
  /** (pe, va, kind) → 0 on a fault, else the elements are in PAIR. */
  readonly readPair: number;
  /** (pe, va, kind, first, second) → 0 on a fault. */
  readonly writePair: number;
  /** (PE number) → 0 on a fault. */
  readonly commit: number;
  /** (pe, va, kind, bytes) → address of the bytes, 0 on a fault. */
  readonly readBlock: number;
  /** (pe, va, kind, bytes): writes what is in BLOCK → 0 on a fault. */
  readonly writeBlock: number;
  /** (pe, word): the row's `finish`. */
  readonly finish: number;
}

export interface Frame {
  readonly code: Code;
  /** Absent in the hot loop, which must not call anything: a call there costs every handler its registers. */
  readonly helpers: Helpers | undefined;
  readonly pe: Expr;
  readonly word: Expr;
  /** Hot loop only: address of the predecoded record (`memory/map.ts`). */
  readonly record: Expr | undefined;
  /** WebAssembly address of the TLB bank. */
  readonly bank: Expr;
  /** WebAssembly address of the current stack pointer. */
  readonly stackPointer: Expr;
  pc(): Expr;
  pcAfter(): Expr;
  /** Leaves the instruction without effect; EXIT_CODE is set. */
  fault(): void;
  /** Hot loop only: leaves the instruction without effect, to have it executed the slow way. */
  slow(): void;
  /** Continues at PC + the i32 offset in instruction words times 8. */
  branch(offset: Expr): void;
  jump(target: Expr): void;
  /** Instructions that are left of the budget behind this one. */
  remaining(): Expr;
  /** A local for a value within this handler. */
  temporary(type: ValueType): Local;
}
