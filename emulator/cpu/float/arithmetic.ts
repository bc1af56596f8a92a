/** Sums, products, quotients and roots, each rounded once (Arm ARM, shared/functions/float). */
import { type Environment, Flag, Rounding, raise } from './environment';
import { absolute, type Format, infinity, negate, zero } from './format';
import { bitLength, invalid, isNan, propagated, round, unpack, type Value } from './value';

export type Unary = (environment: Environment, format: Format, operand: bigint) => bigint;
export type Binary = (environment: Environment, format: Format, left: bigint, right: bigint) => bigint;

/** Signed significand × 2^exponent: sums and products of these are exact. */
type Exact = readonly [significand: bigint, exponent: number];

const exact = ({ kind, negative, significand, exponent }: Value): Exact => [
  kind === 'zero' ? 0n : negative ? -significand : significand,
  exponent,
];

const times = (left: Exact, right: Exact): Exact => [left[0] * right[0], left[1] + right[1]];

function plus(left: Exact, right: Exact): Exact {
  const exponent = Math.min(left[1], right[1]);
  const aligned = ([significand, from]: Exact): bigint => significand << BigInt(from - exponent);
  return [aligned(left) + aligned(right), exponent];
}

/** Zero has the sign given, or, where terms cancelled, that of the rounding direction. */
function rounded(environment: Environment, format: Format, [total, exponent]: Exact, negativeZero?: boolean): bigint {
  if (total === 0n) return zero(format, negativeZero ?? environment.rounding === Rounding.Down);
  return round(environment, format, total < 0n, total < 0n ? -total : total, exponent);
}

/** What zero terms of these signs add up to: undefined when they cancel. */
const commonSign = (a: boolean, b: boolean): boolean | undefined => (a === b ? a : undefined);

const isInfinite = ({ kind }: Value): boolean => kind === 'infinite';
const isZero = ({ kind }: Value): boolean => kind === 'zero';

function sum(environment: Environment, format: Format, a: Value, b: Value): bigint {
  const nan = propagated(environment, format, a, b);
  if (nan !== undefined) return nan;
  if (isInfinite(a) && isInfinite(b) && a.negative !== b.negative) return invalid(environment, format);
  if (isInfinite(a) || isInfinite(b)) return infinity(format, (isInfinite(a) ? a : b).negative);
  return rounded(environment, format, plus(exact(a), exact(b)), commonSign(a.negative, b.negative));
}

export const add: Binary = (environment, format, left, right) =>
  sum(environment, format, unpack(environment, format, left), unpack(environment, format, right));

/** A NaN keeps its sign. */
export const subtract: Binary = (environment, format, left, right) => {
  const a = unpack(environment, format, left);
  const b = unpack(environment, format, right);
  return sum(environment, format, a, isNan(b) ? b : { ...b, negative: !b.negative });
};

/** FABD. */
export const difference: Binary = (environment, format, left, right) =>
  absolute(format, subtract(environment, format, left, right));

/** Infinity times zero has no value: an operation chooses what it gives. */
const isIndefinite = (a: Value, b: Value): boolean => (isInfinite(a) && isZero(b)) || (isZero(a) && isInfinite(b));

/** Multiplication; `indefinite` in place of an invalid operation, by the sign. */
const multiplication =
  (indefinite?: (format: Format, negative: boolean) => bigint): Binary =>
  (environment, format, left, right) => {
    const a = unpack(environment, format, left);
    const b = unpack(environment, format, right);
    const negative = a.negative !== b.negative;
    const nan = propagated(environment, format, a, b);
    if (nan !== undefined) return nan;
    if (isIndefinite(a, b)) return indefinite?.(format, negative) ?? invalid(environment, format);
    if (isInfinite(a) || isInfinite(b)) return infinity(format, negative);
    return rounded(environment, format, times(exact(a), exact(b)), negative);
  };

/** 2^exponent × significand, which is exact in every format. */
const small = (format: Format, negative: boolean, significand: bigint, exponent: number): bigint =>
  round({ fpcr: 0, rounding: Rounding.TiesToEven, flags: 0 }, format, negative, significand, exponent);

