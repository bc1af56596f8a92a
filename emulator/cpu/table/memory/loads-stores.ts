/** Loads and stores of one register: immediate, register offset, literal, unprivileged, prefetch (Arm ARM C4.1.94). */
import type { Expr } from '../../wasm/expr';
import { add, shl, signExtend, zeroExtend } from '../../wasm/expr';
import type { Feature } from '../features';
import { extended } from '../integer/register';
import type { Fields, Row } from '../row';
import { is31, row, signed } from '../row';
import type { AccessOptions, Semantics } from '../semantics';
import { EXTENDS, join, r, targetText, wr, xr, xsp } from '../text';

/** One kind of transfer of one register. */
export interface Transfer {
  /** Bits size and opc of the encoding. */
  readonly size: number;
  readonly opc: number;
  /** Mnemonic without its `ldr`/`str` stem: `b`, `sb`, … */
  readonly suffix: string;
  readonly store: boolean;
  /** Width of the register: 1 for X. */
  readonly sf: number;
  readonly signed: boolean;
}

const transfer = (size: number, opc: number): Transfer => ({
  size,
  opc,
  store: opc === 0,
  sf: opc === 2 || size === 3 ? 1 : 0,
  signed: opc >= 2,
  suffix: (opc >= 2 ? 's' : '') + (['b', 'h', opc >= 2 ? 'w' : '', ''][size] ?? ''),
});

/** The thirteen transfers of general registers, in the order of size and opc. */
export const TRANSFERS: readonly Transfer[] = [0, 1, 2, 3].flatMap((size) =>
  [0, 1, 2, 3].filter((opc) => (size === 3 ? opc < 2 : size === 2 ? opc < 3 : true)).map((opc) => transfer(size, opc)),
);

export const bits = (value: number, width: number): string => value.toString(2).padStart(width, '0');
const mnemonicOf = (t: Transfer, prefix = ''): string => `${t.store ? 'st' : 'ld'}${prefix || 'r'}${t.suffix}`;

/** Moves a register. `afterwards` runs when the access can no longer fail, before the register is written. */
export function transferRegister(
  s: Semantics,
  t: Transfer,
  address: Expr,
  options: Omit<AccessOptions, 'size'> = {},
  afterwards: () => void = () => undefined,
): void {
  const access = { size: t.size, ...options };
  if (t.store) {
    s.write(address, t.size === 3 ? s.x('Rt') : s.w('Rt'), access);
    afterwards();
  } else {
    const value = s.read(t.sf === 1 ? 'i64' : 'i32', address, access, t.signed);
    afterwards();
    s.set('Rt', value);
  }
}

const offset = (s: Semantics, name: string): Expr => signExtend(s.signedField(name));
const withOffset = (imm: number): string => (imm === 0 ? '' : `, #${imm}`);
const prefetched = ['pld', 'pli', 'pst'];

/** The name of a prefetch operation, or its number. */
export function prefetchText(operation: number): string {
  const [type, target, policy] = [operation >> 3, (operation >> 1) & 3, operation & 1];
  if (type === 3 || target === 3) return `#${operation}`;
  return `${prefetched[type]}l${target + 1}${policy === 0 ? 'keep' : 'strm'}`;
}

export const SECTION = {
  unscaled: 'C4.1.94 Load/store register (unscaled immediate)',
  post: 'C4.1.94 Load/store register (immediate post-indexed)',
  unprivileged: 'C4.1.94 Load/store register (unprivileged)',
  pre: 'C4.1.94 Load/store register (immediate pre-indexed)',
  register: 'C4.1.94 Load/store register (register offset)',
  unsigned: 'C4.1.94 Load/store register (unsigned immediate)',
  literal: 'C4.1.94 Load register (literal)',
} as const;

const unsigned = TRANSFERS.map((t) =>
  row({
    name: `${mnemonicOf(t).toUpperCase()} (unsigned offset, ${t.sf === 1 ? '64' : '32'}-bit)`,
    section: SECTION.unsigned,
    encoding: `${bits(t.size, 2)} 111001 ${bits(t.opc, 2)} imm12:12 Rn:5 Rt:5`,
    split: [is31('Rn')],
    emit: (s) => transferRegister(s, t, s.keep(add(s.base('Rn'), zeroExtend(s.field('imm12', t.size))))),
    text: (f) => join(mnemonicOf(t), r(t.sf, f['Rt']!), `[${xsp(f['Rn']!)}${withOffset(f['imm12']! * 2 ** t.size)}]`),
  }),
);

