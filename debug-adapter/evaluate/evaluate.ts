/** Evaluates expressions in a stopped frame. Nothing here has side effects, so hovers may use all of it. */

import { pa } from '../../emulator/address';
import { gpiOf, pasOfGpi } from '../../emulator/memory/gpt';
import { Pas } from '../../emulator/memory/pas';
import { type Expression, parseExpression, type SpaceName } from '../../language/expression/parse';
import { type AddressSpace, formatReference } from '../address-space/address-space';
import { readAt, realmOfPlace } from '../memory/resolve';
import { nearest } from '../nearest';
import { badOperand, unknownName } from '../problems';
import { resolve, type Type } from '../symbols/dwarf/types';
import { memberValue, scalarOf, type TypedValue, type ValueAccess } from '../variables/typed-value';
import { accessOf, INTEGER, namesAt, type Place, registerNamed, U64, variableNamed } from './names';

/** @throws Problem when the expression is malformed, names nothing or cannot be computed */
export const evaluateText = (place: Place, text: string): TypedValue => evaluate(place, parseExpression(text));

export function evaluate(place: Place, expression: Expression): TypedValue {
  const access = accessOf(place);
  const value = (result: bigint, type: Type = INTEGER): TypedValue => ({
    type,
    location: { kind: 'value', value: BigInt.asUintN(64, result) },
    access,
  });
  switch (expression.kind) {
    case 'number':
      return value(expression.value, expression.value > 0x7fff_ffffn ? U64 : INTEGER);
    case 'register':
    case 'name': {
      const found =
        expression.kind === 'register'
          ? registerNamed(place, expression.name)
          : (variableNamed(place, expression.name) ?? registerNamed(place, expression.name));
      if (!found) throw unknownName(expression.name, nearest(expression.name, namesAt(place)));
      return found;
    }
    case 'space':
      return inSpace(place, expression.space, integer(evaluate(place, expression.operand)));
    case 'unary':
      return unary(place, expression.operator, evaluate(place, expression.operand), value);
    case 'binary':
      return binary(expression.operator, evaluate(place, expression.left), evaluate(place, expression.right), value);
    case 'member':
      return member(evaluate(place, expression.object), expression.name, expression.arrow);
    case 'index': {
      const object = evaluate(place, expression.object);
      return element(object, integer(evaluate(place, expression.index)));
    }
  }
}

/** The value as a whole number. @throws Problem when it is none, with the reason */
export function integer(value: TypedValue): bigint {
  if (value.location.kind === 'unavailable') throw badOperand(`the value is not available: ${value.location.why}`);
  const scalar = scalarOf(value);
  if (scalar === undefined) throw badOperand(`a value of type ${value.type.name} is no number`);
  return scalar;
}

/** `pa:`, `ipa:`…: eight bytes at an address of that space, which a memory view can open. */
function inSpace(place: Place, name: SpaceName, address: bigint): TypedValue {
  const space = spaceNamed(place, name, address);
  const shown: Type = { kind: 'base', name: `u64 at ${name}`, size: 8, encoding: 'address' };
  const access: ValueAccess = {
    ...accessOf(place),
    memory: (at, size) => readAt(place, { space, address: at }, size),
    reference: (at) => formatReference({ space, address: at }),
  };
  return { type: shown, location: { kind: 'memory', address }, access };
}

/** The address space that a prefix means here: IPAs are of the Realm at hand, PAs in the PAS the GPT gives the granule. */
export function spaceNamed(place: Place, name: SpaceName, address: bigint): AddressSpace {
  switch (name) {
    case 'va':
      return { kind: 'focus' };
    case 'bus':
      return { kind: 'bus' };
    case 'ipa':
      return { kind: 'ipa', rd: realmOfPlace(place) / 4096 };
    case 'pa': {
      const { machine } = place.target;
      const inside = address < 1n << 52n;
      const pas = inside ? pasOfGpi(gpiOf(machine.memory, machine.platform, pa(Number(address)))) : undefined;
      return { kind: 'pa', pas: pas ?? Pas.NonSecure };
    }
  }
}

function pointee(value: TypedValue): TypedValue {
  const plain = resolve(value.type);
  const address = integer(value);
  const target = plain.kind === 'pointer' ? plain.target() : plain.kind === 'array' ? plain.element() : U64;
  const type = ['void', 'function', 'unknown'].includes(resolve(target).kind) ? U64 : target;
  return { type, location: { kind: 'memory', address }, access: value.access };
}

