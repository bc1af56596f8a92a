/**
 * Writes the interpreter as four functions. `hot` and `full` are loops around a switch over handler numbers that call
 * nothing; `slow` executes one instruction that needs help (a TLB miss, MMIO, an exclusive); `run` goes between them
 * and the bus.
 */
import { Exit } from '../exit';
import {
  BTYPE,
  BTYPE_BUDGET,
  BUDGET,
  CPU_FLAG,
  EXIT_CODE,
  EXIT_WORD,
  FETCH_PAGE,
  FLAGS,
  HELP_RECORD,
  HOT_PAGE,
  NZCV,
  PC,
  PSTATE_REST,
  SP_SELECTED,
  TLB_BANK,
} from '../layout';
import type { Code, Label, Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import {
  add,
  and,
  assign,
  eq,
  eqz,
  i32,
  leU,
  load,
  local,
  ltS,
  ltU,
  ne,
  or,
  select,
  shl,
  shrU,
  store,
  sub,
  wrap,
} from '../wasm/expr';
import type { MemoryImport } from '../wasm/module';
import { ModuleBuilder } from '../wasm/module';
import { Op, Pair } from '../wasm/opcodes';
import { BTYPE_SHIFT, branchType } from './branch-target';
import type { Frame, Helpers } from './frame';
import type { Handler } from './handlers';
import { FIRST_HANDLERS, handlers } from './handlers';
import { writeHelpers } from './helpers';
import { PAGE_INSTRUCTIONS, Reason, writeHot, writeSwitch } from './hot-loop';
import { assignFlags, packFlags, readFlags, unpackFlags } from './operands';
import { peNumber } from './probe';
import { semanticsFor } from './semantics';
import { withTemporaries } from './temporaries';

/** The smallest memory that holds everything before the page slots, in pages of 64 KiB. */
export const MINIMUM_PAGES = 128;

const ILLEGAL_STATE = 1 << 20;
/** Instructions that the full loop executes before the hot one is tried again. */
const VISIT = 16;

const never = (): never => {
  throw new Error('An instruction that goes the slow way must not branch.');
};

/** One handler in a function that returns 0 to leave. */
function writeSlowBody(code: Code, helpers: Helpers, pe: Expr, word: Expr, handler: Handler): void {
  const pc = (): Expr => load('i64', 64, pe, PC);
  withTemporaries(code, (temporary) => {
    const frame: Frame = {
      code,
      helpers,
      pe,
      word,
      record: undefined,
      bank: load('i32', 32, pe, TLB_BANK),
      stackPointer: add(pe, load('i32', 32, pe, SP_SELECTED)),
      pc,
      pcAfter: () => add(pc(), 4),
      fault() {
        i32(0).write(code);
        code.return();
      },
      slow: never,
      branch: never,
      jump(target) {
        if (handler.row.fp) never();
        store(code, 64, pe, target, PC);
        i32(1).write(code);
        code.return();
      },
      remaining: () => load('i32', 32, pe, BUDGET),
      temporary,
    };
    handler.row.emit(semanticsFor(frame, handler));
  });
}

/**
 * One instruction of FP or AdvSIMD: (pe, word, handler) → as `slow`. Each handler is a function of its own, which an
 * engine compiles when it is first called.
 */
function writeVector(module: ModuleBuilder, helpers: Helpers): number {
  const signature = { parameters: ['i32', 'i32'], results: ['i32'] } as const;
  const { vector, firstVector } = handlers();
  const functions = vector.map((handler) => {
    const { index, code } = module.function(handler.row.name, signature);
    writeSlowBody(code, helpers, local(code.parameter(0)), local(code.parameter(1)), handler);
    i32(1).write(code);
    return index;
  });
  const { index, code } = module.function('vector', { parameters: ['i32', 'i32', 'i32'], results: ['i32'] });
  const [pe, word, number] = [0, 1, 2].map((at) => local(code.parameter(at))) as [Expr, Expr, Expr];
  eqz(and(load('i32', 32, pe, FLAGS), CPU_FLAG.FP_ENABLED)).write(code);
  code.if(() => {
    store(code, 32, pe, i32(Exit.FpTrap), EXIT_CODE);
    i32(0).write(code);
    code.return();
  });
  const done = code.local('i32');
  code.block((end) => {
    const choose = (labels: readonly Label[], otherwise: Label): void => {
      sub(number, firstVector).write(code);
      code.brTable(labels, otherwise);
    };
    const cases = functions.map((each) => (): void => {
      pe.write(code);
      word.write(code);
      code.call(each);
      code.set(done);
      code.br(end);
    });
    writeSwitch(code, choose, cases, () => code.op(Op.Unreachable));
  });
  local(done).write(code);
  code.if(() => store(code, 64, pe, add(load('i64', 64, pe, PC), 4), PC));
  local(done).write(code);
  return index;
}

/** One instruction that may call helpers: (pe, word, handler) → 0 to leave, EXIT_CODE set. Moves PC on. */
function writeSlow(module: ModuleBuilder, helpers: Helpers): number {
  const vector = writeVector(module, helpers);
  const { index, code } = module.function('slow', {
    parameters: ['i32', 'i32', 'i32'],
    results: ['i32'],
  });
  const pe = local(code.parameter(0, 'pe'));
  const word = local(code.parameter(1, 'word'));
  const number = local(code.parameter(2, 'handler'));
  const pc = (): Expr => load('i64', 64, pe, PC);
  const { slow, firstSlow, hotCount } = handlers();
  const body = (handler: Handler, done: Label): void => {
    writeSlowBody(code, helpers, pe, word, handler);
    code.br(done);
  };
  leU(handlers().firstVector, number).write(code);
  code.if(() => {
    for (const argument of [pe, word, number]) argument.write(code);
    code.call(vector);
    code.return();
  });
  code.block((done) => {
    const byNumber = new Map(slow.map((handler) => [handler.number, handler]));
    const caseOf = (at: number) => (): void => {
      const handler = byNumber.get(at);
      if (handler === undefined) code.op(Op.Unreachable);
      else body(handler, done);
    };
    const hot = Array.from({ length: hotCount }, (_, at) => caseOf(FIRST_HANDLERS + at));
    const others = slow.filter((handler) => handler.number >= firstSlow).map((handler) => caseOf(handler.number));
    const isHot = ltU(number, FIRST_HANDLERS + hotCount);
    const index = select(isHot, sub(number, FIRST_HANDLERS), sub(number, firstSlow - hotCount));
    const choose = (labels: readonly Label[], otherwise: Label): void => {
      index.write(code);
      code.brTable(labels, otherwise);
    };
    writeSwitch(code, choose, [...hot, ...others], () => code.op(Op.Unreachable));
  });
  store(code, 64, pe, add(pc(), 4), PC);
  i32(1).write(code);
  return index;
}

interface Calls {
  readonly hot: number;
  readonly full: number;
  readonly slow: number;
  readonly fetch: number;
  readonly decode: number;
}

const changeBudget = (code: Code, pe: Expr, by: number): void =>
  store(code, 32, pe, add(load('i32', 32, pe, BUDGET), by), BUDGET);

/** The instruction at `place` (page slot and handler number's address) the slow way; leaves on a fault or a wish to. */
function writeSlowStep(code: Code, pe: Expr, calls: Calls, word: Expr, handler: Expr, leave: Label): void {
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
function writeFetch(code: Code, pe: Expr, calls: Calls, codePage: Local, page: Local, leave: Label): void {
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

function writeRun(module: ModuleBuilder, calls: Calls): number {
  const { index, code } = module.function('run', {
    parameters: ['i32', 'i32'],
    results: ['i32'],
  });
  const pe = local(code.parameter(0, 'pe'));
  const budget = local(code.parameter(1, 'budget'));
  const reason = code.local('i32', 'reason');
  const codePage = code.local('i32', 'codePage');
  const page = code.local('i32', 'page');
  const record = code.local('i32', 'record');
  const elsewhere = code.local('i32', 'elsewhere');
  const aside = code.local('i32', 'aside');
  const word = code.local('i32', 'word');
  store(code, 32, pe, i32(0), EXIT_CODE);
  store(code, 32, pe, budget, BUDGET);
  store(code, 32, pe, budget, BTYPE_BUDGET);
  store(code, 32, pe, and(shrU(load('i32', 32, pe, PSTATE_REST), BTYPE_SHIFT), 3), BTYPE);
  withTemporaries(code, (temporary) => assignFlags({ code, pe, temporary }, unpackFlags(load('i32', 32, pe, NZCV))));
  code.block((leave) => {
    and(load('i32', 32, pe, PSTATE_REST), ILLEGAL_STATE).write(code);
    code.if(() => {
      store(code, 32, pe, i32(Exit.IllegalState), EXIT_CODE);
      code.br(leave);
    });
    code.loop((again) => {
      const enter = (loop: number): void => {
        for (const argument of [pe, local(codePage), local(page)]) argument.write(code);
        code.call(loop);
        code.set(reason);
        assign(code, codePage, i32(0));
      };
      or(local(elsewhere), ltS(load('i32', 32, pe, BUDGET), PAGE_INSTRUCTIONS)).write(code);
      code.if(
        () => {
          local(elsewhere).write(code);
          code.if(() => {
            assign(
              code,
              aside,
              select(ltS(load('i32', 32, pe, BUDGET), VISIT), 0, sub(load('i32', 32, pe, BUDGET), VISIT)),
            );
            for (const field of [BUDGET, BTYPE_BUDGET])
              store(code, 32, pe, sub(load('i32', 32, pe, field), local(aside)), field);
          });
          enter(calls.full);
          for (const field of [BUDGET, BTYPE_BUDGET])
            store(code, 32, pe, add(load('i32', 32, pe, field), local(aside)), field);
          assign(code, aside, i32(0));
          assign(code, elsewhere, and(local(elsewhere), eq(local(reason), Reason.Fetch)));
          and(eqz(or(local(reason), load('i32', 32, pe, EXIT_CODE))), ne(load('i32', 32, pe, BUDGET), 0)).write(code);
          code.brIf(again);
        },
        () => {
          enter(calls.hot);
          assign(code, elsewhere, eq(local(reason), Reason.Elsewhere));
          local(elsewhere).write(code);
          code.brIf(again);
        },
      );
      eq(local(reason), Reason.Fetch).write(code);
      code.if(() => {
        writeFetch(code, pe, calls, codePage, page, leave);
        code.br(again);
      });
      eqz(local(reason)).write(code);
      code.brIf(leave);
      assign(code, record, load('i32', 32, pe, HELP_RECORD));
      eq(local(reason), Reason.Decode).write(code);
      code.if(() => {
        local(record).write(code);
        load('i32', 32, add(load('i32', 32, pe, HOT_PAGE), and(load('i32', 32, pe, PC), 0xfff))).write(code);
        code.call(calls.decode);
        code.br(again);
      });
      assign(code, word, load('i32', 32, local(record), 4));
      store(code, 32, pe, local(word), EXIT_WORD);
      eq(local(reason), Reason.Exit).write(code);
      code.brIf(leave);
      writeSlowStep(code, pe, calls, local(word), load('i32', 16, local(record)), leave);
      code.br(again);
    });
  });
  store(code, 32, pe, packFlags(readFlags(pe)), NZCV);
  const rest = and(load('i32', 32, pe, PSTATE_REST), ~(3 << BTYPE_SHIFT));
  store(code, 32, pe, or(rest, shl(branchType(pe), BTYPE_SHIFT)), PSTATE_REST);
  load('i32', 32, pe, EXIT_CODE).write(code);
  return index;
}

/**
 * The interpreter's module. It imports `env.memory`, `env.access`, `env.commit` (see `cpu/bus.ts`), `env.fetch` (PE
 * number, VA halves → address of the code page or 0, the slot in FETCH_PAGE) and `env.decode` (address of a record,
 * word: fills the record) and `env.finish` (address of the PE's state, word: see `cpu/finish.ts`);
 * it exports `run` (address of the PE's state, budget → exit code).
 */
export function generateInterpreter(memory: MemoryImport, names = false): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(memory);
  const imports = {
    access: module.importFunction('env', 'access', {
      parameters: ['i32', 'i32', 'i32', 'i32'],
      results: ['i32'],
    }),
    commit: module.importFunction('env', 'commit', {
      parameters: ['i32'],
      results: ['i32'],
    }),
    finish: module.importFunction('env', 'finish', { parameters: ['i32', 'i32'], results: [] }),
    fetch: module.importFunction('env', 'fetch', {
      parameters: ['i32', 'i32', 'i32'],
      results: ['i32'],
    }),
    decode: module.importFunction('env', 'decode', {
      parameters: ['i32', 'i32'],
      results: [],
    }),
  };
  const slow = writeSlow(module, writeHelpers(module, imports));
  const hot = writeHot(module, false);
  const full = writeHot(module, true);
  module.export(
    'run',
    writeRun(module, {
      hot,
      full,
      slow,
      fetch: imports.fetch,
      decode: imports.decode,
    }),
  );
  return module.finish(names);
}
