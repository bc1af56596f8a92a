/** AdvSIMD two-register miscellaneous, vector and scalar: what is not floating point (Arm ARM C4.1.96). */
import { estimateUnsignedReciprocal, estimateUnsignedReciprocalRoot } from '../../float/estimate';
import { readElement, writeElement, writeElement64 } from '../../vector-state';
import type { Expr } from '../../wasm/expr';
import { clz, gtU, i32, i64, select, shrS, sub, xor } from '../../wasm/expr';
import { shuffle, v128, vector } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Fields, Row } from '../row';
import type { Semantics } from '../semantics';
import { join } from '../text';
import { clamp, compare, evenElements, saturatingMixed, widen } from './operations';
import {
  anySaturated,
  bitsOf,
  byLanes,
  hasShape,
  lowBits,
  mostNegative,
  perElement,
  placeHalf,
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

type Apply = (s: Semantics, shape: Shape, n: Expr) => Expr;

interface Operation {
  readonly name: string;
  readonly u: number;
  readonly opcode: number;
  readonly sizes: readonly number[];
  readonly scalars?: readonly number[];
  readonly saturating?: boolean;
  /** More operands in the text. */
  readonly suffix?: string;
  /** `pairs`: the result's elements are of twice the size, half as many. */
  readonly pairs?: boolean;
  /** Elements in the text where the size field says something else. */
  readonly textSize?: number;
  readonly apply: Apply;
}

const ALL = [0, 1, 2, 3];
const SMALL = [0, 1, 2];
const D = [3];

/** Reverses the elements in each container of 2^container bytes. */
const reverse =
  (container: number): Apply =>
  (_, { size }, n) => {
    const [whole, bytes] = [1 << container, 1 << size];
    const from = (at: number): number => {
      const inside = at % whole;
      return at - inside + (whole - bytes - (inside - (inside % bytes))) + (inside % bytes);
    };
    return shuffle(n, n, range(16, from));
  };

const againstZero =
  (operation: 'eq' | 'gt' | 'ge', swapped = false): Apply =>
  (_, { size }, n) =>
    swapped ? compare(size, zeroVector, n, operation, false) : compare(size, n, zeroVector, operation as 'eq', false);

/** Sums of neighbours, each as wide as two. */
export function addPairs(s: Semantics, size: number, n: Expr, unsigned: boolean): Expr {
  const sign = unsigned ? 'u' : 's';
  if (size < 2) {
    return byLanes(size + 1, `extadd_pairwise_${['i8x16', 'i16x8'][size]}_${sign}`, n);
  }
  const kept = s.keep(n);
  const upper = byLanes(3, `shr_${sign}`, kept, i32(32));
  return byLanes(3, 'add', upper, byLanes(3, `shr_${sign}`, byLanes(3, 'shl', kept, i32(32)), i32(32)));
}

const pairs =
  (u: number, accumulate: boolean): Apply =>
  (s, { size }, n) => {
    const sum = addPairs(s, size, n, u === 1);
    return accumulate ? byLanes(size + 1, 'add', s.v('Rd'), sum) : sum;
  };

/** SQABS, SQNEG: the most negative element is the only one that saturates. */
const saturatingMagnitude =
  (operation: 'abs' | 'neg'): Apply =>
  (s, { size }, n) => {
    const least = s.keep(byLanes(size, 'eq', n, mostNegative(size)));
    anySaturated(s, least);
    return byLanes(size, 'add', byLanes(size, operation, n), least);
  };

const leadingZeros: Apply = (s, shape, n) =>
  perElement(s, shape, [n], false, ([value]) => sub(clz(value!), 64 - bitsOf(shape.size)));
const leadingSigns: Apply = (s, shape, n) =>
  perElement(s, shape, [n], true, ([value]) => sub(clz(xor(value!, shrS(value!, 63))), 65 - bitsOf(shape.size)));

/** The bits of 0 to 15 in reverse, one byte each. */
const REVERSED_NIBBLES = v128(0x0f07_0b03_0d05_0901_0e06_0a02_0c04_0800n);

/** The bits of each byte in reverse order. */
export function reverseBits(n: Expr): Expr {
  const low = vector('i8x16.swizzle', REVERSED_NIBBLES, vector('v128.and', n, v128(BigInt(`0x${'0f'.repeat(16)}`))));
  const high = vector('i8x16.swizzle', REVERSED_NIBBLES, vector('i8x16.shr_u', n, i32(4)));
  return vector('v128.or', vector('i8x16.shl', low, i32(4)), high);
}

const op = (
  u: number,
  opcode: number,
  name: string,
  sizes: readonly number[],
  apply: Apply,
  more: Partial<Operation> = {},
): Operation => ({ u, opcode, name, sizes, apply, ...more });

const OPERATIONS: readonly Operation[] = [
  op(0, 0b00000, 'rev64', SMALL, reverse(3)),
  op(1, 0b00000, 'rev32', [0, 1], reverse(2)),
  op(0, 0b00001, 'rev16', [0], reverse(1)),
  op(0, 0b00010, 'saddlp', SMALL, pairs(0, false), { pairs: true }),
  op(1, 0b00010, 'uaddlp', SMALL, pairs(1, false), { pairs: true }),
  op(0, 0b00011, 'suqadd', ALL, (s, shape, n) => saturatingMixed(s, shape, destination(s, shape), n, false), {
    scalars: ALL,
    saturating: true,
  }),
  op(1, 0b00011, 'usqadd', ALL, (s, shape, n) => saturatingMixed(s, shape, destination(s, shape), n, true), {
    scalars: ALL,
    saturating: true,
  }),
  op(0, 0b00100, 'cls', SMALL, leadingSigns),
  op(1, 0b00100, 'clz', SMALL, leadingZeros),
  op(0, 0b00101, 'cnt', [0], (_, __, n) => vector('i8x16.popcnt', n)),
  op(1, 0b00101, 'mvn', [0], (_, __, n) => vector('v128.not', n)),
  op(1, 0b00101, 'rbit', [1], (_, __, n) => reverseBits(n), { textSize: 0 }),
  op(0, 0b00110, 'sadalp', SMALL, pairs(0, true), { pairs: true }),
  op(1, 0b00110, 'uadalp', SMALL, pairs(1, true), { pairs: true }),
  op(0, 0b00111, 'sqabs', ALL, saturatingMagnitude('abs'), { scalars: ALL, saturating: true }),
  op(1, 0b00111, 'sqneg', ALL, saturatingMagnitude('neg'), { scalars: ALL, saturating: true }),
  op(0, 0b01000, 'cmgt', ALL, againstZero('gt'), { scalars: D, suffix: '#0' }),
  op(1, 0b01000, 'cmge', ALL, againstZero('ge'), { scalars: D, suffix: '#0' }),
  op(0, 0b01001, 'cmeq', ALL, againstZero('eq'), { scalars: D, suffix: '#0' }),
  op(1, 0b01001, 'cmle', ALL, againstZero('ge', true), { scalars: D, suffix: '#0' }),
  op(0, 0b01010, 'cmlt', ALL, againstZero('gt', true), { scalars: D, suffix: '#0' }),
  op(0, 0b01011, 'abs', ALL, (_, { size }, n) => byLanes(size, 'abs', n), { scalars: D }),
  op(1, 0b01011, 'neg', ALL, (_, { size }, n) => byLanes(size, 'neg', n), { scalars: D }),
];

/** Vd as an operand of a saturating sum. */
const destination = (s: Semantics, shape: Shape): Expr => lowBits(s.v('Rd'), widthOf(shape));

function emitTwo(s: Semantics, shapes: readonly Shape[], { apply, saturating }: Operation): void {
  const shape = shapeOf(s, shapes);
  const n = s.keep(saturating === true ? lowBits(s.v('Rn'), widthOf(shape)) : s.v('Rn'));
  s.setV('Rd', lowBits(apply(s, shape, n), widthOf(shape)));
}

const nameOf = ({ name, suffix }: Operation, kind: string): string =>
  `${name.toUpperCase()} (${suffix === undefined ? '' : 'zero, '}${kind})`;

const GROUP = 'two-register miscellaneous';

function rows(each: Operation): Row[] {
  const shapes = shapesOf(each.sizes);
  const scalars = scalarsOf(each.scalars ?? []);
  const more = each.suffix === undefined ? [] : [each.suffix];
  const text = (f: Fields, q: number | undefined): string => {
    const shape = { size: each.textSize ?? f['size']!, q };
    const to = each.pairs === true ? { size: shape.size + 1, q } : shape;
    return join(each.name, vr(to, f['Rd']!), vr(shape, f['Rn']!), ...more);
  };
  const vectorRow = simdRow({
    name: nameOf(each, 'vector'),
    group: GROUP,
    encoding: `0 Q ${each.u} 01110 size:2 10000 ${bits(each.opcode, 5)} 10 Rn:5 Rd:5`,
    where: (f) => hasShape(shapes, f),
    split: [shapeSplit(shapes)],
    emit: (s) => emitTwo(s, shapes, each),
    text: (f) => text(f, f['Q']),
  });
  if (scalars.length === 0) return [vectorRow];
  const scalarRow = simdRow({
    name: nameOf(each, 'scalar'),
    group: `scalar ${GROUP}`,
    encoding: `01 ${each.u} 11110 size:2 10000 ${bits(each.opcode, 5)} 10 Rn:5 Rd:5`,
    where: (f) => hasShape(scalars, f),
    split: [shapeSplit(scalars)],
    emit: (s) => emitTwo(s, scalars, each),
    text: (f) => text(f, undefined),
  });
  return [vectorRow, scalarRow];
}

export type Narrowing = 'xtn' | 'sqxtn' | 'sqxtun' | 'uqxtn';

/** Elements of twice the size, brought to the size, in the low 64 bits; what is there above them is arbitrary. */
export function narrow(s: Semantics, size: number, source: Expr, kind: Narrowing): Expr {
  const even = evenElements(size);
  if (kind === 'xtn') return shuffle(source, source, even);
  const bits_ = bitsOf(size);
  const n = s.keep(source);
  if (size === 2) {
    const result = perElement(s, { size: 3, q: 1 }, [n], false, ([value]) => {
      if (kind !== 'uqxtn') return clamp(s, value!, 32, kind === 'sqxtun');
      const over = s.keep(gtU(value!, i64(0xffff_ffffn)));
      return [select(over, i64(0xffff_ffffn), value!), over];
    });
    const kept = s.keep(result);
    return shuffle(kept, kept, even);
  }
  const unsigned = kind !== 'sqxtn';
  const most = (1n << BigInt(bits_)) - 1n;
  const limited = kind === 'uqxtn' ? s.keep(byLanes(size + 1, 'min_u', n, byLanes(size + 1, 'splat', i32(most)))) : n;
  const from = ['i16x8', 'i32x4'][size];
  const result = s.keep(byLanes(size, `narrow_${from}_${unsigned ? 'u' : 's'}`, limited, zeroVector));
  anySaturated(s, byLanes(size + 1, 'ne', widen(size, 'low', result, unsigned), n));
  return result;
}

const NARROWINGS: readonly [Narrowing, number, number][] = [
  ['xtn', 0, 0b10010],
  ['sqxtun', 1, 0b10010],
  ['sqxtn', 0, 0b10100],
  ['uqxtn', 1, 0b10100],
];

const narrowings = NARROWINGS.flatMap(([kind, u, opcode]) => {
  const shapes = shapesOf(SMALL);
  const scalars = scalarsOf(SMALL);
  const source = (f: Fields, q: number | undefined): string => vr({ size: f['size']! + 1, q }, f['Rn']!);
  const vectorRow = simdRow({
    name: `${kind.toUpperCase()} (vector)`,
    group: GROUP,
    encoding: `0 Q ${u} 01110 size:2 10000 ${bits(opcode, 5)} 10 Rn:5 Rd:5`,
    where: (f) => hasShape(shapes, f),
    split: [shapeSplit(shapes)],
    emit(s) {
      const { size, q } = shapeOf(s, shapes);
      s.setV('Rd', placeHalf(s, s.keep(narrow(s, size, s.v('Rn'), kind)), q === 1));
    },
    text: (f) => join(`${kind}${f['Q'] === 1 ? '2' : ''}`, vr({ size: f['size']!, q: f['Q'] }, f['Rd']!), source(f, 1)),
  });
  if (kind === 'xtn') return [vectorRow];
  const scalarRow = simdRow({
    name: `${kind.toUpperCase()} (scalar)`,
    group: `scalar ${GROUP}`,
    encoding: `01 ${u} 11110 size:2 10000 ${bits(opcode, 5)} 10 Rn:5 Rd:5`,
    where: (f) => hasShape(scalars, f),
    split: [shapeSplit(scalars)],
    emit(s) {
      const { size } = shapeOf(s, scalars);
      const n = lowBits(s.v('Rn'), bitsOf(size + 1));
      s.setV('Rd', lowBits(narrow(s, size, n, kind), bitsOf(size)));
    },
    text: (f) => join(kind, vr({ size: f['size']!, q: undefined }, f['Rd']!), source(f, undefined)),
  });
  return [vectorRow, scalarRow];
});

const SHLL_SHAPES = shapesOf(SMALL);
const shiftLong = simdRow({
  name: 'SHLL',
  group: GROUP,
  encoding: '0 Q 1 01110 size:2 10000 10011 10 Rn:5 Rd:5',
  where: (f) => hasShape(SHLL_SHAPES, f),
  split: [shapeSplit(SHLL_SHAPES)],
  emit(s) {
    const { size, q } = shapeOf(s, SHLL_SHAPES);
    s.setV('Rd', byLanes(size + 1, 'shl', widen(size, q === 1 ? 'high' : 'low', s.v('Rn'), true), i32(bitsOf(size))));
  },
  text: (f) =>
    join(
      f['Q'] === 1 ? 'shll2' : 'shll',
      vr({ size: f['size']! + 1, q: 1 }, f['Rd']!),
      vr({ size: f['size']!, q: f['Q'] }, f['Rn']!),
      `#${bitsOf(f['size']!)}`,
    ),
});

const estimates = ([0, 1] as const).map((u) => {
  const name = u === 0 ? 'urecpe' : 'ursqrte';
  const estimate = u === 0 ? estimateUnsignedReciprocal : estimateUnsignedReciprocalRoot;
  return simdRow({
    name: name.toUpperCase(),
    group: GROUP,
    encoding: `0 Q ${u} 01110 10 10000 11100 10 Rn:5 Rd:5`,
    emit: (s) => void s.finish(),
    finish(state, f) {
      const lanes = f['Q'] === 1 ? 4 : 2;
      for (let at = 0; at < lanes; at++) {
        writeElement(state, f['Rd']!, 32, at, estimate(readElement(state, f['Rn']!, 32, at)));
      }
      if (lanes === 2) writeElement64(state, f['Rd']!, 1, 0n);
    },
    text: (f) => join(name, vr({ size: 2, q: f['Q'] }, f['Rd']!), vr({ size: 2, q: f['Q'] }, f['Rn']!)),
  });
});

/** ADDP (scalar): both halves of Vn. */
const addHalves = simdRow({
  name: 'ADDP (scalar)',
  group: 'scalar pairwise',
  encoding: '01 0 11110 11 11000 11011 10 Rn:5 Rd:5',
  emit(s) {
    const n = s.keep(s.v('Rn'));
    const upper = shuffle(
      n,
      n,
      range(16, (at) => (at + 8) % 16),
    );
    s.setV('Rd', lowBits(vector('i64x2.add', n, upper), 64));
  },
  text: (f) => join('addp', `d${f['Rd']}`, vr({ size: 3, q: 1 }, f['Rn']!)),
});

export const SIMD_TWO_REGISTER: readonly Row[] = [
  ...OPERATIONS.flatMap(rows),
  ...narrowings,
  shiftLong,
  ...estimates,
  addHalves,
];
