/** What floating-point instructions compute in each lane: exactly, and on host arithmetic where that is as good. */
import * as arithmetic from '../../float/arithmetic';
import * as comparison from '../../float/comparison';
import * as conversion from '../../float/conversion';
import { type Environment, Rounding } from '../../float/environment';
import * as estimate from '../../float/estimate';
import { absolute, type Format, negate, ones } from '../../float/format';
import type { Fast } from './fast';
import * as fast from './fast';
import * as conversions from './fast-conversions';

export interface FloatOperation {
  /** On the encodings of one lane; gives an encoding, or a mask. */
  readonly exact: (environment: Environment, format: Format, ...operands: readonly bigint[]) => bigint;
  /** Absent where every execution is finished in TypeScript. */
  readonly fast?: Fast;
  /** The operand is an integer, not a number. */
  readonly integers?: true;
}

type Exact = FloatOperation['exact'];

const unary =
  (exact: arithmetic.Unary): Exact =>
  (environment, format, a) =>
    exact(environment, format, a!);
const binary =
  (exact: arithmetic.Binary): Exact =>
  (environment, format, a, b) =>
    exact(environment, format, a!, b!);

export const FADD: FloatOperation = { exact: binary(arithmetic.add), fast: fast.add };
export const FSUB: FloatOperation = { exact: binary(arithmetic.subtract), fast: fast.subtract };
export const FMUL: FloatOperation = { exact: binary(arithmetic.multiply), fast: fast.multiply };
export const FNMUL: FloatOperation = { exact: binary(arithmetic.multiplyNegate), fast: fast.multiplyNegate };
export const FMULX: FloatOperation = { exact: binary(arithmetic.multiplyExtended), fast: fast.multiply };
export const FDIV: FloatOperation = { exact: binary(arithmetic.divide), fast: fast.divide };
export const FABD: FloatOperation = { exact: binary(arithmetic.difference), fast: fast.difference };
export const FSQRT: FloatOperation = { exact: unary(arithmetic.squareRoot), fast: fast.squareRoot };
export const FMAX: FloatOperation = { exact: binary(comparison.maximum), fast: fast.extreme('max') };
export const FMIN: FloatOperation = { exact: binary(comparison.minimum), fast: fast.extreme('min') };
export const FMAXNM: FloatOperation = { exact: binary(comparison.maximumNumber), fast: fast.extreme('max') };
export const FMINNM: FloatOperation = { exact: binary(comparison.minimumNumber), fast: fast.extreme('min') };
export const FRECPS: FloatOperation = { exact: binary(arithmetic.reciprocalStep), fast: fast.newtonStep(2, 1) };
export const FRSQRTS: FloatOperation = { exact: binary(arithmetic.reciprocalRootStep), fast: fast.newtonStep(3, 0.5) };
export const FRECPE: FloatOperation = { exact: unary(estimate.estimateReciprocal) };
export const FRSQRTE: FloatOperation = { exact: unary(estimate.estimateReciprocalRoot) };
export const FRECPX: FloatOperation = { exact: unary(estimate.reciprocalExponent) };

/** addend, left, right: the addend and the product with the signs given. */
const fused = (addend: 1 | -1, product: 1 | -1): FloatOperation => ({
  exact: (environment, format, c, a, b) =>
    arithmetic.multiplyAdd(
      environment,
      format,
      addend === 1 ? c! : negate(format, c!),
      product === 1 ? a! : negate(format, a!),
      b!,
    ),
  fast: fast.signed(addend, product),
});

export const FMLA = fused(1, 1);
export const FMLS = fused(1, -1);
export const FNMLA = fused(-1, -1);
export const FNMLS = fused(-1, 1);

/** A mask of the lane's width. `holds` gets how the left operand stands to the right one. */
const mask =
  (holds: (order: number) => boolean, signals: boolean, magnitudes = false): Exact =>
  (environment, format, a, b) => {
    const operand = (bits: bigint): bigint => (magnitudes ? absolute(format, bits) : bits);
    const order = comparison.compare(environment, format, operand(a!), operand(b!), signals);
    return order !== undefined && holds(order) ? ones(format.width) : 0n;
  };

export const FCMEQ: FloatOperation = { exact: mask((order) => order === 0, false), fast: fast.comparison('eq') };
export const FCMGE: FloatOperation = { exact: mask((order) => order >= 0, true), fast: fast.comparison('ge') };
export const FCMGT: FloatOperation = { exact: mask((order) => order > 0, true), fast: fast.comparison('gt') };
export const FCMLE: FloatOperation = { exact: mask((order) => order <= 0, true), fast: fast.comparison('le') };
export const FCMLT: FloatOperation = { exact: mask((order) => order < 0, true), fast: fast.comparison('lt') };
export const FACGE: FloatOperation = {
  exact: mask((order) => order >= 0, true, true),
  fast: fast.comparison('ge', true),
};
export const FACGT: FloatOperation = {
  exact: mask((order) => order > 0, true, true),
  fast: fast.comparison('gt', true),
};

/** Rounding directions by the letter of FRINT and FCVT; X and I are FPCR's. */
export const DIRECTIONS = {
  N: { rounding: Rounding.TiesToEven, host: 'nearest' },
  P: { rounding: Rounding.Up, host: 'ceil' },
  M: { rounding: Rounding.Down, host: 'floor' },
  Z: { rounding: Rounding.Zero, host: 'trunc' },
  A: { rounding: Rounding.TiesToAway, host: 'away' },
  X: { rounding: undefined, host: 'nearest' },
  I: { rounding: undefined, host: 'nearest' },
} as const;
export type Direction = keyof typeof DIRECTIONS;

export const frint = (direction: Direction): FloatOperation => {
  const { rounding, host } = DIRECTIONS[direction];
  const exact = direction === 'X';
  return {
    exact: (environment, format, a) =>
      conversion.roundToIntegral(environment, format, rounding ?? environment.rounding, exact, a!),
    fast: fast.roundToIntegral(host, exact),
  };
};

/** FRINT32Z, FRINT32X, FRINT64Z, FRINT64X. */
export const frintTo = (bits: 32 | 64, direction: 'Z' | 'X'): FloatOperation => ({
  exact: (environment, format, a) =>
    conversion.roundToInteger(environment, format, bits, DIRECTIONS[direction].rounding ?? environment.rounding, a!),
});

type Bits = 16 | 32 | 64;

/**
 * From a number to an integer of the lane's width or of `bits`. A second operand is the number of fraction bits (exact)
 * or the power of two they scale by (fast).
 */
export const toInteger = (direction: Direction, isSigned: boolean, bits?: 32 | 64): FloatOperation => ({
  exact: (environment, format, a, fraction = 0n) =>
    conversion.toInteger(
      environment,
      format,
      { bits: bits ?? (format.width as Bits), signed: isSigned, fraction: Number(fraction) },
      DIRECTIONS[direction].rounding ?? environment.rounding,
      a!,
    ),
  fast: conversions.toInteger(DIRECTIONS[direction].host, isSigned, bits),
});

export const fromInteger = (isSigned: boolean, bits?: 32 | 64): FloatOperation => ({
  exact: (environment, format, a, fraction = 0n) =>
    conversion.fromInteger(
      environment,
      format,
      { bits: bits ?? (format.width as Bits), signed: isSigned, fraction: Number(fraction) },
      a!,
    ),
  fast: conversions.fromInteger(isSigned),
  integers: true,
});
