/** The line table of an image: which source line an address belongs to, and where a line's code is. */

import { disassemble } from '../../emulator/cpu/disassembly/disassemble';
import type { ElfImage } from '../../emulator/host/image/elf';
import type { LineProgram } from './dwarf/line-program';

/** Code of one line without a gap: half open range of addresses. */
export interface LineSpan {
  readonly low: bigint;
  readonly high: bigint;
  /** Path as the debug information has it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly isStatement: boolean;
  readonly prologueEnd: boolean;
}

export interface LineTable {
  /** By address. */
  readonly spans: readonly LineSpan[];
  /** By file, as the debug information names it; each list by address, with the empty spans of shadowed rows. */
  readonly byFile: ReadonlyMap<string, readonly LineSpan[]>;
  /** Instruction at an address of the image; undefined outside its code. */
  readonly wordAt: (address: bigint) => number | undefined;
}

const byLow = (a: LineSpan, b: LineSpan): number => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0);

/** Joins the programs of all units. Rows outside the image's code (functions the linker discarded) are left out. */
export function createLineTable(image: ElfImage, programs: readonly LineProgram[]): LineTable {
  const code = image.segments.filter((segment) => segment.executable);
  const isCode = (address: bigint): boolean =>
    code.some(
      (segment) => address >= segment.virtualAddress && address < segment.virtualAddress + BigInt(segment.memorySize),
    );
  const spans: LineSpan[] = [];
  const empty: LineSpan[] = [];
  for (const { files, rows } of programs) {
    // Several rows may name one address: the last gives the span, the earlier ones places for breakpoints and marks.
    let earlier: LineSpan[] = [];
    for (const [i, row] of rows.entries()) {
      const next = rows[i + 1];
      const file = files[row.file];
      if (row.endSequence || !next || next.address < row.address || file === undefined || row.line <= 0) continue;
      if (!isCode(row.address)) continue;
      const { line, column } = row;
      const same = earlier.filter((span) => span.low === row.address && span.file === file && span.line === line);
      const isStatement = row.isStatement || same.some((span) => span.isStatement);
      const prologueEnd = row.prologueEnd || same.some((span) => span.prologueEnd);
      const span = { low: row.address, high: next.address, file, line, column, isStatement, prologueEnd };
      if (span.low < span.high) {
        spans.push(span);
        earlier = [];
      } else {
        earlier.push(span);
        empty.push(span);
      }
    }
  }
  spans.sort(byLow);
  const byFile = new Map<string, LineSpan[]>();
  for (const span of [...spans, ...empty].sort(byLow)) {
    const list = byFile.get(span.file);
    if (list) list.push(span);
    else byFile.set(span.file, [span]);
  }
  return { spans, byFile, wordAt: wordReader(image) };
}

function wordReader(image: ElfImage): (address: bigint) => number | undefined {
  const code = image.segments.filter((segment) => segment.executable);
  return (address) => {
    const segment = code.find(
      ({ virtualAddress, bytes }) => address >= virtualAddress && address + 4n <= virtualAddress + BigInt(bytes.length),
    );
    if (!segment) return undefined;
    const { buffer, byteOffset } = segment.bytes;
    return new DataView(buffer).getUint32(byteOffset + Number(address - segment.virtualAddress), true);
  };
}

/** The span that holds `address`. Where units overlap the one that starts last wins. */
export function lineAt(table: LineTable, address: bigint): LineSpan | undefined {
  const { spans } = table;
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle]!.low <= address) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0 && i > low - 8; i--) {
    const span = spans[i]!;
    if (address < span.high) return span;
  }
  return undefined;
}

/** Lines of `file` between `first` and `last` that have code, ascending, each once. */
export function linesWithCode(table: LineTable, file: string, first: number, last: number): number[] {
  const lines = new Set<number>();
  for (const span of table.byFile.get(file) ?? []) {
    if (span.isStatement && span.line >= first && span.line <= last) lines.add(span.line);
  }
  return [...lines].sort((a, b) => a - b);
}

/** Farthest that a breakpoint moves down to a line with code. */
const MAX_LINE_MOVE = 32;

/** Code of one line in one function without a gap, and where a breakpoint belongs in it. */
interface Run {
  readonly low: bigint;
  high: bigint;
  readonly scope: bigint | undefined;
  place: bigint | undefined;
}

/** Stretches of a line's code, by address. `spans` are of one line. */
function runsOf(spans: readonly LineSpan[], scopeOf: (address: bigint) => bigint | undefined): Run[] {
  const runs: Run[] = [];
  for (const { low, high, isStatement } of spans) {
    const scope = scopeOf(low);
    let run = runs.at(-1);
    if (!run || low > run.high || scope !== run.scope) {
      run = { low, high, scope, place: undefined };
      runs.push(run);
    }
    if (high > run.high) run.high = high;
    if (isStatement) run.place ??= low;
  }
  return runs;
}

/** Longest stretch that is searched for a loop: real lines are far shorter. */
const MAX_RUN = 0x1000n;

/** Where jumps inside a stretch go back to: heads of loops written on one line. */
function loopHeads(table: LineTable, { low, high }: Run): bigint[] {
  const heads: bigint[] = [];
  for (let pc = low; pc < high && pc < low + MAX_RUN; pc += 4n) {
    const word = table.wordAt(pc);
    const { mnemonic, target } = word === undefined ? { mnemonic: '', target: undefined } : disassemble(word, pc);
    if (target !== undefined && /^(b|b\..*|cbn?z|tbn?z)$/.test(mnemonic) && target >= low && target <= pc)
      heads.push(target);
  }
  return heads;
}

/**
 * Where to stop for `line` of `file`: the line with code, that one or the next below, and one address for each stretch
 * of code that the line was compiled to (`scopeOf` says which function an address is in): the line of a `for` is gone to
 * again after the body. A loop that is one stretch has its head as well, so that each turn stops.
 */
export function placesOfLine(
  table: LineTable,
  file: string,
  line: number,
  scopeOf: (address: bigint) => bigint | undefined,
): { line: number; addresses: bigint[] } | undefined {
  const spans = table.byFile.get(file) ?? [];
  const actual = linesWithCode(table, file, line, line + MAX_LINE_MOVE)[0];
  if (actual === undefined) return undefined;
  const runs = runsOf(
    spans.filter((span) => span.line === actual),
    scopeOf,
  );
  const places = new Set<bigint>();
  for (const run of runs) {
    if (run.place === undefined) continue;
    // A breakpoint on the line of the opening brace belongs after the prologue, where arguments can be read.
    places.add(run.place === run.scope ? afterPrologue(table, run.scope) : run.place);
    for (const head of loopHeads(table, run)) places.add(head);
  }
  return { line: actual, addresses: [...places].sort((a, b) => (a < b ? -1 : 1)) };
}

/** First address of a function's body: where the line table marks the end of the prologue, else its second line entry. */
export function afterPrologue(table: LineTable, entry: bigint): bigint {
  const first = lineAt(table, entry);
  if (!first || first.low !== entry) return entry;
  const start = table.spans.indexOf(first);
  const window = table.spans.slice(start, start + 16).filter((span) => span.file === first.file);
  const marked = window.find((span) => span.prologueEnd);
  if (marked) return marked.low;
  const second = window.find(
    (span) => span.low > entry && span.isStatement && span.low === window[window.indexOf(span) - 1]?.high,
  );
  return second?.low ?? entry;
}
