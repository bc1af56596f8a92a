/** Data and Instruction Aborts taken from a Realm at stage 2 (RMM 1.0, `rec_exit.data_abort` and `.instruction_abort`). */
import { type Pe, readSysreg } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { currentRegime, translateForDebugger } from '../../translation/translation';
import { ipaLimit, isProtected, type RealmSpace } from '../realm/rd';
import { REC, setRecField } from '../rec/rec';
import { Hipas, hipasOf, Ripas, ripasOf } from '../rtt/descriptor';
import { PAGE_LEVEL } from '../rtt/geometry';
import { walkRtt } from '../rtt/walk';
import type { RecEntry, RecExit } from '../state';
import { injectAddressSizeFault, injectExternalAbort } from './inject';
import { writtenValue } from './mmio';
import { panic } from './panic';
import { ESR_MASK, ExitReason, errorType, faultingIpa, hasInstructionSyndrome, isExternalAbort } from './syndrome';

/** RIPAS of a Protected IPA. */
export function ripasAt(machine: Machine, space: RealmSpace, ipa: number): Ripas {
  return ripasOf(walkRtt(machine.memory, space, ipa, PAGE_LEVEL).lo);
}

/** SET: what is left of the PE's state. */
const ErrorType = { UER: 0, UC: 2 } as const;

/** A recoverable error is the Realm's, too; one that cannot be contained is the end. */
function externalAbort(machine: Machine, pe: Pe, esr: bigint, far: bigint): RecExit | 'fatal' {
  const type = errorType(esr);
  if (type === ErrorType.UC) return panic(machine, 'an external abort that cannot be contained', esr);
  if (type === ErrorType.UER) injectExternalAbort(machine, pe, esr, far);
  return { reason: ExitReason.Sync, esr: esr & ESR_MASK.nonEmulatable };
}

const INSTRUCTION_ABORT = 0x20n;
const WNR = 1n << 6n;
const CM = 1n << 8n;

/**
 * Level of the stage 1 lookup that gave an address beyond the IPA space: of the leaf, or of the table above where the walk
 * itself went astray. 0 for the table base, and where stage 1 is off.
 */
function stage1Level(machine: Machine, pe: Pe, esr: bigint, far: bigint): number {
  const el = (readSysreg(pe, 'SPSR_EL2') & 0xfn) === 0n ? 0 : 1;
  const write = (esr & WNR) !== 0n && (esr & CM) === 0n;
  const kind = esr >> 26n === INSTRUCTION_ABORT ? 'fetch' : write ? 'write' : 'read';
  const { steps = [] } = translateForDebugger(machine, currentRegime(machine, pe, 1), far, { kind, el, explain: true });
  return steps.filter(({ stage, level }) => stage === 'stage 1' && level !== undefined).at(-1)?.level ?? 0;
}

/** The Realm's own mistake: its stage 1 gave an address that it does not have. */
function beyondIpaSpace(machine: Machine, pe: Pe, esr: bigint, far: bigint): null {
  injectAddressSizeFault(machine, pe, esr, far, stage1Level(machine, pe, esr, far));
  return null;
}

const isMappedNs = (machine: Machine, space: RealmSpace, ipa: number): boolean => {
  const { lo, hi, level } = walkRtt(machine.memory, space, ipa, PAGE_LEVEL);
  return hipasOf(lo, hi, level) === Hipas.AssignedNs;
};

/** The Host can stand in for an access that says what it is; where memory is mapped it is a choice of the RMM. */
const isEmulatable = (machine: Machine, space: RealmSpace, ipa: number, esr: bigint): boolean =>
  hasInstructionSyndrome(esr) && (machine.platform.rmm.emulateMapped || !isMappedNs(machine, space, ipa));

/** Null when the Realm goes on (with an exception of its own). */
export function handleDataAbort(
  machine: Machine,
  pe: Pe,
  entry: RecEntry,
  space: RealmSpace,
): RecExit | 'fatal' | null {
  const esr = readSysreg(pe, 'ESR_EL2');
  const far = readSysreg(pe, 'FAR_EL2');
  const hpfar = readSysreg(pe, 'HPFAR_EL2');
  if (isExternalAbort(esr)) return externalAbort(machine, pe, esr, far);
  const ipa = faultingIpa(hpfar);
  if (ipa >= ipaLimit(space.ipaWidth)) return beyondIpaSpace(machine, pe, esr, far);
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

export function handleInstructionAbort(machine: Machine, pe: Pe, space: RealmSpace): RecExit | 'fatal' | null {
  const esr = readSysreg(pe, 'ESR_EL2');
  const far = readSysreg(pe, 'FAR_EL2');
  const hpfar = readSysreg(pe, 'HPFAR_EL2');
  if (isExternalAbort(esr)) return externalAbort(machine, pe, esr, far);
  const ipa = faultingIpa(hpfar);
  if (ipa >= ipaLimit(space.ipaWidth)) return beyondIpaSpace(machine, pe, esr, far);
  if (!isProtected(space, ipa) || ripasAt(machine, space, ipa) === Ripas.Empty) {
    injectExternalAbort(machine, pe, esr, far);
    return null;
  }
  return { reason: ExitReason.Sync, esr: esr & ESR_MASK.nonEmulatable, hpfar };
}
