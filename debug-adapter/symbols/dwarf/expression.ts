/** Evaluates DWARF expressions (section 2.5) and finds the one that holds at an address (location lists, 2.6.2). */
import { AT, OP } from './constants';
import { indexedAddress } from './forms';
import {
  BadDwarf,
  bytesOf,
  createReader,
  offsetOf,
  type Reader,
  sleb,
  spend,
  u8,
  u16,
  u32,
  u64,
  uint,
  uleb,
  ulebNumber,
  type WorkBudget,
} from './reader';
import { type Die, offsetAttribute, type Sections, type Unit } from './unit';

/** What an expression may ask about the stopped frame. Undefined: not known there. */
export interface FrameAccess {
  readonly pc: bigint;
  /** DWARF register number: 0 to 30 are X0 to X30, 31 is SP. */
  readonly register: (number: number) => bigint | undefined;
  readonly memory: (address: bigint, size: number) => Uint8Array | undefined;
  /** Canonical frame address: SP of the caller at the call. */
  readonly cfa: () => bigint | undefined;
  /** Value of DW_AT_frame_base of the function. */
  readonly frameBase: () => bigint | undefined;
}

export interface Piece {
  readonly location: Location;
  readonly bytes: number;
}

export type Location =
  | { readonly kind: 'memory'; readonly address: bigint }
  | { readonly kind: 'register'; readonly register: number }
  /** The value itself: it is nowhere in memory. */
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'unavailable'; readonly why: string };

export const OPTIMISED_OUT: Location = { kind: 'unavailable', why: 'optimised out' };
const unavailable = (why: string): Location => ({ kind: 'unavailable', why });
const MAX_STEPS = 2000;
const MAX_STACK = 256;

/** Thrown inside an expression when the frame cannot say what it needs. */
class NotKnown extends Error {}

/**
 * Evaluates the expression `code` of `unit` in `frame`.
 * @returns a location; `unavailable` with the reason for everything that cannot be said, damaged expressions included.
 */
export function evaluateExpression(code: Uint8Array, unit: Unit, sections: Sections, frame: FrameAccess): Location {
  // A budget of its own: evaluating is repeated for as long as the session lasts.
  const budget: WorkBudget = { left: MAX_STEPS };
  try {
    return run(createReader('expression', code, budget), unit, { ...sections, budget }, frame);
  } catch (error) {
    if (error instanceof NotKnown || error instanceof BadDwarf) return unavailable(error.message);
    throw error;
  }
}

interface Evaluation {
  readonly reader: Reader;
  readonly unit: Unit;
  readonly sections: Sections;
  readonly frame: FrameAccess;
  readonly stack: bigint[];
}

