/** Writes the function of a region: blocks of one page, X registers in locals, one way in and one way out. */
import { CODE_ENTRIES } from '../../memory/map';
import { refuses } from '../interpreter/branch-target';
import { ENTRY_BLOCK_BITS, FIRST_ENTRY, RECORD_SIZE } from '../interpreter/code-pages';
import { Reason } from '../interpreter/hot-loop';
import { BUDGET, FLAGS, GUARDED, HELP_RECORD, PC, SP_SELECTED, TLB_BANK, X } from '../layout';
import type { Label, Local } from '../wasm/code';
import { Code } from '../wasm/code';
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
  ltS,
  ne,
  select,
  shl,
  shrU,
  store,
  sub,
  wrap,
  zeroExtend,
} from '../wasm/expr';
import type { Block } from './blocks';
import type { FlagLocals, FlagState } from './flags';
import { flagsAtStart } from './flow';
import { writeInstruction } from './semantics';
import type { Item, Shape } from './shape';
import { shapeOf } from './shape';

/** Most instructions of one call: engines replace their first code by better only when a function is called again. */
const LONGEST_CALL = 50_000;

/** Functions a region can call. */
export interface RegionCalls {
  readonly materialize: number;
  readonly finish: number;
}

export interface RegionPlace {
  /** WebAssembly address of the code page. */
  readonly codePage: number;
  /** WebAssembly address of the page. */
  readonly bytes: number;
  /** Its place in the table of translations. */
  readonly slot: number;
  /** How an offset without a block in this region is left for. */
  reasonAt(offset: number): number;
}

/** What is known while a region is written. */
export interface Region {
  readonly code: Code;
  readonly place: RegionPlace;
  readonly calls: RegionCalls;
  readonly blocks: readonly Block[];
  readonly shape: Shape;
  readonly pe: Expr;
  /** VA of the page. */
  readonly base: Expr;
  readonly next: Local;
  readonly budget: Local;
  /** What the budget has beyond this call. */
  readonly reserve: Local;
  readonly bank: Local;
  /** CPU_FLAG.ALIGNMENT_CHECK and FP_ENABLED as in FLAGS. */
  readonly checks: Local;
  /** Offset, instructions to give back and reason of an exit. */
  readonly at: Local;
  readonly target: Local;
  readonly reason: Local;
  readonly flags: FlagLocals;
  readonly when: Local;
  /** Registers in locals, 31 is the stack pointer; those that were written. */
  readonly registers: (Local | undefined)[];
  readonly written: boolean[];
  /** Ways out: by `at`, and by `target` and `reason`. */
  here: Label;
  away: Label;
  top: Label;
  /** Starts of items and loops that can be branched to now, by block. */
  readonly forward: Map<number, Label>;
  readonly back: Map<number, { readonly label: Label; readonly dispatches: boolean }>;
  /** Of the flags, by block, at its start. */
  readonly states: readonly (FlagState | undefined)[];
  /** The instruction being written sets PSTATE.BTYPE to this i32 before it jumps. */
  branchType: Expr | undefined;
  /** Of the block being written. */
  state: FlagState | undefined;
  spAligned: boolean;
  fpChecked: boolean;
}

const OFFSET_BITS = 13;
const GIVEN_BITS = 11;

export function register(region: Region, number: number): Local {
  region.registers[number] ??= region.code.local('i64', number === 31 ? 'sp' : `x${number}`);
  return region.registers[number]!;
}

/** Leaves with PC at an offset of the page; `given` instructions of the block are not executed. */
export function leaveAt(region: Region, offset: number, given: number, reason: number): void {
  const { code } = region;
  assign(code, region.at, i32(offset | (given << OFFSET_BITS) | (reason << (OFFSET_BITS + GIVEN_BITS))));
  code.br(region.here);
}

