/**
 * Memory copy and memory set instructions (FEAT_MOPS, Arm ARM C6.2 CPYFP to SETE). The algorithm is the architecture's
 * option A: the prologue turns the size round so that it counts up to zero, with both addresses at their ends; a copy
 * that runs backwards keeps a positive size. The prologue copies nothing. The main instruction copies as far as neither
 * side leaves its page, one part a step, so that interrupts and faults find everything in the registers. The epilogue
 * has nothing left to do, unless software made it so.
 */
import type { Machine } from '../../machine/machine';
import { type Block, openBlock, readBlock, writeBlock } from '../../translation/block';
import { effectiveEl } from '../../translation/bus';
import type { Fault } from '../../translation/types';
import {
  currentEl,
  el2Enabled,
  hostsEl0,
  isTge,
  type Pe,
  readPstate,
  readSysreg,
  readX,
  sctlrOf,
  writePstate,
  writeX,
} from '../pe';

export type CopyOutcome =
  | { readonly kind: 'done' }
  /** A part is done, and more is left. */
  | { readonly kind: 'again' }
  | { readonly kind: 'undefined' }
  /** EC 0x27: the registers are in the format of option B. */
  | { readonly kind: 'mismatch'; readonly targetEl: number; readonly iss: number }
  | { readonly kind: 'abort'; readonly fault: Fault };

const PROLOGUE = 0;
const EPILOGUE = 2;

interface Instruction {
  readonly stage: number;
  readonly set: boolean;
  /** CPYF: never backwards. */
  readonly forwardOnly: boolean;
  readonly options: number;
  readonly rd: number;
  readonly rs: number;
  readonly rn: number;
}

function decodeCopy(word: number): Instruction {
  const op1 = (word >>> 22) & 3;
  const op2 = (word >>> 12) & 15;
  const set = op1 === 3;
  return {
    stage: set ? op2 >> 2 : op1,
    set,
    forwardOnly: ((word >>> 26) & 1) === 0,
    options: set ? op2 & 3 : op2,
    rd: word & 31,
    rs: (word >>> 16) & 31,
    rn: (word >>> 5) & 31,
  };
}

const MSCEN_SCTLR = 33n;
const MSCEN = 11n;
const MCE2 = 10n;
const HXEN = 38n;
const has = (value: bigint, bit: bigint): boolean => ((value >> bit) & 1n) === 1n;

/** HCRX_EL2 as it counts: zero where SCR_EL3.HXEn is clear. */
const extended = (pe: Pe): bigint => (has(readSysreg(pe, 'SCR_EL3'), HXEN) ? readSysreg(pe, 'HCRX_EL2') : 0n);

/** CheckMOPSEnabled. */
function isEnabled(pe: Pe): boolean {
  const el = currentEl(pe);
  if (el > 1) return true;
  const hosted = el2Enabled(pe) && hostsEl0(pe);
  if (el2Enabled(pe) && !hosted && !has(extended(pe), MSCEN)) return false;
  return el === 1 || has(sctlrOf(pe, 0), MSCEN_SCTLR);
}

function mismatchTarget(pe: Pe): number {
  const el = currentEl(pe);
  if (el > 1) return el;
  if (el === 0 && isTge(pe)) return 2;
  return el === 1 && el2Enabled(pe) && has(extended(pe), MCE2) ? 2 : 1;
}

const PSTATE_C = 1 << 29;
const NZCV = 0xf000_0000;

const mismatch = (pe: Pe, { stage, set, options, rd, rs, rn }: Instruction): CopyOutcome => ({
  kind: 'mismatch',
  targetEl: mismatchTarget(pe),
  iss:
    (set ? 1 << 24 : 0) |
    (options << 19) |
    (stage === EPILOGUE ? 1 << 18 : 0) |
    (1 << 17) |
    (1 << 16) |
    (rd << 10) |
    (rs << 5) |
    rn,
});

const LONGEST = 0x7fff_ffff_ffff_ffffn;
const LONGEST_COPY = 0x007f_ffff_ffff_ffffn;
const ADDRESS = 0x00ff_ffff_ffff_ffffn;

/** The prologue: size limited, direction chosen, registers in the form the main instruction wants. */
function begin(pe: Pe, { set, forwardOnly, rd, rs, rn }: Instruction): CopyOutcome {
  const wanted = readX(pe, rn);
  const most = set || forwardOnly ? LONGEST : LONGEST_COPY;
  const size = wanted > most ? most : wanted;
  const to = readX(pe, rd);
  const from = readX(pe, rs);
  const backward =
    !set && !forwardOnly && (from & ADDRESS) < (to & ADDRESS) && (from & ADDRESS) + size > (to & ADDRESS);
  if (!backward) {
    writeX(pe, rd, to + size);
    if (!set) writeX(pe, rs, from + size);
  }
  writeX(pe, rn, backward ? size : -size);
  writePstate(pe, (readPstate(pe) & ~NZCV) >>> 0);
  return { kind: 'done' };
}

