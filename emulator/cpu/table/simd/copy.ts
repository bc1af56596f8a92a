/** AdvSIMD copy, permute, extract, table lookup and across lanes (Arm ARM C4.1.96). */
import { BLOCK } from '../../layout';
import type { Expr } from '../../wasm/expr';
import { add, shrU } from '../../wasm/expr';
import { loadVector, shuffle, storeVector, vector } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Fields, Row, Split } from '../row';
import type { Semantics } from '../semantics';
import { join, r } from '../text';
import { widen } from './operations';
import {
  bitsOf,
  byLanes,
  elementBytes,
  hasShape,
  lanesOf,
  letterOf,
  lowBits,
  range,
  type Shape,
  shapeOf,
  shapeSplit,
  shapesOf,
  simdRow,
  splat,
  splatConstant,
  ve,
  vr,
} from './shared';
import { addPairs } from './two-register';

/** imm5 gives the size by its lowest set bit and the number of the element above it. */
const sizeIn = (f: Fields): number => 31 - Math.clz32(f['imm5']! & -f['imm5']!);
const indexIn = (f: Fields): number => f['imm5']! >> (sizeIn(f) + 1);
const elementSize: Split = { name: 'element', count: 4, of: sizeIn };
const isElement = (f: Fields): boolean => (f['imm5']! & 15) !== 0;
const laneType = (size: number): 'i32' | 'i64' => (size === 3 ? 'i64' : 'i32');
const indexOf = (s: Semantics, size: number): Expr => shrU(s.field('imm5'), size + 1);
const elementOf = (s: Semantics, size: number): Expr => s.lane('Rn', laneType(size), bitsOf(size), indexOf(s, size));
const GROUP = 'copy';

const dupElement = simdRow({
  name: 'DUP (element, vector)',
  group: GROUP,
  encoding: '0 Q 0 01110000 imm5:5 0 0000 1 Rn:5 Rd:5',
  where: (f) => isElement(f) && (sizeIn(f) < 3 || f['Q'] === 1),
  split: [elementSize, 'Q'],
  emit(s) {
    const size = s.known('element');
    s.setV('Rd', lowBits(splat(size, elementOf(s, size)), 64 << s.known('Q')));
  },
  text: (f) => join('dup', vr({ size: sizeIn(f), q: f['Q'] }, f['Rd']!), ve(sizeIn(f), f['Rn']!, indexIn(f))),
});

const dupScalar = simdRow({
  name: 'DUP (element, scalar)',
  group: `scalar ${GROUP}`,
  encoding: '01 0 11110000 imm5:5 0 0000 1 Rn:5 Rd:5',
  where: isElement,
  split: [elementSize],
  emit: (s) => s.setScalar('Rd', elementOf(s, s.known('element'))),
  text: (f) => join('mov', vr({ size: sizeIn(f), q: undefined }, f['Rd']!), ve(sizeIn(f), f['Rn']!, indexIn(f))),
});

const dupGeneral = simdRow({
  name: 'DUP (general)',
  group: GROUP,
  encoding: '0 Q 0 01110000 imm5:5 0 0001 1 Rn:5 Rd:5',
  where: (f) => isElement(f) && (sizeIn(f) < 3 || f['Q'] === 1),
  split: [elementSize, 'Q'],
  emit(s) {
    const size = s.known('element');
    s.setV('Rd', lowBits(splat(size, s.r('Rn', laneType(size))), 64 << s.known('Q')));
  },
  text: (f) => join('dup', vr({ size: sizeIn(f), q: f['Q'] }, f['Rd']!), r(sizeIn(f) === 3 ? 1 : 0, f['Rn']!)),
});

const signedMove = simdRow({
  name: 'SMOV',
  group: GROUP,
  encoding: '0 Q 0 01110000 imm5:5 0 0101 1 Rn:5 Rd:5',
  where: (f) => isElement(f) && sizeIn(f) < 2 + f['Q']!,
  split: [elementSize, 'Q'],
  emit(s) {
    const [size, q] = [s.known('element'), s.known('Q')];
    if (size >= 2 + q) return;
    s.set('Rd', s.lane('Rn', q === 1 ? 'i64' : 'i32', bitsOf(size), indexOf(s, size), true));
  },
  text: (f) => join('smov', r(f['Q']!, f['Rd']!), ve(sizeIn(f), f['Rn']!, indexIn(f))),
});

const unsignedMove = simdRow({
  name: 'UMOV',
  group: GROUP,
  encoding: '0 Q 0 01110000 imm5:5 0 0111 1 Rn:5 Rd:5',
  where: (f) => isElement(f) && (sizeIn(f) === 3) === (f['Q'] === 1),
  split: [elementSize],
  emit(s) {
    s.set('Rd', elementOf(s, s.known('element')));
  },
  text: (f) => join(sizeIn(f) < 2 ? 'umov' : 'mov', r(f['Q']!, f['Rd']!), ve(sizeIn(f), f['Rn']!, indexIn(f))),
});

