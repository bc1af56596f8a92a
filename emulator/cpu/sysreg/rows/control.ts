/** System control registers and what is part of PSTATE. */
import type { Platform } from '../../../machine/platform';
import { register, type SysregField } from '../row';

export const SCTLR_FIELDS: readonly SysregField[] = [
  ['DSSBS', 44, 44, 'PSTATE.SSBS on exceptions'],
  ['BT', 36, 36, 'PACIxSP is no landing pad for jumps'],
  ['BT0', 35, 35, 'the same at EL0'],
  ['MSCEn', 33, 33, 'EL0 may use memory copy and set instructions'],
  ['EnIA', 31, 31, 'instruction key A in use'],
  ['EnIB', 30, 30, 'instruction key B in use'],
  ['EnDA', 27, 27, 'data key A in use'],
  ['UCI', 26, 26, 'EL0 cache maintenance does not trap'],
  ['EE', 25, 25, 'data accesses are big-endian'],
  ['E0E', 24, 24, 'EL0 data accesses are big-endian'],
  ['SPAN', 23, 23, 'PSTATE.PAN is left unchanged on exceptions'],
  ['WXN', 19, 19, 'writable means execute-never'],
  ['nTWE', 18, 18, 'EL0 WFE does not trap'],
  ['nTWI', 16, 16, 'EL0 WFI does not trap'],
  ['UCT', 15, 15, 'EL0 may read CTR_EL0'],
  ['DZE', 14, 14, 'EL0 may use DC ZVA'],
  ['EnDB', 13, 13, 'data key B in use'],
  ['I', 12, 12, 'instruction accesses are cacheable'],
  ['UMA', 9, 9, 'EL0 may change DAIF'],
  ['nAA', 6, 6, 'unaligned ordered accesses within 16 bytes are allowed'],
  ['SA0', 4, 4, 'SP alignment check at EL0'],
  ['SA', 3, 3, 'SP alignment check'],
  ['C', 2, 2, 'data accesses are cacheable'],
  ['A', 1, 1, 'alignment check'],
  ['M', 0, 0, 'stage 1 translation'],
];
const flag = (name: string, bit: number, meaning: string): readonly SysregField[] => [[name, bit, bit, meaning]];

/** SCTLR_ELx bits that are RES1 where nothing advertised uses them (Arm ARM, SCTLR_EL1). */
export const SCTLR_EL1_RES1 = 0x30d0_0980n;
export const SCTLR_EL2_RES1 = 0x30c5_0830n;

/** Two registers for each key: bits 63:0 and 127:64. */
const pointerKey = <L extends string, H extends string>(low: L, high: H, crm: number, op2: number, what: string) =>
  [
    register(low, `3 0 2 ${crm} ${op2}`, 1, `Pointer Authentication Key ${what}, low half`, POINTER_KEY),
    register(high, `3 0 2 ${crm} ${op2 + 1}`, 1, `Pointer Authentication Key ${what}, high half`, POINTER_KEY),
  ] as const;

const POINTER_KEY = {
  banked: true,
  traps: 'pointerKey',
  advertised: ({ features }: Platform) => features.general,
} as const;

const POINTER_KEYS = [
  ...pointerKey('APIAKeyLo_EL1', 'APIAKeyHi_EL1', 1, 0, 'A for instructions'),
  ...pointerKey('APIBKeyLo_EL1', 'APIBKeyHi_EL1', 1, 2, 'B for instructions'),
  ...pointerKey('APDAKeyLo_EL1', 'APDAKeyHi_EL1', 2, 0, 'A for data'),
  ...pointerKey('APDBKeyLo_EL1', 'APDBKeyHi_EL1', 2, 2, 'B for data'),
  ...pointerKey('APGAKeyLo_EL1', 'APGAKeyHi_EL1', 3, 0, 'generic'),
] as const;

