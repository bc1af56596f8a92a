/** WebAssembly functions for accesses that leave the fast way: TLB misses, unaligned, page crossing, MMIO. */

import { SCRATCH_END } from '../../memory/map';
import { BUS_ATOMIC, BUS_ORDERED, BUS_SIZE_SHIFT, BUS_UNPRIVILEGED } from '../bus';
import { BLOCK, CPU_FLAG, FLAGS, PAIR, TLB_BANK, TLB_PAGE, TLB_READ_TAG, TLB_WRITE_TAG } from '../layout';
import type { Code, Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import {
  add,
  and,
  assign,
  ctz,
  eq,
  eqz,
  i32,
  i64,
  load,
  local,
  ltU,
  ne,
  or,
  select,
  shl,
  shrU,
  store,
  sub,
  wrap,
  zeroExtend,
} from '../wasm/expr';
import type { ModuleBuilder } from '../wasm/module';
import type { ValueType } from '../wasm/opcodes';
import { Pair } from '../wasm/opcodes';
import { loadVector, storeVector } from '../wasm/vector-expr';
import type { Helpers } from './frame';
import { PAGE_ACCESS_MASK, peNumber, tlbEntry } from './probe';

export interface Imports {
  readonly access: number;
  readonly commit: number;
  readonly finish: number;
}

interface Start {
  readonly code: Code;
  readonly index: number;
  readonly parameter: (index: number) => Local;
}

function begin(module: ModuleBuilder, name: string, parameters: ValueType[], result: ValueType): Start {
  const { index, code } = module.function(name, {
    parameters,
    results: [result],
  });
  return { code, index, parameter: (at) => code.parameter(at) };
}

function give(code: Code, value: Expr): void {
  value.write(code);
  code.return();
}

const sizeOf = (kind: Expr): Expr => shl(i32(1), and(shrU(kind, BUS_SIZE_SHIFT), 7));

/** Through the TLB when it can be, else through the bus. */
function writeTranslate(module: ModuleBuilder, imports: Imports): number {
  const { code, index, parameter } = begin(module, 'translate', ['i32', 'i64', 'i32'], 'i32');
  const [pe, va, kind] = [local(parameter(0)), local(parameter(1)), local(parameter(2))];
  const entry = code.local('i32');
  const last = code.local('i64');
  eqz(and(kind, BUS_UNPRIVILEGED)).write(code);
  code.if(() => {
    assign(code, entry, tlbEntry(load('i32', 32, pe, TLB_BANK), va));
    assign(code, last, zeroExtend(sub(sizeOf(kind), 1)));
    const strict = or(and(kind, BUS_ATOMIC | BUS_ORDERED), and(load('i32', 32, pe, FLAGS), CPU_FLAG.ALIGNMENT_CHECK));
    const tag = select(
      and(kind, 1),
      load('i64', 64, local(entry), TLB_WRITE_TAG),
      load('i64', 64, local(entry), TLB_READ_TAG),
    );
    const aligned = and(va, or(i64(PAGE_ACCESS_MASK), local(last)));
    const whole = and(add(va, local(last)), PAGE_ACCESS_MASK);
    eq(select(strict, aligned, whole), tag).write(code);
    code.if(() => give(code, add(load('i32', 32, local(entry), TLB_PAGE), and(wrap(va), 0xfff))));
  });
  peNumber(pe).write(code);
  wrap(va).write(code);
  wrap(shrU(va, 32)).write(code);
  kind.write(code);
  code.call(imports.access);
  return index;
}

/** Puts the low bytes of a value at an address, by the size in `kind`. */
function storeBySize(code: Code, kind: Expr, address: Expr, value: Expr): void {
  const size = code.local('i32');
  assign(code, size, and(shrU(kind, BUS_SIZE_SHIFT), 7));
  [8, 16, 32, 64].forEach((bits, log) => {
    eq(local(size), log).write(code);
    code.if(() => store(code, bits, address, value));
  });
}

/** Keeps a translated address, or gives 0. */
function translateInto(code: Code, translate: number, to: Local, operands: readonly Expr[]): void {
  for (const operand of operands) operand.write(code);
  code.call(translate);
  code.tee(to);
  code.op(Pair.eqz[0]);
  code.if(() => give(code, i32(0)));
}

function writeWrite(module: ModuleBuilder, imports: Imports, translate: number): number {
  const { code, index, parameter } = begin(module, 'write', ['i32', 'i64', 'i32', 'i64'], 'i32');
  const [pe, va, kind, value] = [0, 1, 2, 3].map((at) => local(parameter(at))) as [Expr, Expr, Expr, Expr];
  const address = code.local('i32');
  translateInto(code, translate, address, [pe, va, kind]);
  storeBySize(code, kind, local(address), value);
  ltU(local(address), SCRATCH_END).write(code);
  code.if(() => {
    peNumber(pe).write(code);
    code.call(imports.commit);
    code.return();
  });
  i32(1).write(code);
  return index;
}

/** Both elements are read before either register can be written; the second access may reuse the scratch area. */
function writeReadPair(module: ModuleBuilder, translate: number): number {
  const { code, index, parameter } = begin(module, 'readPair', ['i32', 'i64', 'i32'], 'i32');
  const [pe, va, kind] = [local(parameter(0)), local(parameter(1)), local(parameter(2))];
  const address = code.local('i32');
  const values = [code.local('i64'), code.local('i64')] as const;
  values.forEach((value, at) => {
    translateInto(code, translate, address, [pe, at === 0 ? va : add(va, zeroExtend(sizeOf(kind))), kind]);
    eq(sizeOf(kind), 8).write(code);
    code.if(
      () => assign(code, value, load('i64', 64, local(address))),
      () => assign(code, value, load('i64', 32, local(address))),
    );
  });
  store(code, 64, pe, local(values[0]), PAIR);
  store(code, 64, add(pe, sizeOf(kind)), local(values[1]), PAIR);
  i32(1).write(code);
  return index;
}

/** Both elements are translated before either is written; a scratch area is announced again just before its write. */
function writeWritePair(module: ModuleBuilder, translate: number, write: number): number {
  const { code, index, parameter } = begin(module, 'writePair', ['i32', 'i64', 'i32', 'i64', 'i64'], 'i32');
  const [pe, va, kind, first, second] = [0, 1, 2, 3, 4].map((at) => local(parameter(at))) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ];
  const addresses = [code.local('i32'), code.local('i32')] as const;
  const places = [va, add(va, zeroExtend(sizeOf(kind)))] as const;
  addresses.forEach((address, at) => {
    translateInto(code, translate, address, [pe, places[at]!, kind]);
  });
  const inScratch = (at: Local): Expr => ltU(local(at), SCRATCH_END);
  eqz(or(inScratch(addresses[0]), inScratch(addresses[1]))).write(code);
  code.if(() => {
    storeBySize(code, kind, local(addresses[0]), first);
    storeBySize(code, kind, local(addresses[1]), second);
    give(code, i32(1));
  });
  const writeElement = (at: 0 | 1, value: Expr): void => {
    for (const operand of [pe, places[at], kind, value]) operand.write(code);
    code.call(write);
  };
  writeElement(0, first);
  code.op(Pair.eqz[0]);
  code.if(() => give(code, i32(0)));
  writeElement(1, second);
  return index;
}

