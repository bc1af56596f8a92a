/** Data processing with one, two and three source registers, checksums included (Arm ARM C4.1.95). */
import type { Expr } from '../../wasm/expr';
import {
  add,
  and,
  clz,
  ctz,
  divS,
  divU,
  eq,
  eqz,
  i32,
  i64,
  ltS,
  ltU,
  mul,
  or,
  popcnt,
  rotr,
  select,
  shl,
  shrS,
  shrU,
  signExtend,
  sub,
  xor,
  zeroExtend,
} from '../../wasm/expr';
import type { Row } from '../row';
import { row, signed } from '../row';
import type { Semantics } from '../semantics';
import { join, r, wr, xr } from '../text';
import { typeOf } from './arithmetic';

/** Swaps neighbouring groups of `count` bits that `mask` selects. */
const swap = (value: Expr, mask: bigint, count: number): Expr =>
  or(and(shrU(value, count), mask), shl(and(value, mask), count));

const BITS1 = 0x5555_5555_5555_5555n;
const BITS2 = 0x3333_3333_3333_3333n;
const BITS4 = 0x0f0f_0f0f_0f0f_0f0fn;
const BITS8 = 0x00ff_00ff_00ff_00ffn;
const BITS16 = 0x0000_ffff_0000_ffffn;

const swapBytes = (s: Semantics, value: Expr): Expr => swap(s.keep(value), BITS8, 8);
const reverse32 = (s: Semantics, value: Expr): Expr => rotr(swapBytes(s, value), 16);
const reverse64 = (s: Semantics, value: Expr): Expr => rotr(swap(s.keep(swapBytes(s, value)), BITS16, 16), 32);
const reverseWords = (s: Semantics, value: Expr): Expr => swap(s.keep(swapBytes(s, value)), BITS16, 16);

function reverseBits(s: Semantics, value: Expr): Expr {
  const ones = s.keep(swap(s.keep(value), BITS1, 1));
  const twos = s.keep(swap(ones, BITS2, 2));
  const fours = swap(twos, BITS4, 4);
  return value.type === 'i64' ? reverse64(s, fours) : reverse32(s, fours);
}

/** Bits after the top one that are equal to it. */
function countSigns(s: Semantics, value: Expr): Expr {
  const kept = s.keep(value);
  return sub(clz(xor(kept, shrS(kept, value.type === 'i64' ? 63 : 31))), 1);
}

interface OneSource {
  readonly opcode: number;
  readonly name: string;
  readonly only64?: boolean;
  readonly mnemonic: (sf: number) => string;
  readonly apply: (s: Semantics, value: Expr) => Expr;
}

const ONE_SOURCE: readonly OneSource[] = [
  { opcode: 0, name: 'RBIT', mnemonic: () => 'rbit', apply: reverseBits },
  { opcode: 1, name: 'REV16', mnemonic: () => 'rev16', apply: swapBytes },
  {
    opcode: 2,
    name: 'REV32, REV (32-bit)',
    mnemonic: (sf) => (sf === 1 ? 'rev32' : 'rev'),
    apply: (s, value) => (value.type === 'i64' ? reverseWords(s, value) : reverse32(s, value)),
  },
  { opcode: 3, name: 'REV (64-bit)', only64: true, mnemonic: () => 'rev', apply: reverse64 },
  { opcode: 4, name: 'CLZ', mnemonic: () => 'clz', apply: (_, value) => clz(value) },
  { opcode: 5, name: 'CLS', mnemonic: () => 'cls', apply: countSigns },
];

const oneSource = ONE_SOURCE.map((entry) =>
  row({
    name: entry.name,
    section: 'C4.1.95 Data-processing (1 source)',
    encoding: `sf 10110101100000000${entry.opcode.toString(2).padStart(4, '0')} Rn:5 Rd:5`,
    where: (f) => f['sf'] === 1 || entry.only64 !== true,
    split: ['sf'],
    pure: 'Rd',
    emit(s) {
      const sf = s.known('sf');
      if (sf === 0 && entry.only64 === true) return;
      s.set('Rd', entry.apply(s, s.r('Rn', typeOf(sf))));
    },
    text: (f) => join(entry.mnemonic(f['sf']!), r(f['sf']!, f['Rd']!), r(f['sf']!, f['Rn']!)),
  }),
);

const zeroOf = (value: Expr): Expr => (value.type === 'i64' ? i64(0) : i32(0));

/** Division by zero gives zero (Arm ARM C6.2 UDIV, SDIV). */
function unsignedDivide(s: Semantics): void {
  const type = typeOf(s.known('sf'));
  const divisor = s.keep(s.r('Rm', type));
  s.if(
    eqz(divisor),
    () => s.set('Rd', zeroOf(divisor)),
    () => s.set('Rd', divU(s.r('Rn', type), divisor)),
  );
}

