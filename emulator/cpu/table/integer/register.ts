/** Data processing, register operands: logical, add and subtract, carry, flags, conditional (Arm ARM C4.1.95). */
import type { Expr } from '../../wasm/expr';
import {
  add,
  and,
  negate,
  not,
  or,
  rotr,
  select,
  shl,
  shrS,
  shrU,
  signExtend,
  signExtendLow,
  sub,
  wrap,
  xor,
  zeroExtend,
} from '../../wasm/expr';
import type { Fields, Row, Split } from '../row';
import { is31, row } from '../row';
import type { Semantics } from '../semantics';
import { CONDITIONS, EXTENDS, join, r, rsp, shiftText, wr, xr } from '../text';
import { addFlags, subFlags, typeOf, withCarry } from './arithmetic';
import { setLogicalFlags } from './immediate';

const SHIFT = [shl, shrU, shrS, rotr] as const;

/** Settled: no shift at all (4), or its kind. */
const shiftKind: Split = { name: 'kind', count: 5, of: (f) => (f['imm6'] === 0 ? 4 : f['shift']!) };

function shiftedRm(s: Semantics, type: 'i32' | 'i64'): Expr {
  const kind = s.known('kind');
  if (kind === 4) return s.r('Rm', type);
  const count = s.field('imm6');
  return SHIFT[kind]!(s.r('Rm', type), type === 'i64' ? zeroExtend(count) : count);
}

const wideEnough = (f: Fields): boolean => f['sf'] === 1 || f['imm6']! < 32;

const LOGICAL = [
  { mnemonic: 'and', apply: and, invert: false },
  { mnemonic: 'bic', apply: and, invert: true },
  { mnemonic: 'orr', apply: or, invert: false },
  { mnemonic: 'orn', apply: or, invert: true },
  { mnemonic: 'eor', apply: xor, invert: false },
  { mnemonic: 'eon', apply: xor, invert: true },
  { mnemonic: 'ands', apply: and, invert: false },
  { mnemonic: 'bics', apply: and, invert: true },
] as const;

const logical = LOGICAL.map(({ mnemonic, apply, invert }, index) =>
  row({
    name: `${mnemonic.toUpperCase()} (shifted register)`,
    section: 'C4.1.95 Logical (shifted register)',
    encoding: `sf ${(index >> 1).toString(2).padStart(2, '0')} 01010 shift:2 ${index & 1} Rm:5 imm6:6 Rn:5 Rd:5`,
    where: wideEnough,
    split: index < 6 ? ['sf', shiftKind] : ['sf', shiftKind, is31('Rd')],
    ...(index < 6 ? { pure: 'Rd' } : {}),
    emit(s) {
      const type = typeOf(s.known('sf'));
      const operand = shiftedRm(s, type);
      const result = apply(s.r('Rn', type), invert ? not(operand) : operand);
      if (index < 6) return s.set('Rd', result);
      const kept = s.keep(result);
      setLogicalFlags(s, kept);
      s.set('Rd', kept);
    },
    text(f) {
      const sf = f['sf']!;
      const [rd, rn] = [r(sf, f['Rd']!), r(sf, f['Rn']!)];
      const operand = `${r(sf, f['Rm']!)}${shiftText(f['shift']!, f['imm6']!)}`;
      if (mnemonic === 'ands' && f['Rd'] === 31) return join('tst', rn, operand);
      if (mnemonic === 'orr' && f['Rn'] === 31 && f['shift'] === 0 && f['imm6'] === 0) return join('mov', rd, operand);
      if (mnemonic === 'orn' && f['Rn'] === 31) return join('mvn', rd, operand);
      return join(mnemonic, rd, rn, operand);
    },
  }),
);

const names = (op: number, flags: number): string => `${op === 0 ? 'add' : 'sub'}${flags === 1 ? 's' : ''}`;

