/** What rows of AdvSIMD share: shapes of a vector, operations by element size, text of operands. */
import { BLOCK } from '../../layout';
import type { Expr } from '../../wasm/expr';
import { add, assign, i32, i64, load, local, ltU, shl, store } from '../../wasm/expr';
import type { VectorOp } from '../../wasm/vector-expr';
import { loadVector, shuffle, storeVector, v128, vector, vectorLane } from '../../wasm/vector-expr';
import type { Fields, RowParts, Split } from '../row';
import { row } from '../row';
import type { LaneBits, Semantics } from '../semantics';

/** A vector of 64 (q = 0) or 128 bits, or a scalar in the low bits (q undefined), of elements of 8 << size bits. */
export interface Shape {
  readonly size: number;
  readonly q: number | undefined;
}

export const bitsOf = (size: number): LaneBits => (8 << size) as LaneBits;
/** Bits of the register that the shape uses. */
export const widthOf = ({ size, q }: Shape): number => (q === undefined ? 8 << size : 64 << q);
export const lanesOf = (shape: Shape): number => widthOf(shape) / bitsOf(shape.size);

const LANES = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const;

/** An operation by the size of its elements; where WebAssembly lacks it for a size, the row must not ask for it. */
export const byLanes = (size: number, operation: string, ...operands: readonly Expr[]): Expr =>
  vector(`${LANES[size]}.${operation}` as VectorOp, ...operands);

/** An integer (i32, or i64 when the size is 3) in every element. */
export const splat = (size: number, value: Expr): Expr => byLanes(size, 'splat', value);

/** A known value in every element. */
export function splatConstant(size: number, value: bigint): Expr {
  const width = BigInt(bitsOf(size));
  let all = 0n;
  for (let at = 0n; at < 128n; at += width) all |= BigInt.asUintN(bitsOf(size), value) << at;
  return v128(all);
}

export const zeroVector = v128(0n);
/** The most negative element. */
export const mostNegative = (size: number): Expr => splatConstant(size, 1n << BigInt(bitsOf(size) - 1));

/** The low `width` bits; the rest of the vector is zero. */
export function lowBits(value: Expr, width: number): Expr {
  if (width === 128) return value;
  if (width === 64) return vectorLane('i64x2.replace_lane', 1, value, i64(0));
  return vector('v128.and', value, v128((1n << BigInt(width)) - 1n));
}

/** The upper 64 bits, moved down. */
export const upperHalf = (value: Expr): Expr =>
  shuffle(
    value,
    zeroVector,
    range(16, (at) => at + 8),
  );

/** Vd with its lower or upper 64 bits replaced by the low ones of a value: a lower half clears the upper one. */
export const placeHalf = (s: Semantics, value: Expr, upper: boolean): Expr =>
  upper
    ? shuffle(
        s.v('Rd'),
        value,
        range(16, (at) => (at < 8 ? at : at + 8)),
      )
    : lowBits(value, 64);

export const range = (count: number, of: (at: number) => number): number[] =>
  Array.from({ length: count }, (_, at) => of(at));

/** Bytes of elements (numbers from 0 through both operands) for `shuffle`; short lists are filled up with element 0. */
export function elementBytes(size: number, elements: readonly number[]): number[] {
  const bytes = 1 << size;
  return range(16, (at) => (elements[Math.floor(at / bytes)] ?? 0) * bytes + (at % bytes));
}

const QC = 27;
/** Sets FPSR.QC when an i32, 0 or 1, is 1. */
export const saturated = (s: Semantics, condition: Expr): void => s.orFpsr(shl(condition, QC));
/** Sets FPSR.QC when any bit of a vector is set. */
export const anySaturated = (s: Semantics, where: Expr): void => saturated(s, vector('v128.any_true', where));

const INPUTS = 3;

/**
 * A vector element by element: the operands go through memory, `compute` gets one element of each as i64, extended by
 * its sign when asked, and gives the result and, for operations that saturate, an i32 that is 1 when it did.
 */
