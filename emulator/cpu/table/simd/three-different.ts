/** AdvSIMD three different: results or operands of twice the size (Arm ARM C4.1.96). */
import type { Expr } from '../../wasm/expr';
import { and, i32, mul, or, shrU, xor } from '../../wasm/expr';
import { shuffle, vector, vectorLane } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Row } from '../row';
import type { Semantics } from '../semantics';
import { join } from '../text';
import {
  absoluteDifference,
  evenElements,
  type Part,
  polynomialProduct,
  saturatingSum,
  widen,
  widenProduct,
} from './operations';
import {
  anySaturated,
  bitsOf,
  byLanes,
  hasShape,
  lowBits,
  mostNegative,
  placeHalf,
  range,
  type Shape,
  scalarsOf,
  shapeOf,
  shapeSplit,
  shapesOf,
  simdRow,
  splatConstant,
  vr,
  widthOf,
} from './shared';
import { reverseBits } from './two-register';

/** Elements of a shape give elements of twice the size: the lower half of the vectors, or the upper when q is 1. */
export type Long = (s: Semantics, shape: Shape, a: Expr, b: Expr) => Expr;

const partOf = ({ q }: Shape): Part => (q === 1 ? 'high' : 'low');
const wideShape = ({ size, q }: Shape): Shape => ({ size: size + 1, q: q === undefined ? undefined : 1 });
const onDestination =
  (operation: 'add' | 'sub', product: Long): Long =>
  (s, shape, a, b) =>
    byLanes(shape.size + 1, operation, s.v('Rd'), product(s, shape, a, b));

const longSum =
  (operation: 'add' | 'sub', unsigned: boolean): Long =>
  (_, shape, a, b) =>
    byLanes(shape.size + 1, operation, ...[a, b].map((each) => widen(shape.size, partOf(shape), each, unsigned)));

const wideSum =
  (operation: 'add' | 'sub', unsigned: boolean): Long =>
  (_, shape, a, b) =>
    byLanes(shape.size + 1, operation, a, widen(shape.size, partOf(shape), b, unsigned));

const longDifference =
  (unsigned: boolean): Long =>
  (_, shape, a, b) =>
    widen(shape.size, partOf(shape), absoluteDifference(shape.size, a, b, unsigned), true);

const product =
  (unsigned: boolean): Long =>
  (_, shape, a, b) =>
    widenProduct(shape.size, partOf(shape), a, b, unsigned);

/** A doubled product is the most negative number only when it saturates. */
const doubled: Long = (s, shape, a, b) => {
  const up = shape.size + 1;
  const twice = s.keep(byLanes(up, 'shl', product(false)(s, shape, a, b), i32(1)));
  const exceeds = s.keep(byLanes(up, 'eq', twice, mostNegative(up)));
  anySaturated(s, exceeds);
  return s.keep(byLanes(up, 'add', twice, exceeds));
};

const doubledSum =
  (subtract: boolean): Long =>
  (s, shape, a, b) => {
    const to = wideShape(shape);
    const value = doubled(s, shape, a, b);
    return saturatingSum(s, to, s.keep(lowBits(s.v('Rd'), widthOf(to))), value, false, subtract);
  };

/** Products that by-element instructions have too, by name without the sign. */
export const LONG_PRODUCTS = {
  mlal: (unsigned: boolean) => onDestination('add', product(unsigned)),
  mlsl: (unsigned: boolean) => onDestination('sub', product(unsigned)),
  mull: product,
  sqdmlal: () => doubledSum(false),
  sqdmlsl: () => doubledSum(true),
  sqdmull: () => doubled,
} as const;

const polynomial: Long = (s, shape, a, b) =>
  polynomialProduct(s, 1, s.keep(widen(0, partOf(shape), a, true)), s.keep(widen(0, partOf(shape), b, true)));

interface Operation {
  readonly name: string;
  readonly u: number;
  readonly opcode: number;
  readonly sizes: readonly number[];
  readonly scalars?: readonly number[];
  /** Which operands beside the result are of twice the size. */
  readonly wide?: 'first';
  readonly apply: Long;
}

const SMALL = [0, 1, 2];
const WORDS = [1, 2];

