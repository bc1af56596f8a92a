/** Flags as values that are cheap to compute (`FlagValues`), by how they came about (shared/functions/AddWithCarry). */
import type { Expr } from '../wasm/expr';
import { add, and, geU, i32, i64, ltU, signExtend, sub, xor } from '../wasm/expr';
import type { FlagValues } from './semantics';

/** Of a + b or a - b; `result` as given, or computed from the two. */
export function flagsOf(
  kind: 'add' | 'sub',
  a: Expr,
  b: Expr,
  result = (kind === 'add' ? add : sub)(a, b),
): FlagValues {
  const wide = signExtend(result);
  const overflow = kind === 'add' ? and(xor(a, result), xor(b, result)) : and(xor(a, b), xor(a, result));
  return { n: wide, z: wide, c: kind === 'add' ? ltU(result, a) : geU(a, b), v: signExtend(overflow) };
}

/** N and Z of a value; C and V clear. */
export function logicalFlagsOf(result: Expr): FlagValues {
  const wide = signExtend(result);
  return { n: wide, z: wide, c: i32(0), v: i64(0) };
}