/** Goes to a byte offset from the start of the page, from the end of block number `from`. */
export function goTo(region: Region, offset: number): void {
  const { code, shape, forward, back } = region;
  const block = shape.at.get(offset);
  if (block === undefined) {
    if (offset >= 0 && offset < 4096) {
      leaveAt(region, offset, 0, region.place.reasonAt(offset));
      return;
    }
    assign(code, region.target, add(region.base, i64(offset)));
    assign(code, region.reason, i32(Reason.Next));
    code.br(region.away);
    return;
  }
  const loop = back.get(block);
  if (loop !== undefined) {
    if (loop.dispatches) assign(code, region.next, i32(block));
    code.br(loop.label);
    return;
  }
  assign(code, region.next, i32(block));
  code.br(forward.get(block) ?? region.top);
}

/**
 * In a guarded page the word at `target` must accept PSTATE.BTYPE. When it does not at first sight, `run` comes to the
 * same result and leaves the decision to the interpreter.
 */
function writeLanding(region: Region): void {
  const { code, pe, target, place, branchType } = region;
  if (branchType === undefined) return;
  load('i32', 32, pe, GUARDED).write(code);
  code.if(() => {
    refuses(branchType, load('i32', 32, and(wrap(local(target)), 0xfff), place.bytes)).write(code);
    code.if(() => {
      assign(code, region.reason, i32(Reason.Next));
      code.br(region.away);
    });
  });
}

/** Goes to an address: in this region when it has a block that begins there. */
export function jumpTo(region: Region, to: Expr): void {
  const { code, target, next, base, place } = region;
  assign(code, target, to);
  const distance = sub(local(target), base);
  eqz(and(distance, i64(~0xffc))).write(code);
  code.if(() => {
    assign(code, next, load('i32', 32, wrap(distance), place.codePage + CODE_ENTRIES));
    eq(shrU(local(next), ENTRY_BLOCK_BITS), place.slot).write(code);
    code.if(() => {
      writeLanding(region);
      assign(code, next, and(local(next), FIRST_ENTRY - 1));
      code.br(region.top);
    });
  });
  assign(code, region.reason, i32(Reason.Next));
  code.br(region.away);
}

function writeBlock(region: Region, number: number): void {
  const { code, budget, blocks } = region;
  const block = blocks[number]!;
  sub(local(budget), block.length).write(code);
  code.tee(budget);
  i32(0).write(code);
  code.op(0x48);
  code.if(() => leaveAt(region, block.start, block.length, Reason.Interpret));
  region.state = region.states[number];
  region.spAligned = false;
  region.fpChecked = false;
  for (const instruction of block.instructions) {
    writeInstruction(region, instruction, block.length - (instruction.offset - block.start) / 4);
  }
  if (!block.falls) return;
  const after = region.shape.at.get(block.end);
  if (after === number + 1) assign(code, region.next, i32(after));
  else goTo(region, block.end);
}

function writeDispatch(region: Region, items: readonly Item[], labels: readonly Label[]): void {
  const { code, next } = region;
  const first = items[0]!.first;
  const table = items.flatMap(({ first: from, last }, index) =>
    Array.from({ length: last - from + 1 }, () => labels[index]!),
  );
  sub(local(next), first).write(code);
  code.brTable(table, labels[0]!);
}

/** The items of the function or of a loop, one after the other, each in reach of branches from those before it. */
function writeItems(region: Region, items: readonly Item[], dispatches: boolean): void {
  const { code, forward, next } = region;
  const labels: Label[] = [];
  for (let index = items.length - 1; index >= 0; index--) {
    const label = code.openBlock();
    labels[index] = label;
    forward.set(items[index]!.first, label);
  }
  if (dispatches) {
    const { first } = items[0]!;
    ne(local(next), first).write(code);
    code.if(() => writeDispatch(region, items, labels));
  }
  for (const item of items) {
    code.close();
    forward.delete(item.first);
    if (item.items === undefined) {
      writeBlock(region, item.first);
      continue;
    }
    const { items: inner, dispatches: inside = false } = item;
    code.loop((label) => {
      region.back.set(item.first, { label, dispatches: inside });
      writeItems(region, inner, inside);
      region.back.delete(item.first);
    });
  }
}

