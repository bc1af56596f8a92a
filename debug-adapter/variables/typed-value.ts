/** Values of C types: bytes from wherever they are, rendered by type, with members and elements as children. */
import { showHex, showText } from '../format';
import type { Location } from '../symbols/dwarf/expression';
import { type Member, resolve, type Type } from '../symbols/dwarf/types';
import type { Node } from './node';

/** How a stopped frame reads what its values are made of. */
export interface ValueAccess {
  readonly memory: (address: bigint, size: number) => Uint8Array | undefined;
  readonly register: (number: number) => bigint | undefined;
  /** `<main+8>` for code and objects, with the brackets. */
  readonly symbolName: (address: bigint) => string | undefined;
  /** Memory reference of a VA of this frame. */
  readonly reference: (address: bigint) => string;
}

/** A value: what it is, where it is, and how to read it. */
export interface TypedValue {
  readonly type: Type;
  readonly location: Location;
  readonly access: ValueAccess;
}

type Bytes = { readonly bytes: Uint8Array } | { readonly why: string };

const MAX_VALUE_BYTES = 1 << 20;
const MAX_SUMMARY = 120;
const MAX_STRING = 200;

/** The `size` bytes of a value. Registers and constants are little endian, as memory is. */
export function bytesAt(location: Location, size: number, access: ValueAccess): Bytes {
  if (size > MAX_VALUE_BYTES) return { why: `${size} bytes are too many to show at once` };
  switch (location.kind) {
    case 'memory': {
      const bytes = access.memory(location.address, size);
      return bytes ? { bytes } : { why: `memory at ${showHex(location.address)} cannot be read` };
    }
    case 'register': {
      const value = access.register(location.register);
      return value === undefined
        ? { why: `register ${location.register} is not known in this frame` }
        : { bytes: little(value, size) };
    }
    case 'value':
      return { bytes: little(location.value, size) };
    case 'bytes':
      return { bytes: padded(location.bytes, size) };
    case 'pieces': {
      const bytes = new Uint8Array(size);
      let at = 0;
      for (const piece of location.pieces) {
        const part = bytesAt(piece.location, Math.min(piece.bytes, size - at), access);
        if ('why' in part) return part;
        bytes.set(part.bytes, at);
        at += part.bytes.length;
      }
      return { bytes };
    }
    case 'unavailable':
      return { why: location.why };
  }
}

const padded = (bytes: Uint8Array, size: number): Uint8Array => {
  const result = new Uint8Array(size);
  result.set(bytes.subarray(0, size));
  return result;
};

function little(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(size, 8));
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, size);
}

/** Bytes as an integer. */
export function integerOf(bytes: Uint8Array, signed: boolean): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return signed ? BigInt.asIntN(bytes.length * 8, value) : value;
}

/** The value as an integer for arithmetic; undefined for records, arrays, floats and what cannot be read. */
export function scalarOf({ type, location, access }: TypedValue): bigint | undefined {
  const plain = resolve(type);
  if (plain.kind === 'array') return location.kind === 'memory' ? location.address : undefined;
  if (!['base', 'pointer', 'enum'].includes(plain.kind) || (plain.kind === 'base' && plain.encoding === 'float'))
    return undefined;
  const read = bytesAt(location, plain.size, access);
  return 'why' in read ? undefined : integerOf(read.bytes, isSigned(plain));
}

const isSigned = (type: Type): boolean =>
  (type.kind === 'base' && type.encoding.startsWith('signed')) || (type.kind === 'enum' && type.signed);

const isCharacter = (type: Type): boolean => {
  const plain = resolve(type);
  return plain.kind === 'base' && plain.size === 1 && plain.encoding.endsWith('-char');
};

/** What C keeps text in. `unsigned char` and `uint8_t` are bytes; the encoding does not tell: `char` is unsigned on Arm. */
const isText = (type: Type): boolean => isCharacter(type) && resolve(type).name === 'char';

/** The node of a value; `expression` is how a watch names it. */
export function typedNode(name: string, value: TypedValue, expression: string | undefined): Node {
  const { type, location, access } = value;
  const plain = resolve(type);
  const address = location.kind === 'memory' ? location.address : undefined;
  const target = plain.kind === 'pointer' ? scalarOf(value) : undefined;
  const reference = target ?? address;
  const unavailable = location.kind === 'unavailable';
  return {
    name,
    value: summary(value, 0),
    type: type.name,
    evaluateName: expression,
    ...(reference === undefined ? {} : { memoryReference: access.reference(reference) }),
    ...(unavailable ? { hint: { attributes: ['readOnly'] } } : {}),
    ...(unavailable ? {} : expansion(value, plain, expression)),
  };
}

