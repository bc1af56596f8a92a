/** Self-hosted debug registers. */
import type { Platform } from '../../../machine/platform';
import { register, type SysregField, type SysregOptions, type SysregRow } from '../row';

const ALL = 0xffff_ffff_ffff_ffffn;

const debug: SysregOptions = { banked: true, traps: 'debug', translation: 'debug' };
const channel: SysregOptions = { banked: true, traps: 'debug', writable: 0n };
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const;
type Number16 = (typeof NUMBERS)[number];

/** One row for each of 16 registers that differ in a number. */
function sixteen<P extends string, S extends string>(
  prefix: P,
  suffix: S,
  op2: number,
  summary: string,
  count: (platform: Platform) => number,
  options: SysregOptions,
): SysregRow<`${P}${Number16}${S}`>[] {
  return NUMBERS.map((index) =>
    register(`${prefix}${index}${suffix}` as `${P}${Number16}${S}`, `2 0 0 ${index} ${op2}`, 1, `${summary} ${index}`, {
      ...debug,
      ...options,
      advertised: (platform) => index <= count(platform),
    }),
  );
}

/** BAS is RES1: there is no AArch32. */
const BREAKPOINT_BAS = 0x1e0n;
const MATCH_FIELDS: readonly SysregField[] = [
  ['SSCE', 29, 29, 'with SSC: the Security state'],
  ['LBN', 19, 16, 'linked breakpoint'],
  ['SSC', 15, 14, 'Security state'],
  ['HMC', 13, 13, 'higher ELs'],
];
const BREAKPOINT_FIELDS: readonly SysregField[] = [
  ...MATCH_FIELDS.slice(0, 1),
  ['BT', 23, 20, 'type: 0 address, 1 linked address, else context'],
  ...MATCH_FIELDS.slice(1),
  ['BAS', 8, 5, 'RES1'],
  ['PMC', 2, 1, 'bit 0 EL1, bit 1 EL0'],
  ['E', 0, 0, 'enabled'],
];
const WATCHPOINT_FIELDS: readonly SysregField[] = [
  ...MATCH_FIELDS.slice(0, 1),
  ['MASK', 28, 24, 'log2 of the bytes watched, when not 0'],
  ['WT', 20, 20, 'linked'],
  ...MATCH_FIELDS.slice(1),
  ['BAS', 12, 5, 'bytes of the doubleword'],
  ['LSC', 4, 3, 'bit 0 loads, bit 1 stores'],
  ['PAC', 2, 1, 'bit 0 EL1, bit 1 EL0'],
  ['E', 0, 0, 'enabled'],
];

export const DEBUG = [
  register('MDSCR_EL1', '2 0 0 2 2', 1, 'Monitor Debug System Control Register', {
    ...debug,
    writable: 0xb001n,
    fields: [
      ['MDE', 15, 15, 'breakpoints and watchpoints enabled'],
      ['KDE', 13, 13, 'local debug enabled'],
      ['TDCC', 12, 12, 'EL0 use of the debug channel traps'],
      ['SS', 0, 0, 'software step'],
    ],
  }),
  register('MDCCSR_EL0', '2 3 0 1 0', 0, 'Debug channel status', { write: undefined, traps: 'debug' }),
  register('DBGDTR_EL0', '2 3 0 4 0', 0, 'Debug channel, both halves: nobody is at the other end', channel),
  register('DBGDTRTX_EL0', '2 3 0 5 0', 0, 'Debug channel: nobody is at the other end', channel),
  register('MDCCINT_EL1', '2 0 0 2 0', 1, 'Debug channel interrupt enable', { ...channel, writable: 0x6000_0000n }),
  register('OSDTRRX_EL1', '2 0 0 0 2', 1, 'OS lock data transfer, receive', { ...channel, writable: 0xffff_ffffn }),
  register('OSDTRTX_EL1', '2 0 0 3 2', 1, 'OS lock data transfer, transmit', { ...channel, writable: 0xffff_ffffn }),
  register('OSECCR_EL1', '2 0 0 6 2', 1, 'OS lock exception catch', { ...channel, writable: 0xffff_ffffn }),
  register('MDRAR_EL1', '2 0 1 0 0', 1, 'Debug ROM address', { write: undefined, traps: 'debugRom' }),
  register('OSLAR_EL1', '2 0 1 0 4', 1, 'OS Lock Access', { read: undefined, hook: 'osLockAccess', traps: 'osLock' }),
  register('OSLSR_EL1', '2 0 1 1 4', 1, 'OS Lock Status', {
    banked: true,
    write: undefined,
    reset: 0xan,
    traps: 'osLock',
    translation: 'debug',
    fields: [
      ['OSLM', 3, 3, 'the OS lock is implemented'],
      ['OSLK', 1, 1, 'locked: no debug exceptions but BRK'],
    ],
  }),
  register('OSDLR_EL1', '2 0 1 3 4', 1, 'OS Double Lock', {
    ...debug,
    writable: 1n,
    traps: 'osLock',
    fields: [['DLK', 0, 0, 'locked, unless DBGPRCR_EL1.CORENPDRQ']],
  }),
  register('DBGPRCR_EL1', '2 0 1 4 4', 1, 'Debug Power Control', { ...debug, writable: 1n, traps: 'osLock' }),
  register('DBGCLAIMSET_EL1', '2 0 7 8 6', 1, 'Claim tags, set', { traps: 'debug', hook: 'claimSet' }),
  register('DBGCLAIMCLR_EL1', '2 0 7 9 6', 1, 'Claim tags, clear', {
    banked: true,
    traps: 'debug',
    hook: 'clear',
    of: 'DBGCLAIMCLR_EL1',
  }),
  register('DBGAUTHSTATUS_EL1', '2 0 7 14 6', 1, 'Debug authentication status', {
    write: undefined,
    traps: 'debug',
    reset: 0xaan,
  }),
  ...sixteen('DBGBVR', '_EL1', 4, 'Breakpoint value', ({ features }) => features.numBps, {}),
  ...sixteen('DBGBCR', '_EL1', 5, 'Breakpoint control', ({ features }) => features.numBps, {
    reset: BREAKPOINT_BAS,
    writable: 0x20ff_e007n,
    fields: BREAKPOINT_FIELDS,
  }),
  ...sixteen('DBGWVR', '_EL1', 6, 'Watchpoint value', ({ features }) => features.numWps, { writable: ~3n & ALL }),
  ...sixteen('DBGWCR', '_EL1', 7, 'Watchpoint control', ({ features }) => features.numWps, {
    writable: 0x3f1f_ffffn,
    fields: WATCHPOINT_FIELDS,
  }),
];
