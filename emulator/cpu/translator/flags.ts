/**
 * The flags inside a translation: how they came about (a kind) and the operands, in three locals. A condition is then
 * one comparison, and what nobody reads is never computed. At run time the kind is known too, so that every exit can
 * put the flags where the interpreter has them.
 */
import { assignFlags, packFlags, readFlags, unpackFlags } from '../interpreter/operands';
import { withTemporaries } from '../interpreter/temporaries';
import { flagsOf, logicalFlagsOf } from '../table/flag-values';
import type { FlagValues } from '../table/semantics';
import type { Code, Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import {
  and,
  assign,
  eq,
  eqz,
  geS,
  geU,
  gtU,
  i32,
  leS,
  leU,
  local,
  ltS,
  ltU,
  ne,
  or,
  shl,
  signExtend,
  sub,
  wrap,
  xor,
  zeroExtend,
} from '../wasm/expr';
import type { ModuleBuilder } from '../wasm/module';

export const FlagKind = {
  /** In the PE area, as the interpreter keeps them (`LAZY_*`). */
  Stored: 0,
  Sub32: 1,
  Sub64: 2,
  Add32: 3,
  Add64: 4,
  /** The first operand is the result, by its sign. */
  Logical: 5,
  /** The number less this one is NZCV. */
  Known: 16,
} as const;

/** What is known about the flags where code is being written: a kind; `undefined` when it depends on the way there. */
export interface FlagState {
  readonly kind: number;
  /** After a conditional compare: the kind holds where this is true, else the flags are `nzcv` (4 bits). */
  readonly when?: Local;
  readonly nzcv?: number;
}

export interface FlagLocals {
  readonly a: Local;
  readonly b: Local;
  readonly kind: Local;
}

const isNarrow = (kind: number): boolean => kind === FlagKind.Sub32 || kind === FlagKind.Add32;
export const arithmeticKind = (kind: 'add' | 'sub', type: string): number =>
  kind === 'sub'
    ? type === 'i32'
      ? FlagKind.Sub32
      : FlagKind.Sub64
    : type === 'i32'
      ? FlagKind.Add32
      : FlagKind.Add64;

const operandsOf = (locals: Pick<FlagLocals, 'a' | 'b'>, kind: number): [Expr, Expr] => {
  const [a, b] = [local(locals.a), local(locals.b)];
  return isNarrow(kind) ? [wrap(a), wrap(b)] : [a, b];
};

const knownFlags = (nzcv: number): FlagValues => unpackFlags(i32(nzcv * 2 ** 28));

/** The values of the flags by a kind that is known; Stored ones from the PE area. */
export function valuesOf(locals: Pick<FlagLocals, 'a' | 'b'>, pe: Expr, kind: number): FlagValues {
  if (kind === FlagKind.Stored) return readFlags(pe);
  if (kind >= FlagKind.Known) return knownFlags(kind - FlagKind.Known);
  const [a, b] = operandsOf(locals, kind);
  if (kind === FlagKind.Logical) return logicalFlagsOf(a);
  return flagsOf(kind === FlagKind.Sub32 || kind === FlagKind.Sub64 ? 'sub' : 'add', a, b);
}

export const conditionOfNzcv = (condition: number, nzcv: number): boolean => {
  const [n, z, c, v] = [8, 4, 2, 1].map((bit) => (nzcv & bit) !== 0) as [boolean, boolean, boolean, boolean];
  const base = [z, c, n, v, c && !z, n === v, n === v && !z, true][condition >> 1]!;
  return (condition & 1) === 1 && condition !== 15 ? !base : base;
};

/** Conditions after a subtraction, as comparisons of its operands. */
function afterSub(condition: number, a: Expr, b: Expr): Expr {
  const difference = sub(a, b);
  const overflow = and(xor(a, b), xor(a, difference));
  switch (condition) {
    case 0:
      return eq(a, b);
    case 1:
      return ne(a, b);
    case 2:
      return geU(a, b);
    case 3:
      return ltU(a, b);
    case 4:
      return ltS(difference, 0);
    case 5:
      return geS(difference, 0);
    case 6:
      return ltS(overflow, 0);
    case 7:
      return geS(overflow, 0);
    case 8:
      return gtU(a, b);
    case 9:
      return leU(a, b);
    case 10:
      return geS(a, b);
    case 11:
      return ltS(a, b);
    case 12:
      return ltS(b, a);
    case 13:
      return leS(a, b);
    default:
      return i32(1);
  }
}

/** Conditions when C and V are clear and N and Z are those of a value. */
function afterLogical(condition: number, a: Expr): Expr {
  switch (condition) {
    case 0:
    case 9:
      return condition === 0 ? eqz(a) : i32(1);
    case 1:
      return ne(a, 0);
    case 2:
    case 6:
    case 8:
      return i32(0);
    case 4:
    case 11:
      return ltS(a, 0);
    case 5:
    case 10:
      return geS(a, 0);
    case 12:
      return ltS(0, a);
    case 13:
      return leS(a, 0);
    default:
      return i32(1);
  }
}

function ofValues(condition: number, { n, z, c, v }: FlagValues): Expr {
  const differ = xor(n, v);
  const base = [
    (): Expr => eqz(z),
    (): Expr => c,
    (): Expr => ltS(n, 0),
    (): Expr => ltS(v, 0),
    (): Expr => and(c, ne(z, 0)),
    (): Expr => geS(differ, 0),
    (): Expr => and(ne(z, 0), geS(differ, 0)),
    (): Expr => i32(1),
  ][condition >> 1]!();
  return (condition & 1) === 1 && condition !== 15 ? eqz(base) : base;
}

/** i32 truth of a condition in a known state. */
export function conditionIn(state: FlagState, locals: FlagLocals, pe: Expr, condition: number): Expr {
  const { kind, when, nzcv = 0 } = state;
  if (kind >= FlagKind.Known) return i32(conditionOfNzcv(condition, kind - FlagKind.Known) ? 1 : 0);
  const [a, b] = operandsOf(locals, kind);
  const holds =
    kind === FlagKind.Sub32 || kind === FlagKind.Sub64
      ? afterSub(condition, a, b)
      : kind === FlagKind.Logical
        ? afterLogical(condition, a)
        : ofValues(condition, valuesOf(locals, pe, kind));
  if (when === undefined) return holds;
  return conditionOfNzcv(condition, nzcv) ? or(holds, eqz(local(when))) : and(holds, local(when));
}

/** Keeps the operands of a sum or difference and their kind. */
export function keepArithmetic(code: Code, locals: FlagLocals, kind: number, a: Expr, b: Expr): void {
  zeroExtend(a).write(code);
  zeroExtend(b).write(code);
  code.set(locals.b);
  code.set(locals.a);
  assign(code, locals.kind, i32(kind));
}

export function keepLogical(code: Code, locals: FlagLocals, result: Expr): void {
  assign(code, locals.a, signExtend(result));
  assign(code, locals.kind, i32(FlagKind.Logical));
}

/** Stores flags given as values in the PE area. */
export function storeFlags(code: Code, locals: FlagLocals, pe: Expr, values: FlagValues): void {
  withTemporaries(code, (temporary) => assignFlags({ code, pe, temporary }, values));
  assign(code, locals.kind, i32(FlagKind.Stored));
}

/** (pe, kind, a, b): stores the flags in the PE area. */
export function writeMaterialize(module: ModuleBuilder): number {
  const { index, code } = module.function('materialize', { parameters: ['i32', 'i32', 'i64', 'i64'], results: [] });
  const pe = local(code.parameter(0, 'pe'));
  const kind = local(code.parameter(1, 'kind'));
  const locals = { a: code.parameter(2, 'a'), b: code.parameter(3, 'b') };
  const put = (values: FlagValues): void => {
    withTemporaries(code, (temporary) => assignFlags({ code, pe, temporary }, values));
    code.return();
  };
  for (const each of [FlagKind.Sub64, FlagKind.Sub32, FlagKind.Logical, FlagKind.Add64, FlagKind.Add32]) {
    eq(kind, each).write(code);
    code.if(() => put(valuesOf(locals, pe, each)));
  }
  geU(kind, FlagKind.Known).write(code);
  code.if(() => {
    withTemporaries(code, (temporary) => {
      const nzcv = temporary('i32');
      assign(code, nzcv, shl(sub(kind, FlagKind.Known), 28));
      put(unpackFlags(local(nzcv)));
    });
  });
  return index;
}

/** NZCV in bits 31:28 of an i32. */
export const nzcvOf = (values: FlagValues): Expr => packFlags(values);
