/** Numbers taken apart, and the one place where they are rounded and put together (Arm ARM, FPUnpack and FPRound). */
import { Control, type Environment, Flag, has, Rounding, raise } from './environment';
import { defaultNan, type Format, infinity, largest, ones, quietBit, zero } from './format';

/** `finite` is (-1)^negative × significand × 2^exponent, not zero. A NaN's payload is significand × 2^exponent. */
export interface Value {
  readonly kind: 'zero' | 'finite' | 'infinite' | 'quiet' | 'signalling';
  readonly negative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
}

export const isNan = ({ kind }: Value): boolean => kind === 'quiet' || kind === 'signalling';

export const flushes = (environment: Environment, { flushedBy }: Format): boolean =>
  flushedBy !== undefined && has(environment, Control[flushedBy]);

/** Denormal inputs become zeros where FPCR says so; only FZ tells of it by a flag. */
export function unpack(environment: Environment, format: Format, bits: bigint): Value {
  const { fractionBits, leastExponent } = format;
  const negative = bits >> BigInt(format.width - 1) !== 0n;
  const field = Number((bits >> BigInt(fractionBits)) & ones(format.width - 1 - fractionBits));
  const fraction = bits & ones(fractionBits);
  const exponent = leastExponent - fractionBits;
  if (field === 0) {
    const flushed = fraction !== 0n && flushes(environment, format);
    if (flushed && format.flushedBy === 'FZ') raise(environment, Flag.InputDenormal);
    return { kind: fraction === 0n || flushed ? 'zero' : 'finite', negative, significand: fraction, exponent };
  }
  if (format.specials && field === 2 ** (format.width - 1 - fractionBits) - 1) {
    const kind = fraction === 0n ? 'infinite' : (fraction & quietBit(format)) === 0n ? 'signalling' : 'quiet';
    return { kind, negative, significand: fraction, exponent: -fractionBits };
  }
  const significand = fraction | (1n << BigInt(fractionBits));
  return { kind: 'finite', negative, significand, exponent: exponent + field - 1 };
}

/** The position above the highest one: 0 for zero. */
export function bitLength(value: bigint): number {
  const digits = value.toString(16);
  return value === 0n ? 0 : 4 * digits.length - Math.clz32(Number.parseInt(digits[0]!, 16)) + 28;
}

export const shiftLeft = (value: bigint, by: number): bigint => (by >= 0 ? value << BigInt(by) : value >> BigInt(-by));

/** `significand` without its low `count` bits, rounded; a sticky lowest bit is as good as all that it stands for. */
export function roundOff(
  rounding: Rounding,
  negative: boolean,
  significand: bigint,
  count: number,
): { readonly kept: bigint; readonly inexact: boolean } {
  const kept = shiftLeft(significand, -count);
  const rest = count > 0 ? significand & ones(count) : 0n;
  if (rest === 0n) return { kept, inexact: false };
  const half = 1n << BigInt(count - 1);
  const odd = (kept & 1n) === 1n;
  const up = {
    [Rounding.TiesToEven]: rest > half || (rest === half && odd),
    [Rounding.TiesToAway]: rest >= half,
    [Rounding.Up]: !negative,
    [Rounding.Down]: negative,
    [Rounding.Zero]: false,
    [Rounding.ToOdd]: !odd,
  }[rounding];
  return { kept: up ? kept + 1n : kept, inexact: true };
}

function overflow(environment: Environment, format: Format, rounding: Rounding, negative: boolean): bigint {
  if (!format.specials) {
    raise(environment, Flag.InvalidOperation);
    return largest(format, negative);
  }
  raise(environment, Flag.Overflow | Flag.Inexact);
  const toInfinity =
    rounding === Rounding.TiesToEven ||
    rounding === Rounding.TiesToAway ||
    rounding === (negative ? Rounding.Down : Rounding.Up);
  return (toInfinity ? infinity : largest)(format, negative);
}

/** The encoding of (-1)^negative × significand × 2^exponent, which is not zero. Tininess is seen before rounding. */
export function round(
  environment: Environment,
  format: Format,
  negative: boolean,
  significand: bigint,
  exponent: number,
  rounding: Rounding = environment.rounding,
): bigint {
  const { fractionBits, leastExponent } = format;
  const magnitude = bitLength(significand) - 1 + exponent;
  const tiny = magnitude < leastExponent;
  if (tiny && flushes(environment, format)) {
    raise(environment, Flag.Underflow);
    return zero(format, negative);
  }
  const above = Math.max(magnitude, leastExponent) - leastExponent;
  const count = leastExponent + above - fractionBits - exponent;
  const { kept, inexact } = roundOff(rounding, negative, significand, count);
  // The leading one of a normal number adds 1 to the exponent field, and so does a carry out of the fraction.
  const encoding = (BigInt(above) << BigInt(fractionBits)) + kept;
  if (encoding > largest(format, false)) return overflow(environment, format, rounding, negative);
  if (inexact) raise(environment, tiny ? Flag.Underflow | Flag.Inexact : Flag.Inexact);
  return zero(format, negative) | encoding;
}

/** What a NaN operand becomes as a result in `format`: quiet, or the default NaN under FPCR.DN. */
export function quieted(environment: Environment, format: Format, nan: Value): bigint {
  if (nan.kind === 'signalling') raise(environment, Flag.InvalidOperation);
  if (has(environment, Control.DN)) return defaultNan(format);
  const payload = shiftLeft(nan.significand, nan.exponent + format.fractionBits);
  return infinity(format, nan.negative) | quietBit(format) | payload;
}

/** The NaN that an operation on these operands gives: the first signalling one, else the first quiet one. */
export function propagated(
  environment: Environment,
  format: Format,
  ...operands: readonly Value[]
): bigint | undefined {
  const nan = operands.find(({ kind }) => kind === 'signalling') ?? operands.find(({ kind }) => kind === 'quiet');
  return nan === undefined ? undefined : quieted(environment, format, nan);
}

export function invalid(environment: Environment, format: Format): bigint {
  raise(environment, Flag.InvalidOperation);
  return defaultNan(format);
}