const addSub = [0, 1, 2, 3].map((index) => {
  const op = index >> 1;
  const flags = index & 1;
  const mnemonic = names(op, flags);
  return row({
    name: `${mnemonic.toUpperCase()} (shifted register)`,
    section: 'C4.1.95 Add/subtract (shifted register)',
    encoding: `sf ${op} ${flags} 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5`,
    where: (f) => f['shift'] !== 3 && wideEnough(f),
    split: flags === 1 ? ['sf', shiftKind, is31('Rd')] : ['sf', shiftKind],
    ...(flags === 0 ? { pure: 'Rd' } : {}),
    emit(s) {
      if (s.known('kind') === 3) return;
      const type = typeOf(s.known('sf'));
      const left = s.r('Rn', type);
      const right = shiftedRm(s, type);
      if (flags === 1) s.set('Rd', (op === 0 ? addFlags : subFlags)(s, left, right));
      else s.set('Rd', (op === 0 ? add : sub)(left, right));
    },
    text(f) {
      const sf = f['sf']!;
      const [rd, rn] = [r(sf, f['Rd']!), r(sf, f['Rn']!)];
      const operand = `${r(sf, f['Rm']!)}${shiftText(f['shift']!, f['imm6']!)}`;
      if (flags === 1 && f['Rd'] === 31) return join(op === 0 ? 'cmn' : 'cmp', rn, operand);
      if (op === 1 && f['Rn'] === 31) return join(flags === 1 ? 'negs' : 'neg', rd, operand);
      return join(mnemonic, rd, rn, operand);
    },
  });
});

/** A register operand extended from 8, 16, 32 or 64 bits, as option says, in the given width. */
export function extended(value: Expr, option: number, type: 'i32' | 'i64'): Expr {
  const low = type === 'i64' ? value : wrap(value);
  const size = option & 3;
  if (size === 3 || (size === 2 && type === 'i32')) return low;
  if (size === 2) return option >= 4 ? signExtend(wrap(value)) : zeroExtend(wrap(value));
  if (option >= 4) return signExtendLow(size === 0 ? 8 : 16, low);
  return and(low, size === 0 ? 0xff : 0xffff);
}

const addSubExtended = [0, 1, 2, 3].map((index) => {
  const op = index >> 1;
  const flags = index & 1;
  const mnemonic = names(op, flags);
  return row({
    name: `${mnemonic.toUpperCase()} (extended register)`,
    section: 'C4.1.95 Add/subtract (extended register)',
    encoding: `sf ${op} ${flags} 01011001 Rm:5 option:3 imm3:3 Rn:5 Rd:5`,
    where: (f) => f['imm3']! <= 4,
    split: ['sf', 'option'],
    emit(s) {
      const type = typeOf(s.known('sf'));
      const count = s.field('imm3');
      const operand = extended(s.x('Rm'), s.known('option'), type);
      const right = shl(operand, type === 'i64' ? zeroExtend(count) : count);
      const left = s.rsp('Rn', type);
      if (flags === 1) s.set('Rd', (op === 0 ? addFlags : subFlags)(s, left, right));
      else s.setSp('Rd', (op === 0 ? add : sub)(left, right));
    },
    text(f) {
      const { sf, option, imm3, Rn, Rd, Rm } = f as unknown as Record<
        'sf' | 'option' | 'imm3' | 'Rn' | 'Rd' | 'Rm',
        number
      >;
      const rm = sf === 1 && (option & 3) === 3 ? xr(Rm) : wr(Rm);
      const usesSp = Rn === 31 || (Rd === 31 && flags === 0);
      let operand = `${rm}, ${EXTENDS[option]}${imm3 === 0 ? '' : ` #${imm3}`}`;
      if (usesSp && option === (sf === 1 ? 3 : 2)) operand = `${rm}${imm3 === 0 ? '' : `, lsl #${imm3}`}`;
      if (flags === 1 && Rd === 31) return join(op === 0 ? 'cmn' : 'cmp', rsp(sf, Rn), operand);
      return join(mnemonic, (flags === 1 ? r : rsp)(sf, Rd), rsp(sf, Rn), operand);
    },
  });
});

const carry = [0, 1, 2, 3].map((index) => {
  const op = index >> 1;
  const flags = index & 1;
  const mnemonic = `${op === 0 ? 'adc' : 'sbc'}${flags === 1 ? 's' : ''}`;
  return row({
    name: mnemonic.toUpperCase(),
    section: 'C4.1.95 Add/subtract (with carry)',
    encoding: `sf ${op} ${flags} 11010000 Rm:5 000000 Rn:5 Rd:5`,
    split: ['sf'],
    emit(s) {
      const type = typeOf(s.known('sf'));
      s.set('Rd', withCarry(s, s.r('Rn', type), s.r('Rm', type), op === 1, flags === 1));
    },
    text(f) {
      const sf = f['sf']!;
      const [rd, rn, rm] = [r(sf, f['Rd']!), r(sf, f['Rn']!), r(sf, f['Rm']!)];
      if (op === 1 && f['Rn'] === 31) return join(flags === 1 ? 'ngcs' : 'ngc', rd, rm);
      return join(mnemonic, rd, rn, rm);
    },
  });
});

