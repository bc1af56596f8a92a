/** SHA-1, SHA-256, SHA-512 and what SHA-3 is built from (Arm ARM C4.1.96, Cryptographic SHA; FIPS 180-4, FIPS 202). */
import type { Expr } from '../../wasm/expr';
import { add, and, i32, or, rotr, shrU, sub, xor } from '../../wasm/expr';
import { shuffle, vector, vectorLane } from '../../wasm/vector-expr';
import { bits } from '../memory/loads-stores';
import type { Fields, Row } from '../row';
import type { Semantics } from '../semantics';
import { elementBytes, simdRow } from '../simd/shared';
import { join } from '../text';

/** Words of Vn, lowest first. */
const words = (s: Semantics, field: string): Expr[] => [0, 1, 2, 3].map((at) => s.keep(s.lane(field, 'i32', 32, at)));
const halves = (s: Semantics, field: string): readonly [Expr, Expr] => [
  s.keep(s.lane(field, 'i64', 64, 0)),
  s.keep(s.lane(field, 'i64', 64, 1)),
];

function fromWords(values: readonly Expr[]): Expr {
  const [first, ...others] = values;
  return others.reduce(
    (all, value, at) => vectorLane('i32x4.replace_lane', at + 1, all, value),
    vector('i32x4.splat', first!),
  );
}

const fromHalves = (low: Expr, high: Expr): Expr =>
  vectorLane('i64x2.replace_lane', 1, vector('i64x2.splat', low), high);

const left = (value: Expr, by: number): Expr => rotr(value, 32 - by);
const choose = (x: Expr, y: Expr, z: Expr): Expr => xor(and(xor(y, z), x), z);
const parity = (x: Expr, y: Expr, z: Expr): Expr => xor(xor(x, y), z);
const majority = (x: Expr, y: Expr, z: Expr): Expr => or(and(x, y), and(or(x, y), z));
/** FIPS 180-4 4.1: three rotations to the right, or two and a shift. */
const sigma = (value: Expr, a: number, b: number, c: number): Expr =>
  xor(xor(rotr(value, a), rotr(value, b)), rotr(value, c));
const smallSigma = (value: Expr, a: number, b: number, shift: number): Expr =>
  xor(xor(rotr(value, a), rotr(value, b)), shrU(value, shift));

/** SHA1C, SHA1P, SHA1M: four rounds; Vd holds a to d, Vn e, Vm four words of the schedule with their constants. */
function rounds1(s: Semantics, mix: (x: Expr, y: Expr, z: Expr) => Expr): void {
  let [a, b, c, d] = words(s, 'Rd') as [Expr, Expr, Expr, Expr];
  let e = s.keep(s.lane('Rn', 'i32', 32, 0));
  for (const word of words(s, 'Rm')) {
    const next = s.keep(add(add(add(e, left(a, 5)), mix(b, c, d)), word));
    [a, b, c, d, e] = [next, a, s.keep(left(b, 30)), c, d];
  }
  s.setV('Rd', fromWords([a, b, c, d]));
}

/** SHA256H and SHA256H2: four rounds; the state's two halves, of which one is the result. */
function rounds256(s: Semantics, second: boolean): void {
  let [a, b, c, d] = words(s, second ? 'Rn' : 'Rd') as [Expr, Expr, Expr, Expr];
  let [e, f, g, h] = words(s, second ? 'Rd' : 'Rn') as [Expr, Expr, Expr, Expr];
  for (const word of words(s, 'Rm')) {
    const sum = s.keep(add(add(add(h, sigma(e, 6, 11, 25)), choose(e, f, g)), word));
    const top = s.keep(add(add(sum, sigma(a, 2, 13, 22)), majority(a, b, c)));
    [a, b, c, d, e, f, g, h] = [top, a, b, c, s.keep(add(d, sum)), e, f, g];
  }
  s.setV('Rd', fromWords(second ? [e, f, g, h] : [a, b, c, d]));
}

function schedule1(s: Semantics): void {
  const moved = shuffle(s.v('Rd'), s.v('Rn'), elementBytes(3, [1, 2]));
  s.setV('Rd', vector('v128.xor', vector('v128.xor', moved, s.v('Rd')), s.v('Rm')));
}

function finish1(s: Semantics): void {
  const [d, n] = [words(s, 'Rd'), words(s, 'Rn')];
  const mixed = d.map((word, at) => (at < 3 ? s.keep(xor(word, n[at + 1]!)) : word));
  const turned = mixed.map((word) => left(word, 1));
  s.setV('Rd', fromWords([...turned.slice(0, 3), xor(turned[3]!, left(mixed[0]!, 2))]));
}

