/** The shape of an instruction row, and how its encoding is written. */
import type { VectorState } from '../vector-state';
import type { Feature } from './features';
import type { Semantics } from './semantics';

/** Values of the named fields of one instruction word. */
export type Fields = Readonly<Record<string, number>>;

export interface Field {
  readonly name: string;
  readonly low: number;
  readonly width: number;
}

/** Something about the fields that is settled before the semantics are written: one handler for each value. */
export interface Split {
  readonly name: string;
  readonly count: number;
  of(fields: Fields): number;
}

export interface RowParts {
  /** As the Arm ARM names it, e.g. `ADD (immediate)`. */
  readonly name: string;
  /** Section of the Arm ARM, by its group of encodings. */
  readonly section: string;
  readonly feature?: Feature;
  /** Bits 31 to 0: literal bits and `name:width` fields (`name` alone is one bit), separated by spaces. */
  readonly encoding: string;
  /** False where the fields make an unallocated encoding. */
  readonly where?: (fields: Fields) => boolean;
  /** Field names and predicates that are settled at generation. */
  readonly split?: readonly (string | Split)[];
  /** The only effect is to write this general register (31 is XZR): register 31 makes the instruction a NOP. */
  readonly pure?: string;
  /** Rare or large: gets a function of its own beside the interpreter's switch. Must not touch the flags or branch. */
  readonly outline?: boolean;
  /** Uses FP and AdvSIMD registers: leaves with Exit.FpTrap where they are trapped. Implies `outline`. */
  readonly fp?: boolean;
  readonly emit: (s: Semantics) => void;
  /** What `Semantics.finish` stands for: the rest of the instruction on the V registers, FPSR and one operand. */
  readonly finish?: (state: VectorState, fields: Fields) => void;
  /** Mnemonic and operands, separated by a space; the preferred alias. */
  readonly text: (fields: Fields, pc: bigint) => string;
}

export interface Row {
  readonly name: string;
  readonly section: string;
  readonly feature: Feature;
  readonly mask: number;
  readonly value: number;
  readonly fields: readonly Field[];
  readonly where: ((fields: Fields) => boolean) | undefined;
  readonly splits: readonly Split[];
  readonly pure: string | undefined;
  readonly outline: boolean;
  readonly fp: boolean;
  readonly emit: (s: Semantics) => void;
  readonly finish: ((state: VectorState, fields: Fields) => void) | undefined;
  readonly text: (fields: Fields, pc: bigint) => string;
}

/** Settled: whether a register field names register 31. */
export const is31 = (field: string): Split => ({
  name: `${field}=31`,
  count: 2,
  of: (fields) => (fields[field] === 31 ? 1 : 0),
});

export function row(parts: RowParts): Row {
  let mask = 0;
  let value = 0;
  let low = 32;
  const fields: Field[] = [];
  for (const token of parts.encoding.split(' ')) {
    if (/^[01]+$/.test(token)) {
      low -= token.length;
      mask |= ((2 ** token.length - 1) << low) >>> 0;
      value |= Number.parseInt(token, 2) << low;
      continue;
    }
    const [name, width] = token.split(':');
    low -= Number(width ?? 1);
    if (name !== '_') fields.push({ name: name!, low, width: Number(width ?? 1) });
  }
  if (low !== 0) throw new Error(`${parts.name}: encoding has ${32 - low} bits.`);
  const splits = (parts.split ?? []).map((split): Split => {
    if (typeof split !== 'string') return split;
    const field = fields.find((candidate) => candidate.name === split);
    if (field === undefined) throw new Error(`${parts.name}: no field ${split}.`);
    return { name: split, count: 2 ** field.width, of: (values) => values[split]! };
  });
  return {
    name: parts.name,
    section: parts.section,
    feature: parts.feature ?? 'base',
    mask: mask >>> 0,
    value: value >>> 0,
    fields,
    where: parts.where,
    splits,
    pure: parts.pure,
    outline: parts.outline ?? parts.fp ?? false,
    fp: parts.fp ?? false,
    emit: parts.emit,
    finish: parts.finish,
    text: parts.text,
  };
}

export function fieldsOf(of: Row, word: number): Fields {
  const values: Record<string, number> = {};
  for (const { name, low, width } of of.fields) values[name] = (word >>> low) & (2 ** width - 1);
  return values;
}

/** Sign-extends the low `width` bits. */
export const signed = (value: number, width: number): number => (value << (32 - width)) >> (32 - width);
