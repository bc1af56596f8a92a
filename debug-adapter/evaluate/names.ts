/** What a name means at a place: a variable, a register, a symbol, an operand of the command in flight. */
import { observeSysreg } from '../../emulator/cpu/sysreg/observe';
import { SYSREG_ROWS } from '../../emulator/cpu/sysreg/sysreg';
import { Pas } from '../../emulator/memory/pas';
import type { DecodedValue } from '../../emulator/rmm/inspect';
import { formatReference } from '../address-space/address-space';
import { guestReader } from '../memory/guest-memory';
import { type Image, imageOf } from '../session/images';
import type { Session, Target } from '../session/state';
import { type StackEntry, symbolName } from '../stack/frames';
import { type Guest, guestOf } from '../stack/guest';
import type { FrameAccess } from '../symbols/dwarf/expression';
import { type Type, VOID } from '../symbols/dwarf/types';
import { functionsNamed, globalsNamed, type Program } from '../symbols/program';
import { frameBaseOf, locateVariable, type Variable, variableOf, variablesAt } from '../symbols/scopes';
import { callOfPlace } from '../variables/call';
import { generalRegisters } from '../variables/registers';
import type { TypedValue, ValueAccess } from '../variables/typed-value';

/** A stopped frame with what evaluation in it needs. */
export interface Place {
  readonly session: Session;
  readonly target: Target;
  readonly pe: number;
  readonly entry: StackEntry | undefined;
}

export const U64: Type = { kind: 'base', name: 'u64', size: 8, encoding: 'address' };
export const INTEGER: Type = { kind: 'base', name: 'i64', size: 8, encoding: 'signed' };
const CODE: Type = { kind: 'pointer', name: 'code *', size: 8, target: () => VOID };

const NOTHING: ValueAccess = {
  memory: () => undefined,
  register: () => undefined,
  symbolName: () => undefined,
  reference: (address) => formatReference({ space: { kind: 'focus' }, address }),
};

/** Access to the memory and registers of the place's frame; of the Realm on the PE when the frame is no guest's. */
export function accessOf(place: Place): ValueAccess {
  const frame = place.entry?.guest ?? guestFrameOf(place);
  if (!frame) return NOTHING;
  const { target } = place;
  return {
    memory: guestReader(target.machine, frame.guest),
    register: (number) => frame.unwound.registers.x[number],
    symbolName: (address) => {
      const name = symbolName(programOfGuest(target, frame.guest), address);
      return name && `<${name}>`;
    },
    reference: NOTHING.reference,
  };
}

/** The guest frame that registers and variables are of: the place's own, else the innermost of the PE's stack. */
export function guestFrameOf(place: Place): StackEntry['guest'] {
  return place.entry?.guest ?? place.session.stacks.get(place.pe)?.find((entry) => entry.guest)?.guest;
}

const programOfGuest = (target: Target, guest: Guest): Program => imageOf(target, guest.world).program;

/** The image that names at a place are looked up in: that of its frame's code, else of what the PE goes on with. */
export function imageOfPlace(place: Place): Image {
  const { target } = place;
  const guest = guestFrameOf(place)?.guest ?? guestOf(target.machine, place.pe);
  return guest ? imageOf(target, guest.world) : (target.images[0] ?? imageOf(target, Pas.Realm));
}

export const programOfPlace = (place: Place): Program => imageOfPlace(place).program;

/** What location expressions of a guest frame may ask. */
export function frameAccessOf(place: Place): FrameAccess | undefined {
  const frame = guestFrameOf(place);
  if (!frame) return undefined;
  const access: FrameAccess = {
    pc: frame.unwound.lookup,
    register: (number) => frame.unwound.registers.x[number],
    memory: guestReader(place.target.machine, frame.guest),
    cfa: () => frame.unwound.cfa,
    frameBase: () => frame.function && frameBaseOf(programOfPlace(place), frame.function, access),
  };
  return access;
}

const valueOfVariable = (place: Place, variable: Variable, frame: FrameAccess): TypedValue => ({
  type: variable.type,
  location: locateVariable(programOfPlace(place), variable, frame),
  access: accessOf(place),
});

