/** The Realm that a PE has entered: its registers as the Realm would see them, wherever the PE is just now. */
import type { Pa } from '../../emulator/address';
import {
  currentEl,
  type Pe,
  readPc,
  readPstate,
  readSp,
  readSysreg,
  readX,
  securityState,
} from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { Pas } from '../../emulator/memory/pas';
import type { FrameRegisters } from '../symbols/unwind';

export interface Guest {
  readonly pe: number;
  readonly rd: Pa;
  readonly rec: Pa;
  readonly registers: FrameRegisters;
  /** SPSR form. */
  readonly pstate: number;
  readonly el: 0 | 1;
  /** Where an exception to EL1 was taken, when the guest is at the very first instruction of a vector. */
  readonly interrupted: { readonly registers: FrameRegisters; readonly esr: bigint } | undefined;
}

/** The Realm entered on this PE, or undefined when none is. */
export function guestOf(machine: Machine, index: number): Guest | undefined {
  const pe = machine.pes[index];
  const entry = machine.rmm.entries[index];
  if (!pe || !entry) return undefined;
  const running = securityState(pe) === Pas.Realm && currentEl(pe) < 2;
  // While the RMM serves the Realm its X registers are still in the PE; PC and PSTATE are where the exception left them.
  const pc = running ? readPc(pe) : readSysreg(pe, 'ELR_EL2');
  const pstate = running ? readPstate(pe) : Number(readSysreg(pe, 'SPSR_EL2') & 0xffff_ffffn);
  const el = (pstate >> 2) % 4 === 0 ? 0 : 1;
  const x = Array.from({ length: 31 }, (_, n) => readX(pe, n));
  return {
    pe: index,
    rd: entry.rd,
    rec: entry.rec,
    registers: { pc, x: [...x, stackPointer(pe, pstate, el)] },
    pstate,
    el,
    interrupted: interruptedAt(pe, pc, x),
  };
}

const VECTOR_SIZE = 0x80n;
const VECTORS_SIZE = 0x800n;

/** No instruction of the handler has run: all registers but SP are still those of the interrupted code. */
function interruptedAt(pe: Pe, pc: bigint, x: readonly bigint[]): Guest['interrupted'] {
  const vector = pc - readSysreg(pe, 'VBAR_EL1');
  if (vector < 0n || vector >= VECTORS_SIZE || vector % VECTOR_SIZE !== 0n || readSysreg(pe, 'ELR_EL1') === 0n)
    return undefined;
  const pstate = Number(BigInt.asUintN(32, readSysreg(pe, 'SPSR_EL1')));
  const sp = stackPointer(pe, pstate, (pstate >> 2) % 4 === 0 ? 0 : 1);
  return { registers: { pc: readSysreg(pe, 'ELR_EL1'), x: [...x, sp] }, esr: readSysreg(pe, 'ESR_EL1') };
}

const stackPointer = (pe: Pe, pstate: number, el: 0 | 1): bigint => readSp(pe, pstate % 2 === 1 ? el : 0);
