/** Data processing, immediate operand (Arm ARM C4.1.2). */
import type { Expr } from '../../wasm/expr';
import { add, and, i64, not, or, shl, shrS, shrU, signExtend, sub, wrap, xor, zeroExtend } from '../../wasm/expr';
import { logicalMask } from '../bit-masks';
import type { Fields, Row } from '../row';
import { is31, row, signed } from '../row';
import type { Semantics } from '../semantics';
import { hex, join, r, rsp, targetText, wr, xr } from '../text';
import { addFlags, subFlags, typeOf } from './arithmetic';

/** N and Z from the result; C and V clear. */
export const setLogicalFlags = (s: Semantics, result: Expr): void => s.logicalFlags(result);

function addSub(op: 0 | 1, flags: 0 | 1): Row {
  const mnemonic = `${op === 0 ? 'add' : 'sub'}${flags === 1 ? 's' : ''}`;
  return row({
    name: `${mnemonic.toUpperCase()} (immediate)`,
    section: 'C4.1.2 Add/subtract (immediate)',
    encoding: `sf ${op} ${flags} 100010 sh imm12:12 Rn:5 Rd:5`,
    split: ['sf', 'sh', is31('Rn'), is31('Rd')],
    emit(s) {
      const type = typeOf(s.known('sf'));
      const field = s.field('imm12', s.known('sh') === 1 ? 12 : 0);
      const immediate = type === 'i64' ? zeroExtend(field) : field;
      const left = s.rsp('Rn', type);
      if (flags === 1) s.set('Rd', (op === 0 ? addFlags : subFlags)(s, left, immediate));
      else s.setSp('Rd', (op === 0 ? add : sub)(left, immediate));
    },
    text(f) {
      const { sf, sh, imm12, Rn, Rd } = f as unknown as Record<'sf' | 'sh' | 'imm12' | 'Rn' | 'Rd', number>;
      const operand = `#${imm12}${sh === 1 ? ', lsl #12' : ''}`;
      if (flags === 1 && Rd === 31) return join(op === 0 ? 'cmn' : 'cmp', rsp(sf, Rn), operand);
      if (mnemonic === 'add' && sh === 0 && imm12 === 0 && (Rd === 31 || Rn === 31)) {
        return join('mov', rsp(sf, Rd), rsp(sf, Rn));
      }
      return join(mnemonic, (flags === 1 ? r : rsp)(sf, Rd), rsp(sf, Rn), operand);
    },
  });
}

const LOGICAL = [
  { mnemonic: 'and', apply: and },
  { mnemonic: 'orr', apply: or },
  { mnemonic: 'eor', apply: xor },
  { mnemonic: 'ands', apply: and },
] as const;

/** MoveWidePreferred: MOVZ or MOVN would give the same value, and is what an assembler prints as MOV. */
function moveWidePreferred(sf: number, n: number, imms: number, immr: number): boolean {
  const width = sf === 1 ? 64 : 32;
  if (sf === 1 ? n !== 1 : n !== 0 || (imms & 0x20) !== 0) return false;
  if (imms < 16) return (-immr & 15) <= 15 - imms;
  if (imms >= width - 15) return (immr & 15) <= imms - (width - 15);
  return false;
}

const logical = LOGICAL.map(({ mnemonic, apply }, opc) =>
  row({
    name: `${mnemonic.toUpperCase()} (immediate)`,
    section: 'C4.1.2 Logical (immediate)',
    encoding: `sf ${opc.toString(2).padStart(2, '0')} 100100 N immr:6 imms:6 Rn:5 Rd:5`,
    where: (f) => !(f['sf'] === 0 && f['N'] === 1) && logicalMask(f['N']!, f['imms']!, f['immr']!) !== undefined,
    split: ['sf', is31('Rd')],
    emit(s) {
      const type = typeOf(s.known('sf'));
      const mask = type === 'i64' ? s.logicalImmediate() : wrap(s.logicalImmediate());
      const result = s.keep(apply(s.r('Rn', type), mask));
      if (opc === 3) {
        setLogicalFlags(s, result);
        s.set('Rd', result);
      } else s.setSp('Rd', result);
    },
    text(f) {
      const sf = f['sf']!;
      const mask = logicalMask(f['N']!, f['imms']!, f['immr']!) ?? 0n;
      const operand = `#${hex(BigInt.asUintN(sf === 1 ? 64 : 32, mask))}`;
      if (opc === 3 && f['Rd'] === 31) return join('tst', r(sf, f['Rn']!), operand);
      if (opc === 1 && f['Rn'] === 31 && !moveWidePreferred(sf, f['N']!, f['imms']!, f['immr']!)) {
        const value = BigInt.asIntN(sf === 1 ? 64 : 32, mask);
        return join('mov', rsp(sf, f['Rd']!), `#${value}`);
      }
      return join(mnemonic, opc === 3 ? r(sf, f['Rd']!) : rsp(sf, f['Rd']!), r(sf, f['Rn']!), operand);
    },
  }),
);

