/** By element, across lanes, widening and complex FP instructions (Arm ARM C4.1.96). */
import { multiplyAdd } from '../../float/arithmetic';
import type { Environment } from '../../float/environment';
import { DOUBLE, type Format, HALF, negate, SINGLE } from '../../float/format';
import type { VectorState } from '../../vector-state';
import type { Expr } from '../../wasm/expr';
import { or, shl } from '../../wasm/expr';
import { UPPER_TO_LOWER } from '../../wasm/float-lanes';
import { shuffle, vectorLane } from '../../wasm/vector-expr';
import type { Fields, Row } from '../row';
import type { Semantics } from '../semantics';
import { join } from '../text';
import type { LaneRow, Shape } from './lane-row';
import { completed, element, emitFast, laneRow, readLane, register } from './lane-row';
import type { FloatOperation } from './operations';
import * as operations from './operations';
import { elementText, formatName, lanesText, scalar } from './text';
import { bitsOfQ, named } from './vector';

/** Size bits, the fields between Rn and the opcode, and the index they make, by format. */
const INDEXED = [
  {
    format: HALF,
    q: 'Q',
    size: '00',
    rm: 'L M Rm:4',
    index: (f: Fields) => f['H']! * 4 + f['L']! * 2 + f['M']!,
    indexExpr: (s: Semantics): Expr => or(or(shl(s.field('H'), 2), shl(s.field('L'), 1)), s.field('M')),
  },
  {
    format: SINGLE,
    q: 'Q',
    size: '10',
    rm: 'L Rm:5',
    index: (f: Fields) => f['H']! * 2 + f['L']!,
    indexExpr: (s: Semantics): Expr => or(shl(s.field('H'), 1), s.field('L')),
  },
  {
    format: DOUBLE,
    q: 1,
    size: '11',
    rm: '0 Rm:5',
    index: (f: Fields) => f['H']!,
    indexExpr: (s: Semantics): Expr => s.field('H'),
  },
] as const;

const BY_ELEMENT = [
  { mnemonic: 'fmla', u: 0, opcode: '0001', operation: operations.FMLA, accumulates: true },
  { mnemonic: 'fmls', u: 0, opcode: '0101', operation: operations.FMLS, accumulates: true },
  { mnemonic: 'fmul', u: 0, opcode: '1001', operation: operations.FMUL, accumulates: false },
  { mnemonic: 'fmulx', u: 1, opcode: '1001', operation: operations.FMULX, accumulates: false },
] as const;

const byElement = BY_ELEMENT.flatMap(({ mnemonic, u, opcode, operation, accumulates }) =>
  INDEXED.flatMap(({ format, q, size, rm, index, indexExpr }) => {
    const factor = element('Rm', index, indexExpr);
    const parts = {
      section: 'C4.1.96 Advanced SIMD vector x indexed element',
      format,
      operation: operation as FloatOperation,
      operands: [...(accumulates ? [register('Rd')] : []), register('Rn'), factor],
      text: (f: Fields, shape: Shape) =>
        join(mnemonic, ...named(f, shape, 'Rd', 'Rn'), elementText(format, f['Rm']!, index(f))),
    };
    const rows: LaneRow[] = [
      {
        ...parts,
        name: formatName(mnemonic, 'by element, vector', format),
        encoding: `0 ${bitsOfQ(q)} ${u} 01111 ${size} ${rm} ${opcode} H 0 Rn:5 Rd:5`,
        q,
      },
      {
        ...parts,
        name: formatName(mnemonic, 'by element, scalar', format),
        section: 'C4.1.96 Advanced SIMD scalar x indexed element',
        feature: format === HALF ? 'FEAT_FP16' : 'FEAT_AdvSIMD',
        encoding: `01 ${u} 11111 ${size} ${rm} ${opcode} H 0 Rn:5 Rd:5`,
      },
    ];
    return rows.map(laneRow);
  }),
);

const ACROSS = [
  { mnemonic: 'fmaxnmv', a: 0, opcode: '01100', operation: operations.FMAXNM },
  { mnemonic: 'fminnmv', a: 1, opcode: '01100', operation: operations.FMINNM },
  { mnemonic: 'fmaxv', a: 0, opcode: '01111', operation: operations.FMAX },
  { mnemonic: 'fminv', a: 1, opcode: '01111', operation: operations.FMIN },
] as const;

/** Halves against halves, as the Arm ARM's Reduce does: with NaNs the order shows. */
function reduced(environment: Environment, format: Format, { exact }: FloatOperation, lanes: bigint[]): bigint {
  if (lanes.length === 1) return lanes[0]!;
  const half = lanes.length / 2;
  const [low, high] = [lanes.slice(0, half), lanes.slice(half)].map((part) =>
    reduced(environment, format, { exact }, part),
  );
  return exact(environment, format, low!, high!);
}