const unscaled = TRANSFERS.map((t) =>
  row({
    name: `${mnemonicOf(t, 'ur').toUpperCase()} (${t.sf === 1 ? '64' : '32'}-bit)`,
    section: SECTION.unscaled,
    encoding: `${bits(t.size, 2)} 111000 ${bits(t.opc, 2)} 0 imm9:9 00 Rn:5 Rt:5`,
    split: [is31('Rn')],
    emit: (s) => transferRegister(s, t, s.keep(add(s.base('Rn'), offset(s, 'imm9')))),
    text: (f) => join(mnemonicOf(t, 'ur'), r(t.sf, f['Rt']!), `[${xsp(f['Rn']!)}${withOffset(signed(f['imm9']!, 9))}]`),
  }),
);

const unprivileged = TRANSFERS.map((t) =>
  row({
    name: `${mnemonicOf(t, 'tr').toUpperCase()} (${t.sf === 1 ? '64' : '32'}-bit)`,
    section: SECTION.unprivileged,
    encoding: `${bits(t.size, 2)} 111000 ${bits(t.opc, 2)} 0 imm9:9 10 Rn:5 Rt:5`,
    outline: true,
    emit: (s) => transferRegister(s, t, s.keep(add(s.base('Rn'), offset(s, 'imm9'))), { unprivileged: true }),
    text: (f) => join(mnemonicOf(t, 'tr'), r(t.sf, f['Rt']!), `[${xsp(f['Rn']!)}${withOffset(signed(f['imm9']!, 9))}]`),
  }),
);

/** Pre- and post-indexed. When base and target are the same register the loaded value wins (Arm ARM K1.2, WBSUPPRESS). */
const indexed = (['post', 'pre'] as const).flatMap((mode) =>
  TRANSFERS.map((t) =>
    row({
      name: `${mnemonicOf(t).toUpperCase()} (${mode}-index, ${t.sf === 1 ? '64' : '32'}-bit)`,
      section: SECTION[mode],
      encoding: `${bits(t.size, 2)} 111000 ${bits(t.opc, 2)} 0 imm9:9 ${mode === 'pre' ? '11' : '01'} Rn:5 Rt:5`,
      split: [is31('Rn')],
      emit(s) {
        const base = s.base('Rn');
        const moved = s.keep(add(base, offset(s, 'imm9')));
        transferRegister(s, t, mode === 'pre' ? moved : base, {}, () => s.setSp('Rn', moved));
      },
      text(f) {
        const imm = signed(f['imm9']!, 9);
        const rt = r(t.sf, f['Rt']!);
        const base = xsp(f['Rn']!);
        return mode === 'pre'
          ? join(mnemonicOf(t), rt, `[${base}, #${imm}]!`)
          : join(mnemonicOf(t), rt, `[${base}]`, `#${imm}`);
      },
    }),
  ),
);

/** Register offset: option 2 UXTW, 3 LSL, 6 SXTW, 7 SXTX; others are unallocated. */
export const registerOffsetText = (f: Fields, size: number): string => {
  const { option, S, Rm, Rn } = f as unknown as Record<'option' | 'S' | 'Rm' | 'Rn', number>;
  const rm = (option & 1) === 1 ? xr(Rm) : wr(Rm);
  if (option === 3) return `[${xsp(Rn)}, ${rm}${S === 1 ? `, lsl #${size}` : ''}]`;
  return `[${xsp(Rn)}, ${rm}, ${EXTENDS[option]}${S === 1 ? ` #${size}` : ''}]`;
};

export const extendKind = {
  name: 'extend',
  count: 3,
  of: (f: Fields) => (f['option'] === 2 ? 0 : f['option'] === 6 ? 1 : 2),
};

