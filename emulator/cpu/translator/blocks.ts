/** The basic blocks of a page, of the instructions in it that were executed at least once. */
import { CODE_ENTRIES } from '../../memory/map';
import { FIRST_ENTRY, HANDLER_MASK, RECORD_SIZE, WANTED } from '../interpreter/code-pages';
import type { Handler } from '../interpreter/handlers';
import { handlers, NO_OPERATION } from '../interpreter/handlers';
import type { Fields } from '../table/row';
import { fieldsOf, signed } from '../table/row';
import type { Trace } from './trace';
import { endsBlock, traceOf } from './trace';

export interface Instruction {
  /** Byte offset in the page. */
  readonly offset: number;
  readonly word: number;
  readonly handler: Handler;
  readonly fields: Fields;
  readonly trace: Trace;
}

export interface Block {
  readonly start: number;
  /** Byte offset behind the last instruction. */
  readonly end: number;
  /** Without those that do nothing. */
  readonly instructions: readonly Instruction[];
  /** Instructions of the guest in it. */
  readonly length: number;
  /** Byte offset that a branch goes to, which may be in another page; undefined without one. */
  readonly target: number | undefined;
  /** May go on to `end`. */
  readonly falls: boolean;
  readonly jumps: boolean;
  readonly links: boolean;
  /** Control comes here in ways that the page does not show. */
  entry: boolean;
}

const WORDS = 1024;
/** Most instructions of a block: what does not fit into the budget is interpreted. */
export const LONGEST_BLOCK = 64;

/** The page as the interpreter has decoded it. `slot` and `codePage` are WebAssembly addresses. */
export interface Page {
  readonly view: DataView;
  readonly slot: number;
  readonly codePage: number;
}

/** Numbers of handlers, 0 where a word was never executed. */
function decoded({ view, codePage }: Page): number[] {
  return Array.from({ length: WORDS }, (_, at) => view.getUint16(codePage + at * RECORD_SIZE, true) & HANDLER_MASK);
}

function instructionsOf(page: Page): (Instruction | undefined | null)[] {
  const { all } = handlers();
  return decoded(page).map((number, at) => {
    if (number === NO_OPERATION) return null;
    const handler = all[number];
    if (handler === undefined) return undefined;
    const trace = traceOf(handler);
    if (trace.exits || trace.slow) return undefined;
    const word = page.view.getUint32(page.slot + at * 4, true);
    return { offset: at * 4, word, handler, fields: fieldsOf(handler.row, word), trace };
  });
}

function targetOf({ handler, fields, offset, trace }: Instruction): number | undefined {
  if (trace.branch === undefined) return undefined;
  const field = handler.row.fields.find(({ name }) => name === trace.branch)!;
  return offset + signed(fields[field.name]!, field.width) * 4;
}

/** Word numbers where blocks begin, and of those the entries. */
function leadersOf(
  page: Page,
  code: readonly (Instruction | undefined | null)[],
): { leaders: Uint8Array; entries: Uint8Array } {
  const leaders = new Uint8Array(WORDS + 1);
  const entries = new Uint8Array(WORDS + 1);
  const entry = (at: number): void => {
    leaders[at] = 1;
    entries[at] = 1;
  };
  for (let at = 0; at < WORDS; at++) {
    const each = code[at];
    if (each === undefined) {
      entry(at + 1);
      continue;
    }
    if (at === 0) leaders[at] = 1;
    const mark = page.view.getUint32(page.codePage + CODE_ENTRIES + at * 4, true);
    if (mark === WANTED || mark >= FIRST_ENTRY) entry(at);
    if (each === null || !endsBlock(each.trace)) continue;
    leaders[at + 1] = 1;
    if (each.trace.links) entry(at + 1);
    const target = targetOf(each);
    if (target === undefined || target < 0 || target >= WORDS * 4) continue;
    leaders[target / 4] = 1;
    if (each.trace.links) entries[target / 4] = 1;
  }
  return { leaders, entries };
}

/** All blocks of a page, by address. */
export function findBlocks(page: Page): Block[] {
  const code = instructionsOf(page);
  const { leaders, entries } = leadersOf(page, code);
  const blocks: Block[] = [];
  for (let at = 0; at < WORDS; ) {
    if (code[at] === undefined) {
      at++;
      continue;
    }
    const first = at;
    const instructions: Instruction[] = [];
    let last: Instruction | undefined;
    do {
      const each = code[at++];
      if (each) instructions.push(each);
      last = each && endsBlock(each.trace) ? each : undefined;
    } while (
      last === undefined &&
      at < WORDS &&
      code[at] !== undefined &&
      leaders[at] === 0 &&
      at - first < LONGEST_BLOCK
    );
    blocks.push({
      start: first * 4,
      end: at * 4,
      instructions,
      length: at - first,
      target: last === undefined ? undefined : targetOf(last),
      falls: last === undefined || last.trace.conditional,
      jumps: last?.trace.jumps ?? false,
      links: last?.trace.links ?? false,
      entry: entries[first] === 1,
    });
  }
  return blocks;
}