/** Registers and what else is needed from the PE's state. */
function writePrologue(region: Region): Code {
  const { pe, budget, bank, checks } = region;
  const code = new Code([]);
  const left = load('i32', 32, pe, BUDGET);
  assign(code, budget, select(ltS(left, LONGEST_CALL), left, LONGEST_CALL));
  assign(code, region.reserve, sub(left, local(budget)));
  assign(code, bank, load('i32', 32, pe, TLB_BANK));
  assign(code, checks, load('i32', 32, pe, FLAGS));
  region.registers.forEach((to, number) => {
    if (to === undefined) return;
    assign(code, to, number === 31 ? load('i64', 64, stackPointer(pe)) : load('i64', 64, pe, X + 8 * number));
  });
  return code;
}

/** SP_SELECTED counts from the PE base. */
const stackPointer = (pe: Expr): Expr => add(pe, load('i32', 32, pe, SP_SELECTED));

function writeEpilogue(region: Region): void {
  const { code, pe, flags } = region;
  store(code, 64, pe, local(region.target), PC);
  store(code, 32, pe, add(local(region.budget), local(region.reserve)), BUDGET);
  region.registers.forEach((from, number) => {
    if (from === undefined || region.written[number] !== true) return;
    if (number === 31) store(code, 64, stackPointer(pe), local(from));
    else store(code, 64, pe, local(from), X + 8 * number);
  });
  local(flags.kind).write(code);
  code.if(() => {
    for (const argument of [pe, local(flags.kind), local(flags.a), local(flags.b)]) argument.write(code);
    code.call(region.calls.materialize);
  });
  local(region.reason).write(code);
}

/** Writes a region into the body of a function of REGION_SIGNATURE. Returns its shape. */
export function writeRegion(code: Code, blocks: readonly Block[], place: RegionPlace, calls: RegionCalls): Shape {
  const shape = shapeOf(blocks);
  const none: Label = { depth: 0 };
  const region: Region = {
    code,
    place,
    calls,
    blocks,
    shape,
    pe: local(code.parameter(0, 'pe')),
    base: local(code.parameter(1, 'base')),
    next: code.parameter(2, 'next'),
    budget: code.local('i32', 'budget'),
    reserve: code.local('i32', 'reserve'),
    bank: code.local('i32', 'bank'),
    checks: code.local('i32', 'checks'),
    at: code.local('i32', 'at'),
    target: code.local('i64', 'target'),
    reason: code.local('i32', 'reason'),
    flags: { a: code.local('i64', 'a'), b: code.local('i64', 'b'), kind: code.local('i32', 'kind') },
    when: code.local('i32', 'when'),
    registers: [],
    written: [],
    here: none,
    away: none,
    top: none,
    forward: new Map(),
    back: new Map(),
    states: flagsAtStart(blocks, shape),
    branchType: undefined,
    state: undefined,
    spAligned: false,
    fpChecked: false,
  };
  region.away = code.openBlock();
  region.here = code.openBlock();
  code.loop((top) => {
    region.top = top;
    writeItems(region, shape.items, true);
    code.op(0);
  });
  code.close();
  const offset = and(local(region.at), (1 << OFFSET_BITS) - 1);
  assign(code, region.target, add(region.base, zeroExtend(offset)));
  const given = and(shrU(local(region.at), OFFSET_BITS), (1 << GIVEN_BITS) - 1);
  assign(code, region.budget, add(local(region.budget), given));
  store(code, 32, region.pe, add(shl(offset, Math.log2(RECORD_SIZE / 4)), place.codePage), HELP_RECORD);
  assign(code, region.reason, shrU(local(region.at), OFFSET_BITS + GIVEN_BITS));
  code.close();
  writeEpilogue(region);
  code.insertFirst(writePrologue(region));
  return shape;
}
