/** AdvSIMD and scalar FP arithmetic on registers, lane by lane (Arm ARM C4.1.96). */
import { DOUBLE, HALF, SINGLE } from '../../float/format';
import type { Fields, Row } from '../row';
import { join } from '../text';
import type { LaneRow, Operand, Shape } from './lane-row';
import { alternate, half, laneRow, register, zeros } from './lane-row';
import type { FloatOperation } from './operations';
import * as operations from './operations';
import { formatName, lanesText, letterOf, scalar } from './text';

const binary = [register('Rn'), register('Rm')];
const accumulating = [register('Rd'), register('Rn'), register('Rm')];
const pairs = [alternate(0), alternate(1)];

interface Same {
  readonly mnemonic: string;
  readonly u: 0 | 1;
  /** Bit 23. */
  readonly a: 0 | 1;
  /** Low three bits of the opcode; the others are ones, or zeros in half precision. */
  readonly opcode: string;
  readonly operation: FloatOperation;
  readonly operands?: readonly Operand[];
  /** Exists as a scalar, too. */
  readonly scalar?: true;
}

/** Three registers of the same size. */
const SAME: readonly Same[] = [
  { mnemonic: 'fmaxnm', u: 0, a: 0, opcode: '000', operation: operations.FMAXNM },
  { mnemonic: 'fmla', u: 0, a: 0, opcode: '001', operation: operations.FMLA, operands: accumulating },
  { mnemonic: 'fadd', u: 0, a: 0, opcode: '010', operation: operations.FADD },
  { mnemonic: 'fmulx', u: 0, a: 0, opcode: '011', operation: operations.FMULX, scalar: true },
  { mnemonic: 'fcmeq', u: 0, a: 0, opcode: '100', operation: operations.FCMEQ, scalar: true },
  { mnemonic: 'fmax', u: 0, a: 0, opcode: '110', operation: operations.FMAX },
  { mnemonic: 'frecps', u: 0, a: 0, opcode: '111', operation: operations.FRECPS, scalar: true },
  { mnemonic: 'fminnm', u: 0, a: 1, opcode: '000', operation: operations.FMINNM },
  { mnemonic: 'fmls', u: 0, a: 1, opcode: '001', operation: operations.FMLS, operands: accumulating },
  { mnemonic: 'fsub', u: 0, a: 1, opcode: '010', operation: operations.FSUB },
  { mnemonic: 'fmin', u: 0, a: 1, opcode: '110', operation: operations.FMIN },
  { mnemonic: 'frsqrts', u: 0, a: 1, opcode: '111', operation: operations.FRSQRTS, scalar: true },
  { mnemonic: 'fmaxnmp', u: 1, a: 0, opcode: '000', operation: operations.FMAXNM, operands: pairs },
  { mnemonic: 'faddp', u: 1, a: 0, opcode: '010', operation: operations.FADD, operands: pairs },
  { mnemonic: 'fmul', u: 1, a: 0, opcode: '011', operation: operations.FMUL },
  { mnemonic: 'fcmge', u: 1, a: 0, opcode: '100', operation: operations.FCMGE, scalar: true },
  { mnemonic: 'facge', u: 1, a: 0, opcode: '101', operation: operations.FACGE, scalar: true },
  { mnemonic: 'fmaxp', u: 1, a: 0, opcode: '110', operation: operations.FMAX, operands: pairs },
  { mnemonic: 'fdiv', u: 1, a: 0, opcode: '111', operation: operations.FDIV },
  { mnemonic: 'fminnmp', u: 1, a: 1, opcode: '000', operation: operations.FMINNM, operands: pairs },
  { mnemonic: 'fabd', u: 1, a: 1, opcode: '010', operation: operations.FABD, scalar: true },
  { mnemonic: 'fcmgt', u: 1, a: 1, opcode: '100', operation: operations.FCMGT, scalar: true },
  { mnemonic: 'facgt', u: 1, a: 1, opcode: '101', operation: operations.FACGT, scalar: true },
  { mnemonic: 'fminp', u: 1, a: 1, opcode: '110', operation: operations.FMIN, operands: pairs },
];

/** What the formats' encodings have in common: the vector's Q, the size bits, and how the opcode begins. */
export const FORMATS = [
  { format: SINGLE, q: 'Q', sz: '0' },
  { format: DOUBLE, q: 1, sz: '1' },
  { format: HALF, q: 'Q', sz: undefined },
] as const;
export const bitsOfQ = (q: 'Q' | 1): string => (q === 'Q' ? 'Q' : '1');

