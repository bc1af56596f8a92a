/** An exception that a Realm took to R-EL2: it goes on, or the REC exits to the Host. SMC is the dispatcher's business. */
import { type Pe, readPc, readSysreg, writeSysreg } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { realmSpace } from '../realm/rd';
import { REC, setRecField64 } from '../rec/rec';
import type { RecEntry, RecExit } from '../state';
import { handleDataAbort, handleInstructionAbort } from './aborts';
import { injectUndefined } from './inject';
import { retire } from './mmio';
import { handleSerror } from './serror';
import { ESR_MASK, ExceptionClass, ExitReason, exceptionClass } from './syndrome';
import { handleSysreg } from './sysregs';

export type ExceptionKind = 'sync' | 'irq' | 'fiq' | 'serror';

/** Vectors of a lower EL in AArch64 state, by offset from VBAR_EL2. */
const KINDS: Readonly<Record<number, ExceptionKind>> = { 1024: 'sync', 1152: 'irq', 1280: 'fiq', 1408: 'serror' };

/** Which vector the PE is at. */
export const exceptionKind = (pe: Pe): ExceptionKind =>
  KINDS[Number(BigInt.asUintN(64, readPc(pe) - readSysreg(pe, 'VBAR_EL2')))] ?? 'sync';

/** True when the Realm executed an SMC. */
export const isGuestCall = (pe: Pe): boolean =>
  exceptionKind(pe) === 'sync' && exceptionClass(readSysreg(pe, 'ESR_EL2')) === ExceptionClass.smc;

function handleSync(machine: Machine, pe: Pe, entry: RecEntry, esr: bigint): RecExit | 'fatal' | null {
  switch (exceptionClass(esr)) {
    case ExceptionClass.wfx:
      retire(pe);
      return { reason: ExitReason.Sync, esr: esr & ESR_MASK.wfx };
    case ExceptionClass.sysreg:
      return handleSysreg(machine, pe, entry, esr);
    case ExceptionClass.dataAbort:
      return handleDataAbort(machine, pe, entry, realmSpace(machine, entry.rd));
    case ExceptionClass.instructionAbort:
      return handleInstructionAbort(machine, pe, realmSpace(machine, entry.rd));
    case ExceptionClass.hvc:
      // ELR_EL2 is behind the HVC; the Realm's exception is UNDEFINED, which returns to the instruction itself.
      writeSysreg(pe, 'ELR_EL2', BigInt.asUintN(64, readSysreg(pe, 'ELR_EL2') - 4n));
      injectUndefined(machine, pe);
      return null;
    case ExceptionClass.sve:
    case ExceptionClass.sme:
      // What the Realm has not been given.
      injectUndefined(machine, pe);
      return null;
    default:
      // Nothing else is trapped. The Host learns that there was something, and no more.
      return { reason: ExitReason.Sync };
  }
}

/** Null: resume the Realm. 'fatal': the system has been stopped. Remembers what the next entry needs to know of the exit. */
export function handleException(machine: Machine, pe: Pe, entry: RecEntry): RecExit | 'fatal' | null {
  const kind = exceptionKind(pe);
  if (kind === 'irq') return { reason: ExitReason.Irq };
  if (kind === 'fiq') return { reason: ExitReason.Fiq };
  const esr = readSysreg(pe, 'ESR_EL2');
  setRecField64(machine, entry.rec, REC.exitEsr, esr);
  setRecField64(machine, entry.rec, REC.exitFar, readSysreg(pe, 'FAR_EL2'));
  return kind === 'serror' ? handleSerror(machine, entry, esr) : handleSync(machine, pe, entry, esr);
}
