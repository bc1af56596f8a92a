/** Pointer authentication (FEAT_PAuth): data processing, hints, branches, loads (Arm ARM C4.1.93 to C4.1.95). */
import { Exit } from '../../exit';
import { PAUTH_CONFIG, PAUTH_MODIFIER, PAUTH_STATUS } from '../../layout';
import { finishPointer, Key, Operation } from '../../pauth/pauth';
import { CONFIG } from '../../pauth/regime';
import type { Expr } from '../../wasm/expr';
import { add, and, assign, eqz, i32, i64, load, local, ne, signExtend, store } from '../../wasm/expr';
import type { Row, RowParts } from '../row';
import { row, signed } from '../row';
import type { Semantics } from '../semantics';
import { join, xr, xsp } from '../text';
import { branchType, CALL } from './branches';

/** What an instruction does, and with which key: known from its row alone. */
interface Use {
  readonly operation: Operation;
  readonly key: Key;
}

const finishOf =
  ({ operation, key }: Use): NonNullable<RowParts['finish']> =>
  ({ view, pe }) =>
    finishPointer(view, pe, operation, key);

/** The result of the operation; leaves where it traps or fails. Whoever switched a key off pays next to nothing. */
function apply(s: Semantics, use: Use, pointer: Expr, modifier: Expr): Expr {
  const { code, pe } = s;
  const result = code.local('i64');
  assign(code, result, pointer);
  const off = use.operation === Operation.Strip || use.key === Key.GA ? CONFIG.ABSENT : 1 << use.key;
  s.if(eqz(and(load('i32', 32, pe, PAUTH_CONFIG), off)), () => {
    store(code, 64, pe, modifier, PAUTH_MODIFIER);
    assign(code, result, s.finish(local(result)));
    s.if(ne(load('i32', 32, pe, PAUTH_STATUS), 0), () => s.exit(Exit.PointerAuthentication));
  });
  return local(result);
}

const KEYS = [
  ['ia', Key.IA],
  ['ib', Key.IB],
  ['da', Key.DA],
  ['db', Key.DB],
] as const;

const FAMILIES = [
  ['pac', Operation.Sign],
  ['aut', Operation.Authenticate],
] as const;

const SECTION = 'C4.1.95 Data-processing (1 source)';
const binary = (value: number, width: number): string => value.toString(2).padStart(width, '0');

const oneSource = FAMILIES.flatMap(([family, operation], aut) =>
  KEYS.flatMap(([suffix, key], number) =>
    [0, 1].map((zero) => {
      const mnemonic = zero === 1 ? `${family}${suffix[0]}z${suffix[1]}` : `${family}${suffix}`;
      const use: Use = { operation, key };
      return row({
        name: mnemonic.toUpperCase(),
        section: SECTION,
        feature: 'FEAT_PAuth',
        encoding: `110110101100000100${zero}${aut}${binary(number, 2)}${zero === 1 ? '11111 ' : ' Rn:5 '}Rd:5`.replace(
          /11111 Rd/,
          ' 11111 Rd',
        ),
        outline: true,
        finish: finishOf(use),
        emit: (s) => s.set('Rd', apply(s, use, s.x('Rd'), zero === 1 ? i64(0) : s.rsp('Rn', 'i64'))),
        text: (f) => (zero === 1 ? join(mnemonic, xr(f['Rd']!)) : join(mnemonic, xr(f['Rd']!), xsp(f['Rn']!))),
      });
    }),
  ),
);

const strip = ([0, 1] as const).map((data) => {
  const use: Use = { operation: Operation.Strip, key: data === 1 ? Key.DA : Key.IA };
  return row({
    name: data === 1 ? 'XPACD' : 'XPACI',
    section: SECTION,
    feature: 'FEAT_PAuth',
    encoding: `11011010110000010100 0 ${data} 11111 Rd:5`,
    outline: true,
    finish: finishOf(use),
    emit: (s) => s.set('Rd', apply(s, use, s.x('Rd'), i64(0))),
    text: (f) => join(data === 1 ? 'xpacd' : 'xpaci', xr(f['Rd']!)),
  });
});

const GENERIC: Use = { operation: Operation.Generic, key: Key.GA };

const generic = row({
  name: 'PACGA',
  section: 'C4.1.95 Data-processing (2 source)',
  feature: 'FEAT_PAuth',
  encoding: '10011010110 Rm:5 001100 Rn:5 Rd:5',
  outline: true,
  finish: finishOf(GENERIC),
  emit: (s) => s.set('Rd', apply(s, GENERIC, s.keep(s.x('Rn')), s.rsp('Rm', 'i64'))),
  text: (f) => join('pacga', xr(f['Rd']!), xr(f['Rn']!), xsp(f['Rm']!)),
});

const HINT_SECTION = 'C4.1.93 Hints';

/**
 * The hints: X30 with SP or zero, X17 with X16. They have no feature, since without FEAT_PAuth they do nothing, which
 * PAUTH_CONFIG says.
 */
