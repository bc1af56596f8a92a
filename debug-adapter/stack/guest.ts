/**
 * The A64 code that a PE stands in or goes back to: of the Realm it has entered, and of a Host that is an image. Registers
 * are as that code would see them, wherever the PE is just now.
 */
import type { Pa } from '../../emulator/address';
import {
  currentEl,
  type Pe,
  readPc,
  readPstate,
  readSp,
  readSysreg,
  readX,
  securityBelowEl3,
  securityState,
} from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { Pas } from '../../emulator/memory/pas';
import { viewWorld } from '../../emulator/monitor/world-view';
import { type Regime, regimeOf } from '../../emulator/translation/regime';
import type { FrameRegisters } from '../symbols/unwind';

export interface Guest {
  readonly pe: number;
  readonly world: typeof Pas.Realm | typeof Pas.NonSecure;
  /** The Realm and its REC; undefined for the Host. */
  readonly realm: { readonly rd: Pa; readonly rec: Pa } | undefined;
  readonly registers: FrameRegisters;
  /** SPSR form. */
  readonly pstate: number;
  readonly el: number;
  /** How its addresses are translated. */
  readonly regime: Regime;
  /** Where an exception was taken, when the code is at the very first instruction of a vector. */
  readonly interrupted: { readonly registers: FrameRegisters; readonly esr: bigint } | undefined;
}

/** The Host of this machine is an image, not the built-in one. */
export const hasHostImage = (machine: Machine): boolean => machine.host.config === undefined;

/** The code that goes on first on this PE: the Realm's when one is entered, else the Host's. */
export const guestOf = (machine: Machine, index: number): Guest | undefined =>
  realmOf(machine, index) ?? hostOf(machine, index);

/** All code of the PE, innermost first. */
export const guestsOf = (machine: Machine, index: number): Guest[] =>
  [realmOf(machine, index), hostOf(machine, index)].filter((each) => each !== undefined);

const elOf = (pstate: number): number => (pstate >>> 2) % 4;

/** The Realm entered on this PE, or undefined when none is. */
function realmOf(machine: Machine, index: number): Guest | undefined {
  const pe = machine.pes[index];
  const entry = machine.rmm.entries[index];
  if (!pe || !entry) return undefined;
  // While the RMM serves the Realm its X registers are still in the PE; PC and PSTATE are where the exception left them.
  const running = securityState(pe) === Pas.Realm && currentEl(pe) < 2;
  const from = running ? liveState(pe) : stateBelow(pe, 2);
  return guestWith(machine, pe, Pas.Realm, { rd: entry.rd, rec: entry.rec }, from);
}

/** The Host's own code, running or waiting for what it has called. */
function hostOf(machine: Machine, index: number): Guest | undefined {
  const pe = machine.pes[index];
  if (!pe || !hasHostImage(machine) || pe.runner === 'off') return undefined;
  if (securityBelowEl3(pe) !== Pas.NonSecure) {
    return viewWorld(machine, pe, Pas.NonSecure, () =>
      guestWith(machine, pe, Pas.NonSecure, undefined, stateBelow(pe, 3)),
    );
  }
  return guestWith(machine, pe, Pas.NonSecure, undefined, currentEl(pe) < 3 ? liveState(pe) : stateBelow(pe, 3));
}

interface Where {
  readonly pc: bigint;
  readonly pstate: number;
}

const liveState = (pe: Pe): Where => ({ pc: readPc(pe), pstate: readPstate(pe) });

/** Where an exception to EL2 or EL3 has left the code below. */
const stateBelow = (pe: Pe, el: 2 | 3): Where => ({
  pc: readSysreg(pe, `ELR_EL${el}`),
  pstate: Number(readSysreg(pe, `SPSR_EL${el}`) & 0xffff_ffffn),
});

function guestWith(
  machine: Machine,
  pe: Pe,
  world: Guest['world'],
  realm: Guest['realm'],
  { pc, pstate }: Where,
): Guest {
  const el = elOf(pstate);
  const x = Array.from({ length: 31 }, (_, n) => readX(pe, n));
  return {
    pe: pe.index,
    world,
    realm,
    registers: { pc, x: [...x, stackPointer(pe, pstate)] },
    pstate,
    el,
    regime: regimeOf(pe, machine.platform, world === Pas.Realm ? 1 : el),
    interrupted: interruptedAt(pe, pc, x, world === Pas.NonSecure && el === 2 ? 2 : 1),
  };
}

const VECTOR_SIZE = 0x80n;
const VECTORS_SIZE = 0x800n;

/** No instruction of the handler has run: all registers but SP are still those of the interrupted code. */
function interruptedAt(pe: Pe, pc: bigint, x: readonly bigint[], el: 1 | 2): Guest['interrupted'] {
  const vector = pc - readSysreg(pe, `VBAR_EL${el}`);
  const elr = readSysreg(pe, `ELR_EL${el}`);
  if (vector < 0n || vector >= VECTORS_SIZE || vector % VECTOR_SIZE !== 0n || elr === 0n) return undefined;
  const pstate = Number(BigInt.asUintN(32, readSysreg(pe, `SPSR_EL${el}`)));
  return { registers: { pc: elr, x: [...x, stackPointer(pe, pstate)] }, esr: readSysreg(pe, `ESR_EL${el}`) };
}

const stackPointer = (pe: Pe, pstate: number): bigint => readSp(pe, pstate % 2 === 1 ? elOf(pstate) : 0);
