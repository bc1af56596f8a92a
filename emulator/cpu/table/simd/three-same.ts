/** AdvSIMD three same, vector and scalar, with their extension (Arm ARM C4.1.96). */
import type { Expr } from '../../wasm/expr';
import { shuffle, vector } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Row } from '../row';
import type { Semantics } from '../semantics';
import { join } from '../text';
import {
  absoluteDifference,
  compare,
  doublingHigh,
  evenElements,
  halvingSum,
  multiply,
  polynomialProduct,
  roundingAccumulate,
  saturatingSum,
} from './operations';
import {
  byLanes,
  elementBytes,
  hasShape,
  lanesOf,
  lowBits,
  range,
  type Shape,
  scalarsOf,
  shapeOf,
  shapeSplit,
  shapesOf,
  simdRow,
  vr,
  widthOf,
  zeroVector,
} from './shared';
import { shiftByRegister } from './shifts';

type Apply = (s: Semantics, shape: Shape, a: Expr, b: Expr) => Expr;

interface Operation {
  readonly name: string;
  readonly opcode: number;
  readonly sizes: readonly number[];
  readonly scalars?: readonly number[];
  /** Inputs beyond the shape must be zero, so that they neither saturate nor leave anything. */
  readonly saturating?: boolean;
  readonly feature?: 'FEAT_RDM';
  readonly apply: Apply;
}

const ALL = [0, 1, 2, 3];
const SMALL = [0, 1, 2];
const WORDS = [1, 2];
const D = [3];

/** The same operation on signed (U = 0) and unsigned elements. */
const signs = (
  opcode: number,
  name: string,
  sizes: readonly number[],
  apply: (s: Semantics, shape: Shape, a: Expr, b: Expr, unsigned: boolean) => Expr,
  more: { scalars?: readonly number[]; saturating?: boolean } = {},
): readonly (Operation & { readonly u: number })[] =>
  [0, 1].map((u) => ({
    u,
    name: `${'su'[u]}${name}`,
    opcode,
    sizes,
    ...more,
    apply: (s, shape, a, b) => apply(s, shape, a, b, u === 1),
  }));

const pairwise =
  (operation: string): Apply =>
  (s, shape, a, b) => {
    const { even, odd } = unzipped(s, shape, a, b);
    return byLanes(shape.size, operation, even, odd);
  };

/** Every second element of the two operands one behind the other. */
export function unzipped(s: Semantics, shape: Shape, a: Expr, b: Expr): { readonly even: Expr; readonly odd: Expr } {
  const { size } = shape;
  const half = lanesOf(shape) / 2;
  const of = (first: 0 | 1): readonly number[] =>
    shape.q === 1
      ? evenElements(size, first)
      : elementBytes(
          size,
          range(half * 2, (at) => (at < half ? at * 2 : (16 >> size) + (at - half) * 2) + first),
        );
  const [x, y] = [s.keep(a), s.keep(b)];
  return { even: shuffle(x, y, of(0)), odd: shuffle(x, y, of(1)) };
}

const shifts = (opcode: number, stem: string, rounding: boolean, saturating: boolean) =>
  signs(
    opcode,
    stem,
    ALL,
    (s, shape, a, b, unsigned) => shiftByRegister(s, shape, a, b, { unsigned, rounding, saturating }),
    { scalars: saturating ? ALL : D, saturating },
  );

const minimum = (opcode: number, stem: string, operation: 'max' | 'min') =>
  signs(opcode, stem, SMALL, (_, { size }, a, b, unsigned) =>
    byLanes(size, `${operation}${unsigned ? '_u' : '_s'}`, a, b),
  );

type Signed = Operation & { readonly u: number };

const operation = (
  u: number,
  opcode: number,
  name: string,
  sizes: readonly number[],
  apply: Apply,
  more: Partial<Operation> = {},
): Signed => ({ u, opcode, name, sizes, apply, ...more });

