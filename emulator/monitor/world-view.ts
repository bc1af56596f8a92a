/** Looking at a world that a PE is not in: its registers lie in Root memory (`context.ts`) and are put in place for the look. */
import type { Pe } from '../cpu/pe';
import { sysregOffset } from '../cpu/sysreg/sysreg';
import type { Machine } from '../machine/machine';
import { PE_AREA_SIZE, peBase } from '../memory/map';
import { peekBytes } from '../memory/memory';
import { encryptionContext, Pas } from '../memory/pas';
import { CONTEXT_SIZE, contextPage, placeContext, type World } from './context';

/** SCR_EL3.{NSE,NS} that select each world. */
const SELECTS: Readonly<Record<World, bigint>> = {
  [Pas.Secure]: 0n,
  [Pas.NonSecure]: 1n,
  [Pas.Realm]: (1n << 62n) | 1n,
};

/**
 * Gives the result of `look`, which sees the PE with a world's saved registers in it: X0 to X30, SPs, ELR_EL3 and
 * SPSR_EL3 (where the world goes on), and its system registers. `look` must only read, and keep nothing of the PE: the
 * registers are back in their places afterwards, and no cached translation was touched.
 */
export function viewWorld<T>(machine: Machine, pe: Pe, world: World, look: () => T): T {
  const base = peBase(pe.index);
  const bytes = machine.memory.bytes();
  const before = bytes.slice(base, base + PE_AREA_SIZE);
  const context = peekBytes(
    machine.memory,
    encryptionContext(Pas.Root),
    contextPage(machine, pe.index, world),
    CONTEXT_SIZE,
  );
  try {
    placeContext(bytes, base, context);
    const view = machine.memory.view();
    const at = base + sysregOffset('SCR_EL3');
    const scr = view.getBigUint64(at, true) & ~((1n << 62n) | 1n);
    view.setBigUint64(at, scr | SELECTS[world], true);
    return look();
  } finally {
    machine.memory.bytes().set(before, base);
  }
}
