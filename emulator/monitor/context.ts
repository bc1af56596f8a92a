/**
 * World contexts: the registers of a world that a PE is not in, one granule of Root memory for each PE and world. The
 * layout is that of the PE area (`cpu/layout.ts`), packed: X0..X30, SP_EL0..SP_EL2, V0..V31, ELR_EL3, SPSR_EL3, then the
 * system registers that the table marks as banked, in storage order.
 *
 * Registers are copied as bytes. That leaves cached translations valid: a world's registers come back as they were when
 * its translations were cached, and each world has TLB banks of its own.
 */
import { type Granule, granuleOf, type Pa, pa } from '../address';
import { SP, V, X } from '../cpu/layout';
import { derive, type Pe } from '../cpu/pe';
import { type SysregName, sysregOffset, WORLD_BANKED } from '../cpu/sysreg/sysreg';
import type { Machine } from '../machine/machine';
import { peBase } from '../memory/map';
import { touchPage } from '../memory/memory';
import { encryptionContext, Pas } from '../memory/pas';

export type World = typeof Pas.NonSecure | typeof Pas.Realm | typeof Pas.Secure;

const ROOT = encryptionContext(Pas.Root);
const WORLDS = 4;

/** A run of bytes of the PE area. */
interface Run {
  readonly from: number;
  readonly length: number;
}

/** Neighbouring registers in one run each. */
function runs(): readonly Run[] {
  const names: readonly SysregName[] = ['ELR_EL3', 'SPSR_EL3', ...WORLD_BANKED];
  const all: Run[] = [
    { from: X, length: 31 * 8 },
    { from: SP, length: 3 * 8 },
    { from: V, length: 512 },
  ];
  for (const name of names) {
    const from = sysregOffset(name);
    const last = all[all.length - 1] as Run;
    if (last.from + last.length === from) all[all.length - 1] = { from: last.from, length: last.length + 8 };
    else all.push({ from, length: 8 });
  }
  return all;
}

const RUNS = runs();

/** Where a PE's context of a world lies. */
export const contextPage = (machine: Machine, pe: number, world: World): Pa =>
  pa(machine.platform.root.base + (pe * WORLDS + world) * 4096);

const pageOf = (machine: Machine, pe: Pe, world: World, forWrite: boolean): number => {
  const granule: Granule = granuleOf(contextPage(machine, pe.index, world));
  return touchPage(machine.memory, ROOT, granule, forWrite);
};

export function saveWorld(machine: Machine, pe: Pe, world: World): void {
  let to = pageOf(machine, pe, world, true);
  const bytes = machine.memory.bytes();
  const base = peBase(pe.index);
  for (const { from, length } of RUNS) {
    bytes.copyWithin(to, base + from, base + from + length);
    to += length;
  }
}

export function restoreWorld(machine: Machine, pe: Pe, world: World): void {
  let from = pageOf(machine, pe, world, false);
  const bytes = machine.memory.bytes();
  const base = peBase(pe.index);
  for (const run of RUNS) {
    bytes.copyWithin(base + run.from, from, from + run.length);
    from += run.length;
  }
  derive(pe);
}

/** Bytes of a context. */
export const CONTEXT_SIZE = RUNS.reduce((sum, { length }) => sum + length, 0);