/** The most negative number divided by -1 gives itself; WebAssembly would trap. */
function signedDivide(s: Semantics): void {
  const type = typeOf(s.known('sf'));
  const divisor = s.keep(s.r('Rm', type));
  s.if(
    eqz(divisor),
    () => s.set('Rd', zeroOf(divisor)),
    () =>
      s.if(
        eq(divisor, -1),
        () => s.set('Rd', sub(zeroOf(divisor), s.r('Rn', type))),
        () => s.set('Rd', divS(s.r('Rn', type), divisor)),
      ),
  );
}

const variableShift = (apply: (a: Expr, b: Expr) => Expr) => (s: Semantics) => {
  const type = typeOf(s.known('sf'));
  s.set('Rd', apply(s.r('Rn', type), s.r('Rm', type)));
};

const TWO_SOURCE: readonly { opcode: string; name: string; mnemonic: string; emit: (s: Semantics) => void }[] = [
  { opcode: '000010', name: 'UDIV', mnemonic: 'udiv', emit: unsignedDivide },
  { opcode: '000011', name: 'SDIV', mnemonic: 'sdiv', emit: signedDivide },
  { opcode: '001000', name: 'LSLV', mnemonic: 'lsl', emit: variableShift(shl) },
  { opcode: '001001', name: 'LSRV', mnemonic: 'lsr', emit: variableShift(shrU) },
  { opcode: '001010', name: 'ASRV', mnemonic: 'asr', emit: variableShift(shrS) },
  { opcode: '001011', name: 'RORV', mnemonic: 'ror', emit: variableShift(rotr) },
];

const twoSource = TWO_SOURCE.map(({ opcode, name, mnemonic, emit }) =>
  row({
    name,
    section: 'C4.1.95 Data-processing (2 source)',
    encoding: `sf 0011010110 Rm:5 ${opcode} Rn:5 Rd:5`,
    split: ['sf'],
    pure: 'Rd',
    emit,
    text: (f) => join(mnemonic, r(f['sf']!, f['Rd']!), r(f['sf']!, f['Rn']!), r(f['sf']!, f['Rm']!)),
  }),
);

const crc = row({
  name: 'CRC32, CRC32C',
  section: 'C4.1.95 Data-processing (2 source)',
  feature: 'FEAT_CRC32',
  encoding: 'sf 0011010110 Rm:5 010 C sz:2 Rn:5 Rd:5',
  where: (f) => (f['sf'] === 1) === (f['sz'] === 3),
  split: ['C', 'sz'],
  pure: 'Rd',
  outline: true,
  emit(s) {
    s.set('Rd', s.crc(s.known('C') === 1, 1 << s.known('sz'), s.w('Rn'), s.x('Rm')));
  },
  text(f) {
    const mnemonic = `crc32${f['C'] === 1 ? 'c' : ''}${'bhwx'[f['sz']!]}`;
    return join(mnemonic, wr(f['Rd']!), wr(f['Rn']!), r(f['sf']!, f['Rm']!));
  },
});

/** High half of a 64 by 64 bit product, from four 32-bit ones. */
function multiplyHigh(s: Semantics, signed: boolean): Expr {
  const [a, b] = [s.keep(s.x('Rn')), s.keep(s.x('Rm'))];
  const low = (value: Expr): Expr => and(value, 0xffff_ffffn);
  const high = (value: Expr): Expr => (signed ? shrS : shrU)(value, 32);
  const lowLow = mul(low(a), low(b));
  const middle = s.keep(add(mul(high(a), low(b)), shrU(lowLow, 32)));
  const other = s.keep(add(mul(low(a), high(b)), low(middle)));
  return add(add(mul(high(a), high(b)), high(middle)), high(other));
}

function multiply(name: string, aliases: readonly [string, string], subtract: 0 | 1): Row {
  return row({
    name,
    section: 'C4.1.95 Data-processing (3 source)',
    encoding: `sf 0011011000 Rm:5 ${subtract} Ra:5 Rn:5 Rd:5`,
    split: ['sf'],
    pure: 'Rd',
    emit(s) {
      const type = typeOf(s.known('sf'));
      s.set('Rd', (subtract === 0 ? add : sub)(s.r('Ra', type), mul(s.r('Rn', type), s.r('Rm', type))));
    },
    text(f) {
      const sf = f['sf']!;
      const [rd, rn, rm] = [r(sf, f['Rd']!), r(sf, f['Rn']!), r(sf, f['Rm']!)];
      return f['Ra'] === 31 ? join(aliases[1], rd, rn, rm) : join(aliases[0], rd, rn, rm, r(sf, f['Ra']!));
    },
  });
}

function multiplyLong(mnemonic: string, alias: string, unsigned: 0 | 1, subtract: 0 | 1): Row {
  return row({
    name: mnemonic.toUpperCase(),
    section: 'C4.1.95 Data-processing (3 source)',
    encoding: `10011011${unsigned}01 Rm:5 ${subtract} Ra:5 Rn:5 Rd:5`,
    pure: 'Rd',
    emit(s) {
      const wide = unsigned === 1 ? zeroExtend : signExtend;
      s.set('Rd', (subtract === 0 ? add : sub)(s.x('Ra'), mul(wide(s.w('Rn')), wide(s.w('Rm')))));
    },
    text(f) {
      const operands = [xr(f['Rd']!), wr(f['Rn']!), wr(f['Rm']!)];
      return f['Ra'] === 31 ? join(alias, ...operands) : join(mnemonic, ...operands, xr(f['Ra']!));
    },
  });
}