const signs = (opcode: number, stem: string, apply: (unsigned: boolean) => Long, wide?: 'first'): Operation[] =>
  [0, 1].map((u) => ({
    u,
    opcode,
    name: `${'su'[u]}${stem}`,
    sizes: SMALL,
    apply: apply(u === 1),
    ...(wide === undefined ? {} : { wide }),
  }));

const OPERATIONS: readonly Operation[] = [
  ...signs(0b0000, 'addl', (unsigned) => longSum('add', unsigned)),
  ...signs(0b0001, 'addw', (unsigned) => wideSum('add', unsigned), 'first'),
  ...signs(0b0010, 'subl', (unsigned) => longSum('sub', unsigned)),
  ...signs(0b0011, 'subw', (unsigned) => wideSum('sub', unsigned), 'first'),
  ...signs(0b0101, 'abal', (unsigned) => onDestination('add', longDifference(unsigned))),
  ...signs(0b0111, 'abdl', longDifference),
  ...signs(0b1000, 'mlal', LONG_PRODUCTS.mlal),
  { u: 0, opcode: 0b1001, name: 'sqdmlal', sizes: WORDS, scalars: WORDS, apply: doubledSum(false) },
  ...signs(0b1010, 'mlsl', LONG_PRODUCTS.mlsl),
  { u: 0, opcode: 0b1011, name: 'sqdmlsl', sizes: WORDS, scalars: WORDS, apply: doubledSum(true) },
  ...signs(0b1100, 'mull', LONG_PRODUCTS.mull),
  { u: 0, opcode: 0b1101, name: 'sqdmull', sizes: WORDS, scalars: WORDS, apply: doubled },
  { u: 0, opcode: 0b1110, name: 'pmull', sizes: [0], apply: polynomial },
];

const GROUP = 'three different';

function rows(each: Operation): Row[] {
  const shapes = shapesOf(each.sizes);
  const name = each.name.toUpperCase();
  const vectorRow = simdRow({
    name: `${name} (vector)`,
    group: GROUP,
    encoding: `0 Q ${each.u} 01110 size:2 1 Rm:5 ${bits(each.opcode, 4)} 00 Rn:5 Rd:5`,
    where: (f) => hasShape(shapes, f),
    split: [shapeSplit(shapes)],
    emit: (s) => s.setV('Rd', each.apply(s, shapeOf(s, shapes), s.keep(s.v('Rn')), s.keep(s.v('Rm')))),
    text(f) {
      const shape = { size: f['size']!, q: f['Q'] };
      const [rd, rm] = [vr({ size: shape.size + 1, q: 1 }, f['Rd']!), vr(shape, f['Rm']!)];
      const rn = vr(each.wide === 'first' ? { size: shape.size + 1, q: 1 } : shape, f['Rn']!);
      return join(`${each.name}${f['Q'] === 1 ? '2' : ''}`, rd, rn, rm);
    },
  });
  if (each.scalars === undefined) return [vectorRow];
  const scalars = scalarsOf(each.scalars);
  const scalarRow = simdRow({
    name: `${name} (scalar)`,
    group: `scalar ${GROUP}`,
    encoding: `01 0 11110 size:2 1 Rm:5 ${bits(each.opcode, 4)} 00 Rn:5 Rd:5`,
    where: (f) => hasShape(scalars, f),
    split: [shapeSplit(scalars)],
    emit(s) {
      const shape = shapeOf(s, scalars);
      const operand = (field: string): Expr => s.keep(lowBits(s.v(field), widthOf(shape)));
      const value = each.apply(s, shape, operand('Rn'), operand('Rm'));
      s.setV('Rd', lowBits(value, bitsOf(shape.size + 1)));
    },
    text(f) {
      const size = f['size']!;
      const [rd, rn] = [vr({ size: size + 1, q: undefined }, f['Rd']!), vr({ size, q: undefined }, f['Rn']!)];
      return join(each.name, rd, rn, vr({ size, q: undefined }, f['Rm']!));
    },
  });
  return [vectorRow, scalarRow];
}

