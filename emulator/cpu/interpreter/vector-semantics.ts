/** The interpreter's side of the vector part of `table/semantics.ts`: V registers stay in the PE's state. */
import { FINISH, V } from '../layout';
import { sysregOffset } from '../sysreg/sysreg';
import type { Semantics } from '../table/semantics';
import type { Expr } from '../wasm/expr';
import { add, and, i64, load, or, shl, store, zeroExtend } from '../wasm/expr';
import { loadFloat, storeFloat } from '../wasm/float-expr';
import { loadVector, storeVector } from '../wasm/vector-expr';
import { readVector, writeVector } from './accesses';
import type { Frame } from './frame';
import type { Handler } from './handlers';
import { fieldOf, put } from './operands';

type VectorSemantics = Pick<
  Semantics,
  | 'v'
  | 'setV'
  | 'lane'
  | 'setLane'
  | 'f'
  | 'setScalar'
  | 'fpcr'
  | 'fpsr'
  | 'orFpsr'
  | 'readVector'
  | 'writeVector'
  | 'finish'
>;

const FPCR = sysregOffset('FPCR');
const FPSR = sysregOffset('FPSR');

/** Vn less V: the field plus `plus`, modulo 32, times 16, from the PE's base. */
function addressOf(frame: Frame, handler: Handler, field: string, plus: number): Expr {
  if (plus === 0) return add(frame.pe, fieldOf(frame, handler, field, 4));
  return add(frame.pe, and(add(fieldOf(frame, handler, field, 4), plus * 16), 31 * 16));
}

/** Address and static offset of an element. */
function elementOf(
  frame: Frame,
  handler: Handler,
  field: string,
  bits: number,
  index: number | Expr,
  plus: number,
): readonly [Expr, number] {
  const register = addressOf(frame, handler, field, plus);
  const bytes = bits / 8;
  if (typeof index === 'number') return [register, V + index * bytes];
  return [add(register, shl(index, Math.log2(bytes))), V];
}

export function vectorSemantics(frame: Frame, handler: Handler): VectorSemantics {
  const { code, pe } = frame;
  const address = (field: string, plus = 0): Expr => addressOf(frame, handler, field, plus);
  return {
    v: (field, plus) => loadVector(address(field, plus), V),
    setV: (field, value, plus) => storeVector(code, address(field, plus), value, V),
    lane(field, type, bits, index, signed = false, plus = 0) {
      const [at, offset] = elementOf(frame, handler, field, bits, index, plus);
      return load(type, bits, at, offset, signed);
    },
    setLane(field, bits, index, value, plus = 0) {
      const [at, offset] = elementOf(frame, handler, field, bits, index, plus);
      store(code, bits, at, value, offset);
    },
    f: (field, type) => loadFloat(type, address(field), V),
    setScalar(field, value) {
      const to = address(field);
      const kept = value.constant === undefined ? put(frame, value) : value;
      store(code, 64, to, i64(0), V + 8);
      if (kept.type === 'f64') storeFloat(code, to, kept, V);
      else if (kept.type === 'f32') {
        store(code, 64, to, i64(0), V);
        storeFloat(code, to, kept, V);
      } else store(code, 64, to, zeroExtend(kept), V);
    },
    fpcr: () => load('i32', 32, pe, FPCR),
    fpsr: () => load('i32', 32, pe, FPSR),
    orFpsr: (bits) => store(code, 32, pe, or(load('i32', 32, pe, FPSR), bits), FPSR),
    readVector: (va, bytes, size) => readVector(frame, va, bytes, size),
    writeVector: (va, bytes, size, fill) => writeVector(frame, va, bytes, size, fill),
    finish(operand) {
      if (frame.helpers === undefined) throw new Error('The hot loop must not call TypeScript.');
      if (operand !== undefined) store(code, 64, pe, zeroExtend(operand), FINISH);
      pe.write(code);
      frame.word.write(code);
      code.call(frame.helpers.finish);
      return load('i64', 64, pe, FINISH);
    },
  };
}