const hints = [
  ...FAMILIES.flatMap(([family, operation], aut) =>
    KEYS.slice(0, 2).flatMap(([suffix, key], b) =>
      (['1716', 'z', 'sp'] as const).map((form) => {
        const number = (form === '1716' ? 8 : form === 'z' ? 24 : 25) + 4 * aut + 2 * b;
        const mnemonic = `${family}${suffix}${form}`;
        const use: Use = { operation, key };
        return row({
          name: mnemonic.toUpperCase(),
          section: HINT_SECTION,
          encoding: `11010101000000110010 ${binary(number, 7)} 11111`,
          outline: true,
          finish: finishOf(use),
          emit(s) {
            if (form === '1716') s.setGeneral(17, apply(s, use, s.general(17), s.general(16)));
            else s.setX30(apply(s, use, s.general(30), form === 'z' ? i64(0) : s.stackPointer()));
          },
          text: () => mnemonic,
        });
      }),
    ),
  ),
  row({
    name: 'XPACLRI',
    section: HINT_SECTION,
    encoding: '11010101000000110010 0000111 11111',
    outline: true,
    finish: finishOf({ operation: Operation.Strip, key: Key.IA }),
    emit: (s) => s.setX30(apply(s, { operation: Operation.Strip, key: Key.IA }, s.general(30), i64(0))),
    text: () => 'xpaclri',
  }),
];

const BRANCH_SECTION = 'C4.1.93 Unconditional branch (register)';

/** BRAA, BLRAA and their kin: the target is authenticated before the link register is written. */
const branches = (['br', 'blr'] as const).flatMap((mnemonic, opc) =>
  ([0, 1] as const).flatMap((b) =>
    ([0, 1] as const).map((zero) => {
      const use: Use = { operation: Operation.Authenticate, key: b === 0 ? Key.IA : Key.IB };
      const name = `${mnemonic}a${b === 0 ? 'a' : 'b'}${zero === 1 ? 'z' : ''}`;
      return row({
        name: name.toUpperCase(),
        section: BRANCH_SECTION,
        feature: 'FEAT_PAuth',
        encoding: `1101011${zero === 1 ? 0 : 1}0 ${binary(opc, 2)} 1111100001${b} Rn:5 ${zero === 1 ? '11111' : 'Rm:5'}`,
        outline: true,
        finish: finishOf(use),
        emit(s) {
          const target = s.keep(apply(s, use, s.x('Rn'), zero === 1 ? i64(0) : s.rsp('Rm', 'i64')));
          if (mnemonic === 'blr') s.setX30(s.keep(s.pcAfter()));
          s.setBtype(mnemonic === 'blr' ? i32(CALL) : branchType(s, 'Rn'));
          s.jump(target);
        },
        text: (f) => (zero === 1 ? join(name, xr(f['Rn']!)) : join(name, xr(f['Rn']!), xsp(f['Rm']!))),
      });
    }),
  ),
);

const returns = ([0, 1] as const).flatMap((b) => {
  const use: Use = { operation: Operation.Authenticate, key: b === 0 ? Key.IA : Key.IB };
  const suffix = b === 0 ? 'aa' : 'ab';
  return [
    row({
      name: `RET${suffix.toUpperCase()}`,
      section: BRANCH_SECTION,
      feature: 'FEAT_PAuth',
      encoding: `1101011001011111 00001${b} 1111111111`,
      outline: true,
      finish: finishOf(use),
      emit: (s) => s.jump(s.keep(apply(s, use, s.general(30), s.stackPointer()))),
      text: () => `ret${suffix}`,
    }),
    // The target is in ELR_ELx: TypeScript does all of it.
    row({
      name: `ERET${suffix.toUpperCase()}`,
      section: BRANCH_SECTION,
      feature: 'FEAT_PAuth',
      encoding: `1101011010011111 00001${b} 1111111111`,
      emit: (s) => s.exit(Exit.Eret),
      text: () => `eret${suffix}`,
    }),
  ];
});

const withOffset = (imm: number, base: string, writeBack: boolean): string =>
  writeBack ? `[${base}, #${imm}]!` : imm === 0 ? `[${base}]` : `[${base}, #${imm}]`;

/** The base is authenticated with modifier zero, and written back so. When base and target are the same, the value wins. */
const loads = ([0, 1] as const).flatMap((b) =>
  ([0, 1] as const).map((writeBack) => {
    const use: Use = { operation: Operation.Authenticate, key: b === 0 ? Key.DA : Key.DB };
    const mnemonic = b === 0 ? 'ldraa' : 'ldrab';
    return row({
      name: `${mnemonic.toUpperCase()} (${writeBack === 1 ? 'pre-index' : 'offset'})`,
      section: 'C4.1.94 Load/store register (pac)',
      feature: 'FEAT_PAuth',
      encoding: `11111000 ${b} S 1 imm9:9 ${writeBack} 1 Rn:5 Rt:5`,
      outline: true,
      finish: finishOf(use),
      emit(s) {
        const base = apply(s, use, s.base('Rn'), i64(0));
        const offset = add(s.signedField('S', 12), s.field('imm9', 3));
        const address = s.keep(add(base, signExtend(offset)));
        const value = s.read('i64', address, { size: 3 });
        if (writeBack === 1) s.setSp('Rn', address);
        s.set('Rt', value);
      },
      text: (f) =>
        join(
          mnemonic,
          xr(f['Rt']!),
          withOffset(8 * signed(f['S']! * 512 + f['imm9']!, 10), xsp(f['Rn']!), writeBack === 1),
        ),
    });
  }),
);

export const POINTER_AUTHENTICATION: readonly Row[] = [
  ...oneSource,
  ...strip,
  generic,
  ...hints,
  ...branches,
  ...returns,
  ...loads,
];