function expansion(value: TypedValue, plain: Type, expression: string | undefined): Partial<Node> {
  const { access } = value;
  if (plain.kind === 'record')
    return { children: () => plain.members().map((member) => memberNode(value, member, expression)) };
  if (plain.kind === 'array' && plain.count !== undefined && plain.count > 0) {
    const element = plain.element();
    const list = (start: number, count: number): Node[] =>
      Array.from({ length: count }, (_, i) => {
        const index = start + i;
        const at = partOf(value, index * element.size, element.size);
        return typedNode(
          `[${index}]`,
          { type: element, location: at, access },
          expression && `${expression}[${index}]`,
        );
      });
    return { elements: { count: plain.count, list } };
  }
  if (plain.kind === 'pointer') {
    const target = plain.target();
    const address = scalarOf(value);
    const pointee = resolve(target);
    if (
      address === undefined ||
      address === 0n ||
      pointee.kind === 'void' ||
      pointee.kind === 'function' ||
      pointee.kind === 'unknown'
    )
      return {};
    const pointed: TypedValue = { type: target, location: { kind: 'memory', address }, access };
    if (pointee.kind === 'record') return expansion(pointed, pointee, expression && `(*${expression})`);
    return {
      children: () => [typedNode(expression ? `*${expression}` : '*', pointed, expression && `*${expression}`)],
    };
  }
  return {};
}

function memberNode(record: TypedValue, member: Member, expression: string | undefined): Node {
  const path =
    member.name === ''
      ? expression
      : expression &&
        `${expression.replace(/^\(\*(.*)\)$/, '$1->')}${expression.startsWith('(*') ? '' : '.'}${member.name}`;
  return typedNode(member.name || '(anonymous)', memberValue(record, member), path);
}

/** The value of one member of a record. */
export function memberValue(record: TypedValue, member: Member): TypedValue {
  const { access } = record;
  const { type, bits } = member;
  if (!bits) return { type, location: partOf(record, member.offset, type.size), access };
  const first = Math.floor(bits.offset / 8);
  const read = bytesAt(
    partOf(record, first, Math.ceil((bits.offset + bits.size) / 8) - first),
    Math.ceil((bits.offset + bits.size) / 8) - first,
    access,
  );
  if ('why' in read) return { type, location: { kind: 'unavailable', why: read.why }, access };
  const raw = (integerOf(read.bytes, false) >> BigInt(bits.offset % 8)) & ((1n << BigInt(bits.size)) - 1n);
  const value = isSigned(resolve(type)) ? BigInt.asIntN(bits.size, raw) : raw;
  return { type, location: { kind: 'value', value }, access };
}

/** Where a part of a value is. */
function partOf(whole: TypedValue, offset: number, size: number): Location {
  const { location, access, type } = whole;
  if (location.kind === 'memory')
    return { kind: 'memory', address: BigInt.asUintN(64, location.address + BigInt(offset)) };
  const read = bytesAt(location, Math.max(type.size, offset + size), access);
  return 'why' in read
    ? { kind: 'unavailable', why: read.why }
    : { kind: 'bytes', bytes: read.bytes.subarray(offset, offset + size) };
}

/** One line of text for a value. */
export function summary(value: TypedValue, depth: number): string {
  const plain = resolve(value.type);
  if (value.location.kind === 'unavailable') return `<${value.location.why}>`;
  if (plain.kind === 'record') return recordSummary(value, plain.members, depth);
  if (plain.kind === 'array') return arraySummary(value, plain.element(), plain.count, depth);
  if (plain.kind === 'function')
    return value.location.kind === 'memory' ? showPointer(value.location.address, value.access) : '';
  if (plain.kind === 'void' || plain.kind === 'unknown' || plain.size === 0) return `<no value: type ${plain.name}>`;
  const read = bytesAt(value.location, plain.size, value.access);
  if ('why' in read) return `<${read.why}>`;
  const integer = integerOf(read.bytes, isSigned(plain));
  if (plain.kind === 'pointer') return pointerSummary(integer, plain.target(), value.access);
  if (plain.kind === 'enum') {
    const known = plain.values().find((each) => BigInt.asUintN(64, each.value) === BigInt.asUintN(64, integer));
    return known ? `${known.name} (${integer})` : String(integer);
  }
  if (plain.kind !== 'base') return String(integer);
  switch (plain.encoding) {
    case 'boolean':
      return integer === 0n ? 'false' : integer === 1n ? 'true' : `${integer} (not 0 or 1)`;
    case 'float':
      return String(floatOf(read.bytes));
    case 'signed-char':
    case 'unsigned-char':
      return plain.size === 1 ? `${integer} ${showCharacter(Number(BigInt.asUintN(8, integer)))}` : String(integer);
    case 'address':
      return showHex(integer);
    default:
      return String(integer);
  }
}

