/**
 * The two loops that execute instructions as long as nothing needs help: a hot one with the most frequent handlers, few
 * enough for the compiler to keep everything in registers, and a full one. They call nothing; whatever needs help is
 * left to the caller, with no effect yet.
 */
import { Exit } from '../exit';
import {
  BUDGET,
  EXIT_CODE,
  GUARDED,
  HELP_RECORD,
  HOT_CODE,
  HOT_PAGE,
  PC,
  PC_BASE,
  SP_SELECTED,
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
  i32,
  load,
  local,
  ltS,
  ltU,
  ne,
  or,
  shl,
  shrS,
  shrU,
  signExtend,
  store,
  sub,
  wrap,
  zeroExtend,
} from '../wasm/expr';
import type { ModuleBuilder } from '../wasm/module';
import { refusesBranch } from './branch-target';
import { RECORD_SIZE, TRANSLATED } from './code-pages';
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
  /** Hot loop only: its handlers or its budget do not suffice, the full loop goes on. */
  Elsewhere: 5,
  /** Full loop only: the instruction has a translation. */
  Translated: 6,
  /** Translation only: it was left for an instruction that is to be interpreted. */
  Interpret: 7,
  /** Translation only: it was left with PC at an instruction that may have a translation of its own. */
  Next: 8,
} as const;

/** Bytes of records in a code page. */
const CODE_SPAN = 1024 * RECORD_SIZE;
/** Most instructions that are executed before control moves or the page ends. */
export const PAGE_INSTRUCTIONS = 1024;
const RECORD_SHIFT = Math.log2(RECORD_SIZE);

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

const REST_WEIGHT = 20;

/** A tree over the hot handlers; the first handlers and the rest by a jump table, or elsewhere. */
function writeDispatch(code: Code, handler: Local, labels: readonly Label[], otherwise: Label): void {
  const first = (): void => {
    code.get(handler);
    code.brTable(labels.slice(0, FIRST_HANDLERS), otherwise);
  };
  const hot = HOT_HANDLERS.map(([, weight], at): Choice => {
    const number = FIRST_HANDLERS + at;
    return { from: number, weight, write: () => code.br(labels[number]!) };
  });
  const from = FIRST_HANDLERS + hot.length;
  const rest: Choice = { from, weight: REST_WEIGHT, write: () => code.br(otherwise) };
  writeTree(code, handler, [{ from: 0, weight: 1, write: first }, ...hot, rest]);
}

interface State {
  /** All handlers, and counts every instruction; the hot loop counts where control moves, with budget for a page. */
  readonly full: boolean;
  readonly pe: Expr;
  /**
   * Address of the record. It moves on at the end of a handler and not before the
   * switch, where the compiler would have to keep two values across all handlers.
   */
  readonly position: Local;
  /** The position at which the budget is used up, as if the code went straight on. */
  readonly limit: Local;
  readonly target: Local;
  readonly moved: Local;
  readonly reason: Local;
}

const pcAt = (state: State): Expr =>
  add(load('i64', 64, state.pe, PC_BASE), shrU(zeroExtend(local(state.position)), 1));
const budgetLeft = (state: State): Expr => shrS(sub(local(state.limit), local(state.position)), RECORD_SHIFT);

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
    assign(code, state.limit, sub(local(state.limit), RECORD_SIZE));
    code.br(exits.enter);
  };
  return {
    code,
    helpers: undefined,
    pe: state.pe,
    word: load('i32', 32, local(state.position), 4),
    record: local(state.position),
    bank: load('i32', 32, state.pe, TLB_BANK),
    stackPointer: add(state.pe, load('i32', 32, state.pe, SP_SELECTED)),
    pc: () => pcAt(state),
    pcAfter: () => add(pcAt(state), 4),
    fault: () => code.br(exits.fault),
    slow: () => code.br(exits.slow),
    branch(offset) {
      const { position, limit, moved } = state;
      assign(code, moved, offset);
      const to = add(local(position), local(moved));
      const inPage = ltU(sub(to, load('i32', 32, state.pe, HOT_CODE)), CODE_SPAN);
      (state.full ? inPage : and(inPage, ltS(i32(CODE_SPAN), sub(local(limit), local(position))))).write(code);
      code.if(() => {
        assign(code, limit, sub(add(local(limit), local(moved)), RECORD_SIZE));
        assign(code, position, to);
        code.br(exits.next);
      });
      jump(add(pcAt(state), shrS(signExtend(local(moved)), 1)));
    },
    jump,
    remaining: () => sub(budgetLeft(state), 1),
    temporary,
  };
}

