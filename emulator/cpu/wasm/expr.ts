/**
 * Integer expressions as small trees that write themselves into a function body. Constants are folded, so that the same
 * description yields a short sequence when its fields are known. An expression may be written more than once; it has no
 * effect, but reads what it names at the place where it is written.
 */
import type { Code, Local } from './code';
import type { ValueType } from './opcodes';
import { Op, Pair } from './opcodes';

export interface Expr {
  readonly type: ValueType;
  /** The value when it is known, modulo 2^32 or 2^64. */
  readonly constant?: bigint;
  write(code: Code): void;
}

/** An expression, or a constant of the other operand's type. */
export type Operand = Expr | number | bigint;

const width = (type: ValueType): number => (type === 'i32' ? 32 : 64);
const wrapTo = (type: ValueType, value: bigint): bigint => BigInt.asUintN(width(type), value);

export function constant(type: ValueType, value: number | bigint): Expr {
  const exact = wrapTo(type, BigInt(value));
  return {
    type,
    constant: exact,
    write: type === 'i32' ? (code) => code.i32(Number(BigInt.asIntN(32, exact))) : (code) => code.i64(exact),
  };
}

export const i32 = (value: number | bigint): Expr => constant('i32', value);
export const i64 = (value: number | bigint): Expr => constant('i64', value);
export const local = (from: Local): Expr => ({ type: from.type, write: (code) => code.get(from) });

const isExpr = (operand: Operand): operand is Expr => typeof operand === 'object';

function typed(a: Operand, b: Operand): [Expr, Expr] {
  if (isExpr(a)) return [a, isExpr(b) ? b : constant(a.type, b)];
  if (isExpr(b)) return [constant(b.type, a), b];
  throw new TypeError('An operation on two bare constants has no type.');
}

function binaryWith(name: keyof typeof Pair, fold?: (a: bigint, b: bigint, type: ValueType) => bigint) {
  return (left: Operand, right: Operand): Expr => {
    const [a, b] = typed(left, right);
    if (a.type !== b.type) throw new TypeError(`${name} on ${a.type} and ${b.type}.`);
    if (fold !== undefined && a.constant !== undefined && b.constant !== undefined) {
      return constant(a.type, fold(a.constant, b.constant, a.type));
    }
    return {
      type: a.type,
      write(code) {
        a.write(code);
        b.write(code);
        code.op(Pair[name][a.type === 'i32' ? 0 : 1]);
      },
    };
  };
}

/** Leaves `a` alone when the other operand is neutral. */
function dropZero(operation: (a: Operand, b: Operand) => Expr) {
  return (a: Operand, b: Operand): Expr => {
    if (isExpr(a) && (isExpr(b) ? b.constant === 0n : BigInt(b) === 0n)) return a;
    return operation(a, b);
  };
}

const comparison = (name: keyof typeof Pair) => {
  const operation = binaryWith(name);
  return (a: Operand, b: Operand): Expr => ({ type: 'i32', write: (code) => operation(a, b).write(code) });
};

const amount = (count: bigint, type: ValueType): bigint => count % BigInt(width(type));

export const add = dropZero(binaryWith('add', (a, b) => a + b));
export const sub = dropZero(binaryWith('sub', (a, b) => a - b));
export const mul = binaryWith('mul', (a, b) => a * b);
export const divS = binaryWith('divS');
export const divU = binaryWith('divU');
export const and = binaryWith('and', (a, b) => a & b);
export const or = dropZero(binaryWith('or', (a, b) => a | b));
export const xor = dropZero(binaryWith('xor', (a, b) => a ^ b));
export const shl = dropZero(binaryWith('shl', (a, b, type) => a << amount(b, type)));
export const shrU = dropZero(binaryWith('shrU', (a, b, type) => a >> amount(b, type)));
export const shrS = dropZero(binaryWith('shrS', (a, b, type) => BigInt.asIntN(width(type), a) >> amount(b, type)));
export const rotr = dropZero(binaryWith('rotr'));
export const eq = comparison('eq');
export const ne = comparison('ne');
export const ltU = comparison('ltU');
export const leU = comparison('leU');
export const gtU = comparison('gtU');
export const geU = comparison('geU');
export const ltS = comparison('ltS');
export const leS = comparison('leS');
export const geS = comparison('geS');

