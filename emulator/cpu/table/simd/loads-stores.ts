/** Loads and stores of one FP and AdvSIMD register or a pair of them (Arm ARM C4.1.94). */
import type { Expr } from '../../wasm/expr';
import { add, shl, signExtend, zeroExtend } from '../../wasm/expr';
import { loadVector, storeVector } from '../../wasm/vector-expr';
import { extended } from '../integer/register';
import { bits, extendKind, registerOffsetText, SECTION } from '../memory/loads-stores';
import { PAIR_MODES, type PairMode } from '../memory/pair';
import type { Row } from '../row';
import { row, signed } from '../row';
import type { LaneBits, Semantics } from '../semantics';
import { join, targetText, xsp } from '../text';

const LETTERS = 'bhsdq';
const registerName = (size: number, n: number): string => `${LETTERS[size]}${n}`;
const laneBits = (size: number): LaneBits => (8 << size) as LaneBits;

/** A register of 1, 2, 4, 8 or 16 bytes, by the logarithm. */
interface Kind {
  readonly size: number;
  readonly store: boolean;
  /** Bits 31:30 and 23:22 of the encodings of one register. */
  readonly sizeField: string;
  readonly opc: string;
}

const KINDS: readonly Kind[] = [0, 1, 2, 3, 4].flatMap((size) =>
  [true, false].map((store) => ({
    size,
    store,
    sizeField: bits(size & 3, 2),
    opc: `${size === 4 ? 1 : 0}${store ? 0 : 1}`,
  })),
);

/** Moves a register. `afterwards` runs when the access can no longer fail. */
function transfer(s: Semantics, kind: Kind, address: Expr, afterwards: () => void = () => undefined): void {
  const { size } = kind;
  if (kind.store) {
    if (size === 4) s.writeVector(address, 16, 4, (to) => storeVector(s.code, to, s.v('Rt')));
    else s.write(address, s.lane('Rt', 'i64', laneBits(size), 0), { size });
    afterwards();
  } else if (size === 4) {
    const value = s.keep(loadVector(s.readVector(address, 16, 4)));
    afterwards();
    s.setV('Rt', value);
  } else {
    const value = s.read('i64', address, { size });
    afterwards();
    s.setScalar('Rt', value);
  }
}

const mnemonicOf = (kind: Kind, form = 'r'): string => `${kind.store ? 'st' : 'ld'}${form}`;
const nameOf = (kind: Kind, form: string, mode: string): string =>
  `${mnemonicOf(kind, form).toUpperCase()} (${mode}SIMD&FP, ${8 << kind.size}-bit)`;
const offset = (s: Semantics, name: string): Expr => signExtend(s.signedField(name));
const withOffset = (imm: number): string => (imm === 0 ? '' : `, #${imm}`);

const unsigned = KINDS.map((kind) =>
  row({
    name: nameOf(kind, 'r', 'unsigned offset, '),
    section: SECTION.unsigned,
    feature: 'FEAT_FP',
    encoding: `${kind.sizeField} 111101 ${kind.opc} imm12:12 Rn:5 Rt:5`,
    fp: true,
    emit: (s) => transfer(s, kind, s.keep(add(s.base('Rn'), zeroExtend(s.field('imm12', kind.size))))),
    text: (f) =>
      join(
        mnemonicOf(kind),
        registerName(kind.size, f['Rt']!),
        `[${xsp(f['Rn']!)}${withOffset(f['imm12']! * 2 ** kind.size)}]`,
      ),
  }),
);

const unscaled = KINDS.map((kind) =>
  row({
    name: nameOf(kind, 'ur', ''),
    section: SECTION.unscaled,
    feature: 'FEAT_FP',
    encoding: `${kind.sizeField} 111100 ${kind.opc} 0 imm9:9 00 Rn:5 Rt:5`,
    fp: true,
    emit: (s) => transfer(s, kind, s.keep(add(s.base('Rn'), offset(s, 'imm9')))),
    text: (f) =>
      join(
        mnemonicOf(kind, 'ur'),
        registerName(kind.size, f['Rt']!),
        `[${xsp(f['Rn']!)}${withOffset(signed(f['imm9']!, 9))}]`,
      ),
  }),
);

const indexed = (['post', 'pre'] as const).flatMap((mode) =>
  KINDS.map((kind) =>
    row({
      name: nameOf(kind, 'r', `${mode}-index, `),
      section: SECTION[mode],
      feature: 'FEAT_FP',
      encoding: `${kind.sizeField} 111100 ${kind.opc} 0 imm9:9 ${mode === 'pre' ? '11' : '01'} Rn:5 Rt:5`,
      fp: true,
      emit(s) {
        const base = s.base('Rn');
        const moved = s.keep(add(base, offset(s, 'imm9')));
        transfer(s, kind, mode === 'pre' ? moved : base, () => s.setSp('Rn', moved));
      },
      text(f) {
        const imm = signed(f['imm9']!, 9);
        const rt = registerName(kind.size, f['Rt']!);
        const base = xsp(f['Rn']!);
        return mode === 'pre'
          ? join(mnemonicOf(kind), rt, `[${base}, #${imm}]!`)
          : join(mnemonicOf(kind), rt, `[${base}]`, `#${imm}`);
      },
    }),
  ),
);

