/** What is in scope at an address: inlined calls, parameters and local variables, and where their values are. */
import { AT, TAG } from './dwarf/constants';
import {
  evaluateExpression,
  expressionAt,
  type FrameAccess,
  hasLocationList,
  type Location,
  OPTIMISED_OUT,
} from './dwarf/expression';
import { inRanges, rangesOf } from './dwarf/ranges';
import { type Type, typeOf } from './dwarf/types';
import type { Die } from './dwarf/unit';
import { messageOf } from './dwarf/unit';
import { type FunctionInfo, findDie, inherited, nameOf, type Program, placeOf } from './program';

/** One level of source at an address: the function itself, or a call that the compiler inlined into it. */
export interface InlineLevel {
  readonly name: string;
  readonly die: Die;
  /** Where the next level out called this one; absent for the function itself. */
  readonly calledFrom: { readonly file: string; readonly line: number } | undefined;
  /** First address of the inlined code. */
  readonly entry: bigint;
}

export interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly die: Die;
  readonly isParameter: boolean;
}

const MAX_LEVELS = 32;
const MAX_VARIABLES = 4096;

function covers(program: Program, die: Die, pc: bigint): boolean {
  try {
    return inRanges(rangesOf(die, program.sections), pc);
  } catch (error) {
    messageOf(error);
    return false;
  }
}

/** Inlined calls at `pc`, innermost first, ending with the function itself. */
export function inlineLevels(program: Program, info: FunctionInfo, pc: bigint): InlineLevel[] {
  if (!info.die) return [];
  const levels: InlineLevel[] = [{ name: info.name, die: info.die, calledFrom: undefined, entry: info.entry }];
  let inside: readonly Die[] = info.die.children;
  while (levels.length < MAX_LEVELS) {
    const next = inside.find(
      (die) => (die.tag === TAG.inlined_subroutine || die.tag === TAG.lexical_block) && covers(program, die, pc),
    );
    if (!next) break;
    inside = next.children;
    if (next.tag !== TAG.inlined_subroutine) continue;
    const entry = rangesOf(next, program.sections)[0]?.low ?? pc;
    levels.unshift({
      name: nameOf(program, next) ?? '?',
      die: next,
      calledFrom: placeOf(program, next, AT.call_file, AT.call_line),
      entry,
    });
  }
  return levels;
}

/** Parameters and locals in scope at `pc`, outer blocks first; of a shadowed name only the inner one stays. */
export function variablesAt(program: Program, level: Die, pc: bigint): Variable[] {
  const found = new Map<string, Variable>();
  const visit = (die: Die, depth: number): void => {
    for (const child of die.children) {
      if (child.tag === TAG.formal_parameter || child.tag === TAG.variable) {
        const variable = variableOf(program, child);
        if (!variable || found.size >= MAX_VARIABLES) continue;
        found.delete(variable.name);
        found.set(variable.name, variable);
      } else if (child.tag === TAG.lexical_block && depth < MAX_LEVELS && covers(program, child, pc))
        visit(child, depth + 1);
    }
  };
  visit(level, 0);
  return [...found.values()];
}

/** A variable's name and type; undefined without a name. */
export function variableOf(program: Program, die: Die): Variable | undefined {
  const name = nameOf(program, die);
  if (name === undefined) return undefined;
  const typed = inherited(program, die, AT.type) ?? die;
  const type = typeOf(typed, (offset) => findDie(program, offset));
  return { name, type, die, isParameter: die.tag === TAG.formal_parameter };
}

/** Where a variable's value is in a frame. */
export function locateVariable(program: Program, variable: Variable, frame: FrameAccess): Location {
  const { die } = variable;
  const { sections } = program;
  const constant = inherited(program, die, AT.const_value)?.attributes.get(AT.const_value);
  const located = inherited(program, die, AT.location);
  if (!located) {
    if (constant?.kind === 'constant') return { kind: 'value', value: BigInt.asUintN(64, constant.value) };
    return constant?.kind === 'block' ? { kind: 'bytes', bytes: constant.value } : OPTIMISED_OUT;
  }
  try {
    const code = expressionAt(located, AT.location, sections, frame.pc);
    if (!code || code.length === 0)
      return hasLocationList(located) ? { kind: 'unavailable', why: 'optimised out here' } : OPTIMISED_OUT;
    return evaluateExpression(code, located.unit, sections, frame);
  } catch (error) {
    return { kind: 'unavailable', why: messageOf(error) };
  }
}

/** DW_AT_frame_base of the function: base of DW_OP_fbreg. */
export function frameBaseOf(program: Program, info: FunctionInfo, frame: FrameAccess): bigint | undefined {
  if (!info.die) return undefined;
  try {
    const code = expressionAt(info.die, AT.frame_base, program.sections, frame.pc);
    const location = code && evaluateExpression(code, info.die.unit, program.sections, frame);
    // DW_OP_regN here means the register's value, not the register (DWARF 5, 3.3.5).
    if (location?.kind === 'register') return frame.register(location.register);
    if (location?.kind === 'memory') return location.address;
    return location?.kind === 'value' ? location.value : undefined;
  } catch (error) {
    messageOf(error);
    return undefined;
  }
}
