/** Arithmetic written once for a number and for a vector of numbers, with error-free transforms on it. */
import type { Expr } from './expr';
import { and, constant, eq, ltS, or, select, shl, shrU, sub, xor } from './expr';
import type { FloatOp } from './float-expr';
import { float, floatConstant } from './float-expr';
import type { VectorOp } from './vector-expr';
import { shuffle, v128, vector } from './vector-expr';

export type Lanes = 'f32' | 'f64' | 'f32x4' | 'f64x2';
export type WideLanes = 'f64' | 'f64x2';

/** Keeps a value in a local. */
export type Keep = (value: Expr) => Expr;

type Operation = 'add' | 'sub' | 'mul' | 'div' | 'sqrt' | 'abs' | 'neg' | 'min' | 'max' | Rounding | Comparison;
type Rounding = 'ceil' | 'floor' | 'trunc' | 'nearest';
type Comparison = 'eq' | 'ne' | 'lt' | 'gt' | 'le' | 'ge';

export const isVector = (lanes: Lanes): boolean => lanes === 'f32x4' || lanes === 'f64x2';
export const isSingle = (lanes: Lanes): boolean => lanes === 'f32' || lanes === 'f32x4';

/** An operation on all lanes. A comparison gives a mask: an i32 of a number, all ones or zeros in each lane of a vector. */
export const on = (lanes: Lanes, name: Operation, ...operands: readonly Expr[]): Expr =>
  isVector(lanes)
    ? vector(`${lanes}.${name}` as VectorOp, ...operands)
    : float(`${lanes}.${name}` as FloatOp, ...operands);

const scratch = new DataView(new ArrayBuffer(8));

