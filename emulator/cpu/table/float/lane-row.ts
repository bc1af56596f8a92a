/** From an operation and its operands to a row: what `emit` writes and what `finish` does follow from the same list. */
import { Control, type Environment, environment, Flag } from '../../float/environment';
import { type Format, HALF, SINGLE } from '../../float/format';
import {
  orFpsr,
  readElement,
  readElement64,
  readFpcr,
  type VectorState,
  writeElement,
  writeElement64,
} from '../../vector-state';
import type { Expr } from '../../wasm/expr';
import { and, eqz, i32 } from '../../wasm/expr';
import { fromBits, isDenormal, isVector, type Lanes, number, some } from '../../wasm/float-lanes';
import { shuffle, v128, vector } from '../../wasm/vector-expr';
import type { Feature } from '../features';
import type { Fields, Row, Split } from '../row';
import { row } from '../row';
import type { LaneBits, Semantics } from '../semantics';
import type { Leave, Outcome } from './fast';
import type { FloatOperation } from './operations';

/** What an instruction works on: a format and how many lanes of it; `vector` is false where a scalar is meant. */
export interface Shape {
  readonly format: Format;
  readonly lanes: number;
  readonly vector: boolean;
}

/** One operand: its lanes as encodings, and as an expression. */
export interface Operand {
  exact(state: VectorState, fields: Fields, shape: Shape): readonly bigint[];
  fast(s: Semantics, shape: Shape): Expr;
}

export const lanesOf = ({ format, vector: isVectorShape }: Shape): Lanes =>
  format === SINGLE ? (isVectorShape ? 'f32x4' : 'f32') : isVectorShape ? 'f64x2' : 'f64';

const is64 = ({ format, lanes, vector: isVectorShape }: Shape): boolean => isVectorShape && lanes * format.width === 64;

export const readLane = (state: VectorState, n: number, width: number, index: number): bigint =>
  width === 64 ? readElement64(state, n, index) : BigInt(readElement(state, n, width as 8 | 16 | 32, index));

function writeLane(state: VectorState, n: number, width: number, index: number, value: bigint): void {
  if (width === 64) writeElement64(state, n, index, value);
  else writeElement(state, n, width as 8 | 16 | 32, index, Number(value));
}

/** Writes lanes from the lowest on, and zero above them. */
export function writeLanes(state: VectorState, n: number, width: number, values: readonly bigint[]): void {
  for (let at = 0; at < 128 / width; at++) writeLane(state, n, width, at, values[at] ?? 0n);
}

const registerLanes = (state: VectorState, n: number, { format, lanes }: Shape): bigint[] =>
  Array.from({ length: lanes }, (_, at) => readLane(state, n, format.width, at));

/** 64 bits are taken twice, so that the upper half is as harmless as the lower one. */
const wholeRegister = (s: Semantics, field: string, shape: Shape): Expr =>
  is64(shape) ? vector('i64x2.splat', s.lane(field, 'i64', 64, 0)) : s.v(field);

export const register = (field: string): Operand => ({
  exact: (state, fields, shape) => registerLanes(state, fields[field]!, shape),
  fast: (s, shape) =>
    shape.vector ? wholeRegister(s, field, shape) : s.f(field, shape.format === SINGLE ? 'f32' : 'f64'),
});