const LARGEST_CHUNK = 16;

/**
 * The kind of one chunk of a block: the largest power of two that divides its length, up to 16, but an element where
 * alignment is checked and the block is aligned to its elements only.
 */
function chunkKind(pe: Expr, va: Expr, kind: Expr, bytes: Expr): Expr {
  const divisor = and(bytes, sub(0, bytes));
  const whole = select(ltU(divisor, LARGEST_CHUNK), divisor, LARGEST_CHUNK);
  const checked = and(load('i32', 32, pe, FLAGS), CPU_FLAG.ALIGNMENT_CHECK);
  const byElement = and(ne(checked, 0), ne(and(wrap(va), sub(whole, 1)), 0));
  const sized = or(and(kind, ~(7 << BUS_SIZE_SHIFT)), shl(ctz(whole), BUS_SIZE_SHIFT));
  return select(byElement, kind, sized);
}

/** Copies `bytes` (a power of two up to 16). */
function copyChunk(code: Code, bytes: Expr, from: Expr, to: Expr): void {
  eq(bytes, 16).write(code);
  code.if(() => storeVector(code, to, loadVector(from)));
  [8, 16, 32, 64].forEach((bits) => {
    eq(bytes, bits / 8).write(code);
    code.if(() => store(code, bits, to, load('i64', bits, from)));
  });
}

