/** AdvSIMD vector by indexed element, vector and scalar: integers; and the dot and matrix products (Arm ARM C4.1.96). */
import type { Expr } from '../../wasm/expr';
import { or } from '../../wasm/expr';
import { shuffle, vector } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Fields, Row } from '../row';
import type { Semantics } from '../semantics';
import { join } from '../text';
import { doublingHigh, evenElements, multiply, roundingAccumulate, widenProduct } from './operations';
import { bitsOf, byLanes, elementBytes, lowBits, type Shape, simdRow, splat, ve, vr, widthOf } from './shared';
import { LONG_PRODUCTS } from './three-different';
import { unzipped } from './three-same';

const GROUP = 'vector x indexed element';

/** Where the index and Vm are, by the size of the elements: 16 bits leave Vm four bits. */
const PLACES = {
  1: { before: 'L M Rm:4', after: 'H' },
  2: { before: 'L Rm:5', after: 'H' },
} as const;
type Size = keyof typeof PLACES;

const indexIn = (size: Size, f: Fields): number =>
  size === 1 ? (f['H']! << 2) | (f['L']! << 1) | f['M']! : (f['H']! << 1) | f['L']!;

const indexOf = (s: Semantics, size: Size): Expr =>
  size === 1 ? or(or(s.field('H', 2), s.field('L', 1)), s.field('M')) : or(s.field('H', 1), s.field('L'));

const elementOf = (s: Semantics, size: Size): Expr =>
  s.keep(splat(size, s.lane('Rm', 'i32', bitsOf(size), indexOf(s, size))));

type Apply = (s: Semantics, shape: Shape, a: Expr, b: Expr) => Expr;

interface Operation {
  readonly name: string;
  readonly u: number;
  readonly opcode: number;
  /** The result's elements are of twice the size. */
  readonly long?: boolean;
  readonly scalar?: boolean;
  readonly feature?: 'FEAT_RDM';
  readonly apply: Apply;
}

const accumulating =
  (subtract: boolean): Apply =>
  (s, shape, a, b) =>
    roundingAccumulate(s, shape, s.keep(lowBits(s.v('Rd'), widthOf(shape))), a, b, subtract);

const longSigns = (opcode: number, stem: 'mlal' | 'mlsl' | 'mull'): Operation[] =>
  [0, 1].map((u) => ({ name: `${'su'[u]}${stem}`, u, opcode, long: true, apply: LONG_PRODUCTS[stem](u === 1) }));

const doubledLong = (opcode: number, name: 'sqdmlal' | 'sqdmlsl' | 'sqdmull'): Operation => ({
  name,
  u: 0,
  opcode,
  long: true,
  scalar: true,
  apply: LONG_PRODUCTS[name](),
});

const OPERATIONS: readonly Operation[] = [
  ...longSigns(0b0010, 'mlal'),
  doubledLong(0b0011, 'sqdmlal'),
  ...longSigns(0b0110, 'mlsl'),
  doubledLong(0b0111, 'sqdmlsl'),
  { name: 'mul', u: 0, opcode: 0b1000, apply: (_, { size }, a, b) => multiply(size, a, b) },
  {
    name: 'mla',
    u: 1,
    opcode: 0b0000,
    apply: (s, { size }, a, b) => byLanes(size, 'add', s.v('Rd'), multiply(size, a, b)),
  },
  {
    name: 'mls',
    u: 1,
    opcode: 0b0100,
    apply: (s, { size }, a, b) => byLanes(size, 'sub', s.v('Rd'), multiply(size, a, b)),
  },
  ...longSigns(0b1010, 'mull'),
  doubledLong(0b1011, 'sqdmull'),
  {
    name: 'sqdmulh',
    u: 0,
    opcode: 0b1100,
    scalar: true,
    apply: (s, { size }, a, b) => doublingHigh(s, size, a, b, false),
  },
  {
    name: 'sqrdmulh',
    u: 0,
    opcode: 0b1101,
    scalar: true,
    apply: (s, { size }, a, b) => doublingHigh(s, size, a, b, true),
  },
  { name: 'sqrdmlah', u: 1, opcode: 0b1101, scalar: true, feature: 'FEAT_RDM', apply: accumulating(false) },
  { name: 'sqrdmlsh', u: 1, opcode: 0b1111, scalar: true, feature: 'FEAT_RDM', apply: accumulating(true) },
];