export const multiply: Binary = multiplication();
/** FMULX: infinity times zero is 2. */
export const multiplyExtended: Binary = multiplication((format, negative) => small(format, negative, 2n, 0));
export const multiplyNegate: Binary = (environment, format, left, right) =>
  negate(format, multiply(environment, format, left, right));

export const divide: Binary = (environment, format, left, right) => {
  const a = unpack(environment, format, left);
  const b = unpack(environment, format, right);
  const negative = a.negative !== b.negative;
  const nan = propagated(environment, format, a, b);
  if (nan !== undefined) return nan;
  if (a.kind === b.kind && !(a.kind === 'finite')) return invalid(environment, format);
  if (isZero(b) && !isInfinite(a)) raise(environment, Flag.DivideByZero);
  if (isInfinite(a) || isZero(b)) return infinity(format, negative);
  if (isZero(a) || isInfinite(b)) return zero(format, negative);
  // Two bits more than the fraction and its leading one, with a sticky one below.
  const scale = Math.max(0, format.fractionBits + 3 + bitLength(b.significand) - bitLength(a.significand));
  const dividend = a.significand << BigInt(scale);
  const sticky = dividend % b.significand === 0n ? 0n : 1n;
  const quotient = ((dividend / b.significand) << 1n) | sticky;
  return round(environment, format, negative, quotient, a.exponent - b.exponent - scale - 1);
};

/** Floor of the square root. */
export function integerRoot(of: bigint): bigint {
  if (of < 2n) return of;
  let root = 1n << BigInt((bitLength(of) + 1) >> 1);
  for (;;) {
    const next = (root + of / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export const squareRoot: Unary = (environment, format, operand) => {
  const a = unpack(environment, format, operand);
  const nan = propagated(environment, format, a);
  if (nan !== undefined) return nan;
  if (isZero(a)) return zero(format, a.negative);
  if (a.negative) return invalid(environment, format);
  if (isInfinite(a)) return infinity(format, false);
  const scale = 2 * format.fractionBits + 4 + (a.exponent & 1);
  const radicand = a.significand << BigInt(scale);
  const root = integerRoot(radicand);
  const sticky = root * root === radicand ? 0n : 1n;
  return round(environment, format, false, (root << 1n) | sticky, (a.exponent - scale) / 2 - 1);
};

/** addend + left × right, rounded once; the factors may be of a narrower format (FMLAL). */
export function multiplyAdd(
  environment: Environment,
  format: Format,
  addend: bigint,
  left: bigint,
  right: bigint,
  factors: Format = format,
): bigint {
  const c = unpack(environment, format, addend);
  const a = unpack(environment, factors, left);
  const b = unpack(environment, factors, right);
  const nan = propagated(environment, format, c, a, b);
  if (isIndefinite(a, b) && c.kind !== 'signalling') return invalid(environment, format);
  if (nan !== undefined) return nan;
  const negative = a.negative !== b.negative;
  if (isInfinite(a) || isInfinite(b)) {
    if (isInfinite(c) && c.negative !== negative) return invalid(environment, format);
    return infinity(format, negative);
  }
  if (isInfinite(c)) return infinity(format, c.negative);
  const total = plus(exact(c), times(exact(a), exact(b)));
  return rounded(environment, format, total, commonSign(c.negative, negative));
}

/** (constant - left × right) / 2^halvings, rounded once: a step of Newton's iteration (FPRecipStepFused, FPRSqrtStepFused). */
const newtonStep =
  (constant: bigint, halvings: number): Binary =>
  (environment, format, left, right) => {
    const a = unpack(environment, format, negate(format, left));
    const b = unpack(environment, format, right);
    const nan = propagated(environment, format, a, b);
    if (nan !== undefined) return nan;
    if (isIndefinite(a, b)) return small(format, false, constant, -halvings);
    if (isInfinite(a) || isInfinite(b)) return infinity(format, a.negative !== b.negative);
    const [total, exponent] = plus([constant, 0], times(exact(a), exact(b)));
    return rounded(environment, format, [total, exponent - halvings]);
  };

export const reciprocalStep: Binary = newtonStep(2n, 0);
export const reciprocalRootStep: Binary = newtonStep(3n, 1);
