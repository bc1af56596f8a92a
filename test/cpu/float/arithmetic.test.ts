/** Exact arithmetic against the host's, and what rounding directions owe each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as arithmetic from '../../../emulator/cpu/float/arithmetic';
import { compare } from '../../../emulator/cpu/float/comparison';
import * as conversion from '../../../emulator/cpu/float/conversion';
import { Control, environment, Flag, Rounding } from '../../../emulator/cpu/float/environment';
import type { Format } from '../../../emulator/cpu/float/format';
import {
  absolute,
  BFLOAT,
  DOUBLE,
  defaultNan,
  HALF,
  infinity,
  largest,
  negate,
  SINGLE,
} from '../../../emulator/cpu/float/format';
import { operand, random } from './operands';

const view = new DataView(new ArrayBuffer(8));

function toNumber(format: Format, bits: bigint): number {
  if (format === SINGLE) {
    view.setUint32(0, Number(bits));
    return view.getFloat32(0);
  }
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function fromNumber(format: Format, value: number): bigint {
  if (format === SINGLE) {
    view.setFloat32(0, value);
    return BigInt(view.getUint32(0));
  }
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** A double result rounded to single is what single arithmetic gives: 53 bits are more than twice 24 and 2. */
const HOST: readonly [string, arithmetic.Binary, (a: number, b: number) => number][] = [
  ['add', arithmetic.add, (a, b) => a + b],
  ['subtract', arithmetic.subtract, (a, b) => a - b],
  ['multiply', arithmetic.multiply, (a, b) => a * b],
  ['divide', arithmetic.divide, (a, b) => a / b],
  ['squareRoot', (e, format, a) => arithmetic.squareRoot(e, format, a), (a) => Math.sqrt(a)],
];

for (const [name, exact, host] of HOST) {
  test(`${name} is the host's under the default control`, () => {
    const next = random(7);
    for (let count = 0; count < 6000; count++) {
      const format = count % 2 === 0 ? SINGLE : DOUBLE;
      const [a, b] = [operand(format, next), operand(format, next)];
      const ours = exact(environment(0), format, a, b);
      const theirs = host(toNumber(format, a), toNumber(format, b));
      if (Number.isNaN(theirs)) assert.ok(Number.isNaN(toNumber(format, ours)), `${name} ${a.toString(16)}`);
      else assert.equal(ours, fromNumber(format, theirs), `${name} ${a.toString(16)} ${b.toString(16)}`);
    }
  });
}

const FORMATS = [HALF, SINGLE, DOUBLE, BFLOAT];
const rounded = (rounding: Rounding) => ({ ...environment(0), rounding });
const isNumber = (format: Format, bits: bigint): boolean => absolute(format, bits) < infinity(format, false);
const isOrdered = (format: Format, a: bigint, b: bigint): boolean => compare(environment(0), format, a, b, false)! <= 0;

test('rounding directions enclose the result, and agree when it is exact', () => {
  const next = random(11);
  let inexact = 0;
  for (let count = 0; count < 8000; count++) {
    const format = FORMATS[count % FORMATS.length]!;
    const [, exact] = HOST[next() % 4]!;
    const [a, b] = [operand(format, next), operand(format, next)];
    const at = (rounding: Rounding) => {
      const used = rounded(rounding);
      return { bits: exact(used, format, a, b), flags: used.flags };
    };
    const down = at(Rounding.Down);
    const up = at(Rounding.Up);
    const nearest = at(Rounding.TiesToEven);
    const zero = at(Rounding.Zero);
    const odd = at(Rounding.ToOdd);
    if (
      (down.flags & Flag.InvalidOperation) !== 0 ||
      compare(environment(0), format, down.bits, down.bits, false) === undefined
    ) {
      continue;
    }
    if ((nearest.flags & Flag.Inexact) === 0) {
      assert.deepEqual([zero.bits, odd.bits], [nearest.bits, nearest.bits]);
      assert.equal(absolute(format, down.bits), absolute(format, up.bits));
      continue;
    }
    inexact++;
    assert.ok(isOrdered(format, down.bits, nearest.bits) && isOrdered(format, nearest.bits, up.bits));
    assert.notEqual(down.bits, up.bits);
    assert.ok([down.bits, up.bits].includes(nearest.bits) && [down.bits, up.bits].includes(zero.bits));
    assert.ok(absolute(format, zero.bits) <= absolute(format, nearest.bits));
    assert.ok(odd.bits % 2n === 1n || !isNumber(format, up.bits) || !isNumber(format, down.bits));
    const mirrored = rounded(Rounding.Up);
    if (exact === arithmetic.add) {
      assert.equal(exact(mirrored, format, negate(format, a), negate(format, b)), negate(format, down.bits));
    }
  }
  assert.ok(inexact > 1000);
});

test('a fused multiply-add of integers is exact, and rounds once where two roundings differ', () => {
  const next = random(3);
  for (let count = 0; count < 2000; count++) {
    const [a, b, c] = [0, 1, 2].map(() => (next() % 0x1_0000) - 0x8000) as [number, number, number];
    const [x, y, z] = [a, b, c].map((value) => fromNumber(DOUBLE, value)) as [bigint, bigint, bigint];
    const used = environment(0);
    assert.equal(toNumber(DOUBLE, arithmetic.multiplyAdd(used, DOUBLE, z, x, y)), a * b + c || 0);
    assert.equal(used.flags, 0);
  }
  const step = 2 ** -52;
  const [a, b] = [fromNumber(DOUBLE, 1 + step), fromNumber(DOUBLE, 1 - step)];
  // (1 + e)(1 - e) - 1 is -e^2, which a rounded product has lost.
  assert.equal(
    toNumber(DOUBLE, arithmetic.multiplyAdd(environment(0), DOUBLE, fromNumber(DOUBLE, -1), a, b)),
    -(step ** 2),
  );
});

