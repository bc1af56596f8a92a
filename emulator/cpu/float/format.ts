/** Binary interchange formats (IEEE 754 3.4, Arm ARM A1.4), and the encodings that have names in each. */

export interface Format {
  readonly name: 'half' | 'single' | 'double' | 'bfloat';
  readonly width: number;
  readonly fractionBits: number;
  /** Exponent of the smallest normal number; the bias is one less than its negation. */
  readonly leastExponent: number;
  /** The all-ones exponent encodes infinities and NaNs; otherwise it encodes numbers, as in the alternative half. */
  readonly specials: boolean;
  /** The bit of FPCR that turns denormal numbers into zeros. */
  readonly flushedBy: 'FZ' | 'FZ16' | undefined;
}

export const HALF: Format = {
  name: 'half',
  width: 16,
  fractionBits: 10,
  leastExponent: -14,
  specials: true,
  flushedBy: 'FZ16',
};
export const SINGLE: Format = {
  name: 'single',
  width: 32,
  fractionBits: 23,
  leastExponent: -126,
  specials: true,
  flushedBy: 'FZ',
};
export const DOUBLE: Format = {
  name: 'double',
  width: 64,
  fractionBits: 52,
  leastExponent: -1022,
  specials: true,
  flushedBy: 'FZ',
};
export const BFLOAT: Format = {
  name: 'bfloat',
  width: 16,
  fractionBits: 7,
  leastExponent: -126,
  specials: true,
  flushedBy: 'FZ',
};
/** Conversions from and to half precision never flush, and heed FPCR.AHP (Arm ARM, FPUnpackCV and FPRoundCV). */
export const HALF_CONVERTED: Format = { ...HALF, flushedBy: undefined };
export const HALF_ALTERNATIVE: Format = { ...HALF_CONVERTED, specials: false };

export const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
export const signBit = ({ width }: Format): bigint => 1n << BigInt(width - 1);
export const quietBit = ({ fractionBits }: Format): bigint => 1n << BigInt(fractionBits - 1);

export const zero = (format: Format, negative: boolean): bigint => (negative ? signBit(format) : 0n);

export const infinity = (format: Format, negative: boolean): bigint =>
  zero(format, negative) | (ones(format.width - 1) ^ ones(format.fractionBits));

/** The largest finite number. */
export const largest = (format: Format, negative: boolean): bigint =>
  zero(format, negative) | (format.specials ? infinity(format, false) - 1n : ones(format.width - 1));

export const defaultNan = (format: Format): bigint => infinity(format, false) | quietBit(format);

export const negate = (format: Format, bits: bigint): bigint => bits ^ signBit(format);
export const absolute = (format: Format, bits: bigint): bigint => bits & ~signBit(format);