function wideText(mnemonic: string, f: Fields): string {
  const sf = f['sf']!;
  const imm16 = f['imm16']!;
  const hw = f['hw']!;
  const bits = sf === 1 ? 64 : 32;
  const plain = join(mnemonic, r(sf, f['Rd']!), `#${imm16}${hw === 0 ? '' : `, lsl #${hw * 16}`}`);
  if (mnemonic === 'movk' || (imm16 === 0 && hw !== 0)) return plain;
  if (mnemonic === 'movn' && sf === 0 && imm16 === 0xffff) return plain;
  const placed = BigInt(imm16) << BigInt(hw * 16);
  return join('mov', r(sf, f['Rd']!), `#${BigInt.asIntN(bits, mnemonic === 'movn' ? ~placed : placed)}`);
}

const wide = (['movn', undefined, 'movz', 'movk'] as const).flatMap((mnemonic, opc) =>
  mnemonic === undefined
    ? []
    : row({
        name: mnemonic.toUpperCase(),
        section: 'C4.1.2 Move wide (immediate)',
        encoding: `sf ${opc.toString(2).padStart(2, '0')} 100101 hw:2 imm16:16 Rd:5`,
        where: (f) => f['sf'] === 1 || f['hw']! < 2,
        split: ['sf', 'hw'],
        pure: 'Rd',
        emit(s) {
          const sf = s.known('sf');
          const hw = s.known('hw');
          if (sf === 0 && hw > 1) return;
          const shift = hw * 16;
          const placed = shl(zeroExtend(s.field('imm16')), shift);
          const type = typeOf(sf);
          if (mnemonic === 'movz') s.set('Rd', type === 'i64' ? placed : wrap(placed));
          else if (mnemonic === 'movn') s.set('Rd', type === 'i64' ? not(placed) : wrap(not(placed)));
          else {
            const value = or(and(s.x('Rd'), ~(0xffffn << BigInt(shift))), placed);
            s.set('Rd', type === 'i64' ? value : wrap(value));
          }
        },
        text: (f) => wideText(mnemonic, f),
      }),
);

/** The field moved into place: left to drop what is above, then right (by the sign or with zeros). */
function moveField(s: Semantics, value: Expr, fillSign: boolean): Expr {
  const top = value.type === 'i64' ? 63 : 31;
  const extend = (count: Expr): Expr => (value.type === 'i64' ? zeroExtend(count) : count);
  const left = extend(sub(top, s.field('imms')));
  const right = extend(sub(sub(s.field('immr'), s.field('imms')), 1));
  return (fillSign ? shrS : shrU)(shl(value, left), right);
}

function bitfieldText(opc: number, f: Fields): string {
  const { sf, immr, imms, Rn, Rd } = f as unknown as Record<'sf' | 'immr' | 'imms' | 'Rn' | 'Rd', number>;
  const bits = sf === 1 ? 64 : 32;
  const prefix = ['s', '', 'u'][opc]!;
  if (opc === 1) {
    if (Rn === 31 && imms < immr) return join('bfc', r(sf, Rd), `#${bits - immr}`, `#${imms + 1}`);
    if (Rn === 31 && immr === 0) return join('bfc', r(sf, Rd), '#0', `#${imms + 1}`);
    if (imms < immr) return join('bfi', r(sf, Rd), r(sf, Rn), `#${bits - immr}`, `#${imms + 1}`);
    return join('bfxil', r(sf, Rd), r(sf, Rn), `#${immr}`, `#${imms - immr + 1}`);
  }
  if (immr === 0 && (imms === 7 || imms === 15) && (opc === 0 || sf === 0)) {
    return join(`${prefix}xt${imms === 7 ? 'b' : 'h'}`, r(sf, Rd), wr(Rn));
  }
  if (opc === 0 && sf === 1 && immr === 0 && imms === 31) return join('sxtw', xr(Rd), wr(Rn));
  if (opc === 2 && imms !== bits - 1 && imms + 1 === immr)
    return join('lsl', r(sf, Rd), r(sf, Rn), `#${bits - 1 - imms}`);
  if (imms === bits - 1) return join(opc === 0 ? 'asr' : 'lsr', r(sf, Rd), r(sf, Rn), `#${immr}`);
  if (imms < immr) return join(`${prefix}bfiz`, r(sf, Rd), r(sf, Rn), `#${bits - immr}`, `#${imms + 1}`);
  return join(`${prefix}bfx`, r(sf, Rd), r(sf, Rn), `#${immr}`, `#${imms - immr + 1}`);
}

const bitfield = (['SBFM', 'BFM', 'UBFM'] as const).map((name, opc) =>
  row({
    name,
    section: 'C4.1.2 Bitfield',
    encoding: `sf ${opc.toString(2).padStart(2, '0')} 100110 N immr:6 imms:6 Rn:5 Rd:5`,
    where: (f) => f['N'] === f['sf'] && (f['sf'] === 1 || (f['immr']! < 32 && f['imms']! < 32)),
    split: ['sf'],
    pure: 'Rd',
    emit(s) {
      const type = typeOf(s.known('sf'));
      if (name !== 'BFM') {
        s.set('Rd', moveField(s, s.r('Rn', type), name === 'SBFM'));
        return;
      }
      const ones = type === 'i64' ? i64(-1) : wrap(i64(-1));
      const mask = s.keep(moveField(s, ones, false));
      s.set('Rd', or(and(s.r('Rd', type), not(mask)), moveField(s, s.r('Rn', type), false)));
    },
    text: (f) => bitfieldText(opc, f),
  }),
);

const extract = row({
  name: 'EXTR',
  section: 'C4.1.2 Extract',
  encoding: 'sf 00100111 N 0 Rm:5 imms:6 Rn:5 Rd:5',
  where: (f) => f['N'] === f['sf'] && (f['sf'] === 1 || f['imms']! < 32),
  split: ['sf'],
  pure: 'Rd',
  emit(s) {
    const count = s.keep(zeroExtend(s.field('imms')));
    if (s.known('sf') === 1) {
      s.set('Rd', or(shrU(s.x('Rm'), count), shl(shl(s.x('Rn'), sub(63, count)), 1)));
    } else {
      s.set('Rd', wrap(shrU(or(zeroExtend(s.w('Rm')), shl(s.x('Rn'), 32)), count)));
    }
  },
  text(f) {
    const sf = f['sf']!;
    if (f['Rn'] === f['Rm']) return join('ror', r(sf, f['Rd']!), r(sf, f['Rn']!), `#${f['imms']}`);
    return join('extr', r(sf, f['Rd']!), r(sf, f['Rn']!), r(sf, f['Rm']!), `#${f['imms']}`);
  },
});

const address = (['ADR', 'ADRP'] as const).map((name, op) =>
  row({
    name,
    section: 'C4.1.2 PC-rel. addressing',
    encoding: `${op} immlo:2 10000 immhi:19 Rd:5`,
    pure: 'Rd',
    emit(s) {
      const offset = signExtend(or(s.signedField('immhi', 2), s.field('immlo')));
      s.set('Rd', op === 0 ? add(s.pc(), offset) : add(and(s.pc(), ~0xfffn), shl(offset, 12)));
    },
    text(f, pc) {
      const offset = signed(f['immhi']!, 19) * 4 + f['immlo']!;
      const base = op === 0 ? pc : pc - (pc % 4096n);
      return join(name.toLowerCase(), xr(f['Rd']!), targetText(base, op === 0 ? offset : offset * 4096));
    },
  }),
);

export const DATA_PROCESSING_IMMEDIATE: readonly Row[] = [
  ...address,
  addSub(0, 0),
  addSub(0, 1),
  addSub(1, 0),
  addSub(1, 1),
  ...logical,
  ...wide,
  ...bitfield,
  extract,
];