const SECOND_TO_FIRST = [4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7];

/** Without NaNs the order does not matter. */
function emitAcross(s: Semantics, { fast }: FloatOperation): void {
  const all = s.keep(s.v('Rn'));
  emitFast(s, {
    lanes: 'f32x4',
    numbers: [all],
    compute(leave) {
      const upper = s.keep(shuffle(all, all, UPPER_TO_LOWER));
      const { result: two } = fast!(s, 'f32x4', [all, upper], leave);
      const second = s.keep(shuffle(two, two, SECOND_TO_FIRST));
      return fast!(s, 'f32x4', [two, second], leave);
    },
    store: (result) => s.setScalar('Rd', vectorLane('f32x4.extract_lane', 0, result)),
  });
}

const across = ACROSS.flatMap(({ mnemonic, a, opcode, operation }) =>
  [SINGLE, HALF].map((format) => {
    const lanesOf = (f: Fields): number => (format === SINGLE ? 4 : f['Q'] === 1 ? 8 : 4);
    return completed({
      ...(format === SINGLE ? { emit: (s: Semantics) => emitAcross(s, operation) } : {}),
      name: formatName(mnemonic, '', format),
      section: 'C4.1.96 Advanced SIMD across lanes',
      feature: format === HALF ? 'FEAT_FP16' : 'FEAT_AdvSIMD',
      encoding: `0 ${format === HALF ? 'Q 0' : '1 1'} 01110 ${a} 0 11000 ${opcode} 10 Rn:5 Rd:5`,
      width: format.width,
      results: (environment, state, f) => [
        reduced(
          environment,
          format,
          operation,
          Array.from({ length: lanesOf(f) }, (_, at) => readLane(state, f['Rn']!, format.width, at)),
        ),
      ],
      text: (f) => join(mnemonic, scalar(format, f['Rd']!), lanesText(format, lanesOf(f), f['Rn']!)),
    });
  }),
);

/** FMLAL, FMLSL: halves of the lower or upper part of Rn and Rm, or an element, are added to singles. */
const WIDENING = [
  { mnemonic: 'fmlal', second: false, subtracts: false },
  { mnemonic: 'fmlsl', second: false, subtracts: true },
  { mnemonic: 'fmlal2', second: true, subtracts: false },
  { mnemonic: 'fmlsl2', second: true, subtracts: true },
] as const;

const halfIndex = (f: Fields): number => f['H']! * 4 + f['L']! * 2 + f['M']!;

const widening = WIDENING.flatMap(({ mnemonic, second, subtracts }) =>
  [false, true].map((indexed) => {
    const lanesOf = (f: Fields): number => (f['Q'] === 1 ? 4 : 2);
    const [u, sub] = [second ? 1 : 0, subtracts ? 1 : 0];
    const factorsText = (f: Fields, n: number): string => `v${f[n === 0 ? 'Rn' : 'Rm']}.${lanesOf(f)}h`;
    return completed({
      name: formatName(mnemonic, indexed ? 'by element' : 'vector', SINGLE),
      section: `C4.1.96 Advanced SIMD ${indexed ? 'vector x indexed element' : 'three same'}`,
      feature: 'FEAT_FHM',
      encoding: indexed
        ? `0 Q ${u} 01111 10 L M Rm:4 ${u}${sub}00 H 0 Rn:5 Rd:5`
        : `0 Q ${u} 01110 ${sub} 0 1 Rm:5 11${second ? '00' : '10'}1 1 Rn:5 Rd:5`,
      width: 32,
      results: (environment, state, f) =>
        Array.from({ length: lanesOf(f) }, (_, at) => {
          const from = at + (second ? lanesOf(f) : 0);
          const left = readLane(state, f['Rn']!, 16, from);
          const right = readLane(state, f['Rm']!, 16, indexed ? halfIndex(f) : from);
          const addend = readLane(state, f['Rd']!, 32, at);
          return multiplyAdd(environment, SINGLE, addend, subtracts ? negate(HALF, left) : left, right, HALF);
        }),
      text: (f) =>
        join(
          mnemonic,
          lanesText(SINGLE, lanesOf(f), f['Rd']!),
          factorsText(f, 0),
          indexed ? elementText(HALF, f['Rm']!, halfIndex(f)) : factorsText(f, 1),
        ),
    });
  }),
);

const COMPLEX_FORMATS = [
  { format: HALF, size: '01', q: 'Q' },
  { format: SINGLE, size: '10', q: 'Q' },
  { format: DOUBLE, size: '11', q: '1' },
] as const;

const turned = (format: Format, bits: bigint, negative: boolean): bigint => (negative ? negate(format, bits) : bits);

