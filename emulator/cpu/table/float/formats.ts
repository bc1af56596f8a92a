/** Conversions between formats: FCVT, FCVTL, FCVTN, FCVTXN and those to BFloat16 (Arm ARM C4.1.96). */
import { convert } from '../../float/conversion';
import { Rounding } from '../../float/environment';
import { BFLOAT, DOUBLE, type Format, HALF, SINGLE } from '../../float/format';
import type { VectorState } from '../../vector-state';
import type { Expr } from '../../wasm/expr';
import { float } from '../../wasm/float-expr';
import { LOWER_OF_BOTH, UPPER_TO_LOWER } from '../../wasm/float-lanes';
import { shuffle, v128, vector, vectorLane } from '../../wasm/vector-expr';
import type { Feature } from '../features';
import type { Fields, Row } from '../row';
import { row } from '../row';
import type { Semantics } from '../semantics';
import { join } from '../text';
import { demote, demoteSingles, demoteVector, promote, promoteHalves, promoteVector } from './fast-conversions';
import { emitFast, exactly, readLane, writeLanes } from './lane-row';
import { FTYPES, formatName, lanesText, scalar } from './text';

/** opc of the target. */
const TARGETS = [
  { format: SINGLE, opc: '00' },
  { format: DOUBLE, opc: '01' },
  { format: HALF, opc: '11' },
] as const;

interface Change {
  readonly from: Format;
  readonly to: Format;
  readonly rounding?: Rounding;
}

const changed = (state: VectorState, { from, to, rounding }: Change, lanes: readonly bigint[]): bigint[] =>
  exactly(state, (raised) => lanes.map((lane) => convert(raised, from, to, lane, rounding)));

/** Between half and single, or on from single to double: all lanes do the same. */
function emitHalf(s: Semantics, { from, to }: Change): void {
  const value = s.keep(vector('i32x4.splat', s.lane('Rn', 'i32', from === HALF ? 16 : 32, 0)));
  const lane = (result: Expr): Expr => vectorLane('f32x4.extract_lane', 0, result);
  emitFast(s, {
    lanes: 'f32x4',
    numbers: from === HALF ? [] : [value],
    compute: (leave) => (from === HALF ? promoteHalves : demoteSingles)(s, value, leave),
    store(result) {
      if (to === HALF) s.setScalar('Rd', vectorLane('i32x4.extract_lane', 0, result));
      else s.setScalar('Rd', to === DOUBLE ? float('f64.promote_f32', lane(result)) : lane(result));
    },
  });
}

function scalarRow(change: Change, name: string, mnemonic: string, encoding: string, feature: Feature): Row {
  const { from, to } = change;
  const fast = from === DOUBLE && to === SINGLE ? demote : from === SINGLE && to === DOUBLE ? promote : undefined;
  return row({
    name,
    section: 'C4.1.96 Floating-point data-processing (1 source)',
    feature,
    encoding,
    fp: true,
    emit(s) {
      if (from === HALF || (from === SINGLE && to === HALF)) {
        emitHalf(s, change);
        return;
      }
      if (fast === undefined) {
        s.finish();
        return;
      }
      const lanes = from === SINGLE ? 'f32' : 'f64';
      const value = s.keep(s.f('Rn', lanes));
      emitFast(s, {
        lanes,
        numbers: [value],
        compute: (leave) => fast(s, lanes, [value], leave),
        store: (result) => s.setScalar('Rd', result),
      });
    },
    finish: (state, f) =>
      writeLanes(state, f['Rd']!, to.width, changed(state, change, [readLane(state, f['Rn']!, from.width, 0)])),
    text: (f) => join(mnemonic, scalar(to, f['Rd']!), scalar(from, f['Rn']!)),
  });
}

const scalars = FTYPES.flatMap(({ format: from, ftype }) =>
  TARGETS.filter(({ format: to }) => to !== from).map(({ format: to, opc }) =>
    scalarRow(
      { from, to },
      `FCVT (${from.name} to ${to.name})`,
      'fcvt',
      `00011110 ${ftype} 1 0001 ${opc} 10000 Rn:5 Rd:5`,
      'FEAT_FP',
    ),
  ),
);

const toOdd = { from: DOUBLE, to: SINGLE, rounding: Rounding.ToOdd } as const;

const others = [
  scalarRow({ from: SINGLE, to: BFLOAT }, 'BFCVT', 'bfcvt', '00011110 01 1 000110 10000 Rn:5 Rd:5', 'FEAT_BF16'),
  {
    ...scalarRow(toOdd, 'FCVTXN (scalar)', 'fcvtxn', '01 1 11110 0 1 10000 10110 10 Rn:5 Rd:5', 'FEAT_AdvSIMD'),
    section: 'C4.1.96 Advanced SIMD scalar two-register miscellaneous',
    emit: (s: Semantics) => void s.finish(),
  },
];