function run(reader: Reader, unit: Unit, sections: Sections, frame: FrameAccess): Location {
  const evaluation: Evaluation = { reader, unit, sections, frame, stack: [] };
  const pieces: Piece[] = [];
  // Where the value described so far is; a register or implicit location replaces what the stack says.
  let location: Location | undefined;
  let isValue = false;
  const current = (): Location => {
    if (location) return location;
    const top = evaluation.stack.at(-1);
    if (top === undefined) return OPTIMISED_OUT;
    return isValue ? { kind: 'value', value: top } : { kind: 'memory', address: top };
  };
  while (reader.at < reader.end) {
    spend(reader.budget, 1);
    const op = u8(reader);
    if (op >= OP.reg0 && op < OP.breg0) location = { kind: 'register', register: op - OP.reg0 };
    else if (op === OP.regx) location = { kind: 'register', register: ulebNumber(reader) };
    else if (op === OP.stack_value) isValue = true;
    else if (op === OP.implicit_value) location = { kind: 'bytes', bytes: bytesOf(reader, ulebNumber(reader)) };
    else if (op === OP.implicit_pointer) return unavailable('points to something optimised out');
    else if (op === OP.bit_piece) return unavailable('scattered over bit pieces');
    else if (op === OP.piece) {
      pieces.push({ location: current(), bytes: ulebNumber(reader) });
      location = undefined;
      isValue = false;
      evaluation.stack.length = 0;
    } else {
      const value = operate(op, evaluation);
      if (value === undefined) continue;
      if (evaluation.stack.length >= MAX_STACK) return unavailable('a location expression with too deep a stack');
      evaluation.stack.push(wrap(value));
    }
  }
  return pieces.length > 0 ? { kind: 'pieces', pieces } : current();
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const truth = (value: boolean): bigint => (value ? 1n : 0n);

const BINARY: Readonly<Record<number, (a: bigint, b: bigint) => bigint>> = {
  [OP.and]: (a, b) => a & b,
  [OP.or]: (a, b) => a | b,
  [OP.xor]: (a, b) => a ^ b,
  [OP.plus]: (a, b) => a + b,
  [OP.minus]: (a, b) => a - b,
  [OP.mul]: (a, b) => a * b,
  [OP.div]: (a, b) => signed(a) / divisor(signed(b)),
  [OP.mod]: (a, b) => a % divisor(b),
  [OP.shl]: (a, b) => (b > 63n ? 0n : a << b),
  [OP.shr]: (a, b) => (b > 63n ? 0n : a >> b),
  [OP.shra]: (a, b) => signed(a) >> (b > 63n ? 63n : b),
  [OP.eq]: (a, b) => truth(a === b),
  [OP.ne]: (a, b) => truth(a !== b),
  [OP.lt]: (a, b) => truth(signed(a) < signed(b)),
  [OP.le]: (a, b) => truth(signed(a) <= signed(b)),
  [OP.gt]: (a, b) => truth(signed(a) > signed(b)),
  [OP.ge]: (a, b) => truth(signed(a) >= signed(b)),
};

function divisor(value: bigint): bigint {
  if (value === 0n) throw new BadDwarf('division by zero in a location expression');
  return value;
}

/** Constants by their opcode: how the operand is read. */
const CONSTANTS: Readonly<Record<number, (reader: Reader) => bigint>> = {
  [OP.addr]: u64,
  [OP.const1u]: (reader) => BigInt(u8(reader)),
  [OP.const2u]: (reader) => BigInt(u16(reader)),
  [OP.const4u]: (reader) => BigInt(u32(reader)),
  [OP.const8u]: u64,
  [OP.const1s]: (reader) => BigInt.asIntN(8, BigInt(u8(reader))),
  [OP.const2s]: (reader) => BigInt.asIntN(16, BigInt(u16(reader))),
  [OP.const4s]: (reader) => BigInt.asIntN(32, BigInt(u32(reader))),
  [OP.const8s]: u64,
  [OP.constu]: uleb,
  [OP.consts]: sleb,
};

/** Carries out one operation; returns the value it pushes, if it pushes one. */
function operate(op: number, evaluation: Evaluation): bigint | undefined {
  const { reader, stack, frame } = evaluation;
  const pop = (): bigint => {
    const value = stack.pop();
    if (value === undefined) throw new BadDwarf('a location expression takes from an empty stack');
    return value;
  };
  const binary = BINARY[op];
  const constant = CONSTANTS[op];
  if (binary) {
    const b = pop();
    return binary(pop(), b);
  }
  if (constant) return constant(reader);
  if (op >= OP.lit0 && op < OP.reg0) return BigInt(op - OP.lit0);
  if (op >= OP.breg0 && op < OP.regx) return known(frame.register(op - OP.breg0)) + sleb(reader);
  switch (op) {
    case OP.bregx:
      return known(frame.register(ulebNumber(reader))) + sleb(reader);
    case OP.fbreg:
      return known(frame.frameBase()) + sleb(reader);
    case OP.call_frame_cfa:
      return known(frame.cfa());
    case OP.addrx:
    case OP.constx:
      return indexedAddress(evaluation.unit, evaluation.sections, ulebNumber(reader));
    case OP.deref:
      return load(frame, pop(), 8);
    case OP.deref_size:
      return load(frame, pop(), u8(reader));
    case OP.dup:
      return pick(stack, 0);
    case OP.over:
      return pick(stack, 1);
    case OP.pick:
      return pick(stack, u8(reader));
    case OP.drop:
      pop();
      return undefined;
    case OP.swap:
      stack.push(pop(), pop());
      return undefined;
    case OP.rot: {
      const [a, b, c] = [pop(), pop(), pop()];
      stack.push(a, c, b);
      return undefined;
    }
    case OP.abs: {
      const value = signed(pop());
      return value < 0n ? -value : value;
    }
    case OP.neg:
      return -pop();
    case OP.not:
      return ~pop();
    case OP.plus_uconst:
      return pop() + uleb(reader);
    case OP.skip:
      jump(reader, true);
      return undefined;
    case OP.bra:
      jump(reader, pop() !== 0n);
      return undefined;
    case OP.nop:
      return undefined;
    case OP.convert:
    case OP.reinterpret:
      // Integers only: the generic type holds them all.
      ulebNumber(reader);
      return undefined;
    case OP.entry_value:
    case OP.gnu_entry_value:
      throw new NotKnown('only its value at the function’s entry was kept');
    default:
      throw new NotKnown(`described by DW_OP 0x${op.toString(16)}, which is not supported`);
  }
}

function known(value: bigint | undefined): bigint {
  if (value === undefined) throw new NotKnown('needs a register that is not known in this frame');
  return value;
}

function pick(stack: readonly bigint[], index: number): bigint {
  const value = stack[stack.length - 1 - index];
  if (value === undefined) throw new BadDwarf('a location expression reaches below its stack');
  return value;
}

function jump(reader: Reader, taken: boolean): void {
  const distance = Number(BigInt.asIntN(16, BigInt(u16(reader))));
  if (!taken) return;
  const target = reader.at + distance;
  if (target < 0 || target > reader.end) throw new BadDwarf('a location expression jumps out of itself');
  reader.at = target;
}

function load(frame: FrameAccess, address: bigint, size: number): bigint {
  if (![1, 2, 4, 8].includes(size)) throw new BadDwarf(`a location expression loads ${size} bytes`);
  const bytes = frame.memory(address, size);
  if (!bytes) throw new NotKnown(`needs memory at 0x${address.toString(16)}, which cannot be read`);
  return uint(createReader('memory', bytes, { left: 1 }), size);
}

/** The expression of attribute `name` that holds at `pc`: an expression, or the entry of a location list. */
export function expressionAt(die: Die, name: number, sections: Sections, pc: bigint): Uint8Array | undefined {
  const value = die.attributes.get(name);
  if (value === undefined) return undefined;
  if (value.kind === 'block') return value.value;
  const bounded = { ...sections, budget: { left: 100_000 } };
  if (value.kind === 'list') {
    const { unit } = die;
    const at = unit.loclistsBase + value.value * (unit.wide ? 8 : 4);
    const entry = offsetOf(createReader('.debug_loclists', sections.loclists, bounded.budget, at), unit.wide);
    return readLoclist(unit, bounded, unit.loclistsBase + entry, pc);
  }
  const offset = offsetAttribute(die, name);
  if (offset === undefined) return undefined;
  return die.unit.version >= 5 ? readLoclist(die.unit, bounded, offset, pc) : readLoc(die.unit, bounded, offset, pc);
}

/** True when the attribute is a location list: then "no entry" means that the value does not exist at this address. */
export const hasLocationList = (die: Die): boolean => {
  const kind = die.attributes.get(AT.location)?.kind;
  return kind !== undefined && kind !== 'block';
};

function readLoc(unit: Unit, sections: Sections, offset: number, pc: bigint): Uint8Array | undefined {
  const reader = createReader('.debug_loc', sections.loc, sections.budget, offset);
  let base = unit.lowPc;
  for (;;) {
    spend(sections.budget, 1);
    const low = u64(reader);
    const high = u64(reader);
    if (low === 0n && high === 0n) return undefined;
    if (low === 0xffff_ffff_ffff_ffffn) {
      base = high;
      continue;
    }
    const code = bytesOf(reader, u16(reader));
    if (pc >= base + low && pc < base + high) return code;
  }
}

function readLoclist(unit: Unit, sections: Sections, offset: number, pc: bigint): Uint8Array | undefined {
  const reader = createReader('.debug_loclists', sections.loclists, sections.budget, offset);
  const indexed = (): bigint => indexedAddress(unit, sections, ulebNumber(reader));
  let base = unit.lowPc;
  let byDefault: Uint8Array | undefined;
  for (;;) {
    spend(sections.budget, 1);
    const kind = u8(reader);
    let low = 0n;
    let high = 0n;
    if (kind === 0) return byDefault;
    if (kind === 1) {
      base = indexed();
      continue;
    }
    if (kind === 6) {
      base = u64(reader);
      continue;
    }
    if (kind === 2) [low, high] = [indexed(), indexed()];
    else if (kind === 3) {
      low = indexed();
      high = low + uleb(reader);
    } else if (kind === 4) [low, high] = [base + uleb(reader), base + uleb(reader)];
    else if (kind === 7) [low, high] = [u64(reader), u64(reader)];
    else if (kind === 8) {
      low = u64(reader);
      high = low + uleb(reader);
    } else if (kind !== 5) throw new BadDwarf(`.debug_loclists: unknown entry ${kind}`);
    const code = bytesOf(reader, ulebNumber(reader));
    if (kind === 5) byDefault = code;
    else if (pc >= low && pc < high) return code;
  }
}