function schedule256(s: Semantics): void {
  const d = words(s, 'Rd');
  const next = [...d.slice(1), s.keep(s.lane('Rn', 'i32', 32, 0))];
  s.setV('Rd', fromWords(d.map((word, at) => add(word, smallSigma(next[at]!, 7, 18, 3)))));
}

function finish256(s: Semantics): void {
  const [d, n, m] = [words(s, 'Rd'), words(s, 'Rn'), words(s, 'Rm')];
  const between = [...n.slice(1), m[0]!];
  const last = [m[2]!, m[3]!];
  const made: Expr[] = [];
  for (let at = 0; at < 4; at++) {
    const from = at < 2 ? last[at]! : made[at - 2]!;
    made.push(s.keep(add(add(smallSigma(from, 17, 19, 10), d[at]!), between[at]!)));
  }
  s.setV('Rd', fromWords(made));
}

/** SHA512H: two rounds of the half with e to h. */
function first512(s: Semantics): void {
  const [[x0, x1], [y0, y1], [w0, w1]] = [halves(s, 'Rn'), halves(s, 'Rm'), halves(s, 'Rd')];
  const upper = s.keep(add(add(choose(y1, x0, x1), sigma(y1, 14, 18, 41)), w1));
  const sum = s.keep(add(upper, y0));
  const lower = add(add(choose(sum, y1, x0), sigma(sum, 14, 18, 41)), w0);
  s.setV('Rd', fromHalves(lower, upper));
}

/** SHA512H2: two rounds of the half with a to d. */
function second512(s: Semantics): void {
  const [[x0], [y0, y1], [w0, w1]] = [halves(s, 'Rn'), halves(s, 'Rm'), halves(s, 'Rd')];
  const upper = s.keep(add(add(majority(x0, y1, y0), sigma(y0, 28, 34, 39)), w1));
  const lower = add(add(majority(upper, y0, y1), sigma(upper, 28, 34, 39)), w0);
  s.setV('Rd', fromHalves(lower, upper));
}

function schedule512(s: Semantics): void {
  const [[w0, w1], [x0]] = [halves(s, 'Rd'), halves(s, 'Rn')];
  s.setV('Rd', fromHalves(add(w0, smallSigma(w1, 1, 8, 7)), add(w1, smallSigma(x0, 1, 8, 7))));
}

function finish512(s: Semantics): void {
  const [w, x, y] = [halves(s, 'Rd'), halves(s, 'Rn'), halves(s, 'Rm')];
  const sum = (at: 0 | 1): Expr => add(add(w[at], smallSigma(x[at], 19, 61, 6)), y[at]);
  s.setV('Rd', fromHalves(sum(0), sum(1)));
}

/** 64-bit elements turned to the right by an i32 of 0 to 63. */
function turnRight(s: Semantics, value: Expr, by: Expr): Expr {
  const kept = s.keep(value);
  return vector('v128.or', vector('i64x2.shr_u', kept, by), vector('i64x2.shl', kept, sub(i32(0), by)));
}

type Operand = readonly [field: string, form: 'q' | 's' | '4s' | '2d' | '16b'];

const operandText = (f: Fields, [field, form]: Operand): string =>
  form.length === 1 ? `${form}${f[field]}` : `v${f[field]}.${form}`;

interface Instruction {
  readonly name: string;
  readonly feature: 'FEAT_SHA1' | 'FEAT_SHA256' | 'FEAT_SHA512' | 'FEAT_SHA3';
  readonly encoding: string;
  readonly emit: (s: Semantics) => void;
  readonly operands: readonly Operand[];
}

const three = (form: Operand[1]): readonly Operand[] => [
  ['Rd', form],
  ['Rn', form],
  ['Rm', form],
];
const two = (form: Operand[1]): readonly Operand[] => three(form).slice(0, 2);
const hash = (n: Operand[1], m: Operand[1]): readonly Operand[] => [
  ['Rd', 'q'],
  ['Rn', n],
  ['Rm', m],
];
const four: readonly Operand[] = [...three('16b'), ['Ra', '16b']];

const threeRegister = (code: number): string => `01011110 000 Rm:5 0 ${bits(code, 3)} 00 Rn:5 Rd:5`;
const twoRegister = (code: number): string => `01011110 00 10100 ${bits(code, 5)} 10 Rn:5 Rd:5`;
const sha512 = (code: number): string => `11001110011 Rm:5 1000 ${bits(code, 2)} Rn:5 Rd:5`;