const GRANULE = 4096;
/** Bytes from an address to the end of its page; before an address, to the start of the page its last byte is in. */
const ahead = (va: bigint): number => GRANULE - Number(va & 0xfffn);
const behind = (va: bigint): number => Number((va - 1n) & 0xfffn) + 1;
const wrap = (va: bigint): bigint => BigInt.asUintN(64, va);

/** `make` with the longest length it allows; a fault or a device is looked at again with one byte. */
function narrow<T>(
  length: number,
  make: (length: number) => { readonly parts: readonly (Block | Fault)[] } & T,
): {
  readonly length: number;
  readonly made: { readonly parts: readonly (Block | Fault)[] } & T;
} {
  const made = make(length);
  if (length === 1 || made.parts.every((part) => part.ok && !part.device)) return { length, made };
  return { length: 1, made: make(1) };
}

const firstFault = (parts: readonly (Block | Fault)[]): Fault | undefined =>
  parts.find((part): part is Fault => !part.ok);

/** One part of a copy. `left` is the size register, by its sign. */
function copyPart(machine: Machine, pe: Pe, it: Instruction, left: bigint): CopyOutcome {
  const backward = left > 0n;
  const toEnd = wrap(readX(pe, it.rd) + left);
  const fromEnd = wrap(readX(pe, it.rs) + left);
  const room = backward ? Math.min(behind(toEnd), behind(fromEnd)) : Math.min(ahead(toEnd), ahead(fromEnd));
  const remaining = backward ? left : -left;
  const most = remaining < BigInt(room) ? Number(remaining) : room;
  const readEl = effectiveEl(pe, (it.options & 2) !== 0);
  const writeEl = effectiveEl(pe, (it.options & 1) !== 0);
  const { length, made } = narrow(most, (count) => {
    const start = (end: bigint): bigint => (backward ? wrap(end - BigInt(count)) : end);
    const read = openBlock(machine, pe, 'read', start(fromEnd), count, readEl);
    const write = openBlock(machine, pe, 'write', start(toEnd), count, writeEl);
    return { parts: [read, write], read, write };
  });
  const { read, write } = made;
  if (!read.ok || !write.ok) return { kind: 'abort', fault: firstFault(made.parts) as Fault };
  const bytes = readBlock(machine, pe, read, length);
  if (!(bytes instanceof Uint8Array)) return { kind: 'abort', fault: bytes };
  const fault = writeBlock(machine, pe, write, bytes);
  return fault === undefined ? advance(pe, it, left, length) : { kind: 'abort', fault };
}

/** One part of a set. */
function setPart(machine: Machine, pe: Pe, it: Instruction, left: bigint): CopyOutcome {
  const to = wrap(readX(pe, it.rd) + left);
  const room = ahead(to);
  const most = -left < BigInt(room) ? Number(-left) : room;
  const el = effectiveEl(pe, (it.options & 1) !== 0);
  const { length, made } = narrow(most, (count) => {
    const write = openBlock(machine, pe, 'write', to, count, el);
    return { parts: [write], write };
  });
  if (!made.write.ok) return { kind: 'abort', fault: made.write };
  const bytes = new Uint8Array(length).fill(Number(readX(pe, it.rs) & 0xffn));
  const fault = writeBlock(machine, pe, made.write, bytes);
  return fault === undefined ? advance(pe, it, left, length) : { kind: 'abort', fault };
}

function advance(pe: Pe, it: Instruction, left: bigint, length: number): CopyOutcome {
  const rest = left > 0n ? left - BigInt(length) : left + BigInt(length);
  writeX(pe, it.rn, rest);
  return rest === 0n ? { kind: 'done' } : { kind: 'again' };
}

/** Executes one part of the instruction; PC is the caller's. */
export function copyMemory(machine: Machine, pe: Pe, word: number): CopyOutcome {
  const it = decodeCopy(word);
  if (!isEnabled(pe)) return { kind: 'undefined' };
  if (it.stage === PROLOGUE) return begin(pe, it);
  const left = BigInt.asIntN(64, readX(pe, it.rn));
  if (left === 0n) return { kind: 'done' };
  if ((readPstate(pe) & PSTATE_C) !== 0) return mismatch(pe, it);
  // A set and a forward-only copy count up: a positive size is none that a prologue left.
  if (left > 0n && (it.set || it.forwardOnly)) return { kind: 'done' };
  return it.set ? setPart(machine, pe, it, left) : copyPart(machine, pe, it, left);
}