/** Registers of a lane row as text. */
export const named = (fields: Fields, shape: Shape, ...names: readonly string[]): string[] =>
  names.map((name) =>
    shape.vector ? lanesText(shape.format, shape.lanes, fields[name]!) : scalar(shape.format, fields[name]!),
  );

const same = SAME.flatMap((entry) =>
  FORMATS.flatMap(({ format, q, sz }): Row[] => {
    const { mnemonic, u, a, opcode, operation } = entry;
    const tail = sz === undefined ? `${a} 10 Rm:5 00 ${opcode} 1` : `${a} ${sz} 1 Rm:5 11 ${opcode} 1`;
    const common = {
      section: `C4.1.96 Advanced SIMD ${sz === undefined ? 'three same (FP16)' : 'three same'}`,
      format,
      operation,
      operands: entry.operands ?? binary,
      text: (f: Fields, shape: Shape) => join(mnemonic, ...named(f, shape, 'Rd', 'Rn', 'Rm')),
    };
    const rows: LaneRow[] = [
      {
        ...common,
        name: formatName(mnemonic, 'vector', format),
        encoding: `0 ${bitsOfQ(q)} ${u} 01110 ${tail} Rn:5 Rd:5`,
        q,
      },
    ];
    if (entry.scalar === true) {
      rows.push({
        ...common,
        name: formatName(mnemonic, 'scalar', format),
        section: common.section.replace('SIMD', 'SIMD scalar'),
        feature: format === HALF ? 'FEAT_FP16' : 'FEAT_AdvSIMD',
        encoding: `01 ${u} 11110 ${tail} Rn:5 Rd:5`,
      });
    }
    return rows.map(laneRow);
  }),
);

interface Misc {
  readonly mnemonic: string;
  readonly u: 0 | 1;
  readonly a: 0 | 1;
  readonly opcode: string;
  readonly operation: FloatOperation;
  /** Compares with zero. */
  readonly zero?: true;
  /** As a scalar too, or only as one. */
  readonly scalar?: 'too' | 'only';
  readonly noHalf?: true;
}

const frint = (letter: operations.Direction, u: 0 | 1, a: 0 | 1, opcode: string): Misc => ({
  mnemonic: `frint${letter.toLowerCase()}`,
  u,
  a,
  opcode,
  operation: operations.frint(letter),
});

const frintTo = (bits: 32 | 64, letter: 'Z' | 'X', u: 0 | 1, opcode: string): Misc => ({
  mnemonic: `frint${bits}${letter.toLowerCase()}`,
  u,
  a: 0,
  opcode,
  operation: operations.frintTo(bits, letter),
  noHalf: true,
});

const convert = (letter: operations.Direction, a: 0 | 1, opcode: string): readonly Misc[] =>
  ([0, 1] as const).map((u) => ({
    mnemonic: `fcvt${letter.toLowerCase()}${u === 0 ? 's' : 'u'}`,
    u,
    a,
    opcode,
    operation: operations.toInteger(letter, u === 0),
    scalar: 'too',
  }));

/** Two registers. */
const MISC: readonly Misc[] = [
  { mnemonic: 'fcmgt', u: 0, a: 1, opcode: '01100', operation: operations.FCMGT, zero: true, scalar: 'too' },
  { mnemonic: 'fcmeq', u: 0, a: 1, opcode: '01101', operation: operations.FCMEQ, zero: true, scalar: 'too' },
  { mnemonic: 'fcmlt', u: 0, a: 1, opcode: '01110', operation: operations.FCMLT, zero: true, scalar: 'too' },
  { mnemonic: 'fcmge', u: 1, a: 1, opcode: '01100', operation: operations.FCMGE, zero: true, scalar: 'too' },
  { mnemonic: 'fcmle', u: 1, a: 1, opcode: '01101', operation: operations.FCMLE, zero: true, scalar: 'too' },
  { mnemonic: 'fsqrt', u: 1, a: 1, opcode: '11111', operation: operations.FSQRT },
  { mnemonic: 'frecpe', u: 0, a: 1, opcode: '11101', operation: operations.FRECPE, scalar: 'too' },
  { mnemonic: 'frsqrte', u: 1, a: 1, opcode: '11101', operation: operations.FRSQRTE, scalar: 'too' },
  { mnemonic: 'frecpx', u: 0, a: 1, opcode: '11111', operation: operations.FRECPX, scalar: 'only' },
  frint('N', 0, 0, '11000'),
  frint('M', 0, 0, '11001'),
  frint('P', 0, 1, '11000'),
  frint('Z', 0, 1, '11001'),
  frint('A', 1, 0, '11000'),
  frint('X', 1, 0, '11001'),
  frint('I', 1, 1, '11001'),
  frintTo(32, 'Z', 0, '11110'),
  frintTo(64, 'Z', 0, '11111'),
  frintTo(32, 'X', 1, '11110'),
  frintTo(64, 'X', 1, '11111'),
  ...convert('N', 0, '11010'),
  ...convert('M', 0, '11011'),
  ...convert('A', 0, '11100'),
  ...convert('P', 1, '11010'),
  ...convert('Z', 1, '11011'),
  { mnemonic: 'scvtf', u: 0, a: 0, opcode: '11101', operation: operations.fromInteger(true), scalar: 'too' },
  { mnemonic: 'ucvtf', u: 1, a: 0, opcode: '11101', operation: operations.fromInteger(false), scalar: 'too' },
];