/** Variables in scope of the place's frame, with their values. */
export function localsOf(place: Place): { readonly variable: Variable; readonly value: TypedValue }[] {
  const frame = guestFrameOf(place);
  const access = frameAccessOf(place);
  if (!frame?.level || !access) return [];
  return variablesAt(programOfPlace(place), frame.level.die, frame.unwound.lookup).map((variable) => ({
    variable,
    value: valueOfVariable(place, variable, access),
  }));
}

const constant = (value: bigint, access: ValueAccess, type: Type = U64): TypedValue => ({
  type,
  location: { kind: 'value', value },
  access,
});

/** A register by its name, any case: x0 to x30, w0 to w30, sp, pc, lr, fp, pstate, and system registers. */
export function registerNamed(place: Place, name: string): TypedValue | undefined {
  const lower = name.toLowerCase();
  const pe = place.target.machine.pes[place.pe];
  const access = accessOf(place);
  const values = generalRegisters(place);
  if (values) {
    const { pc, x, pstate } = values;
    const number = { sp: 31, lr: 30, fp: 29 }[lower] ?? numberOf(lower);
    if (lower === 'pc') return constant(pc, access, CODE);
    if (lower === 'pstate') return constant(BigInt(pstate), access);
    if (number !== undefined) {
      const value = x[number];
      if (value === undefined)
        return { type: U64, location: { kind: 'unavailable', why: 'not known in this frame' }, access };
      return constant(lower.startsWith('w') ? BigInt.asUintN(32, value) : value, access);
    }
  }
  const row = SYSREG_ROWS.find((each) => each.name.toLowerCase() === lower);
  return row && pe ? constant(observeSysreg(place.target.machine, pe, row.name), access) : undefined;
}

function numberOf(name: string): number | undefined {
  const match = /^[xw](\d{1,2})$/.exec(name);
  const number = Number(match?.[1]);
  return match && number <= 30 ? number : undefined;
}

/** An operand of the frame's command, a variable of the frame, a global, a function or label. */
export function variableNamed(place: Place, name: string): TypedValue | undefined {
  const program = programOfPlace(place);
  const access = accessOf(place);
  // Of a command's frame, locals are those of the guest inside or before it: its own operands come first.
  const operand = operandsOf(place).find((value) => value.name === name)?.value ?? undefined;
  if (operand !== undefined) return constant(operand, access);
  const local = localsOf(place).find(({ variable }) => variable.name === name);
  if (local) return local.value;
  const frame = frameAccessOf(place) ?? emptyFrame(access);
  const die = globalsNamed(program, name, frame.pc)[0];
  const global = die && variableOf(program, die);
  if (global) return valueOfVariable(place, global, frame);
  const code = functionsNamed(program, name)[0];
  if (code) return constant(code.entry, access, CODE);
  const symbol = program.image.symbols.find((each) => each.name === name);
  return symbol && constant(symbol.address, access, { kind: 'pointer', name: 'symbol *', size: 8, target: () => U64 });
}

const emptyFrame = (access: ValueAccess): FrameAccess => ({
  pc: 0n,
  register: () => undefined,
  memory: access.memory,
  cfa: () => undefined,
  frameBase: () => undefined,
});

/** Inputs of the command and, when it has returned, its outputs; nothing when the frame is no command's. */
function operandsOf(place: Place): readonly DecodedValue[] {
  const call = callOfPlace(place);
  return call ? [...call.inputs, ...(call.result?.outputs ?? [])] : [];
}

/** Names for completion and for "did you mean". */
export function namesAt(place: Place): string[] {
  const program = programOfPlace(place);
  return [
    ...operandsOf(place).map(({ name }) => name),
    ...localsOf(place).map(({ variable }) => variable.name),
    ...program.image.symbols.map((symbol) => symbol.name),
    ...Array.from({ length: 31 }, (_, n) => `x${n}`),
    'sp',
    'pc',
    'lr',
    'fp',
    'pstate',
    ...SYSREG_ROWS.map((row) => row.name),
  ];
}
