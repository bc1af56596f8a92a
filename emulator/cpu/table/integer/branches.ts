/** Branches (Arm ARM C4.1.93: conditional, unconditional by immediate and register, compare, test). */
import { Exit } from '../../exit';
import type { Expr } from '../../wasm/expr';
import { and, eqz, i32, ne, or, select, shrU, zeroExtend } from '../../wasm/expr';
import type { Fields, Row } from '../row';
import { row, signed } from '../row';
import type { Semantics } from '../semantics';
import { CONDITIONS, join, r, targetText, wr, xr } from '../text';
import { isZero, typeOf } from './arithmetic';

const link = (s: Semantics): void => s.setX30(s.keep(s.pcAfter()));

const immediate = ([0, 1] as const).map((op) =>
  row({
    name: op === 0 ? 'B' : 'BL',
    section: 'C4.1.93 Unconditional branch (immediate)',
    encoding: `${op} 00101 imm26:26`,
    emit(s) {
      if (op === 1) link(s);
      s.branch('imm26');
    },
    text: (f, pc) => join(op === 0 ? 'b' : 'bl', targetText(pc, signed(f['imm26']!, 26) * 4)),
  }),
);

const conditional = row({
  name: 'B.cond',
  section: 'C4.1.93 Conditional branch (immediate)',
  encoding: '01010100 imm19:19 0 cond:4',
  split: ['cond'],
  emit: (s) => s.if(s.holds(), () => s.branch('imm19')),
  text: (f, pc) => join(`b.${CONDITIONS[f['cond']!]}`, targetText(pc, signed(f['imm19']!, 19) * 4)),
});

const hinted = row({
  name: 'BC.cond',
  section: 'C4.1.93 Conditional branch (immediate)',
  feature: 'FEAT_HBC',
  encoding: '01010100 imm19:19 1 cond:4',
  split: ['cond'],
  emit: (s) => s.if(s.holds(), () => s.branch('imm19')),
  text: (f, pc) => join(`bc.${CONDITIONS[f['cond']!]}`, targetText(pc, signed(f['imm19']!, 19) * 4)),
});

const compare = ([0, 1] as const).map((op) =>
  row({
    name: op === 0 ? 'CBZ' : 'CBNZ',
    section: 'C4.1.93 Compare and branch (immediate)',
    encoding: `sf 011010 ${op} imm19:19 Rt:5`,
    split: ['sf'],
    emit(s) {
      const value = s.r('Rt', typeOf(s.known('sf')));
      s.if(op === 0 ? eqz(value) : ne(value, 0), () => s.branch('imm19'));
    },
    text: (f, pc) =>
      join(op === 0 ? 'cbz' : 'cbnz', r(f['sf']!, f['Rt']!), targetText(pc, signed(f['imm19']!, 19) * 4)),
  }),
);

const bitOf = (f: Fields): number => f['b5']! * 32 + f['b40']!;

const test = ([0, 1] as const).map((op) =>
  row({
    name: op === 0 ? 'TBZ' : 'TBNZ',
    section: 'C4.1.93 Test and branch (immediate)',
    encoding: `b5 011011 ${op} b40:5 imm14:14 Rt:5`,
    split: ['b5'],
    emit(s) {
      const bit = s.known('b5') === 0 ? s.field('b40') : or(s.field('b40'), 32);
      const masked = and(shrU(s.x('Rt'), zeroExtend(bit)), 1);
      s.if(op === 0 ? isZero(masked) : ne(masked, 0), () => s.branch('imm14'));
    },
    text(f, pc) {
      const register = f['b5'] === 1 ? xr(f['Rt']!) : wr(f['Rt']!);
      return join(op === 0 ? 'tbz' : 'tbnz', register, `#${bitOf(f)}`, targetText(pc, signed(f['imm14']!, 14) * 4));
    },
  }),
);

/** PSTATE.BTYPE behind BLR and its kin. */
export const CALL = 0b10;
const JUMP = 0b11;
/** Through X16 or X17, or from a page that is not guarded: BTI c accepts it, too. */
const VENEER = 0b01;

/** PSTATE.BTYPE behind BR and its kin (Arm ARM C6.2.42). */
export const branchType = (s: Semantics, field: string): Expr =>
  select(and(s.guarded(), ne(and(s.field(field), 0x1e), 16)), i32(JUMP), i32(VENEER));

const registerBranch = (['br', 'blr', 'ret'] as const).map((mnemonic, opc) =>
  row({
    name: mnemonic.toUpperCase(),
    section: 'C4.1.93 Unconditional branch (register)',
    encoding: `110101100${opc.toString(2).padStart(2, '0')}11111000000 Rn:5 00000`,
    emit(s) {
      const target = s.keep(s.x('Rn'));
      if (mnemonic === 'blr') link(s);
      if (mnemonic !== 'ret') s.setBtype(mnemonic === 'blr' ? i32(CALL) : branchType(s, 'Rn'));
      s.jump(target);
    },
    text: (f) => (mnemonic === 'ret' && f['Rn'] === 30 ? 'ret' : join(mnemonic, xr(f['Rn']!))),
  }),
);

const eret = row({
  name: 'ERET',
  section: 'C4.1.93 Unconditional branch (register)',
  encoding: '11010110100111110000001111100000',
  emit: (s) => s.exit(Exit.Eret),
  text: () => 'eret',
});

export const BRANCHES: readonly Row[] = [
  ...immediate,
  conditional,
  hinted,
  ...compare,
  ...test,
  ...registerBranch,
  eret,
];
