/** Conversions on host arithmetic, under the conditions of `fast.ts`. */
import { Control } from '../../float/environment';
import type { Expr } from '../../wasm/expr';
import { and, eqz, i32, ne } from '../../wasm/expr';
import type { FloatOp } from '../../wasm/float-expr';
import { float } from '../../wasm/float-expr';
import {
  between,
  bitsOf,
  both,
  either,
  every,
  isSingle,
  isVector,
  type Lanes,
  number,
  on,
  some,
  UPPER_TO_LOWER,
  widened,
} from '../../wasm/float-lanes';
import { shuffle, v128, vector, vectorLane } from '../../wasm/vector-expr';
import type { Semantics } from '../semantics';
import type { Fast, Leave, Outcome } from './fast';
import { type IntegralRounding, integral, isNormal, isZero } from './fast';

const letter = (isSigned: boolean): 's' | 'u' => (isSigned ? 's' : 'u');

/** Both lanes of a vector of 64 bits by an operation on numbers. */
function eachOfTwo(value: Expr, from: 'f64x2' | 'i64x2', to: 'f64x2' | 'i64x2', change: (lane: Expr) => Expr): Expr {
  const lane = (at: number): Expr => change(vectorLane(`${from}.extract_lane`, at, value));
  return vectorLane(`${to}.replace_lane`, 1, vector(`${to}.splat`, lane(0)), lane(1));
}

function truncated(lanes: Lanes, isSigned: boolean, bits: 32 | 64, value: Expr): Expr {
  const suffix = letter(isSigned);
  if (lanes === 'f32x4') return vector(`i32x4.trunc_sat_f32x4_${suffix}`, value);
  if (lanes === 'f64x2') {
    return eachOfTwo(value, 'f64x2', 'i64x2', (lane) => float(`i64.trunc_sat_f64_${suffix}`, lane));
  }
  return float(`i${bits}.trunc_sat_${lanes}_${suffix}` as FloatOp, value);
}

/** To an integer; a second operand scales. What does not fit is left, and a NaN is among that. */
export const toInteger =
  (rounding: IntegralRounding, isSigned: boolean, width?: 32 | 64): Fast =>
  (s, lanes, [a, scale], leave) => {
    const bits = width ?? (isSingle(lanes) ? 32 : 64);
    const value = scale === undefined ? a! : s.keep(on(lanes, 'mul', a!, scale));
    const whole = integral(s, lanes, rounding, value);
    const above = on(lanes, 'ge', whole, number(lanes, isSigned ? -(2 ** (bits - 1)) : 0));
    const below = on(lanes, 'lt', whole, number(lanes, 2 ** (isSigned ? bits - 1 : bits)));
    leave(eqz(every(both(above, below))));
    return {
      result: truncated(lanes, isSigned, bits, whole),
      inexact: () => some(on(lanes, 'ne', whole, value)),
    };
  };

/** From an i32 or i64 to a number; whether that has fewer digits is seen on the way back. */
export function numberOf(s: Semantics, lanes: 'f32' | 'f64', isSigned: boolean, integer: Expr): Outcome {
  const suffix = letter(isSigned);
  const value = s.keep(integer);
  const result = s.keep(float(`${lanes}.convert_${value.type}_${suffix}` as FloatOp, value));
  if (value.type === 'i32') {
    if (lanes === 'f64') return { result };
    const exact = float(`f64.convert_i32_${suffix}`, value);
    return { result, inexact: () => float('f64.ne', exact, float('f64.promote_f32', result)) };
  }
  const back = float(`i64.trunc_sat_${lanes}_${suffix}` as FloatOp, result);
  const beyond = on(lanes, 'ge', result, number(lanes, isSigned ? 2 ** 63 : 2 ** 64));
  return { result, inexact: () => either(ne(back, value), beyond) };
}

function numbersOf(s: Semantics, lanes: 'f32x4' | 'f64x2', isSigned: boolean, integers: Expr): Outcome {
  const suffix = letter(isSigned);
  if (lanes === 'f32x4') {
    const result = s.keep(vector(`f32x4.convert_i32x4_${suffix}`, integers));
    const exact = [integers, shuffle(integers, integers, UPPER_TO_LOWER)].map((half) =>
      vector(`f64x2.convert_low_i32x4_${suffix}`, half),
    );
    const inexact = (): Expr =>
      some(
        widened(s.keep, lanes, result)
          .map((half, at) => on('f64x2', 'ne', half, exact[at]!))
          .reduce(either),
      );
    return { result, inexact };
  }
  const [low, high] = [0, 1].map((at) =>
    numberOf(s, 'f64', isSigned, vectorLane('i64x2.extract_lane', at, integers)),
  ) as [Outcome, Outcome];
  const result = vectorLane('f64x2.replace_lane', 1, vector('f64x2.splat', low.result), high.result);
  return { result: s.keep(result), inexact: () => either(low.inexact!(), high.inexact!()) };
}