const high = ([0, 1] as const).map((unsigned) =>
  row({
    name: unsigned === 1 ? 'UMULH' : 'SMULH',
    section: 'C4.1.95 Data-processing (3 source)',
    encoding: `10011011${unsigned}10 Rm:5 0 _:5 Rn:5 Rd:5`,
    pure: 'Rd',
    emit: (s) => s.set('Rd', multiplyHigh(s, unsigned === 0)),
    text: (f) => join(unsigned === 1 ? 'umulh' : 'smulh', xr(f['Rd']!), xr(f['Rn']!), xr(f['Rm']!)),
  }),
);

/** |x|; the most negative number stays. */
function absolute(s: Semantics, value: Expr): Expr {
  const kept = s.keep(value);
  const sign = s.keep(shrS(kept, value.type === 'i64' ? 63 : 31));
  return sub(xor(kept, sign), sign);
}

/** FEAT_CSSC. */
const common = (
  [
    ['CTZ', '000110', (_, value) => ctz(value)],
    ['CNT', '000111', (_, value) => popcnt(value)],
    ['ABS', '001000', absolute],
  ] as readonly (readonly [string, string, (s: Semantics, value: Expr) => Expr])[]
).map(([name, opcode, apply]) =>
  row({
    name,
    section: 'C4.1.95 Data-processing (1 source)',
    feature: 'FEAT_CSSC',
    encoding: `sf 101101011000000 ${opcode} Rn:5 Rd:5`,
    split: ['sf'],
    pure: 'Rd',
    emit: (s) => s.set('Rd', apply(s, s.r('Rn', typeOf(s.known('sf'))))),
    text: (f) => join(name.toLowerCase(), r(f['sf']!, f['Rd']!), r(f['sf']!, f['Rn']!)),
  }),
);

const EXTREMES = [
  ['SMAX', (a: Expr, b: Expr) => select(ltS(a, b), b, a)],
  ['UMAX', (a: Expr, b: Expr) => select(ltU(a, b), b, a)],
  ['SMIN', (a: Expr, b: Expr) => select(ltS(b, a), b, a)],
  ['UMIN', (a: Expr, b: Expr) => select(ltU(b, a), b, a)],
] as const;

const extremes = EXTREMES.flatMap(([name, apply], opc) => {
  const unsigned = (opc & 1) === 1;
  const bits2 = opc.toString(2).padStart(2, '0');
  return [
    row({
      name: `${name} (register)`,
      section: 'C4.1.95 Data-processing (2 source)',
      feature: 'FEAT_CSSC',
      encoding: `sf 0011010110 Rm:5 0110${bits2} Rn:5 Rd:5`,
      split: ['sf'],
      pure: 'Rd',
      emit(s) {
        const type = typeOf(s.known('sf'));
        s.set('Rd', apply(s.keep(s.r('Rn', type)), s.keep(s.r('Rm', type))));
      },
      text: (f) => join(name.toLowerCase(), r(f['sf']!, f['Rd']!), r(f['sf']!, f['Rn']!), r(f['sf']!, f['Rm']!)),
    }),
    row({
      name: `${name} (immediate)`,
      section: 'C4.1.92 Min/max (immediate)',
      feature: 'FEAT_CSSC',
      encoding: `sf 001000111 00${bits2} imm8:8 Rn:5 Rd:5`,
      split: ['sf'],
      pure: 'Rd',
      emit(s) {
        const immediate = unsigned ? s.field('imm8') : s.signedField('imm8');
        const wide = unsigned ? zeroExtend : signExtend;
        const type = typeOf(s.known('sf'));
        s.set('Rd', apply(s.keep(s.r('Rn', type)), s.keep(type === 'i64' ? wide(immediate) : immediate)));
      },
      text: (f) =>
        join(
          name.toLowerCase(),
          r(f['sf']!, f['Rd']!),
          r(f['sf']!, f['Rn']!),
          `#${unsigned ? f['imm8'] : signed(f['imm8']!, 8)}`,
        ),
    }),
  ];
});

export const DATA_PROCESSING_SOURCES: readonly Row[] = [
  ...oneSource,
  ...common,
  ...twoSource,
  ...extremes,
  crc,
  multiply('MADD', ['madd', 'mul'], 0),
  multiply('MSUB', ['msub', 'mneg'], 1),
  multiplyLong('smaddl', 'smull', 0, 0),
  multiplyLong('smsubl', 'smnegl', 0, 1),
  multiplyLong('umaddl', 'umull', 1, 0),
  multiplyLong('umsubl', 'umnegl', 1, 1),
  ...high,
];
