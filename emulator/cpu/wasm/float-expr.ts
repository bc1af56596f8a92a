/** Expressions over f32 and f64: instructions of WebAssembly by their names in its text format (WebAssembly core 5.4.7). */
import type { Code } from './code';
import type { Expr } from './expr';
import type { ValueType } from './opcodes';

/** Opcodes; those of the saturating conversions have the prefix 0xFC. */
export const FLOAT_OP = {
  'f32.eq': 0x5b,
  'f32.ne': 0x5c,
  'f32.lt': 0x5d,
  'f32.gt': 0x5e,
  'f32.le': 0x5f,
  'f32.ge': 0x60,
  'f64.eq': 0x61,
  'f64.ne': 0x62,
  'f64.lt': 0x63,
  'f64.gt': 0x64,
  'f64.le': 0x65,
  'f64.ge': 0x66,
  'f32.abs': 0x8b,
  'f32.neg': 0x8c,
  'f32.ceil': 0x8d,
  'f32.floor': 0x8e,
  'f32.trunc': 0x8f,
  'f32.nearest': 0x90,
  'f32.sqrt': 0x91,
  'f32.add': 0x92,
  'f32.sub': 0x93,
  'f32.mul': 0x94,
  'f32.div': 0x95,
  'f32.min': 0x96,
  'f32.max': 0x97,
  'f32.copysign': 0x98,
  'f64.abs': 0x99,
  'f64.neg': 0x9a,
  'f64.ceil': 0x9b,
  'f64.floor': 0x9c,
  'f64.trunc': 0x9d,
  'f64.nearest': 0x9e,
  'f64.sqrt': 0x9f,
  'f64.add': 0xa0,
  'f64.sub': 0xa1,
  'f64.mul': 0xa2,
  'f64.div': 0xa3,
  'f64.min': 0xa4,
  'f64.max': 0xa5,
  'f64.copysign': 0xa6,
  'f32.convert_i32_s': 0xb2,
  'f32.convert_i32_u': 0xb3,
  'f32.convert_i64_s': 0xb4,
  'f32.convert_i64_u': 0xb5,
  'f32.demote_f64': 0xb6,
  'f64.convert_i32_s': 0xb7,
  'f64.convert_i32_u': 0xb8,
  'f64.convert_i64_s': 0xb9,
  'f64.convert_i64_u': 0xba,
  'f64.promote_f32': 0xbb,
  'i32.reinterpret_f32': 0xbc,
  'i64.reinterpret_f64': 0xbd,
  'f32.reinterpret_i32': 0xbe,
  'f64.reinterpret_i64': 0xbf,
  'i32.trunc_sat_f32_s': 0xfc_0000,
  'i32.trunc_sat_f32_u': 0xfc_0001,
  'i32.trunc_sat_f64_s': 0xfc_0002,
  'i32.trunc_sat_f64_u': 0xfc_0003,
  'i64.trunc_sat_f32_s': 0xfc_0004,
  'i64.trunc_sat_f32_u': 0xfc_0005,
  'i64.trunc_sat_f64_s': 0xfc_0006,
  'i64.trunc_sat_f64_u': 0xfc_0007,
} as const;

export type FloatOp = keyof typeof FLOAT_OP;
export type FloatType = 'f32' | 'f64';

const isComparison = (name: string): boolean => /\.(eq|ne|lt|gt|le|ge)$/.test(name);

/**
 * An instruction on its operands, in the order of the stack: `float('f64.add', a, b)`. Which NaN an operation gives is
 * left open by WebAssembly: no result that may be one must reach the guest's state.
 */
export function float(name: FloatOp, ...operands: readonly Expr[]): Expr {
  return {
    type: isComparison(name) ? 'i32' : (name.slice(0, 3) as ValueType),
    write(code) {
      for (const operand of operands) operand.write(code);
      code.op(FLOAT_OP[name]);
    },
  };
}

const bytes = new DataView(new ArrayBuffer(8));

/** A number known at generation. */
export function floatConstant(type: FloatType, value: number): Expr {
  return {
    type,
    write(code) {
      if (type === 'f32') bytes.setFloat32(0, value, true);
      else bytes.setFloat64(0, value, true);
      code.op(type === 'f32' ? 0x43 : 0x44);
      for (let at = 0; at < (type === 'f32' ? 4 : 8); at++) code.byte(bytes.getUint8(at));
    },
  };
}

/** Reads a number at a WebAssembly address plus a static offset. */
export function loadFloat(type: FloatType, address: Expr, offset = 0): Expr {
  return {
    type,
    write(code) {
      address.write(code);
      code.memory(type === 'f32' ? 0x2a : 0x2b, offset);
    },
  };
}

/** Writes a number. A statement. */
export function storeFloat(code: Code, address: Expr, value: Expr, offset = 0): void {
  address.write(code);
  value.write(code);
  code.memory(value.type === 'f32' ? 0x38 : 0x39, offset);
}