export function perElement(
  s: Semantics,
  shape: Shape,
  operands: readonly Expr[],
  signed: boolean,
  compute: (elements: readonly Expr[]) => Expr | readonly [Expr, Expr],
): Expr {
  const { code } = s;
  const width = bitsOf(shape.size);
  const bytes = width / 8;
  const count = lanesOf(shape);
  operands.forEach((operand, at) => {
    storeVector(code, s.pe, operand, BLOCK + 16 * at);
  });
  const result = BLOCK + 16 * INPUTS;
  storeVector(code, s.pe, zeroVector, result);
  const offset = code.borrow('i32');
  const at = code.borrow('i32');
  assign(code, offset, i32(0));
  code.loop((again) => {
    assign(code, at, add(s.pe, local(offset)));
    const elements = operands.map((_, index) =>
      s.keep(load('i64', width, local(at), BLOCK + 16 * index, signed && width < 64)),
    );
    const computed = compute(elements);
    const [value, saturation] = 'type' in computed ? [computed, undefined] : computed;
    const kept = s.keep(value);
    if (saturation !== undefined) saturated(s, saturation);
    store(code, width, local(at), kept, result);
    if (count === 1) return;
    assign(code, offset, add(local(offset), bytes));
    ltU(local(offset), count * bytes).write(code);
    code.brIf(again);
  });
  code.giveBack(offset);
  code.giveBack(at);
  return loadVector(s.pe, result);
}

/** What a row of AdvSIMD leaves to say. */
export type SimdParts = Omit<RowParts, 'section' | 'fp' | 'feature'> & {
  readonly group: string;
  readonly feature?: RowParts['feature'];
};

export const simdRow = ({ group, feature, ...parts }: SimdParts) =>
  row({ ...parts, section: `C4.1.96 Advanced SIMD ${group}`, feature: feature ?? 'FEAT_AdvSIMD', fp: true });

/** Shapes that a row has, settled: `shapeOf` gives the one of a handler. */
export function shapeSplit(shapes: readonly Shape[]): Split {
  return {
    name: 'shape',
    count: shapes.length,
    of: (fields) =>
      shapes.findIndex(({ size, q }) => size === sizeField(fields) && (q === undefined || q === fields['Q'])),
  };
}

const sizeField = (fields: Fields): number => fields['size'] ?? 0;
export const shapeOf = (s: Semantics, shapes: readonly Shape[]): Shape => shapes[s.known('shape')]!;
export const hasShape = (shapes: readonly Shape[], f: Fields): boolean => shapeSplit(shapes).of(f) >= 0;

/** Both widths of each size; elements of 64 bits fill 128 only. */
export const shapesOf = (sizes: readonly number[]): readonly Shape[] =>
  sizes.flatMap((size) => (size === 3 ? [{ size, q: 1 }] : [0, 1].map((q) => ({ size, q }))));
export const scalarsOf = (sizes: readonly number[]): readonly Shape[] => sizes.map((size) => ({ size, q: undefined }));

const LETTERS = 'bhsdq';
/** `v3.4s`, or `s3` for a scalar. */
export const vr = ({ size, q }: Shape, n: number): string =>
  q === undefined ? `${LETTERS[size]}${n}` : `v${n}.${(8 << q) >> size}${LETTERS[size]}`;
/** `v3.s[1]`. */
export const ve = (size: number, n: number, index: number | string): string => `v${n}.${LETTERS[size]}[${index}]`;
export const letterOf = (size: number): string => LETTERS[size]!;
export const shapeIn = (f: Fields): Shape => ({ size: f['size']!, q: f['Q'] });
/** The shape with elements of twice the size in 128 bits: what widens goes there. */
export const wide = ({ size, q }: Shape): Shape => ({ size: size + 1, q: q === undefined ? undefined : 1 });