/** ADDHN, SUBHN and the rounding RADDHN, RSUBHN: the upper halves of the elements of sums. */
const highHalves = (['add', 'sub'] as const).flatMap((operation) =>
  ([0, 1] as const).map((rounding) => {
    const name = `${rounding === 1 ? 'r' : ''}${operation}hn`;
    const shapes = shapesOf(SMALL);
    return simdRow({
      name: name.toUpperCase(),
      group: GROUP,
      encoding: `0 Q ${rounding} 01110 size:2 1 Rm:5 ${operation === 'add' ? '0100' : '0110'} 00 Rn:5 Rd:5`,
      where: (f) => hasShape(shapes, f),
      split: [shapeSplit(shapes)],
      emit(s) {
        const { size, q } = shapeOf(s, shapes);
        const exact = byLanes(size + 1, operation, s.v('Rn'), s.v('Rm'));
        const half = splatConstant(size + 1, 1n << BigInt(bitsOf(size) - 1));
        const sum = s.keep(rounding === 1 ? byLanes(size + 1, 'add', exact, half) : exact);
        s.setV('Rd', placeHalf(s, shuffle(sum, sum, evenElements(size, 1)), q === 1));
      },
      text(f) {
        const up = { size: f['size']! + 1, q: 1 };
        const rd = vr({ size: f['size']!, q: f['Q'] }, f['Rd']!);
        return join(`${name}${f['Q'] === 1 ? '2' : ''}`, rd, vr(up, f['Rn']!), vr(up, f['Rm']!));
      },
    });
  }),
);

const EVERY_FOURTH = 0x1111_1111_1111_1111n;

/**
 * Low 64 bits of the carry-less product of two i64: each factor in four parts of every fourth bit, whose ordinary
 * products carry into the bits between only.
 */
function carrylessLow(s: Semantics, a: Expr, b: Expr): Expr {
  const parts = (value: Expr): Expr[] =>
    range(4, (at) => at).map((at) => s.keep(and(value, EVERY_FOURTH << BigInt(at))));
  const [x, y] = [parts(s.keep(a)), parts(s.keep(b))];
  const residue = (k: number): Expr =>
    and(
      range(4, (at) => at)
        .map((at) => mul(x[at]!, y[(k - at + 4) % 4]!))
        .reduce((sum, each) => xor(sum, each)),
      EVERY_FOURTH << BigInt(k),
    );
  return range(4, (at) => at)
    .map(residue)
    .reduce((all, each) => or(all, each));
}

/** The bits of each half of a vector in reverse order. */
const reverseHalves = (s: Semantics, value: Expr): Expr => {
  const turned = s.keep(reverseBits(value));
  return shuffle(
    turned,
    turned,
    range(16, (at) => (at & 8) + 7 - (at & 7)),
  );
};

/** PMULL, PMULL2 of 64 bits: the upper half of the product is the lower one of the reversed factors. */
const longPolynomial = simdRow({
  name: 'PMULL (vector, 64-bit)',
  group: GROUP,
  feature: 'FEAT_PMULL',
  encoding: '0 Q 0 01110 11 1 Rm:5 1110 00 Rn:5 Rd:5',
  split: ['Q'],
  emit(s) {
    const q = s.known('Q');
    const half = (value: Expr): Expr => vectorLane('i64x2.extract_lane', q, value);
    const low = s.keep(carrylessLow(s, s.lane('Rn', 'i64', 64, q), s.lane('Rm', 'i64', 64, q)));
    const turned = carrylessLow(s, half(reverseHalves(s, s.v('Rn'))), half(reverseHalves(s, s.v('Rm'))));
    const back = reverseHalves(s, vector('i64x2.splat', turned));
    const high = shrU(vectorLane('i64x2.extract_lane', 0, back), 1);
    s.setV('Rd', vectorLane('i64x2.replace_lane', 1, vector('i64x2.splat', low), high));
  },
  text: (f) =>
    join(f['Q'] === 1 ? 'pmull2' : 'pmull', `v${f['Rd']}.1q`, ...['Rn', 'Rm'].map((of) => `v${f[of]}.${1 + f['Q']!}d`)),
});

export const SIMD_THREE_DIFFERENT: readonly Row[] = [...OPERATIONS.flatMap(rows), ...highHalves, longPolynomial];
