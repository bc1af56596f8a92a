/**
 * World contexts: the registers of a world that a PE is not in, one granule of Root memory for each PE and world. The
 * layout is that of the PE area (`cpu/layout.ts`), packed: X0..X30, an unused word, SP_EL0..SP_EL2, V0..V31, then
 * ELR_EL3, SPSR_EL3 and the system registers that the table marks as banked, in storage order.
 *
 * Registers are copied as bytes. That leaves cached translations valid: a world's registers come back as they were when
 * its translations were cached, and each world has TLB banks of its own.
 */
import { type Granule, granuleOf, type Pa, pa } from '../address';
import { SP, V, X } from '../cpu/layout';
import type { Pe } from '../cpu/pe';
import { WORLD_CONTEXT } from '../cpu/sysreg/sysreg';
import type { Machine } from '../machine/machine';
import { peBase } from '../memory/map';
import { touchPage } from '../memory/memory';
import { encryptionContext, Pas } from '../memory/pas';

export type World = typeof Pas.NonSecure | typeof Pas.Realm | typeof Pas.Secure;

const ROOT = encryptionContext(Pas.Root);
const WORLDS = 4;

/** The two runs of bytes of the PE area: from X0 to SP_EL2, and from V0 to the last banked system register. */
const CORE = { from: X, length: SP + 3 * 8 - X } as const;
const REST = { from: V, length: WORLD_CONTEXT.from + WORLD_CONTEXT.length - V } as const;

/** Bytes of a context. */
export const CONTEXT_SIZE = CORE.length + REST.length;

/** Where a PE's context of a world lies. */
export const contextPage = (machine: Machine, pe: number, world: World): Pa =>
  pa(machine.platform.root.base + (pe * WORLDS + world) * 4096);

const pageOf = (machine: Machine, pe: Pe, world: World, forWrite: boolean): number => {
  const granule: Granule = granuleOf(contextPage(machine, pe.index, world));
  return touchPage(machine.memory, ROOT, granule, forWrite);
};

/** Returns the WebAssembly address of the context: X0 comes first. */
export function saveWorld(machine: Machine, pe: Pe, world: World): number {
  const to = pageOf(machine, pe, world, true);
  const bytes = machine.memory.bytes();
  const base = peBase(pe.index);
  bytes.copyWithin(to, base + CORE.from, base + CORE.from + CORE.length);
  bytes.copyWithin(to + CORE.length, base + REST.from, base + REST.from + REST.length);
  return to;
}

/** The caller derives what depends on the registers (`derive`), as every exception return does. */
export function restoreWorld(machine: Machine, pe: Pe, world: World): void {
  const from = pageOf(machine, pe, world, false);
  const bytes = machine.memory.bytes();
  const base = peBase(pe.index);
  bytes.copyWithin(base + CORE.from, from, from + CORE.length);
  bytes.copyWithin(base + REST.from, from + CORE.length, from + CONTEXT_SIZE);
}

/** Puts a copy of a context where the registers of the PE at `base` are: for a look, see `world-view.ts`. */
export function placeContext(bytes: Uint8Array, base: number, context: Uint8Array): void {
  bytes.set(context.subarray(0, CORE.length), base + CORE.from);
  bytes.set(context.subarray(CORE.length), base + REST.from);
}
