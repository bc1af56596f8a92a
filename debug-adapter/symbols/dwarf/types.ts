/** Types of C as DWARF describes them, resolved when asked for, so that a cyclic or damaged graph costs nothing. */
import { AT, ENCODINGS, OP, TAG } from './constants';
import { createReader, u8, ulebNumber } from './reader';
import { type Die, flagAttribute, numberAttribute, stringAttribute } from './unit';

export type BaseEncoding =
  | 'address'
  | 'boolean'
  | 'float'
  | 'signed'
  | 'signed-char'
  | 'unsigned'
  | 'unsigned-char'
  | 'utf';

export type Type =
  | { readonly kind: 'base'; readonly name: string; readonly size: number; readonly encoding: BaseEncoding }
  | { readonly kind: 'pointer'; readonly name: string; readonly size: number; readonly target: () => Type }
  | { readonly kind: 'record'; readonly name: string; readonly size: number; readonly members: () => readonly Member[] }
  | {
      readonly kind: 'array';
      readonly name: string;
      readonly size: number;
      readonly element: () => Type;
      readonly count: number | undefined;
    }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly size: number;
      readonly signed: boolean;
      readonly values: () => readonly Enumerator[];
    }
  /** typedef, const, volatile…: another name for `target`. */
  | { readonly kind: 'alias'; readonly name: string; readonly size: number; readonly target: () => Type }
  | { readonly kind: 'function'; readonly name: string; readonly size: 0 }
  | { readonly kind: 'void'; readonly name: 'void'; readonly size: 0 }
  | { readonly kind: 'unknown'; readonly name: string; readonly size: number };

export interface Member {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  readonly type: Type;
  /** From the start of the record, in bytes. */
  readonly offset: number;
  /** Bit-fields: bits from the start of the record, and width. */
  readonly bits?: { readonly offset: number; readonly size: number };
}

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

export const VOID: Type = { kind: 'void', name: 'void', size: 0 };
const POINTER_SIZE = 8;
/** Chains of typedefs longer than this are damage. */
const MAX_CHAIN = 64;
const MAX_MEMBERS = 4096;

/** Finds an entry by its offset in .debug_info. */
export type FindDie = (offset: number) => Die | undefined;

/** The type that attribute DW_AT_type of `die` names; void when it has none. */
export function typeOf(die: Die, find: FindDie, depth = 0): Type {
  const reference = die.attributes.get(AT.type);
  if (reference === undefined) return VOID;
  const target = reference.kind === 'reference' ? find(reference.value) : undefined;
  if (!target || depth > MAX_CHAIN) return { kind: 'unknown', name: '?', size: 0 };
  return typeFromDie(target, find, depth + 1);
}

function typeFromDie(die: Die, find: FindDie, depth: number): Type {
  const name = stringAttribute(die, AT.name);
  const size = numberAttribute(die, AT.byte_size) ?? 0;
  const next = (): Type => typeOf(die, find, depth);
  switch (die.tag) {
    case TAG.base_type: {
      const encoding = (ENCODINGS[numberAttribute(die, AT.encoding) ?? 0] ?? 'unsigned') as BaseEncoding;
      return { kind: 'base', name: name ?? '?', size, encoding };
    }
    case TAG.pointer_type:
    case TAG.reference_type:
    case TAG.rvalue_reference_type: {
      const mark = die.tag === TAG.pointer_type ? '*' : die.tag === TAG.reference_type ? '&' : '&&';
      const target = next();
      return {
        kind: 'pointer',
        name: name ?? pointerName(target.name, mark),
        size: size || POINTER_SIZE,
        target: next,
      };
    }
    case TAG.structure_type:
    case TAG.class_type:
    case TAG.union_type: {
      const keyword = die.tag === TAG.structure_type ? 'struct' : die.tag === TAG.union_type ? 'union' : 'class';
      return { kind: 'record', name: name ? `${keyword} ${name}` : keyword, size, members: () => membersOf(die, find) };
    }
    case TAG.array_type:
      return arrayType(die, next, 0);
    case TAG.enumeration_type: {
      const underlying = die.attributes.has(AT.type) ? resolve(next()) : undefined;
      const isSigned = underlying?.kind === 'base' && underlying.encoding.startsWith('signed');
      return {
        kind: 'enum',
        name: name ? `enum ${name}` : 'enum',
        size,
        signed: isSigned,
        values: () => enumeratorsOf(die),
      };
    }
    case TAG.typedef: {
      const target = next();
      return { kind: 'alias', name: name ?? target.name, size: target.size, target: next };
    }
    case TAG.const_type:
    case TAG.volatile_type:
    case TAG.restrict_type:
    case TAG.atomic_type: {
      const target = next();
      const words: Record<number, string> = {
        [TAG.const_type]: 'const',
        [TAG.volatile_type]: 'volatile',
        [TAG.restrict_type]: 'restrict',
      };
      const word = words[die.tag] ?? '_Atomic';
      const qualified = target.kind === 'pointer' ? `${target.name}${word}` : `${word} ${target.name}`;
      return { kind: 'alias', name: qualified, size: target.size, target: next };
    }
    case TAG.subroutine_type:
      return { kind: 'function', name: `${next().name} ()`, size: 0 };
    default:
      return { kind: 'unknown', name: name ?? '?', size };
  }
}