const EVEN = {
  64: [0, 1, 2, 3, 16, 17, 18, 19, 0, 1, 2, 3, 16, 17, 18, 19],
  32: [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27],
  double: [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
} as const;

/** The even (0) or odd (1) elements of Rn and Rm one after the other, for pairwise operations. */
export const alternate = (odd: 0 | 1): Operand => ({
  exact(state, fields, shape) {
    const all = [...registerLanes(state, fields['Rn']!, shape), ...registerLanes(state, fields['Rm']!, shape)];
    return all.filter((_, at) => at % 2 === odd);
  },
  fast(s, shape) {
    const single = shape.format === SINGLE;
    const pattern = single ? EVEN[is64(shape) ? 64 : 32] : EVEN.double;
    const step = odd * (single ? 4 : 8);
    return shuffle(
      s.v('Rn'),
      s.v('Rm'),
      pattern.map((byte) => byte + step),
    );
  },
});

/** One of the two lowest elements of Rn, for pairwise scalars. */
export const half = (index: 0 | 1): Operand => ({
  exact: (state, fields, { format }) => [readLane(state, fields['Rn']!, format.width, index)],
  fast: (s, shape) => scalarLane(s, 'Rn', shape, index),
});

function scalarLane(s: Semantics, field: string, shape: Shape, index: number | Expr): Expr {
  const { width } = shape.format;
  const bits = s.lane(field, width === 64 ? 'i64' : 'i32', width as LaneBits, index);
  return fromBits(shape.format === SINGLE ? 'f32' : 'f64', bits);
}

/** One element for all lanes. The register and index are functions of the fields, as numbers and as expressions. */
export const element = (field: string, indexOf: (f: Fields) => number, index: (s: Semantics) => Expr): Operand => ({
  exact(state, fields, { format, lanes }) {
    const one = readLane(state, fields[field]!, format.width, indexOf(fields));
    return new Array<bigint>(lanes).fill(one);
  },
  fast(s, shape) {
    if (!shape.vector) return scalarLane(s, field, shape, index(s));
    const { width } = shape.format;
    const bits = s.lane(field, width === 64 ? 'i64' : 'i32', width as LaneBits, index(s));
    return vector(width === 64 ? 'i64x2.splat' : 'i32x4.splat', bits);
  },
});

export const zeros: Operand = {
  exact: (_state, _fields, { lanes }) => new Array<bigint>(lanes).fill(0n),
  fast: (_s, shape) => number(lanesOf(shape), 0),
};

/**
 * Host arithmetic rounds to nearest. It does not flush, which makes no difference while no number is denormal; the other
 * bits of FPCR matter to special values only.
 */
const RMODE = 3 << Control.RMODE_SHIFT;

export interface Emission {
  /** Operands as lanes, which FPCR.FZ may change; integers are not among them. */
  readonly numbers: readonly Expr[];
  readonly lanes: Lanes;
  readonly compute: (leave: Leave) => Outcome;
  readonly store: (result: Expr) => void;
  /** Gets what `finish` gave back when that did the instruction. */
  readonly finished?: (result: Expr) => void;
  /** What `finish` needs. */
  readonly operand?: Expr;
}

/** Writes an operation on host arithmetic with what must hold for it, and has `finish` do all of it otherwise. */
export function emitFast(s: Semantics, emission: Emission): void {
  const { code } = s;
  const { numbers, lanes, compute, store, finished, operand } = emission;
  code.block((done) => {
    code.block((slow) => {
      const leave: Leave = (condition) => {
        condition.write(code);
        code.brIf(slow);
      };
      s.if(and(s.fpcr(), RMODE | Control.FZ), () => {
        leave(and(s.fpcr(), RMODE));
        for (const each of numbers) leave(some(isDenormal(lanes, each)));
      });
      const { result, inexact } = compute(leave);
      const kept = s.keep(result);
      if (inexact !== undefined) {
        s.if(eqz(and(s.fpsr(), Flag.Inexact)), () => s.if(inexact(), () => s.orFpsr(i32(Flag.Inexact))));
      }
      store(kept);
      code.br(done);
    });
    const given = s.finish(operand);
    finished?.(given);
  });
}

/** Runs exact arithmetic under FPCR and adds its flags to FPSR. */
export function exactly<T>(state: VectorState, compute: (environment: Environment) => T): T {
  const raised = environment(readFpcr(state));
  const result = compute(raised);
  if (raised.flags !== 0) orFpsr(state, raised.flags);
  return result;
}

const LOWER_HALF = (1n << 64n) - 1n;

export interface LaneRow {
  readonly name: string;
  readonly section: string;
  readonly feature?: Feature;
  readonly encoding: string;
  readonly where?: (fields: Fields) => boolean;
  readonly format: Format;
  /** Absent for a scalar; else the lanes are as many as 64 or 128 bits have, as field or constant Q says. */
  readonly q?: 'Q' | 1;
  readonly split?: readonly (string | Split)[];
  readonly operation: FloatOperation;
  readonly operands: readonly Operand[];
  readonly text: (fields: Fields, shape: Shape) => string;
}

/** A row that does the same in every lane and writes Rd. */
export function laneRow(parts: LaneRow): Row {
  const { format, q, operation, operands } = parts;
  const shapeOf = (wide: boolean): Shape => ({
    format,
    vector: q !== undefined,
    lanes: q === undefined ? 1 : (wide ? 128 : 64) / format.width,
  });
  const shapeBy = (fields: Fields): Shape => shapeOf(q === 1 || fields['Q'] === 1);
  return row({
    name: parts.name,
    section: parts.section,
    feature: parts.feature ?? (format === HALF ? 'FEAT_FP16' : q === undefined ? 'FEAT_FP' : 'FEAT_AdvSIMD'),
    encoding: parts.encoding,
    ...(parts.where === undefined ? {} : { where: parts.where }),
    split: [...(q === 'Q' && operation.fast !== undefined && format !== HALF ? ['Q'] : []), ...(parts.split ?? [])],
    fp: true,
    emit(s) {
      const { fast } = operation;
      if (fast === undefined || format === HALF) {
        s.finish();
        return;
      }
      const shape = shapeOf(q === 1 || (q === 'Q' && s.known('Q') === 1));
      const lanes = lanesOf(shape);
      const inputs = operands.map((each) => s.keep(each.fast(s, shape)));
      emitFast(s, {
        lanes,
        numbers: operation.integers === true ? [] : inputs,
        compute: (leave) => fast(s, lanes, inputs, leave),
        store(result) {
          if (!isVector(lanes)) s.setScalar('Rd', result);
          else s.setV('Rd', is64(shape) ? vector('v128.and', result, v128(LOWER_HALF)) : result);
        },
      });
    },
    finish(state, fields) {
      const shape = shapeBy(fields);
      const inputs = operands.map((operand) => operand.exact(state, fields, shape));
      const results = exactly(state, (raised) =>
        Array.from({ length: shape.lanes }, (_, at) =>
          operation.exact(raised, format, ...inputs.map((lanes) => lanes[at]!)),
        ),
      );
      writeLanes(state, fields['Rd']!, format.width, results);
    },
    text: (fields) => parts.text(fields, shapeBy(fields)),
  });
}

/** Rows of which TypeScript does all lanes at once: `results` gives the lanes of Rd from the lowest on. */
export interface Completed {
  readonly name: string;
  readonly section: string;
  readonly feature: Row['feature'];
  readonly encoding: string;
  readonly where?: (f: Fields) => boolean;
  readonly width: number;
  /** Where host arithmetic may do it. */
  readonly emit?: Row['emit'];
  readonly results: (environment: Environment, state: VectorState, f: Fields) => readonly bigint[];
  readonly text: (f: Fields) => string;
}

export const completed = ({ width, results, emit, ...parts }: Completed): Row =>
  row({
    ...parts,
    fp: true,
    emit: emit ?? ((s) => void s.finish()),
    finish: (state, f) =>
      writeLanes(
        state,
        f['Rd']!,
        width,
        exactly(state, (raised) => results(raised, state, f)),
      ),
  });
