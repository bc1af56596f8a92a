/** Loads and stores of register pairs (Arm ARM C4.1.94). */
import { add, signExtend } from '../../wasm/expr';
import type { Row } from '../row';
import { is31, row, signed } from '../row';
import { join, r, xsp } from '../text';
import { bits } from './loads-stores';

export const PAIR_MODES = [
  { name: 'no-allocate', code: '000' },
  { name: 'post', code: '001' },
  { name: 'offset', code: '010' },
  { name: 'pre', code: '011' },
] as const;

interface PairKind {
  readonly opc: number;
  /** log2 of one element. */
  readonly size: number;
  readonly sf: number;
  readonly suffix: string;
}

const KINDS: readonly PairKind[] = [
  { opc: 0, size: 2, sf: 0, suffix: '' },
  { opc: 1, size: 2, sf: 1, suffix: 'sw' },
  { opc: 2, size: 3, sf: 1, suffix: '' },
];

export type PairMode = (typeof PAIR_MODES)[number];

/** When a target is the base too, the loaded value wins; when both targets are the same, the second does (K1.2). */
function pair(kind: PairKind, mode: PairMode, isLoad: boolean): Row {
  const nonTemporal = mode.name === 'no-allocate';
  const mnemonic = `${isLoad ? 'ld' : 'st'}${nonTemporal ? 'n' : ''}p${kind.suffix}`;
  const writesBack = mode.name === 'post' || mode.name === 'pre';
  const type = kind.sf === 1 ? 'i64' : 'i32';
  return row({
    name: `${mnemonic.toUpperCase()} (${mode.name}, ${kind.sf === 1 ? '64' : '32'}-bit)`,
    section: `C4.1.94 Load/store ${nonTemporal ? 'no-allocate pair (offset)' : `register pair (${mode.name})`}`,
    encoding: `${bits(kind.opc, 2)} 1010 ${mode.code} ${isLoad ? 1 : 0} imm7:7 Rt2:5 Rn:5 Rt:5`,
    split: [is31('Rn')],
    emit(s) {
      const base = s.base('Rn');
      const moved = s.keep(add(base, signExtend(s.signedField('imm7', kind.size))));
      const address = mode.name === 'post' ? base : moved;
      if (!isLoad) {
        s.writePair(address, s.r('Rt', type), s.r('Rt2', type), kind.size);
        if (writesBack) s.setSp('Rn', moved);
        return;
      }
      const [first, second] = s.readPair(type, address, kind.size, kind.opc === 1);
      if (writesBack) s.setSp('Rn', moved);
      s.set('Rt', first);
      s.set('Rt2', second);
    },
    text(f) {
      const imm = signed(f['imm7']!, 7) * 2 ** kind.size;
      const registers = [r(kind.sf, f['Rt']!), r(kind.sf, f['Rt2']!)];
      const base = xsp(f['Rn']!);
      if (mode.name === 'post') return join(mnemonic, ...registers, `[${base}]`, `#${imm}`);
      if (mode.name === 'pre') return join(mnemonic, ...registers, `[${base}, #${imm}]!`);
      return join(mnemonic, ...registers, `[${base}${imm === 0 ? '' : `, #${imm}`}]`);
    },
  });
}

export const LOADS_STORES_PAIR: readonly Row[] = KINDS.flatMap((kind) =>
  PAIR_MODES.flatMap((mode) =>
    [true, false]
      .filter((isLoad) => kind.opc !== 1 || (isLoad && mode.name !== 'no-allocate'))
      .map((isLoad) => pair(kind, mode, isLoad)),
  ),
);
