/** Operations on vectors that several groups of encodings share: by register, by element, by immediate, scalar. */
import type { Expr } from '../../wasm/expr';
import {
  add,
  and,
  geS,
  gtU,
  i32,
  i64,
  leS,
  ltS,
  ltU,
  mul,
  ne,
  or,
  select,
  shl,
  shrS,
  signExtendLow,
  sub,
  xor,
} from '../../wasm/expr';
import { shuffle, vector } from '../../wasm/vector-expr';
import type { Semantics } from '../semantics';
import {
  anySaturated,
  bitsOf,
  byLanes,
  elementBytes,
  mostNegative,
  perElement,
  range,
  type Shape,
  splatConstant,
} from './shared';

const suffix = (unsigned: boolean): string => (unsigned ? '_u' : '_s');

/** Largest element value, and what saturates at the sign of a kept i64. */
const largest = (bits: number, unsigned: boolean): bigint => (1n << BigInt(unsigned ? bits : bits - 1)) - 1n;

/** A kept i64 that is exact, brought into the range of an element; with the i32 that says whether it was outside. */
export function clamp(s: Semantics, exact: Expr, bits: number, unsigned: boolean): readonly [Expr, Expr] {
  const value = s.keep(exact);
  const most = i64(largest(bits, unsigned));
  const least = unsigned ? i64(0) : i64(-(1n << BigInt(bits - 1)));
  const upper = s.keep(select(leS(value, most), value, most));
  const result = s.keep(select(ltS(upper, least), least, upper));
  return [result, ne(result, value)];
}

/** Signed sum or difference of 64 bits that saturates. */
export function saturate64(s: Semantics, a: Expr, b: Expr, subtract: boolean): readonly [Expr, Expr] {
  const result = s.keep((subtract ? sub : add)(a, b));
  const overflow = s.keep(ltS(and(xor(a, result), subtract ? xor(a, b) : xor(b, result)), 0));
  const limit = xor(shrS(a, 63), i64(largest(64, false)));
  return [select(overflow, limit, result), overflow];
}

/** SQADD, UQADD, SQSUB, UQSUB. */
export function saturatingSum(
  s: Semantics,
  shape: Shape,
  a: Expr,
  b: Expr,
  unsigned: boolean,
  subtract: boolean,
): Expr {
  const { size } = shape;
  const operation = subtract ? 'sub' : 'add';
  if (size < 2) {
    const result = s.keep(byLanes(size, `${operation}_sat${suffix(unsigned)}`, a, b));
    anySaturated(s, byLanes(size, 'ne', result, byLanes(size, operation, a, b)));
    return result;
  }
  return perElement(s, shape, [a, b], !unsigned, ([left, right]) => {
    const [x, y] = [left!, right!];
    if (size === 2) return clamp(s, (subtract ? sub : add)(x, y), 32, unsigned);
    if (!unsigned) return saturate64(s, x, y, subtract);
    const result = s.keep((subtract ? sub : add)(x, y));
    const overflow = s.keep(subtract ? ltU(x, y) : ltU(result, x));
    return [select(overflow, subtract ? i64(0) : i64(-1), result), overflow];
  });
}

/** SUQADD (the result is signed) and USQADD: Vd of the result's kind and Vn of the other. */
export function saturatingMixed(s: Semantics, shape: Shape, d: Expr, n: Expr, unsigned: boolean): Expr {
  const bits = bitsOf(shape.size);
  return perElement(s, shape, [d, n], false, ([x, y]) => {
    const asSigned = (value: Expr): Expr => (bits === 64 ? value : s.keep(signed(value, bits)));
    const [a, b] = unsigned ? [x!, asSigned(y!)] : [asSigned(x!), y!];
    if (bits < 64) return clamp(s, add(a, b), bits, unsigned);
    const result = s.keep(add(a, b));
    if (unsigned) {
      const grows = geS(b, 0);
      const overflow = s.keep(select(grows, ltU(result, a), gtU(result, a)));
      return [select(overflow, select(grows, i64(-1), i64(0)), result), overflow];
    }
    const top = ltS(b, 0);
    const negative = ltS(result, 0);
    const overflow = s.keep(select(geS(a, 0), or(top, negative), and(top, negative)));
    return [select(overflow, i64(largest(64, false)), result), overflow];
  });
}

/** The low bits of an i64 by their sign. */
const signed = (value: Expr, bits: number): Expr => signExtendLow(bits as 8 | 16 | 32, value);