test('every half converts to single and double and back', () => {
  for (let bits = 0n; bits < 0x1_0000n; bits++) {
    const quiet = (bits & 0x7c00n) === 0x7c00n && (bits & 0x3ffn) !== 0n ? bits | 0x200n : bits;
    for (const format of [SINGLE, DOUBLE]) {
      const there = conversion.convert(environment(0), HALF, format, bits);
      assert.equal(conversion.convert(environment(0), format, HALF, there), quiet);
    }
    const alternative = environment(Control.AHP);
    const there = conversion.convert(alternative, HALF, SINGLE, bits);
    assert.equal(conversion.convert(alternative, SINGLE, HALF, there), bits);
    assert.equal(alternative.flags, 0);
  }
});

test("narrowing is the host's", () => {
  const next = random(5);
  for (let count = 0; count < 4000; count++) {
    const bits = operand(DOUBLE, next);
    const value = toNumber(DOUBLE, bits);
    if (Number.isNaN(value)) continue;
    assert.equal(conversion.convert(environment(0), DOUBLE, SINGLE, bits), fromNumber(SINGLE, value));
  }
});

const INTEGRAL: readonly [Rounding, (value: number) => number][] = [
  [Rounding.Up, Math.ceil],
  [Rounding.Down, Math.floor],
  [Rounding.Zero, Math.trunc],
];

test("integral rounding and conversion to integers are the host's", () => {
  const next = random(9);
  for (let count = 0; count < 4000; count++) {
    const bits = operand(DOUBLE, next);
    const value = toNumber(DOUBLE, bits);
    if (Number.isNaN(value)) continue;
    for (const [rounding, host] of INTEGRAL) {
      const used = environment(0);
      assert.equal(conversion.roundToIntegral(used, DOUBLE, rounding, true, bits), fromNumber(DOUBLE, host(value)));
      assert.equal(used.flags, host(value) === value ? 0 : Flag.Inexact);
      const shape = { bits: 32, signed: true } as const;
      const integer = Number(BigInt.asIntN(32, conversion.toInteger(environment(0), DOUBLE, shape, rounding, bits)));
      assert.equal(integer, Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), host(value))) || 0);
    }
    const whole = BigInt.asIntN(64, bits);
    const used = environment(0);
    const number = conversion.fromInteger(used, DOUBLE, { bits: 64, signed: true }, bits);
    assert.equal(toNumber(DOUBLE, number), Number(whole));
    assert.equal(used.flags, BigInt(Number(whole)) === whole ? 0 : Flag.Inexact);
  }
});

test('flags of special cases', () => {
  const flags = (compute: (used: ReturnType<typeof environment>) => bigint, fpcr = 0): [bigint, number] => {
    const used = environment(fpcr);
    return [compute(used), used.flags];
  };
  const one = fromNumber(SINGLE, 1);
  const least = fromNumber(SINGLE, 2 ** -126);
  assert.deepEqual(
    flags((e) => arithmetic.divide(e, SINGLE, one, 0n)),
    [infinity(SINGLE, false), Flag.DivideByZero],
  );
  assert.deepEqual(
    flags((e) => arithmetic.divide(e, SINGLE, 0n, 0n)),
    [defaultNan(SINGLE), Flag.InvalidOperation],
  );
  const top = largest(SINGLE, false);
  assert.deepEqual(
    flags((e) => arithmetic.add(e, SINGLE, top, top)),
    [infinity(SINGLE, false), Flag.Overflow | Flag.Inexact],
  );
  assert.deepEqual(
    flags((e) => arithmetic.add(e, SINGLE, top, top), Rounding.Down << Control.RMODE_SHIFT),
    [top, Flag.Overflow | Flag.Inexact],
  );
  // Tiny before rounding, although the result is the least normal number.
  const below = fromNumber(SINGLE, 1 - 2 ** -24);
  assert.deepEqual(
    flags((e) => arithmetic.multiply(e, SINGLE, least, below)),
    [least, Flag.Underflow | Flag.Inexact],
  );
  assert.deepEqual(
    flags((e) => arithmetic.multiply(e, SINGLE, least, below), Control.FZ),
    [0n, Flag.Underflow],
  );
  assert.deepEqual(
    flags((e) => arithmetic.add(e, SINGLE, 1n, one), Control.FZ),
    [one, Flag.InputDenormal],
  );
  const signalling = infinity(SINGLE, false) | 5n;
  const quiet = infinity(SINGLE, true) | 0x40_0007n;
  assert.deepEqual(
    flags((e) => arithmetic.add(e, SINGLE, quiet, signalling)),
    [signalling | 0x40_0000n, Flag.InvalidOperation],
  );
  assert.deepEqual(
    flags((e) => arithmetic.add(e, SINGLE, quiet, signalling), Control.DN),
    [defaultNan(SINGLE), Flag.InvalidOperation],
  );
});

test('FJCVTZS is the integer conversion of JavaScript', () => {
  const next = random(13);
  for (let count = 0; count < 4000; count++) {
    const bits = operand(DOUBLE, next);
    const value = toNumber(DOUBLE, bits);
    const { result, exact } = conversion.toJavaScriptInteger(environment(0), DOUBLE, bits);
    assert.equal(Number(BigInt.asIntN(32, result)), value | 0);
    assert.equal(exact, Object.is(value | 0, value));
  }
  // A denormal number that is flushed to zero was not an integer.
  const flushed = environment(Control.FZ);
  assert.deepEqual(conversion.toJavaScriptInteger(flushed, DOUBLE, 1n), { result: 0n, exact: false });
  assert.equal(flushed.flags, Flag.InputDenormal);
});
