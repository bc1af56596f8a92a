/** Sums and their flags, shared by the rows that add, subtract and compare (Arm ARM, shared/functions/AddWithCarry). */
import type { Expr } from '../../wasm/expr';
import { add, and, eq, not, or, shrU, signExtend, sub, wrap, xor, zeroExtend } from '../../wasm/expr';
import type { Semantics } from '../semantics';

export const typeOf = (sf: number): 'i32' | 'i64' => (sf === 1 ? 'i64' : 'i32');

/** Sets N and Z from a result, C and V as given (V by its sign bit). */
export function setResultFlags(s: Semantics, result: Expr, c: Expr, v: Expr): void {
  const wide = s.keep(signExtend(result));
  s.setFlags({ n: wide, z: wide, c, v: signExtend(v) });
}

/** a + b with flags; a, b and the result are kept. */
export function addFlags(s: Semantics, left: Expr, right: Expr): Expr {
  const a = s.keep(left);
  const b = s.keep(right);
  const result = s.keep(add(a, b));
  s.arithmeticFlags('add', a, b, result);
  return result;
}

export function subFlags(s: Semantics, left: Expr, right: Expr): Expr {
  const a = s.keep(left);
  const b = s.keep(right);
  const result = s.keep(sub(a, b));
  s.arithmeticFlags('sub', a, b, result);
  return result;
}

/** a + b + C, or a + NOT(b) + C; with flags when asked. */
export function withCarry(s: Semantics, left: Expr, right: Expr, subtract: boolean, setFlags: boolean): Expr {
  const a = s.keep(left);
  const b = s.keep(subtract ? not(right) : right);
  const carry = s.flags().c;
  const result = s.keep(add(add(a, b), a.type === 'i64' ? zeroExtend(carry) : carry));
  if (setFlags) {
    const top = a.type === 'i64' ? 63 : 31;
    const carryOut = wrap(shrU(or(and(a, b), and(or(a, b), not(result))), top));
    setResultFlags(s, result, carryOut, and(xor(a, result), xor(b, result)));
  }
  return result;
}

export const isZero = (value: Expr): Expr => eq(value, 0);
