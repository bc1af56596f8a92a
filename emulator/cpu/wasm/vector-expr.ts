/** Expressions over v128: instructions of WebAssembly by their names in its text format (WebAssembly core 5.4.8). */
import type { Code } from './code';
import type { Expr } from './expr';
import type { ValueType } from './opcodes';
import { VECTOR_LOAD, VECTOR_OP, VECTOR_PREFIX, VECTOR_STORE } from './vector-opcodes';

export type VectorOp = keyof typeof VECTOR_OP;

/** `eq`, `any_true`… without the shape. */
function resultOf(name: string): ValueType {
  if (/_true$|bitmask$/.test(name)) return 'i32';
  if (!name.includes('extract_lane')) return 'v128';
  if (name.startsWith('i64')) return 'i64';
  return name.startsWith('f32') ? 'f32' : name.startsWith('f64') ? 'f64' : 'i32';
}

/** An instruction on its operands, in the order of the stack: `vector('i8x16.add', a, b)`. Shifts take an i32 amount. */
export function vector(name: VectorOp, ...operands: readonly Expr[]): Expr {
  const opcode = VECTOR_PREFIX + VECTOR_OP[name];
  return {
    type: resultOf(name),
    write(code) {
      for (const operand of operands) operand.write(code);
      code.op(opcode);
    },
  };
}

/** `extract_lane`, `replace_lane`: an instruction with a lane number. */
export function vectorLane(name: VectorOp, lane: number, ...operands: readonly Expr[]): Expr {
  const whole = vector(name, ...operands);
  return {
    type: whole.type,
    write(code) {
      whole.write(code);
      code.byte(lane);
    },
  };
}

/** Bytes of `a` (0 to 15) and `b` (16 to 31) by number. */
export function shuffle(a: Expr, b: Expr, bytes: readonly number[]): Expr {
  if (bytes.length !== 16) throw new TypeError(`A shuffle of ${bytes.length} bytes.`);
  return {
    type: 'v128',
    write(code) {
      a.write(code);
      b.write(code);
      code.op(VECTOR_PREFIX + 0x0d);
      for (const each of bytes) code.byte(each);
    },
  };
}

/** A vector known at generation, as a 128-bit number: byte 0 is the lowest. */
export function v128(value: bigint): Expr {
  return {
    type: 'v128',
    write(code) {
      code.op(VECTOR_PREFIX + 0x0c);
      for (let at = 0n; at < 16n; at++) code.byte(Number((value >> (8n * at)) & 0xffn));
    },
  };
}

/** `v128.load`, `v128.load8_splat`, `v128.load64_zero`… at a WebAssembly address plus a static offset. */
export function loadVector(address: Expr, offset = 0, name: keyof typeof VECTOR_LOAD = 'v128.load'): Expr {
  return {
    type: 'v128',
    write(code) {
      address.write(code);
      code.memory(VECTOR_PREFIX + VECTOR_LOAD[name], offset);
    },
  };
}

/** Writes all 16 bytes. A statement. */
export function storeVector(code: Code, address: Expr, value: Expr, offset = 0): void {
  address.write(code);
  value.write(code);
  code.memory(VECTOR_PREFIX + VECTOR_STORE['v128.store'], offset);
}

/** Writes one lane. A statement. */
export function storeLane(
  code: Code,
  bits: 8 | 16 | 32 | 64,
  lane: number,
  address: Expr,
  value: Expr,
  offset = 0,
): void {
  address.write(code);
  value.write(code);
  code.memory(VECTOR_PREFIX + VECTOR_STORE[`v128.store${bits}_lane`], offset);
  code.byte(lane);
}