/** The encoding of a number in a lane. */
function encoding(lanes: Lanes, value: number): bigint {
  if (isSingle(lanes)) {
    scratch.setFloat32(0, value);
    return BigInt(scratch.getUint32(0));
  }
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

/** The same bits in every lane of a vector. */
const everywhere = (lanes: Lanes, bits: bigint): Expr => {
  const width = isSingle(lanes) ? 32n : 64n;
  const one = BigInt.asUintN(Number(width), bits);
  return v128(isSingle(lanes) ? one | (one << 32n) | (one << 64n) | (one << 96n) : one | (one << 64n));
};

export const number = (lanes: Lanes, value: number): Expr =>
  isVector(lanes) ? everywhere(lanes, encoding(lanes, value)) : floatConstant(isSingle(lanes) ? 'f32' : 'f64', value);

export const both = (a: Expr, b: Expr): Expr => (a.type === 'v128' ? vector('v128.and', a, b) : and(a, b));
export const either = (a: Expr, b: Expr): Expr => (a.type === 'v128' ? vector('v128.or', a, b) : or(a, b));
/** Whether a mask holds in every lane, or in some: an i32. */
export const every = (mask: Expr): Expr => (mask.type === 'v128' ? vector('i32x4.all_true', mask) : mask);
export const some = (mask: Expr): Expr => (mask.type === 'v128' ? vector('v128.any_true', mask) : mask);
export const choose = (mask: Expr, a: Expr, b: Expr): Expr =>
  mask.type === 'v128' ? vector('v128.bitselect', a, b, mask) : select(mask, a, b);

/** The encodings of the lanes, for operations on integers, and back. */
export const bitsOf = (lanes: Lanes, value: Expr): Expr =>
  isVector(lanes) ? value : float(lanes === 'f32' ? 'i32.reinterpret_f32' : 'i64.reinterpret_f64', value);
export const fromBits = (lanes: Lanes, bits: Expr): Expr =>
  isVector(lanes) ? bits : float(lanes === 'f32' ? 'f32.reinterpret_i32' : 'f64.reinterpret_i64', bits);

const integers = (lanes: Lanes): 'i32x4' | 'i64x2' => (lanes === 'f32x4' ? 'i32x4' : 'i64x2');
const integerType = (lanes: Lanes): 'i32' | 'i64' => (lanes === 'f32' ? 'i32' : 'i64');

/** Integer operations on encodings. */
const bitwise = {
  constant: (lanes: Lanes, bits: bigint): Expr =>
    isVector(lanes) ? everywhere(lanes, bits) : constant(integerType(lanes), bits),
  sub: (lanes: Lanes, a: Expr, b: Expr): Expr => (isVector(lanes) ? vector(`${integers(lanes)}.sub`, a, b) : sub(a, b)),
  shl: (lanes: Lanes, a: Expr, by: number): Expr =>
    isVector(lanes) ? vector(`${integers(lanes)}.shl`, a, constant('i32', by)) : shl(a, by),
  shr: (lanes: Lanes, a: Expr, by: number): Expr =>
    isVector(lanes) ? vector(`${integers(lanes)}.shr_u`, a, constant('i32', by)) : shrU(a, by),
  xor: (a: Expr, b: Expr): Expr => (a.type === 'v128' ? vector('v128.xor', a, b) : xor(a, b)),
  lt: (lanes: Lanes, a: Expr, b: Expr): Expr => (isVector(lanes) ? vector(`${integers(lanes)}.lt_s`, a, b) : ltS(a, b)),
  eq: (lanes: Lanes, a: Expr, b: Expr): Expr => (isVector(lanes) ? vector(`${integers(lanes)}.eq`, a, b) : eq(a, b)),
};

/** Magnitudes above `least` and below `most`, by one comparison of encodings; false for NaNs. */
export function between(lanes: Lanes, value: Expr, least: number, most: number): Expr {
  const width = isSingle(lanes) ? 32 : 64;
  const half = 1n << BigInt(width - 1);
  const low = 2n * encoding(lanes, least) + 1n;
  const span = 2n * encoding(lanes, most) - low;
  const moved = bitwise.sub(lanes, bitwise.shl(lanes, bitsOf(lanes, value), 1), bitwise.constant(lanes, low + half));
  return bitwise.lt(lanes, moved, bitwise.constant(lanes, span - half));
}

/** Neither zero nor a normal number, nor special. */
export const isDenormal = (lanes: Lanes, value: Expr): Expr =>
  between(lanes, value, 0, isSingle(lanes) ? 2 ** -126 : 2 ** -1022);

/** The rounding error of a sum, exactly, while the sum is below half the largest number (Knuth's TwoSum). */
export function sumError(keep: Keep, lanes: Lanes, a: Expr, b: Expr, sum: Expr): Expr {
  const second = keep(on(lanes, 'sub', sum, a));
  const first = on(lanes, 'sub', sum, second);
  return keep(on(lanes, 'add', on(lanes, 'sub', a, first), on(lanes, 'sub', b, second)));
}

/** Half of a factor's fraction (Veltkamp): the other half is what is left. */
function upperHalf(keep: Keep, lanes: WideLanes, value: Expr): Expr {
  const scaled = keep(on(lanes, 'mul', value, number(lanes, 2 ** 27 + 1)));
  return keep(on(lanes, 'sub', scaled, on(lanes, 'sub', scaled, value)));
}

/** The rounding error of a product, exactly, while the product is above 2^-960; NaN where a factor is too large (Dekker). */
export function productError(keep: Keep, lanes: WideLanes, a: Expr, b: Expr, product: Expr): Expr {
  const [aHigh, bHigh] = [upperHalf(keep, lanes, a), upperHalf(keep, lanes, b)];
  const aLow = keep(on(lanes, 'sub', a, aHigh));
  const bLow = keep(on(lanes, 'sub', b, bHigh));
  const times = (x: Expr, y: Expr): Expr => on(lanes, 'mul', x, y);
  const high = on(lanes, 'sub', times(aHigh, bHigh), product);
  const middle = on(lanes, 'add', on(lanes, 'add', high, times(aHigh, bLow)), times(aLow, bHigh));
  return keep(on(lanes, 'add', middle, times(aLow, bLow)));
}

/** A sum rounded to odd instead of to nearest, given its error: nothing that follows rounds it twice. */
export function toOdd(keep: Keep, lanes: WideLanes, sum: Expr, error: Expr): Expr {
  const bits = keep(bitsOf(lanes, sum));
  const beyond = bitwise.shr(lanes, bitwise.xor(bits, bitsOf(lanes, error)), 63);
  const odd = either(bitwise.sub(lanes, bits, beyond), bitwise.constant(lanes, 1n));
  return keep(choose(on(lanes, 'ne', error, number(lanes, 0)), fromBits(lanes, odd), sum));
}

/** Numbers of double precision that lie in the middle between two of single precision. */
export const isTie = (lanes: WideLanes, value: Expr): Expr =>
  bitwise.eq(
    lanes,
    both(bitsOf(lanes, value), bitwise.constant(lanes, 0x1fff_ffffn)),
    bitwise.constant(lanes, 0x1000_0000n),
  );

/** Byte numbers of shuffles: the upper half in both, and the lower halves of two. */
export const UPPER_TO_LOWER = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
export const LOWER_OF_BOTH = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** Lanes of double precision with the same numbers: two vectors for one of single precision. */
export const widened = (keep: Keep, lanes: Lanes, value: Expr): readonly Expr[] =>
  lanes === 'f32x4'
    ? [
        keep(vector('f64x2.promote_low_f32x4', value)),
        keep(vector('f64x2.promote_low_f32x4', shuffle(value, value, UPPER_TO_LOWER))),
      ]
    : [keep(float('f64.promote_f32', value))];

export const wide = (lanes: Lanes): WideLanes => (isVector(lanes) ? 'f64x2' : 'f64');

/** Back, rounded. */
export const narrowed = (parts: readonly Expr[]): Expr =>
  parts.length === 1
    ? float('f32.demote_f64', parts[0]!)
    : shuffle(
        vector('f32x4.demote_f64x2_zero', parts[0]!),
        vector('f32x4.demote_f64x2_zero', parts[1]!),
        LOWER_OF_BOTH,
      );