/** To the next instruction. */
function moveOn(code: Code, state: State, next: Label): void {
  assign(code, state.position, add(local(state.position), RECORD_SIZE));
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
  if (state.full) {
    eqz(load('i32', 32, pe, BUDGET)).write(code);
    code.if(() => give(Reason.Done));
  } else {
    ltS(load('i32', 32, pe, BUDGET), PAGE_INSTRUCTIONS).write(code);
    code.if(() => give(Reason.Elsewhere));
  }
  and(wrap(local(target)), 3).write(code);
  code.if(() => {
    store(code, 32, pe, i32(Exit.PcAlignment), EXIT_CODE);
    give(Reason.Done);
  });
  eqz(local(codePage)).write(code);
  code.if(() => {
    const entry = state.moved;
    assign(code, entry, tlbEntry(load('i32', 32, pe, TLB_BANK), local(target)));
    assign(code, page, load('i32', 32, local(entry), TLB_PAGE));
    assign(code, codePage, load('i32', 32, local(entry), TLB_CODE));
    const tag = load('i64', 64, local(entry), TLB_FETCH_TAG);
    ne(tag, and(local(target), PAGE_ACCESS_MASK)).write(code);
    code.if(
      () => {
        ne(tag, or(and(local(target), PAGE_ACCESS_MASK), TLB_GUARDED)).write(code);
        code.if(() => give(Reason.Fetch));
        const word = load('i32', 32, add(local(page), and(wrap(local(target)), 0xfff)));
        refusesBranch(pe, word).write(code);
        code.if(() => give(Reason.Fetch));
        store(code, 32, pe, i32(1), GUARDED);
      },
      () => store(code, 32, pe, i32(0), GUARDED),
    );
  });
  store(code, 32, pe, local(page), HOT_PAGE);
  store(code, 32, pe, local(codePage), HOT_CODE);
  assign(code, state.position, add(local(codePage), shl(and(wrap(local(target)), 0xfff), 1)));
  assign(code, state.limit, add(local(state.position), shl(load('i32', 32, pe, BUDGET), RECORD_SHIFT)));
  store(code, 64, pe, sub(and(local(target), PAGE_ACCESS_MASK), zeroExtend(shrU(local(codePage), 1))), PC_BASE);
  assign(code, codePage, i32(0));
}

/**
 * (pe, code page or 0, page slot, mask) → reason. Starts at PC with the budget in BUDGET, in the given page when there is
 * one, and leaves both there. With HANDLER_MASK as its mask the full loop does not mind translations.
 */
export function writeHot(module: ModuleBuilder, full: boolean): number {
  const { index, code } = module.function(full ? 'full' : 'hot', {
    parameters: ['i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
  });
  const pe = local(code.parameter(0, 'pe'));
  const codePage = code.parameter(1, 'codePage');
  const page = code.parameter(2, 'page');
  const mask = local(code.parameter(3, 'mask'));
  const state: State = {
    full,
    pe,
    position: code.local('i32', 'position'),
    limit: code.local('i32', 'limit'),
    target: code.local('i64', 'target'),
    moved: code.local('i32', 'moved'),
    reason: code.local('i32', 'reason'),
  };
  const handler = code.local('i32', 'handler');
  assign(code, state.target, load('i64', 64, pe, PC));
  assign(code, state.limit, shl(load('i32', 32, pe, BUDGET), RECORD_SHIFT));
  /** Returns with the target as PC; the budget is already in its field. */
  const give = (reason: number): void => {
    store(code, 64, pe, local(state.target), PC);
    i32(reason).write(code);
    code.return();
  };
  const body = (each: Handler, exits: Exits) => (): void => {
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
            if (full) {
              eq(local(state.position), local(state.limit)).write(code);
              code.if(() => {
                assign(code, state.target, pcAt(state));
                code.br(enter);
              });
            }
            const number = load('i32', 16, local(state.position));
            assign(code, handler, full ? and(number, mask) : number);
            const { inline, hotCount } = handlers();
            const cases = [
              ...firstCases(code, state, exits, reasonTo),
              ...inline.slice(0, full ? inline.length : hotCount).map((each) => body(each, exits)),
            ];
            const table = (labels: readonly Label[], otherwise: Label): void => {
              code.get(handler);
              code.brTable(labels, otherwise);
            };
            const tree = (labels: readonly Label[], otherwise: Label): void =>
              writeDispatch(code, handler, labels, otherwise);
            const leave = (): void => {
              if (full) {
                ltU(local(handler), TRANSLATED).write(code);
                code.brIf(slow);
              }
              reasonTo(full ? Reason.Translated : Reason.Elsewhere);
            };
            writeSwitch(code, full ? table : tree, cases, leave);
          });
        });
      });
      reasonTo(Reason.Exit);
    });
    reasonTo(Reason.Slow);
  });
  store(code, 64, pe, pcAt(state), PC);
  store(code, 32, pe, local(state.position), HELP_RECORD);
  store(code, 32, pe, budgetLeft(state), BUDGET);
  local(state.reason).write(code);
  return index;
}
