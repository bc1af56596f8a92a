/**
 * The performance monitors count lazily: between two changes of what they depend on (EL, Security state, their registers)
 * every counter either counts all instructions or none, so that it is brought up to date only then. An instruction is a
 * cycle. Overflow interrupts come at the exact instruction: the run loop asks how many may be executed (`untilOverflow`).
 */
import { bitOf, Ppi, setLine } from '../../devices/gic/gic';
import type { Machine } from '../../machine/machine';
import { peBase } from '../../memory/map';
import { Pas } from '../../memory/pas';
import { PMU_BASE, RETIRED } from '../layout';
import { currentEl, el2Enabled, type Pe, securityState } from '../pe';
import { type SysregName, sysregOffset } from '../sysreg/sysreg';
import { Event } from './events';

export const COUNTERS = 31;
/** Number of the cycle counter in the bit masks. */
export const CYCLE = 31;

const numbered = (prefix: string): readonly number[] =>
  Array.from({ length: COUNTERS }, (_, index) => sysregOffset(`${prefix}${index}_EL0` as SysregName));
export const PMU_AT = {
  PMCR: sysregOffset('PMCR_EL0'),
  PMCNTEN: sysregOffset('PMCNTENSET_EL0'),
  PMOVS: sysregOffset('PMOVSSET_EL0'),
  PMINTEN: sysregOffset('PMINTENSET_EL1'),
  PMCCNTR: sysregOffset('PMCCNTR_EL0'),
  PMCCFILTR: sysregOffset('PMCCFILTR_EL0'),
  MDCR_EL2: sysregOffset('MDCR_EL2'),
  MDCR_EL3: sysregOffset('MDCR_EL3'),
  counts: numbered('PMEVCNTR'),
  types: numbered('PMEVTYPER'),
} as const;

const E = 1 << 0;
const DP = 1 << 5;
const HPMN = 0x1f;
const HPME = 1 << 7;
const HPMD = 1 << 17;
const HCCD = 1 << 23;
const HLP = 1 << 26;
const LP = 1 << 7;
const SPME = 1 << 17;
const SCCD = 1 << 23;
const NARROW = 2 ** 32;
const WIDE = 1n << 64n;

const u32 = (pe: Pe, offset: number): number => pe.memory.view().getUint32(peBase(pe.index) + offset, true);
const setU32 = (pe: Pe, offset: number, value: number): void =>
  pe.memory.view().setUint32(peBase(pe.index) + offset, value >>> 0, true);

/** Event counters of the PE (PMCR_EL0.N). */
export const counterCount = (pe: Pe): number => (u32(pe, PMU_AT.PMCR) >>> 11) & 31;
/** Event counters that belong to EL1 and EL0: MDCR_EL2.HPMN. */
export const guestCounters = (pe: Pe): number => Math.min(u32(pe, PMU_AT.MDCR_EL2) & HPMN, counterCount(pe));

/** PMCR_EL0.E for the counters of EL1 and EL0 and for cycles, MDCR_EL2.HPME for those of EL2. */
const isEnabled = (pe: Pe, counter: number): boolean =>
  counter === CYCLE || counter < guestCounters(pe) || !el2Enabled(pe)
    ? (u32(pe, PMU_AT.PMCR) & E) !== 0
    : (u32(pe, PMU_AT.MDCR_EL2) & HPME) !== 0;

/** Whether the filter bits of a type register leave the current EL and Security state out (Arm ARM D13.6). */
function isFiltered(pe: Pe, type: number): boolean {
  const bit = (index: number): number => (type >>> index) & 1;
  const [p, u, nsh] = [bit(31), bit(30), bit(27)];
  const state = securityState(pe);
  const pick = (secure: number, nonSecure: number, realm: number): number =>
    state === Pas.NonSecure ? nonSecure : state === Pas.Realm ? realm : secure;
  switch (currentEl(pe)) {
    case 0:
      return pick(u, u ^ bit(28), u ^ bit(21)) === 1;
    case 1:
      return pick(p, p ^ bit(29), p ^ bit(22)) === 1;
    case 2:
      return pick(nsh ^ bit(24), nsh, nsh ^ bit(20)) === 0;
    default:
      return p !== bit(26);
  }
}

