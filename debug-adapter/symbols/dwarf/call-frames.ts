/** Call frame information: .debug_frame and .eh_frame (DWARF 5, 6.4; LSB for the latter's augmentations). */
import {
  BadDwarf,
  bytesOf,
  createReader,
  cstring,
  i64,
  initialLength,
  type Reader,
  skip,
  sleb,
  spend,
  u8,
  u16,
  u32,
  u64,
  uleb,
  ulebNumber,
} from './reader';
import { messageOf, type Sections } from './unit';

export type RegisterRule =
  | { readonly kind: 'undefined' }
  | { readonly kind: 'same' }
  /** Saved at CFA + value. */
  | { readonly kind: 'offset'; readonly value: bigint }
  /** Is CFA + value. */
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'expression'; readonly code: Uint8Array }
  | { readonly kind: 'value-expression'; readonly code: Uint8Array };

export type CfaRule =
  | { readonly kind: 'register'; readonly register: number; readonly offset: bigint }
  | { readonly kind: 'expression'; readonly code: Uint8Array };

/** How to find the caller of a frame that is stopped at one address. */
export interface UnwindRow {
  readonly cfa: CfaRule;
  readonly registers: ReadonlyMap<number, RegisterRule>;
  readonly returnRegister: number;
}

interface Cie {
  readonly codeAlignment: number;
  readonly dataAlignment: bigint;
  readonly returnRegister: number;
  readonly pointerEncoding: number;
  readonly hasAugmentationData: boolean;
  readonly instructions: Uint8Array;
}

export interface Fde {
  readonly low: bigint;
  readonly high: bigint;
  readonly cie: Cie;
  readonly instructions: Uint8Array;
}

/** One of the two sections; they differ in how a CIE is marked and found. */
interface FrameSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Address of the section in memory: base of pc-relative pointers. */
  readonly address: bigint;
  readonly isEh: boolean;
}

/** Every function's entry, sorted by address. A damaged section gives a warning and what was read before. */
export function readCallFrames(sections: Sections): Fde[] {
  const fdes: Fde[] = [];
  const all: FrameSection[] = [];
  if (sections.frame) all.push({ name: '.debug_frame', bytes: sections.frame, address: 0n, isEh: false });
  if (sections.ehFrame) all.push({ name: '.eh_frame', ...sections.ehFrame, isEh: true });
  for (const section of all) {
    try {
      readSection(section, sections, fdes);
    } catch (error) {
      sections.warnings.push(`${section.name}: ${messageOf(error)}`);
    }
  }
  return fdes.sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
}

function readSection(section: FrameSection, sections: Sections, fdes: Fde[]): void {
  const reader = createReader(section.name, section.bytes, sections.budget);
  const cies = new Map<number, Cie>();
  const limit = reader.end;
  while (reader.at + 4 <= limit) {
    spend(sections.budget, 8);
    const start = reader.at;
    const { end, wide } = initialLength(reader);
    if (end === reader.at) {
      // A terminator of .eh_frame: others may follow when the linker joined several.
      continue;
    }
    const idAt = reader.at;
    const id = offsetOfId(reader, wide);
    const isCie = section.isEh ? id === 0 : id === (wide ? -1 : 0xffff_ffff);
    if (!isCie) {
      const cieOffset = section.isEh ? idAt - id : id;
      const known = cies.get(cieOffset) ?? readCieAt(section, sections, cieOffset);
      cies.set(cieOffset, known);
      reader.end = end;
      const fde = readFde(reader, section, known);
      if (fde.low < fde.high && fde.low !== 0n) fdes.push(fde);
    } else if (!cies.has(start)) cies.set(start, readCieAt(section, sections, start));
    reader.end = limit;
    reader.at = end;
  }
}

/** The CIE id or pointer; all ones of 64-bit DWARF is given as -1. */
function offsetOfId(reader: Reader, wide: boolean): number {
  if (!wide) return u32(reader);
  const value = u64(reader);
  return value === 0xffff_ffff_ffff_ffffn ? -1 : Number(value);
}

