/** AdvSIMD shift by immediate, vector and scalar: what is not a conversion (Arm ARM C4.1.96). */
import type { Expr } from '../../wasm/expr';
import { i32, sub } from '../../wasm/expr';
import { vector } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Fields, Row, Split } from '../row';
import type { Semantics } from '../semantics';
import { join } from '../text';
import { widen } from './operations';
import { bitsOf, byLanes, lowBits, placeHalf, type Shape, simdRow, splatConstant, vr, widthOf } from './shared';
import { saturatingLeft, shiftRight } from './shifts';
import { type Narrowing, narrow } from './two-register';

const GROUP = 'shift by immediate';

/** immh:immb: the size by its highest set bit, the amount by what is left or lacking. */
const sizeIn = (f: Fields): number => 28 - Math.clz32(f['imm']!);
const elementSize: Split = { name: 'element', count: 4, of: sizeIn };
const leftIn = (f: Fields): number => f['imm']! - bitsOf(sizeIn(f));
const rightIn = (f: Fields): number => 2 * bitsOf(sizeIn(f)) - f['imm']!;
const leftOf = (s: Semantics, size: number): Expr => sub(s.field('imm'), bitsOf(size));
const rightOf = (s: Semantics, size: number): Expr => s.keep(sub(i32(2 * bitsOf(size)), s.field('imm')));

interface Operation {
  readonly name: string;
  readonly u: number;
  readonly opcode: number;
  readonly direction: 'left' | 'right';
  /** Scalars of all sizes; else of 64 bits only. */
  readonly saturating?: boolean;
  readonly apply: (s: Semantics, shape: Shape, n: Expr, amount: Expr) => Expr;
}

const rightShift = (opcode: number, stem: string, rounding: boolean, accumulate: boolean): Operation[] =>
  [0, 1].map((u) => ({
    u,
    opcode,
    name: `${'su'[u]}${stem}`,
    direction: 'right',
    apply(s, { size }, n, amount) {
      const moved = shiftRight(s, size, n, amount, u === 1, rounding);
      return accumulate ? byLanes(size, 'add', s.v('Rd'), moved) : moved;
    },
  }));

const allOnes = splatConstant(0, 0xffn);

/** SLI and SRI: what is shifted in leaves Vd. */
function insert(s: Semantics, value: Expr, mask: Expr): Expr {
  return vector('v128.bitselect', value, s.v('Rd'), mask);
}

const saturating = (name: string, u: number, opcode: number, from: 'u' | 's', to: 'u' | 's'): Operation => ({
  name,
  u,
  opcode,
  direction: 'left',
  saturating: true,
  apply: (s, shape, n, amount) => saturatingLeft(s, shape, n, amount, from, to),
});

const OPERATIONS: readonly Operation[] = [
  ...rightShift(0b00000, 'shr', false, false),
  ...rightShift(0b00010, 'sra', false, true),
  ...rightShift(0b00100, 'rshr', true, false),
  ...rightShift(0b00110, 'rsra', true, true),
  {
    name: 'sri',
    u: 1,
    opcode: 0b01000,
    direction: 'right',
    apply: (s, { size }, n, amount) =>
      insert(s, shiftRight(s, size, n, amount, true, false), shiftRight(s, size, allOnes, amount, true, false)),
  },
  {
    name: 'shl',
    u: 0,
    opcode: 0b01010,
    direction: 'left',
    apply: (_, { size }, n, amount) => byLanes(size, 'shl', n, amount),
  },
  {
    name: 'sli',
    u: 1,
    opcode: 0b01010,
    direction: 'left',
    apply: (s, { size }, n, amount) =>
      insert(s, byLanes(size, 'shl', n, amount), byLanes(size, 'shl', allOnes, amount)),
  },
  saturating('sqshlu', 1, 0b01100, 's', 'u'),
  saturating('sqshl', 0, 0b01110, 's', 's'),
  saturating('uqshl', 1, 0b01110, 'u', 'u'),
];

function emitShift(s: Semantics, each: Operation, shape: Shape): void {
  if (shape.size === 3 && shape.q === 0) return;
  const n = s.keep(each.saturating === true ? lowBits(s.v('Rn'), widthOf(shape)) : s.v('Rn'));
  const amount = each.direction === 'left' ? leftOf(s, shape.size) : rightOf(s, shape.size);
  s.setV('Rd', lowBits(each.apply(s, shape, n, amount), widthOf(shape)));
}

function rows(each: Operation): Row[] {
  const amountIn = each.direction === 'left' ? leftIn : rightIn;
  const text = (f: Fields, q: number | undefined): string => {
    const shape = { size: sizeIn(f), q };
    return join(each.name, vr(shape, f['Rd']!), vr(shape, f['Rn']!), `#${amountIn(f)}`);
  };
  const name = `${each.name.toUpperCase()} (${each.saturating === true ? 'immediate, ' : ''}`;
  return [
    simdRow({
      name: `${name}vector)`,
      group: GROUP,
      encoding: `0 Q ${each.u} 011110 imm:7 ${bits(each.opcode, 5)} 1 Rn:5 Rd:5`,
      where: (f) => f['imm']! >= 8 && (f['imm']! < 64 || f['Q'] === 1),
      split: [elementSize, 'Q'],
      emit: (s) => emitShift(s, each, { size: s.known('element'), q: s.known('Q') }),
      text: (f) => text(f, f['Q']),
    }),
    simdRow({
      name: `${name}scalar)`,
      group: `scalar ${GROUP}`,
      encoding: `01 ${each.u} 111110 imm:7 ${bits(each.opcode, 5)} 1 Rn:5 Rd:5`,
      where: (f) => f['imm']! >= (each.saturating === true ? 8 : 64),
      split: each.saturating === true ? [elementSize] : [],
      emit: (s) => emitShift(s, each, { size: each.saturating === true ? s.known('element') : 3, q: undefined }),
      text: (f) => text(f, undefined),
    }),
  ];
}