const pointerName = (target: string, mark: string): string => {
  if (target.endsWith('()')) return `${target.slice(0, -2)}(${mark})()`;
  return target.endsWith('*') ? `${target}${mark}` : `${target} ${mark}`;
};

/** Several dimensions become arrays of arrays. */
function arrayType(die: Die, element: () => Type, dimension: number): Type {
  const dimensions = die.children.filter((child) => child.tag === TAG.subrange_type);
  const inner = (): Type => (dimension + 1 < dimensions.length ? arrayType(die, element, dimension + 1) : element());
  const range = dimensions[dimension];
  const count = range && countOf(range);
  const of = inner();
  const suffix = dimensions
    .slice(dimension)
    .map((each) => `[${countOf(each) ?? ''}]`)
    .join('');
  return { kind: 'array', name: `${element().name}${suffix}`, size: of.size * (count ?? 0), element: inner, count };
}

function countOf(range: Die): number | undefined {
  const count = numberAttribute(range, AT.count);
  if (count !== undefined) return bounded(count);
  const upper = range.attributes.get(AT.upper_bound);
  return upper?.kind === 'constant' ? bounded(Number(BigInt.asIntN(64, upper.value)) + 1) : undefined;
}

const bounded = (count: number): number | undefined => (count >= 0 && count <= 0x1_0000_0000 ? count : undefined);

function membersOf(die: Die, find: FindDie): Member[] {
  const fields = die.children.filter((child) => child.tag === TAG.member || child.tag === TAG.inheritance);
  return fields
    .filter((field) => !flagAttribute(field, AT.external) && !flagAttribute(field, AT.declaration))
    .slice(0, MAX_MEMBERS)
    .map((field) => {
      const type = typeOf(field, find);
      const offset = memberOffset(field);
      const bitSize = numberAttribute(field, AT.bit_size);
      const name = stringAttribute(field, AT.name) ?? (field.tag === TAG.inheritance ? type.name : '');
      return {
        name,
        type,
        offset,
        ...(bitSize === undefined ? {} : { bits: { offset: bitOffset(field, type, offset, bitSize), size: bitSize } }),
      };
    });
}

/** DW_AT_data_member_location: a constant, or in old DWARF an expression that adds one. */
function memberOffset(field: Die): number {
  const value = field.attributes.get(AT.data_member_location);
  if (value?.kind === 'constant') return Number(value.value);
  if (value?.kind !== 'block' || value.value[0] !== OP.plus_uconst) return 0;
  const reader = createReader('expression', value.value, { left: 1 });
  u8(reader);
  return ulebNumber(reader);
}

function bitOffset(field: Die, type: Type, offset: number, size: number): number {
  const data = numberAttribute(field, AT.data_bit_offset);
  if (data !== undefined) return data;
  // DWARF 2 and 3 count from the most significant bit of the storage unit.
  const fromTop = numberAttribute(field, AT.bit_offset) ?? 0;
  const storage = (numberAttribute(field, AT.byte_size) ?? type.size) * 8;
  return offset * 8 + storage - fromTop - size;
}

function enumeratorsOf(die: Die): Enumerator[] {
  return die.children
    .filter((child) => child.tag === TAG.enumerator)
    .slice(0, MAX_MEMBERS)
    .flatMap((child) => {
      const value = child.attributes.get(AT.const_value);
      return value?.kind === 'constant' ? [{ name: stringAttribute(child, AT.name) ?? '?', value: value.value }] : [];
    });
}

/** The type behind typedefs and qualifiers. */
export function resolve(type: Type): Type {
  let current = type;
  for (let i = 0; i < MAX_CHAIN && current.kind === 'alias'; i++) current = current.target();
  return current.kind === 'alias' ? { kind: 'unknown', name: type.name, size: type.size } : current;
}