const INSTRUCTIONS: readonly Instruction[] = [
  {
    name: 'sha1c',
    feature: 'FEAT_SHA1',
    encoding: threeRegister(0),
    emit: (s) => rounds1(s, choose),
    operands: hash('s', '4s'),
  },
  {
    name: 'sha1p',
    feature: 'FEAT_SHA1',
    encoding: threeRegister(1),
    emit: (s) => rounds1(s, parity),
    operands: hash('s', '4s'),
  },
  {
    name: 'sha1m',
    feature: 'FEAT_SHA1',
    encoding: threeRegister(2),
    emit: (s) => rounds1(s, majority),
    operands: hash('s', '4s'),
  },
  { name: 'sha1su0', feature: 'FEAT_SHA1', encoding: threeRegister(3), emit: schedule1, operands: three('4s') },
  {
    name: 'sha256h',
    feature: 'FEAT_SHA256',
    encoding: threeRegister(4),
    emit: (s) => rounds256(s, false),
    operands: hash('q', '4s'),
  },
  {
    name: 'sha256h2',
    feature: 'FEAT_SHA256',
    encoding: threeRegister(5),
    emit: (s) => rounds256(s, true),
    operands: hash('q', '4s'),
  },
  { name: 'sha256su1', feature: 'FEAT_SHA256', encoding: threeRegister(6), emit: finish256, operands: three('4s') },
  {
    name: 'sha1h',
    feature: 'FEAT_SHA1',
    encoding: twoRegister(0),
    emit: (s) => s.setScalar('Rd', left(s.lane('Rn', 'i32', 32, 0), 30)),
    operands: two('s'),
  },
  { name: 'sha1su1', feature: 'FEAT_SHA1', encoding: twoRegister(1), emit: finish1, operands: two('4s') },
  { name: 'sha256su0', feature: 'FEAT_SHA256', encoding: twoRegister(2), emit: schedule256, operands: two('4s') },
  { name: 'sha512h', feature: 'FEAT_SHA512', encoding: sha512(0), emit: first512, operands: hash('q', '2d') },
  { name: 'sha512h2', feature: 'FEAT_SHA512', encoding: sha512(1), emit: second512, operands: hash('q', '2d') },
  { name: 'sha512su1', feature: 'FEAT_SHA512', encoding: sha512(2), emit: finish512, operands: three('2d') },
  {
    name: 'sha512su0',
    feature: 'FEAT_SHA512',
    encoding: '1100111011000000100000 Rn:5 Rd:5',
    emit: schedule512,
    operands: two('2d'),
  },
  {
    name: 'rax1',
    feature: 'FEAT_SHA3',
    encoding: sha512(3),
    emit: (s) => s.setV('Rd', vector('v128.xor', s.v('Rn'), turnRight(s, s.v('Rm'), i32(63)))),
    operands: three('2d'),
  },
  {
    name: 'eor3',
    feature: 'FEAT_SHA3',
    encoding: '11001110000 Rm:5 0 Ra:5 Rn:5 Rd:5',
    emit: (s) => s.setV('Rd', vector('v128.xor', vector('v128.xor', s.v('Rn'), s.v('Rm')), s.v('Ra'))),
    operands: four,
  },
  {
    name: 'bcax',
    feature: 'FEAT_SHA3',
    encoding: '11001110001 Rm:5 0 Ra:5 Rn:5 Rd:5',
    emit: (s) => s.setV('Rd', vector('v128.xor', s.v('Rn'), vector('v128.andnot', s.v('Rm'), s.v('Ra')))),
    operands: four,
  },
];

const exclusiveRotate = simdRow({
  name: 'XAR',
  group: 'cryptographic three-register, imm6',
  feature: 'FEAT_SHA3',
  encoding: '11001110100 Rm:5 imm6:6 Rn:5 Rd:5',
  emit: (s) => s.setV('Rd', turnRight(s, vector('v128.xor', s.v('Rn'), s.v('Rm')), s.field('imm6'))),
  text: (f) => join('xar', ...three('2d').map((operand) => operandText(f, operand)), `#${f['imm6']}`),
});

export const CRYPTO_SHA: readonly Row[] = [
  ...INSTRUCTIONS.map(({ name, feature, encoding, emit, operands }) =>
    simdRow({
      name: name.toUpperCase(),
      group: 'cryptographic SHA',
      feature,
      encoding,
      emit,
      text: (f) => join(name, ...operands.map((operand) => operandText(f, operand))),
    }),
  ),
  exclusiveRotate,
];
