/** Fields, registers and flags as the interpreter reads them: from the word and from the PE's state at run time. */
import { LAZY_C, LAZY_N, LAZY_V, LAZY_Z, X } from '../layout';
import type { Field } from '../table/row';
import type { FlagValues } from '../table/semantics';
import type { Expr } from '../wasm/expr';
import {
  add,
  and,
  assign,
  eq,
  eqz,
  geS,
  i32,
  i64,
  load,
  local,
  ltS,
  ne,
  not,
  or,
  select,
  shl,
  shrS,
  shrU,
  store,
  wrap,
  xor,
  zeroExtend,
} from '../wasm/expr';
import type { ValueType } from '../wasm/opcodes';
import type { Frame } from './frame';
import type { Handler } from './handlers';
import { CONDITION_TABLE } from './tables';

const fieldNamed = (handler: Handler, name: string): Field => {
  const field = handler.row.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`${handler.row.name}: no field ${name}.`);
  return field;
};

/** Bits of the word moved so that the field starts at `shift`. */
export function fieldOf(frame: Frame, handler: Handler, name: string, shift: number): Expr {
  const settled = handler.settled[name];
  if (settled !== undefined) return i32(settled * 2 ** shift);
  const { low, width } = fieldNamed(handler, name);
  if (frame.record !== undefined && shift === 3 && width === 5 && low <= 5) {
    if (low === 0) return load('i32', 8, frame.record, 2);
    if (low === 5) return load('i32', 8, frame.record, 3);
  }
  const moved = low >= shift ? shrU(frame.word, low - shift) : shl(frame.word, shift - low);
  if (low + width === 32 && low >= shift && shift === 0) return moved;
  return and(moved, (2 ** width - 1) * 2 ** shift);
}

export function signedFieldOf(frame: Frame, handler: Handler, name: string, shift: number): Expr {
  const { low, width } = fieldNamed(handler, name);
  const up = low + width === 32 ? frame.word : shl(frame.word, 32 - low - width);
  return shl(shrS(up, 32 - width), shift);
}

/** Whether a register field is 31: known, or undefined when that is seen only at run time. */
const is31 = (handler: Handler, name: string): boolean | undefined => {
  const settled = handler.settled[`${name}=31`];
  if (settled !== undefined) return settled === 1;
  return handler.row.pure === name ? false : undefined;
};

const registerAddress = (frame: Frame, handler: Handler, name: string): Expr =>
  add(frame.pe, fieldOf(frame, handler, name, 3));

export function readRegister(frame: Frame, handler: Handler, name: string, type: ValueType, offset = 0): Expr {
  if (is31(handler, name) === true) return type === 'i64' ? i64(0) : i32(0);
  return load(type, type === 'i64' ? 64 : 32, registerAddress(frame, handler, name), X + offset);
}

/** Register 31 reads as zero because its slot holds zero: after a write that may have gone there, clear it again. */
export function writeRegister(frame: Frame, handler: Handler, name: string, value: Expr, offset = 0): void {
  const target = is31(handler, name);
  if (target === true) return;
  store(frame.code, 64, registerAddress(frame, handler, name), zeroExtend(value), X + offset);
  if (target === undefined) store(frame.code, 64, frame.pe, i64(0), X + 31 * 8);
}

function addressWithSp(frame: Frame, handler: Handler, name: string): Expr {
  const known = is31(handler, name);
  if (known === true) return frame.stackPointer;
  const general = registerAddress(frame, handler, name);
  if (known === false) return general;
  return select(eq(fieldOf(frame, handler, name, 0), 31), frame.stackPointer, general);
}

/** SP_SELECTED counts from the PE base, a general register from X: the same while X is first in the layout. */
export const readWithSp = (frame: Frame, handler: Handler, name: string, type: ValueType): Expr =>
  load(type, type === 'i64' ? 64 : 32, addressWithSp(frame, handler, name), X);

export const writeWithSp = (frame: Frame, handler: Handler, name: string, value: Expr): void =>
  store(frame.code, 64, addressWithSp(frame, handler, name), zeroExtend(value), X);

export const mayBeSp = (handler: Handler, name: string): boolean => is31(handler, name) !== false;

export const isSp = (frame: Frame, handler: Handler, name: string): Expr =>
  is31(handler, name) === true ? i32(1) : eq(fieldOf(frame, handler, name, 0), 31);

export const readFlags = (pe: Expr): FlagValues => ({
  n: load('i64', 64, pe, LAZY_N),
  z: load('i64', 64, pe, LAZY_Z),
  c: load('i32', 32, pe, LAZY_C),
  v: load('i64', 64, pe, LAZY_V),
});

/** All four are computed before the first is written, since each may read the old ones. */
export function assignFlags(frame: Pick<Frame, 'code' | 'pe' | 'temporary'>, values: FlagValues): void {
  const kept = (value: Expr): Expr => {
    if (value.constant !== undefined) return value;
    const to = frame.temporary(value.type);
    assign(frame.code, to, value);
    return local(to);
  };
  const n = kept(values.n);
  const z = values.z === values.n ? n : kept(values.z);
  const c = kept(values.c);
  const v = kept(values.v);
  store(frame.code, 64, frame.pe, n, LAZY_N);
  store(frame.code, 64, frame.pe, z, LAZY_Z);
  store(frame.code, 32, frame.pe, c, LAZY_C);
  store(frame.code, 64, frame.pe, v, LAZY_V);
}

/** NZCV in bits 31:28. */
export function packFlags(flags: FlagValues): Expr {
  const n = and(wrap(shrU(flags.n, 32)), 1 << 31);
  const v = shl(wrap(shrU(flags.v, 63)), 28);
  return or(or(n, shl(eqz(flags.z), 30)), or(shl(flags.c, 29), v));
}

export function unpackFlags(nzcv: Expr): FlagValues {
  const wide = zeroExtend(nzcv);
  return {
    n: shl(wide, 32),
    z: zeroExtend(and(not(nzcv), 1 << 30)),
    c: and(shrU(nzcv, 29), 1),
    v: shl(wide, 35),
  };
}

/** Truth of a condition known at generation. */
function knownCondition(flags: FlagValues, condition: number): Expr {
  const { n, z, c, v } = flags;
  const differ = xor(n, v);
  switch (condition) {
    case 0:
      return eqz(z);
    case 1:
      return ne(z, 0);
    case 2:
      return c;
    case 3:
      return eqz(c);
    case 4:
      return ltS(n, 0);
    case 5:
      return geS(n, 0);
    case 6:
      return ltS(v, 0);
    case 7:
      return geS(v, 0);
    case 8:
      return and(c, ne(z, 0));
    case 9:
      return or(eqz(c), eqz(z));
    case 10:
      return geS(differ, 0);
    case 11:
      return ltS(differ, 0);
    case 12:
      return and(ne(z, 0), geS(differ, 0));
    case 13:
      return or(eqz(z), ltS(differ, 0));
    default:
      return i32(1);
  }
}

export function conditionHolds(frame: Frame, handler: Handler): Expr {
  const flags = readFlags(frame.pe);
  const settled = handler.settled['cond'];
  if (settled !== undefined) return knownCondition(flags, settled);
  const row = load('i32', 16, fieldOf(frame, handler, 'cond', 1), CONDITION_TABLE);
  return and(shrU(row, shrU(packFlags(flags), 28)), 1);
}

/** Assigns a local of the frame. */
export const put = (frame: Frame, value: Expr): Expr => {
  const to = frame.temporary(value.type);
  assign(frame.code, to, value);
  return local(to);
};