const misc = MISC.flatMap((entry) =>
  FORMATS.flatMap(({ format, q, sz }): Row[] => {
    const { mnemonic, u, a, opcode, operation, zero } = entry;
    if (sz === undefined && entry.noHalf === true) return [];
    const tail = sz === undefined ? `${a} 111100 ${opcode} 10` : `${a} ${sz} 10000 ${opcode} 10`;
    const common = {
      section: `C4.1.96 Advanced SIMD two-register miscellaneous${sz === undefined ? ' (FP16)' : ''}`,
      format,
      operation,
      operands: zero === true ? [register('Rn'), zeros] : [register('Rn')],
      text: (f: Fields, shape: Shape) =>
        join(mnemonic, ...named(f, shape, 'Rd', 'Rn'), ...(zero === true ? ['#0.0'] : [])),
    };
    const form = zero === true ? 'zero, ' : '';
    const rows: LaneRow[] = [];
    if (entry.scalar !== 'only') {
      rows.push({
        ...common,
        name: formatName(mnemonic, `${form}vector`, format),
        feature: format === HALF ? 'FEAT_FP16' : entry.noHalf === true ? 'FEAT_FRINTTS' : 'FEAT_AdvSIMD',
        encoding: `0 ${bitsOfQ(q)} ${u} 01110 ${tail} Rn:5 Rd:5`,
        q,
      });
    }
    if (entry.scalar !== undefined) {
      rows.push({
        ...common,
        name: formatName(mnemonic, `${form}scalar SIMD`, format),
        section: common.section.replace('SIMD', 'SIMD scalar'),
        feature: format === HALF ? 'FEAT_FP16' : 'FEAT_AdvSIMD',
        encoding: `01 ${u} 11110 ${tail} Rn:5 Rd:5`,
      });
    }
    return rows.map(laneRow);
  }),
);

/** FADDP and its kin on the two lowest elements. */
const PAIRWISE = [
  { mnemonic: 'fmaxnmp', a: 0, opcode: '01100', operation: operations.FMAXNM },
  { mnemonic: 'faddp', a: 0, opcode: '01101', operation: operations.FADD },
  { mnemonic: 'fmaxp', a: 0, opcode: '01111', operation: operations.FMAX },
  { mnemonic: 'fminnmp', a: 1, opcode: '01100', operation: operations.FMINNM },
  { mnemonic: 'fminp', a: 1, opcode: '01111', operation: operations.FMIN },
] as const;

const pairwise = PAIRWISE.flatMap(({ mnemonic, a, opcode, operation }) =>
  FORMATS.map(({ format, sz }) =>
    laneRow({
      name: formatName(mnemonic, 'scalar', format),
      section: 'C4.1.96 Advanced SIMD scalar pairwise',
      feature: format === HALF ? 'FEAT_FP16' : 'FEAT_AdvSIMD',
      encoding: `01 ${sz === undefined ? 0 : 1} 11110 ${a} ${sz ?? 0} 11000 ${opcode} 10 Rn:5 Rd:5`,
      format,
      operation,
      operands: [half(0), half(1)],
      text: (f) => join(mnemonic, scalar(format, f['Rd']!), `v${f['Rn']}.2${letterOf(format)}`),
    }),
  ),
);

export const FLOAT_VECTOR: readonly Row[] = [...same, ...misc, ...pairwise];