/** Rd + the product of complex numbers turned by 90 degrees `rot` times: half of a complex multiplication. */
function complexMultiplyAdd(
  environment: Environment,
  format: Format,
  rot: number,
  left: readonly [bigint, bigint],
  right: readonly [bigint, bigint],
  addend: readonly [bigint, bigint],
): readonly bigint[] {
  const part = rot & 1;
  const real = turned(format, right[part]!, rot === 1 || rot === 2);
  const imaginary = turned(format, right[1 - part]!, rot >= 2);
  return [real, imaginary].map((factor, at) => multiplyAdd(environment, format, addend[at]!, left[part]!, factor));
}

const pairOf = (state: VectorState, n: number, { width }: Format, pair: number): readonly [bigint, bigint] => [
  readLane(state, n, width, 2 * pair),
  readLane(state, n, width, 2 * pair + 1),
];

const lanesBy = (f: Fields, { width }: Format): number => (width === 64 || f['Q'] === 1 ? 128 : 64) / width;
const allLanes = (f: Fields, format: Format, ...names: readonly string[]): string[] =>
  names.map((name) => lanesText(format, lanesBy(f, format), f[name]!));

const complex = COMPLEX_FORMATS.flatMap(({ format, size, q }) => [
  completed({
    name: formatName('fcmla', '', format),
    section: 'C4.1.96 Advanced SIMD three-register extension',
    feature: 'FEAT_FCMA',
    encoding: `0 ${q} 1 01110 ${size} 0 Rm:5 110 rot:2 1 Rn:5 Rd:5`,
    width: format.width,
    results: (environment, state, f) =>
      Array.from({ length: lanesBy(f, format) / 2 }, (_, pair) => {
        const [d, n, m] = ['Rd', 'Rn', 'Rm'].map((name) => pairOf(state, f[name]!, format, pair));
        return complexMultiplyAdd(environment, format, f['rot']!, n!, m!, d!);
      }).flat(),
    text: (f) => join('fcmla', ...allLanes(f, format, 'Rd', 'Rn', 'Rm'), `#${f['rot']! * 90}`),
  }),
  completed({
    name: formatName('fcadd', '', format),
    section: 'C4.1.96 Advanced SIMD three-register extension',
    feature: 'FEAT_FCMA',
    encoding: `0 ${q} 1 01110 ${size} 0 Rm:5 111 rot 0 1 Rn:5 Rd:5`,
    width: format.width,
    results: (environment, state, f) =>
      Array.from({ length: lanesBy(f, format) / 2 }, (_, pair) => {
        const [n, m] = ['Rn', 'Rm'].map((name) => pairOf(state, f[name]!, format, pair));
        const real = turned(format, m![1], f['rot'] === 0);
        const imaginary = turned(format, m![0], f['rot'] === 1);
        return [real, imaginary].map((term, at) => operations.FADD.exact(environment, format, n![at]!, term));
      }).flat(),
    text: (f) => join('fcadd', ...allLanes(f, format, 'Rd', 'Rn', 'Rm'), `#${f['rot'] === 0 ? 90 : 270}`),
  }),
]);

/** The index counts complex numbers; a vector of 64 bits has one of singles, or two of halves. */
const complexByElement = [
  { format: HALF, size: '01', q: 'Q', index: (f: Fields) => f['H']! * 2 + f['L']! },
  { format: SINGLE, size: '10', q: '1', index: (f: Fields) => f['H']! },
].map(({ format, size, q, index }) =>
  completed({
    name: formatName('fcmla', 'by element', format),
    section: 'C4.1.96 Advanced SIMD vector x indexed element',
    feature: 'FEAT_FCMA',
    encoding: `0 ${q} 1 01111 ${size} ${format === HALF ? 'L' : '0'} Rm:5 0 rot:2 1 H 0 Rn:5 Rd:5`,
    ...(format === HALF ? { where: (f: Fields) => f['Q'] === 1 || f['H'] === 0 } : {}),
    width: format.width,
    results: (environment, state, f) => {
      const lanes = q === '1' ? 4 : lanesBy(f, format);
      const factor = pairOf(state, f['Rm']!, format, index(f));
      return Array.from({ length: lanes / 2 }, (_, pair) => {
        const [d, n] = ['Rd', 'Rn'].map((name) => pairOf(state, f[name]!, format, pair));
        return complexMultiplyAdd(environment, format, f['rot']!, n!, factor, d!);
      }).flat();
    },
    text(f) {
      const lanes = q === '1' ? 4 : lanesBy(f, format);
      const registers = ['Rd', 'Rn'].map((name) => lanesText(format, lanes, f[name]!));
      return join('fcmla', ...registers, elementText(format, f['Rm']!, index(f)), `#${f['rot']! * 90}`);
    },
  }),
);

export const FLOAT_INDEXED: readonly Row[] = [...byElement, ...across, ...widening, ...complex, ...complexByElement];