const insertGeneral = simdRow({
  name: 'INS (general)',
  group: GROUP,
  encoding: '01 0 01110000 imm5:5 0 0011 1 Rn:5 Rd:5',
  where: isElement,
  split: [elementSize],
  emit(s) {
    const size = s.known('element');
    s.setLane('Rd', bitsOf(size), indexOf(s, size), s.r('Rn', laneType(size)));
  },
  text: (f) => join('mov', ve(sizeIn(f), f['Rd']!, indexIn(f)), r(sizeIn(f) === 3 ? 1 : 0, f['Rn']!)),
});

const insertElement = simdRow({
  name: 'INS (element)',
  group: GROUP,
  encoding: '01 1 01110000 imm5:5 0 imm4:4 1 Rn:5 Rd:5',
  where: isElement,
  split: [elementSize],
  emit(s) {
    const size = s.known('element');
    const value = s.lane('Rn', laneType(size), bitsOf(size), shrU(s.field('imm4'), size));
    s.setLane('Rd', bitsOf(size), indexOf(s, size), value);
  },
  text: (f) => join('mov', ve(sizeIn(f), f['Rd']!, indexIn(f)), ve(sizeIn(f), f['Rn']!, f['imm4']! >> sizeIn(f))),
});

/** Elements of both operands by number, those of the second from the count of one on. */
function permutation(kind: string, second: 0 | 1, count: number, at: number): number {
  const half = count / 2;
  if (kind === 'uzp') return at < half ? at * 2 + second : count + (at - half) * 2 + second;
  if (kind === 'zip') return (at % 2) * count + second * half + (at >> 1);
  return (at % 2) * count + (at & ~1) + second;
}

const PERMUTE_SHAPES = shapesOf([0, 1, 2, 3]);

const permutes = (['uzp', 'trn', 'zip'] as const).flatMap((kind, code) =>
  ([0, 1] as const).map((second) =>
    simdRow({
      name: `${kind.toUpperCase()}${second + 1}`,
      group: 'permute',
      encoding: `0 Q 001110 size:2 0 Rm:5 0 ${second} ${bits(code + 1, 2)} 10 Rn:5 Rd:5`,
      where: (f) => hasShape(PERMUTE_SHAPES, f),
      split: [shapeSplit(PERMUTE_SHAPES)],
      emit(s) {
        const shape = shapeOf(s, PERMUTE_SHAPES);
        const [count, all] = [lanesOf(shape), 16 >> shape.size];
        const elements = range(count, (at) => {
          const number = permutation(kind, second, count, at);
          return number < count ? number : number - count + all;
        });
        const value = shuffle(s.v('Rn'), s.v('Rm'), elementBytes(shape.size, elements));
        s.setV('Rd', lowBits(value, 64 << (shape.q ?? 0)));
      },
      text: (f) =>
        join(`${kind}${second + 1}`, ...['Rd', 'Rn', 'Rm'].map((of) => vr({ size: f['size']!, q: f['Q'] }, f[of]!))),
    }),
  ),
);

/** Where the position is not settled the operands go through memory. */
function extractFrom(s: Semantics, q: number): Expr {
  const position = s.field('imm4');
  const bytes = 8 << q;
  if (position.constant !== undefined) {
    const first = Number(position.constant);
    const from = (at: number): number => (at < bytes ? at : at - bytes + 16);
    return shuffle(
      s.v('Rn'),
      s.v('Rm'),
      range(16, (at) => from((first + at) % (2 * bytes))),
    );
  }
  storeVector(s.code, s.pe, s.v('Rn'), BLOCK);
  storeVector(s.code, s.pe, s.v('Rm'), BLOCK + bytes);
  return loadVector(add(s.pe, position), BLOCK);
}

const extract = simdRow({
  name: 'EXT',
  group: 'extract',
  encoding: '0 Q 101110 00 0 Rm:5 0 imm4:4 0 Rn:5 Rd:5',
  where: (f) => f['Q'] === 1 || f['imm4']! < 8,
  split: ['Q'],
  emit: (s) => s.setV('Rd', lowBits(s.keep(extractFrom(s, s.known('Q'))), 64 << s.known('Q'))),
  text: (f) => join('ext', ...['Rd', 'Rn', 'Rm'].map((of) => vr({ size: 0, q: f['Q'] }, f[of]!)), `#${f['imm4']}`),
});

