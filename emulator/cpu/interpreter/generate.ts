/**
 * Writes the interpreter as four functions. `hot` and `full` are loops around a switch over handler numbers that call
 * nothing; `slow` executes one instruction that needs help (a TLB miss, MMIO, an exclusive); `run` goes between them
 * and the bus.
 */
import { Exit } from '../exit';
import { BUDGET, CPU_FLAG, EXIT_CODE, FLAGS, PC, SP_SELECTED, TLB_BANK } from '../layout';
import { writeMaterialize } from '../translator/flags';
import type { Code, Label } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import { add, and, eqz, i32, leU, load, local, ltU, select, store, sub } from '../wasm/expr';
import type { MemoryImport } from '../wasm/module';
import { ModuleBuilder } from '../wasm/module';
import { Op } from '../wasm/opcodes';
import type { Frame, Helpers } from './frame';
import type { Handler } from './handlers';
import { FIRST_HANDLERS, handlers } from './handlers';
import { writeHelpers } from './helpers';
import { writeHot, writeSwitch } from './hot-loop';
import { writeRun } from './run';
import { semanticsFor } from './semantics';
import { withTemporaries } from './temporaries';

/** The smallest memory that holds everything before the page slots, in pages of 64 KiB. */
export const MINIMUM_PAGES = 160;
/** Places in the table of translations; the first is never used. */
export const TRANSLATIONS = 2048;

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

/**
 * The interpreter's module. It imports `env.memory`, `env.access`, `env.commit` (see `cpu/bus.ts`), `env.fetch` (PE
 * number, VA halves → address of the code page or 0, the slot in FETCH_PAGE) and `env.decode` (address of a record,
 * word: fills the record),
 * `env.translate` (address of a code page that has become hot, offset of PC) and `env.finish` (address of the PE's state, word: see `cpu/finish.ts`); it exports `run`
 * (address of the PE's state, budget → exit code), and for translations `translations` (their table) and `materialize`.
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
  const translate = module.importFunction('env', 'translate', { parameters: ['i32', 'i32'], results: [] });
  module.table('translations', TRANSLATIONS);
  const slow = writeSlow(module, writeHelpers(module, imports));
  const hot = writeHot(module, false);
  const full = writeHot(module, true);
  const { fetch, decode } = imports;
  module.export('run', writeRun(module, { hot, full, slow, fetch, decode, translate }));
  module.export('materialize', writeMaterialize(module));
  return module.finish(names);
}
