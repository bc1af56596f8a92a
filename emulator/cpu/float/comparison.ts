/** Comparisons, and the maxima and minima that follow from them (Arm ARM, FPCompare, FPMax, FPMaxNum). */
import type { Binary } from './arithmetic';
import { type Environment, Flag, raise } from './environment';
import { type Format, infinity, zero } from './format';
import { isNan, propagated, unpack, type Value } from './value';

/** Negative, zero or positive as a is below, equal to or above b, neither a NaN. */
function order(a: Value, b: Value): number {
  const rank = ({ kind, negative }: Value): number => (kind === 'zero' ? 0 : negative ? -1 : 1);
  if (rank(a) !== rank(b) || rank(a) === 0) return rank(a) - rank(b);
  if (a.kind === 'infinite' || b.kind === 'infinite') {
    return a.kind === b.kind ? 0 : a.kind === 'infinite' ? rank(a) : -rank(b);
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.significand << BigInt(a.exponent - exponent);
  const right = b.significand << BigInt(b.exponent - exponent);
  return left === right ? 0 : left > right ? rank(a) : -rank(a);
}

/** As `order`; undefined when unordered, which is invalid for a signalling NaN, and for any when `signals`. */
export function compare(
  environment: Environment,
  format: Format,
  left: bigint,
  right: bigint,
  signals: boolean,
): number | undefined {
  const a = unpack(environment, format, left);
  const b = unpack(environment, format, right);
  if (!isNan(a) && !isNan(b)) return order(a, b);
  if (signals || a.kind === 'signalling' || b.kind === 'signalling') raise(environment, Flag.InvalidOperation);
  return undefined;
}

/** NZCV in bits 3:0 as FCMP sets it. */
export function compareFlags(
  environment: Environment,
  format: Format,
  left: bigint,
  right: bigint,
  signals: boolean,
): number {
  const result = compare(environment, format, left, right, signals);
  if (result === undefined) return 0b0011;
  return result === 0 ? 0b0110 : result < 0 ? 0b1000 : 0b0010;
}

/** The greater operand (`direction` 1) or the lesser (-1). Of two zeros, the positive one is the greater. */
const extreme =
  (direction: 1 | -1): Binary =>
  (environment, format, left, right) => {
    const a = unpack(environment, format, left);
    const b = unpack(environment, format, right);
    const nan = propagated(environment, format, a, b);
    if (nan !== undefined) return nan;
    const chosen = order(a, b) * direction > 0 ? a : b;
    if (chosen.kind !== 'zero') return chosen === a ? left : right;
    if (a.kind !== b.kind) return zero(format, chosen.negative);
    return zero(format, direction > 0 ? a.negative && b.negative : a.negative || b.negative);
  };

export const maximum: Binary = extreme(1);
export const minimum: Binary = extreme(-1);

/** A number wins over a quiet NaN (IEEE 754-2008 maxNum and minNum). */
const number =
  (direction: 1 | -1): Binary =>
  (environment, format, left, right) => {
    // Only the kinds are looked at: flags are the operation's to raise.
    const silent: Environment = { fpcr: 0, rounding: environment.rounding, flags: 0 };
    const a = unpack(silent, format, left).kind;
    const b = unpack(silent, format, right).kind;
    const least = infinity(format, direction > 0);
    const operands: [bigint, bigint] = [left, right];
    if (a === 'quiet' && b !== 'quiet') operands[0] = least;
    else if (b === 'quiet' && a !== 'quiet') operands[1] = least;
    return extreme(direction)(environment, format, ...operands);
  };

export const maximumNumber: Binary = number(1);
export const minimumNumber: Binary = number(-1);