export const CONTROL = [
  register('SCTLR_EL1', '3 0 1 0 0', 1, 'System Control Register (EL1)', {
    reset: SCTLR_EL1_RES1,
    banked: true,
    traps: 'vm',
    translation: 'el1',
    fields: SCTLR_FIELDS,
  }),
  register('ACTLR_EL1', '3 0 1 0 1', 1, 'Auxiliary Control Register (EL1)', {
    banked: true,
    writable: 0n,
    traps: 'auxiliary',
  }),
  register('CPACR_EL1', '3 0 1 0 2', 1, 'Architectural Feature Access Control Register', {
    banked: true,
    fields: [['FPEN', 21, 20, 'FP and AdvSIMD: 3 not trapped, 1 trapped at EL0, else trapped']],
  }),
  register('SCTLR_EL2', '3 4 1 0 0', 2, 'System Control Register (EL2)', {
    reset: SCTLR_EL2_RES1,
    banked: true,
    translation: 'el2',
    fields: SCTLR_FIELDS,
  }),
  register('ACTLR_EL2', '3 4 1 0 1', 2, 'Auxiliary Control Register (EL2)', { banked: true, writable: 0n }),
  register('SCTLR_EL3', '3 6 1 0 0', 3, 'System Control Register (EL3)', {
    reset: SCTLR_EL2_RES1,
    translation: 'el3',
    fields: SCTLR_FIELDS,
  }),
  register('ACTLR_EL3', '3 6 1 0 1', 3, 'Auxiliary Control Register (EL3)', { writable: 0n }),
  register('NZCV', '3 3 4 2 0', 0, 'Condition flags', {
    hook: 'nzcv',
    fields: [
      ['N', 31, 31, 'negative'],
      ['Z', 30, 30, 'zero'],
      ['C', 29, 29, 'carry'],
      ['V', 28, 28, 'overflow'],
    ],
  }),
  register('DAIF', '3 3 4 2 1', 0, 'Exception masks', {
    hook: 'daif',
    fields: [
      ['D', 9, 9, 'debug exceptions masked'],
      ['A', 8, 8, 'SError masked'],
      ['I', 7, 7, 'IRQ masked'],
      ['F', 6, 6, 'FIQ masked'],
    ],
  }),
  register('CurrentEL', '3 0 4 2 2', 1, 'Current Exception level', {
    hook: 'currentEl',
    write: undefined,
    fields: [['EL', 3, 2, 'Exception level']],
  }),
  register('SPSel', '3 0 4 2 0', 1, 'Stack pointer select', {
    hook: 'spSel',
    fields: [['SP', 0, 0, '0: SP_EL0, 1: SP_ELx']],
  }),
  register('PAN', '3 0 4 2 3', 1, 'Privileged Access Never', {
    hook: 'pan',
    fields: flag('PAN', 22, 'EL1 and EL2 may not access what EL0 may'),
  }),
  register('UAO', '3 0 4 2 4', 1, 'User Access Override', {
    hook: 'uao',
    fields: flag('UAO', 23, 'unprivileged accesses count as privileged'),
  }),
  register('DIT', '3 3 4 2 5', 0, 'Data Independent Timing', {
    hook: 'dit',
    fields: flag('DIT', 24, 'timing does not depend on data'),
  }),
  register('SSBS', '3 3 4 2 6', 0, 'Speculative Store Bypass Safe', {
    hook: 'ssbs',
    advertised: ({ features }) => features.general,
    fields: flag('SSBS', 12, 'loads may bypass stores speculatively'),
  }),
  register('SP_EL0', '3 0 4 1 0', 1, 'Stack Pointer (EL0)', { hook: 'stackPointer' }),
  register('SP_EL1', '3 4 4 1 0', 2, 'Stack Pointer (EL1)', { hook: 'stackPointer' }),
  register('SP_EL2', '3 6 4 1 0', 3, 'Stack Pointer (EL2)', { hook: 'stackPointer' }),
  register('FPCR', '3 3 4 4 0', 0, 'Floating-point Control Register', {
    banked: true,
    writable: 0x07c8_0000n,
    fields: [
      ['AHP', 26, 26, 'alternative half precision'],
      ['DN', 25, 25, 'every NaN result is the default NaN'],
      ['FZ', 24, 24, 'denormal numbers count as zeros'],
      ['RMode', 23, 22, 'rounding: 0 to nearest, 1 up, 2 down, 3 towards zero'],
      ['FZ16', 19, 19, 'denormal half-precision numbers count as zeros'],
    ],
    advertised: ({ features }) => features.fp,
  }),
  register('FPSR', '3 3 4 4 1', 0, 'Floating-point Status Register', {
    banked: true,
    writable: 0x0800_009fn,
    fields: [
      ['QC', 27, 27, 'an AdvSIMD integer operation saturated'],
      ['IDC', 7, 7, 'a denormal input was flushed to zero'],
      ['IXC', 4, 4, 'a result was inexact'],
      ['UFC', 3, 3, 'a result was tiny and inexact, or flushed to zero'],
      ['OFC', 2, 2, 'a result overflowed'],
      ['DZC', 1, 1, 'a finite number was divided by zero'],
      ['IOC', 0, 0, 'an operation was invalid'],
    ],
    advertised: ({ features }) => features.fp,
  }),
  ...POINTER_KEYS,
  register('TPIDR_EL0', '3 3 13 0 2', 0, 'EL0 Read/Write Software Thread ID Register', { banked: true }),
  register('TPIDRRO_EL0', '3 3 13 0 3', 0, 'EL0 Read-Only Software Thread ID Register', { banked: true, write: 1 }),
  register('TPIDR_EL1', '3 0 13 0 4', 1, 'EL1 Software Thread ID Register', { banked: true }),
  register('TPIDR_EL2', '3 4 13 0 2', 2, 'EL2 Software Thread ID Register', { banked: true }),
  register('TPIDR_EL3', '3 6 13 0 2', 3, 'EL3 Software Thread ID Register'),
  register('RNDR', '3 3 2 4 0', 0, 'Random Number', {
    hook: 'random',
    write: undefined,
    traps: 'random',
    advertised: ({ features }) => features.general,
  }),
  register('RNDRRS', '3 3 2 4 1', 0, 'Reseeded Random Number', {
    hook: 'random',
    write: undefined,
    traps: 'random',
    advertised: ({ features }) => features.general,
  }),
] as const;
