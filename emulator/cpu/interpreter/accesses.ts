/** Memory accesses: a TLB probe in the hot loop, helper functions on the slow way. */

import { SCRATCH_END } from '../../memory/map';
import { BUS_ATOMIC, BUS_ORDERED, BUS_SIZE_SHIFT, BUS_UNPRIVILEGED, BusAccess } from '../bus';
import { BLOCK, EXCLUSIVE_ADDRESS, PAIR, TLB_PAGE, TLB_READ_TAG, TLB_WRITE_TAG } from '../layout';
import type { AccessOptions } from '../table/semantics';
import type { Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import { add, and, assign, eqz, i32, i64, load, local, ltU, ne, or, store, wrap, zeroExtend } from '../wasm/expr';
import type { ValueType } from '../wasm/opcodes';
import { Pair } from '../wasm/opcodes';
import { arm, isArmed, isUnchanged, loadElements, storeElements } from './exclusives';
import type { Frame, Helpers } from './frame';
import { put } from './operands';
import { PAGE_ACCESS_MASK, peNumber, tlbEntry } from './probe';

const kindOf = (access: BusAccess, options: AccessOptions): number =>
  access |
  (options.size << BUS_SIZE_SHIFT) |
  (options.unprivileged === true ? BUS_UNPRIVILEGED : 0) |
  (options.atomic === true ? BUS_ATOMIC : 0) |
  (options.ordered === true ? BUS_ORDERED : 0);

/** Calls a helper that returns 0 on a fault, and leaves then. */
function callOrFault(frame: Frame, pick: (helpers: Helpers) => number, operands: readonly Expr[]): void {
  if (frame.helpers === undefined) throw new Error('The hot loop must not call a helper.');
  const { code } = frame;
  for (const operand of operands) operand.write(code);
  code.call(pick(frame.helpers));
  code.op(Pair.eqz[0]);
  code.if(() => frame.fault());
}

/** Address of an access through the helper. */
function translate(frame: Frame, va: Expr, kind: number, into: Local): void {
  if (frame.helpers === undefined) throw new Error('The hot loop must not call a helper.');
  const { code } = frame;
  for (const argument of [frame.pe, va, i32(kind)]) argument.write(code);
  code.call(frame.helpers.translate);
  code.tee(into);
  code.op(Pair.eqz[0]);
  code.if(() => frame.fault());
}

/**
 * In the hot loop: the address when the TLB has the page and the element at `va + last` is aligned; else the instruction
 * goes the slow way. For a pair `last` is the offset of the second element: when that is in the entry's page, so is the
 * first, since neighbouring pages have different entries.
 */
function probe(frame: Frame, va: Expr, write: boolean, size: number, last: number): Expr {
  const { code } = frame;
  const entry = put(frame, tlbEntry(frame.bank, va));
  const compared = and(add(va, last), PAGE_ACCESS_MASK | ((1n << BigInt(size)) - 1n));
  ne(compared, load('i64', 64, entry, write ? TLB_WRITE_TAG : TLB_READ_TAG)).write(code);
  code.if(() => frame.slow());
  return add(load('i32', 32, entry, TLB_PAGE), and(wrap(va), 0xfff));
}

export function read(frame: Frame, type: ValueType, va: Expr, options: AccessOptions, signed: boolean): Expr {
  const bits = 8 << options.size;
  if (frame.helpers === undefined)
    return put(frame, load(type, bits, probe(frame, va, false, options.size, 0), 0, signed));
  const address = frame.temporary('i32');
  translate(frame, va, kindOf(BusAccess.Read, options), address);
  return put(frame, load(type, bits, local(address), 0, signed));
}

export function write(frame: Frame, va: Expr, value: Expr, options: AccessOptions): void {
  if (frame.helpers === undefined) {
    store(frame.code, 8 << options.size, probe(frame, va, true, options.size, 0), value);
    return;
  }
  const kind = kindOf(BusAccess.Write, options);
  callOrFault(frame, (helpers) => helpers.write, [frame.pe, va, i32(kind), zeroExtend(value)]);
}

export function readPair(
  frame: Frame,
  type: ValueType,
  va: Expr,
  size: number,
  signed: boolean,
): readonly [Expr, Expr] {
  const bytes = 1 << size;
  const element = (address: Expr, offset: number): Expr => put(frame, load(type, 8 * bytes, address, offset, signed));
  if (frame.helpers === undefined) {
    const address = put(frame, probe(frame, va, false, size, bytes));
    return [element(address, 0), element(address, bytes)];
  }
  callOrFault(frame, (helpers) => helpers.readPair, [frame.pe, va, i32(kindOf(BusAccess.Read, { size }))]);
  return [element(frame.pe, PAIR), element(frame.pe, PAIR + bytes)];
}

export function writePair(frame: Frame, va: Expr, first: Expr, second: Expr, size: number): void {
  const bytes = 1 << size;
  if (frame.helpers === undefined) {
    const address = put(frame, probe(frame, va, true, size, bytes));
    store(frame.code, 8 * bytes, address, first);
    store(frame.code, 8 * bytes, address, second, bytes);
    return;
  }
  const kind = i32(kindOf(BusAccess.Write, { size }));
  callOrFault(frame, (helpers) => helpers.writePair, [frame.pe, va, kind, zeroExtend(first), zeroExtend(second)]);
}

export function readVector(frame: Frame, va: Expr, bytes: number, size: number): Expr {
  if (frame.helpers === undefined) return put(frame, probe(frame, va, false, size, bytes - (1 << size)));
  const { code } = frame;
  const address = frame.temporary('i32');
  for (const operand of [frame.pe, va, i32(kindOf(BusAccess.Read, { size })), i32(bytes)]) operand.write(code);
  code.call(frame.helpers.readBlock);
  code.tee(address);
  code.op(Pair.eqz[0]);
  code.if(() => frame.fault());
  return local(address);
}

export function writeVector(frame: Frame, va: Expr, bytes: number, size: number, fill: (to: Expr) => void): void {
  if (frame.helpers === undefined) {
    fill(put(frame, probe(frame, va, true, size, bytes - (1 << size))));
    return;
  }
  fill(put(frame, add(frame.pe, BLOCK)));
  const kind = i32(kindOf(BusAccess.Write, { size }));
  callOrFault(frame, (helpers) => helpers.writeBlock, [frame.pe, va, kind, i32(bytes)]);
}

/** Stores at a translated address and commits when that is the scratch area. */
function storeAll(frame: Frame, address: Expr, size: number, values: readonly Expr[]): void {
  const { code } = frame;
  const kept = values.map((value) => put(frame, value));
  storeElements(code, address, size, kept);
  ltU(address, SCRATCH_END).write(code);
  code.if(() => callOrFault(frame, (helpers) => helpers.commit, [peNumber(frame.pe)]));
}

export function atomic(
  frame: Frame,
  va: Expr,
  size: number,
  compute: (old: readonly Expr[]) => {
    readonly values: readonly Expr[];
    readonly unless?: Expr;
  },
): void {
  const options = { size, atomic: true };
  const address = frame.temporary('i32');
  translate(frame, va, kindOf(BusAccess.Read, options), address);
  const old = loadElements((value) => put(frame, value), local(address), size);
  translate(frame, va, kindOf(BusAccess.Write, options), address);
  const { values, unless } = compute(old);
  if (unless === undefined) {
    storeAll(frame, local(address), size, values);
    return;
  }
  eqz(unless).write(frame.code);
  frame.code.if(() => storeAll(frame, local(address), size, values));
}

export function readExclusive(frame: Frame, va: Expr, size: number): readonly Expr[] {
  const { code, pe } = frame;
  const address = frame.temporary('i32');
  translate(frame, va, kindOf(BusAccess.Read, { size, atomic: true }), address);
  const values = loadElements((value) => put(frame, value), local(address), size);
  arm(code, pe, va, size, values);
  return values;
}

/**
 * The monitor is checked before the translation (Arm ARM leaves the order open), but a misaligned address faults either
 * way. Where the bus answers with the scratch area the old value is read through it too, between two announcements of
 * the write, the first of which only finds faults.
 */
export function writeExclusive(frame: Frame, va: Expr, size: number, values: readonly Expr[]): Expr {
  const { code, pe } = frame;
  const status = frame.temporary('i32');
  const address = frame.temporary('i32');
  assign(code, status, i32(1));
  const armed = isArmed(pe, va, size);
  or(armed, ne(and(wrap(va), (1 << size) - 1), 0)).write(code);
  code.if(() => {
    const announce = (): void => translate(frame, va, kindOf(BusAccess.Write, { size, atomic: true }), address);
    const inScratch = ltU(local(address), SCRATCH_END);
    announce();
    inScratch.write(code);
    code.if(() => translate(frame, va, kindOf(BusAccess.Read, { size, atomic: true }), address));
    and(isUnchanged(pe, local(address), size), armed).write(code);
    code.if(() => {
      inScratch.write(code);
      code.if(announce);
      storeAll(frame, local(address), size, values);
      assign(code, status, i32(0));
    });
  });
  clearExclusive(frame);
  return local(status);
}

export const clearExclusive = (frame: Frame): void => store(frame.code, 64, frame.pe, i64(-1), EXCLUSIVE_ADDRESS);
