/** AdvSIMD modified immediate (Arm ARM C4.1.96; shared/functions/vector/AdvSIMDExpandImm). */
import type { Expr } from '../../wasm/expr';
import { and, i32, i64, or, select, shl, shrU, zeroExtend } from '../../wasm/expr';
import { v128, vector } from '../../wasm/vector-expr';
import type { Fields, Row } from '../row';
import type { Semantics } from '../semantics';
import { join } from '../text';
import { lowBits, simdRow, splat, vr } from './shared';

const GROUP = 'modified immediate';

const imm8 = (f: Fields): number => (f['abc']! << 5) | f['defgh']!;
const byteOf = (s: Semantics): Expr => or(s.field('abc', 5), s.field('defgh'));
const set = (s: Semantics, value: Expr): void => s.setV('Rd', lowBits(value, 64 << s.known('Q')));

interface Shifted {
  readonly name: string;
  readonly op: number;
  /** MOVI and MVNI replace Vd, ORR and BIC change it. */
  readonly changes: boolean;
}

const SHIFTED: readonly Shifted[] = [
  { name: 'movi', op: 0, changes: false },
  { name: 'orr', op: 0, changes: true },
  { name: 'mvni', op: 1, changes: false },
  { name: 'bic', op: 1, changes: true },
];

const inverted = (op: number, value: Expr): Expr => (op === 1 ? vector('v128.not', value) : value);

/** An 8-bit immediate in elements of 16 or 32 bits, moved left by a number of bytes. */
const shifted = SHIFTED.flatMap(({ name, op, changes }) =>
  [2, 1].map((size) =>
    simdRow({
      name: `${name.toUpperCase()} (vector, ${8 << size}-bit immediate)`,
      group: GROUP,
      encoding: `0 Q ${op} 0111100000 abc:3 ${size === 2 ? '0 bytes:2' : '10 bytes'} ${changes ? 1 : 0} 01 defgh:5 Rd:5`,
      split: ['Q'],
      emit(s) {
        const value = inverted(op, splat(size, shl(byteOf(s), s.field('bytes', 3))));
        if (!changes) set(s, value);
        else set(s, vector(op === 1 ? 'v128.and' : 'v128.or', s.v('Rd'), value));
      },
      text: (f) =>
        join(
          name,
          vr({ size, q: f['Q'] }, f['Rd']!),
          `#${imm8(f)}`,
          ...(f['bytes'] === 0 ? [] : [`lsl #${f['bytes']! * 8}`]),
        ),
    }),
  ),
);

/** The same with ones moved in from below. */
const ones = ([0, 1] as const).map((op) =>
  simdRow({
    name: `${op === 1 ? 'MVNI' : 'MOVI'} (vector, shifting ones)`,
    group: GROUP,
    encoding: `0 Q ${op} 0111100000 abc:3 110 bytes 01 defgh:5 Rd:5`,
    split: ['Q', 'bytes'],
    emit(s) {
      const count = (s.known('bytes') + 1) * 8;
      set(s, inverted(op, splat(2, or(shl(byteOf(s), count), 2 ** count - 1))));
    },
    text: (f) =>
      join(
        op === 1 ? 'mvni' : 'movi',
        vr({ size: 2, q: f['Q'] }, f['Rd']!),
        `#${imm8(f)}`,
        `msl #${(f['bytes']! + 1) * 8}`,
      ),
  }),
);

const bytes = simdRow({
  name: 'MOVI (vector, 8-bit immediate)',
  group: GROUP,
  encoding: '0 Q 0 0111100000 abc:3 1110 01 defgh:5 Rd:5',
  split: ['Q'],
  emit: (s) => set(s, splat(0, byteOf(s))),
  text: (f) => join('movi', vr({ size: 0, q: f['Q'] }, f['Rd']!), `#${imm8(f)}`),
});

/** Byte n of the value has this bit of the immediate. */
const BIT_OF_BYTE = v128(0x8040_2010_0804_0201_8040_2010_0804_0201n);

/** Each bit of the immediate fills a byte of 64 bits. */
const masks = simdRow({
  name: 'MOVI (64-bit immediate)',
  group: GROUP,
  encoding: '0 Q 1 0111100000 abc:3 1110 01 defgh:5 Rd:5',
  split: ['Q'],
  emit(s) {
    const chosen = vector('v128.and', splat(0, byteOf(s)), BIT_OF_BYTE);
    set(s, vector('i8x16.eq', chosen, BIT_OF_BYTE));
  },
  text(f) {
    let value = 0n;
    for (let bit = 0; bit < 8; bit++) if ((imm8(f) & (1 << bit)) !== 0) value |= 0xffn << BigInt(bit * 8);
    const rd = f['Q'] === 1 ? vr({ size: 3, q: 1 }, f['Rd']!) : `d${f['Rd']}`;
    return join('movi', rd, `#${maskText(value)}`);
  },
});

/** Sixteen characters at least, as LLVM prints it. */
const maskText = (value: bigint): string =>
  value === 0n ? '0'.repeat(16) : `0x${value.toString(16).padStart(14, '0')}`;

/** Sign, three bits of the exponent by one and its inverse, and four of the fraction: as an element of 16, 32 or 64 bits. */
function expand(s: Semantics, size: number): Expr {
  const [fraction, least, most] = (
    [
      [6, 0x3000n, 0x4000n],
      [19, 0x3e00_0000n, 0x4000_0000n],
      [48, 0x3fc0_0000_0000_0000n, 0x4000_0000_0000_0000n],
    ] as const
  )[size - 1]!;
  const immediate = s.keep(size === 3 ? zeroExtend(byteOf(s)) : byteOf(s));
  const typed = (value: bigint): Expr => (size === 3 ? i64(value) : i32(value));
  const exponent = select(and(shrU(s.keep(byteOf(s)), 6), 1), typed(least), typed(most));
  const sign = shl(shrU(immediate, 7), (8 << size) - 1);
  return or(or(sign, exponent), shl(and(immediate, 0x3f), fraction));
}

const value8 = (f: Fields): number => {
  const byte = imm8(f);
  const exponent = ((byte >> 4) & 7) ^ 4;
  return (byte & 0x80 ? -1 : 1) * (1 + (byte & 15) / 16) * 2 ** (exponent - 3);
};

const floats = ([2, 3, 1] as const).map((size) =>
  simdRow({
    name: `FMOV (vector, immediate, ${8 << size}-bit)`,
    group: GROUP,
    ...(size === 1 ? { feature: 'FEAT_FP16' as const } : {}),
    encoding: `0 Q ${size === 3 ? 1 : 0} 0111100000 abc:3 1111 ${size === 1 ? 1 : 0} 1 defgh:5 Rd:5`,
    where: (f) => size !== 3 || f['Q'] === 1,
    split: ['Q'],
    emit: (s) => set(s, splat(size, expand(s, size))),
    text: (f) => join('fmov', vr({ size, q: f['Q'] }, f['Rd']!), `#${value8(f).toFixed(8)}`),
  }),
);

export const SIMD_IMMEDIATE: readonly Row[] = [...shifted, ...ones, bytes, masks, ...floats];
