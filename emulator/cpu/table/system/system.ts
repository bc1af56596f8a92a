/** Exception generation, hints, barriers, PSTATE, system registers and system instructions (Arm ARM C4.1.93). */
import { Exit } from '../../exit';
import { and, i32, not, or, shl, shrU, zeroExtend } from '../../wasm/expr';
import { isZero } from '../integer/arithmetic';
import type { Fields, Row } from '../row';
import { row } from '../row';
import type { Semantics } from '../semantics';
import { hex, join, xr } from '../text';
import { barrierText, hintText, pstateText, systemInstructionText, systemRegisterText } from './text';

const exception = (name: string, opc: string, ll: string, code: number): Row =>
  row({
    name,
    section: 'C4.1.93 Exception generation',
    encoding: `11010100 ${opc} imm16:16 000 ${ll}`,
    emit: (s) => s.exit(code, zeroExtend(s.field('imm16'))),
    text: (f) => join(name.toLowerCase(), f['imm16'] === 0 ? '#0' : `#${hex(f['imm16']!)}`),
  });

const exceptions = [
  exception('SVC', '000', '01', Exit.Svc),
  exception('HVC', '000', '10', Exit.Hvc),
  exception('SMC', '000', '11', Exit.Smc),
  exception('BRK', '001', '00', Exit.Brk),
  exception('HLT', '010', '00', Exit.Hlt),
  row({
    name: 'UDF',
    section: 'C4.1.1 Reserved',
    encoding: '0000000000000000 imm16:16',
    emit: (s) => s.exit(Exit.Undefined),
    text: (f) => join('udf', `#${f['imm16']}`),
  }),
];

const hintNumber = (f: Fields): number => f['CRm']! * 8 + f['op2']!;

/** Those of pointer authentication have rows of their own. */
const isPointerHint = (number: number): boolean =>
  number === 7 || (number >= 24 && number < 32) || [8, 10, 12, 14].includes(number);

/** Settled: 0 for hints that do nothing here, 1 for WFE and WFI, 2 for SEV and SEVL. */
const HINT_KIND = [0, 0, 1, 1, 2, 2];

const hint = row({
  name: 'HINT, NOP, YIELD, WFE, WFI, SEV, SEVL',
  section: 'C4.1.93 Hints',
  encoding: '11010101000000110010 CRm:4 op2:3 11111',
  where: (f) => !isPointerHint(hintNumber(f)),
  split: [{ name: 'kind', count: 3, of: (f) => HINT_KIND[hintNumber(f)] ?? 0 }],
  emit(s) {
    const kind = s.known('kind');
    if (kind !== 0) s.exit(kind === 1 ? Exit.Wait : Exit.Event);
  },
  text: (f) => hintText(hintNumber(f)),
});

/** WFET and WFIT: WFE and WFI until CNTVCT_EL0 reaches Xt. */
const timedWaits = (['wfet', 'wfit'] as const).map((mnemonic, at) =>
  row({
    name: mnemonic.toUpperCase(),
    section: 'C4.1.93 System instructions with register argument',
    feature: 'FEAT_WFxT',
    encoding: `11010101000000110001 0000 00${at} Rt:5`,
    emit: (s) => s.exit(Exit.Wait),
    text: (f) => join(mnemonic, xr(f['Rt']!)),
  }),
);

/** Every access is done in program order, so barriers have nothing to wait for. */
const nothing = (): void => undefined;

const barriers = [
  row({
    name: 'CLREX',
    section: 'C4.1.93 Barriers',
    encoding: '11010101000000110011 CRm:4 01011111',
    emit: (s) => s.clearExclusive(),
    text: (f) => (f['CRm'] === 15 ? 'clrex' : join('clrex', `#${f['CRm']}`)),
  }),
  ...(['dsb', 'dmb', 'isb'] as const).map((mnemonic, index) =>
    row({
      name: mnemonic.toUpperCase(),
      section: 'C4.1.93 Barriers',
      encoding: `11010101000000110011 CRm:4 1${index.toString(2).padStart(2, '0')}11111`,
      emit: nothing,
      text: (f) => barrierText(mnemonic, f['CRm']!),
    }),
  ),
  row({
    name: 'DSB (nXS)',
    section: 'C4.1.93 Barriers',
    feature: 'FEAT_XS',
    encoding: '11010101000000110011 scope:2 10 00111111',
    emit: nothing,
    text: (f) => join('dsb', `${['osh', 'nsh', 'ish', 'sy'][f['scope']!]}nxs`),
  }),
  row({
    name: 'SB',
    section: 'C4.1.93 Barriers',
    feature: 'FEAT_SB',
    encoding: '11010101000000110011000011111111',
    emit: nothing,
    text: () => 'sb',
  }),
];

