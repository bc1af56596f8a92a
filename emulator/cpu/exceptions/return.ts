/** Exception return (Arm ARM D1.4, AArch64.ExceptionReturn). */
import type { Machine } from '../../machine/machine';
import { peBase } from '../../memory/map';
import { PC } from '../layout';
import {
  clearExclusive,
  currentEl,
  el2Enabled,
  isReservedWorld,
  isTge,
  type Pe,
  readPstate,
  securityState,
  writeEventRegister,
  writePstate,
} from '../pe';
import { takePendingInterrupt } from './interrupts';
import { returnPlaces, runnerAt } from './take';

const IL = 1 << 20;
/** NZCV, DIT, UAO, PAN, IL, DAIF, on every platform. SS belongs to software step, which is not in use. */
const RESTORED = 0xf000_0000 | (1 << 24) | (1 << 23) | (1 << 22) | IL | (0xf << 6);
/** SSBS and BTYPE, on platforms that have FEAT_SSBS and FEAT_BTI. */
const GENERAL = (1 << 12) | (3 << 10);
const MODE = 0x1f;

/** Whether SPSR asks for a state that this PE can return to (Arm ARM, IllegalExceptionReturn). */
export function isLegalReturn(pe: Pe, spsr: number): boolean {
  const el = currentEl(pe);
  const target = (spsr >> 2) & 3;
  if ((spsr & 0x12) !== 0 || target > el || (target === 0 && (spsr & 1) !== 0)) return false;
  if (target < 3 && isReservedWorld(pe)) return false;
  if (target === 2 && el === 3 && !el2Enabled(pe)) return false;
  return !(target === 1 && isTge(pe));
}

/** ERET. An illegal return stays at this EL and sets PSTATE.IL, so that the next instruction takes an exception. */
export function exceptionReturn(machine: Machine, pe: Pe): void {
  const places = returnPlaces(currentEl(pe));
  const base = peBase(pe.index);
  const spsr = pe.memory.view().getUint32(base + places.spsr, true);
  clearExclusive(pe);
  writeEventRegister(pe, true);
  if (isLegalReturn(pe, spsr)) {
    const restored = machine.platform.features.general ? RESTORED | GENERAL : RESTORED;
    writePstate(pe, (spsr & (restored | MODE)) >>> 0);
    pe.runner = runnerAt(machine, currentEl(pe), securityState(pe));
  } else {
    writePstate(pe, ((spsr & RESTORED) | IL | (readPstate(pe) & MODE)) >>> 0);
  }
  const view = pe.memory.view();
  view.setUint32(base + PC, view.getUint32(base + places.elr, true), true);
  view.setUint32(base + PC + 4, view.getUint32(base + places.elr + 4, true), true);
  takePendingInterrupt(machine, pe);
}