const showCharacter = (code: number): string =>
  `'${code >= 32 && code < 127 ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, '0')}`}'`;

function floatOf(bytes: Uint8Array): number | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 8) return view.getFloat64(0, true);
  return bytes.length === 4 ? view.getFloat32(0, true) : `${bytes.length}-byte float`;
}

function showPointer(address: bigint, access: ValueAccess): string {
  const symbol = address === 0n ? undefined : access.symbolName(address);
  return symbol ? `${showHex(address)} ${symbol}` : showHex(address);
}

function pointerSummary(address: bigint, target: Type, access: ValueAccess): string {
  const text = isText(target) && address !== 0n ? stringAt(address, access) : undefined;
  return text === undefined ? showPointer(address, access) : `${showHex(address)} ${text}`;
}

/** The NUL-terminated string a pointer points to; undefined when it cannot be read. */
function stringAt(address: bigint, access: ValueAccess): string | undefined {
  const bytes: number[] = [];
  while (bytes.length <= MAX_STRING) {
    // Never across a page at once: the next one may not be mapped.
    const room = 4096 - Number((address + BigInt(bytes.length)) % 4096n);
    const chunk = access.memory(address + BigInt(bytes.length), Math.min(room, 64));
    if (!chunk) return bytes.length > 0 ? textOf(bytes) : undefined;
    const end = chunk.indexOf(0);
    bytes.push(...(end < 0 ? chunk : chunk.subarray(0, end)));
    if (end >= 0) break;
  }
  return textOf(bytes);
}

const textOf = (bytes: ArrayLike<number>): string =>
  showText(new TextDecoder().decode(Uint8Array.from(bytes)), MAX_STRING);

function recordSummary(value: TypedValue, members: () => readonly Member[], depth: number): string {
  if (depth > 1) return '{…}';
  let text = '';
  for (const member of members()) {
    const part = `${member.name === '' ? '' : `${member.name} = `}${summary(memberValue(value, member), depth + 1)}`;
    if (text.length + part.length > MAX_SUMMARY) return `{${text}${text ? ', ' : ''}…}`;
    text += `${text ? ', ' : ''}${part}`;
  }
  return `{${text}}`;
}

/** UTF-8 without control characters but those of text files. What is cut off in the middle of a character counts. */
function isPrintable(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return !/[^\P{Cc}\t\n\r]/u.test(text);
  } catch {
    return false;
  }
}

/** `[4] {0x44, 0x33, 0x22, 0x11}` */
function bytesSummary(bytes: Uint8Array, count: number): string {
  const room = Math.floor(MAX_SUMMARY / '0x00, '.length);
  const shown = Array.from(bytes.subarray(0, room), (byte) => `0x${byte.toString(16).padStart(2, '0')}`);
  return `[${count}] {${[...shown, ...(count > room ? ['…'] : [])].join(', ')}}`;
}

function arraySummary(value: TypedValue, element: Type, count: number | undefined, depth: number): string {
  if (count === undefined)
    return value.location.kind === 'memory' ? `[?] at ${showHex(value.location.address)}` : '[?]';
  if (isCharacter(element)) {
    const size = Math.min(count, MAX_STRING + 1);
    const read = bytesAt(partOf(value, 0, size), size, value.access);
    if ('why' in read) return `<${read.why}>`;
    const end = read.bytes.indexOf(0);
    const text = end < 0 ? read.bytes : read.bytes.subarray(0, end);
    return isText(element) && isPrintable(text) ? textOf(text) : bytesSummary(read.bytes, count);
  }
  if (depth > 1 || element.size === 0) return `[${count}]`;
  let text = '';
  for (let i = 0; i < count; i++) {
    const part = summary(
      { type: element, location: partOf(value, i * element.size, element.size), access: value.access },
      depth + 1,
    );
    if (text.length + part.length > MAX_SUMMARY) return `[${count}] {${text}${text ? ', ' : ''}…}`;
    text += `${text ? ', ' : ''}${part}`;
  }
  return `[${count}] {${text}}`;
}