function rowOf(each: Operation, size: Size, scalar: boolean): Row {
  const { before, after } = PLACES[size];
  const prefix = scalar ? `01 ${each.u} 11111` : `0 Q ${each.u} 01111`;
  const resultSize = each.long === true ? size + 1 : size;
  return simdRow({
    name: `${each.name.toUpperCase()} (${scalar ? 'scalar, ' : ''}by element, ${8 << size}-bit)`,
    group: `${scalar ? 'scalar x' : 'vector x'} indexed element`,
    ...(each.feature === undefined ? {} : { feature: each.feature }),
    encoding: `${prefix} ${bits(size, 2)} ${before} ${bits(each.opcode, 4)} ${after} 0 Rn:5 Rd:5`,
    split: scalar ? [] : ['Q'],
    emit(s) {
      const shape: Shape = { size, q: scalar ? undefined : s.known('Q') };
      const element = elementOf(s, size);
      const cleared = scalar || (each.long !== true && shape.q === 0);
      const n = s.keep(cleared ? lowBits(s.v('Rn'), widthOf(shape)) : s.v('Rn'));
      const width = scalar ? bitsOf(resultSize) : each.long === true ? 128 : widthOf(shape);
      s.setV('Rd', lowBits(each.apply(s, shape, n, element), width));
    },
    text(f) {
      const q = scalar ? undefined : f['Q'];
      const name = each.long === true && q === 1 ? `${each.name}2` : each.name;
      const rd = vr({ size: resultSize, q: each.long === true && !scalar ? 1 : q }, f['Rd']!);
      return join(name, rd, vr({ size, q }, f['Rn']!), ve(size, f['Rm']!, indexIn(size, f)));
    },
  });
}

const byElement = OPERATIONS.flatMap((each) =>
  ([1, 2] as const).flatMap((size) => [
    rowOf(each, size, false),
    ...(each.scalar === true ? [rowOf(each, size, true)] : []),
  ]),
);

type Sign = 's' | 'u';

/** The 16 products of bytes, extended by the sign of each operand, in two vectors of 16-bit elements. */
function byteProducts(s: Semantics, a: Expr, b: Expr, signs: readonly [Sign, Sign]): readonly [Expr, Expr] {
  const [x, y] = signs;
  if (x === y) return [widenProduct(0, 'low', a, b, x === 'u'), widenProduct(0, 'high', a, b, x === 'u')];
  const part = (half: 'low' | 'high'): Expr =>
    vector('i16x8.mul', vector(`i16x8.extend_${half}_i8x16_${x}`, a), vector(`i16x8.extend_${half}_i8x16_${y}`, b));
  return [s.keep(part('low')), s.keep(part('high'))];
}

/** Sums of four neighbouring products. A product of bytes of both kinds has the sign of 16 bits. */
function dot(s: Semantics, a: Expr, b: Expr, signs: readonly [Sign, Sign]): Expr {
  const sign = signs[0] === 'u' && signs[1] === 'u' ? 'u' : 's';
  const [low, high] = byteProducts(s, a, b, signs).map((each) =>
    s.keep(vector(`i32x4.extadd_pairwise_i16x8_${sign}`, each)),
  );
  return vector('i32x4.add', shuffle(low!, high!, evenElements(2, 0)), shuffle(low!, high!, evenElements(2, 1)));
}

interface Dot {
  readonly name: string;
  readonly u: number;
  readonly signs: readonly [Sign, Sign];
  readonly feature: 'FEAT_DotProd' | 'FEAT_I8MM';
  /** Bits 23:22 and 15:11 of the form by register, where there is one; bits 23:22 and opcode by element. */
  readonly register?: string;
  readonly element?: readonly [size: string, opcode: string];
}

