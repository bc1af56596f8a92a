/**
 * `run`: goes between the translations of pages, the two loops of the interpreter, the slow way and the bus. What is
 * translated runs as such; the rest is interpreted, and counted by page, until the translator is called for it.
 */
import { CODE_ENTRIES } from '../../memory/map';
import { Exit } from '../exit';
import {
  BTYPE,
  BTYPE_BUDGET,
  BUDGET,
  EXIT_CODE,
  EXIT_WORD,
  FETCH_PAGE,
  GUARDED,
  HELP_RECORD,
  HOT_CODE,
  HOT_PAGE,
  NZCV,
  PC,
  PSTATE_REST,
  TLB_BANK,
  TLB_CODE,
  TLB_FETCH_TAG,
  TLB_GUARDED,
  TLB_PAGE,
} from '../layout';
import type { Code, Label, Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import {
  add,
  and,
  assign,
  eq,
  eqz,
  geS,
  geU,
  i32,
  load,
  local,
  ltS,
  or,
  select,
  shl,
  shrU,
  store,
  sub,
  wrap,
} from '../wasm/expr';
import type { ModuleBuilder, Signature } from '../wasm/module';
import { Pair } from '../wasm/opcodes';
import { BTYPE_SHIFT, branchType, refusesBranch } from './branch-target';
import { ENTRY_BLOCK_BITS, FIRST_ENTRY, HANDLER_MASK, HEAT, HEAT_LIMIT, WANTED } from './code-pages';
import { PAGE_INSTRUCTIONS, Reason } from './hot-loop';
import { assignFlags, packFlags, readFlags, unpackFlags } from './operands';
import { PAGE_ACCESS_MASK, peNumber, tlbEntry } from './probe';
import { withTemporaries } from './temporaries';

const ILLEGAL_STATE = 1 << 20;
/** Instructions that the full loop executes before the hot one is tried again. */
const VISIT = 16;
/** Most instructions that a loop executes before their page is looked at. */
const LONG_VISIT = 4096;

/** Signature of a translation (`translator/region.ts`): (pe, VA of its page, number of the block) → reason. */
export const REGION_SIGNATURE: Signature = { parameters: ['i32', 'i64', 'i32'], results: ['i32'] };

export interface Calls {
  readonly hot: number;
  readonly full: number;
  readonly slow: number;
  readonly fetch: number;
  readonly decode: number;
  readonly translate: number;
}

interface State {
  readonly code: Code;
  readonly pe: Expr;
  readonly calls: Calls;
  readonly reason: Local;
  readonly codePage: Local;
  readonly page: Local;
  /** Not the hot loop but the full one, for a while. */
  readonly elsewhere: Local;
  /** The full loop is not to mind translations; with `alone` none is looked for. */
  readonly plain: Local;
  readonly alone: Local;
}

const changeBudget = (code: Code, pe: Expr, by: Expr | number): void =>
  store(code, 32, pe, add(load('i32', 32, pe, BUDGET), by), BUDGET);

/** The budget, and the one that PSTATE.BTYPE belongs to. */
function changeBoth(code: Code, pe: Expr, by: Expr): void {
  for (const field of [BUDGET, BTYPE_BUDGET]) store(code, 32, pe, add(load('i32', 32, pe, field), by), field);
}

/** The instruction of a record the slow way; leaves on a fault or a wish to. */
function writeSlowStep({ code, pe, calls }: State, word: Expr, handler: Expr, leave: Label): void {
  changeBudget(code, pe, -1);
  pe.write(code);
  word.write(code);
  handler.write(code);
  code.call(calls.slow);
  code.op(Pair.eqz[0]);
  code.if(() => {
    changeBudget(code, pe, 1);
    code.br(leave);
  });
  load('i32', 32, pe, EXIT_CODE).write(code);
  code.brIf(leave);
}

/** Code page of PC by the bus, into the locals; leaves when it refuses. */
function writeFetch({ code, pe, calls, codePage, page }: State, leave: Label): void {
  const pc = load('i64', 64, pe, PC);
  peNumber(pe).write(code);
  wrap(pc).write(code);
  wrap(shrU(pc, 32)).write(code);
  code.call(calls.fetch);
  code.tee(codePage);
  code.op(Pair.eqz[0]);
  code.brIf(leave);
  assign(code, page, load('i32', 32, pe, FETCH_PAGE));
}

/**
 * Executes the translation of PC when there is one and goes to `done`. A place that a translation left for and that has
 * none itself is marked, so that the next translation of its page can be entered there. Where a guarded page does not
 * accept PSTATE.BTYPE at first sight, the interpreter is the one to find out.
 */
function writeTranslated(state: State, type: number, done: Label): void {
  const { code, pe, reason } = state;
  const entry = code.local('i32', 'entry');
  const start = code.local('i32', 'start');
  const guarded = code.local('i32', 'guarded');
  const pc = load('i64', 64, pe, PC);
  assign(code, entry, tlbEntry(load('i32', 32, pe, TLB_BANK), pc));
  const tag = load('i64', 64, local(entry), TLB_FETCH_TAG);
  const cached = eq(and(tag, ~TLB_GUARDED), and(pc, PAGE_ACCESS_MASK | 1n));
  assign(code, guarded, shrU(and(wrap(tag), Number(TLB_GUARDED)), 1));
  const aligned = eqz(and(wrap(pc), 3));
  code.block((refused) => {
    eqz(and(and(cached, aligned), eqz(local(state.alone)))).write(code);
    code.brIf(refused);
    local(guarded).write(code);
    code.if(() => {
      const word = load('i32', 32, add(load('i32', 32, local(entry), TLB_PAGE), and(wrap(pc), 0xfff)));
      refusesBranch(pe, word).write(code);
      code.brIf(refused);
    });
    assign(code, entry, add(load('i32', 32, local(entry), TLB_CODE), and(wrap(pc), 0xfff)));
    assign(code, start, load('i32', 32, local(entry), CODE_ENTRIES));
    geU(local(start), FIRST_ENTRY).write(code);
    code.if(() => {
      for (const each of [state.codePage, state.elsewhere, state.plain]) assign(code, each, i32(0));
      store(code, 32, pe, local(guarded), GUARDED);
      pe.write(code);
      and(pc, PAGE_ACCESS_MASK).write(code);
      and(local(start), FIRST_ENTRY - 1).write(code);
      shrU(local(start), ENTRY_BLOCK_BITS).write(code);
      code.callIndirect(type);
      code.set(reason);
      code.br(done);
    });
    eq(local(reason), Reason.Next).write(code);
    code.if(() => store(code, 32, local(entry), i32(WANTED), CODE_ENTRIES));
  });
}

/** One of the loops, for a part of the budget; its instructions add to the heat of the page where it stopped. */
function writeVisit(state: State): void {
  const { code, pe, calls, reason } = state;
  const aside = code.local('i32', 'aside');
  const given = code.local('i32', 'given');
  const heat = code.local('i32', 'heat');
  const budget = load('i32', 32, pe, BUDGET);
  assign(code, given, select(local(state.elsewhere), i32(VISIT), LONG_VISIT));
  assign(code, given, select(ltS(budget, local(given)), budget, local(given)));
  assign(code, aside, sub(budget, local(given)));
  changeBoth(code, pe, sub(i32(0), local(aside)));
  const enter = (loop: number): void => {
    const mask = select(local(state.plain), i32(HANDLER_MASK), 0xffff);
    for (const argument of [pe, local(state.codePage), local(state.page), mask]) argument.write(code);
    code.call(loop);
    code.set(reason);
  };
  or(local(state.elsewhere), ltS(local(given), PAGE_INSTRUCTIONS)).write(code);
  code.if(
    () => {
      enter(calls.full);
      assign(code, state.elsewhere, and(local(state.elsewhere), eq(local(reason), Reason.Fetch)));
      eq(local(reason), Reason.Translated).write(code);
      code.if(
        () => assign(code, state.plain, i32(1)),
        () => {
          assign(code, state.plain, and(local(state.plain), eq(local(reason), Reason.Fetch)));
          assign(code, state.alone, and(local(state.alone), eq(local(reason), Reason.Fetch)));
        },
      );
      assign(code, state.elsewhere, or(local(state.elsewhere), local(state.plain)));
    },
    () => {
      enter(calls.hot);
      assign(code, state.elsewhere, eq(local(reason), Reason.Elsewhere));
    },
  );
  assign(code, state.codePage, i32(0));
  assign(code, given, sub(local(given), budget));
  changeBoth(code, pe, local(aside));
  local(given).write(code);
  code.if(() => {
    assign(code, heat, load('i32', 32, pe, HOT_CODE));
    store(code, 32, local(heat), add(load('i32', 32, local(heat), HEAT), local(given)), HEAT);
    geS(load('i32', 32, local(heat), HEAT), load('i32', 32, local(heat), HEAT_LIMIT)).write(code);
    code.if(() => {
      local(heat).write(code);
      and(wrap(load('i64', 64, pe, PC)), 0xfff).write(code);
      code.call(calls.translate);
    });
  });
}

export function writeRun(module: ModuleBuilder, calls: Calls): number {
  const { index, code } = module.function('run', {
    parameters: ['i32', 'i32'],
    results: ['i32'],
  });
  const pe = local(code.parameter(0, 'pe'));
  const budget = local(code.parameter(1, 'budget'));
  const state: State = {
    code,
    pe,
    calls,
    reason: code.local('i32', 'reason'),
    codePage: code.local('i32', 'codePage'),
    page: code.local('i32', 'page'),
    elsewhere: code.local('i32', 'elsewhere'),
    plain: code.local('i32', 'plain'),
    alone: code.local('i32', 'alone'),
  };
  const { reason } = state;
  const record = code.local('i32', 'record');
  const word = code.local('i32', 'word');
  const region = module.typeIndex(REGION_SIGNATURE);
  store(code, 32, pe, i32(0), EXIT_CODE);
  store(code, 32, pe, budget, BUDGET);
  store(code, 32, pe, budget, BTYPE_BUDGET);
  store(code, 32, pe, and(shrU(load('i32', 32, pe, PSTATE_REST), BTYPE_SHIFT), 3), BTYPE);
  withTemporaries(code, (temporary) => assignFlags({ code, pe, temporary }, unpackFlags(load('i32', 32, pe, NZCV))));
  assign(code, reason, i32(Reason.Slow));
  code.block((leave) => {
    and(load('i32', 32, pe, PSTATE_REST), ILLEGAL_STATE).write(code);
    code.if(() => {
      store(code, 32, pe, i32(Exit.IllegalState), EXIT_CODE);
      code.br(leave);
    });
    code.loop((again) => {
      code.block((done) => {
        writeTranslated(state, region, done);
        writeVisit(state);
      });
      // Nothing but the end of a part of the budget, or the end of a translation.
      const over = or(load('i32', 32, pe, EXIT_CODE), eqz(load('i32', 32, pe, BUDGET)));
      or(eqz(local(reason)), eq(local(reason), Reason.Next)).write(code);
      code.if(() => {
        eqz(over).write(code);
        code.brIf(again);
        code.br(leave);
      });
      or(eq(local(reason), Reason.Elsewhere), eq(local(reason), Reason.Translated)).write(code);
      code.brIf(again);
      eq(local(reason), Reason.Interpret).write(code);
      code.if(() => {
        for (const each of [state.elsewhere, state.plain, state.alone]) assign(code, each, i32(1));
        code.br(again);
      });
      eq(local(reason), Reason.Fetch).write(code);
      code.if(() => {
        writeFetch(state, leave);
        code.br(again);
      });
      assign(code, record, load('i32', 32, pe, HELP_RECORD));
      eq(local(reason), Reason.Decode).write(code);
      code.if(() => {
        local(record).write(code);
        load('i32', 32, add(load('i32', 32, pe, HOT_PAGE), and(load('i32', 32, pe, PC), 0xfff))).write(code);
        code.call(calls.decode);
        code.br(again);
      });
      // A translation may end, its budget used up, before what goes the slow way.
      eqz(load('i32', 32, pe, BUDGET)).write(code);
      code.brIf(leave);
      assign(code, word, load('i32', 32, local(record), 4));
      store(code, 32, pe, local(word), EXIT_WORD);
      eq(local(reason), Reason.Exit).write(code);
      code.brIf(leave);
      writeSlowStep(state, local(word), and(load('i32', 16, local(record)), HANDLER_MASK), leave);
      code.br(again);
    });
  });
  store(code, 32, pe, packFlags(readFlags(pe)), NZCV);
  const rest = and(load('i32', 32, pe, PSTATE_REST), ~(3 << BTYPE_SHIFT));
  store(code, 32, pe, or(rest, shl(branchType(pe), BTYPE_SHIFT)), PSTATE_REST);
  load('i32', 32, pe, EXIT_CODE).write(code);
  return index;
}