function readCieAt(section: FrameSection, sections: Sections, offset: number): Cie {
  const reader = createReader(section.name, section.bytes, sections.budget, offset);
  spend(sections.budget, 16);
  const { end, wide } = initialLength(reader);
  reader.end = end;
  offsetOfId(reader, wide);
  const version = u8(reader);
  if (![1, 3, 4].includes(version)) throw new BadDwarf(`CIE version ${version} at 0x${offset.toString(16)}`);
  const augmentation = cstring(reader);
  if (version === 4) skip(reader, 2);
  const codeAlignment = ulebNumber(reader);
  const dataAlignment = sleb(reader);
  const returnRegister = version === 1 ? u8(reader) : ulebNumber(reader);
  let pointerEncoding = 0;
  const hasAugmentationData = augmentation.startsWith('z');
  if (hasAugmentationData) {
    const dataEnd = ulebNumber(reader) + reader.at;
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') pointerEncoding = u8(reader);
      else if (letter === 'L') skip(reader, 1);
      else if (letter === 'P') readPointer(reader, section, u8(reader));
      else if (letter !== 'S' && letter !== 'B' && letter !== 'G') break;
    }
    skip(reader, dataEnd - reader.at);
  } else if (augmentation !== '') throw new BadDwarf(`unknown CIE augmentation "${augmentation}"`);
  const instructions = bytesOf(reader, reader.end - reader.at);
  return { codeAlignment, dataAlignment, returnRegister, pointerEncoding, hasAugmentationData, instructions };
}

function readFde(reader: Reader, section: FrameSection, cie: Cie): Fde {
  const low = readPointer(reader, section, cie.pointerEncoding);
  const size = readPointer(reader, section, cie.pointerEncoding % 16);
  if (cie.hasAugmentationData) skip(reader, ulebNumber(reader));
  return { low, high: low + size, cie, instructions: bytesOf(reader, reader.end - reader.at) };
}

/** A pointer in one of the encodings DW_EH_PE_*. */
function readPointer(reader: Reader, section: FrameSection, encoding: number): bigint {
  const at = section.address + BigInt(reader.at);
  const format = encoding % 16;
  let value: bigint;
  if (format === 0 || format === 4) value = u64(reader);
  else if (format === 1) value = uleb(reader);
  else if (format === 2) value = BigInt(u16(reader));
  else if (format === 3) value = BigInt(u32(reader));
  else if (format === 9) value = sleb(reader);
  else if (format === 10) value = BigInt.asIntN(16, BigInt(u16(reader)));
  else if (format === 11) value = BigInt.asIntN(32, BigInt(u32(reader)));
  else if (format === 12) value = i64(reader);
  else throw new BadDwarf(`pointer encoding 0x${encoding.toString(16)}`);
  const base = Math.floor(encoding / 16) % 8;
  return BigInt.asUintN(64, base === 1 ? at + value : value);
}

interface RowState {
  cfa: CfaRule | undefined;
  registers: Map<number, RegisterRule>;
}

/** The rules that hold at `pc`, which must be inside the entry. Undefined when its program is damaged. */
export function unwindRowAt(fde: Fde, pc: bigint): UnwindRow | undefined {
  const budget = { left: 100_000 };
  try {
    const start: RowState = { cfa: undefined, registers: new Map() };
    execute(createReader('CIE', fde.cie.instructions, budget), fde, start, undefined, pc);
    const initial = new Map(start.registers);
    execute(createReader('FDE', fde.instructions, budget), fde, start, initial, pc);
    if (!start.cfa) return undefined;
    return { cfa: start.cfa, registers: start.registers, returnRegister: fde.cie.returnRegister };
  } catch (error) {
    messageOf(error);
    return undefined;
  }
}