/** Whether a counter overflows at 64 bits rather than 32: PMCR_EL0.LP, or MDCR_EL2.HLP for those of EL2 (FEAT_PMUv3p5). */
const isWide = (pe: Pe, counter: number): boolean =>
  counter < guestCounters(pe) ? (u32(pe, PMU_AT.PMCR) & LP) !== 0 : (u32(pe, PMU_AT.MDCR_EL2) & HLP) !== 0;

/** The cycle counter stands still: at EL2 under MDCR_EL2.HCCD, in Secure state under MDCR_EL3.SCCD. */
function stopsCycles(pe: Pe): boolean {
  if (currentEl(pe) === 2 && (u32(pe, PMU_AT.MDCR_EL2) & HCCD) !== 0) return true;
  return securityState(pe) === Pas.Secure && (u32(pe, PMU_AT.MDCR_EL3) & SCCD) !== 0;
}

/** Event counting is prohibited: at EL2 under MDCR_EL2.HPMD, in Secure state and at EL3 without MDCR_EL3.SPME. */
function isProhibited(pe: Pe, counter: number): boolean {
  const el = currentEl(pe);
  const state = securityState(pe);
  const guests = counter === CYCLE || counter < guestCounters(pe);
  if (el === 2 && guests && (u32(pe, PMU_AT.MDCR_EL2) & HPMD) !== 0) return true;
  return (el === 3 || state === Pas.Secure) && (u32(pe, PMU_AT.MDCR_EL3) & SPME) === 0;
}

/** Whether a counter counts where the PE is. */
function counts(pe: Pe, counter: number): boolean {
  if (((u32(pe, PMU_AT.PMCNTEN) >>> counter) & 1) === 0 || !isEnabled(pe, counter)) return false;
  if (counter === CYCLE) {
    if (stopsCycles(pe)) return false;
    if (isProhibited(pe, counter) && (u32(pe, PMU_AT.PMCR) & DP) !== 0) return false;
    return !isFiltered(pe, u32(pe, PMU_AT.PMCCFILTR));
  }
  return !isProhibited(pe, counter) && !isFiltered(pe, u32(pe, PMU_AT.types[counter] ?? 0));
}

const eventOf = (pe: Pe, counter: number): number => u32(pe, PMU_AT.types[counter] ?? 0) & 0xffff;

function overflowed(pe: Pe, counter: number): void {
  setU32(pe, PMU_AT.PMOVS, u32(pe, PMU_AT.PMOVS) | (1 << counter));
}

function add(pe: Pe, counter: number, amount: number): void {
  const view = pe.memory.view();
  const at = peBase(pe.index) + (PMU_AT.counts[counter] ?? 0);
  const sum = view.getBigUint64(at, true) + BigInt(amount);
  const wraps = isWide(pe, counter) ? Number(sum / WIDE) : Math.floor((view.getUint32(at, true) + amount) / NARROW);
  view.setBigUint64(at, sum, true);
  if (wraps === 0) return;
  overflowed(pe, counter);
  const next = counter + 1;
  if ((counter & 1) === 0 && next < counterCount(pe) && eventOf(pe, next) === Event.chain && counts(pe, next)) {
    add(pe, next, wraps);
  }
}

function addCycles(pe: Pe, amount: number): void {
  const view = pe.memory.view();
  const at = peBase(pe.index) + PMU_AT.PMCCNTR;
  const sum = view.getBigUint64(at, true) + BigInt(amount);
  view.setBigUint64(at, sum, true);
  if (sum >> 64n !== 0n) overflowed(pe, CYCLE);
}

/** Counters in PMCNTENSET_EL0, lowest first. */
function* enabled(pe: Pe): Generator<number> {
  for (let rest = u32(pe, PMU_AT.PMCNTEN); rest !== 0; rest = (rest & (rest - 1)) >>> 0) {
    yield 31 - Math.clz32(rest & -rest);
  }
}

