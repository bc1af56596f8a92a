/** Estimates of reciprocals and of reciprocal square roots, exact to the bit (Arm ARM, RecipEstimate and its users). */
import type { Unary } from './arithmetic';
import { type Environment, Flag, Rounding, raise } from './environment';
import { type Format, infinity, largest, ones, zero } from './format';
import { bitLength, flushes, invalid, propagated, round, unpack } from './value';

/** 2^18 / (a + 1/2), rounded: a is 256 to 511, for 0.5 to 1, and so is the result, for 1 to 2. */
export const reciprocalEstimate = (a: number): number => (Math.floor(2 ** 19 / (2 * a + 1)) + 1) >> 1;

/** The same of a reciprocal square root: a is 128 to 511, for 0.25 to 1. */
export function reciprocalRootEstimate(a: number): number {
  const middle = a < 256 ? 2 * a + 1 : (a >> 1) * 4 + 2;
  let root = 512;
  while (middle * (root + 1) ** 2 < 2 ** 28) root++;
  return (root + 1) >> 1;
}

/** The `bits` highest bits from the leading one on. */
const leading = (significand: bigint, bits: number): number => {
  const spare = bitLength(significand) - bits;
  return Number(spare >= 0 ? significand >> BigInt(spare) : significand << BigInt(-spare));
};

/** Estimates are exact in every format and raise nothing, even as denormal numbers. */
const place = (format: Format, negative: boolean, estimate: number, exponent: number): bigint => {
  const quiet: Environment = { fpcr: 0, rounding: Rounding.Zero, flags: 0 };
  return round(quiet, format, negative, BigInt(estimate), exponent);
};

/** FRECPE. */
export const estimateReciprocal: Unary = (environment, format, operand) => {
  const value = unpack(environment, format, operand);
  const { kind, negative, significand, exponent } = value;
  const nan = propagated(environment, format, value);
  if (nan !== undefined) return nan;
  if (kind === 'infinite') return zero(format, negative);
  if (kind === 'zero') {
    raise(environment, Flag.DivideByZero);
    return infinity(format, negative);
  }
  const magnitude = bitLength(significand) - 1 + exponent;
  if (magnitude < format.leastExponent - 2) {
    raise(environment, Flag.Overflow | Flag.Inexact);
    const { rounding } = environment;
    const toInfinity = rounding === Rounding.TiesToEven || rounding === (negative ? Rounding.Down : Rounding.Up);
    return (toInfinity ? infinity : largest)(format, negative);
  }
  const flushed = flushes(environment, format);
  if (flushed && magnitude >= -format.leastExponent) {
    raise(environment, Flag.Underflow);
    return zero(format, negative);
  }
  return place(format, negative, reciprocalEstimate(leading(significand, 9)), -magnitude - 9);
};

/** FRSQRTE. */
export const estimateReciprocalRoot: Unary = (environment, format, operand) => {
  const value = unpack(environment, format, operand);
  const { kind, negative, significand, exponent } = value;
  const nan = propagated(environment, format, value);
  if (nan !== undefined) return nan;
  if (kind === 'zero') {
    raise(environment, Flag.DivideByZero);
    return infinity(format, negative);
  }
  if (negative) return invalid(environment, format);
  if (kind === 'infinite') return 0n;
  // The operand is m × 4^n with m in [0.25, 1): an odd magnitude has its leading one just below the point.
  const magnitude = bitLength(significand) - 1 + exponent;
  const isOdd = (magnitude & 1) !== 0;
  const scaled = leading(significand, isOdd ? 9 : 8);
  const fourths = (magnitude + (isOdd ? 1 : 2)) / 2;
  return place(format, false, reciprocalRootEstimate(scaled), -8 - fourths);
};

/** FRECPX: the exponent inverted, no fraction. */
export const reciprocalExponent: Unary = (environment, format, operand) => {
  const value = unpack(environment, format, operand);
  const nan = propagated(environment, format, value);
  if (nan !== undefined) return nan;
  const exponents = ones(format.width - 1) ^ ones(format.fractionBits);
  const field = operand & exponents;
  const inverted = field === 0n ? exponents - (1n << BigInt(format.fractionBits)) : field ^ exponents;
  return zero(format, value.negative) | inverted;
};

/** URECPE and URSQRTE: of a 32-bit fraction; what is too small gives all ones. */
export const estimateUnsignedReciprocal = (operand: number): number =>
  operand >>> 31 === 0 ? 0xffff_ffff : (reciprocalEstimate(operand >>> 23) << 23) >>> 0;
export const estimateUnsignedReciprocalRoot = (operand: number): number =>
  operand >>> 30 === 0 ? 0xffff_ffff : (reciprocalRootEstimate(operand >>> 23) << 23) >>> 0;