const lookups = ([0, 1] as const).map((keeps) =>
  simdRow({
    name: keeps === 1 ? 'TBX' : 'TBL',
    group: 'table lookup',
    encoding: `0 Q 001110 00 0 Rm:5 0 len:2 ${keeps} 00 Rn:5 Rd:5`,
    split: ['Q', 'len'],
    emit(s) {
      const indices = s.keep(s.v('Rm'));
      const registers = s.known('len') + 1;
      const less = (count: number): Expr =>
        count === 0 ? indices : vector('i8x16.sub', indices, splatConstant(0, BigInt(count)));
      const found = range(registers, (at) => at)
        .map((at) => vector('i8x16.swizzle', s.v('Rn', at), less(at * 16)))
        .reduce((all, each) => vector('v128.or', all, each));
      const within = vector('i8x16.lt_u', indices, splatConstant(0, BigInt(registers * 16)));
      const value = keeps === 1 ? vector('v128.bitselect', found, s.v('Rd'), within) : found;
      s.setV('Rd', lowBits(value, 64 << s.known('Q')));
    },
    text(f) {
      const table = range(f['len']! + 1, (at) => (f['Rn']! + at) % 32).map((n) => `v${n}.16b`);
      const [rd, rm] = [vr({ size: 0, q: f['Q'] }, f['Rd']!), vr({ size: 0, q: f['Q'] }, f['Rm']!)];
      return join(keeps === 1 ? 'tbx' : 'tbl', rd, `{ ${table.join(', ')} }`, rm);
    },
  }),
);

/** Sizes and widths of a vector across whose lanes something is computed: not two words. */
const ACROSS_SHAPES = shapesOf([0, 1, 2]).filter(({ size, q }) => size < 2 || q === 1);

/** All elements of `width` bits, combined in the lowest. */
function fold(s: Semantics, value: Expr, size: number, width: number, combine: (a: Expr, b: Expr) => Expr): Expr {
  let all = s.keep(value);
  for (let bytes = width / 16; bytes >= 1 << size; bytes /= 2) {
    const moved = shuffle(
      all,
      all,
      range(16, (at) => (at + bytes) % 16),
    );
    all = s.keep(combine(all, moved));
  }
  return all;
}

interface Across {
  readonly name: string;
  readonly u: number;
  readonly opcode: number;
  readonly long?: boolean;
  readonly apply: (s: Semantics, shape: Shape, n: Expr) => Expr;
}

const across =
  (operation: string) =>
  (s: Semantics, shape: Shape, n: Expr): Expr =>
    fold(s, n, shape.size, 64 << shape.q!, (a, b) => byLanes(shape.size, operation, a, b));

/** Sums of the elements of a vector in an element of twice the size. */
function sumLong(s: Semantics, { size, q }: Shape, n: Expr, unsigned: boolean): Expr {
  const width = 64 << q!;
  if (size === 2) {
    const kept = s.keep(n);
    const halves = byLanes(3, 'add', widen(2, 'low', kept, unsigned), widen(2, 'high', kept, unsigned));
    return fold(s, halves, 3, 128, (a, b) => byLanes(3, 'add', a, b));
  }
  return fold(s, addPairs(s, size, n, unsigned), size + 1, width, (a, b) => byLanes(size + 1, 'add', a, b));
}

const ACROSS: readonly Across[] = [
  { name: 'saddlv', u: 0, opcode: 0b00011, long: true, apply: (s, shape, n) => sumLong(s, shape, n, false) },
  { name: 'uaddlv', u: 1, opcode: 0b00011, long: true, apply: (s, shape, n) => sumLong(s, shape, n, true) },
  { name: 'smaxv', u: 0, opcode: 0b01010, apply: across('max_s') },
  { name: 'umaxv', u: 1, opcode: 0b01010, apply: across('max_u') },
  { name: 'sminv', u: 0, opcode: 0b11010, apply: across('min_s') },
  { name: 'uminv', u: 1, opcode: 0b11010, apply: across('min_u') },
  { name: 'addv', u: 0, opcode: 0b11011, apply: across('add') },
];

const acrossLanes = ACROSS.map(({ name, u, opcode, long, apply }) =>
  simdRow({
    name: name.toUpperCase(),
    group: 'across lanes',
    encoding: `0 Q ${u} 01110 size:2 11000 ${bits(opcode, 5)} 10 Rn:5 Rd:5`,
    where: (f) => hasShape(ACROSS_SHAPES, f),
    split: [shapeSplit(ACROSS_SHAPES)],
    emit(s) {
      const shape = shapeOf(s, ACROSS_SHAPES);
      s.setV('Rd', lowBits(apply(s, shape, s.v('Rn')), bitsOf(shape.size + (long === true ? 1 : 0))));
    },
    text: (f) =>
      join(
        name,
        `${letterOf(f['size']! + (long === true ? 1 : 0))}${f['Rd']}`,
        vr({ size: f['size']!, q: f['Q'] }, f['Rn']!),
      ),
  }),
);

export const SIMD_COPY: readonly Row[] = [
  dupElement,
  dupScalar,
  dupGeneral,
  signedMove,
  unsignedMove,
  insertGeneral,
  insertElement,
  ...permutes,
  extract,
  ...lookups,
  ...acrossLanes,
];
