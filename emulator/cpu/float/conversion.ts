/** Between formats, to and from integers and fixed point, and to integral numbers (Arm ARM, FPConvert, FPToFixed, …). */
import { Control, type Environment, Flag, has, Rounding, raise } from './environment';
import { type Format, HALF, HALF_ALTERNATIVE, HALF_CONVERTED, infinity, ones, zero } from './format';
import { isNan, propagated, quieted, round, roundOff, unpack } from './value';

/** What half precision means to a conversion between formats. */
const converted = (environment: Environment, format: Format): Format =>
  format !== HALF ? format : has(environment, Control.AHP) ? HALF_ALTERNATIVE : HALF_CONVERTED;

/** From one format to another. The alternative half has no NaN and no infinity, so that these become numbers. */
export function convert(
  environment: Environment,
  from: Format,
  to: Format,
  operand: bigint,
  rounding: Rounding = environment.rounding,
): bigint {
  const target = converted(environment, to);
  const value = unpack(environment, converted(environment, from), operand);
  if (isNan(value)) {
    if (target.specials) return quieted(environment, target, value);
    raise(environment, Flag.InvalidOperation);
    return zero(target, value.negative);
  }
  if (value.kind === 'zero') return zero(target, value.negative);
  if (value.kind === 'finite') {
    return round(environment, target, value.negative, value.significand, value.exponent, rounding);
  }
  if (target.specials) return infinity(target, value.negative);
  raise(environment, Flag.InvalidOperation);
  return zero(target, value.negative) | ones(target.width - 1);
}

export interface IntegerShape {
  readonly bits: 16 | 32 | 64;
  readonly signed: boolean;
  /** Of the bits, those below the binary point. */
  readonly fraction?: number;
}

const clamp = (value: bigint, least: bigint, most: bigint): bigint =>
  value < least ? least : value > most ? most : value;

/** The nearest integer or fixed-point number, saturated, as an unsigned pattern of `bits`. A NaN gives 0. */
export function toInteger(
  environment: Environment,
  format: Format,
  { bits, signed, fraction = 0 }: IntegerShape,
  rounding: Rounding,
  operand: bigint,
): bigint {
  const value = unpack(environment, format, operand);
  if (isNan(value)) {
    raise(environment, Flag.InvalidOperation);
    return 0n;
  }
  if (value.kind === 'zero') return 0n;
  const least = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const most = ones(signed ? bits - 1 : bits);
  const { negative, significand, exponent } = value;
  const { kept, inexact } = roundOff(rounding, negative, significand, -(exponent + fraction));
  const result = value.kind === 'infinite' ? 1n << 64n : kept;
  const directed = negative ? -result : result;
  const saturated = clamp(directed, least, most);
  if (saturated !== directed) raise(environment, Flag.InvalidOperation);
  else if (inexact) raise(environment, Flag.Inexact);
  return BigInt.asUintN(bits, saturated);
}

/** From an unsigned pattern of `bits`. */
export function fromInteger(
  environment: Environment,
  format: Format,
  { bits, signed, fraction = 0 }: IntegerShape,
  operand: bigint,
): bigint {
  const value = signed ? BigInt.asIntN(bits, operand) : operand;
  if (value === 0n) return 0n;
  return round(environment, format, value < 0n, value < 0n ? -value : value, -fraction);
}

/** To an integral number of the same format; FRINTX tells when that is another one. */
export function roundToIntegral(
  environment: Environment,
  format: Format,
  rounding: Rounding,
  exact: boolean,
  operand: bigint,
): bigint {
  const value = unpack(environment, format, operand);
  const nan = propagated(environment, format, value);
  if (nan !== undefined) return nan;
  const { kind, negative, significand, exponent } = value;
  if (kind === 'infinite') return operand;
  if (kind === 'zero') return zero(format, negative);
  const { kept, inexact } = roundOff(rounding, negative, significand, -exponent);
  if (inexact && exact) raise(environment, Flag.Inexact);
  return kept === 0n ? zero(format, negative) : round(environment, format, negative, kept, 0);
}

/** FRINT32, FRINT64: what is not in the range of the integer gives the least integer. */
export function roundToInteger(
  environment: Environment,
  format: Format,
  bits: 32 | 64,
  rounding: Rounding,
  operand: bigint,
): bigint {
  const value = unpack(environment, format, operand);
  const { kind, negative, significand, exponent } = value;
  const { kept, inexact } = roundOff(rounding, negative, significand, -exponent);
  const most = (1n << BigInt(bits - 1)) - (negative ? 0n : 1n);
  if (kind === 'zero') return zero(format, negative);
  if (kind !== 'finite' || kept > most) {
    raise(environment, Flag.InvalidOperation);
    return round(environment, format, true, 1n, bits - 1);
  }
  if (inexact) raise(environment, Flag.Inexact);
  return kept === 0n ? zero(format, negative) : round(environment, format, negative, kept, 0);
}

/** FJCVTZS: towards zero modulo 2^32. `exact` is Z: the operand was a number in range, integral, and not -0. */
export function toJavaScriptInteger(
  environment: Environment,
  format: Format,
  operand: bigint,
): { readonly result: bigint; readonly exact: boolean } {
  const { kind, negative, significand, exponent } = unpack(environment, format, operand);
  if (kind === 'zero') return { result: 0n, exact: operand === 0n };
  if (kind !== 'finite') {
    raise(environment, Flag.InvalidOperation);
    return { result: 0n, exact: false };
  }
  const { kept, inexact } = roundOff(Rounding.Zero, negative, significand, -exponent);
  const whole = negative ? -kept : kept;
  const outside = BigInt.asIntN(32, whole) !== whole;
  if (outside) raise(environment, Flag.InvalidOperation);
  else if (inexact) raise(environment, Flag.Inexact);
  return { result: BigInt.asUintN(32, whole), exact: !outside && !inexact };
}
