import { pa } from '../../../emulator/address';
import { handleExit } from '../../../emulator/cpu/exceptions/exceptions';
import { Exit } from '../../../emulator/cpu/exit';
import { EXIT_ARG0, EXIT_WORD } from '../../../emulator/cpu/layout';
import { type Pe, restorePe, savePe, writePc, writePstate, writeSysreg } from '../../../emulator/cpu/pe';
import { type SysregName, sysregRow } from '../../../emulator/cpu/sysreg/sysreg';
import { createMachine } from '../../../emulator/machine/create';
import type { Machine } from '../../../emulator/machine/machine';
import type { Saved } from '../../../emulator/machine/saved';
import { peBase } from '../../../emulator/memory/map';
import { writeU32 } from '../../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../../emulator/memory/pas';

export const NS = encryptionContext(Pas.NonSecure);
export const CODE = 0x8800_0000;
const SCR_WORLD: Readonly<Record<number, bigint>> = {
  [Pas.NonSecure]: 1n,
  [Pas.Realm]: 1n | (1n << 62n),
  [Pas.Secure]: 1n << 18n,
};
/** What EL3 firmware sets for A64 below it, with pointer authentication. */
const SCR_BASE = 0x40_0003_0500n;

export interface Bench {
  readonly machine: Machine;
  readonly pe: Pe;
}

let shared: { readonly machine: Machine; readonly initial: Saved } | undefined;

/**
 * A machine without a Host whose PE 0 is at an EL of a Security state, PC at CODE. It is one machine for all tests of a
 * file, with its PE as after power on; memory is not.
 */
export function bench(el = 2, security: Pas = Pas.NonSecure, pstate = 0): Bench {
  if (shared === undefined) {
    const machine = createMachine({ platform: 'fvp' });
    shared = { machine, initial: savePe(machine.pes[0] as Pe) };
  }
  const { machine, initial } = shared;
  const pe = machine.pes[0] as Pe;
  restorePe(pe, initial);
  machine.clock.ticks = 0;
  place({ machine, pe }, el, security, pstate);
  return { machine, pe };
}

/** Puts the PE at an EL (ELxh; EL0t) of a Security state with more PSTATE bits. */
export function place({ pe }: Bench, el: number, security: Pas = Pas.NonSecure, pstate = 0): void {
  writeSysreg(pe, 'SCR_EL3', SCR_BASE | (SCR_WORLD[security] ?? 1n));
  writePstate(pe, (el << 2) | (el === 0 ? 0 : 1) | pstate);
  writePc(pe, BigInt(CODE));
  pe.runner = 'a64';
}

/** What the interpreter would leave, finished. */
export function exits({ machine, pe }: Bench, exit: Exit, word = 0, argument = 0n): void {
  const view = machine.memory.view();
  view.setUint32(peBase(pe.index) + EXIT_WORD, word, true);
  view.setBigUint64(peBase(pe.index) + EXIT_ARG0, argument, true);
  handleExit(machine, pe, exit);
}

/** Writes instruction words at CODE. */
export function program({ machine }: Bench, words: readonly number[], at = CODE): void {
  words.forEach((word, index) => {
    writeU32(machine.memory, NS, pa(at + 4 * index), word);
  });
}

const fieldsOf = (name: SysregName): number => {
  const [op0, op1, crn, crm, op2] = sysregRow(name).encoding;
  return ((op0 & 3) << 19) | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5);
};
export const mrs = (rt: number, name: SysregName): number => (0xd520_0000 | fieldsOf(name) | rt) >>> 0;
export const msr = (name: SysregName, rt: number): number => (0xd500_0000 | fieldsOf(name) | rt) >>> 0;
export const sys = (op1: number, crn: number, crm: number, op2: number, rt = 31): number =>
  (0xd508_0000 | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5) | rt) >>> 0;

export { Exit };
