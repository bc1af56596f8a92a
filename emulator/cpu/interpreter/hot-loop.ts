/**
 * The loop that executes instructions as long as nothing needs help. It calls nothing, so that the compiler can keep
 * its few variables in registers; whatever needs help is left to the caller, with no effect yet.
 */
import { Exit } from '../exit';
import {
  BUDGET,
  EXIT_CODE,
  HELP_POSITION,
  HELP_WORD,
  PC,
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
  ltU,
  ne,
  shl,
  shrS,
  shrU,
  signExtend,
  store,
  sub,
  wrap,
  xor,
  zeroExtend,
} from '../wasm/expr';
import type { ModuleBuilder } from '../wasm/module';
import type { Frame } from './frame';
import type { Handler } from './handlers';
import { FIRST_HANDLERS, handlers, NO_OPERATION, PAGE_END, UNDECODED, UNDEFINED } from './handlers';
import { HOT_HANDLERS } from './hot-handlers';
import { PAGE_ACCESS_MASK, tlbEntry } from './probe';
import { semanticsFor } from './semantics';
import { withTemporaries } from './temporaries';

/** Why the hot loop returned. For Exit, Slow and Decode, PC is that of the instruction, which is not counted. */
export const Reason = {
  /** The budget is used up, or EXIT_CODE is set before an instruction. */
  Done: 0,
  /** EXIT_CODE says why. */
  Exit: 1,
  Slow: 2,
  Decode: 3,
  /** The TLB does not have the page of PC. */
  Fetch: 4,
} as const;

/** Bytes of handler numbers in a code page: a position that differs only below this is in the same page. */
const CODE_SPAN = 2048;

/**
 * A switch: opens a block for each case, so that a case is reached by leaving the block with its number. `choose` gets
 * the labels of the cases and of what follows them.
 */
export function writeSwitch(
  code: Code,
  choose: (labels: readonly Label[], otherwise: Label) => void,
  cases: readonly (() => void)[],
  otherwise: () => void,
): void {
  const last = code.openBlock();
  const labels: Label[] = [];
  for (let at = cases.length - 1; at >= 0; at--) labels[at] = code.openBlock();
  choose(labels, last);
  for (const each of cases) {
    code.close();
    each();
  }
  code.close();
  otherwise();
}

/** Handler numbers `from` to `to`, reached by `write`. */
interface Choice {
  readonly from: number;
  readonly weight: number;
  readonly write: () => void;
}

/** Comparisons that halve the weight each time. */
function writeTree(code: Code, handler: Local, choices: readonly Choice[]): void {
  if (choices.length === 1) {
    choices[0]!.write();
    return;
  }
  const half = choices.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let at = 1;
  for (let sum = choices[0]!.weight; at < choices.length - 1 && sum + choices[at]!.weight / 2 < half; at++) {
    sum += choices[at]!.weight;
  }
  ltU(local(handler), choices[at]!.from).write(code);
  code.if(
    () => writeTree(code, handler, choices.slice(0, at)),
    () => writeTree(code, handler, choices.slice(at)),
  );
}

const REST_WEIGHT = 60;

/** Hot handlers by the tree, the rest by a jump table. */
function writeDispatch(code: Code, handler: Local, labels: readonly Label[], otherwise: Label): void {
  const table = (): void => {
    code.get(handler);
    code.brTable(labels, otherwise);
  };
  const hot = HOT_HANDLERS.map(([, weight], at): Choice => {
    const number = FIRST_HANDLERS + at;
    return { from: number, weight, write: () => code.br(labels[number]!) };
  });
  const rest: Choice = { from: FIRST_HANDLERS + hot.length, weight: REST_WEIGHT, write: table };
  writeTree(code, handler, [{ from: 0, weight: 1, write: table }, ...hot, rest]);
}

