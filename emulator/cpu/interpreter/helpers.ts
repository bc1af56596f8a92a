/** WebAssembly functions for accesses that leave the fast way: TLB misses, unaligned, page crossing, MMIO. */

import { SCRATCH_END } from '../../memory/map';
import { BUS_ATOMIC, BUS_ORDERED, BUS_SIZE_SHIFT, BUS_UNPRIVILEGED } from '../bus';
import { BUDGET, BUDGET_ASIDE, CPU_FLAG, FLAGS, PAIR, PC, TLB_PAGE, TLB_READ_TAG, TLB_WRITE_TAG } from '../layout';
import type { Code, Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import {
  add,
  and,
  assign,
  eq,
  eqz,
  i32,
  i64,
  load,
  local,
  ltU,
  not,
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
import type { Helpers } from './frame';
import { PAGE_ACCESS_MASK, peNumber, tlbEntry } from './probe';

export interface Imports {
  readonly access: number;
  readonly commit: number;
}

interface Start {
  readonly code: Code;
  readonly index: number;
  readonly parameter: (index: number) => Local;
}

function begin(module: ModuleBuilder, name: string, parameters: ValueType[], result: ValueType): Start {
  const { index, code } = module.function(name, { parameters, results: [result] });
  return { code, index, parameter: (at) => code.parameter(at) };
}

function give(code: Code, value: Expr): void {
  value.write(code);
  code.return();
}

/** address | budget << 32 */
const packed = (address: Expr, budget: Expr): Expr => or(zeroExtend(address), shl(zeroExtend(budget), 32));

const sizeOf = (kind: Expr): Expr => shl(i32(1), and(shrU(kind, BUS_SIZE_SHIFT), 7));

function writeTranslate(module: ModuleBuilder, imports: Imports): number {
  const { code, index, parameter } = begin(module, 'translate', ['i32', 'i32', 'i64', 'i32', 'i32', 'i64'], 'i64');
  const [pe, bank, va, kind, budget, pc] = [0, 1, 2, 3, 4, 5].map((at) => local(parameter(at))) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ];
  const entry = code.local('i32');
  const last = code.local('i64');
  const address = code.local('i32');
  eqz(and(kind, BUS_UNPRIVILEGED)).write(code);
  code.if(() => {
    assign(code, entry, tlbEntry(bank, va));
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
    code.if(() => give(code, packed(add(load('i32', 32, local(entry), TLB_PAGE), and(wrap(va), 0xfff)), budget)));
  });
  store(code, 64, pe, pc, PC);
  store(code, 32, pe, add(budget, load('i32', 32, pe, BUDGET_ASIDE)), BUDGET);
  peNumber(pe).write(code);
  wrap(va).write(code);
  wrap(shrU(va, 32)).write(code);
  kind.write(code);
  code.call(imports.access);
  code.set(address);
  eqz(local(address)).write(code);
  code.if(() => give(code, packed(i32(0), budget)));
  store(code, 32, pe, add(budget, load('i32', 32, pe, BUDGET_ASIDE)), BUDGET_ASIDE);
  zeroExtend(local(address)).write(code);
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

function writeWrite(module: ModuleBuilder, imports: Imports, translate: number): number {
  const { code, index, parameter } = begin(module, 'write', ['i32', 'i32', 'i64', 'i32', 'i64', 'i32', 'i64'], 'i32');
  const [pe, bank, va, kind, value, budget, pc] = [0, 1, 2, 3, 4, 5, 6].map((at) => local(parameter(at))) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ];
  const result = code.local('i64');
  const address = code.local('i32');
  for (const argument of [pe, bank, va, kind, budget, pc]) argument.write(code);
  code.call(translate);
  code.set(result);
  assign(code, address, wrap(local(result)));
  const left = wrap(shrU(local(result), 32));
  eqz(local(address)).write(code);
  code.if(() => give(code, not(left)));
  storeBySize(code, kind, local(address), value);
  ltU(local(address), SCRATCH_END).write(code);
  code.if(() => {
    peNumber(pe).write(code);
    code.call(imports.commit);
    code.op(Pair.eqz[0]);
    code.if(() => give(code, not(left)));
  });
  left.write(code);
  return index;
}

function writeReadPair(module: ModuleBuilder, translate: number): number {
  const { code, index, parameter } = begin(module, 'readPair', ['i32', 'i32', 'i64', 'i32', 'i32', 'i64'], 'i32');
  const [pe, bank, va, kind, , pc] = [0, 1, 2, 3, 4, 5].map((at) => local(parameter(at))) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ];
  const budget = parameter(4);
  const result = code.local('i64');
  const first = code.local('i64');
  const size = sizeOf(kind);
  const element = (offset: Expr): void => {
    for (const argument of [pe, bank, add(va, offset), kind, local(budget), pc]) argument.write(code);
    code.call(translate);
    code.set(result);
    assign(code, budget, wrap(shrU(local(result), 32)));
    eqz(wrap(local(result))).write(code);
    code.if(() => give(code, not(local(budget))));
  };
  const read = (address: Expr): void => {
    eq(size, 8).write(code);
    code.if(
      () => assign(code, first, load('i64', 64, address)),
      () => assign(code, first, load('i64', 32, address)),
    );
  };
  element(i64(0));
  read(wrap(local(result)));
  const kept = code.local('i64');
  assign(code, kept, local(first));
  element(zeroExtend(size));
  read(wrap(local(result)));
  store(code, 64, pe, local(kept), PAIR);
  store(code, 64, add(pe, size), local(first), PAIR);
  local(budget).write(code);
  return index;
}

function writeWritePair(module: ModuleBuilder, translate: number, write: number): number {
  const parameters: ValueType[] = ['i32', 'i32', 'i64', 'i32', 'i64', 'i64', 'i32', 'i64'];
  const { code, index, parameter } = begin(module, 'writePair', parameters, 'i32');
  const [pe, bank, va, kind, first, second, , pc] = parameters.map((_, at) => local(parameter(at))) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ];
  const budget = parameter(6);
  const result = code.local('i64');
  const addresses = [code.local('i32'), code.local('i32')] as const;
  const places = [va, add(va, zeroExtend(sizeOf(kind)))] as const;
  places.forEach((place, at) => {
    for (const argument of [pe, bank, place, kind, local(budget), pc]) argument.write(code);
    code.call(translate);
    code.set(result);
    assign(code, budget, wrap(shrU(local(result), 32)));
    assign(code, addresses[at]!, wrap(local(result)));
    eqz(local(addresses[at]!)).write(code);
    code.if(() => give(code, not(local(budget))));
  });
  const inScratch = (at: Local): Expr => ltU(local(at), SCRATCH_END);
  eqz(or(inScratch(addresses[0]), inScratch(addresses[1]))).write(code);
  code.if(() => {
    storeBySize(code, kind, local(addresses[0]), first);
    storeBySize(code, kind, local(addresses[1]), second);
    give(code, local(budget));
  });
  [first, second].forEach((value, at) => {
    for (const argument of [pe, bank, places[at]!, kind, value, local(budget), pc]) argument.write(code);
    code.call(write);
    code.set(budget);
    if (at === 1) return;
    shrU(local(budget), 31).write(code);
    code.if(() => give(code, local(budget)));
  });
  local(budget).write(code);
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
  };
}