const unary =
  (name: keyof typeof Pair) =>
  (a: Expr): Expr => ({
    type: a.type,
    write(code) {
      a.write(code);
      code.op(Pair[name][a.type === 'i32' ? 0 : 1]);
    },
  });

export const clz = unary('clz');
export const popcnt = unary('popcnt');
export const ctz = unary('ctz');
export const eqz = (a: Expr): Expr => ({ ...unary('eqz')(a), type: 'i32' });
export const not = (a: Expr): Expr => xor(a, -1);
export const negate = (a: Expr): Expr => sub(constant(a.type, 0), a);

const convert =
  (type: ValueType, opcode: number, fold: (value: bigint) => bigint) =>
  (a: Expr): Expr => {
    if (a.constant !== undefined) return constant(type, fold(a.constant));
    return {
      type,
      write(code) {
        a.write(code);
        code.op(opcode);
      },
    };
  };

/** i64 to i32; an i32 stays as it is. */
export const wrap = (a: Expr): Expr => (a.type === 'i32' ? a : convert('i32', Op.I32WrapI64, (value) => value)(a));
/** i32 to i64 with zeros; an i64 stays as it is. */
export const zeroExtend = (a: Expr): Expr =>
  a.type === 'i64' ? a : convert('i64', Op.I64ExtendI32U, (value) => value)(a);
/** i32 to i64 by its sign; an i64 stays as it is. */
export const signExtend = (a: Expr): Expr =>
  a.type === 'i64' ? a : convert('i64', Op.I64ExtendI32S, (value) => BigInt.asIntN(32, value))(a);
/** The low 8, 16 or 32 bits by their sign, in the expression's own type. */
export function signExtendLow(bits: 8 | 16 | 32, a: Expr): Expr {
  if (bits === 32) return a.type === 'i32' ? a : convert('i64', Op.I64Extend32S, (v) => BigInt.asIntN(32, v))(a);
  const opcode =
    a.type === 'i32' ? (bits === 8 ? Op.I32Extend8S : Op.I32Extend16S) : bits === 8 ? Op.I64Extend8S : Op.I64Extend16S;
  return convert(a.type, opcode, (value) => BigInt.asIntN(bits, value))(a);
}

/** `condition ? a : b`, both evaluated. */
export function select(condition: Expr, a: Operand, b: Operand): Expr {
  const [left, right] = typed(a, b);
  return {
    type: left.type,
    write(code) {
      left.write(code);
      right.write(code);
      condition.write(code);
      code.op(Op.Select);
    },
  };
}

const LOADS: Record<string, number> = {
  i32u8: Op.I32Load8U,
  i32s8: Op.I32Load8S,
  i32u16: Op.I32Load16U,
  i32s16: Op.I32Load16S,
  i32u32: Op.I32Load,
  i32s32: Op.I32Load,
  i64u8: Op.I64Load8U,
  i64s8: Op.I64Load8S,
  i64u16: Op.I64Load16U,
  i64s16: Op.I64Load16S,
  i64u32: Op.I64Load32U,
  i64s32: Op.I64Load32S,
  i64u64: Op.I64Load,
  i64s64: Op.I64Load,
};

const STORES: Record<string, number> = {
  i32x8: Op.I32Store8,
  i32x16: Op.I32Store16,
  i32x32: Op.I32Store,
  i64x8: Op.I64Store8,
  i64x16: Op.I64Store16,
  i64x32: Op.I64Store32,
  i64x64: Op.I64Store,
};

/** Reads `bits` at a WebAssembly address plus a static offset. */
export function load(type: ValueType, bits: number, address: Expr, offset = 0, signed = false): Expr {
  const opcode = LOADS[`${type}${signed ? 's' : 'u'}${bits}`];
  if (opcode === undefined) throw new TypeError(`No load of ${bits} bits into ${type}.`);
  return {
    type,
    write(code) {
      address.write(code);
      code.memory(opcode, offset);
    },
  };
}

/** Writes the low `bits` of a value at a WebAssembly address plus a static offset. A statement. */
export function store(code: Code, bits: number, address: Expr, value: Expr, offset = 0): void {
  const opcode = STORES[`${value.type}x${bits}`];
  if (opcode === undefined) throw new TypeError(`No store of ${bits} bits from ${value.type}.`);
  address.write(code);
  value.write(code);
  code.memory(opcode, offset);
}

/** Assigns a local. A statement. */
export function assign(code: Code, to: Local, value: Expr): void {
  value.write(code);
  code.set(to);
}