const OPERATIONS: readonly Signed[] = [
  ...signs(0b00000, 'hadd', SMALL, (_, { size }, a, b, unsigned) => halvingSum(size, a, b, unsigned, 'add')),
  ...signs(0b00001, 'qadd', ALL, (s, h, a, b, u) => saturatingSum(s, h, a, b, u, false), {
    scalars: ALL,
    saturating: true,
  }),
  ...signs(0b00010, 'rhadd', SMALL, (_, { size }, a, b, unsigned) => halvingSum(size, a, b, unsigned, 'round')),
  ...signs(0b00100, 'hsub', SMALL, (_, { size }, a, b, unsigned) => halvingSum(size, a, b, unsigned, 'sub')),
  ...signs(0b00101, 'qsub', ALL, (s, h, a, b, u) => saturatingSum(s, h, a, b, u, true), {
    scalars: ALL,
    saturating: true,
  }),
  operation(0, 0b00110, 'cmgt', ALL, (_, { size }, a, b) => compare(size, a, b, 'gt', false), { scalars: D }),
  operation(1, 0b00110, 'cmhi', ALL, (_, { size }, a, b) => compare(size, a, b, 'gt', true), { scalars: D }),
  operation(0, 0b00111, 'cmge', ALL, (_, { size }, a, b) => compare(size, a, b, 'ge', false), { scalars: D }),
  operation(1, 0b00111, 'cmhs', ALL, (_, { size }, a, b) => compare(size, a, b, 'ge', true), { scalars: D }),
  ...shifts(0b01000, 'shl', false, false),
  ...shifts(0b01001, 'qshl', false, true),
  ...shifts(0b01010, 'rshl', true, false),
  ...shifts(0b01011, 'qrshl', true, true),
  ...minimum(0b01100, 'max', 'max'),
  ...minimum(0b01101, 'min', 'min'),
  ...signs(0b01110, 'abd', SMALL, (_, { size }, a, b, unsigned) => absoluteDifference(size, a, b, unsigned)),
  ...signs(0b01111, 'aba', SMALL, (s, { size }, a, b, unsigned) =>
    byLanes(size, 'add', s.v('Rd'), absoluteDifference(size, a, b, unsigned)),
  ),
  operation(0, 0b10000, 'add', ALL, (_, { size }, a, b) => byLanes(size, 'add', a, b), { scalars: D }),
  operation(1, 0b10000, 'sub', ALL, (_, { size }, a, b) => byLanes(size, 'sub', a, b), { scalars: D }),
  operation(
    0,
    0b10001,
    'cmtst',
    ALL,
    (_, { size }, a, b) => byLanes(size, 'ne', vector('v128.and', a, b), zeroVector),
    { scalars: D },
  ),
  operation(1, 0b10001, 'cmeq', ALL, (_, { size }, a, b) => compare(size, a, b, 'eq', false), { scalars: D }),
  operation(0, 0b10010, 'mla', SMALL, (s, { size }, a, b) => byLanes(size, 'add', s.v('Rd'), multiply(size, a, b))),
  operation(1, 0b10010, 'mls', SMALL, (s, { size }, a, b) => byLanes(size, 'sub', s.v('Rd'), multiply(size, a, b))),
  operation(0, 0b10011, 'mul', SMALL, (_, { size }, a, b) => multiply(size, a, b)),
  operation(1, 0b10011, 'pmul', [0], (s, _, a, b) => polynomialProduct(s, 0, a, b)),
  ...signs(0b10100, 'maxp', SMALL, (s, shape, a, b, unsigned) =>
    pairwise(`max${unsigned ? '_u' : '_s'}`)(s, shape, a, b),
  ),
  ...signs(0b10101, 'minp', SMALL, (s, shape, a, b, unsigned) =>
    pairwise(`min${unsigned ? '_u' : '_s'}`)(s, shape, a, b),
  ),
  operation(0, 0b10110, 'sqdmulh', WORDS, (s, { size }, a, b) => doublingHigh(s, size, a, b, false), {
    scalars: WORDS,
    saturating: true,
  }),
  operation(1, 0b10110, 'sqrdmulh', WORDS, (s, { size }, a, b) => doublingHigh(s, size, a, b, true), {
    scalars: WORDS,
    saturating: true,
  }),
  operation(0, 0b10111, 'addp', ALL, pairwise('add')),
];

/** Operands, with what is beyond the shape cleared where that could saturate. */
const operand = (s: Semantics, field: string, shape: Shape, cleared: boolean): Expr =>
  s.keep(cleared ? lowBits(s.v(field), widthOf(shape)) : s.v(field));

