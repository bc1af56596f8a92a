/** Shifts of AdvSIMD: by a register's signed amounts, and by an immediate; rounding and saturating. */
import type { Expr } from '../../wasm/expr';
import {
  add,
  and,
  eqz,
  geS,
  gtU,
  i32,
  i64,
  leS,
  ltS,
  ne,
  or,
  select,
  shl,
  shrS,
  shrU,
  signExtendLow,
  sub,
  xor,
  zeroExtend,
} from '../../wasm/expr';
import { vector } from '../../wasm/vector-expr';
import type { Semantics } from '../semantics';
import { bitsOf, byLanes, perElement, type Shape, splatConstant } from './shared';

export interface ShiftKind {
  readonly unsigned: boolean;
  readonly rounding: boolean;
  readonly saturating: boolean;
}

const atMost = (value: Expr, most: number): Expr => select(leS(value, most), value, most);

/** An extended element moved right by a kept i64 of 1 or more, rounded when asked. */
function right(s: Semantics, value: Expr, amount: Expr, { unsigned, rounding }: ShiftKind): Expr {
  if (!rounding) {
    if (!unsigned) return shrS(value, atMost(amount, 63));
    return select(geS(amount, 64), i64(0), shrU(value, amount));
  }
  const less = s.keep(sub(amount, 1));
  const last = s.keep(unsigned ? select(geS(less, 64), i64(0), shrU(value, less)) : shrS(value, atMost(less, 63)));
  return add((unsigned ? shrU : shrS)(last, 1), and(last, 1));
}

/** What saturates: the largest of its kind, or the least for a negative element. */
const limit = (value: Expr, bits: number, unsigned: boolean): Expr =>
  unsigned ? i64((1n << BigInt(bits)) - 1n) : xor(shrS(value, 63), i64((1n << BigInt(bits - 1)) - 1n));

/** An extended element moved left by a kept i64 of 0 to 127. */
function left(s: Semantics, value: Expr, amount: Expr, bits: number, kind: ShiftKind): readonly [Expr, Expr] {
  const moved = s.keep(select(geS(amount, 64), i64(0), shl(value, amount)));
  if (!kind.saturating) return [moved, i32(0)];
  const back = (kind.unsigned ? shrU : shrS)(moved, amount);
  const farOut = and(geS(amount, bits), ne(value, 0));
  let lost = or(farOut, ne(back, value));
  if (bits < 64) {
    const inRange = kind.unsigned
      ? leU64(moved, (1n << BigInt(bits)) - 1n)
      : and(leS(moved, (1n << BigInt(bits - 1)) - 1n), geS(moved, -(1n << BigInt(bits - 1))));
    lost = or(farOut, eqz(inRange));
  }
  const kept = s.keep(lost);
  return [select(kept, limit(value, bits, kind.unsigned), moved), kept];
}

const leU64 = (a: Expr, b: bigint): Expr => eqz(gtU(a, b));

/** SSHL and its relatives: each element by the signed low byte of the one beside it. */
export function shiftByRegister(s: Semantics, shape: Shape, a: Expr, b: Expr, kind: ShiftKind): Expr {
  const bits = bitsOf(shape.size);
  return perElement(s, shape, [a, b], !kind.unsigned, ([value, by]) => {
    const amount = s.keep(signExtendLow(8, by!));
    const [grown, lost] = left(s, value!, amount, bits, kind);
    const shrunk = right(s, value!, s.keep(sub(i64(0), amount)), kind);
    const backwards = s.keep(ltS(amount, 0));
    const result = select(backwards, shrunk, grown);
    return kind.saturating ? [result, select(backwards, i32(0), lost)] : result;
  });
}

/** Elements moved right by an i32 of 1 to their width: in two steps, since WebAssembly takes it modulo the width. */
export function shiftRight(
  s: Semantics,
  size: number,
  a: Expr,
  amount: Expr,
  unsigned: boolean,
  rounding: boolean,
): Expr {
  const operation = unsigned ? 'shr_u' : 'shr_s';
  const last = byLanes(size, operation, a, sub(amount, 1));
  if (!rounding) return byLanes(size, operation, last, i32(1));
  const kept = s.keep(last);
  return byLanes(
    size,
    'add',
    byLanes(size, operation, kept, i32(1)),
    vector('v128.and', kept, splatConstant(size, 1n)),
  );
}

/** SQSHL, UQSHL, SQSHLU (a signed element, an unsigned result) by an i32 below the width. */
export function saturatingLeft(
  s: Semantics,
  shape: Shape,
  a: Expr,
  amount: Expr,
  from: 'u' | 's',
  to: 'u' | 's',
): Expr {
  const bits = bitsOf(shape.size);
  const by = s.keep(amount);
  return perElement(s, shape, [a], from === 's', ([value]) => {
    const wideAmount = s.keep(zeroExtend(by));
    const kind: ShiftKind = { unsigned: to === 'u', rounding: false, saturating: true };
    const [result, lost] = left(s, value!, wideAmount, bits, kind);
    if (from === to || to === 's') return [result, lost];
    const negative = s.keep(ltS(value!, 0));
    return [select(negative, i64(0), result), select(negative, i32(1), lost)];
  });
}