function unary(
  place: Place,
  operator: '-' | '~' | '!' | '*' | '&',
  operand: TypedValue,
  value: (result: bigint, type?: Type) => TypedValue,
): TypedValue {
  switch (operator) {
    case '*':
      return pointee(operand);
    case '&': {
      if (operand.location.kind !== 'memory')
        throw badOperand('the value has no address: it is in a register or a constant');
      const target = operand.type;
      return {
        ...value(operand.location.address, {
          kind: 'pointer',
          name: `${target.name} *`,
          size: 8,
          target: () => target,
        }),
        access: accessOf(place),
      };
    }
    case '-':
      return value(-integer(operand));
    case '~':
      return value(~integer(operand), operand.type === U64 ? U64 : INTEGER);
    case '!':
      return value(integer(operand) === 0n ? 1n : 0n);
  }
}

const truth = (condition: boolean): bigint => (condition ? 1n : 0n);

const OPERATORS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / nonZero(b),
  '%': (a, b) => a % nonZero(b),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => a << shift(b),
  '>>': (a, b) => a >> shift(b),
  '<': (a, b) => truth(a < b),
  '>': (a, b) => truth(a > b),
  '<=': (a, b) => truth(a <= b),
  '>=': (a, b) => truth(a >= b),
  '==': (a, b) => truth(BigInt.asUintN(64, a) === BigInt.asUintN(64, b)),
  '!=': (a, b) => truth(BigInt.asUintN(64, a) !== BigInt.asUintN(64, b)),
  '&&': (a, b) => truth(a !== 0n && b !== 0n),
  '||': (a, b) => truth(a !== 0n || b !== 0n),
};

function nonZero(value: bigint): bigint {
  if (value === 0n) throw badOperand('division by zero');
  return value;
}

function shift(value: bigint): bigint {
  if (value < 0n || value > 63n) throw badOperand(`a shift by ${value} bits`);
  return value;
}

function binary(
  operator: string,
  left: TypedValue,
  right: TypedValue,
  value: (result: bigint, type?: Type) => TypedValue,
): TypedValue {
  const a = integer(left);
  const b = integer(right);
  const compute = OPERATORS[operator]!;
  const plain = resolve(left.type);
  const isPointer = plain.kind === 'pointer' || plain.kind === 'array';
  if (isPointer && (operator === '+' || operator === '-') && resolve(right.type).kind !== 'pointer') {
    const target = plain.kind === 'pointer' ? plain.target() : plain.element();
    const scale = BigInt(Math.max(1, target.size));
    const type: Type =
      plain.kind === 'pointer'
        ? left.type
        : { kind: 'pointer', name: `${target.name} *`, size: 8, target: () => target };
    return { ...value(compute(a, b * scale), type), access: left.access };
  }
  const isAddress = [left, right].some(
    (each) => each.type === U64 || (each.type.kind === 'base' && each.type.encoding === 'address'),
  );
  const compares = ['<', '>', '<=', '>=', '==', '!=', '&&', '||'].includes(operator);
  return value(compute(a, b), isAddress && !compares ? U64 : INTEGER);
}

function member(object: TypedValue, name: string, arrow: boolean): TypedValue {
  const record = arrow || resolve(object.type).kind === 'pointer' ? pointee(object) : object;
  const plain = resolve(record.type);
  if (plain.kind !== 'record') throw badOperand(`a value of type ${object.type.name} has no members`);
  const found = findMember(record, name, 0);
  if (!found)
    throw badOperand(
      `${plain.name} has no member "${name}"; it has ${plain
        .members()
        .map((each) => each.name || '(anonymous)')
        .join(', ')}`,
    );
  return found;
}

/** A member by name, also inside anonymous structs and unions. */
function findMember(record: TypedValue, name: string, depth: number): TypedValue | undefined {
  const plain = resolve(record.type);
  if (plain.kind !== 'record' || depth > 8) return undefined;
  for (const each of plain.members()) {
    if (each.name === name) return memberValue(record, each);
    if (each.name !== '') continue;
    const inner = findMember(memberValue(record, each), name, depth + 1);
    if (inner) return inner;
  }
  return undefined;
}

function element(object: TypedValue, index: bigint): TypedValue {
  const plain = resolve(object.type);
  if (plain.kind === 'array' && object.location.kind !== 'memory')
    throw badOperand('elements of an array in registers cannot be indexed');
  const first = pointee(object);
  if (first.location.kind !== 'memory') return first;
  const address = first.location.address + index * BigInt(Math.max(1, first.type.size));
  return { ...first, location: { kind: 'memory', address: BigInt.asUintN(64, address) } };
}