/** From the integer in each lane; a second operand scales, which is exact. */
export const fromInteger =
  (isSigned: boolean): Fast =>
  (s, lanes, [a, scale]) => {
    const outcome = isVector(lanes)
      ? numbersOf(s, lanes as 'f32x4' | 'f64x2', isSigned, a!)
      : numberOf(s, lanes as 'f32' | 'f64', isSigned, bitsOf(lanes, a!));
    if (scale === undefined) return outcome;
    return { ...outcome, result: s.keep(on(lanes, 'mul', outcome.result, scale)) };
  };

/** Single from double. */
export const demote: Fast = (s, _lanes, [a], leave) => {
  const result = s.keep(float('f32.demote_f64', a!));
  leave(eqz(either(isNormal('f32', result), isZero('f64', a!))));
  return { result, inexact: () => float('f64.ne', float('f64.promote_f32', result), a!) };
};

/** Double from single, which is exact; NaNs are left. */
export const promote: Fast = (_s, _lanes, [a], leave) => {
  leave(float('f32.ne', a!, a!));
  return { result: float('f64.promote_f32', a!) };
};

/** The same of both doubles of a vector, into its lower half with zeros above. */
export function demoteVector(s: Semantics, value: Expr, leave: Leave): Outcome {
  const result = s.keep(vector('f32x4.demote_f64x2_zero', value));
  const back = s.keep(vector('f64x2.promote_low_f32x4', result));
  leave(eqz(every(either(between('f64x2', back, 2 ** -126, 2 ** 127), isZero('f64x2', value)))));
  return { result, inexact: () => some(on('f64x2', 'ne', back, value)) };
}

/** The same of the two lower singles of a vector. */
export function promoteVector(s: Semantics, value: Expr, leave: Leave): Outcome {
  const result = s.keep(vector('f64x2.promote_low_f32x4', value));
  leave(some(on('f64x2', 'ne', result, result)));
  return { result };
}

const HALF_LIMITS = [2 ** -14, 2 ** 15] as const;
const lanes32 = (bits: number): Expr => v128(BigInt(bits >>> 0) * 0x1_0000_0001_0000_0001_0000_0001n);

/** Singles from the halves in the low bits of four lanes of 32: exact, and no flag is raised. Special values are left. */
export function promoteHalves(s: Semantics, value: Expr, leave: Leave): Outcome {
  leave(and(s.fpcr(), Control.AHP));
  const exponents = lanes32(0x7c00);
  leave(some(vector('i32x4.eq', vector('v128.and', value, exponents), exponents)));
  const magnitude = vector('i32x4.shl', vector('v128.and', value, lanes32(0x7fff)), i32(13));
  const sign = vector('i32x4.shl', vector('v128.and', value, lanes32(0x8000)), i32(16));
  // The exponent field is 112 short; denormal halves come right by the same factor.
  return { result: vector('v128.or', on('f32x4', 'mul', magnitude, number('f32x4', 2 ** 112)), sign) };
}

/** Halves in the low bits of the lanes of four singles, which are zero or whose halves are normal. */
export function demoteSingles(s: Semantics, value: Expr, leave: Leave): Outcome {
  leave(and(s.fpcr(), Control.AHP));
  const zeros = s.keep(isZero('f32x4', value));
  leave(eqz(every(either(between('f32x4', value, ...HALF_LIMITS), zeros))));
  const magnitude = s.keep(vector('v128.and', value, lanes32(0x7fff_ffff)));
  const odd = vector('v128.and', vector('i32x4.shr_u', magnitude, i32(13)), lanes32(1));
  const rounded = vector('i32x4.add', vector('i32x4.add', magnitude, lanes32(0xfff)), odd);
  const moved = vector('i32x4.sub', vector('i32x4.shr_u', rounded, i32(13)), lanes32(112 << 10));
  const sign = vector('i32x4.shr_u', vector('v128.andnot', value, lanes32(0x7fff_ffff)), i32(16));
  const result = s.keep(vector('v128.or', vector('v128.andnot', moved, zeros), sign));
  return { result, inexact: () => some(vector('v128.and', magnitude, lanes32(0x1fff))) };
}
