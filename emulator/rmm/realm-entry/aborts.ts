/** Data and Instruction Aborts taken from a Realm at stage 2 (RMM 1.0, `rec_exit.data_abort` and `.instruction_abort`). */
import { type Pe, readSysreg } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { ipaLimit, isProtected, type RealmSpace } from '../realm/rd';
import { REC, setRecField } from '../rec/rec';
import { Hipas, hipasOf, Ripas, ripasOf } from '../rtt/descriptor';
import { PAGE_LEVEL } from '../rtt/geometry';
import { walkRtt } from '../rtt/walk';
import type { RecEntry, RecExit } from '../state';
import { injectAddressSizeFault, injectExternalAbort } from './inject';
import { writtenValue } from './mmio';
import { ESR_MASK, ExitReason, errorType, faultingIpa, hasInstructionSyndrome, isExternalAbort } from './syndrome';

/** RIPAS of a Protected IPA. */
export function ripasAt(machine: Machine, space: RealmSpace, ipa: number): Ripas {
  return ripasOf(walkRtt(machine.memory, space, ipa, PAGE_LEVEL).lo);
}

/** SET says what is left of the PE's state: UER also tells the Realm. */
function externalAbort(machine: Machine, pe: Pe, esr: bigint, far: bigint): RecExit {
  const UER = 0;
  if (errorType(esr) === UER) injectExternalAbort(machine, pe, esr, far);
  return { reason: ExitReason.Sync, esr: esr & ESR_MASK.nonEmulatable };
}

const isMappedNs = (machine: Machine, space: RealmSpace, ipa: number): boolean => {
  const { lo, hi, level } = walkRtt(machine.memory, space, ipa, PAGE_LEVEL);
  return hipasOf(lo, hi, level) === Hipas.AssignedNs;
};

/** The Host can stand in for an access that says what it is; where memory is mapped it is a choice of the RMM. */
const isEmulatable = (machine: Machine, space: RealmSpace, ipa: number, esr: bigint): boolean =>
  hasInstructionSyndrome(esr) && (machine.platform.rmm.emulateMapped || !isMappedNs(machine, space, ipa));

/** Null when the Realm goes on (with an exception of its own). */
export function handleDataAbort(machine: Machine, pe: Pe, entry: RecEntry, space: RealmSpace): RecExit | null {
  const esr = readSysreg(pe, 'ESR_EL2');
  const far = readSysreg(pe, 'FAR_EL2');
  const hpfar = readSysreg(pe, 'HPFAR_EL2');
  if (isExternalAbort(esr)) return externalAbort(machine, pe, esr, far);
  const ipa = faultingIpa(hpfar);
  if (ipa >= ipaLimit(space.ipaWidth)) {
    injectAddressSizeFault(machine, pe, esr, far);
    return null;
  }
  if (isProtected(space, ipa)) {
    if (ripasAt(machine, space, ipa) === Ripas.Empty) {
      injectExternalAbort(machine, pe, esr, far);
      return null;
    }
    return { reason: ExitReason.Sync, esr: esr & ESR_MASK.nonEmulatable, hpfar };
  }
  setRecField(machine, entry.rec, REC.injectable, 1);
  if (!isEmulatable(machine, space, ipa, esr)) {
    return { reason: ExitReason.Sync, esr: esr & ESR_MASK.nonEmulatableUnprotected, hpfar };
  }
  setRecField(machine, entry.rec, REC.emulatable, 1);
  return {
    reason: ExitReason.Sync,
    esr: esr & ESR_MASK.emulatable,
    far: far & 0xfffn,
    hpfar,
    gprs: [writtenValue(pe, esr)],
  };
}

export function handleInstructionAbort(machine: Machine, pe: Pe, space: RealmSpace): RecExit | null {
  const esr = readSysreg(pe, 'ESR_EL2');
  const far = readSysreg(pe, 'FAR_EL2');
  const hpfar = readSysreg(pe, 'HPFAR_EL2');
  if (isExternalAbort(esr)) return externalAbort(machine, pe, esr, far);
  const ipa = faultingIpa(hpfar);
  if (ipa >= ipaLimit(space.ipaWidth)) {
    injectAddressSizeFault(machine, pe, esr, far);
    return null;
  }
  if (!isProtected(space, ipa) || ripasAt(machine, space, ipa) === Ripas.Empty) {
    injectExternalAbort(machine, pe, esr, far);
    return null;
  }
  return { reason: ExitReason.Sync, esr: esr & ESR_MASK.nonEmulatable, hpfar };
}