const MISC = 'C4.1.96 Advanced SIMD two-register miscellaneous';
const suffix = (f: Fields): string => (f['Q'] === 1 ? '2' : '');
/** The half of a register that Q chooses. */
const halfOf = (state: VectorState, n: number, { width }: Format, upper: boolean): bigint[] =>
  Array.from({ length: 64 / width }, (_, at) => readLane(state, n, width, at + (upper ? 64 / width : 0)));

/** FCVTL: lanes twice as wide, from one half of the source. */
const longer = [
  { from: HALF, to: SINGLE, sz: 0 },
  { from: SINGLE, to: DOUBLE, sz: 1 },
].map(({ from, to, sz }) =>
  row({
    name: formatName('fcvtl', '', from),
    section: MISC,
    feature: 'FEAT_AdvSIMD',
    encoding: `0 Q 0 01110 0 ${sz} 10000 10111 10 Rn:5 Rd:5`,
    split: ['Q'],
    fp: true,
    emit(s) {
      const source = s.keep(s.v('Rn'));
      if (from === HALF) {
        const half = s.known('Q') === 1 ? 'high' : 'low';
        const lanes = s.keep(vector(`i32x4.extend_${half}_i16x8_u`, source));
        emitFast(s, {
          lanes: 'f32x4',
          numbers: [],
          compute: (leave) => promoteHalves(s, lanes, leave),
          store: (result) => s.setV('Rd', result),
        });
        return;
      }
      const value = s.keep(shuffle(source, source, s.known('Q') === 1 ? UPPER_TO_LOWER : LOWER_OF_BOTH));
      emitFast(s, {
        lanes: 'f32x4',
        numbers: [value],
        compute: (leave) => promoteVector(s, value, leave),
        store: (result) => s.setV('Rd', result),
      });
    },
    finish: (state, f) =>
      writeLanes(state, f['Rd']!, to.width, changed(state, { from, to }, halfOf(state, f['Rn']!, from, f['Q'] === 1))),
    text: (f) =>
      join(
        `fcvtl${suffix(f)}`,
        lanesText(to, 128 / to.width, f['Rd']!),
        lanesText(from, (f['Q'] === 1 ? 128 : 64) / from.width, f['Rn']!),
      ),
  }),
);

interface Narrowing {
  readonly mnemonic: string;
  readonly change: Change;
  readonly u: 0 | 1;
  readonly size: string;
  readonly feature?: Feature;
}

const NARROWINGS: readonly Narrowing[] = [
  { mnemonic: 'fcvtn', change: { from: SINGLE, to: HALF }, u: 0, size: '00' },
  { mnemonic: 'fcvtn', change: { from: DOUBLE, to: SINGLE }, u: 0, size: '01' },
  { mnemonic: 'fcvtxn', change: toOdd, u: 1, size: '01' },
  { mnemonic: 'bfcvtn', change: { from: SINGLE, to: BFLOAT }, u: 0, size: '10', feature: 'FEAT_BF16' },
];

/** FCVTN: lanes half as wide, into the lower half with zeros above, or into the upper half. */
const narrower = NARROWINGS.map(({ mnemonic, change, u, size, feature }) =>
  row({
    name: formatName(mnemonic, 'vector', change.from),
    section: MISC,
    feature: feature ?? 'FEAT_AdvSIMD',
    encoding: `0 Q ${u} 01110 ${size} 10000 10110 10 Rn:5 Rd:5`,
    split: ['Q'],
    fp: true,
    emit(s) {
      if (change.to === BFLOAT || change.rounding !== undefined) {
        s.finish();
        return;
      }
      const value = s.keep(s.v('Rn'));
      const isHalf = change.to === HALF;
      emitFast(s, {
        lanes: isHalf ? 'f32x4' : 'f64x2',
        numbers: [value],
        compute: (leave) => (isHalf ? demoteSingles : demoteVector)(s, value, leave),
        store(result) {
          const low = isHalf ? vector('i16x8.narrow_i32x4_u', result, v128(0n)) : result;
          s.setV('Rd', s.known('Q') === 1 ? shuffle(s.v('Rd'), low, LOWER_OF_BOTH) : low);
        },
      });
    },
    finish(state, f) {
      const { from, to } = change;
      const lanes = Array.from({ length: 128 / from.width }, (_, at) => readLane(state, f['Rn']!, from.width, at));
      const kept = f['Q'] === 1 ? halfOf(state, f['Rd']!, to, false) : [];
      writeLanes(state, f['Rd']!, to.width, [...kept, ...changed(state, change, lanes)]);
    },
    text(f) {
      const { from, to } = change;
      const lanes = (f['Q'] === 1 ? 128 : 64) / to.width;
      return join(
        `${mnemonic}${suffix(f)}`,
        lanesText(to, lanes, f['Rd']!),
        lanesText(from, 128 / from.width, f['Rn']!),
      );
    },
  }),
);

export const FLOAT_FORMATS: readonly Row[] = [...scalars, ...others, ...longer, ...narrower];