function emitThree(s: Semantics, shapes: readonly Shape[], { apply, saturating }: Operation): void {
  const shape = shapeOf(s, shapes);
  const clear = saturating === true;
  const [a, b] = [operand(s, 'Rn', shape, clear), operand(s, 'Rm', shape, clear)];
  s.setV('Rd', lowBits(apply(s, shape, a, b), widthOf(shape)));
}

function rows(each: Signed, middle: string, group: string): Row[] {
  const shapes = shapesOf(each.sizes);
  const scalars = scalarsOf(each.scalars ?? []);
  const common = { ...(each.feature === undefined ? {} : { feature: each.feature }) };
  const name = each.name.toUpperCase();
  const made = [
    simdRow({
      ...common,
      name: `${name} (vector)`,
      group,
      encoding: `0 Q ${each.u} 01110 size:2 ${middle} Rn:5 Rd:5`,
      where: (f) => hasShape(shapes, f),
      split: [shapeSplit(shapes)],
      emit: (s) => emitThree(s, shapes, each),
      text: (f) => join(each.name, ...['Rd', 'Rn', 'Rm'].map((of) => vr({ size: f['size']!, q: f['Q'] }, f[of]!))),
    }),
  ];
  if (scalars.length === 0) return made;
  return [
    ...made,
    simdRow({
      ...common,
      name: `${name} (scalar)`,
      group: `scalar ${group}`,
      encoding: `01 ${each.u} 11110 size:2 ${middle} Rn:5 Rd:5`,
      where: (f) => hasShape(scalars, f),
      split: [shapeSplit(scalars)],
      emit: (s) => emitThree(s, scalars, each),
      text: (f) => join(each.name, ...['Rd', 'Rn', 'Rm'].map((of) => vr({ size: f['size']!, q: undefined }, f[of]!))),
    }),
  ];
}

const same = OPERATIONS.flatMap((each) => rows(each, `1 Rm:5 ${bits(each.opcode, 5)} 1`, 'three same'));

/** Bitwise: by U and size. */
const LOGICAL: readonly [name: string, u: number, size: number, apply: (s: Semantics, a: Expr, b: Expr) => Expr][] = [
  ['and', 0, 0, (_, a, b) => vector('v128.and', a, b)],
  ['bic', 0, 1, (_, a, b) => vector('v128.andnot', a, b)],
  ['orr', 0, 2, (_, a, b) => vector('v128.or', a, b)],
  ['orn', 0, 3, (_, a, b) => vector('v128.or', a, vector('v128.not', b))],
  ['eor', 1, 0, (_, a, b) => vector('v128.xor', a, b)],
  ['bsl', 1, 1, (s, a, b) => vector('v128.bitselect', a, b, s.v('Rd'))],
  ['bit', 1, 2, (s, a, b) => vector('v128.bitselect', a, s.v('Rd'), b)],
  ['bif', 1, 3, (s, a, b) => vector('v128.bitselect', s.v('Rd'), a, b)],
];

const logical = LOGICAL.map(([name, u, size, apply]) =>
  simdRow({
    name: `${name.toUpperCase()} (vector, register)`,
    group: 'three same',
    encoding: `0 Q ${u} 01110 ${bits(size, 2)} 1 Rm:5 00011 1 Rn:5 Rd:5`,
    split: ['Q'],
    emit: (s) => s.setV('Rd', lowBits(apply(s, s.v('Rn'), s.v('Rm')), 64 << s.known('Q'))),
    text(f) {
      const register = (of: string): string => vr({ size: 0, q: f['Q'] }, f[of]!);
      if (name === 'orr' && f['Rn'] === f['Rm']) return join('mov', register('Rd'), register('Rn'));
      return join(name, register('Rd'), register('Rn'), register('Rm'));
    },
  }),
);

const accumulating = [0, 1].flatMap((subtract) => {
  const apply: Apply = (s, shape, a, b) =>
    roundingAccumulate(s, shape, operand(s, 'Rd', shape, true), a, b, subtract === 1);
  const name = subtract === 1 ? 'sqrdmlsh' : 'sqrdmlah';
  const more = { scalars: WORDS, saturating: true, feature: 'FEAT_RDM' } as const;
  const each = operation(1, 0b10000 | subtract, name, WORDS, apply, more);
  return rows(each, `0 Rm:5 1000 ${subtract} 1`, 'three same extra');
});

export const SIMD_THREE_SAME: readonly Row[] = [...same, ...logical, ...accumulating];
