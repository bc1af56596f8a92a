/** What can go wrong in a run, as filters of the Breakpoints view. */
import type { DebugProtocol } from '@vscode/debugprotocol';

export const EXCEPTION_FILTERS: readonly (DebugProtocol.ExceptionBreakpointsFilter & {
  readonly filter: FilterName;
})[] = [
  {
    filter: 'guest-fault',
    label: 'Guest faults',
    description: 'The Realm takes a synchronous abort, an undefined instruction or another exception that is no call.',
    default: true,
  },
  {
    filter: 'command-failed',
    label: 'Failed RMI and RSI commands',
    description: 'An RMI, RSI or PSCI command returns another status than success.',
    default: false,
  },
  {
    filter: 'granule-protection-fault',
    label: 'Granule protection faults',
    description: 'An access was refused by the granule protection check.',
    default: true,
  },
];

export type FilterName = 'guest-fault' | 'command-failed' | 'granule-protection-fault';

const CLASSES: Readonly<Record<number, string>> = {
  0: 'undefined instruction',
  14: 'illegal execution state',
  30: 'granule protection exception',
  32: 'instruction abort from a lower EL',
  33: 'instruction abort',
  34: 'PC alignment fault',
  36: 'data abort from a lower EL',
  37: 'data abort',
  38: 'SP alignment fault',
  47: 'SError',
  60: 'BRK instruction',
};

const INSTRUCTION_ABORT = 32;
const DATA_ABORT_SAME_EL = 37;
const GRANULE_PROTECTION_EXCEPTION = 30;

/** ESR_ELx.EC. */
export const exceptionClass = (esr: bigint): number => Number((esr >> 26n) & 63n);

export const isAbort = (ec: number): boolean =>
  ec >= INSTRUCTION_ABORT && ec <= DATA_ABORT_SAME_EL && ec !== 34 && ec !== 35;

/** True for a granule protection fault: EC 0x1E, or an abort whose status code is one of the GPF codes (Arm ARM, DFSC). */
export function isGranuleProtectionFault(esr: bigint): boolean {
  const ec = exceptionClass(esr);
  if (ec === GRANULE_PROTECTION_EXCEPTION) return true;
  const status = Number(esr & 63n);
  return isAbort(ec) && status >= 0b100011 && status <= 0b101000;
}

/** Words for an exception that is a fault of the code it came from; undefined for calls, traps and interrupts. */
export function faultOf(esr: bigint): string | undefined {
  return CLASSES[exceptionClass(esr)];
}
