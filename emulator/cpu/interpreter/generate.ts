/** Writes the interpreter: one function with a switch over handler numbers, and one for the rare instructions. */
import { Exit } from '../exit';
import {
  BUDGET,
  BUDGET_ASIDE,
  EXIT_CODE,
  EXIT_WORD,
  FETCH_PAGE,
  NZCV,
  PC,
  PSTATE_REST,
  SP_SELECTED,
  TLB_BANK,
  TLB_CODE,
  TLB_FETCH_TAG,
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
  i32,
  load,
  local,
  ltS,
  ltU,
  mul,
  ne,
  shl,
  shrU,
  signExtend,
  store,
  sub,
  wrap,
  xor,
  zeroExtend,
} from '../wasm/expr';
import type { MemoryImport } from '../wasm/module';
import { ModuleBuilder } from '../wasm/module';
import { Op } from '../wasm/opcodes';
import type { Frame, Helpers } from './frame';
import type { Handler } from './handlers';
import { FIRST_HANDLERS, handlers, NO_OPERATION, PAGE_END, UNDECODED, UNDEFINED } from './handlers';
import { writeHelpers } from './helpers';
import { assignFlags, packFlags, readFlags, unpackFlags } from './operands';
import { PAGE_ACCESS_MASK, peNumber, tlbEntry } from './probe';
import { semanticsFor } from './semantics';

/** Bytes of handler numbers in a code page: a position that differs only below this is in the same page. */
const CODE_SPAN = 2048;
const ILLEGAL_STATE = 1 << 20;

/** Temporaries of one handler, given back when it is written. */
function withTemporaries(code: Code, body: (temporary: Frame['temporary']) => void): void {
  const used: Local[] = [];
  body((type) => {
    const to = code.borrow(type);
    used.push(to);
    return to;
  });
  for (const each of used) code.giveBack(each);
}

/** A switch: opens a block for each case, so that case `n` is reached by leaving the n-th innermost. */
function writeSwitch(code: Code, index: () => void, cases: readonly (() => void)[], otherwise: () => void): void {
  const last = code.openBlock();
  const labels: Label[] = [];
  for (let at = cases.length - 1; at >= 0; at--) labels[at] = code.openBlock();
  index();
  code.brTable(labels, last);
  for (const each of cases) {
    code.close();
    each();
  }
  code.close();
  otherwise();
}

/** Instructions whose bodies are large: (pe, word, handler, budget, pc) → budget, or its complement to leave. */
function writeRare(module: ModuleBuilder, helpers: Helpers, firstRare: number, rare: readonly Handler[]): number {
  const { index, code } = module.function('rare', {
    parameters: ['i32', 'i32', 'i32', 'i32', 'i64'],
    results: ['i32'],
  });
  const pe = local(code.parameter(0, 'pe'));
  const word = local(code.parameter(1, 'word'));
  const number = local(code.parameter(2, 'handler'));
  const budget = code.parameter(3, 'budget');
  const pc = local(code.parameter(4, 'pc'));
  const fault = (): void => {
    xor(local(budget), -1).write(code);
    code.return();
  };
  const never = (): never => {
    throw new Error('A rare instruction must not branch.');
  };
  const bodies = rare.map((handler) => () => {
    withTemporaries(code, (temporary) => {
      const frame: Frame = {
        code,
        helpers,
        pe,
        word,
        bank: load('i32', 32, pe, TLB_BANK),
        stackPointer: add(pe, load('i32', 32, pe, SP_SELECTED)),
        budget,
        flags: undefined,
        pc: () => pc,
        pcAfter: () => add(pc, 4),
        fault,
        branch: never,
        jump: never,
        temporary,
      };
      handler.row.emit(semanticsFor(frame, handler));
    });
    local(budget).write(code);
    code.return();
  });
  writeSwitch(
    code,
    () => sub(number, firstRare).write(code),
    bodies,
    () => undefined,
  );
  local(budget).write(code);
  return index;
}

/** Locals of the run loop. */
interface State {
  readonly pe: Expr;
  readonly budget: Local;
  /** Position in the code page, of the next instruction while one executes: two bytes an instruction. */
  readonly position: Local;
  /** Address of the current instruction's word, less twice the position. */
  readonly wordBase: Local;
  /** PC of the next instruction, less twice the position. */
  readonly pcBase: Local;
  readonly bank: Local;
  readonly stackPointer: Local;
  readonly word: Local;
  readonly target: Local;
  readonly handler: Local;
  readonly scratch: Local;
  readonly flags: NonNullable<Frame['flags']>;
}

function declare(code: Code): State {
  return {
    pe: local(code.parameter(0, 'pe')),
    budget: code.parameter(1, 'budget'),
    position: code.local('i32', 'position'),
    wordBase: code.local('i32', 'wordBase'),
    pcBase: code.local('i64', 'pcBase'),
    bank: code.local('i32', 'bank'),
    stackPointer: code.local('i32', 'stackPointer'),
    word: code.local('i32', 'word'),
    target: code.local('i64', 'target'),
    handler: code.local('i32', 'handler'),
    scratch: code.local('i32', 'scratch'),
    flags: {
      n: code.local('i64', 'n'),
      z: code.local('i64', 'z'),
      c: code.local('i32', 'c'),
      v: code.local('i64', 'v'),
    },
  };
}

