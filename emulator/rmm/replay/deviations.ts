/**
 * Where we follow the specification and the recorded RMM did something else. A rule says exactly which values may
 * differ, and how: whatever else differs in the same call stays a mismatch.
 */
import { pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { isProtected, realmSpace } from '../realm/rd';
import {
  accessSyndrome,
  ESR_MASK,
  ExceptionClass,
  exceptionClass,
  faultingIpa,
  hasInstructionSyndrome,
  isExternalAbort,
} from '../realm-entry/syndrome';
import { recOwner } from '../rec/rec';
import type { Mismatch } from './compare';
import { argumentOf, functionOf } from './decode';
import { type CallLine, pageBytes, type RealmStay } from './trace';

/** A value that a rule lets differ: recorded and ours. */
type Difference = readonly [what: string, recorded: bigint, ours: bigint];

export interface Deviation {
  readonly id: string;
  readonly command: string;
  /** Row of `disagreements` of the specification's extract, in its words. */
  readonly topic: string;
  /** When it holds. */
  readonly condition: string;
  /** What differs, and who says what. */
  readonly reason: string;
  /** The values that may differ in this call; empty when the condition does not hold. */
  readonly differences: (machine: Machine, line: CallLine) => readonly Difference[];
}

/** The exception that ended a REC entry, with the registers of the Realm at that moment. */
function lastStay(line: CallLine): RealmStay | undefined {
  return line.realm?.at(-1);
}

const registerAt = (stay: RealmStay, register: number): bigint =>
  BigInt(stay.do.set?.[`x${register}`] ?? stay.x?.[register] ?? 0);

/** What MMIO emulation would give the Host, whether or not the syndrome means anything. */
function writtenValue(stay: RealmStay, esr: bigint): bigint {
  const { write, register, size } = accessSyndrome(esr);
  return write && register !== 31 ? BigInt.asUintN(8 * size, registerAt(stay, register)) : 0n;
}

function unprotectedAbort(machine: Machine, line: CallLine): readonly Difference[] {
  const stay = lastStay(line);
  if (stay?.do.exc !== 'sync') return [];
  const esr = BigInt(stay.do.esr ?? 0);
  const ours =
    exceptionClass(esr) === ExceptionClass.dataAbort && !hasInstructionSyndrome(esr) && !isExternalAbort(esr);
  if (!ours) return [];
  const rec = pa(Number(argumentOf(line, 1)));
  if (isProtected(realmSpace(machine, recOwner(machine, rec)), faultingIpa(BigInt(stay.do.hpfar ?? 0)))) return [];
  return [
    ['exit.esr', esr & ESR_MASK.emulatable, esr & ESR_MASK.nonEmulatableUnprotected],
    ['exit.far', BigInt(stay.do.far ?? 0) & 0xfffn, 0n],
    ['exit.gprs[0]', writtenValue(stay, esr), 0n],
  ];
}

/** Of RmiRecExit, in the run page. */
const ESR_OFFSET = 0x900;
const HPFAR_OFFSET = 0x910;

const SERROR_WITHOUT_CLASS = 0x0100_1e3fn;

function serror(_machine: Machine, line: CallLine): readonly Difference[] {
  const stay = lastStay(line);
  if (stay?.do.exc !== 'serror') return [];
  const esr = BigInt(stay.do.esr ?? 0);
  return [['exit.esr', esr & SERROR_WITHOUT_CLASS, esr & ESR_MASK.serror]];
}

const RSI_HOST_CALL = 0xc400_0199;

const isHostCall = (stay: RealmStay): boolean =>
  exceptionClass(BigInt(stay.do.esr ?? 0)) === ExceptionClass.smc && functionOf(registerAt(stay, 0)) === RSI_HOST_CALL;

/** The block is looked for when the Realm calls, and again before it is entered with the Host's answer. */
function hostCallBuffer(_machine: Machine, line: CallLine): readonly Difference[] {
  const stay = lastStay(line);
  const page = line.out?.[0];
  if (page === undefined || (stay !== undefined && !isHostCall(stay))) return [];
  const exit = new DataView(pageBytes(page).buffer);
  const isBufferFault = exit.getBigUint64(ESR_OFFSET, true) >> 3n === (BigInt(ExceptionClass.dataAbort) << 26n) >> 3n;
  const hpfar = exit.getBigUint64(HPFAR_OFFSET, true);
  return isBufferFault ? [['exit.hpfar', hpfar, hpfar & ~0xfn]] : [];
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    id: 'unprotected-abort',
    command: 'RMI_REC_ENTER',
    topic: 'ESR IL for a non-emulatable Data Abort at an Unprotected IPA',
    condition: 'left by a Data Abort without a valid syndrome (ISV 0) at an Unprotected IPA',
    reason:
      'The Host sees IL in exit.esr, and exit.far and exit.gprs[0] are zero. TF-RMM up to 0.8 masks exit.esr as if the ' +
      'access could be emulated: no IL, WnR and the other bits of an invalid syndrome, exit.far bits 11:0, and a ' +
      'register in exit.gprs[0]. TF-RMM 0.9 does as we do.',
    differences: unprotectedAbort,
  },
  {
    id: 'serror-class',
    command: 'RMI_REC_ENTER',
    topic: 'EC in exit.esr for SError',
    condition: 'left by a physical SError',
    reason: 'The Host sees the exception class in exit.esr, as the compliance suite expects; TF-RMM hides it.',
    differences: serror,
  },
  {
    id: 'host-call-hpfar',
    command: 'RMI_REC_ENTER',
    topic: 'rec_exit: rsi_buffer_fault',
    condition: 'left because the block of an RSI_HOST_CALL is not mapped, and the block begins inside a page',
    reason: 'exit.hpfar holds the address of the page; TF-RMM leaves bits 11:8 of the address in its bits 3:0.',
    differences: hostCallBuffer,
  },
];

const text = (value: bigint): string => `0x${value.toString(16)}`;

/** The rule that explains something in a call, and what it leaves unexplained. Null when none does. */
export interface Explained {
  readonly deviation: Deviation;
  readonly mismatches: readonly Mismatch[];
}

export function explainMismatches(
  machine: Machine,
  line: CallLine,
  command: string | undefined,
  found: readonly Mismatch[],
): Explained | null {
  // Every rule is about what a successful call shows: one that was or is refused has nothing to compare in detail.
  if (BigInt(line.ret[0] ?? 0) !== 0n || found.some(({ what }) => what === 'X0')) return null;
  for (const deviation of DEVIATIONS) {
    if (deviation.command !== command) continue;
    const allowed = deviation.differences(machine, line);
    const left = found.filter(
      ({ what, expected, actual }) =>
        !allowed.some(
          ([name, recorded, ours]) => name === what && text(recorded) === expected && text(ours) === actual,
        ),
    );
    if (left.length < found.length) return { deviation, mismatches: left };
  }
  return null;
}
