/**
 * What an instruction row writes its semantics against. The interpreter reads fields from the word and registers from
 * memory at run time; a translator can give constants and locals instead. Rows never see the difference.
 */
import type { Code } from '../wasm/code';
import type { Expr, Operand } from '../wasm/expr';
import type { ValueType } from '../wasm/opcodes';

export interface FlagValues {
  /** i64 whose sign bit is N. */
  readonly n: Expr;
  /** i64 that is zero when Z is set. */
  readonly z: Expr;
  /** i32, 0 or 1. */
  readonly c: Expr;
  /** i64 whose sign bit is V. */
  readonly v: Expr;
}

export interface AccessOptions {
  /** log2 of the size in bytes: 0 to 4. */
  readonly size: number;
  /** LDTR, STTR: as EL0. */
  readonly unprivileged?: boolean;
  /** Exclusive and atomic: must be aligned. */
  readonly atomic?: boolean;
  /** Load-acquire, store-release: must be aligned. */
  readonly ordered?: boolean;
}

export type LaneBits = 8 | 16 | 32 | 64;

export interface Semantics {
  readonly code: Code;
  /** WebAssembly address of the PE's state. */
  readonly pe: Expr;
  /** Value of a split of the row. */
  known(name: string): number;
  /** A field as an i32, moved left by `shift`; a constant when it is settled. */
  field(name: string, shift?: number): Expr;
  /** The same, by its sign. */
  signedField(name: string, shift?: number): Expr;
  /** Keeps a value in a local, for use in several places or before what it reads changes. */
  keep(value: Expr): Expr;
  if(condition: Expr, then: () => void, otherwise?: () => void): void;

  /** A general register; 31 is zero. */
  x(field: string): Expr;
  /** Its low half. */
  w(field: string): Expr;
  /** x or w by type. */
  r(field: string, type: ValueType): Expr;
  /** The register after this one (CASP), as an i64; the field is even. */
  xNext(field: string): Expr;
  setXNext(field: string, value: Expr): void;
  /** The same with 31 as the current stack pointer. */
  rsp(field: string, type: ValueType): Expr;
  /** Writes a register; an i32 is zero-extended. Writes to 31 are dropped. */
  set(field: string, value: Expr): void;
  setSp(field: string, value: Expr): void;
  setX30(value: Expr): void;
  /** Xn by number (0 to 30), for instructions that name no register. */
  general(n: number): Expr;
  setGeneral(n: number, value: Expr): void;
  /** The current stack pointer, an i64. */
  stackPointer(): Expr;
  /** A base register as an address, in a local; leaves when SP is misaligned and that is checked. */
  base(field: string): Expr;

  flags(): FlagValues;
  setFlags(flags: FlagValues): void;
  /** The flags of a sum or a difference; both operands and the result are kept values. */
  arithmeticFlags(kind: 'add' | 'sub', a: Expr, b: Expr, result: Expr): void;
  /** N and Z of a kept value, C and V clear. */
  logicalFlags(result: Expr): void;
  /** CCMN, CCMP: where the condition in field `cond` holds the flags of a sum or difference, else those in field `nzcv`. */
  compareWhen(kind: 'add' | 'sub', a: Expr, b: Expr): void;
  /** i32 truth of the condition in field `cond`. */
  holds(): Expr;
  /** NZCV as in SPSR, bits 31:28 of an i32, and back. */
  nzcv(): Expr;
  setNzcv(value: Expr): void;

  /** The value of a logical immediate (fields N, immr, imms), replicated to 64 bits. */
  logicalImmediate(): Expr;
  /** One step of CRC32 (or CRC32C) over `bytes` bytes of an i64. */
  crc(castagnoli: boolean, bytes: number, accumulator: Expr, value: Expr): Expr;

  /** Address of this instruction. */
  pc(): Expr;
  /** Address of the next one. */
  pcAfter(): Expr;
  /** Goes to PC + the signed field * 4 and ends the instruction. */
  branch(field: string): void;
  /** Goes to an address and ends the instruction. */
  jump(target: Expr): void;
  /** PSTATE.BTYPE of the next instruction (FEAT_BTI), written before `jump`; behind everything else it is zero. */
  setBtype(value: Expr): void;
  /** i32: 1 when this instruction comes from a guarded page. Constant 0 where guarded pages are left to others. */
  guarded(): Expr;

  /** Reads memory: a value of `type`, by its sign when asked. Leaves when it faults. */
  read(type: ValueType, address: Expr, options: AccessOptions, signed?: boolean): Expr;
  /** Writes memory. Leaves when it faults, in which case nothing was written. */
  write(address: Expr, value: Expr, options: AccessOptions): void;
  /** Two elements of 2^size bytes: both accesses are checked before either has an effect. */
  readPair(type: ValueType, address: Expr, size: number, signed?: boolean): readonly [Expr, Expr];
  writePair(address: Expr, first: Expr, second: Expr, size: number): void;
  /**
   * Read, compute, write, with both checked before the write. `compute` gets the old values (a pair when `size` is 4)
   * and returns the new ones, or undefined for none; `unless` is true when nothing is to be written.
   */
  atomic(
    address: Expr,
    size: number,
    compute: (old: readonly Expr[]) => { readonly values: readonly Expr[]; readonly unless?: Expr },
  ): void;
  /** LDXR, LDXP: reads and arms the monitor. */
  readExclusive(address: Expr, size: number): readonly Expr[];
  /** STXR, STXP: an i32, 0 when stored and 1 when not. */
  writeExclusive(address: Expr, size: number, values: readonly Expr[]): Expr;
  clearExclusive(): void;

  /** Vn, where n is the field plus `plus`, modulo 32: a v128. */
  v(field: string, plus?: number): Expr;
  /** Writes all 128 bits of Vn. */
  setV(field: string, value: Expr, plus?: number): void;
  /** An element of Vn as an integer, by its sign when asked; the index may be known at run time only. */
  lane(field: string, type: 'i32' | 'i64', bits: LaneBits, index: number | Expr, signed?: boolean, plus?: number): Expr;
  /** Writes one element (the low bits of an integer) and leaves the others. */
  setLane(field: string, bits: LaneBits, index: number | Expr, value: Expr, plus?: number): void;
  /** The low 32 or 64 bits of Vn as an f32 or f64. */
  f(field: string, type: 'f32' | 'f64'): Expr;
  /** Writes an i32, i64, f32 or f64 to the low bits of Vn and zero to the rest of its 128 bits. */
  setScalar(field: string, value: Expr): void;
  /** FPCR and FPSR, i32. */
  fpcr(): Expr;
  fpsr(): Expr;
  /** Sets bits of FPSR (an i32), which are cumulative. */
  orFpsr(bits: Expr): void;
  /**
   * WebAssembly address at which `bytes` bytes of memory (at most 64, a multiple of the element) can be read until the
   * next access. Each element of 2^size bytes is aligned where that is checked. Leaves when any of them faults.
   */
  readVector(address: Expr, bytes: number, size: number): Expr;
  /**
   * Writes `bytes` bytes of memory, checked as by `readVector` before any is written. `fill` puts all of them at the
   * WebAssembly address it is given.
   */
  writeVector(address: Expr, bytes: number, size: number, fill: (to: Expr) => void): void;
  /**
   * Has the row's `finish` do the rest in TypeScript, with an i64 as its operand; the i64 it may give back can be read
   * until the next such call. It sees V registers, FPCR and FPSR; it neither faults nor moves PC.
   */
  finish(operand?: Expr): Expr;

  /** Leaves without effect, for TypeScript to finish. */
  exit(code: number, argument?: Operand): void;
}
