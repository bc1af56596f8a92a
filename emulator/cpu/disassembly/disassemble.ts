/** One instruction as text, from the instruction table, as LLVM prints it. */
export interface Disassembled {
  /** Mnemonic and operands, separated by one space. */
  readonly text: string;
  readonly mnemonic: string;
  readonly operands: string;
  /** Where a direct branch, ADR, ADRP or a literal load points. */
  readonly target?: bigint;
  /** False when the word is unallocated; the text is then `udf`-like data: `.inst 0x…`. */
  readonly valid: boolean;
}

/** Disassembles a word as if it were at `pc`. Never throws. */
export declare function disassemble(word: number, pc: bigint): Disassembled;
