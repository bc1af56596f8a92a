/** The interpreter's side of `table/semantics.ts`: fields and registers are read at run time. */

import { Exit } from '../exit';
import { BTYPE, BTYPE_BUDGET, CPU_FLAG, EXIT_ARG0, EXIT_CODE, FLAGS, GUARDED, X } from '../layout';
import { flagsOf, logicalFlagsOf } from '../table/flag-values';
import type { Semantics } from '../table/semantics';
import type { Expr, Operand } from '../wasm/expr';
import { add, and, constant, i32, load, ne, shl, shrU, store, sub, wrap, xor, zeroExtend } from '../wasm/expr';
import * as accesses from './accesses';
import type { Frame } from './frame';
import type { Handler } from './handlers';
import * as operands from './operands';
import { CRC_TABLE, CRC_TABLE_SIZE, LOGICAL_MASKS } from './tables';
import { vectorSemantics } from './vector-semantics';

/** Bytes one after the other through the table, low byte first. */
function crcSteps(frame: Frame, castagnoli: boolean, bytes: number, accumulator: Expr, value: Expr): Expr {
  const table = CRC_TABLE + (castagnoli ? CRC_TABLE_SIZE : 0);
  const kept = operands.put(frame, value);
  let sum = accumulator;
  for (let at = 0; at < bytes; at++) {
    const previous = operands.put(frame, sum);
    const index = and(xor(previous, wrap(shrU(kept, at * 8))), 0xff);
    sum = operands.put(frame, xor(shrU(previous, 8), load('i32', 32, shl(index, 2), table)));
  }
  return sum;
}

function exit(frame: Frame, code: number, argument?: Operand): void {
  store(frame.code, 32, frame.pe, i32(code), EXIT_CODE);
  if (argument !== undefined) {
    const value = typeof argument === 'object' ? zeroExtend(argument) : constant('i64', argument);
    store(frame.code, 64, frame.pe, value, EXIT_ARG0);
  }
  frame.fault();
}

/** The base register; as SP it must be 16-byte aligned where SCTLR_ELx.SA says so (Arm ARM D1.3.10). */
function baseOf(frame: Frame, handler: Handler, field: string): Expr {
  const value = operands.put(frame, operands.readWithSp(frame, handler, field, 'i64'));
  if (!operands.mayBeSp(handler, field)) return value;
  const { code } = frame;
  const misaligned = ne(and(wrap(value), 15), 0);
  and(misaligned, operands.isSp(frame, handler, field)).write(code);
  code.if(() => {
    and(load('i32', 32, frame.pe, FLAGS), CPU_FLAG.SP_ALIGNMENT_CHECK).write(code);
    code.if(() => exit(frame, Exit.SpAlignment, value));
  });
  return value;
}

export function semanticsFor(frame: Frame, handler: Handler): Semantics {
  const { code } = frame;
  return {
    code,
    pe: frame.pe,
    known(name) {
      const value = handler.settled[name];
      if (value === undefined) throw new Error(`${handler.row.name}: ${name} is not settled.`);
      return value;
    },
    field: (name, shift = 0) => operands.fieldOf(frame, handler, name, shift),
    signedField: (name, shift = 0) => operands.signedFieldOf(frame, handler, name, shift),
    keep: (value) => (value.constant === undefined ? operands.put(frame, value) : value),
    if(condition, then, otherwise) {
      if (condition.constant !== undefined) {
        if (condition.constant !== 0n) then();
        else otherwise?.();
        return;
      }
      condition.write(code);
      code.if(then, otherwise);
    },
    x: (field) => operands.readRegister(frame, handler, field, 'i64'),
    w: (field) => operands.readRegister(frame, handler, field, 'i32'),
    r: (field, type) => operands.readRegister(frame, handler, field, type),
    xNext: (field) => operands.readRegister(frame, handler, field, 'i64', 8),
    setXNext: (field, value) => operands.writeRegister(frame, handler, field, value, 8),
    rsp: (field, type) => operands.readWithSp(frame, handler, field, type),
    set: (field, value) => operands.writeRegister(frame, handler, field, value),
    setSp: (field, value) => operands.writeWithSp(frame, handler, field, value),
    setX30: (value) => store(code, 64, frame.pe, value, 30 * 8),
    general: (n) => load('i64', 64, frame.pe, X + 8 * n),
    setGeneral: (n, value) => store(code, 64, frame.pe, value, X + 8 * n),
    stackPointer: () => load('i64', 64, frame.stackPointer, X),
    base: (field) => baseOf(frame, handler, field),
    flags: () => operands.readFlags(frame.pe),
    setFlags: (flags) => operands.assignFlags(frame, flags),
    arithmeticFlags: (kind, a, b, result) => operands.assignFlags(frame, flagsOf(kind, a, b, result)),
    logicalFlags: (result) => operands.assignFlags(frame, logicalFlagsOf(result)),
    compareWhen(kind, left, right) {
      operands.conditionHolds(frame, handler).write(code);
      code.if(
        () => {
          const [a, b] = [operands.put(frame, left), operands.put(frame, right)];
          const result = operands.put(frame, (kind === 'add' ? add : sub)(a, b));
          operands.assignFlags(frame, flagsOf(kind, a, b, result));
        },
        () => {
          const nzcv = operands.put(frame, operands.fieldOf(frame, handler, 'nzcv', 28));
          operands.assignFlags(frame, operands.unpackFlags(nzcv));
        },
      );
    },
    holds: () => operands.conditionHolds(frame, handler),
    nzcv: () => operands.packFlags(operands.readFlags(frame.pe)),
    setNzcv: (value) => operands.assignFlags(frame, operands.unpackFlags(operands.put(frame, value))),
    logicalImmediate: () => load('i64', 64, and(shrU(frame.word, 7), 0xfff8), LOGICAL_MASKS),
    crc: (castagnoli, bytes, accumulator, value) => crcSteps(frame, castagnoli, bytes, accumulator, value),
    pc: () => frame.pc(),
    pcAfter: () => frame.pcAfter(),
    branch: (field) => frame.branch(operands.signedFieldOf(frame, handler, field, 3)),
    jump: (target) => frame.jump(target),
    setBtype(value) {
      store(code, 32, frame.pe, frame.remaining(), BTYPE_BUDGET);
      store(code, 32, frame.pe, value, BTYPE);
    },
    guarded: () => load('i32', 32, frame.pe, GUARDED),
    read: (type, address, options, signed) => accesses.read(frame, type, address, options, signed === true),
    write: (address, value, options) => accesses.write(frame, address, value, options),
    readPair: (type, address, size, signed) => accesses.readPair(frame, type, address, size, signed === true),
    writePair: (address, first, second, size) => accesses.writePair(frame, address, first, second, size),
    atomic: (address, size, compute) => accesses.atomic(frame, address, size, compute),
    readExclusive: (address, size) => accesses.readExclusive(frame, address, size),
    writeExclusive: (address, size, values) => accesses.writeExclusive(frame, address, size, values),
    clearExclusive: () => accesses.clearExclusive(frame),
    ...vectorSemantics(frame, handler),
    exit: (exitCode, argument) => exit(frame, exitCode, argument),
  };
}
