/** FMOV in all its forms, and changes of sign: bits are moved, and no value is looked at (Arm ARM C4.1.96). */
import { DOUBLE, type Format, HALF, ones, SINGLE, signBit } from '../../float/format';
import type { Expr } from '../../wasm/expr';
import { add, and, constant, or, shl, sub, xor, zeroExtend } from '../../wasm/expr';
import { v128, vector } from '../../wasm/vector-expr';
import type { Row } from '../row';
import { row } from '../row';
import type { LaneBits, Semantics } from '../semantics';
import { join, r, wr, xr } from '../text';
import { FTYPES, formatName, lanesText, scalar } from './text';
import { FORMATS } from './vector';

const featureOf = (format: Format): 'FEAT_FP' | 'FEAT_FP16' => (format === HALF ? 'FEAT_FP16' : 'FEAT_FP');
const laneOf = (s: Semantics, field: string, format: Format): Expr =>
  s.lane(field, format.width === 64 ? 'i64' : 'i32', format.width as LaneBits, 0);

/** FMOV, FABS, FNEG on the bits of a lane. */
const SIGNS = [
  { mnemonic: 'fmov', opcode: '000000', change: (_format: Format, bits: Expr) => bits },
  {
    mnemonic: 'fabs',
    opcode: '000001',
    change: (format: Format, bits: Expr) => and(bits, constant(bits.type, ones(format.width - 1))),
  },
  {
    mnemonic: 'fneg',
    opcode: '000010',
    change: (format: Format, bits: Expr) => xor(bits, constant(bits.type, signBit(format))),
  },
] as const;

const signs = SIGNS.flatMap(({ mnemonic, opcode, change }) =>
  FTYPES.map(({ format, ftype }) =>
    row({
      name: formatName(mnemonic, mnemonic === 'fmov' ? 'register' : 'scalar', format),
      section: 'C4.1.96 Floating-point data-processing (1 source)',
      feature: featureOf(format),
      encoding: `00011110 ${ftype} 1 ${opcode} 10000 Rn:5 Rd:5`,
      fp: true,
      emit: (s) => s.setScalar('Rd', change(format, laneOf(s, 'Rn', format))),
      text: (f) => join(mnemonic, scalar(format, f['Rd']!), scalar(format, f['Rn']!)),
    }),
  ),
);

const repeated = (format: Format, bits: bigint): bigint => {
  let all = 0n;
  for (let at = 0; at < 128; at += format.width) all |= bits << BigInt(at);
  return all;
};

const vectorSigns = (['fabs', 'fneg'] as const).flatMap((mnemonic, u) =>
  FORMATS.map(({ format, q, sz }) =>
    row({
      name: formatName(mnemonic, 'vector', format),
      section: `C4.1.96 Advanced SIMD two-register miscellaneous${sz === undefined ? ' (FP16)' : ''}`,
      feature: format === HALF ? 'FEAT_FP16' : 'FEAT_AdvSIMD',
      encoding: `0 ${q === 1 ? 1 : 'Q'} ${u} 01110 1 ${sz === undefined ? '111100' : `${sz} 10000`} 01111 10 Rn:5 Rd:5`,
      split: q === 1 ? [] : ['Q'],
      fp: true,
      emit(s) {
        const whole = q === 1 || s.known('Q') === 1;
        const input = whole ? s.v('Rn') : vector('v128.and', s.v('Rn'), v128(ones(64)));
        const sign = repeated(format, signBit(format));
        if (mnemonic === 'fabs') s.setV('Rd', vector('v128.andnot', input, v128(sign)));
        else s.setV('Rd', vector('v128.xor', input, v128(whole ? sign : sign & ones(64))));
      },
      text(f) {
        const lanes = (q === 1 || f['Q'] === 1 ? 128 : 64) / format.width;
        return join(mnemonic, lanesText(format, lanes, f['Rd']!), lanesText(format, lanes, f['Rn']!));
      },
    }),
  ),
);

/** Where imm8<5:0> ends and what stands above it when imm8<6> is clear; of a double, in its upper half. */
const IMMEDIATE = new Map<Format, { readonly shift: number; readonly base: number }>([
  [HALF, { shift: 6, base: 0x4000 }],
  [SINGLE, { shift: 19, base: 0x4000_0000 }],
  [DOUBLE, { shift: 16, base: 0x4000_0000 }],
]);