function execute(
  reader: Reader,
  fde: Fde,
  row: RowState,
  initial: Map<number, RegisterRule> | undefined,
  pc: bigint,
): void {
  const { codeAlignment, dataAlignment } = fde.cie;
  const remembered: RowState[] = [];
  let location = fde.low;
  const set = (register: number, rule: RegisterRule): void => void row.registers.set(register, rule);
  const restore = (register: number): void => {
    const rule = initial?.get(register);
    if (rule) row.registers.set(register, rule);
    else row.registers.delete(register);
  };
  const cfaRegister = (): { register: number; offset: bigint } =>
    row.cfa?.kind === 'register' ? row.cfa : { register: 31, offset: 0n };
  /** Moves on; true when the rules so far are those of `pc`. */
  const advance = (delta: number): boolean => {
    location += BigInt(delta) * BigInt(codeAlignment);
    return location > pc;
  };
  while (reader.at < reader.end) {
    spend(reader.budget, 1);
    const opcode = u8(reader);
    const low = opcode % 64;
    const high = opcode - low;
    if (high === 0x40) {
      if (advance(low)) return;
    } else if (high === 0x80) set(low, { kind: 'offset', value: uleb(reader) * dataAlignment });
    else if (high === 0xc0) restore(low);
    else if (opcode >= 0x01 && opcode <= 0x04) {
      if (opcode === 0x01) {
        location = u64(reader);
        if (location > pc) return;
      } else if (advance(opcode === 0x02 ? u8(reader) : opcode === 0x03 ? u16(reader) : u32(reader))) return;
    } else {
      switch (opcode) {
        case 0x00: // nop
        case 0x2d: // AARCH64_negate_ra_state: the return address is signed; the unwinder strips every one.
          break;
        case 0x05:
          set(ulebNumber(reader), { kind: 'offset', value: uleb(reader) * dataAlignment });
          break;
        case 0x06:
          restore(ulebNumber(reader));
          break;
        case 0x07:
          set(ulebNumber(reader), { kind: 'undefined' });
          break;
        case 0x08:
          set(ulebNumber(reader), { kind: 'same' });
          break;
        case 0x09:
          set(ulebNumber(reader), { kind: 'register', register: ulebNumber(reader) });
          break;
        case 0x0a:
          if (remembered.length > 64) throw new BadDwarf('call frame states remembered too deeply');
          remembered.push({ cfa: row.cfa, registers: new Map(row.registers) });
          break;
        case 0x0b: {
          const state = remembered.pop();
          if (!state) throw new BadDwarf('a call frame state restored that was not remembered');
          row.cfa = state.cfa;
          row.registers = state.registers;
          break;
        }
        case 0x0c:
          row.cfa = { kind: 'register', register: ulebNumber(reader), offset: uleb(reader) };
          break;
        case 0x0d:
          row.cfa = { kind: 'register', register: ulebNumber(reader), offset: cfaRegister().offset };
          break;
        case 0x0e:
          row.cfa = { kind: 'register', register: cfaRegister().register, offset: uleb(reader) };
          break;
        case 0x0f:
          row.cfa = { kind: 'expression', code: bytesOf(reader, ulebNumber(reader)) };
          break;
        case 0x10:
          set(ulebNumber(reader), { kind: 'expression', code: bytesOf(reader, ulebNumber(reader)) });
          break;
        case 0x11:
          set(ulebNumber(reader), { kind: 'offset', value: sleb(reader) * dataAlignment });
          break;
        case 0x12:
          row.cfa = { kind: 'register', register: ulebNumber(reader), offset: sleb(reader) * dataAlignment };
          break;
        case 0x13:
          row.cfa = { kind: 'register', register: cfaRegister().register, offset: sleb(reader) * dataAlignment };
          break;
        case 0x14:
          set(ulebNumber(reader), { kind: 'value', value: uleb(reader) * dataAlignment });
          break;
        case 0x15:
          set(ulebNumber(reader), { kind: 'value', value: sleb(reader) * dataAlignment });
          break;
        case 0x16:
          set(ulebNumber(reader), { kind: 'value-expression', code: bytesOf(reader, ulebNumber(reader)) });
          break;
        case 0x2e: // GNU_args_size
          ulebNumber(reader);
          break;
        default:
          throw new BadDwarf(`call frame instruction 0x${opcode.toString(16)}`);
      }
    }
  }
}

/** The entry whose range holds `pc`. */
export function fdeAt(fdes: readonly Fde[], pc: bigint): Fde | undefined {
  let low = 0;
  let high = fdes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fdes[middle]!.low <= pc) low = middle + 1;
    else high = middle;
  }
  const fde = fdes[low - 1];
  return fde && pc < fde.high ? fde : undefined;
}
