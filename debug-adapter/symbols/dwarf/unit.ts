/** Units of .debug_info: headers, abbreviations and the tree of entries (DIEs). */
import type { ElfImage } from '../../../emulator/host/image/elf';
import { elfSection } from '../../../emulator/host/image/elf';
import { AT, FORM, TAG } from './constants';
import { type AttributeValue, readForm } from './forms';
import {
  BadDwarf,
  createReader,
  initialLength,
  offsetOf,
  type Reader,
  sleb,
  spend,
  u8,
  u16,
  u64,
  ulebNumber,
  type WorkBudget,
} from './reader';

/** The debug sections of one image. */
export interface Sections {
  readonly info: Uint8Array | undefined;
  readonly abbrev: Uint8Array | undefined;
  readonly str: Uint8Array | undefined;
  readonly lineStr: Uint8Array | undefined;
  readonly strOffsets: Uint8Array | undefined;
  readonly addr: Uint8Array | undefined;
  readonly line: Uint8Array | undefined;
  readonly ranges: Uint8Array | undefined;
  readonly rnglists: Uint8Array | undefined;
  readonly loc: Uint8Array | undefined;
  readonly loclists: Uint8Array | undefined;
  readonly frame: Uint8Array | undefined;
  readonly ehFrame: { readonly bytes: Uint8Array; readonly address: bigint } | undefined;
  readonly budget: WorkBudget;
  /** What could not be read, for the user. */
  readonly warnings: string[];
}

export interface Die {
  /** In .debug_info; its identity. */
  readonly offset: number;
  readonly tag: number;
  readonly attributes: ReadonlyMap<number, AttributeValue>;
  readonly children: readonly Die[];
  readonly parent: Die | undefined;
  readonly unit: Unit;
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly { readonly name: number; readonly form: number; readonly implicit: bigint }[];
}

export interface Unit {
  /** Of its header in .debug_info. */
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  /** 64-bit DWARF. */
  readonly wide: boolean;
  readonly addressSize: number;
  readonly firstDie: number;
  readonly abbreviations: ReadonlyMap<number, Abbreviation>;
  strOffsetsBase: number;
  addrBase: number;
  rnglistsBase: number;
  loclistsBase: number;
  /** Base of ranges and location lists: DW_AT_low_pc of the unit. */
  lowPc: bigint;
}

const DW_UT_COMPILE = 1;
const DW_UT_TYPE = 2;
const DW_UT_PARTIAL = 3;
const DW_UT_SKELETON = 4;
const DW_UT_SPLIT_TYPE = 6;
const MAX_DEPTH = 200;

export function openSections(image: ElfImage): Sections {
  const warnings: string[] = [];
  const get = (name: string): Uint8Array | undefined => {
    const section = elfSection(image, name);
    if (section?.compressed) {
      warnings.push(
        `${image.name}: section ${name} is compressed and is not read. Link with --compress-debug-sections=none.`,
      );
      return undefined;
    }
    return section?.bytes;
  };
  const eh = elfSection(image, '.eh_frame');
  return {
    info: get('.debug_info'),
    abbrev: get('.debug_abbrev'),
    str: get('.debug_str'),
    lineStr: get('.debug_line_str'),
    strOffsets: get('.debug_str_offsets'),
    addr: get('.debug_addr'),
    line: get('.debug_line'),
    ranges: get('.debug_ranges'),
    rnglists: get('.debug_rnglists'),
    loc: get('.debug_loc'),
    loclists: get('.debug_loclists'),
    frame: get('.debug_frame'),
    ehFrame: eh && { bytes: eh.bytes, address: eh.address },
    // Generous for real files (about one unit of work a byte), finite for hostile ones.
    budget: { left: 1_000_000 + image.bytes.length * 8 },
    warnings,
  };
}

/** The headers of all units. Stops with a warning at the first header that makes no sense. */
export function readUnits(sections: Sections): Unit[] {
  const units: Unit[] = [];
  const reader = createReader('.debug_info', sections.info, sections.budget);
  const tables = new Map<number, ReadonlyMap<number, Abbreviation>>();
  while (reader.at < reader.end) {
    const offset = reader.at;
    try {
      const { end, wide } = initialLength(reader);
      const unit = readUnitHeader(reader, offset, end, wide, sections, tables);
      if (unit) units.push(unit);
      reader.at = end;
    } catch (error) {
      sections.warnings.push(`unit at 0x${offset.toString(16)}: ${messageOf(error)}`);
      if (reader.at <= offset + 4) break;
      const skipTo = safeEnd(sections, offset);
      if (skipTo === undefined) break;
      reader.at = skipTo;
    }
  }
  return units;
}

