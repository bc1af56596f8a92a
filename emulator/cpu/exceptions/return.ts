/** Exception return (Arm ARM D1.4, AArch64.ExceptionReturn). */
import type { Machine } from '../../machine/machine';
import { peBase } from '../../memory/map';
import { debugEnabledFrom, stepWanted } from '../debug/state';
import { PC } from '../layout';
import {
  clearExclusive,
  countRetired,
  currentEl,
  el2Enabled,
  isReservedWorld,
  isTge,
  type Pe,
  readPstate,
  securityState,
  writeEventRegister,
  writePc,
  writePstate,
} from '../pe';
import { countEvent, syncPmu, updatePmuLine } from '../pmu/counting';
import { Event } from '../pmu/events';
import { takePendingInterrupt } from './interrupts';
import { returnPlaces, runnerAt } from './take';

const IL = 1 << 20;
/** NZCV, DIT, UAO, PAN, IL, DAIF, on every platform. */
const RESTORED = 0xf000_0000 | (1 << 24) | (1 << 23) | (1 << 22) | IL | (0xf << 6);
/** SSBS and BTYPE, on platforms that have FEAT_SSBS and FEAT_BTI. */
const GENERAL = (1 << 12) | (3 << 10);
const MODE = 0x1f;
const SS = 1 << 21;

/** Whether SPSR asks for a state that this PE can return to (Arm ARM, IllegalExceptionReturn). */
export function isLegalReturn(pe: Pe, spsr: number): boolean {
  const el = currentEl(pe);
  const target = (spsr >> 2) & 3;
  if ((spsr & 0x12) !== 0 || target > el || (target === 0 && (spsr & 1) !== 0)) return false;
  if (target < 3 && isReservedWorld(pe)) return false;
  if (target === 2 && el === 3 && !el2Enabled(pe)) return false;
  return !(target === 1 && isTge(pe));
}

/** PSTATE.SS after the return (Arm ARM, DebugExceptionReturnSS): SPSR's, where software step becomes active by it. */
function stepBit(pe: Pe, spsr: number, target: number): number {
  const view = pe.memory.view();
  const base = peBase(pe.index);
  if (!stepWanted(view, base) || debugEnabledFrom(view, base, currentEl(pe), readPstate(pe))) return 0;
  return debugEnabledFrom(view, base, target, spsr) ? spsr & SS : 0;
}

/** ERET, to ELR_ELx or to a target that was authenticated. An illegal return stays at this EL and sets PSTATE.IL, so that the next instruction takes an exception. */
export function exceptionReturn(machine: Machine, pe: Pe, authenticated?: bigint): void {
  const places = returnPlaces(currentEl(pe));
  const base = peBase(pe.index);
  const spsr = pe.memory.view().getUint32(base + places.spsr, true);
  clearExclusive(pe);
  writeEventRegister(pe, true);
  if (pe.runner === 'a64') countRetired(pe);
  syncPmu(machine, pe);
  countEvent(machine, pe, Event.returns);
  const legal = isLegalReturn(pe, spsr);
  const step = stepBit(pe, spsr, legal ? (spsr >> 2) & 3 : currentEl(pe));
  if (legal) {
    const restored = machine.platform.features.general ? RESTORED | GENERAL : RESTORED;
    writePstate(pe, ((spsr & (restored | MODE)) | step) >>> 0);
    pe.runner = runnerAt(machine, currentEl(pe), securityState(pe));
  } else {
    writePstate(pe, ((spsr & RESTORED) | IL | step | (readPstate(pe) & MODE)) >>> 0);
  }
  const view = pe.memory.view();
  if (authenticated !== undefined) writePc(pe, authenticated);
  else {
    view.setUint32(base + PC, view.getUint32(base + places.elr, true), true);
    view.setUint32(base + PC + 4, view.getUint32(base + places.elr + 4, true), true);
  }
  updatePmuLine(machine, pe);
  takePendingInterrupt(machine, pe);
}
