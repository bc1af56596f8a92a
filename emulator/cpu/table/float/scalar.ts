/** Scalar FP arithmetic (Arm ARM C4.1.96). */
import { type Format, HALF } from '../../float/format';
import type { Fields, Row } from '../row';
import { join } from '../text';
import { laneRow, register } from './lane-row';
import type { FloatOperation } from './operations';
import * as operations from './operations';
import { FTYPES, formatName, scalar } from './text';

const featureOf = (format: Format): 'FEAT_FP' | 'FEAT_FP16' => (format === HALF ? 'FEAT_FP16' : 'FEAT_FP');
const registers = (format: Format, f: Fields, ...names: readonly string[]): string[] =>
  names.map((name) => scalar(format, f[name]!));

const TWO_SOURCES: readonly (readonly [string, FloatOperation])[] = [
  ['fmul', operations.FMUL],
  ['fdiv', operations.FDIV],
  ['fadd', operations.FADD],
  ['fsub', operations.FSUB],
  ['fmax', operations.FMAX],
  ['fmin', operations.FMIN],
  ['fmaxnm', operations.FMAXNM],
  ['fminnm', operations.FMINNM],
  ['fnmul', operations.FNMUL],
];

const twoSources = TWO_SOURCES.flatMap(([mnemonic, operation], opcode) =>
  FTYPES.map(({ format, ftype }) =>
    laneRow({
      name: formatName(mnemonic, 'scalar', format),
      section: 'C4.1.96 Floating-point data-processing (2 source)',
      encoding: `00011110 ${ftype} 1 Rm:5 ${opcode.toString(2).padStart(4, '0')} 10 Rn:5 Rd:5`,
      format,
      operation,
      operands: [register('Rn'), register('Rm')],
      text: (f) => join(mnemonic, ...registers(format, f, 'Rd', 'Rn', 'Rm')),
    }),
  ),
);

const THREE_SOURCES: readonly (readonly [string, FloatOperation])[] = [
  ['fmadd', operations.FMLA],
  ['fmsub', operations.FMLS],
  ['fnmadd', operations.FNMLA],
  ['fnmsub', operations.FNMLS],
];

const threeSources = THREE_SOURCES.flatMap(([mnemonic, operation], index) =>
  FTYPES.map(({ format, ftype }) =>
    laneRow({
      name: formatName(mnemonic, '', format),
      section: 'C4.1.96 Floating-point data-processing (3 source)',
      encoding: `00011111 ${ftype} ${index >> 1} Rm:5 ${index & 1} Ra:5 Rn:5 Rd:5`,
      format,
      operation,
      operands: [register('Ra'), register('Rn'), register('Rm')],
      text: (f) => join(mnemonic, ...registers(format, f, 'Rd', 'Rn', 'Rm', 'Ra')),
    }),
  ),
);

const ONE_SOURCE: readonly (readonly [string, string, FloatOperation])[] = [
  ['fsqrt', '000011', operations.FSQRT],
  ['frintn', '001000', operations.frint('N')],
  ['frintp', '001001', operations.frint('P')],
  ['frintm', '001010', operations.frint('M')],
  ['frintz', '001011', operations.frint('Z')],
  ['frinta', '001100', operations.frint('A')],
  ['frintx', '001110', operations.frint('X')],
  ['frinti', '001111', operations.frint('I')],
  ['frint32z', '010000', operations.frintTo(32, 'Z')],
  ['frint32x', '010001', operations.frintTo(32, 'X')],
  ['frint64z', '010010', operations.frintTo(64, 'Z')],
  ['frint64x', '010011', operations.frintTo(64, 'X')],
];

const oneSource = ONE_SOURCE.flatMap(([mnemonic, opcode, operation]) =>
  FTYPES.filter(({ format }) => format !== HALF || !opcode.startsWith('01')).map(({ format, ftype }) =>
    laneRow({
      name: formatName(mnemonic, 'scalar', format),
      section: 'C4.1.96 Floating-point data-processing (1 source)',
      feature: opcode.startsWith('01') ? 'FEAT_FRINTTS' : featureOf(format),
      encoding: `00011110 ${ftype} 1 ${opcode} 10000 Rn:5 Rd:5`,
      format,
      operation,
      operands: [register('Rn')],
      text: (f) => join(mnemonic, ...registers(format, f, 'Rd', 'Rn')),
    }),
  ),
);

export const FLOAT_SCALAR: readonly Row[] = [...twoSources, ...threeSources, ...oneSource];