/** SHADD, UHADD, SHSUB, UHSUB and the rounding SRHADD, URHADD: without a bit more, by what AND and EOR leave. */
export function halvingSum(size: number, a: Expr, b: Expr, unsigned: boolean, kind: 'add' | 'sub' | 'round'): Expr {
  const half = byLanes(size, `shr${suffix(unsigned)}`, vector('v128.xor', a, b), i32(1));
  if (kind === 'add') return byLanes(size, 'add', vector('v128.and', a, b), half);
  if (kind === 'sub') return byLanes(size, 'sub', half, vector('v128.andnot', b, a));
  return byLanes(size, 'sub', vector('v128.or', a, b), half);
}

/** `eq`, `gt`, `ge` by elements; unsigned 64-bit elements are compared with their top bits turned. */
export function compare(size: number, a: Expr, b: Expr, operation: 'eq' | 'gt' | 'ge', unsigned: boolean): Expr {
  if (operation === 'eq') return byLanes(size, 'eq', a, b);
  if (size === 3 && unsigned) {
    const turn = (value: Expr): Expr => vector('v128.xor', value, mostNegative(3));
    return byLanes(3, `${operation}_s`, turn(a), turn(b));
  }
  return byLanes(size, `${operation}${suffix(unsigned)}`, a, b);
}

export const absoluteDifference = (size: number, a: Expr, b: Expr, unsigned: boolean): Expr =>
  byLanes(size, 'sub', byLanes(size, `max${suffix(unsigned)}`, a, b), byLanes(size, `min${suffix(unsigned)}`, a, b));

export type Part = 'low' | 'high';
const partName = (size: number, operation: string, part: Part, unsigned: boolean): string =>
  `${operation}_${part}_${['i8x16', 'i16x8', 'i32x4'][size]}${suffix(unsigned)}`;

/** The lower or upper half of the elements, each twice as wide. */
export const widen = (size: number, part: Part, a: Expr, unsigned: boolean): Expr =>
  byLanes(size + 1, partName(size, 'extend', part, unsigned), a);
/** Their products. */
export const widenProduct = (size: number, part: Part, a: Expr, b: Expr, unsigned: boolean): Expr =>
  byLanes(size + 1, partName(size, 'extmul', part, unsigned), a, b);

/** For `shuffle`: every second element of both operands, from the first on or from the second. */
export const evenElements = (size: number, first: 0 | 1 = 0): number[] =>
  elementBytes(
    size,
    range(16 >> size, (at) => at * 2 + first),
  );

/** Low bytes of all 16-bit products where there is no product of bytes. */
export function multiply(size: number, a: Expr, b: Expr): Expr {
  if (size > 0) return byLanes(size, 'mul', a, b);
  return shuffle(widenProduct(0, 'low', a, b, true), widenProduct(0, 'high', a, b, true), evenElements(0));
}

/** Eight carry-less partial products in elements of 8 or 16 bits; `b` has 8 significant bits in each. */
export function polynomialProduct(s: Semantics, size: number, a: Expr, b: Expr): Expr {
  const top = bitsOf(size) - 1;
  const partial = (bit: number): Expr =>
    vector(
      'v128.and',
      byLanes(size, 'shl', a, i32(bit)),
      byLanes(size, 'shr_s', byLanes(size, 'shl', b, i32(top - bit)), i32(top)),
    );
  let sum = partial(0);
  for (let bit = 1; bit < 8; bit++) sum = s.keep(vector('v128.xor', sum, partial(bit)));
  return sum;
}

/** SQDMULH, SQRDMULH: only the square of the most negative element saturates, to the largest. */
export function doublingHigh(s: Semantics, size: number, a: Expr, b: Expr, rounding: boolean): Expr {
  const least = mostNegative(size);
  const exceeds = s.keep(vector('v128.and', byLanes(size, 'eq', a, least), byLanes(size, 'eq', b, least)));
  anySaturated(s, exceeds);
  if (size === 1 && rounding) return vector('i16x8.q15mulr_sat_s', a, b);
  const bits = bitsOf(size);
  const product = (part: 'low' | 'high'): Expr => {
    const exact = widenProduct(size, part, a, b, false);
    const sum = rounding ? byLanes(size + 1, 'add', exact, splatConstant(size + 1, 1n << BigInt(bits - 2))) : exact;
    return byLanes(size + 1, 'shr_s', sum, i32(bits - 1));
  };
  return byLanes(size, 'add', shuffle(product('low'), product('high'), evenElements(size)), exceeds);
}

/** SQRDMLAH, SQRDMLSH: the doubled product and the accumulator are summed exactly, then rounded and saturated. */
export function roundingAccumulate(s: Semantics, shape: Shape, d: Expr, a: Expr, b: Expr, subtract: boolean): Expr {
  const bits = bitsOf(shape.size);
  return perElement(s, shape, [d, a, b], true, ([sum, x, y]) => {
    const exact = (subtract ? sub : add)(shl(sum!, bits - 1), mul(x!, y!));
    return clamp(s, shrS(add(exact, 1n << BigInt(bits - 2)), bits - 1), bits, false);
  });
}
