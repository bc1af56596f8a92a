/** Everything the debugger asks about a guest's symbols: one object an image, filled as it is asked. */
import type { ElfImage, ElfSymbol } from '../../emulator/host/image/elf';
import { type Fde, readCallFrames } from './dwarf/call-frames';
import { AT, TAG } from './dwarf/constants';
import { readLineProgram } from './dwarf/line-program';
import { type AddressRange, inRanges, rangesOf } from './dwarf/ranges';
import {
  type Die,
  flagAttribute,
  messageOf,
  numberAttribute,
  offsetAttribute,
  openSections,
  readRoot,
  readTree,
  readUnits,
  type Sections,
  stringAttribute,
  type Unit,
} from './dwarf/unit';
import { createLineTable, type LineTable } from './lines';

/** A function by its debug information, or where there is none by its symbol. */
export interface FunctionInfo {
  readonly name: string;
  readonly ranges: readonly AddressRange[];
  /** Lowest address of the first range. */
  readonly entry: bigint;
  /** Absent for functions known by their symbol only. */
  readonly die?: Die;
}

interface LoadedUnit {
  readonly unit: Unit;
  readonly root: Die;
  readonly ranges: readonly AddressRange[];
  readonly directory: string;
  /** Filled by `treeOf`. */
  tree: Die | undefined;
  dies: Map<number, Die> | undefined;
  functions: FunctionInfo[] | undefined;
}

export interface Program {
  readonly image: ElfImage;
  readonly sections: Sections;
  readonly lines: LineTable;
  readonly callFrames: readonly Fde[];
  readonly units: readonly LoadedUnit[];
  /** Paths of DW_AT_decl_file and DW_AT_call_file, by the unit's offset. */
  readonly files: ReadonlyMap<number, readonly (string | undefined)[]>;
  /** Functions and labels of the symbol table in code, by address. */
  readonly codeSymbols: readonly ElfSymbol[];
}

/** Reads what every question needs: unit roots, line programs, call frames. Never throws for a damaged file: see `warnings`. */
export function openProgram(image: ElfImage): Program {
  const sections = openSections(image);
  const units: LoadedUnit[] = [];
  const programs = new Map<number, ReturnType<typeof readLineProgram>>();
  const files = new Map<number, readonly (string | undefined)[]>();
  for (const unit of attempt(sections, 'units', () => readUnits(sections)) ?? []) {
    attempt(sections, `unit at 0x${unit.offset.toString(16)}`, () => {
      const root = readRoot(unit, sections);
      if (!root || root.tag !== TAG.compile_unit) return;
      const directory = stringAttribute(root, AT.comp_dir) ?? '';
      const lineOffset = offsetAttribute(root, AT.stmt_list);
      units.push({
        unit,
        root,
        ranges: rangesOf(root, sections),
        directory,
        tree: undefined,
        dies: undefined,
        functions: undefined,
      });
      if (lineOffset === undefined) return;
      const program = programs.get(lineOffset) ?? readLineProgram(sections, lineOffset, directory);
      programs.set(lineOffset, program);
      files.set(unit.offset, program.files);
    });
  }
  const lines = createLineTable(image, [...programs.values()]);
  const callFrames = readCallFrames(sections);
  return { image, sections, lines, callFrames, units, files, codeSymbols: symbolsInCode(image) };
}

/** Damage met and passed over, as sentences for the user. */
export const warningsOf = (program: Program): readonly string[] => program.sections.warnings;

function attempt<T>(sections: Sections, where: string, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    sections.warnings.push(`${where}: ${messageOf(error)}`);
    return undefined;
  }
}

function symbolsInCode(image: ElfImage): ElfSymbol[] {
  const code = image.segments.filter((segment) => segment.executable);
  return image.symbols.filter(
    (symbol) =>
      symbol.kind !== 'object' &&
      code.some(
        ({ virtualAddress, memorySize }) =>
          symbol.address >= virtualAddress && symbol.address < virtualAddress + BigInt(memorySize),
      ),
  );
}

function load(program: Program, unit: LoadedUnit): LoadedUnit & { dies: Map<number, Die>; functions: FunctionInfo[] } {
  if (!unit.dies || !unit.functions) {
    const dies = new Map<number, Die>();
    const functions: FunctionInfo[] = [];
    unit.dies = dies;
    unit.functions = functions;
    unit.tree = attempt(program.sections, `unit at 0x${unit.unit.offset.toString(16)}`, () =>
      readTree(unit.unit, program.sections),
    );
    const pending = unit.tree ? [unit.tree] : [];
    for (let die = pending.pop(); die; die = pending.pop()) {
      dies.set(die.offset, die);
      pending.push(...die.children);
    }
    for (const die of dies.values()) {
      if (die.tag !== TAG.subprogram) continue;
      const ranges = attempt(program.sections, 'ranges of a function', () => rangesOf(die, program.sections)) ?? [];
      const first = ranges[0];
      if (first) functions.push({ name: nameOf(program, die) ?? '?', ranges, entry: first.low, die });
    }
  }
  return unit as LoadedUnit & { dies: Map<number, Die>; functions: FunctionInfo[] };
}