/** The number that an 8-bit immediate stands for (Arm ARM, VFPExpandImm), as bits. */
function expanded(s: Semantics, format: Format): Expr {
  const { shift, base } = IMMEDIATE.get(format)!;
  const part = (mask: number, by: number): Expr => shl(and(s.field('imm8'), mask), by);
  const exponent = sub(constant('i32', base), part(0x40, shift));
  const bits = or(add(exponent, part(0x3f, shift)), part(0x80, format === HALF ? 8 : 24));
  return format === DOUBLE ? shl(zeroExtend(bits), 32) : bits;
}

/** As LLVM prints it: (-1)^a × (16 + efgh) / 16 × 2^n. */
export function immediateText(imm8: number): string {
  const exponent = (imm8 & 0x40) === 0 ? ((imm8 >> 4) & 3) + 1 : ((imm8 >> 4) & 3) - 3;
  const value = ((16 + (imm8 & 15)) / 16) * 2 ** exponent;
  return `#${((imm8 & 0x80) === 0 ? value : -value).toFixed(8)}`;
}

const immediates = FTYPES.map(({ format, ftype }) =>
  row({
    name: formatName('fmov', 'scalar, immediate', format),
    section: 'C4.1.96 Floating-point immediate',
    feature: featureOf(format),
    encoding: `00011110 ${ftype} 1 imm8:8 100 00000 Rd:5`,
    fp: true,
    emit: (s) => s.setScalar('Rd', expanded(s, format)),
    text: (f) => join('fmov', scalar(format, f['Rd']!), immediateText(f['imm8']!)),
  }),
);

/** Between a general register and the low bits of Vn. */
const GENERAL = [
  { format: SINGLE, ftype: '00', sf: 0 },
  { format: DOUBLE, ftype: '01', sf: 1 },
  { format: HALF, ftype: '11', sf: 0 },
  { format: HALF, ftype: '11', sf: 1 },
] as const;

const general = GENERAL.flatMap(({ format, ftype, sf }) => [
  row({
    name: formatName('fmov', `general from FP, ${sf === 1 ? 64 : 32}-bit`, format),
    section: 'C4.1.96 Conversion between floating-point and integer',
    feature: featureOf(format),
    encoding: `${sf} 0011110 ${ftype} 1 00 110 000000 Rn:5 Rd:5`,
    fp: true,
    emit: (s) => s.set('Rd', laneOf(s, 'Rn', format)),
    text: (f) => join('fmov', r(sf, f['Rd']!), scalar(format, f['Rn']!)),
  }),
  row({
    name: formatName('fmov', `FP from general, ${sf === 1 ? 64 : 32}-bit`, format),
    section: 'C4.1.96 Conversion between floating-point and integer',
    feature: featureOf(format),
    encoding: `${sf} 0011110 ${ftype} 1 00 111 000000 Rn:5 Rd:5`,
    fp: true,
    emit(s) {
      if (format === HALF) s.setScalar('Rd', and(s.w('Rn'), 0xffff));
      else s.setScalar('Rd', sf === 1 ? s.x('Rn') : s.w('Rn'));
    },
    text: (f) => join('fmov', scalar(format, f['Rd']!), sf === 1 ? xr(f['Rn']!) : wr(f['Rn']!)),
  }),
]);

const top = [
  row({
    name: 'FMOV (general from top half)',
    section: 'C4.1.96 Conversion between floating-point and integer',
    feature: 'FEAT_FP',
    encoding: '10011110 10 1 01 110 000000 Rn:5 Rd:5',
    fp: true,
    emit: (s) => s.set('Rd', s.lane('Rn', 'i64', 64, 1)),
    text: (f) => join('fmov', xr(f['Rd']!), `v${f['Rn']}.d[1]`),
  }),
  row({
    name: 'FMOV (top half from general)',
    section: 'C4.1.96 Conversion between floating-point and integer',
    feature: 'FEAT_FP',
    encoding: '10011110 10 1 01 111 000000 Rn:5 Rd:5',
    fp: true,
    emit: (s) => s.setLane('Rd', 64, 1, s.x('Rn')),
    text: (f) => join('fmov', `v${f['Rd']}.d[1]`, xr(f['Rn']!)),
  }),
];

export const FLOAT_MOVES: readonly Row[] = [...signs, ...vectorSigns, ...immediates, ...general, ...top];
