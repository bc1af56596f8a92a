/**
 * Episodes: a PE is put somewhere in random code, at an EL, with random registers, perhaps with translation set up at
 * random, and runs a little. What earlier episodes left of the system registers stays, so that odd states add up.
 */
import { pa } from '../../../emulator/address';
import {
  type Pe,
  peOf,
  readSysreg,
  securityState,
  writePc,
  writePstate,
  writeSp,
  writeSysreg,
  writeV,
  writeX,
} from '../../../emulator/cpu/pe';
import { sysregRow } from '../../../emulator/cpu/sysreg/sysreg';
import type { RunResult } from '../../../emulator/machine/run-loop';
import { writeBytes } from '../../../emulator/memory/memory';
import type { Random } from '../support';
import { codeWord, writeRegister } from './words';
import type { Page, World } from './world';

export type Run = (steps: number) => RunResult;

const wide = (random: Random): bigint => (BigInt(random.word()) << 32n) | BigInt(random.word());

/** A page of random words. */
function scribble(world: World, page: Page, word: () => number): void {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < 4096; at += 4) view.setUint32(at, word() >>> 0, true);
  writeBytes(world.machine.memory, world.context, pa(page.pa), bytes);
}

const address = (world: World, random: Random): number => {
  const kind = random.below(8);
  if (kind < 3) return random.pick(world.data).address;
  if (kind < 5) return random.pick(world.tables).address;
  if (kind < 6) return random.pick(world.code).address;
  return random.pick(world.places);
};

/** A value for a general register: an address with a small offset, a small number, any bits. */
function operand(world: World, random: Random): bigint {
  const kind = random.below(8);
  if (kind < 4) return BigInt(address(world, random) + random.pick([0, 8, 0x7f8, 0xff0, 0xffc, random.below(0x1000)]));
  if (kind === 4) return BigInt(random.below(64));
  if (kind === 5)
    return random.pick([0n, 2n ** 64n - 1n, 2n ** 63n, 0xc400_0003n, 0x8400_0000n, 0xc400_0151n, 1n << 48n]);
  return wide(random);
}

/** A translation table descriptor: a table, block, page or nothing, of somewhere, with random attributes. */
function descriptor(world: World, random: Random): bigint {
  const kind = random.below(8);
  if (kind === 0) return wide(random);
  const output = BigInt(address(world, random)) & 0xffff_ffff_f000n;
  if (kind < 4) return output | 3n;
  const attributes = (wide(random) & 0x0078_0000_0000_0ffcn) | 0x400n;
  return output | attributes | (kind < 6 ? 3n : 1n);
}

/** Fills a table, mostly with a few descriptors again and again. */
function tables(world: World, random: Random): void {
  const page = random.pick(world.tables);
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  const few = Array.from({ length: 8 }, () => descriptor(world, random));
  for (let at = 0; at < 4096; at += 8) {
    view.setBigUint64(at, random.below(16) === 0 ? descriptor(world, random) : random.pick(few), true);
  }
  writeBytes(world.machine.memory, world.context, pa(page.pa), bytes);
}

const M = 1n;

/** Stage 1 off or on with random tables, so that code is found, or at least looked for, somewhere. */
function translation(world: World, pe: Pe, el: number, random: Random): void {
  const regime = el === 2 ? 'EL2' : 'EL1';
  const on = random.below(3) === 0;
  writeSysreg(pe, `SCTLR_${regime}`, (wide(random) & ~(M | (1n << 25n))) | (on ? M : 0n));
  if (!on) return;
  const root = BigInt(random.pick(world.tables).address);
  writeSysreg(pe, `TTBR0_${regime}`, root | (wide(random) & (0xffffn << 48n)));
  writeSysreg(pe, 'TTBR1_EL1', root);
  const tcr = random.below(4) === 0 ? wide(random) : (wide(random) & ~0x003f_403fn) | 0x0010_0010n;
  writeSysreg(pe, `TCR_${regime}`, tcr | (5n << (el === 2 ? 16n : 32n)));
}

function place(world: World, pe: Pe, el: number, random: Random): void {
  const pstate = random.word() & (random.below(8) === 0 ? 0xf1f0_1fc0 : 0xf1c0_13c0);
  writePstate(pe, (pstate | (el << 2) | (el > 0 && random.below(4) > 0 ? 1 : 0)) >>> 0);
  const page = random.pick(world.code);
  writePc(pe, BigInt(page.address + random.below(1024) * 4));
  // Vectors in code that can be fetched, or every exception would be followed by aborts alone.
  for (const name of ['VBAR_EL1', 'VBAR_EL2'] as const) {
    if (random.below(8) > 0) writeSysreg(pe, name, BigInt(random.pick(world.code).address + random.below(2) * 0x800));
  }
  for (let n = 0; n < 31; n++) writeX(pe, n, operand(world, random));
  for (let n = 0; n < 4; n++) writeSp(pe, n, operand(world, random) & ~15n);
  if (random.below(4) === 0) for (let n = 0; n < 32; n++) writeV(pe, n, (wide(random) << 64n) | wide(random));
  pe.runner = 'a64';
}

/** Writes a register that this EL may write, by an instruction; most often one bit is not as it was. */
function writeOne(world: World, pe: Pe, run: Run, random: Random): RunResult {
  const { code, machine } = world;
  const [page] = code as [Page];
  const word = writeRegister(random, 3);
  writeBytes(machine.memory, world.context, pa(page.pa), Uint8Array.from([word, word >>> 8, word >>> 16, word >>> 24]));
  writePc(pe, BigInt(page.address));
  const name = random.pick(world.registers);
  const near = readSysreg(pe, name) ^ (1n << BigInt(random.below(64)));
  writeX(pe, 3, random.below(2) === 0 ? near : random.below(2) === 0 ? operand(world, random) : wide(random));
  return run(1);
}

/** Any value the register's own writable bits allow, from outside. */
function disturb(world: World, pe: Pe, random: Random): void {
  const name = random.pick(world.registers);
  const { writable } = sysregRow(name);
  const value = random.below(2) === 0 ? wide(random) : operand(world, random);
  writeSysreg(pe, name, (readSysreg(pe, name) & ~writable) | (value & writable));
}

/** One episode. Returns how its run ended; other than `steps`, the machine may not go on. */
export function episode(world: World, run: Run, random: Random): RunResult {
  const { machine } = world;
  const pe = peOf(machine, random.below(world.pes));
  if (random.below(3) === 0) tables(world, random);
  if (random.below(3) === 0) scribble(world, random.pick(world.code), () => codeWord(random));
  if (random.below(4) === 0) scribble(world, random.pick(world.data), random.word);
  if (securityState(pe) !== world.pas || pe.runner === 'rmm' || pe.runner === 'monitor' || pe.runner === 'host') {
    return run(1 + random.below(200));
  }
  const el = random.pick(world.els);
  if (random.below(4) > 0) translation(world, pe, el, random);
  for (let count = random.below(3); count > 0; count--) disturb(world, pe, random);
  place(world, pe, el, random);
  machine.schedule.current = pe.index;
  machine.schedule.left = 1 + random.below(60);
  if (random.below(3) === 0) {
    const result = writeOne(world, pe, run, random);
    if (result.reason !== 'steps' || pe.runner !== 'a64') return result;
  }
  return run(1 + random.below(120));
}