/** Finds an entry by its offset in .debug_info, in whichever unit. */
export function findDie(program: Program, offset: number): Die | undefined {
  const home = program.units.find(({ unit }) => offset >= unit.offset && offset < unit.end);
  return home && load(program, home).dies.get(offset);
}

/** The entry and those it completes (DW_AT_abstract_origin, DW_AT_specification), nearest first. */
function origins(program: Program, die: Die): Die[] {
  const chain = [die];
  for (let i = 0; i < 8; i++) {
    const last = chain.at(-1)!;
    const link = last.attributes.get(AT.abstract_origin) ?? last.attributes.get(AT.specification);
    const next = link?.kind === 'reference' ? findDie(program, link.value) : undefined;
    if (!next) break;
    chain.push(next);
  }
  return chain;
}

/** An attribute of the entry or of what it completes. */
export const inherited = (program: Program, die: Die, attribute: number): Die | undefined =>
  origins(program, die).find((each) => each.attributes.has(attribute));

export function nameOf(program: Program, die: Die): string | undefined {
  const named = inherited(program, die, AT.name);
  return named && stringAttribute(named, AT.name);
}

/** File and line of a declaration or of an inlined call. */
export function placeOf(
  program: Program,
  die: Die,
  fileAttribute: number,
  lineAttribute: number,
): { file: string; line: number } | undefined {
  const source = inherited(program, die, lineAttribute);
  if (!source) return undefined;
  const file = program.files.get(source.unit.offset)?.[numberAttribute(source, fileAttribute) ?? -1];
  const line = numberAttribute(source, lineAttribute);
  return file === undefined || line === undefined ? undefined : { file, line };
}

const unitAt = (program: Program, pc: bigint): LoadedUnit | undefined =>
  program.units.find(({ ranges }) => inRanges(ranges, pc)) ??
  program.units.find(
    (unit) => unit.ranges.length === 0 && load(program, unit).functions.some(({ ranges }) => inRanges(ranges, pc)),
  );

/** The function whose code holds `pc`. */
export function functionAt(program: Program, pc: bigint): FunctionInfo | undefined {
  const unit = unitAt(program, pc);
  const known = unit && load(program, unit).functions.find(({ ranges }) => inRanges(ranges, pc));
  return known ?? functionOfSymbol(program, symbolAt(program, pc));
}

function functionOfSymbol(program: Program, symbol: ElfSymbol | undefined): FunctionInfo | undefined {
  if (!symbol) return undefined;
  const next = program.codeSymbols.find(
    ({ address, kind }) => address > symbol.address && kind === 'function',
  )?.address;
  const high = symbol.size > 0 ? symbol.address + BigInt(symbol.size) : (next ?? symbol.address + 0x1000n);
  return { name: symbol.name, ranges: [{ low: symbol.address, high }], entry: symbol.address };
}

/** The symbol that names `pc`: a function that covers it, else the nearest one before it in the same segment. */
export function symbolAt(program: Program, pc: bigint): ElfSymbol | undefined {
  const segment = program.image.segments.find(
    ({ executable, virtualAddress, memorySize }) =>
      executable && pc >= virtualAddress && pc < virtualAddress + BigInt(memorySize),
  );
  if (!segment) return undefined;
  const { codeSymbols } = program;
  let low = 0;
  let high = codeSymbols.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (codeSymbols[middle]!.address <= pc) low = middle + 1;
    else high = middle;
  }
  const before = codeSymbols
    .slice(Math.max(0, low - MAX_SYMBOLS_BACK), low)
    .reverse()
    .filter(({ address }) => address >= segment.virtualAddress);
  const covering = before.find(({ kind, address, size }) => kind === 'function' && pc < address + BigInt(size));
  return covering ?? before.find(({ size, kind }) => kind === 'label' || size === 0) ?? before[0];
}

/** Labels looked through backwards for the function that covers an address. */
const MAX_SYMBOLS_BACK = 64;

/** Functions called `name` in the debug information; else the symbol of that name. */
export function functionsNamed(program: Program, name: string): FunctionInfo[] {
  const known = program.units.flatMap((unit) => load(program, unit).functions.filter((each) => each.name === name));
  if (known.length > 0) return known;
  const symbol = program.codeSymbols.find((each) => each.name === name);
  const named = functionOfSymbol(program, symbol);
  return named ? [named] : [];
}

/** Variables at file scope, of the unit at `pc` first. */
export function globalsNamed(program: Program, name: string, pc?: bigint): Die[] {
  const home = pc === undefined ? undefined : unitAt(program, pc);
  const ordered = home ? [home, ...program.units.filter((unit) => unit !== home)] : program.units;
  return ordered.flatMap((unit) => globalsOf(program, unit).filter((die) => nameOf(program, die) === name));
}

function globalsOf(program: Program, unit: LoadedUnit): Die[] {
  load(program, unit);
  return (unit.tree?.children ?? []).filter((die) => die.tag === TAG.variable && !flagAttribute(die, AT.declaration));
}
