/** One instruction as text, from the instruction table, as LLVM prints it. */
import { fieldsOf } from '../table/row';
import { rowOf } from '../table/table';
import { hex } from '../table/text';

export interface Disassembled {
  /** Mnemonic and operands, separated by one space. */
  readonly text: string;
  readonly mnemonic: string;
  readonly operands: string;
  /** Where a direct branch, ADR, ADRP or a literal load points. */
  readonly target?: bigint;
  /** False when the word is unallocated or not built; the text is then the word as data. */
  readonly valid: boolean;
}

/** Rows whose last operand is an address made from PC. */
const POINTS = /^(B|BL|B\.cond|CBN?Z|TBN?Z|ADRP?)$|\(literal/;

/** Disassembles a word as if it were at `pc`. Never throws. */
export function disassemble(word: number, pc: bigint): Disassembled {
  const row = rowOf(word >>> 0);
  if (row === undefined) {
    const operands = hex(word >>> 0);
    return { text: `.inst ${operands}`, mnemonic: '.inst', operands, valid: false };
  }
  const text = row.text(fieldsOf(row, word), pc);
  const space = text.indexOf(' ');
  const mnemonic = space < 0 ? text : text.slice(0, space);
  const operands = space < 0 ? '' : text.slice(space + 1);
  const base = { text, mnemonic, operands, valid: true };
  return POINTS.test(row.name) ? { ...base, target: BigInt(operands.slice(operands.lastIndexOf('0x'))) } : base;
}