const DOTS: readonly Dot[] = [
  { name: 'sdot', u: 0, signs: ['s', 's'], feature: 'FEAT_DotProd', register: '0010', element: ['10', '1110'] },
  { name: 'udot', u: 1, signs: ['u', 'u'], feature: 'FEAT_DotProd', register: '0010', element: ['10', '1110'] },
  { name: 'usdot', u: 0, signs: ['u', 's'], feature: 'FEAT_I8MM', register: '0011', element: ['10', '1111'] },
  { name: 'sudot', u: 0, signs: ['s', 'u'], feature: 'FEAT_I8MM', element: ['00', '1111'] },
];

const emitDot = (s: Semantics, each: Dot, other: Expr): void => {
  const sum = vector('i32x4.add', s.v('Rd'), dot(s, s.keep(s.v('Rn')), other, each.signs));
  s.setV('Rd', lowBits(sum, 64 << s.known('Q')));
};

const dots = DOTS.flatMap((each) => {
  const registers = (f: Fields): string[] => [
    vr({ size: 2, q: f['Q'] }, f['Rd']!),
    vr({ size: 0, q: f['Q'] }, f['Rn']!),
  ];
  const made: Row[] = [];
  if (each.register !== undefined) {
    made.push(
      simdRow({
        name: `${each.name.toUpperCase()} (vector)`,
        group: 'three same extra',
        feature: each.feature,
        encoding: `0 Q ${each.u} 01110 10 0 Rm:5 1 ${each.register} 1 Rn:5 Rd:5`,
        split: ['Q'],
        emit: (s) => emitDot(s, each, s.keep(s.v('Rm'))),
        text: (f) => join(each.name, ...registers(f), vr({ size: 0, q: f['Q'] }, f['Rm']!)),
      }),
    );
  }
  if (each.element !== undefined) {
    made.push(
      simdRow({
        name: `${each.name.toUpperCase()} (by element)`,
        group: GROUP,
        feature: each.feature,
        encoding: `0 Q ${each.u} 01111 ${each.element[0]} L Rm:5 ${each.element[1]} H 0 Rn:5 Rd:5`,
        split: ['Q'],
        emit: (s) => emitDot(s, each, elementOf(s, 2)),
        text: (f) => join(each.name, ...registers(f), `v${f['Rm']}.4b[${indexIn(2, f)}]`),
      }),
    );
  }
  return made;
});

const MATRICES: readonly [name: string, u: number, code: string, signs: readonly [Sign, Sign]][] = [
  ['smmla', 0, '0100', ['s', 's']],
  ['ummla', 1, '0100', ['u', 'u']],
  ['usmmla', 0, '0101', ['u', 's']],
];

/** Rows of eight bytes of Vn times rows of Vm: a two by two matrix of sums of eight products. */
const matrices = MATRICES.map(([name, u, code, signs]) =>
  simdRow({
    name: name.toUpperCase(),
    group: 'three same extra',
    feature: 'FEAT_I8MM',
    encoding: `01 ${u} 01110 10 0 Rm:5 1 ${code} 1 Rn:5 Rd:5`,
    emit(s) {
      const [a, b] = [s.keep(s.v('Rn')), s.keep(s.v('Rm'))];
      const twice = (half: number): Expr => shuffle(a, a, elementBytes(3, [half, half]));
      const [first, second] = [s.keep(dot(s, twice(0), b, signs)), s.keep(dot(s, twice(1), b, signs))];
      const { even, odd } = unzipped(s, { size: 2, q: 1 }, first, second);
      s.setV('Rd', vector('i32x4.add', s.v('Rd'), vector('i32x4.add', even, odd)));
    },
    text: (f) => join(name, `v${f['Rd']}.4s`, `v${f['Rn']}.16b`, `v${f['Rm']}.16b`),
  }),
);

export const SIMD_BY_ELEMENT: readonly Row[] = [...byElement, ...dots, ...matrices];