const countsInstructions = (pe: Pe, counter: number): boolean => {
  const event = eventOf(pe, counter);
  return event === Event.instructions || event === Event.cycles;
};

/** Brings the counters up to the last instruction retired. To be called before anything they depend on changes. */
export function syncPmu(machine: Machine, pe: Pe): void {
  const view = pe.memory.view();
  const base = peBase(pe.index);
  const now = view.getFloat64(base + RETIRED, true);
  const passed = now - view.getFloat64(base + PMU_BASE, true);
  if (passed === 0) return;
  view.setFloat64(base + PMU_BASE, now, true);
  if (view.getUint32(base + PMU_AT.PMCNTEN, true) === 0) return;
  for (const counter of enabled(pe)) {
    if (!counts(pe, counter)) continue;
    if (counter === CYCLE) addCycles(pe, passed);
    else if (countsInstructions(pe, counter)) add(pe, counter, passed);
  }
  updatePmuLine(machine, pe);
}

/** One event other than an instruction, where the PE is. */
export function countEvent(machine: Machine, pe: Pe, event: number): void {
  if (u32(pe, PMU_AT.PMCNTEN) === 0) return;
  for (const counter of enabled(pe)) {
    if (counter !== CYCLE && eventOf(pe, counter) === event && counts(pe, counter)) add(pe, counter, 1);
  }
  updatePmuLine(machine, pe);
}

/** PMSWINC_EL0. */
export function softwareIncrement(pe: Pe, mask: number): void {
  for (const counter of enabled(pe)) {
    const chosen = counter !== CYCLE && ((mask >>> counter) & 1) === 1;
    if (chosen && eventOf(pe, counter) === Event.softwareIncrement && counts(pe, counter)) add(pe, counter, 1);
  }
}

/** Whether an overflow asks for an interrupt. */
export function overflowAsked(pe: Pe): boolean {
  let rest = (u32(pe, PMU_AT.PMOVS) & u32(pe, PMU_AT.PMINTEN)) >>> 0;
  for (; rest !== 0; rest = (rest & (rest - 1)) >>> 0) if (isEnabled(pe, 31 - Math.clz32(rest & -rest))) return true;
  return false;
}

/** Brings the interrupt output (PPI 23) to its level: whenever the registers change, other worlds' included. */
export function updatePmuLine(machine: Machine, pe: Pe): void {
  const level = (u32(pe, PMU_AT.PMOVS) & u32(pe, PMU_AT.PMINTEN)) !== 0 && overflowAsked(pe);
  const bank = machine.devices.gic.privates[pe.index];
  if (bank !== undefined && bitOf(bank.lines, Ppi.pmu) !== level) setLine(machine, pe.index, Ppi.pmu, level);
}

/** Instructions until a counter overflows that has its interrupt, or that of the one chained to it, enabled. */
export function untilOverflow(pe: Pe): number {
  const wanted = u32(pe, PMU_AT.PMINTEN);
  if (wanted === 0 || u32(pe, PMU_AT.PMCNTEN) === 0) return Number.POSITIVE_INFINITY;
  const view = pe.memory.view();
  const base = peBase(pe.index);
  const behind = view.getFloat64(base + RETIRED, true) - view.getFloat64(base + PMU_BASE, true);
  let soonest = Number.POSITIVE_INFINITY;
  for (const counter of enabled(pe)) {
    const asks = ((wanted >>> counter) & 1) | ((counter & 1) === 0 ? (wanted >>> (counter + 1)) & 1 : 0);
    if (asks === 0 || !counts(pe, counter)) continue;
    if (counter === CYCLE) {
      soonest = Math.min(soonest, Number(WIDE - view.getBigUint64(base + PMU_AT.PMCCNTR, true)));
    } else if (countsInstructions(pe, counter)) {
      const at = base + (PMU_AT.counts[counter] ?? 0);
      const left = isWide(pe, counter) ? Number(WIDE - view.getBigUint64(at, true)) : NARROW - view.getUint32(at, true);
      soonest = Math.min(soonest, left);
    }
  }
  return Math.max(1, soonest - behind);
}
