/** The performance monitors, PMUv3p5 (Arm ARM D13). What they count is in `pmu/`. */
import type { Platform } from '../../../machine/platform';
import { COMMON_EVENTS } from '../../pmu/events';
import { register, type SysregField, type SysregOptions, type SysregRow } from '../row';

const has = ({ features }: Platform): boolean => features.pmuCounters > 0;
const pmu: SysregOptions = { banked: true, traps: 'pmu', hook: 'pmu', advertised: has };
const view = (of: string): SysregOptions => ({ ...pmu, banked: false, of });

const NUMBERS = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
] as const;
type Number31 = (typeof NUMBERS)[number];

/** One row for each of 31 event counters: CRm and op2 hold the number. */
function counters<P extends string>(
  prefix: P,
  crm: number,
  summary: string,
  options: SysregOptions,
): SysregRow<`${P}${Number31}_EL0`>[] {
  return NUMBERS.map((index) =>
    register(
      `${prefix}${index}_EL0` as `${P}${Number31}_EL0`,
      `3 3 14 ${crm + (index >> 3)} ${index & 7}`,
      0,
      `${summary} ${index}`,
      { ...pmu, ...options, advertised: ({ features }) => index < features.pmuCounters },
    ),
  );
}

const FILTER_FIELDS: readonly SysregField[] = [
  ['P', 31, 31, 'EL1 is not counted'],
  ['U', 30, 30, 'EL0 is not counted'],
  ['NSK', 29, 29, 'Non-secure EL1 is counted when equal to P'],
  ['NSU', 28, 28, 'Non-secure EL0 is counted when equal to U'],
  ['NSH', 27, 27, 'EL2 is counted'],
  ['M', 26, 26, 'EL3 is counted when equal to P'],
  ['SH', 24, 24, 'Secure EL2 is counted when not equal to NSH'],
  ['RLK', 22, 22, 'Realm EL1 is counted when equal to P'],
  ['RLU', 21, 21, 'Realm EL0 is counted when equal to U'],
  ['RLH', 20, 20, 'Realm EL2 is counted when not equal to NSH'],
];
/** The bits of COMMON_EVENTS from a number on, in PMCEID's form: 32 events, and those of 0x4000 in the upper half. */
const identified = (first: number): bigint =>
  COMMON_EVENTS.filter((event) => event >= first && event < first + 32).reduce(
    (bits, event) => bits | (1n << BigInt(event - first)),
    0n,
  );

export const PMU = [
  register('PMCR_EL0', '3 3 9 12 0', 0, 'Performance Monitors Control Register', {
    ...pmu,
    reset: ({ features }) => (0x41n << 24n) | (BigInt(features.pmuCounters) << 11n) | (1n << 6n),
    writable: 0xb9n,
    fields: [
      ['N', 15, 11, 'event counters'],
      ['LP', 7, 7, 'event counters of EL1 and EL0 overflow at 64 bits, not 32'],
      ['LC', 6, 6, 'RES1: the cycle counter overflows at 64 bits'],
      ['DP', 5, 5, 'the cycle counter stops where event counting is prohibited'],
      ['D', 3, 3, 'no effect with LC'],
      ['C', 2, 2, 'write 1: the cycle counter is reset'],
      ['P', 1, 1, 'write 1: event counters are reset'],
      ['E', 0, 0, 'counters enabled'],
    ],
  }),
  register('PMCNTENSET_EL0', '3 3 9 12 1', 0, 'Counter enable, set', pmu),
  register('PMCNTENCLR_EL0', '3 3 9 12 2', 0, 'Counter enable, clear', view('PMCNTENSET_EL0')),
  register('PMOVSCLR_EL0', '3 3 9 12 3', 0, 'Overflow status, clear', view('PMOVSSET_EL0')),
  register('PMSWINC_EL0', '3 3 9 12 4', 0, 'Software increment', { ...pmu, banked: false, read: undefined }),
  register('PMSELR_EL0', '3 3 9 12 5', 0, 'Event counter selection', { ...pmu, writable: 0x1fn }),
  register('PMCEID0_EL0', '3 3 9 12 6', 0, 'Common events 0 to 31', {
    ...pmu,
    banked: false,
    write: undefined,
    reset: identified(0),
  }),
  register('PMCEID1_EL0', '3 3 9 12 7', 0, 'Common events 32 to 63', {
    ...pmu,
    banked: false,
    write: undefined,
    reset: identified(32),
  }),
  register('PMCCNTR_EL0', '3 3 9 13 0', 0, 'Cycle counter', pmu),
  register('PMXEVTYPER_EL0', '3 3 9 13 1', 0, 'Selected event type', { ...pmu, banked: false }),
  register('PMXEVCNTR_EL0', '3 3 9 13 2', 0, 'Selected event count', { ...pmu, banked: false }),
  register('PMUSERENR_EL0', '3 3 9 14 0', 0, 'User enable', {
    ...pmu,
    write: 1,
    writable: 0xfn,
    fields: [
      ['ER', 3, 3, 'EL0 may read event counters and use PMSELR_EL0'],
      ['CR', 2, 2, 'EL0 may read the cycle counter'],
      ['SW', 1, 1, 'EL0 may write PMSWINC_EL0'],
      ['EN', 0, 0, 'EL0 may use all of them'],
    ],
  }),
  register('PMINTENSET_EL1', '3 0 9 14 1', 1, 'Interrupt enable, set', pmu),
  register('PMINTENCLR_EL1', '3 0 9 14 2', 1, 'Interrupt enable, clear', view('PMINTENSET_EL1')),
  register('PMOVSSET_EL0', '3 3 9 14 3', 0, 'Overflow status, set', pmu),
  register('PMMIR_EL1', '3 0 9 14 6', 1, 'Performance Monitors Machine Identification', {
    write: undefined,
    traps: 'pmu',
    advertised: has,
  }),
  register('PMCCFILTR_EL0', '3 3 14 15 7', 0, 'Cycle counter filter', {
    ...pmu,
    writable: 0xfd70_0000n,
    fields: FILTER_FIELDS,
  }),
  ...counters('PMEVCNTR', 8, 'Event count', {}),
  ...counters('PMEVTYPER', 12, 'Event type', {
    writable: 0xfd70_ffffn,
    fields: [...FILTER_FIELDS, ['evtCount', 15, 0, 'event number']],
  }),
];
