/** Words for REC exits that the Host cannot serve. */
import { encodingKey } from '../cpu/sysreg/row';
import { sysregByEncoding } from '../cpu/sysreg/sysreg';
import { formatAddress } from '../format';
import type { RealmLayout } from './layout';
import type { RecExit } from './rmi';

const EC_WFX = 0x01;
const EC_SYSREG = 0x18;
const EC_INSTRUCTION_ABORT = 0x20;
const EC_DATA_ABORT = 0x24;

export interface Abort {
  readonly kind: 'instruction' | 'data';
  readonly ipa: number;
  /** ISV: the RMM tells enough for the Host to emulate the access. */
  readonly emulatable: boolean;
  readonly write: boolean;
  /** Bytes, when emulatable. */
  readonly size: number;
}

const bit = (value: bigint, at: number): boolean => ((value >> BigInt(at)) & 1n) === 1n;
const exceptionClass = (esr: bigint): number => Number((esr >> 26n) & 0x3fn);

/** The abort of a synchronous exit; undefined for anything else (Arm ARM, ESR_EL2 and HPFAR_EL2). */
export function abortOf(exit: RecExit): Abort | undefined {
  const ec = exceptionClass(exit.esr);
  if (ec !== EC_DATA_ABORT && ec !== EC_INSTRUCTION_ABORT) return undefined;
  // HPFAR_EL2.FIPA: IPA bits 51:12 at bits 43:4 and up; the rest of the IPA is in FAR, where the RMM shows it.
  const page = Number((exit.hpfar >> 4n) & 0xff_ffff_ffffn) * 0x1000;
  return {
    kind: ec === EC_DATA_ABORT ? 'data' : 'instruction',
    ipa: page + Number(exit.far & 0xfffn),
    emulatable: ec === EC_DATA_ABORT && bit(exit.esr, 24),
    write: ec === EC_DATA_ABORT && bit(exit.esr, 6),
    size: 2 ** Number((exit.esr >> 22n) & 3n),
  };
}

export const isWaitExit = (exit: RecExit): boolean => exceptionClass(exit.esr) === EC_WFX;

function accessText(abort: Abort): string {
  if (abort.kind === 'instruction') return `fetched an instruction from IPA ${formatAddress(abort.ipa)}`;
  if (!abort.emulatable) return `accessed IPA ${formatAddress(abort.ipa)}`;
  return `${abort.write ? 'wrote' : 'read'} ${abort.size} byte(s) at IPA ${formatAddress(abort.ipa)}`;
}

/** Why an abort ends the Realm. */
export function explainAbort(layout: RealmLayout, abort: Abort, exit: RecExit): string {
  const half = abort.ipa >= 2 ** (layout.ipaWidth - 1) ? 'Unprotected' : 'Protected';
  const ram = `${formatAddress(layout.ramBase)} to ${formatAddress(layout.ramTop)}`;
  const why =
    half === 'Unprotected'
      ? 'no device of the built-in Host is there'
      : abort.ipa >= layout.ramBase && abort.ipa < layout.ramTop
        ? 'its RIPAS is DESTROYED, or memory was given there before'
        : `the Realm's RAM is ${ram}`;
  return `The guest ${accessText(abort)} (${half}): ${why}. ESR ${formatAddress(exit.esr)}.`;
}

/** The value a guest wrote to ICC_SGI1R_EL1; undefined for any other exit. */
export function sgiOf(exit: RecExit): bigint | undefined {
  if (exceptionClass(exit.esr) !== EC_SYSREG || bit(exit.esr, 0)) return undefined;
  return sysregAccess(exit.esr).name === 'ICC_SGI1R_EL1' ? exit.gprs[0] : undefined;
}

/** The register of a trapped MSR or MRS (Arm ARM, ISS encoding of EC 0x18). */
function sysregAccess(esr: bigint): { verb: string; name: string } {
  const bits = (low: bigint, mask: bigint): number => Number((esr >> low) & mask);
  const [op0, op1, crn, crm, op2] = [bits(20n, 3n), bits(14n, 7n), bits(10n, 15n), bits(1n, 15n), bits(17n, 7n)];
  const row = sysregByEncoding(encodingKey(op0, op1, crn, crm, op2));
  return {
    verb: bit(esr, 0) ? 'read' : 'wrote',
    name: row?.name ?? `the register S${op0}_${op1}_C${crn}_C${crm}_${op2}`,
  };
}

export function explainUnexpected(exit: RecExit): string {
  if (exit.reason === undefined) return `The RMM gave exit reason ${exit.code}, which RMM 1.0 does not have.`;
  if (exit.reason === 'SERROR') return `The Realm was left by an SError. ESR ${formatAddress(exit.esr)}.`;
  const ec = exceptionClass(exit.esr);
  if (ec === EC_SYSREG) {
    const { verb, name } = sysregAccess(exit.esr);
    return `The guest ${verb} ${name}, which the RMM leaves to the Host: the built-in Host sends SGIs written to ICC_SGI1R_EL1, and no others.`;
  }
  return `The Realm was left by an exception the Host does not expect: EC 0x${ec.toString(16)}, ESR ${formatAddress(exit.esr)}.`;
}
