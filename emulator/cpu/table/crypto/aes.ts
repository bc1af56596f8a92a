/** AES rounds (Arm ARM C4.1.96, Cryptographic AES; FIPS 197). */
import type { Expr } from '../../wasm/expr';
import { i32 } from '../../wasm/expr';
import { shuffle, v128, vector } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Row } from '../row';
import type { Semantics } from '../semantics';
import { range, simdRow, splatConstant } from '../simd/shared';
import { join } from '../text';

/** The product of a byte and x in GF(2^8). */
const times2 = (byte: number): number => ((byte << 1) ^ (byte & 0x80 ? 0x11b : 0)) & 0xff;

/** FIPS 197 5.1.1: the inverse in GF(2^8), then five of its bits for each. By powers of the generator 3. */
function substitution(): readonly number[] {
  const box = new Array<number>(256).fill(0x63);
  const powers: number[] = [];
  for (let power = 1, at = 0; at < 255; at++, power ^= times2(power)) powers.push(power);
  powers.forEach((byte, at) => {
    const inverse = powers[(255 - at) % 255]!;
    let value = 0x63;
    for (let turn = 0; turn < 5; turn++) value ^= (inverse << turn) | (inverse >> (8 - turn));
    box[byte] = value & 0xff;
  });
  return box;
}

const FORWARD = substitution();
const INVERSE = range(256, (value) => FORWARD.indexOf(value));

/** Every byte by a table of 256: sixteen lookups, each of which gives zero where it is not the one. */
function substitute(s: Semantics, state: Expr, table: readonly number[]): Expr {
  const sixteen = s.keep(splatConstant(0, 16n));
  let indices = s.keep(state);
  let found: Expr | undefined;
  for (let row = 0; row < 16; row++) {
    const entries = table.slice(row * 16, row * 16 + 16).reduceRight((all, byte) => (all << 8n) | BigInt(byte), 0n);
    const part = vector('i8x16.swizzle', v128(entries), indices);
    found = s.keep(found === undefined ? part : vector('v128.or', found, part));
    if (row < 15) indices = s.keep(vector('i8x16.sub', indices, sixteen));
  }
  return found!;
}

/** Byte (row, column) is number row + 4 * column; row n turns by n columns. */
const shiftRows = (state: Expr, direction: 1 | -1): Expr =>
  shuffle(
    state,
    state,
    range(16, (at) => (at & 3) + 4 * (((at >> 2) + direction * (at & 3) + 4) & 3)),
  );

function doubleBytes(s: Semantics, value: Expr): Expr {
  const kept = s.keep(value);
  const carry = vector('v128.and', vector('i8x16.shr_s', kept, i32(7)), splatConstant(0, 0x1bn));
  return vector('v128.xor', vector('i8x16.shl', kept, i32(1)), carry);
}

/** Each byte replaced by the one `by` further down its column. */
const turnColumns = (value: Expr, by: number): Expr =>
  shuffle(
    value,
    value,
    range(16, (at) => (at & ~3) + ((at + by) & 3)),
  );

const xorAll = (...values: readonly Expr[]): Expr => values.reduce((sum, each) => vector('v128.xor', sum, each));

function mixColumns(s: Semantics, value: Expr): Expr {
  const a = s.keep(value);
  const next = s.keep(turnColumns(a, 1));
  return xorAll(doubleBytes(s, vector('v128.xor', a, next)), next, turnColumns(a, 2), turnColumns(a, 3));
}

/** The inverse is the same after four times the sum of opposite bytes has been added to each. */
function unmixColumns(s: Semantics, value: Expr): Expr {
  const a = s.keep(value);
  const fourfold = doubleBytes(s, doubleBytes(s, vector('v128.xor', a, turnColumns(a, 2))));
  return mixColumns(s, vector('v128.xor', a, fourfold));
}

const ROUNDS: readonly (readonly [name: string, apply: (s: Semantics) => Expr])[] = [
  ['aese', (s) => substitute(s, shiftRows(s.keep(vector('v128.xor', s.v('Rd'), s.v('Rn'))), 1), FORWARD)],
  ['aesd', (s) => substitute(s, shiftRows(s.keep(vector('v128.xor', s.v('Rd'), s.v('Rn'))), -1), INVERSE)],
  ['aesmc', (s) => mixColumns(s, s.v('Rn'))],
  ['aesimc', (s) => unmixColumns(s, s.v('Rn'))],
];

export const CRYPTO_AES: readonly Row[] = ROUNDS.map(([name, apply], code) =>
  simdRow({
    name: name.toUpperCase(),
    group: 'cryptographic AES',
    feature: 'FEAT_AES',
    encoding: `01001110 00 10100 ${bits(4 + code, 5)} 10 Rn:5 Rd:5`,
    emit: (s) => s.setV('Rd', apply(s)),
    text: (f) => join(name, `v${f['Rd']}.16b`, `v${f['Rn']}.16b`),
  }),
);
