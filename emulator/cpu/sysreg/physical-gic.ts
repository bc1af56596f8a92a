/**
 * The physical CPU interface of the GIC (GICv3 architecture, chapter 12.2). Its registers are the PE's, shared by the
 * Non-secure and the Realm world. While SCR_EL3.FIQ is clear, as EL3 leaves it, Group 0 is within reach below EL3 and
 * ICC_PMR_EL1 and ICC_RPR_EL1 show priorities as the distributor keeps them; otherwise the Non-secure half, shifted.
 */
import {
  acknowledge,
  deactivate,
  endInterrupt,
  highestPending,
  pend,
  refreshSignals,
  runningPriority,
} from '../../devices/gic/delivery';
import { affinityOf, bitOf, SPURIOUS } from '../../devices/gic/state';
import type { Machine } from '../../machine/machine';
import { currentEl, type Pe, readSysreg, writeSysreg } from '../pe';
import { type SysregName, sysregRow } from './sysreg';

/** Five priority bits. */
const PRIORITY_BITS = 0xf8;
const NON_SECURE_HALF = 0x80;
/** Smallest binary points with five bits of preemption: Group 0, and Group 1 of the Non-secure side. */
const MIN_BPR0 = 2n;
const MIN_BPR1 = 3n;

/** Whether an access sees Non-secure priorities shifted, and nothing of Group 0. */
const isShifted = (pe: Pe): boolean => currentEl(pe) < 3 && (readSysreg(pe, 'SCR_EL3') & 4n) !== 0n;

const shownPriority = (pe: Pe, kept: number): bigint => {
  if (!isShifted(pe)) return BigInt(kept);
  return BigInt(kept < NON_SECURE_HALF ? 0 : (kept << 1) & 0xff);
};

function highestOf(machine: Machine, pe: Pe, group: 0 | 1): bigint {
  const candidate = highestPending(machine, pe);
  return BigInt(candidate === undefined || candidate.group !== group ? SPURIOUS : candidate.intid);
}

const commonBinaryPoint = (pe: Pe): boolean => (readSysreg(pe, 'ICC_CTLR_EL1') & 1n) !== 0n;

/** Reads an ICC register with its physical meaning. Reading ICC_IAR<n>_EL1 acknowledges. */
export function readPhysical(machine: Machine, pe: Pe, name: SysregName): bigint {
  switch (name) {
    case 'ICC_IAR0_EL1':
      return isShifted(pe) ? BigInt(SPURIOUS) : BigInt(acknowledge(machine, pe, 0));
    case 'ICC_IAR1_EL1':
      return BigInt(acknowledge(machine, pe, 1));
    case 'ICC_HPPIR0_EL1':
      return isShifted(pe) ? BigInt(SPURIOUS) : highestOf(machine, pe, 0);
    case 'ICC_HPPIR1_EL1':
      return highestOf(machine, pe, 1);
    case 'ICC_RPR_EL1': {
      const running = runningPriority(pe);
      return running === 0xff ? 0xffn : shownPriority(pe, running);
    }
    case 'ICC_PMR_EL1':
      return shownPriority(pe, Number(readSysreg(pe, name)));
    case 'ICC_BPR1_EL1': {
      if (!commonBinaryPoint(pe)) return readSysreg(pe, name);
      const shared = readSysreg(pe, 'ICC_BPR0_EL1') + 1n;
      return shared > 7n ? 7n : shared;
    }
    default:
      return readSysreg(pe, name);
  }
}

function writePriorityMask(pe: Pe, value: number): void {
  if (!isShifted(pe)) writeSysreg(pe, 'ICC_PMR_EL1', BigInt(value & PRIORITY_BITS));
  else if (readSysreg(pe, 'ICC_PMR_EL1') >= BigInt(NON_SECURE_HALF)) {
    writeSysreg(pe, 'ICC_PMR_EL1', BigInt(NON_SECURE_HALF | ((value >> 1) & PRIORITY_BITS)));
  }
}

const atLeast = (value: bigint, least: bigint): bigint => ((value & 7n) < least ? least : value & 7n);

/**
 * ICC_SGI1R_EL1: makes an SGI of Non-secure Group 1 pending at the PEs named: by affinity and target list, or (IRM) at
 * all but this one. Other groups are out of reach below EL3 (GICR_NSACR is zero).
 */
function sendSgi(machine: Machine, pe: Pe, value: bigint): void {
  const intid = Number((value >> 24n) & 15n);
  const cluster =
    ((value >> 48n) & 0xffn) * 2n ** 32n + ((value >> 32n) & 0xffn) * 0x1_0000n + ((value >> 16n) & 0xffn) * 0x100n;
  const first = Number((value >> 44n) & 15n) * 16;
  for (const target of machine.pes) {
    const affinity = affinityOf(target.index);
    const aff0 = affinity % 0x100;
    const listed =
      BigInt(affinity - aff0) === cluster &&
      aff0 >= first &&
      aff0 < first + 16 &&
      ((value >> BigInt(aff0 - first)) & 1n) === 1n;
    const chosen = ((value >> 40n) & 1n) === 1n ? target.index !== pe.index : listed;
    const bank = machine.devices.gic.privates[target.index];
    if (chosen && bank !== undefined && bitOf(bank.group1, intid)) pend(machine, target.index, intid);
  }
}

/** Writes an ICC register with its physical meaning. */
export function writePhysical(machine: Machine, pe: Pe, name: SysregName, value: bigint): void {
  const intid = Number(value & 0xff_ffffn);
  switch (name) {
    case 'ICC_EOIR0_EL1':
      if (!isShifted(pe)) endInterrupt(machine, pe, 0, intid);
      return;
    case 'ICC_EOIR1_EL1':
      endInterrupt(machine, pe, 1, intid);
      return;
    case 'ICC_DIR_EL1':
      if ((readSysreg(pe, 'ICC_CTLR_EL1') & 2n) !== 0n) deactivate(machine, pe, intid);
      return;
    case 'ICC_SGI1R_EL1':
      sendSgi(machine, pe, value);
      return;
    case 'ICC_SGI0R_EL1':
    case 'ICC_ASGI1R_EL1':
      return;
    case 'ICC_PMR_EL1':
      writePriorityMask(pe, Number(value & 0xffn));
      break;
    case 'ICC_BPR0_EL1':
      writeSysreg(pe, name, atLeast(value, MIN_BPR0));
      break;
    case 'ICC_BPR1_EL1':
      if (!commonBinaryPoint(pe)) writeSysreg(pe, name, atLeast(value, MIN_BPR1));
      break;
    default: {
      const { writable } = sysregRow(name);
      writeSysreg(pe, name, (readSysreg(pe, name) & ~writable) | (value & writable));
    }
  }
  refreshSignals(machine, pe);
}