const registerOffset = KINDS.map((kind) =>
  row({
    name: nameOf(kind, 'r', 'register, '),
    section: SECTION.register,
    feature: 'FEAT_FP',
    encoding: `${kind.sizeField} 111100 ${kind.opc} 1 Rm:5 option:3 S 10 Rn:5 Rt:5`,
    where: (f) => (f['option']! & 2) !== 0,
    split: kind.size === 0 ? [extendKind] : [extendKind, 'S'],
    fp: true,
    emit(s) {
      const operand = extended(s.x('Rm'), [2, 6, 3][s.known('extend')]!, 'i64');
      const shift = kind.size !== 0 && s.known('S') === 1 ? kind.size : 0;
      transfer(s, kind, s.keep(add(s.base('Rn'), shl(operand, shift))));
    },
    text: (f) => join(mnemonicOf(kind), registerName(kind.size, f['Rt']!), registerOffsetText(f, kind.size)),
  }),
);

const literal = [2, 3, 4].map((size, opc) => {
  const kind: Kind = { size, store: false, sizeField: '', opc: '' };
  return row({
    name: `LDR (literal, SIMD&FP, ${8 << size}-bit)`,
    section: SECTION.literal,
    feature: 'FEAT_FP',
    encoding: `${bits(opc, 2)} 011100 imm19:19 Rt:5`,
    fp: true,
    emit: (s) => transfer(s, kind, s.keep(add(s.pc(), signExtend(s.signedField('imm19', 2))))),
    text: (f, pc) => join('ldr', registerName(size, f['Rt']!), targetText(pc, signed(f['imm19']!, 19) * 4)),
  });
});

/** When both targets of a load are the same register, the second element stays (K1.2). */
function movePair(s: Semantics, size: number, isLoad: boolean, address: Expr, afterwards: () => void): void {
  if (size === 4) {
    if (isLoad) {
      const from = s.readVector(address, 32, 4);
      const [first, second] = [s.keep(loadVector(from)), s.keep(loadVector(from, 16))];
      afterwards();
      s.setV('Rt', first);
      s.setV('Rt2', second);
      return;
    }
    s.writeVector(address, 32, 4, (to) => {
      storeVector(s.code, to, s.v('Rt'));
      storeVector(s.code, to, s.v('Rt2'), 16);
    });
    afterwards();
    return;
  }
  const width = laneBits(size);
  if (isLoad) {
    const [first, second] = s.readPair('i64', address, size);
    afterwards();
    s.setScalar('Rt', first);
    s.setScalar('Rt2', second);
    return;
  }
  s.writePair(address, s.lane('Rt', 'i64', width, 0), s.lane('Rt2', 'i64', width, 0), size);
  afterwards();
}

function pair(size: number, mode: PairMode, isLoad: boolean): Row {
  const nonTemporal = mode.name === 'no-allocate';
  const mnemonic = `${isLoad ? 'ld' : 'st'}${nonTemporal ? 'n' : ''}p`;
  const writesBack = mode.name === 'post' || mode.name === 'pre';
  return row({
    name: `${mnemonic.toUpperCase()} (${mode.name}, SIMD&FP, ${8 << size}-bit)`,
    section: `C4.1.94 Load/store ${nonTemporal ? 'no-allocate pair (offset)' : `register pair (${mode.name})`}`,
    feature: 'FEAT_FP',
    encoding: `${bits(size - 2, 2)} 1011 ${mode.code} ${isLoad ? 1 : 0} imm7:7 Rt2:5 Rn:5 Rt:5`,
    fp: true,
    emit(s) {
      const base = s.base('Rn');
      const moved = s.keep(add(base, signExtend(s.signedField('imm7', size))));
      movePair(s, size, isLoad, mode.name === 'post' ? base : moved, () => {
        if (writesBack) s.setSp('Rn', moved);
      });
    },
    text(f) {
      const imm = signed(f['imm7']!, 7) * 2 ** size;
      const registers = [registerName(size, f['Rt']!), registerName(size, f['Rt2']!)];
      const base = xsp(f['Rn']!);
      if (mode.name === 'post') return join(mnemonic, ...registers, `[${base}]`, `#${imm}`);
      if (mode.name === 'pre') return join(mnemonic, ...registers, `[${base}, #${imm}]!`);
      return join(mnemonic, ...registers, `[${base}${withOffset(imm)}]`);
    },
  });
}

const pairs = [2, 3, 4].flatMap((size) =>
  PAIR_MODES.flatMap((mode) => [true, false].map((isLoad) => pair(size, mode, isLoad))),
);

export const SIMD_LOADS_STORES: readonly Row[] = [
  ...unsigned,
  ...unscaled,
  ...indexed,
  ...registerOffset,
  ...literal,
  ...pairs,
];
