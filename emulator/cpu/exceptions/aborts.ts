/** Instruction and Data Aborts and granule protection exceptions: where they go and with which syndrome. */
import type { Machine } from '../../machine/machine';
import { readU32 } from '../../memory/memory';
import { Pas } from '../../memory/pas';
import { abortIss, faultStatus, hpfarOf } from '../../translation/syndrome';
import { currentRegime, translateForDebugger } from '../../translation/translate';
import type { Fault } from '../../translation/types';
import { currentEl, el2Enabled, type Pe, readPc, readSysreg, writeSysreg } from '../pe';
import { ExceptionClass, syndrome } from './classes';
import { takeException } from './take';

const has = (value: bigint, bit: number): boolean => ((value >> BigInt(bit)) & 1n) === 1n;
const SCR = { EA: 3, GPF: 48 } as const;
const HCR = { TGE: 27, TEA: 37, GPF: 48 } as const;

/** What the way of an abort depends on: a PE's own registers, or those of somebody who is not running. */
export interface AbortRouting {
  /** EL of the access. */
  readonly el: number;
  readonly scr: bigint;
  readonly hcr: bigint;
  readonly el2Enabled: boolean;
}

const routingOf = (pe: Pe): AbortRouting => ({
  el: currentEl(pe),
  scr: readSysreg(pe, 'SCR_EL3'),
  hcr: readSysreg(pe, 'HCR_EL2'),
  el2Enabled: el2Enabled(pe),
});

/** A GPC fault is an exception of its own at EL3 unless it is a plain GPF and SCR_EL3.GPF leaves that to its world. */
const goesToRoot = ({ scr }: AbortRouting, fault: Fault): boolean =>
  fault.kind === 'granule' && (fault.gpc?.kind !== 'gpf' || has(scr, SCR.GPF));

/** EL that takes an abort (Arm ARM, AArch64.Abort). */
export function abortTarget(routing: AbortRouting, fault: Fault): number {
  const { el, scr, hcr } = routing;
  if (goesToRoot(routing, fault)) return 3;
  if (fault.kind === 'external' && has(scr, SCR.EA)) return 3;
  if (el > 1) return el;
  const toEl2 =
    has(hcr, HCR.TGE) ||
    fault.stage === 2 ||
    (fault.kind === 'external' && has(hcr, HCR.TEA)) ||
    (fault.kind === 'granule' && has(hcr, HCR.GPF));
  return routing.el2Enabled && toEl2 ? 2 : 1;
}

/** GPCSC, bits 19:14 of the ISS of a granule protection check exception. */
function granuleStatus(fault: Fault): number {
  const level = fault.gpc?.level ?? 0;
  switch (fault.gpc?.kind) {
    case 'addressSize':
      return 0b000000 | level;
    case 'walk':
      return 0b000100 | level;
    case 'eabt':
      return 0b010100 | level;
    default:
      return 0b001100 | level;
  }
}

const PAS_BITS: Readonly<Record<Pas, bigint>> = {
  [Pas.Secure]: 0n,
  [Pas.NonSecure]: 1n << 63n,
  [Pas.Root]: 1n << 62n,
  [Pas.Realm]: 3n << 62n,
};

/** ESR_EL3 of a granule protection check exception. */
function granuleSyndrome(fault: Fault): bigint {
  const data = fault.access.kind !== 'fetch';
  const iss =
    (fault.stage === 2 && fault.onWalk ? 1n << 21n : 0n) |
    (data ? 0n : 1n << 20n) |
    (BigInt(granuleStatus(fault)) << 14n) |
    (fault.s1ptw ? 1n << 7n : 0n) |
    (fault.access.kind === 'write' ? 1n << 6n : 0n) |
    BigInt(faultStatus(fault));
  return syndrome(ExceptionClass.GranuleProtection, iss);
}

/** MFAR_EL3: the page that the granule protection check refused, and its PAS. */
const faultingGranule = (fault: Fault): bigint =>
  (BigInt(fault.pa ?? 0) & ~0xfffn) | PAS_BITS[fault.pas ?? Pas.NonSecure];

/** ESR_ELx of an abort; `word` of the instruction gives the instruction syndrome where the target has one. */
export function abortSyndrome(
  routing: AbortRouting,
  fault: Fault,
  word: number | undefined,
  cacheMaintenance = false,
): bigint {
  if (goesToRoot(routing, fault)) return granuleSyndrome(fault);
  const target = abortTarget(routing, fault);
  const lower = routing.el < target ? 0 : 1;
  const fetch = fault.access.kind === 'fetch';
  const ec = fetch ? ExceptionClass.InstructionAbortLower : ExceptionClass.DataAbortLower;
  const wantsWord = !fetch && target === 2 && fault.stage === 2 && !cacheMaintenance;
  const iss = abortIss(fault, wantsWord ? word : undefined, cacheMaintenance);
  return syndrome((ec + lower) as ExceptionClass, iss);
}

/** The instruction word at PC, as the PE fetched it; undefined when it cannot be read. */
export function instructionWord(machine: Machine, pe: Pe): number | undefined {
  const el = currentEl(pe);
  const to = translateForDebugger(machine, currentRegime(machine, pe, el), readPc(pe), { kind: 'fetch', el });
  return to.ok ? readU32(machine.memory, to.context, to.pa) : undefined;
}

/** Takes the exception of a fault of the instruction at PC; `word`: the instruction, where it is not in memory. */
export function takeAbort(machine: Machine, pe: Pe, fault: Fault, cacheMaintenance = false, word?: number): void {
  const routing = routingOf(pe);
  const target = abortTarget(routing, fault);
  const wantsWord = target === 2 && fault.stage === 2 && fault.access.kind !== 'fetch' && !cacheMaintenance;
  const esr = abortSyndrome(
    routing,
    fault,
    wantsWord ? (word ?? instructionWord(machine, pe)) : undefined,
    cacheMaintenance,
  );
  const root = goesToRoot(routing, fault);
  if (root) {
    writeSysreg(pe, 'MFAR_EL3', faultingGranule(fault));
    if (fault.stage === 2) writeSysreg(pe, 'HPFAR_EL2', hpfarOf(fault));
  }
  const hpfar = fault.stage === 2 && !root ? { hpfar: hpfarOf(fault) } : {};
  const common = { targetEl: target, kind: 'sync', far: fault.access.va, returnAddress: readPc(pe) } as const;
  takeException(machine, pe, { ...common, ...hpfar, esr });
}
