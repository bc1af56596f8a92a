/**
 * Operations on host arithmetic, where that is exact: under round to nearest, and while neither operands nor result are
 * special. `leave` gives an instruction up when its condition holds; `finish` of its
 * row then does all of it. What may be inexact says so apart, since that matters only until FPSR.IXC is set.
 */
import { Control } from '../../float/environment';
import type { Expr } from '../../wasm/expr';
import { and, eqz, negate, zeroExtend } from '../../wasm/expr';
import {
  between,
  both,
  choose,
  either,
  every,
  isDenormal,
  isSingle,
  isTie,
  isVector,
  type Lanes,
  narrowed,
  number,
  on,
  productError,
  some,
  sumError,
  toOdd,
  type WideLanes,
  wide,
  widened,
} from '../../wasm/float-lanes';
import type { Semantics } from '../semantics';

export interface Outcome {
  readonly result: Expr;
  /** i32: whether some lane was rounded. Absent where none ever is. May leave. */
  readonly inexact?: () => Expr;
}

export type Leave = (condition: Expr) => void;

/** Operands are kept values. */
export type Fast = (s: Semantics, lanes: Lanes, operands: readonly Expr[], leave: Leave) => Outcome;

/** Above the least normal number, so that nothing is tiny before rounding, and well below overflow. */
const LEAST = { single: 2 ** -126, double: 2 ** -1022 } as const;
const MOST = { single: 2 ** 127, double: 2 ** 1023 } as const;
/** Products and factors of these magnitudes have exact rounding errors. */
const LEAST_PRODUCT = 2 ** -960;

const precision = (lanes: Lanes): 'single' | 'double' => (isSingle(lanes) ? 'single' : 'double');
export const isNormal = (lanes: Lanes, value: Expr): Expr =>
  between(lanes, value, LEAST[precision(lanes)], MOST[precision(lanes)]);
export const isZero = (lanes: Lanes, value: Expr): Expr => on(lanes, 'eq', value, number(lanes, 0));
const differs = (lanes: Lanes, a: Expr, b: Expr): Expr => on(lanes, 'ne', a, b);
const isSmall = (lanes: Lanes, value: Expr): Expr =>
  on(lanes, 'lt', on(lanes, 'abs', value), number(lanes, MOST[precision(lanes)]));

/** Leaves unless every lane is as usual or, which is looked at only then, a rare case. */
function ensure(s: Semantics, leave: Leave, usual: Expr, rare: () => Expr): void {
  const mask = s.keep(usual);
  s.if(eqz(every(mask)), () => leave(eqz(every(either(mask, rare())))));
}

/** Under FPCR.FZ a denormal result would be zero. */
function leaveDenormal(s: Semantics, lanes: Lanes, leave: Leave, result: Expr): void {
  s.if(and(s.fpcr(), Control.FZ), () => leave(some(isDenormal(lanes, result))));
}

const addition =
  (name: 'add' | 'sub'): Fast =>
  (s, lanes, [a, b], leave) => {
    const result = s.keep(on(lanes, name, a!, b!));
    leave(eqz(every(isSmall(lanes, result))));
    leaveDenormal(s, lanes, leave, result);
    const other = (): Expr => (name === 'add' ? b! : s.keep(on(lanes, 'neg', b!)));
    return { result, inexact: () => some(isNotZero(lanes, sumError(s.keep, lanes, a!, other(), result))) };
  };

const isNotZero = (lanes: Lanes, value: Expr): Expr => on(lanes, 'ne', value, number(lanes, 0));

export const add = addition('add');
export const subtract = addition('sub');

/** After another operation, one that changes nothing but signs. */
const then =
  (first: Fast, change: (lanes: Lanes, value: Expr) => Expr): Fast =>
  (s, lanes, operands, leave) => {
    const outcome = first(s, lanes, operands, leave);
    return { ...outcome, result: s.keep(change(lanes, outcome.result)) };
  };

const negated = (lanes: Lanes, value: Expr): Expr => on(lanes, 'neg', value);
export const difference = then(subtract, (lanes, value) => on(lanes, 'abs', value));

