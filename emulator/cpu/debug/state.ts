/**
 * Whether self-hosted debug exceptions can happen at all, and from where (Arm ARM D2.4, AArch64.GenerateDebugExceptions).
 * Pure functions over a PE's area, so that `derive` can call them whenever PSTATE or a register changes.
 */
import { sysregOffset } from '../sysreg/sysreg';

const AT = {
  MDSCR: sysregOffset('MDSCR_EL1'),
  OSLSR: sysregOffset('OSLSR_EL1'),
  OSDLR: sysregOffset('OSDLR_EL1'),
  DBGPRCR: sysregOffset('DBGPRCR_EL1'),
  MDCR_EL2: sysregOffset('MDCR_EL2'),
  MDCR_EL3: sysregOffset('MDCR_EL3'),
  HCR_EL2: sysregOffset('HCR_EL2'),
  SCR_EL3: sysregOffset('SCR_EL3'),
} as const;

/** Registers are 16 apart in the Arm ARM's numbering; their storage is in table order, so each has its own offset. */
const numbered = (prefix: string): readonly number[] =>
  Array.from({ length: 16 }, (_, index) => sysregOffset(`${prefix}${index}_EL1` as Parameters<typeof sysregOffset>[0]));
export const BREAKPOINT_VALUES = numbered('DBGBVR');
export const BREAKPOINT_CONTROLS = numbered('DBGBCR');
export const WATCHPOINT_VALUES = numbered('DBGWVR');
export const WATCHPOINT_CONTROLS = numbered('DBGWCR');

const SS = 1 << 0;
const KDE = 1 << 13;
const MDE = 1 << 15;
const OSLK = 1 << 1;
const TDE = 1 << 8;
const TGE = 1 << 27;
const SDD = 1 << 16;
const NS = 1 << 0;
const EEL2 = 1 << 18;
const PSTATE_D = 1 << 9;

/** Bits 31:16 of DEBUG_ARMED: watchpoints; bits 15:0: breakpoints. */
export const ARMED_WATCHPOINTS = 16;

const isLocked = (view: DataView, base: number): boolean =>
  (view.getUint32(base + AT.OSLSR, true) & OSLK) !== 0 ||
  ((view.getUint32(base + AT.OSDLR, true) & 1) !== 0 && (view.getUint32(base + AT.DBGPRCR, true) & 1) === 0);

/** Whether debug exceptions go to EL2 (HCR_EL2.TGE or MDCR_EL2.TDE, where EL2 is enabled). */
export function routedToEl2(view: DataView, base: number): boolean {
  const scr = view.getUint32(base + AT.SCR_EL3, true);
  if ((scr & NS) === 0 && (scr & EEL2) === 0) return false;
  return (
    (view.getUint32(base + AT.HCR_EL2, true) & TGE) !== 0 || (view.getUint32(base + AT.MDCR_EL2, true) & TDE) !== 0
  );
}

/** AArch64.GenerateDebugExceptionsFrom: whether they are enabled at an EL with PSTATE in SPSR form. */
export function debugEnabledFrom(view: DataView, base: number, el: number, pstate: number): boolean {
  if (el === 3 || isLocked(view, base)) return false;
  if ((view.getUint32(base + AT.SCR_EL3, true) & NS) === 0 && (view.getUint32(base + AT.MDCR_EL3, true) & SDD) !== 0) {
    return false;
  }
  const target = routedToEl2(view, base) ? 2 : 1;
  if (el !== target) return target > el;
  return (view.getUint32(base + AT.MDSCR, true) & KDE) !== 0 && (pstate & PSTATE_D) === 0;
}

/** MDSCR_EL1.SS. */
export const stepWanted = (view: DataView, base: number): boolean => (view.getUint32(base + AT.MDSCR, true) & SS) !== 0;

/** Software step is not inactive: every instruction is looked at. */
export const isStepActive = (view: DataView, base: number, el: number, pstate: number): boolean =>
  stepWanted(view, base) && debugEnabledFrom(view, base, el, pstate);

/**
 * DEBUG_ARMED: the breakpoints and watchpoints that are enabled while MDSCR_EL1.MDE is set and no OS lock is. It does not
 * depend on EL nor PSTATE, so that pages kept out of the TLB for it stay out.
 */
export function armed(view: DataView, base: number): number {
  if ((view.getUint32(base + AT.MDSCR, true) & MDE) === 0 || isLocked(view, base)) return 0;
  let found = 0;
  for (let index = 0; index < 16; index++) {
    if ((view.getUint32(base + (BREAKPOINT_CONTROLS[index] ?? 0), true) & 1) !== 0) found |= 1 << index;
    if ((view.getUint32(base + (WATCHPOINT_CONTROLS[index] ?? 0), true) & 1) !== 0) {
      found |= 1 << (index + ARMED_WATCHPOINTS);
    }
  }
  return found >>> 0;
}
