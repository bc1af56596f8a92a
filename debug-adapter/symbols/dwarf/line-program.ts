/** Runs line number programs: .debug_line of DWARF 2 to 5 (section 6.2). */
import { FORM } from './constants';
import {
  BadDwarf,
  bytesOf,
  createReader,
  cstring,
  i8,
  initialLength,
  offsetOf,
  type Reader,
  skip,
  sleb,
  spend,
  u8,
  u16,
  uint,
  ulebNumber,
} from './reader';
import type { Sections } from './unit';

export interface LineRow {
  readonly address: bigint;
  /** Index into `files` of the program. */
  readonly file: number;
  readonly line: number;
  readonly column: number;
  /** A place recommended for breakpoints. */
  readonly isStatement: boolean;
  readonly prologueEnd: boolean;
  /** First address after a sequence; carries no line. */
  readonly endSequence: boolean;
}

export interface LineProgram {
  /** Paths as the file table says: absolute, or relative to the compilation directory. Indexed as DW_AT_decl_file is. */
  readonly files: readonly (string | undefined)[];
  /** Sequences in the order of the program, rows ascending inside each. */
  readonly rows: readonly LineRow[];
}

interface Header {
  readonly version: number;
  readonly minInstruction: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  readonly files: (string | undefined)[];
}

const LNCT_PATH = 1;
const LNCT_DIRECTORY_INDEX = 2;

/** Reads the program at `offset`; `directory` is the unit's DW_AT_comp_dir. */
export function readLineProgram(sections: Sections, offset: number, directory: string): LineProgram {
  const reader = createReader('.debug_line', sections.line, sections.budget, offset);
  const { end, wide } = initialLength(reader);
  reader.end = end;
  const version = u16(reader);
  if (version < 2 || version > 5)
    throw new BadDwarf(`.debug_line: version ${version} at 0x${offset.toString(16)} is not supported`);
  if (version === 5) {
    const addressSize = u8(reader);
    if (addressSize !== 8) throw new BadDwarf(`.debug_line: addresses of ${addressSize} bytes`);
    skip(reader, 1);
  }
  const headerLength = offsetOf(reader, wide);
  const programStart = reader.at + headerLength;
  if (programStart > end) throw new BadDwarf('.debug_line: the header is longer than the unit');
  const minInstruction = u8(reader);
  if (version >= 4) skip(reader, 1);
  const defaultIsStatement = u8(reader) !== 0;
  const lineBase = i8(reader);
  const lineRange = u8(reader);
  const opcodeBase = u8(reader);
  if (lineRange === 0 || opcodeBase === 0) throw new BadDwarf('.debug_line: a zero line range or opcode base');
  const operandCounts = [0, ...bytesOf(reader, opcodeBase - 1)];
  const files = version === 5 ? readFilesV5(reader, sections, wide, directory) : readFilesV4(reader, directory);
  reader.at = programStart;
  const header = { version, minInstruction, defaultIsStatement, lineBase, lineRange, opcodeBase, operandCounts, files };
  return { files, rows: runProgram(reader, header) };
}

/** Joins paths as the producer meant them; both kinds of separators occur. */
export function joinPath(directory: string, path: string): string {
  const joined =
    directory === '' || path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)
      ? path
      : `${directory.replace(/[\\/]+$/, '')}/${path}`;
  return joined.replace(/(?<=^|\/)\.\//g, '');
}

function readFilesV4(reader: Reader, directory: string): (string | undefined)[] {
  const directories = [directory];
  for (let name = cstring(reader); name !== ''; name = cstring(reader)) directories.push(joinPath(directory, name));
  const files: (string | undefined)[] = [undefined];
  for (let name = cstring(reader); name !== ''; name = cstring(reader))
    files.push(joinPath(directories[fileTail(reader)] ?? directory, name));
  return files;
}

/** Directory index of a version 2 to 4 entry; time and length are passed over. */
function fileTail(reader: Reader): number {
  const index = ulebNumber(reader);
  ulebNumber(reader);
  ulebNumber(reader);
  return index;
}

function readFilesV5(reader: Reader, sections: Sections, wide: boolean, directory: string): string[] {
  // Entry 0 is the compilation directory itself; the others are relative to it.
  const entries = readEntries(reader, sections, wide).map((entry) => entry.path);
  const base = entries[0] ?? directory;
  const directories = entries.map((path, i) => (i === 0 ? base : joinPath(base, path)));
  return readEntries(reader, sections, wide).map((entry) =>
    joinPath(directories[entry.directory] ?? directory, entry.path),
  );
}