interface State {
  readonly pe: Expr;
  /**
   * Address of the handler number: two bytes an instruction. It moves on at the end of a handler and not before the
   * switch, where the compiler would have to keep two values across all handlers.
   */
  readonly position: Local;
  /** The position at which the budget is used up, as if the code went straight on. */
  readonly limit: Local;
  /** Address of the instruction's word, less twice the position. */
  readonly wordBase: Local;
  /** PC, less twice the position. */
  readonly pcBase: Local;
  readonly bank: Local;
  readonly stackPointer: Local;
  readonly word: Local;
  readonly target: Local;
  readonly moved: Local;
  readonly reason: Local;
}

const pcAt = (state: State): Expr => add(local(state.pcBase), shl(zeroExtend(local(state.position)), 1));
const wordAddress = (state: State): Expr => add(local(state.wordBase), shl(local(state.position), 1));
const budgetLeft = (state: State): Expr => shrS(sub(local(state.limit), local(state.position)), 1);

interface Exits {
  /** Look up the page of `target`. */
  readonly enter: Label;
  readonly next: Label;
  /** EXIT_CODE is set. */
  readonly fault: Label;
  readonly slow: Label;
}

function hotFrame(code: Code, state: State, exits: Exits, temporary: Frame['temporary']): Frame {
  const jump = (target: Expr): void => {
    assign(code, state.target, target);
    assign(code, state.limit, sub(local(state.limit), 2));
    code.br(exits.enter);
  };
  return {
    code,
    helpers: undefined,
    pe: state.pe,
    word: local(state.word),
    bank: local(state.bank),
    stackPointer: local(state.stackPointer),
    pc: () => pcAt(state),
    pcAfter: () => add(pcAt(state), 4),
    fault: () => code.br(exits.fault),
    slow: () => code.br(exits.slow),
    branch(offset) {
      const { position, limit, moved } = state;
      assign(code, moved, offset);
      const to = add(local(position), local(moved));
      ltU(xor(to, local(position)), CODE_SPAN).write(code);
      code.if(() => {
        assign(code, limit, sub(add(local(limit), local(moved)), 2));
        assign(code, position, to);
        code.br(exits.next);
      });
      jump(add(pcAt(state), shl(signExtend(local(moved)), 1)));
    },
    jump,
    temporary,
  };
}

/** To the next instruction. */
function moveOn(code: Code, state: State, next: Label): void {
  assign(code, state.position, add(local(state.position), 2));
  code.br(next);
}

function firstCases(
  code: Code,
  state: State,
  exits: Exits,
  reasonTo: (reason: number) => void,
): readonly (() => void)[] {
  const cases: (() => void)[] = [];
  cases[UNDECODED] = () => reasonTo(Reason.Decode);
  cases[PAGE_END] = () => {
    assign(code, state.target, pcAt(state));
    code.br(exits.enter);
  };
  cases[UNDEFINED] = () => {
    store(code, 32, state.pe, i32(Exit.Undefined), EXIT_CODE);
    code.br(exits.fault);
  };
  cases[NO_OPERATION] = () => moveOn(code, state, exits.next);
  if (cases.length !== FIRST_HANDLERS) throw new Error('Handlers before the rows do not match.');
  return cases;
}

/** Finds the page of `target` in the TLB and sets the position and limit in it; `budget` is in BUDGET. */
function writeEnter(code: Code, state: State, page: Local, codePage: Local, give: (reason: number) => void): void {
  const { pe, target } = state;
  eqz(load('i32', 32, pe, BUDGET)).write(code);
  code.if(() => give(Reason.Done));
  and(wrap(local(target)), 3).write(code);
  code.if(() => {
    store(code, 32, pe, i32(Exit.PcAlignment), EXIT_CODE);
    give(Reason.Done);
  });
  eqz(local(codePage)).write(code);
  code.if(() => {
    const entry = state.moved;
    assign(code, entry, tlbEntry(local(state.bank), local(target)));
    ne(load('i64', 64, local(entry), TLB_FETCH_TAG), and(local(target), PAGE_ACCESS_MASK)).write(code);
    code.if(() => give(Reason.Fetch));
    assign(code, page, load('i32', 32, local(entry), TLB_PAGE));
    assign(code, codePage, load('i32', 32, local(entry), TLB_CODE));
  });
  const twice = shl(local(codePage), 1);
  assign(code, state.position, add(local(codePage), shrU(and(wrap(local(target)), 0xfff), 1)));
  assign(code, state.limit, add(local(state.position), shl(load('i32', 32, pe, BUDGET), 1)));
  assign(code, state.wordBase, sub(local(page), twice));
  assign(code, state.pcBase, sub(and(local(target), PAGE_ACCESS_MASK), zeroExtend(twice)));
  assign(code, codePage, i32(0));
}

