/** The generic timer as a PE sees it (Arm ARM D12). */
import { COUNTER_FREQUENCY } from '../../../machine/platform';
import { register, type SysregField } from '../row';

const CONTROL_FIELDS: readonly SysregField[] = [
  ['ISTATUS', 2, 2, 'the count has reached the compare value'],
  ['IMASK', 1, 1, 'the interrupt is masked'],
  ['ENABLE', 0, 0, 'the timer is on'],
];
const control = { banked: true, writable: 3n, hook: 'timerControl', fields: CONTROL_FIELDS } as const;
/** Of EL2: one for each PE, whatever the world. */
const shared = { ...control, banked: false } as const;
const value = { hook: 'timerValue' } as const;

export const TIMERS = [
  register('CNTFRQ_EL0', '3 3 14 0 0', 0, 'Counter frequency in Hz', { write: 3, reset: BigInt(COUNTER_FREQUENCY) }),
  register('CNTPCT_EL0', '3 3 14 0 1', 0, 'Physical count', { write: undefined, hook: 'physicalCount' }),
  register('CNTVCT_EL0', '3 3 14 0 2', 0, 'Virtual count', { write: undefined, hook: 'virtualCount' }),
  register('CNTKCTL_EL1', '3 0 14 1 0', 1, 'Timer Kernel Control Register', {
    banked: true,
    fields: [
      ['EL0PTEN', 9, 9, 'EL0 may use the physical timer'],
      ['EL0VTEN', 8, 8, 'EL0 may use the virtual timer'],
      ['EL0VCTEN', 1, 1, 'EL0 may read the virtual count'],
      ['EL0PCTEN', 0, 0, 'EL0 may read the physical count'],
    ],
  }),
  register('CNTP_TVAL_EL0', '3 3 14 2 0', 0, 'Physical timer value', value),
  register('CNTP_CTL_EL0', '3 3 14 2 1', 0, 'Physical timer control', control),
  register('CNTP_CVAL_EL0', '3 3 14 2 2', 0, 'Physical timer compare value', { banked: true }),
  register('CNTV_TVAL_EL0', '3 3 14 3 0', 0, 'Virtual timer value', value),
  register('CNTV_CTL_EL0', '3 3 14 3 1', 0, 'Virtual timer control', control),
  register('CNTV_CVAL_EL0', '3 3 14 3 2', 0, 'Virtual timer compare value', { banked: true }),
  register('CNTVOFF_EL2', '3 4 14 0 3', 2, 'Virtual offset', { banked: true }),
  register('CNTHCTL_EL2', '3 4 14 1 0', 2, 'Timer Hypervisor Control Register', {
    banked: true,
    reset: 3n,
    fields: [
      ['CNTPMASK', 19, 19, 'the EL1 physical timer is masked in Realm state'],
      ['CNTVMASK', 18, 18, 'the EL1 virtual timer is masked in Realm state'],
      ['EL1PCEN', 1, 1, 'EL1 and EL0 may use the physical timer'],
      ['EL1PCTEN', 0, 0, 'EL1 and EL0 may read the physical count'],
    ],
  }),
  register('CNTHP_TVAL_EL2', '3 4 14 2 0', 2, 'EL2 physical timer value', value),
  register('CNTHP_CTL_EL2', '3 4 14 2 1', 2, 'EL2 physical timer control', shared),
  register('CNTHP_CVAL_EL2', '3 4 14 2 2', 2, 'EL2 physical timer compare value'),
  register('CNTHV_TVAL_EL2', '3 4 14 3 0', 2, 'EL2 virtual timer value', value),
  register('CNTHV_CTL_EL2', '3 4 14 3 1', 2, 'EL2 virtual timer control', shared),
  register('CNTHV_CVAL_EL2', '3 4 14 3 2', 2, 'EL2 virtual timer compare value'),
  register('CNTPS_TVAL_EL1', '3 7 14 2 0', 3, 'Secure physical timer value', value),
  register('CNTPS_CTL_EL1', '3 7 14 2 1', 3, 'Secure physical timer control', shared),
  register('CNTPS_CVAL_EL1', '3 7 14 2 2', 3, 'Secure physical timer compare value'),
] as const;
