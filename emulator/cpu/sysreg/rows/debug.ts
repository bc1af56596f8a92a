/** Self-hosted debug registers and the PMU. Breakpoint and watchpoint registers keep what is written. */
import type { Platform } from '../../../machine/platform';
import { register, type SysregOptions, type SysregRow } from '../row';

const debug: SysregOptions = { banked: true, traps: 'debug' };
const pmu: SysregOptions = { banked: true, traps: 'pmu', advertised: ({ features }) => features.pmuCounters > 0 };
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const;
type Number16 = (typeof NUMBERS)[number];

/** One row for each of 16 registers that differ in a number. */
function sixteen<P extends string, S extends string>(
  prefix: P,
  suffix: S,
  op2: number,
  summary: string,
  count: (platform: Platform) => number,
): SysregRow<`${P}${Number16}${S}`>[] {
  return NUMBERS.map((index) =>
    register(`${prefix}${index}${suffix}` as `${P}${Number16}${S}`, `2 0 0 ${index} ${op2}`, 1, `${summary} ${index}`, {
      ...debug,
      advertised: (platform) => index <= count(platform),
    }),
  );
}

export const DEBUG = [
  register('MDSCR_EL1', '2 0 0 2 2', 1, 'Monitor Debug System Control Register', {
    ...debug,
    fields: [
      ['MDE', 15, 15, 'breakpoints and watchpoints enabled'],
      ['KDE', 13, 13, 'local debug enabled'],
      ['TDCC', 12, 12, 'EL0 use of the debug channel traps'],
      ['SS', 0, 0, 'software step'],
    ],
  }),
  register('MDCCSR_EL0', '2 3 0 1 0', 0, 'Debug channel status', { write: undefined, traps: 'debug' }),
  register('MDCCINT_EL1', '2 0 0 2 0', 1, 'Debug channel interrupt enable', debug),
  register('OSDTRRX_EL1', '2 0 0 0 2', 1, 'OS lock data transfer, receive', debug),
  register('OSDTRTX_EL1', '2 0 0 3 2', 1, 'OS lock data transfer, transmit', debug),
  register('OSECCR_EL1', '2 0 0 6 2', 1, 'OS lock exception catch', debug),
  register('MDRAR_EL1', '2 0 1 0 0', 1, 'Debug ROM address', { write: undefined, traps: 'debug' }),
  register('OSLAR_EL1', '2 0 1 0 4', 1, 'OS Lock Access', { read: undefined, hook: 'osLockAccess', traps: 'osLock' }),
  register('OSLSR_EL1', '2 0 1 1 4', 1, 'OS Lock Status', {
    banked: true,
    write: undefined,
    reset: 0x8n,
    traps: 'osLock',
  }),
  register('OSDLR_EL1', '2 0 1 3 4', 1, 'OS Double Lock', { banked: true, writable: 1n, traps: 'osLock' }),
  register('DBGPRCR_EL1', '2 0 1 4 4', 1, 'Debug Power Control', { banked: true, writable: 1n, traps: 'osLock' }),
  register('DBGCLAIMSET_EL1', '2 0 7 8 6', 1, 'Claim tags, set', { traps: 'debug', reset: 0xffn, writable: 0n }),
  register('DBGCLAIMCLR_EL1', '2 0 7 9 6', 1, 'Claim tags, clear', { traps: 'debug', writable: 0n }),
  register('DBGAUTHSTATUS_EL1', '2 0 7 14 6', 1, 'Debug authentication status', {
    write: undefined,
    traps: 'debug',
    reset: 0xaan,
  }),
  ...sixteen('DBGBVR', '_EL1', 4, 'Breakpoint value', ({ features }) => features.numBps),
  ...sixteen('DBGBCR', '_EL1', 5, 'Breakpoint control', ({ features }) => features.numBps),
  ...sixteen('DBGWVR', '_EL1', 6, 'Watchpoint value', ({ features }) => features.numWps),
  ...sixteen('DBGWCR', '_EL1', 7, 'Watchpoint control', ({ features }) => features.numWps),
];

export const PMU = [
  register('PMCR_EL0', '3 3 9 12 0', 0, 'Performance Monitors Control Register', {
    ...pmu,
    reset: ({ features }) => BigInt(features.pmuCounters) << 11n,
    writable: 0xffn,
    fields: [
      ['N', 15, 11, 'event counters'],
      ['LC', 6, 6, '64-bit cycle counter'],
      ['E', 0, 0, 'counters enabled'],
    ],
  }),
  register('PMCNTENSET_EL0', '3 3 9 12 1', 0, 'Counter enable, set', { ...pmu, hook: 'set', of: 'PMCNTENSET_EL0' }),
  register('PMCNTENCLR_EL0', '3 3 9 12 2', 0, 'Counter enable, clear', { ...pmu, hook: 'clear', of: 'PMCNTENSET_EL0' }),
  register('PMOVSCLR_EL0', '3 3 9 12 3', 0, 'Overflow status, clear', { ...pmu, hook: 'clear', of: 'PMOVSSET_EL0' }),
  register('PMSWINC_EL0', '3 3 9 12 4', 0, 'Software increment', { ...pmu, read: undefined, writable: 0n }),
  register('PMSELR_EL0', '3 3 9 12 5', 0, 'Event counter selection', { ...pmu, writable: 0x1fn }),
  register('PMCEID0_EL0', '3 3 9 12 6', 0, 'Common events 0', { ...pmu, write: undefined }),
  register('PMCEID1_EL0', '3 3 9 12 7', 0, 'Common events 1', { ...pmu, write: undefined }),
  register('PMCCNTR_EL0', '3 3 9 13 0', 0, 'Cycle counter', pmu),
  register('PMXEVTYPER_EL0', '3 3 9 13 1', 0, 'Selected event type', pmu),
  register('PMXEVCNTR_EL0', '3 3 9 13 2', 0, 'Selected event count', pmu),
  register('PMUSERENR_EL0', '3 3 9 14 0', 0, 'User enable', { ...pmu, write: 1, writable: 0xfn }),
  register('PMINTENSET_EL1', '3 0 9 14 1', 1, 'Interrupt enable, set', { ...pmu, hook: 'set', of: 'PMINTENSET_EL1' }),
  register('PMINTENCLR_EL1', '3 0 9 14 2', 1, 'Interrupt enable, clear', {
    ...pmu,
    hook: 'clear',
    of: 'PMINTENSET_EL1',
  }),
  register('PMOVSSET_EL0', '3 3 9 14 3', 0, 'Overflow status, set', { ...pmu, hook: 'set', of: 'PMOVSSET_EL0' }),
  register('PMCCFILTR_EL0', '3 3 14 15 7', 0, 'Cycle counter filter', pmu),
];