const pcAt = (state: State): Expr => add(local(state.pcBase), mul(zeroExtend(local(state.position)), 2));

/** Comes back from what put the budget aside, or leaves because the slice is used up. */
function writeCheckPoint(code: Code, state: State, leave: Label): void {
  eqz(local(state.budget)).write(code);
  code.if(() => {
    assign(code, state.budget, load('i32', 32, state.pe, BUDGET_ASIDE));
    store(code, 32, state.pe, i32(0), BUDGET_ASIDE);
    load('i32', 32, state.pe, EXIT_CODE).write(code);
    code.brIf(leave);
    eqz(local(state.budget)).write(code);
    code.brIf(leave);
  });
}

/** Enters the page of `target`, through the TLB or the bus. */
function writeFetch(code: Code, state: State, fetch: number, leave: Label): void {
  const { pe, target, scratch } = state;
  const page = state.wordBase;
  ne(and(wrap(local(target)), 3), 0).write(code);
  code.if(() => {
    store(code, 32, pe, i32(Exit.PcAlignment), EXIT_CODE);
    code.br(leave);
  });
  assign(code, scratch, tlbEntry(local(state.bank), local(target)));
  eq(load('i64', 64, local(scratch), TLB_FETCH_TAG), and(local(target), PAGE_ACCESS_MASK)).write(code);
  code.if(
    () => {
      assign(code, page, load('i32', 32, local(scratch), TLB_PAGE));
      assign(code, scratch, load('i32', 32, local(scratch), TLB_CODE));
    },
    () => {
      store(code, 64, pe, local(target), PC);
      store(code, 32, pe, local(state.budget), BUDGET);
      peNumber(pe).write(code);
      wrap(local(target)).write(code);
      wrap(shrU(local(target), 32)).write(code);
      code.call(fetch);
      code.set(scratch);
      assign(code, target, load('i64', 64, pe, PC));
      eqz(local(scratch)).write(code);
      code.brIf(leave);
      assign(code, page, load('i32', 32, pe, FETCH_PAGE));
    },
  );
  const twice = shl(local(scratch), 1);
  assign(code, state.position, add(local(scratch), shrU(and(wrap(local(target)), 0xfff), 1)));
  assign(code, state.wordBase, sub(sub(local(page), twice), 4));
  assign(code, state.pcBase, sub(and(local(target), PAGE_ACCESS_MASK), zeroExtend(twice)));
}

interface Exits {
  /** Look up the page of `target`. */
  readonly enter: Label;
  readonly next: Label;
  /** The instruction has no effect. */
  readonly fault: Label;
}

function mainFrame(code: Code, state: State, helpers: Helpers, exits: Exits, temporary: Frame['temporary']): Frame {
  const jump = (target: Expr): void => {
    assign(code, state.target, target);
    code.br(exits.enter);
  };
  return {
    code,
    helpers,
    pe: state.pe,
    word: local(state.word),
    bank: local(state.bank),
    stackPointer: local(state.stackPointer),
    budget: state.budget,
    flags: state.flags,
    pc: () => sub(pcAt(state), 4),
    pcAfter: () => pcAt(state),
    fault: () => code.br(exits.fault),
    branch(offset) {
      const current = sub(local(state.position), 2);
      assign(code, state.scratch, add(current, offset));
      ltU(xor(local(state.scratch), current), CODE_SPAN).write(code);
      code.if(() => {
        assign(code, state.position, local(state.scratch));
        code.br(exits.next);
      });
      jump(add(local(state.pcBase), mul(signExtend(local(state.scratch)), 2)));
    },
    jump,
    temporary,
  };
}

interface Imports {
  readonly fetch: number;
  readonly decode: number;
}

const uncount = (code: Code, state: State): void => assign(code, state.budget, add(local(state.budget), 1));

function firstCases(code: Code, state: State, exits: Exits, imports: Imports): readonly (() => void)[] {
  const back = (): void => assign(code, state.position, sub(local(state.position), 2));
  const loadWord = (): Expr => load('i32', 32, add(local(state.wordBase), shl(local(state.position), 1)));
  const cases: (() => void)[] = [];
  cases[UNDECODED] = () => {
    uncount(code, state);
    loadWord().write(code);
    code.set(state.word);
    back();
    local(state.position).write(code);
    local(state.word).write(code);
    code.call(imports.decode);
    code.memory(Op.I32Store16, 0);
    code.br(exits.next);
  };
  cases[PAGE_END] = () => {
    uncount(code, state);
    back();
    assign(code, state.target, pcAt(state));
    code.br(exits.enter);
  };
  cases[UNDEFINED] = () => {
    assign(code, state.word, loadWord());
    store(code, 32, state.pe, i32(Exit.Undefined), EXIT_CODE);
    code.br(exits.fault);
  };
  cases[NO_OPERATION] = () => code.br(exits.next);
  if (cases.length !== FIRST_HANDLERS) throw new Error('Handlers before the rows do not match.');
  return cases;
}

