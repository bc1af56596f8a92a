/** Between numbers and integers or fixed point, in general registers and in lanes (Arm ARM C4.1.96). */
import { toJavaScriptInteger } from '../../float/conversion';
import { DOUBLE, type Format, HALF, SINGLE } from '../../float/format';
import { giveResult, readOperand, type VectorState } from '../../vector-state';
import type { Expr } from '../../wasm/expr';
import { add, constant, shl, shrU, sub, wrap, zeroExtend } from '../../wasm/expr';
import { float } from '../../wasm/float-expr';
import { fromBits } from '../../wasm/float-lanes';
import { vector } from '../../wasm/vector-expr';
import type { Fields, Row } from '../row';
import { row } from '../row';
import type { Semantics } from '../semantics';
import { join, r } from '../text';
import { numberOf } from './fast-conversions';
import type { Operand } from './lane-row';
import { emitFast, exactly, laneRow, readLane, register, writeLanes } from './lane-row';
import * as operations from './operations';
import { FTYPES, formatName, scalar } from './text';
import { bitsOfQ, FORMATS, named } from './vector';

const featureOf = (format: Format): 'FEAT_FP' | 'FEAT_FP16' => (format === HALF ? 'FEAT_FP16' : 'FEAT_FP');
const typeOf = (format: Format): 'f32' | 'f64' => (format === SINGLE ? 'f32' : 'f64');

/** 2^exponent, the exponent a value of the fields, as the bits of a number. */
const powerOfTwo = (format: Format, exponent: Expr): Expr =>
  format === SINGLE ? shl(add(exponent, 127), 23) : shl(zeroExtend(add(exponent, 1023)), 52);

/** Fraction bits of a fixed-point number in a general register: 64 - scale. */
const fractionOf = (f: Fields): bigint => BigInt(64 - f['scale']!);
const fraction = (s: Semantics): Expr => sub(constant('i32', 64), s.field('scale'));
const negativeFraction = (s: Semantics): Expr => sub(s.field('scale'), 64);

interface General {
  readonly mnemonic: string;
  readonly format: Format;
  readonly ftype: string;
  readonly sf: 0 | 1;
  readonly isSigned: boolean;
  readonly fixed: boolean;
}

const generals = (mnemonics: readonly [string, string], fixed: boolean): readonly General[] =>
  FTYPES.flatMap(({ format, ftype }) =>
    ([0, 1] as const).flatMap((sf) =>
      mnemonics.map((mnemonic, u) => ({ mnemonic, format, ftype, sf, isSigned: u === 0, fixed })),
    ),
  );

const width = (sf: 0 | 1): 32 | 64 => (sf === 1 ? 64 : 32);
const common = ({ mnemonic, format, sf, fixed }: General) => ({
  name: formatName(mnemonic, `${fixed ? 'fixed-point' : 'integer'}, ${width(sf)}-bit`, format),
  section: `C4.1.96 Conversion between floating-point and ${fixed ? 'fixed-point' : 'integer'}`,
  feature: featureOf(format),
  // In 32 bits there are at most 32 of fraction.
  ...(fixed && sf === 0 ? { where: (f: Fields) => f['scale']! >= 32 } : {}),
  fp: true,
});
const fractionText = (f: Fields, fixed: boolean): string[] => (fixed ? [`#${fractionOf(f)}`] : []);

function toGeneral(general: General, direction: operations.Direction, rmode: string, opcode: string): Row {
  const { mnemonic, format, ftype, sf, isSigned, fixed } = general;
  const operation = operations.toInteger(direction, isSigned, width(sf));
  return row({
    ...common(general),
    encoding: `${sf} 0011110 ${ftype} ${fixed ? 0 : 1} ${rmode} ${opcode} ${fixed ? 'scale:6' : '000000'} Rn:5 Rd:5`,
    emit(s) {
      const finished = (result: Expr): void => s.set('Rd', sf === 1 ? result : wrap(result));
      if (format === HALF) {
        finished(s.finish());
        return;
      }
      const type = typeOf(format);
      const value = s.keep(s.f('Rn', type));
      emitFast(s, {
        lanes: type,
        numbers: [value],
        compute(leave) {
          const scale = fixed ? [s.keep(fromBits(type, powerOfTwo(format, fraction(s))))] : [];
          return operation.fast!(s, type, [value, ...scale], leave);
        },
        store: (result) => s.set('Rd', result),
        finished,
      });
    },
    finish(state, f) {
      const operand = readLane(state, f['Rn']!, format.width, 0);
      const bits = fixed ? [fractionOf(f)] : [];
      giveResult(
        state,
        exactly(state, (raised) => operation.exact(raised, format, operand, ...bits)),
      );
    },
    text: (f) => join(mnemonic, r(sf, f['Rd']!), scalar(format, f['Rn']!), ...fractionText(f, fixed)),
  });
}