const flagRows = [
  row({
    name: 'RMIF',
    section: 'C4.1.95 Rotate right into flags',
    feature: 'FEAT_FlagM',
    encoding: '10111010000 imm6:6 00001 Rn:5 0 mask:4',
    emit(s) {
      const rotated = wrap(rotr(s.x('Rn'), zeroExtend(s.field('imm6'))));
      const mask = s.keep(s.field('mask', 28));
      s.setNzcv(or(and(shl(rotated, 28), mask), and(s.nzcv(), not(mask))));
    },
    text: (f) => join('rmif', xr(f['Rn']!), `#${f['imm6']}`, `#${f['mask']}`),
  }),
  row({
    name: 'SETF8, SETF16',
    section: 'C4.1.95 Evaluate into flags',
    feature: 'FEAT_FlagM',
    encoding: '00111010000000000 sz 0010 Rn:5 01101',
    split: ['sz'],
    emit(s) {
      const top = s.known('sz') === 0 ? 7 : 15;
      const value = s.keep(s.w('Rn'));
      const placed = s.keep(signExtend(shl(value, 31 - top)));
      const above = signExtend(shl(value, 30 - top));
      s.setFlags({ n: placed, z: placed, c: s.flags().c, v: xor(placed, above) });
    },
    text: (f) => join(f['sz'] === 0 ? 'setf8' : 'setf16', wr(f['Rn']!)),
  }),
];

const compare = [0, 1].flatMap((op) =>
  [0, 1].map((immediate) => {
    const mnemonic = op === 0 ? 'ccmn' : 'ccmp';
    return row({
      name: `${mnemonic.toUpperCase()} (${immediate === 1 ? 'immediate' : 'register'})`,
      section: `C4.1.95 Conditional compare (${immediate === 1 ? 'immediate' : 'register'})`,
      encoding: `sf ${op} 111010010 Rm:5 cond:4 ${immediate} 0 Rn:5 0 nzcv:4`,
      split: ['sf'],
      emit(s) {
        const type = typeOf(s.known('sf'));
        const number = s.field('Rm');
        const right = immediate === 1 ? (type === 'i64' ? zeroExtend(number) : number) : s.r('Rm', type);
        s.compareWhen(op === 0 ? 'add' : 'sub', s.r('Rn', type), right);
      },
      text(f) {
        const sf = f['sf']!;
        const operand = immediate === 1 ? `#${f['Rm']}` : r(sf, f['Rm']!);
        return join(mnemonic, r(sf, f['Rn']!), operand, `#${f['nzcv']}`, CONDITIONS[f['cond']!]!);
      },
    });
  }),
);

const SELECTS = [
  { mnemonic: 'csel', apply: (m: Expr) => m },
  { mnemonic: 'csinc', apply: (m: Expr) => add(m, 1), same: 'cinc', zero: 'cset' },
  { mnemonic: 'csinv', apply: not, same: 'cinv', zero: 'csetm' },
  { mnemonic: 'csneg', apply: negate, same: 'cneg' },
] as const;

const selects = SELECTS.map((entry, index) =>
  row({
    name: entry.mnemonic.toUpperCase(),
    section: 'C4.1.95 Conditional select',
    encoding: `sf ${index >> 1} 011010100 Rm:5 cond:4 0 ${index & 1} Rn:5 Rd:5`,
    split: index < 2 ? ['sf', 'cond'] : ['sf'],
    pure: 'Rd',
    emit(s) {
      const type = typeOf(s.known('sf'));
      s.set('Rd', select(s.holds(), s.r('Rn', type), entry.apply(s.r('Rm', type))));
    },
    text(f) {
      const sf = f['sf']!;
      const cond = f['cond']!;
      const inverse = CONDITIONS[cond ^ 1]!;
      if (f['Rn'] === f['Rm'] && cond < 14 && 'same' in entry) {
        if ('zero' in entry && f['Rn'] === 31) return join(entry.zero, r(sf, f['Rd']!), inverse);
        return join(entry.same, r(sf, f['Rd']!), r(sf, f['Rn']!), inverse);
      }
      return join(entry.mnemonic, r(sf, f['Rd']!), r(sf, f['Rn']!), r(sf, f['Rm']!), CONDITIONS[cond]!);
    },
  }),
);

export const DATA_PROCESSING_REGISTER: readonly Row[] = [
  ...logical,
  ...addSub,
  ...addSubExtended,
  ...carry,
  ...flagRows,
  ...compare,
  ...selects,
];