function writeRun(module: ModuleBuilder, helpers: Helpers, imports: Imports, rare: number): number {
  const { index, code } = module.function('run', { parameters: ['i32', 'i32'], results: ['i32'] });
  const state = declare(code);
  const { pe } = state;
  const numbering = handlers();
  const flagFrame = { flags: state.flags, code } as Frame;
  store(code, 32, pe, i32(0), EXIT_CODE);
  store(code, 32, pe, i32(0), BUDGET_ASIDE);
  assign(code, state.target, load('i64', 64, pe, PC));
  assign(code, state.bank, load('i32', 32, pe, TLB_BANK));
  assign(code, state.stackPointer, add(pe, load('i32', 32, pe, SP_SELECTED)));
  assign(code, state.scratch, load('i32', 32, pe, NZCV));
  assignFlags(flagFrame, unpackFlags(local(state.scratch)));
  const body = (handler: Handler, exits: Exits) => () => {
    assign(code, state.word, load('i32', 32, add(local(state.wordBase), shl(local(state.position), 1))));
    withTemporaries(code, (temporary) => {
      handler.row.emit(semanticsFor(mainFrame(code, state, helpers, exits, temporary), handler));
    });
    code.br(exits.next);
  };
  const rareBody = (exits: Exits) => (): void => {
    assign(code, state.word, load('i32', 32, add(local(state.wordBase), shl(local(state.position), 1))));
    for (const argument of [pe, local(state.word), local(state.handler), local(state.budget), sub(pcAt(state), 4)]) {
      argument.write(code);
    }
    code.call(rare);
    code.set(state.budget);
    eqz(ltS(local(state.budget), 0)).write(code);
    code.brIf(exits.next);
    assign(code, state.budget, xor(local(state.budget), -1));
    code.br(exits.fault);
  };
  code.block((leave) => {
    and(load('i32', 32, pe, PSTATE_REST), ILLEGAL_STATE).write(code);
    code.if(() => {
      store(code, 32, pe, i32(Exit.IllegalState), EXIT_CODE);
      code.br(leave);
    });
    code.block((fault) => {
      code.loop((enter) => {
        writeCheckPoint(code, state, leave);
        writeFetch(code, state, imports.fetch, leave);
        code.loop((next) => {
          const exits: Exits = { enter, next, fault };
          eqz(local(state.budget)).write(code);
          code.if(() => {
            assign(code, state.target, pcAt(state));
            code.br(enter);
          });
          assign(code, state.budget, sub(local(state.budget), 1));
          assign(code, state.handler, load('i32', 16, local(state.position)));
          assign(code, state.position, add(local(state.position), 2));
          const cases = [
            ...firstCases(code, state, exits, imports),
            ...numbering.inline.map((handler) => body(handler, exits)),
          ];
          writeSwitch(code, () => local(state.handler).write(code), cases, rareBody(exits));
        });
      });
    });
    assign(code, state.target, sub(pcAt(state), 4));
    uncount(code, state);
  });
  store(code, 64, pe, local(state.target), PC);
  store(code, 32, pe, add(local(state.budget), load('i32', 32, pe, BUDGET_ASIDE)), BUDGET);
  store(code, 32, pe, i32(0), BUDGET_ASIDE);
  store(code, 32, pe, packFlags(readFlags(flagFrame)), NZCV);
  store(code, 32, pe, local(state.word), EXIT_WORD);
  load('i32', 32, pe, EXIT_CODE).write(code);
  return index;
}

/**
 * The interpreter's module. It imports `env.memory`, `env.access`, `env.commit` (see `cpu/bus.ts`), `env.fetch` (PE
 * number, VA halves → address of the code page or 0, the slot in FETCH_PAGE) and `env.decode` (word → handler number);
 * it exports `run` (address of the PE's state, budget → exit code).
 */
export function generateInterpreter(memory: MemoryImport, names = false): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(memory);
  const imports = {
    access: module.importFunction('env', 'access', { parameters: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] }),
    commit: module.importFunction('env', 'commit', { parameters: ['i32'], results: ['i32'] }),
    fetch: module.importFunction('env', 'fetch', { parameters: ['i32', 'i32', 'i32'], results: ['i32'] }),
    decode: module.importFunction('env', 'decode', { parameters: ['i32'], results: ['i32'] }),
  };
  const helpers = writeHelpers(module, imports);
  const { rare, firstRare } = handlers();
  const rareIndex = writeRare(module, helpers, firstRare, rare);
  module.export('run', writeRun(module, helpers, imports, rareIndex));
  return module.finish(names);
}