function fromGeneral(general: General): Row {
  const { mnemonic, format, ftype, sf, isSigned, fixed } = general;
  const operation = operations.fromInteger(isSigned, width(sf));
  const opcode = isSigned ? '010' : '011';
  return row({
    ...common(general),
    encoding: `${sf} 0011110 ${ftype} ${fixed ? 0 : 1} 00 ${opcode} ${fixed ? 'scale:6' : '000000'} Rn:5 Rd:5`,
    emit(s) {
      const operand = s.keep(sf === 1 ? s.x('Rn') : s.w('Rn'));
      if (format === HALF) {
        s.finish(operand);
        return;
      }
      const type = typeOf(format);
      emitFast(s, {
        lanes: type,
        numbers: [],
        compute() {
          const outcome = numberOf(s, type, isSigned, operand);
          if (!fixed) return outcome;
          const scale = fromBits(type, powerOfTwo(format, negativeFraction(s)));
          return { ...outcome, result: float(`${type}.mul`, outcome.result, scale) };
        },
        store: (result) => s.setScalar('Rd', result),
        operand,
      });
    },
    finish(state, f) {
      const operand = BigInt.asUintN(width(sf), readOperand(state));
      const bits = fixed ? [fractionOf(f)] : [];
      const result = exactly(state, (raised) => operation.exact(raised, format, operand, ...bits));
      writeLanes(state, f['Rd']!, format.width, [result]);
    },
    text: (f) => join(mnemonic, scalar(format, f['Rd']!), r(sf, f['Rn']!), ...fractionText(f, fixed)),
  });
}

const ROUNDINGS = [
  ['N', '00', '00'],
  ['P', '01', '00'],
  ['M', '10', '00'],
  ['Z', '11', '00'],
  ['A', '00', '10'],
] as const;

const integers = ROUNDINGS.flatMap(([direction, rmode, opcode]) =>
  generals([`fcvt${direction.toLowerCase()}s`, `fcvt${direction.toLowerCase()}u`], false).map((general) =>
    toGeneral(general, direction, rmode, `${opcode}${general.isSigned ? 0 : 1}`),
  ),
);
const fixedPoints = generals(['fcvtzs', 'fcvtzu'], true).map((general) =>
  toGeneral(general, 'Z', '11', general.isSigned ? '000' : '001'),
);
const numbers = [false, true].flatMap((fixed) => generals(['scvtf', 'ucvtf'], fixed).map(fromGeneral));

/** To an integer as JavaScript does it; Z tells whether it was one. */
const javaScript = row({
  name: 'FJCVTZS',
  section: 'C4.1.96 Conversion between floating-point and integer',
  feature: 'FEAT_JSCVT',
  encoding: '0 0011110 01 1 11 110 000000 Rn:5 Rd:5',
  fp: true,
  emit(s) {
    const result = s.keep(s.finish());
    s.set('Rd', wrap(result));
    s.setNzcv(shl(wrap(shrU(result, 32)), 30));
  },
  finish(state: VectorState, f: Fields) {
    const operand = readLane(state, f['Rn']!, 64, 0);
    const { result, exact } = exactly(state, (raised) => toJavaScriptInteger(raised, DOUBLE, operand));
    giveResult(state, result | (exact ? 1n << 32n : 0n));
  },
  text: (f) => join('fjcvtzs', r(0, f['Rd']!), scalar(DOUBLE, f['Rn']!)),
});

/** The scale of a fixed-point lane: the fraction has as many bits as the lane less the immediate. */
const scale = (direction: 1 | -1): Operand => ({
  exact: (_state, fields, { format, lanes }) => new Array<bigint>(lanes).fill(BigInt(format.width - fields['imm']!)),
  fast(s, shape) {
    const { format } = shape;
    const bits = constant('i32', format.width);
    const exponent = direction === 1 ? sub(bits, s.field('imm')) : sub(s.field('imm'), bits);
    const power = powerOfTwo(format, exponent);
    if (!shape.vector) return fromBits(typeOf(format), power);
    return vector(format === SINGLE ? 'i32x4.splat' : 'i64x2.splat', power);
  },
});

/** immh begins with the lane's width: 001, 01 or 1. */
const PREFIXES = new Map([
  [HALF, '001 imm:4'],
  [SINGLE, '01 imm:5'],
  [DOUBLE, '1 imm:6'],
]);

const LANE_FIXED = ([0, 1] as const).flatMap((u) => [
  { mnemonic: u === 0 ? 'scvtf' : 'ucvtf', u, opcode: '11100', operation: operations.fromInteger(u === 0), up: -1 },
  { mnemonic: u === 0 ? 'fcvtzs' : 'fcvtzu', u, opcode: '11111', operation: operations.toInteger('Z', u === 0), up: 1 },
]) as readonly { mnemonic: string; u: 0 | 1; opcode: string; operation: operations.FloatOperation; up: 1 | -1 }[];

const laneFixed = LANE_FIXED.flatMap(({ mnemonic, u, opcode, operation, up }) =>
  FORMATS.flatMap(({ format, q }) => {
    const parts = {
      feature: format === HALF ? ('FEAT_FP16' as const) : ('FEAT_AdvSIMD' as const),
      format,
      operation,
      operands: [register('Rn'), scale(up)],
      text: (f: Fields, shape: Parameters<typeof named>[1]) =>
        join(mnemonic, ...named(f, shape, 'Rd', 'Rn'), `#${format.width - f['imm']!}`),
    };
    return [
      laneRow({
        ...parts,
        name: formatName(mnemonic, 'vector, fixed-point', format),
        section: 'C4.1.96 Advanced SIMD shift by immediate',
        encoding: `0 ${bitsOfQ(q)} ${u} 011110 ${PREFIXES.get(format)} ${opcode} 1 Rn:5 Rd:5`,
        q,
      }),
      laneRow({
        ...parts,
        name: formatName(mnemonic, 'scalar, fixed-point', format),
        section: 'C4.1.96 Advanced SIMD scalar shift by immediate',
        encoding: `01 ${u} 111110 ${PREFIXES.get(format)} ${opcode} 1 Rn:5 Rd:5`,
      }),
    ];
  }),
);

export const FLOAT_CONVERSIONS: readonly Row[] = [...integers, ...fixedPoints, ...numbers, javaScript, ...laneFixed];