/** Whether left × right is not `product`, which has been rounded from it, or from which it was divided. */
function productDiffers(s: Semantics, lanes: Lanes, leave: Leave, left: Expr, right: Expr, product: Expr): Expr {
  const { keep } = s;
  if (isSingle(lanes)) {
    const [a, b, p] = [left, right, product].map((each) => widened(keep, lanes, each)) as [
      readonly Expr[],
      readonly Expr[],
      readonly Expr[],
    ];
    const to = wide(lanes);
    const masks = a.map((each, at) => differs(to, on(to, 'mul', each, b[at]!), p[at]!));
    return some(masks.reduce(either));
  }
  const to = lanes as WideLanes;
  const exact = keep(on(to, 'mul', left, right));
  const error = productError(keep, to, left, right, exact);
  ensure(s, leave, between(to, exact, LEAST_PRODUCT, MOST.double), () => either(isZero(to, left), isZero(to, right)));
  leave(some(differs(to, error, error)));
  return some(either(differs(to, exact, product), isNotZero(to, error)));
}

export const multiply: Fast = (s, lanes, [a, b], leave) => {
  const result = s.keep(on(lanes, 'mul', a!, b!));
  // A product that is zero because a factor is zero is exact.
  ensure(s, leave, isNormal(lanes, result), () =>
    both(isZero(lanes, result), either(isZero(lanes, a!), isZero(lanes, b!))),
  );
  return { result, inexact: () => productDiffers(s, lanes, leave, a!, b!, result) };
};
export const multiplyNegate = then(multiply, negated);

export const divide: Fast = (s, lanes, [a, b], leave) => {
  const result = s.keep(on(lanes, 'div', a!, b!));
  ensure(s, leave, isNormal(lanes, result), () => both(isZero(lanes, result), isZero(lanes, a!)));
  return { result, inexact: () => productDiffers(s, lanes, leave, result, b!, a!) };
};

export const squareRoot: Fast = (s, lanes, [a], leave) => {
  const result = s.keep(on(lanes, 'sqrt', a!));
  leave(eqz(every(both(on(lanes, 'ge', a!, number(lanes, 0)), isSmall(lanes, a!)))));
  return { result, inexact: () => productDiffers(s, lanes, leave, result, result, a!) };
};

const parts = (s: Semantics, lanes: Lanes, ...values: readonly Expr[]): readonly (readonly Expr[])[] =>
  values.map((value) => widened(s.keep, lanes, value));

/** In double precision the product is exact; only a sum in the middle of two singles could be rounded twice. */
function fusedSingle(s: Semantics, lanes: Lanes, [c, a, b]: readonly Expr[], leave: Leave): Outcome {
  const to = wide(lanes);
  const [addends, lefts, rights] = parts(s, lanes, c!, a!, b!) as [Expr[], Expr[], Expr[]];
  const products = lefts.map((left, at) => s.keep(on(to, 'mul', left, rights[at]!)));
  const sums = products.map((product, at) => s.keep(on(to, 'add', product, addends[at]!)));
  const errors = (): Expr[] => sums.map((sum, at) => sumError(s.keep, to, products[at]!, addends[at]!, sum));
  const anyError = (): Expr =>
    some(
      errors()
        .map((error) => isNotZero(to, error))
        .reduce(either),
    );
  const usual = sums.map((sum) => between(to, sum, LEAST.single, MOST.single)).reduce(both);
  s.if(eqz(every(usual)), () => {
    for (const sum of sums) leave(eqz(every(either(between(to, sum, LEAST.single, MOST.single), isZero(to, sum)))));
  });
  s.if(some(sums.map((sum) => isTie(to, sum)).reduce(either)), () => leave(anyError()));
  const result = s.keep(narrowed(sums));
  const demoted = (): Expr =>
    some(
      widened(s.keep, lanes, result)
        .map((each, at) => differs(to, each, sums[at]!))
        .reduce(either),
    );
  return { result, inexact: () => either(demoted(), anyError()) };
}