/** The message of damaged DWARF; anything else is a defect of ours and goes on. */
export function messageOf(error: unknown): string {
  if (error instanceof BadDwarf) return error.message;
  throw error;
}

function safeEnd(sections: Sections, offset: number): number | undefined {
  try {
    return initialLength(createReader('.debug_info', sections.info, sections.budget, offset)).end;
  } catch (error) {
    messageOf(error);
    return undefined;
  }
}

function readUnitHeader(
  reader: Reader,
  offset: number,
  end: number,
  wide: boolean,
  sections: Sections,
  tables: Map<number, ReadonlyMap<number, Abbreviation>>,
): Unit | undefined {
  spend(sections.budget, 16);
  const version = u16(reader);
  if (version < 2 || version > 5) throw new BadDwarf(`DWARF version ${version} is not supported (2 to 5 are)`);
  let addressSize: number;
  let abbrevOffset: number;
  let unitType = DW_UT_COMPILE;
  if (version === 5) {
    unitType = u8(reader);
    addressSize = u8(reader);
    abbrevOffset = offsetOf(reader, wide);
    if (unitType === DW_UT_SKELETON)
      throw new BadDwarf('split DWARF (.dwo files) is not read; build without -gsplit-dwarf');
    if (unitType === DW_UT_TYPE || unitType === DW_UT_SPLIT_TYPE) {
      u64(reader);
      offsetOf(reader, wide);
    }
  } else {
    abbrevOffset = offsetOf(reader, wide);
    addressSize = u8(reader);
  }
  if (addressSize !== 8) throw new BadDwarf(`addresses of ${addressSize} bytes instead of 8`);
  if (![DW_UT_COMPILE, DW_UT_PARTIAL, DW_UT_TYPE].includes(unitType)) return undefined;
  let abbreviations = tables.get(abbrevOffset);
  if (!abbreviations) {
    abbreviations = readAbbreviations(sections, abbrevOffset);
    tables.set(abbrevOffset, abbreviations);
  }
  const header = wide ? 16 : 8;
  const unit: Unit = {
    offset,
    end,
    version,
    wide,
    addressSize,
    firstDie: reader.at,
    abbreviations,
    strOffsetsBase: header,
    addrBase: header,
    rnglistsBase: wide ? 20 : 12,
    loclistsBase: wide ? 20 : 12,
    lowPc: 0n,
  };
  return unit;
}

function readAbbreviations(sections: Sections, offset: number): ReadonlyMap<number, Abbreviation> {
  const reader = createReader('.debug_abbrev', sections.abbrev, sections.budget, offset);
  const table = new Map<number, Abbreviation>();
  for (let code = ulebNumber(reader); code !== 0; code = ulebNumber(reader)) {
    const tag = ulebNumber(reader);
    const hasChildren = u8(reader) !== 0;
    const attributes: { name: number; form: number; implicit: bigint }[] = [];
    for (;;) {
      spend(sections.budget, 1);
      const name = ulebNumber(reader);
      const form = ulebNumber(reader);
      const implicit = form === FORM.implicit_const ? sleb(reader) : 0n;
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, implicit });
    }
    table.set(code, { tag, hasChildren, attributes });
  }
  return table;
}

/** Sets the unit's bases from its first entry, and returns that entry without its children. */
export function readRoot(unit: Unit, sections: Sections): Die | undefined {
  const reader = createReader('.debug_info', sections.info, sections.budget, unit.firstDie, unit.end);
  // Bases first: index forms of the same entry may come before them.
  const bases = readDie(reader, unit, sections, undefined, [], true)?.die;
  if (!bases) return undefined;
  unit.strOffsetsBase = offsetAttribute(bases, AT.str_offsets_base) ?? unit.strOffsetsBase;
  unit.addrBase = offsetAttribute(bases, AT.addr_base) ?? unit.addrBase;
  unit.rnglistsBase = offsetAttribute(bases, AT.rnglists_base) ?? unit.rnglistsBase;
  unit.loclistsBase = offsetAttribute(bases, AT.loclists_base) ?? unit.loclistsBase;
  reader.at = unit.firstDie;
  const root = readDie(reader, unit, sections, undefined, [], false)?.die;
  if (root?.tag === TAG.skeleton_unit) return undefined;
  const low = root?.attributes.get(AT.low_pc);
  if (low?.kind === 'address') unit.lowPc = low.value;
  return root;
}