/** The offsets of the chunks of a block, in a loop. */
function forChunks(code: Code, offset: Local, chunk: Expr, bytes: Expr, body: () => void): void {
  assign(code, offset, i32(0));
  code.loop((again) => {
    body();
    assign(code, offset, add(local(offset), chunk));
    ltU(local(offset), bytes).write(code);
    code.brIf(again);
  });
}

/** (pe, va, kind, bytes) → where they are: in their page when one chunk is all, else in BLOCK; 0 on a fault. */
function writeReadBlock(module: ModuleBuilder, translate: number): number {
  const { code, index, parameter } = begin(module, 'readBlock', ['i32', 'i64', 'i32', 'i32'], 'i32');
  const [pe, va, bytes] = [local(parameter(0)), local(parameter(1)), local(parameter(3))];
  const kind = parameter(2);
  const address = code.local('i32');
  const offset = code.local('i32');
  const chunk = code.local('i32');
  assign(code, kind, chunkKind(pe, va, local(kind), bytes));
  assign(code, chunk, sizeOf(local(kind)));
  forChunks(code, offset, local(chunk), bytes, () => {
    translateInto(code, translate, address, [pe, add(va, zeroExtend(local(offset))), local(kind)]);
    eq(local(chunk), bytes).write(code);
    code.if(() => give(code, local(address)));
    copyChunk(code, local(chunk), local(address), add(add(pe, BLOCK), local(offset)));
  });
  add(pe, BLOCK).write(code);
  return index;
}

/** (pe, va, kind, bytes): what is in BLOCK, all of it translated before any is written → 0 on a fault. */
function writeWriteBlock(module: ModuleBuilder, translate: number, commit: number): number {
  const { code, index, parameter } = begin(module, 'writeBlock', ['i32', 'i64', 'i32', 'i32'], 'i32');
  const [pe, va, bytes] = [local(parameter(0)), local(parameter(1)), local(parameter(3))];
  const kind = parameter(2);
  const address = code.local('i32');
  const offset = code.local('i32');
  const chunk = code.local('i32');
  assign(code, kind, chunkKind(pe, va, local(kind), bytes));
  assign(code, chunk, sizeOf(local(kind)));
  const translateChunk = (): void =>
    translateInto(code, translate, address, [pe, add(va, zeroExtend(local(offset))), local(kind)]);
  ltU(local(chunk), bytes).write(code);
  code.if(() => forChunks(code, offset, local(chunk), bytes, translateChunk));
  forChunks(code, offset, local(chunk), bytes, () => {
    translateChunk();
    copyChunk(code, local(chunk), add(add(pe, BLOCK), local(offset)), local(address));
    ltU(local(address), SCRATCH_END).write(code);
    code.if(() => {
      peNumber(pe).write(code);
      code.call(commit);
      code.op(Pair.eqz[0]);
      code.if(() => give(code, i32(0)));
    });
  });
  i32(1).write(code);
  return index;
}

export function writeHelpers(module: ModuleBuilder, imports: Imports): Helpers {
  const translate = writeTranslate(module, imports);
  const write = writeWrite(module, imports, translate);
  return {
    translate,
    write,
    readPair: writeReadPair(module, translate),
    writePair: writeWritePair(module, translate, write),
    commit: imports.commit,
    readBlock: writeReadBlock(module, translate),
    writeBlock: writeWriteBlock(module, translate, imports.commit),
    finish: imports.finish,
  };
}
