/** The exclusive monitor in a PE's state, and the elements of exclusive and atomic accesses (see `layout.ts`). */
import { EXCLUSIVE_ADDRESS, EXCLUSIVE_SIZE, EXCLUSIVE_VALUE } from '../layout';
import type { Code } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import { and, eq, i32, load, store } from '../wasm/expr';

/** Elements of an atomic access: one of up to 8 bytes, or two of 8. */
const elements = (size: number): readonly number[] => (size === 4 ? [0, 8] : [0]);
const elementBits = (size: number): number => (size === 4 ? 64 : 8 << size);

export const loadElements = (keep: (value: Expr) => Expr, address: Expr, size: number): readonly Expr[] =>
  elements(size).map((offset) => keep(load('i64', elementBits(size), address, offset)));

export function storeElements(code: Code, address: Expr, size: number, values: readonly Expr[]): void {
  elements(size).forEach((offset, at) => {
    store(code, elementBits(size), address, values[at]!, offset);
  });
}

/** A load-exclusive has read these values. */
export function arm(code: Code, pe: Expr, va: Expr, size: number, values: readonly Expr[]): void {
  store(code, 64, pe, va, EXCLUSIVE_ADDRESS);
  store(code, 32, pe, i32(1 << size), EXCLUSIVE_SIZE);
  values.forEach((value, at) => {
    store(code, 64, pe, value, EXCLUSIVE_VALUE + at * 8);
  });
}

/** i32 truth: the last load-exclusive was of this VA and size. */
export const isArmed = (pe: Expr, va: Expr, size: number): Expr =>
  and(eq(load('i64', 64, pe, EXCLUSIVE_ADDRESS), va), eq(load('i32', 32, pe, EXCLUSIVE_SIZE), 1 << size));

/** i32 truth: memory still holds what the load-exclusive read. */
export const isUnchanged = (pe: Expr, address: Expr, size: number): Expr =>
  elements(size)
    .map((offset, at) =>
      eq(load('i64', elementBits(size), address, offset), load('i64', 64, pe, EXCLUSIVE_VALUE + at * 8)),
    )
    .reduce((a, b) => and(a, b));