/** The whole tree of a unit. Call `readRoot` before. */
export function readTree(unit: Unit, sections: Sections): Die | undefined {
  const reader = createReader('.debug_info', sections.info, sections.budget, unit.firstDie, unit.end);
  const rootChildren: Die[] = [];
  const root = readDie(reader, unit, sections, undefined, rootChildren, false);
  if (!root) return undefined;
  if (!root.hasChildren) return root.die;
  const open: { die: Die; children: Die[] }[] = [{ die: root.die, children: rootChildren }];
  while (open.length > 0 && reader.at < reader.end) {
    const top = open.at(-1)!;
    const children: Die[] = [];
    const next = readDie(reader, unit, sections, top.die, children, false);
    if (!next) {
      open.pop();
      continue;
    }
    top.children.push(next.die);
    if (!next.hasChildren) continue;
    if (open.length >= MAX_DEPTH)
      throw new BadDwarf(`.debug_info: entries nested deeper than ${MAX_DEPTH} at 0x${reader.at.toString(16)}`);
    open.push({ die: next.die, children });
  }
  return root.die;
}

const BASE_ATTRIBUTES: ReadonlySet<number> = new Set([
  AT.str_offsets_base,
  AT.addr_base,
  AT.rnglists_base,
  AT.loclists_base,
]);

/** One entry; undefined for the null entry that ends a list of siblings. */
function readDie(
  reader: Reader,
  unit: Unit,
  sections: Sections,
  parent: Die | undefined,
  children: Die[],
  basesOnly: boolean,
): { die: Die; hasChildren: boolean } | undefined {
  spend(reader.budget, 1);
  const offset = reader.at;
  const code = ulebNumber(reader);
  if (code === 0) return undefined;
  const abbreviation = unit.abbreviations.get(code);
  if (!abbreviation) throw new BadDwarf(`.debug_info: unknown abbreviation ${code} at 0x${offset.toString(16)}`);
  const attributes = new Map<number, AttributeValue>();
  for (const { name, form, implicit } of abbreviation.attributes) {
    const value =
      basesOnly && isIndexed(form) ? skipIndexed(reader, form) : readForm(reader, form, implicit, unit, sections);
    if (!basesOnly || BASE_ATTRIBUTES.has(name)) attributes.set(name, value);
  }
  return {
    die: { offset, tag: abbreviation.tag, attributes, children, parent, unit },
    hasChildren: abbreviation.hasChildren,
  };
}

const isIndexed = (form: number): boolean =>
  form === FORM.strx || form === FORM.addrx || (form >= FORM.strx1 && form <= FORM.addrx4);

function skipIndexed(reader: Reader, form: number): AttributeValue {
  if (form === FORM.strx || form === FORM.addrx) ulebNumber(reader);
  else
    for (let left = form >= FORM.addrx1 ? form - FORM.addrx1 + 1 : form - FORM.strx1 + 1; left > 0; left--) u8(reader);
  return { kind: 'other' };
}

/** An attribute that is a section offset, whichever form its version writes it in. */
export function offsetAttribute(die: Die, name: number): number | undefined {
  const value = die.attributes.get(name);
  if (value?.kind === 'offset') return value.value;
  return value?.kind === 'constant' && !value.signed ? Number(value.value) : undefined;
}

export function stringAttribute(die: Die, name: number): string | undefined {
  const value = die.attributes.get(name);
  return value?.kind === 'string' ? value.value : undefined;
}

export function numberAttribute(die: Die, name: number): number | undefined {
  const value = die.attributes.get(name);
  return value?.kind === 'constant' ? Number(value.value) : undefined;
}

export const flagAttribute = (die: Die, name: number): boolean => {
  const value = die.attributes.get(name);
  return value?.kind === 'flag' && value.value;
};
