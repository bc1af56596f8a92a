/**
 * Dot products of BFloat16 numbers (Arm ARM, BFDotAdd without FEAT_EBF16). They heed nothing of FPCR and raise nothing:
 * results are rounded to odd or overflow to infinity, denormal numbers are zeros, every NaN is the default one.
 */
import { add, type Binary, multiply } from './arithmetic';
import { Control, type Environment, Flag, Rounding } from './environment';
import { infinity, SINGLE, signBit } from './format';

const inOwnWay =
  (operation: Binary) =>
  (a: bigint, b: bigint): bigint => {
    const own: Environment = { fpcr: Control.FZ | Control.DN, rounding: Rounding.ToOdd, flags: 0 };
    const result = operation(own, SINGLE, a, b);
    return (own.flags & Flag.Overflow) === 0 ? result : infinity(SINGLE, (result & signBit(SINGLE)) !== 0n);
  };

const sum = inOwnWay(add);
const product = inOwnWay(multiply);

/** A BFloat16 number as a single. */
export const widened = (bits: bigint): bigint => bits << 16n;

/** addend + left · right, of two BFloat16 numbers each. */
export const dotAdd = (addend: bigint, left: readonly [bigint, bigint], right: readonly [bigint, bigint]): bigint =>
  sum(addend, sum(product(widened(left[0]), widened(right[0])), product(widened(left[1]), widened(right[1]))));
