/** Counters and timers as system registers (Arm ARM D12). Their lines and deadlines are in `devices/timers.ts`. */
import type { Machine } from '../../machine/machine';
import { currentEl, el2Enabled, hostsEl0, type Pe, readSysreg, writeSysreg } from '../pe';
import type { SysregName } from './sysreg';

type Timed = Pick<Machine, 'clock'>;

interface Timer {
  readonly control: SysregName;
  readonly compare: SysregName;
  readonly value: SysregName;
  readonly virtual: boolean;
}

const timer = (prefix: string, suffix: string, virtual: boolean): Timer => ({
  control: `${prefix}_CTL_${suffix}` as SysregName,
  compare: `${prefix}_CVAL_${suffix}` as SysregName,
  value: `${prefix}_TVAL_${suffix}` as SysregName,
  virtual,
});

const TIMERS: readonly Timer[] = [
  timer('CNTP', 'EL0', false),
  timer('CNTV', 'EL0', true),
  timer('CNTHP', 'EL2', false),
  timer('CNTHV', 'EL2', false),
  timer('CNTPS', 'EL1', false),
];

const ENABLE = 1n;
const IMASK = 2n;
const ISTATUS = 4n;

export const physicalCount = ({ clock }: Timed): bigint => BigInt(clock.ticks);
const offsetCount = (machine: Timed, pe: Pe): bigint =>
  BigInt.asUintN(64, physicalCount(machine) - readSysreg(pe, 'CNTVOFF_EL2'));

/** CNTVCT: CNTPCT less CNTVOFF_EL2, which does not count at EL2 under E2H nor for the EL0 that it hosts. */
export function virtualCount(machine: Timed, pe: Pe): bigint {
  const el = currentEl(pe);
  const e2h = ((readSysreg(pe, 'HCR_EL2') >> 34n) & 1n) === 1n;
  const direct = (el === 2 && e2h) || (el === 0 && el2Enabled(pe) && hostsEl0(pe));
  return direct ? physicalCount(machine) : offsetCount(machine, pe);
}

const countOf = (machine: Timed, pe: Pe, { virtual }: Timer): bigint =>
  virtual ? offsetCount(machine, pe) : physicalCount(machine);
const timerOf = (name: SysregName): Timer => TIMERS.find((one) => one.control === name || one.value === name) as Timer;

/** CTL with ISTATUS as it is now. */
export function readTimerControl(machine: Timed, pe: Pe, name: SysregName): bigint {
  const one = timerOf(name);
  const control = readSysreg(pe, name) & (ENABLE | IMASK);
  const reached = (control & ENABLE) !== 0n && countOf(machine, pe, one) >= readSysreg(pe, one.compare);
  return reached ? control | ISTATUS : control;
}

/** TVAL: the low 32 bits of CVAL less the count. */
export function readTimerValue(machine: Timed, pe: Pe, name: SysregName): bigint {
  const one = timerOf(name);
  return BigInt.asUintN(32, readSysreg(pe, one.compare) - countOf(machine, pe, one));
}

/** A write of TVAL sets CVAL to the count plus the signed 32-bit value. */
export function writeTimerValue(machine: Timed, pe: Pe, name: SysregName, value: bigint): void {
  const one = timerOf(name);
  writeSysreg(pe, one.compare, countOf(machine, pe, one) + BigInt.asIntN(32, value));
}

type Guards = readonly [el0: number, el2: number];
const UNGUARDED: Guards = [0, 0];
const PHYSICAL_TIMER: Guards = [1 << 9, 1 << 1];
const VIRTUAL_TIMER: Guards = [1 << 8, 0];
const COUNTERS: Partial<Record<SysregName, Guards>> = {
  CNTPCT_EL0: [1 << 0, 1 << 0],
  CNTVCT_EL0: [1 << 1, 0],
  CNTFRQ_EL0: [3, 0],
};
const guardsOf = (name: SysregName): Guards =>
  COUNTERS[name] ?? (name.startsWith('CNTP_') ? PHYSICAL_TIMER : name.startsWith('CNTV_') ? VIRTUAL_TIMER : UNGUARDED);

/**
 * EL that an access to a counter or timer of EL0 or EL1 traps to, or undefined: CNTKCTL_EL1 guards EL0, CNTHCTL_EL2
 * guards both. Its two bits lie at 1:0, with HCR_EL2.E2H at 11:10; for an EL0 that EL2 hosts it is in CNTKCTL_EL1's place.
 */
export function timerTrap(pe: Pe, name: SysregName): 1 | 2 | undefined {
  const el = currentEl(pe);
  if (el > 1) return undefined;
  const hosted = el === 0 && el2Enabled(pe) && hostsEl0(pe);
  const kernel = Number(readSysreg(pe, hosted ? 'CNTHCTL_EL2' : 'CNTKCTL_EL1') & 0x3ffn);
  const e2h = (readSysreg(pe, 'HCR_EL2') >> 34n) & 1n;
  const hypervisor = Number((readSysreg(pe, 'CNTHCTL_EL2') >> (e2h === 1n ? 10n : 0n)) & 3n);
  const [el0, el2] = guardsOf(name);
  if (el === 0 && el0 !== 0 && (kernel & el0) === 0) return 1;
  if (el < 2 && !hosted && el2 !== 0 && (hypervisor & el2) === 0) return 2;
  return undefined;
}