const registerOffset = TRANSFERS.map((t) =>
  row({
    name: `${mnemonicOf(t).toUpperCase()} (register, ${t.sf === 1 ? '64' : '32'}-bit)`,
    section: SECTION.register,
    encoding: `${bits(t.size, 2)} 111000 ${bits(t.opc, 2)} 1 Rm:5 option:3 S 10 Rn:5 Rt:5`,
    where: (f) => (f['option']! & 2) !== 0,
    split: t.size === 0 ? [extendKind] : [extendKind, 'S'],
    emit(s) {
      const operand = extended(s.x('Rm'), [2, 6, 3][s.known('extend')]!, 'i64');
      const shift = t.size !== 0 && s.known('S') === 1 ? t.size : 0;
      transferRegister(s, t, s.keep(add(s.base('Rn'), shl(operand, shift))));
    },
    text: (f) => join(mnemonicOf(t), r(t.sf, f['Rt']!), registerOffsetText(f, t.size)),
  }),
);

const nothing = (): void => undefined;

/** A prefetch is allowed to do nothing, and does not check SP. */
const prefetch: readonly Row[] = [
  row({
    name: 'PRFM (immediate)',
    section: SECTION.unsigned,
    encoding: '1111100110 imm12:12 Rn:5 Rt:5',
    emit: nothing,
    text: (f) => join('prfm', prefetchText(f['Rt']!), `[${xsp(f['Rn']!)}${withOffset(f['imm12']! * 8)}]`),
  }),
  row({
    name: 'PRFUM',
    section: SECTION.unscaled,
    encoding: '11111000100 imm9:9 00 Rn:5 Rt:5',
    emit: nothing,
    text: (f) => join('prfum', prefetchText(f['Rt']!), `[${xsp(f['Rn']!)}${withOffset(signed(f['imm9']!, 9))}]`),
  }),
  row({
    name: 'PRFM (register)',
    section: SECTION.register,
    encoding: '11111000101 Rm:5 option:3 S 10 Rn:5 Rt:5',
    where: (f) => (f['option']! & 2) !== 0,
    emit: nothing,
    text: (f) => join('prfm', prefetchText(f['Rt']!), registerOffsetText(f, 3)),
  }),
  row({
    name: 'PRFM (literal)',
    section: SECTION.literal,
    encoding: '11011000 imm19:19 Rt:5',
    emit: nothing,
    text: (f, pc) => join('prfm', prefetchText(f['Rt']!), targetText(pc, signed(f['imm19']!, 19) * 4)),
  }),
];

const literal = ([transfer(2, 1), transfer(3, 1), transfer(2, 2)] as const).map((t, opc) =>
  row({
    name: `${mnemonicOf(t).toUpperCase()} (literal, ${t.sf === 1 ? '64' : '32'}-bit)`,
    section: SECTION.literal,
    encoding: `${bits(opc, 2)} 011000 imm19:19 Rt:5`,
    emit: (s) => transferRegister(s, t, s.keep(add(s.pc(), signExtend(s.signedField('imm19', 2))))),
    text: (f, pc) => join(mnemonicOf(t), r(t.sf, f['Rt']!), targetText(pc, signed(f['imm19']!, 19) * 4)),
  }),
);

/** LDAPUR and STLUR: ordered, unscaled. */
const ordered = TRANSFERS.map((t) => {
  const feature: Feature = 'FEAT_LRCPC2';
  const mnemonic = t.store ? `stlur${t.suffix}` : `ldapur${t.suffix}`;
  return row({
    name: `${mnemonic.toUpperCase()} (${t.sf === 1 ? '64' : '32'}-bit)`,
    section: 'C4.1.94 LDAPR/STLR (unscaled immediate)',
    feature,
    encoding: `${bits(t.size, 2)} 011001 ${bits(t.opc, 2)} 0 imm9:9 00 Rn:5 Rt:5`,
    outline: true,
    emit: (s) => transferRegister(s, t, s.keep(add(s.base('Rn'), offset(s, 'imm9'))), { ordered: true }),
    text: (f) => join(mnemonic, r(t.sf, f['Rt']!), `[${xsp(f['Rn']!)}${withOffset(signed(f['imm9']!, 9))}]`),
  });
});

export const LOADS_STORES: readonly Row[] = [
  ...unsigned,
  ...unscaled,
  ...unprivileged,
  ...indexed,
  ...registerOffset,
  ...prefetch,
  ...literal,
  ...ordered,
];