interface Narrow {
  readonly name: string;
  readonly u: number;
  readonly opcode: number;
  readonly rounding: boolean;
  readonly kind: Narrowing;
}

const NARROWINGS: readonly Narrow[] = [
  { name: 'shrn', u: 0, opcode: 0b10000, rounding: false, kind: 'xtn' },
  { name: 'rshrn', u: 0, opcode: 0b10001, rounding: true, kind: 'xtn' },
  { name: 'sqshrun', u: 1, opcode: 0b10000, rounding: false, kind: 'sqxtun' },
  { name: 'sqrshrun', u: 1, opcode: 0b10001, rounding: true, kind: 'sqxtun' },
  { name: 'sqshrn', u: 0, opcode: 0b10010, rounding: false, kind: 'sqxtn' },
  { name: 'sqrshrn', u: 0, opcode: 0b10011, rounding: true, kind: 'sqxtn' },
  { name: 'uqshrn', u: 1, opcode: 0b10010, rounding: false, kind: 'uqxtn' },
  { name: 'uqrshrn', u: 1, opcode: 0b10011, rounding: true, kind: 'uqxtn' },
];

/** Only the three sizes that have a wider one. */
const narrowSize: Split = { name: 'element', count: 3, of: sizeIn };

function narrowed(s: Semantics, { rounding, kind }: Narrow, size: number, n: Expr): Expr {
  const moved = shiftRight(s, size + 1, n, rightOf(s, size), kind === 'uqxtn', rounding);
  return s.keep(narrow(s, size, s.keep(moved), kind));
}

function narrowRows(each: Narrow): Row[] {
  const vectorRow = simdRow({
    name: `${each.name.toUpperCase()} (vector)`,
    group: GROUP,
    encoding: `0 Q ${each.u} 011110 imm:7 ${bits(each.opcode, 5)} 1 Rn:5 Rd:5`,
    where: (f) => f['imm']! >= 8 && f['imm']! < 64,
    split: [narrowSize, 'Q'],
    emit(s) {
      const value = narrowed(s, each, s.known('element'), s.v('Rn'));
      s.setV('Rd', placeHalf(s, value, s.known('Q') === 1));
    },
    text(f) {
      const size = sizeIn(f);
      const [rd, rn] = [vr({ size, q: f['Q'] }, f['Rd']!), vr({ size: size + 1, q: 1 }, f['Rn']!)];
      return join(`${each.name}${f['Q'] === 1 ? '2' : ''}`, rd, rn, `#${rightIn(f)}`);
    },
  });
  if (each.kind === 'xtn') return [vectorRow];
  const scalarRow = simdRow({
    name: `${each.name.toUpperCase()} (scalar)`,
    group: `scalar ${GROUP}`,
    encoding: `01 ${each.u} 111110 imm:7 ${bits(each.opcode, 5)} 1 Rn:5 Rd:5`,
    where: (f) => f['imm']! >= 8 && f['imm']! < 64,
    split: [narrowSize],
    emit(s) {
      const size = s.known('element');
      const n = lowBits(s.v('Rn'), bitsOf(size + 1));
      s.setV('Rd', lowBits(narrowed(s, each, size, n), bitsOf(size)));
    },
    text(f) {
      const size = sizeIn(f);
      return join(
        each.name,
        vr({ size, q: undefined }, f['Rd']!),
        vr({ size: size + 1, q: undefined }, f['Rn']!),
        `#${rightIn(f)}`,
      );
    },
  });
  return [vectorRow, scalarRow];
}

const long = ([0, 1] as const).map((u) =>
  simdRow({
    name: u === 1 ? 'USHLL' : 'SSHLL',
    group: GROUP,
    encoding: `0 Q ${u} 011110 imm:7 10100 1 Rn:5 Rd:5`,
    where: (f) => f['imm']! >= 8 && f['imm']! < 64,
    split: [narrowSize, 'Q'],
    emit(s) {
      const size = s.known('element');
      const value = widen(size, s.known('Q') === 1 ? 'high' : 'low', s.v('Rn'), u === 1);
      s.setV('Rd', byLanes(size + 1, 'shl', value, leftOf(s, size)));
    },
    text(f) {
      const size = sizeIn(f);
      const [rd, rn] = [vr({ size: size + 1, q: 1 }, f['Rd']!), vr({ size, q: f['Q'] }, f['Rn']!)];
      const upper = f['Q'] === 1 ? '2' : '';
      return join(`${'su'[u]}shll${upper}`, rd, rn, `#${leftIn(f)}`);
    },
  }),
);

export const SIMD_SHIFT_IMMEDIATE: readonly Row[] = [
  ...OPERATIONS.flatMap(rows),
  ...NARROWINGS.flatMap(narrowRows),
  ...long,
];