/**
 * (pe, code page or 0, page slot) → reason. Starts at PC with the budget in BUDGET, in the given page when there is
 * one, and leaves both there.
 */
export function writeHot(module: ModuleBuilder): number {
  const { index, code } = module.function('hot', { parameters: ['i32', 'i32', 'i32'], results: ['i32'] });
  const pe = local(code.parameter(0, 'pe'));
  const codePage = code.parameter(1, 'codePage');
  const page = code.parameter(2, 'page');
  const state: State = {
    pe,
    position: code.local('i32', 'position'),
    limit: code.local('i32', 'limit'),
    wordBase: code.local('i32', 'wordBase'),
    pcBase: code.local('i64', 'pcBase'),
    bank: code.local('i32', 'bank'),
    stackPointer: code.local('i32', 'stackPointer'),
    word: code.local('i32', 'word'),
    target: code.local('i64', 'target'),
    moved: code.local('i32', 'moved'),
    reason: code.local('i32', 'reason'),
  };
  const handler = code.local('i32', 'handler');
  assign(code, state.target, load('i64', 64, pe, PC));
  assign(code, state.bank, load('i32', 32, pe, TLB_BANK));
  assign(code, state.stackPointer, add(pe, load('i32', 32, pe, SP_SELECTED)));
  assign(code, state.limit, shl(load('i32', 32, pe, BUDGET), 1));
  /** Returns with the target as PC; the budget is already in its field. */
  const give = (reason: number): void => {
    store(code, 64, pe, local(state.target), PC);
    i32(reason).write(code);
    code.return();
  };
  const body = (each: Handler, exits: Exits) => (): void => {
    assign(code, state.word, load('i32', 32, wordAddress(state)));
    withTemporaries(code, (temporary) => each.row.emit(semanticsFor(hotFrame(code, state, exits, temporary), each)));
    moveOn(code, state, exits.next);
  };
  code.block((help) => {
    const reasonTo = (reason: number): void => {
      assign(code, state.reason, i32(reason));
      code.br(help);
    };
    code.block((slow) => {
      code.block((fault) => {
        code.loop((enter) => {
          store(code, 32, pe, budgetLeft(state), BUDGET);
          writeEnter(code, state, page, codePage, give);
          code.loop((next) => {
            const exits: Exits = { enter, next, fault, slow };
            eq(local(state.position), local(state.limit)).write(code);
            code.if(() => {
              assign(code, state.target, pcAt(state));
              code.br(enter);
            });
            assign(code, handler, load('i32', 16, local(state.position)));
            const cases = [
              ...firstCases(code, state, exits, reasonTo),
              ...handlers().inline.map((each) => body(each, exits)),
            ];
            writeSwitch(
              code,
              (labels, otherwise) => writeDispatch(code, handler, labels, otherwise),
              cases,
              () => code.br(slow),
            );
          });
        });
      });
      reasonTo(Reason.Exit);
    });
    reasonTo(Reason.Slow);
  });
  store(code, 32, pe, wordAddress(state), HELP_WORD);
  store(code, 64, pe, pcAt(state), PC);
  store(code, 32, pe, local(state.position), HELP_POSITION);
  store(code, 32, pe, budgetLeft(state), BUDGET);
  local(state.reason).write(code);
  return index;
}