/** XAFLAG and AXFLAG, on NZCV as four bits (Arm ARM C6.2). */
function convertFlags(s: Semantics, toArm: boolean): void {
  const old = s.keep(shrU(s.nzcv(), 28));
  const bit = (position: number) => and(shrU(old, position), 1);
  const inverse = (position: number) => and(shrU(not(old), position), 1);
  const [n, z, c, v] = toArm
    ? [and(inverse(1), inverse(2)), and(bit(2), bit(1)), or(bit(1), bit(2)), and(inverse(1), bit(2))]
    : [i32(0), or(bit(2), bit(0)), and(bit(1), inverse(0)), i32(0)];
  s.setNzcv(or(or(shl(n, 31), shl(z, 30)), or(shl(c, 29), shl(v, 28))));
}

const flagRows = [
  row({
    name: 'CFINV',
    section: 'C4.1.93 PSTATE',
    feature: 'FEAT_FlagM',
    encoding: '11010101000000000100 0000 00011111',
    emit(s) {
      const { n, z, c, v } = s.flags();
      s.setFlags({ n, z, c: s.keep(isZero(c)), v });
    },
    text: () => 'cfinv',
  }),
  ...([true, false] as const).map((toArm) =>
    row({
      name: toArm ? 'XAFLAG' : 'AXFLAG',
      section: 'C4.1.93 PSTATE',
      feature: 'FEAT_FlagM2',
      encoding: `11010101000000000100 0000 0${toArm ? '01' : '10'}11111`,
      emit: (s) => convertFlags(s, toArm),
      text: () => (toArm ? 'xaflag' : 'axflag'),
    }),
  ),
];

const toTypeScript = (s: Semantics): void => s.exit(Exit.System);

const isFlagOperation = (f: Fields): boolean => f['op1'] === 0 && f['op2']! <= 2;
const isNzcv = (f: Fields): boolean =>
  f['o0'] === 1 && f['op1'] === 3 && f['CRn'] === 4 && f['CRm'] === 2 && f['op2'] === 0;

const system = [
  row({
    name: 'MSR (immediate)',
    section: 'C4.1.93 PSTATE',
    encoding: '1101010100000 op1:3 0100 CRm:4 op2:3 11111',
    where: (f) => !isFlagOperation(f),
    emit: toTypeScript,
    text: (f) => pstateText(f['op1']!, f['op2']!, f['CRm']!),
  }),
  row({
    name: 'SYS',
    section: 'C4.1.93 System instructions',
    encoding: '1101010100001 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    emit: toTypeScript,
    text: systemInstructionText,
  }),
  row({
    name: 'SYSL',
    section: 'C4.1.93 System instructions',
    encoding: '1101010100101 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    emit: toTypeScript,
    text: (f) => join('sysl', xr(f['Rt']!), `#${f['op1']}`, `c${f['CRn']}`, `c${f['CRm']}`, `#${f['op2']}`),
  }),
  row({
    name: 'MSR (register)',
    section: 'C4.1.93 System register move',
    encoding: '11010101000 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    where: (f) => !isNzcv(f),
    emit: toTypeScript,
    text: (f) => join('msr', systemRegisterText(f), xr(f['Rt']!)),
  }),
  row({
    name: 'MRS',
    section: 'C4.1.93 System register move',
    encoding: '11010101001 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    where: (f) => !isNzcv(f),
    emit: toTypeScript,
    text: (f) => join('mrs', xr(f['Rt']!), systemRegisterText(f)),
  }),
  row({
    name: 'MSR NZCV',
    section: 'C4.1.93 System register move',
    encoding: '110101010001101101000010000 Rt:5',
    emit: (s) => s.setNzcv(s.w('Rt')),
    text: (f) => join('msr', 'NZCV', xr(f['Rt']!)),
  }),
  row({
    name: 'MRS NZCV',
    section: 'C4.1.93 System register move',
    encoding: '110101010011101101000010000 Rt:5',
    emit: (s) => s.set('Rt', zeroExtend(s.nzcv())),
    text: (f) => join('mrs', xr(f['Rt']!), 'NZCV'),
  }),
];

export const SYSTEM: readonly Row[] = [...exceptions, hint, ...timedWaits, ...barriers, ...flagRows, ...system];