/** The sum of three terms, of which the two small ones are added to odd (Boldo and Melquiond). */
function fusedDouble(s: Semantics, lanes: WideLanes, [c, a, b]: readonly Expr[], leave: Leave): Outcome {
  const { keep } = s;
  const product = keep(on(lanes, 'mul', a!, b!));
  ensure(s, leave, on(lanes, 'gt', on(lanes, 'abs', product), number(lanes, LEAST_PRODUCT)), () =>
    either(isZero(lanes, a!), isZero(lanes, b!)),
  );
  const low = productError(keep, lanes, a!, b!, product);
  const sum = keep(on(lanes, 'add', product, c!));
  const error = sumError(keep, lanes, product, c!, sum);
  const rest = keep(on(lanes, 'add', error, low));
  const lost = sumError(keep, lanes, error, low, rest);
  const odd = toOdd(keep, lanes, rest, lost);
  // Adding a zero would lose the sign of a zero.
  const result = keep(choose(isZero(lanes, odd), sum, on(lanes, 'add', sum, odd)));
  leave(eqz(every(isSmall(lanes, result))));
  leaveDenormal(s, lanes, leave, result);
  const inexact = (): Expr =>
    some(either(isNotZero(lanes, lost), isNotZero(lanes, sumError(keep, lanes, sum, odd, result))));
  return { result, inexact };
}

/** addend, left, right. */
export const multiplyAdd: Fast = (s, lanes, operands, leave) =>
  isSingle(lanes) ? fusedSingle(s, lanes, operands, leave) : fusedDouble(s, lanes as WideLanes, operands, leave);

/** Signs of a fused operation's terms. */
export const signed =
  (addend: 1 | -1, product: 1 | -1): Fast =>
  (s, lanes, [c, a, b], leave) =>
    multiplyAdd(
      s,
      lanes,
      [addend === 1 ? c! : s.keep(on(lanes, 'neg', c!)), product === 1 ? a! : s.keep(on(lanes, 'neg', a!)), b!],
      leave,
    );

/** constant - left × right, and half of it (FRECPS, FRSQRTS). */
export const newtonStep =
  (constant: number, factor: number): Fast =>
  (s, lanes, [a, b], leave) => {
    const addend = s.keep(number(lanes, constant));
    const outcome = multiplyAdd(s, lanes, [addend, s.keep(on(lanes, 'neg', a!)), b!], leave);
    if (factor === 1) return outcome;
    leave(eqz(every(isNormal(lanes, outcome.result))));
    return { ...outcome, result: s.keep(on(lanes, 'mul', outcome.result, number(lanes, factor))) };
  };

const isNumber = (lanes: Lanes, ...values: readonly Expr[]): Expr =>
  values.map((value) => on(lanes, 'eq', value, value)).reduce(both);

/** Both treat zeros by their signs; NaNs are left. */
export const extreme =
  (name: 'max' | 'min'): Fast =>
  (s, lanes, [a, b], leave) => {
    const result = s.keep(on(lanes, name, a!, b!));
    leave(eqz(every(isNumber(lanes, result))));
    return { result };
  };

/** The mask of a comparison, of magnitudes when `absolute`. */
export const comparison =
  (name: 'eq' | 'ge' | 'gt' | 'le' | 'lt', absolute = false): Fast =>
  (_s, lanes, [a, b], leave) => {
    leave(eqz(every(isNumber(lanes, a!, b!))));
    const operand = (value: Expr): Expr => (absolute ? on(lanes, 'abs', value) : value);
    const holds = on(lanes, name, operand(a!), operand(b!));
    return { result: isVector(lanes) ? holds : negate(lanes === 'f64' ? zeroExtend(holds) : holds) };
  };

export type IntegralRounding = 'nearest' | 'ceil' | 'floor' | 'trunc' | 'away';

/** To an integral number. Half-way cases away from zero have no instruction. */
export function integral(s: Semantics, lanes: Lanes, rounding: IntegralRounding, value: Expr): Expr {
  if (rounding !== 'away') return s.keep(on(lanes, rounding, value));
  const towards = s.keep(on(lanes, 'trunc', value));
  const far = on(lanes, 'ge', on(lanes, 'abs', on(lanes, 'sub', value, towards)), number(lanes, 0.5));
  const negative = on(lanes, 'lt', value, number(lanes, 0));
  const step = choose(negative, number(lanes, -1), number(lanes, 1));
  return s.keep(choose(far, on(lanes, 'add', towards, step), towards));
}

export const roundToIntegral =
  (rounding: IntegralRounding, exact: boolean): Fast =>
  (s, lanes, [a], leave) => {
    const result = integral(s, lanes, rounding, a!);
    leave(eqz(every(isNumber(lanes, a!))));
    return exact ? { result, inexact: () => some(differs(lanes, result, a!)) } : { result };
  };