function readEntries(reader: Reader, sections: Sections, wide: boolean): { path: string; directory: number }[] {
  const formats = Array.from({ length: u8(reader) }, () => ({ content: ulebNumber(reader), form: ulebNumber(reader) }));
  const count = ulebNumber(reader);
  const entries: { path: string; directory: number }[] = [];
  for (let i = 0; i < count; i++) {
    spend(reader.budget, 1);
    let path = '';
    let directory = 0;
    for (const { content, form } of formats) {
      const value = readEntryForm(reader, sections, wide, form);
      if (content === LNCT_PATH && typeof value === 'string') path = value;
      if (content === LNCT_DIRECTORY_INDEX && typeof value === 'number') directory = value;
    }
    entries.push({ path, directory });
  }
  return entries;
}

function readEntryForm(reader: Reader, sections: Sections, wide: boolean, form: number): string | number | undefined {
  switch (form) {
    case FORM.string:
      return cstring(reader);
    case FORM.line_strp:
      return cstring(createReader('.debug_line_str', sections.lineStr, reader.budget, offsetOf(reader, wide)));
    case FORM.strp:
      return cstring(createReader('.debug_str', sections.str, reader.budget, offsetOf(reader, wide)));
    case FORM.udata:
      return ulebNumber(reader);
    case FORM.data1:
      return u8(reader);
    case FORM.data2:
      return u16(reader);
    case FORM.data4:
    case FORM.data8:
      return Number(uint(reader, form === FORM.data4 ? 4 : 8));
    case FORM.data16:
      skip(reader, 16);
      return undefined;
    case FORM.block:
      skip(reader, ulebNumber(reader));
      return undefined;
    default:
      throw new BadDwarf(`.debug_line: unknown form 0x${form.toString(16)} in the file table`);
  }
}

/** The registers of the state machine (6.2.2). */
interface LineState {
  address: bigint;
  file: number;
  line: number;
  column: number;
  isStatement: boolean;
  prologueEnd: boolean;
}

function runProgram(reader: Reader, header: Header): LineRow[] {
  const rows: LineRow[] = [];
  const initial = (): LineState => ({
    address: 0n,
    file: 1,
    line: 1,
    column: 0,
    isStatement: header.defaultIsStatement,
    prologueEnd: false,
  });
  let state = initial();
  const emit = (endSequence: boolean): void => {
    rows.push({ ...state, endSequence });
    state.prologueEnd = false;
  };
  const advance = (operations: number): void => {
    state.address = BigInt.asUintN(64, state.address + BigInt(operations) * BigInt(header.minInstruction));
  };
  while (reader.at < reader.end) {
    spend(reader.budget, 1);
    const opcode = u8(reader);
    if (opcode >= header.opcodeBase) {
      const adjusted = opcode - header.opcodeBase;
      advance(Math.floor(adjusted / header.lineRange));
      state.line += header.lineBase + (adjusted % header.lineRange);
      emit(false);
    } else if (opcode === 0) {
      const length = ulebNumber(reader);
      const next = reader.at + length;
      if (length === 0) continue;
      if (next > reader.end) throw new BadDwarf('.debug_line: an extended opcode reaches past the unit');
      const extended = u8(reader);
      if (extended === 1) {
        emit(true);
        state = initial();
      } else if (extended === 2) {
        state.address = uint(reader, length - 1);
      }
      reader.at = next;
    } else {
      runStandard(reader, header, opcode, state, emit, advance);
    }
  }
  return rows;
}

function runStandard(
  reader: Reader,
  header: Header,
  opcode: number,
  state: LineState,
  emit: (endSequence: boolean) => void,
  advance: (operations: number) => void,
): void {
  switch (opcode) {
    case 1:
      emit(false);
      return;
    case 2:
      advance(ulebNumber(reader));
      return;
    case 3:
      state.line += Number(sleb(reader));
      return;
    case 4:
      state.file = ulebNumber(reader);
      return;
    case 5:
      state.column = ulebNumber(reader);
      return;
    case 6:
      state.isStatement = !state.isStatement;
      return;
    case 8:
      advance(Math.floor((255 - header.opcodeBase) / header.lineRange));
      return;
    case 9:
      state.address = BigInt.asUintN(64, state.address + BigInt(u16(reader)));
      return;
    case 10:
      state.prologueEnd = true;
      return;
    default:
      // Basic block, epilogue and ISA marks are not used; unknown opcodes say how many operands to pass over.
      for (let i = header.operandCounts[opcode] ?? 0; i > 0; i--) ulebNumber(reader);
  }
}
