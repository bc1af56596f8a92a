/** The translator's side of `table/semantics.ts`: fields are constants, X registers locals, flags are kept as operands. */

import { arm, isArmed, isUnchanged, loadElements, storeElements } from '../interpreter/exclusives';
import type { Frame } from '../interpreter/frame';
import { Reason } from '../interpreter/hot-loop';
import { unpackFlags } from '../interpreter/operands';
import { semanticsFor } from '../interpreter/semantics';
import { withTemporaries } from '../interpreter/temporaries';
import { CPU_FLAG, FINISH } from '../layout';
import { logicalMask } from '../table/bit-masks';
import { signed } from '../table/row';
import type { AccessOptions, Semantics } from '../table/semantics';
import type { Local } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import { add, and, assign, eqz, i32, i64, load, local, ne, or, select, store, wrap, zeroExtend } from '../wasm/expr';
import type { ValueType } from '../wasm/opcodes';
import type { Access } from './accesses';
import { probe } from './accesses';
import type { Instruction } from './blocks';
import type { FlagState } from './flags';
import {
  arithmeticKind,
  conditionIn,
  FlagKind,
  keepArithmetic,
  keepLogical,
  nzcvOf,
  storeFlags,
  valuesOf,
} from './flags';
import type { Region } from './region';
import { goTo, jumpTo, leaveAt, register } from './region';

type Temporary = (type: ValueType) => Local;

/** The flags in a state that is known; what is known only at run time is stored first. */
function settledFlags(region: Region, simple: boolean): FlagState {
  const { code, flags, pe } = region;
  if (region.state !== undefined && !(simple && region.state.when !== undefined)) return region.state;
  local(flags.kind).write(code);
  code.if(() => {
    for (const argument of [pe, local(flags.kind), local(flags.a), local(flags.b)]) argument.write(code);
    code.call(region.calls.materialize);
    assign(code, flags.kind, i32(FlagKind.Stored));
  });
  region.state = { kind: FlagKind.Stored };
  return region.state;
}

const accessOf = (write: boolean, elements: number, { size, ordered }: AccessOptions): Access => ({
  write,
  bytes: elements << size,
  element: 1 << size,
  strict: ordered === true,
});

/** `left`: instructions of the block that are not complete when this one leaves. */
function semanticsOf(region: Region, instruction: Instruction, left: number, temporary: Temporary): Semantics {
  const { code, flags, pe } = region;
  const { handler, fields, word, offset } = instruction;
  const never = (): never => {
    throw new TypeError(`${handler.row.name} is not for the translator.`);
  };
  const leave = (reason: number) => (): void => leaveAt(region, offset, left, reason);
  const slow = leave(Reason.Slow);
  const frame: Frame = {
    code,
    helpers: undefined,
    pe,
    word: i32(word),
    record: undefined,
    bank: local(region.bank),
    stackPointer: pe,
    pc: () => add(region.base, i64(offset)),
    pcAfter: () => add(region.base, i64(offset + 4)),
    remaining: () => add(local(region.budget), local(region.reserve)),
    fault: never,
    slow,
    branch: never,
    jump: never,
    temporary,
  };
  const keep = (value: Expr): Expr => {
    if (value.constant !== undefined) return value;
    const to = temporary(value.type);
    assign(code, to, value);
    return local(to);
  };
  const numberOf = (field: string): number => fields[field]!;
  const read = (number: number): Expr => local(register(region, number));
  const readX = (number: number): Expr => (number === 31 ? i64(0) : read(number));
  const write = (number: number, value: Expr): void => {
    assign(code, register(region, number), zeroExtend(value));
    region.written[number] = true;
    if (number === 31) region.spAligned = false;
  };
  const narrow = (value: Expr, type: ValueType): Expr => (type === 'i32' ? wrap(value) : value);
  const condition = (): Expr => conditionIn(settledFlags(region, false), flags, pe, numberOf('cond'));
  const keepFlags = (state: FlagState): void => {
    region.state = state;
  };
  const setValues: Semantics['setFlags'] = (values) => {
    storeFlags(code, flags, pe, values);
    keepFlags({ kind: FlagKind.Stored });
  };
  const values = (): ReturnType<Semantics['flags']> => valuesOf(flags, pe, settledFlags(region, true).kind);
  const addressed = (va: Expr, access: Access): Expr => keep(probe(region, keep, keep(va), access, slow));
  const common = semanticsFor(frame, handler);
  return {
    ...common,
    field: (name, shift = 0) => i32(BigInt(numberOf(name)) << BigInt(shift)),
    signedField(name, shift = 0) {
      const { width } = handler.row.fields.find((field) => field.name === name)!;
      return i32(BigInt(signed(numberOf(name), width)) << BigInt(shift));
    },
    keep,
    if(test, then, otherwise) {
      if (test.constant !== undefined) {
        if (test.constant !== 0n) then();
        else otherwise?.();
        return;
      }
      const before = region.state;
      let after = before;
      test.write(code);
      code.if(() => {
        then();
        after = region.state;
        region.state = before;
      }, otherwise);
      if (after !== region.state) region.state = undefined;
    },
    x: (field) => readX(numberOf(field)),
    w: (field) => wrap(readX(numberOf(field))),
    r: (field, type) => narrow(readX(numberOf(field)), type),
    xNext: (field) => readX(numberOf(field) + 1),
    setXNext(field, value) {
      if (numberOf(field) !== 30) write(numberOf(field) + 1, value);
    },
    rsp: (field, type) => narrow(read(numberOf(field)), type),
    set(field, value) {
      if (numberOf(field) !== 31) write(numberOf(field), value);
    },
    setSp: (field, value) => write(numberOf(field), value),
    setX30: (value) => write(30, value),
    general: (n) => read(n),
    setGeneral: (n, value) => write(n, value),
    stackPointer: () => read(31),
    setBtype(value) {
      region.branchType = keep(value);
      and(local(region.checks), CPU_FLAG.BRANCH_TYPES).write(code);
      code.if(() => common.setBtype(region.branchType!));
    },
    base(field) {
      const number = numberOf(field);
      const value = keep(read(number));
      if (number === 31 && !region.spAligned) {
        and(wrap(value), 15).write(code);
        code.if(slow);
        region.spAligned = true;
      }
      return value;
    },
    flags: values,
    setFlags: setValues,
    arithmeticFlags(kind, a, b) {
      const number = arithmeticKind(kind, a.type);
      keepArithmetic(code, flags, number, a, b);
      keepFlags({ kind: number });
    },
    logicalFlags(result) {
      keepLogical(code, flags, result);
      keepFlags({ kind: FlagKind.Logical });
    },
    compareWhen(kind, a, b) {
      const nzcv = numberOf('nzcv');
      const number = arithmeticKind(kind, a.type);
      assign(code, region.when, condition());
      keepArithmetic(code, flags, number, a, b);
      assign(code, flags.kind, select(local(region.when), i32(number), FlagKind.Known + nzcv));
      keepFlags({ kind: number, when: region.when, nzcv });
    },
    holds: condition,
    nzcv: () => nzcvOf(values()),
    setNzcv: (value) => setValues(unpackFlags(keep(value))),
    logicalImmediate: () => i64(logicalMask(numberOf('N'), numberOf('imms'), numberOf('immr'))!),
    branch(field) {
      const { width } = handler.row.fields.find((each) => each.name === field)!;
      goTo(region, offset + signed(numberOf(field), width) * 4);
    },
    jump: (target) => jumpTo(region, target),
    read: (type, va, options, bySign) =>
      keep(load(type, 8 << options.size, addressed(va, accessOf(false, 1, options)), 0, bySign === true)),
    write: (va, value, options) => store(code, 8 << options.size, addressed(va, accessOf(true, 1, options)), value),
    atomic(va, size, compute) {
      const bytes = 1 << size;
      const at = addressed(va, { write: true, read: true, bytes, element: bytes, strict: true });
      const { values: changed, unless } = compute(loadElements(keep, at, size));
      const put = (): void => storeElements(code, at, size, changed);
      if (unless === undefined) return put();
      eqz(unless).write(code);
      code.if(put);
    },
    readExclusive(va, size) {
      const bytes = 1 << size;
      const loaded = loadElements(keep, addressed(va, { write: false, bytes, element: bytes, strict: true }), size);
      arm(code, pe, va, size, loaded);
      return loaded;
    },
    writeExclusive(va, size, stored) {
      const bytes = 1 << size;
      const status = temporary('i32');
      assign(code, status, i32(1));
      or(isArmed(pe, va, size), ne(and(wrap(va), bytes - 1), 0)).write(code);
      code.if(() => {
        const at = addressed(va, { write: true, bytes, element: bytes, strict: true });
        isUnchanged(pe, at, size).write(code);
        code.if(() => {
          storeElements(code, at, size, stored);
          assign(code, status, i32(0));
        });
      });
      common.clearExclusive();
      return local(status);
    },
    readPair(type, va, size, bySign) {
      const at = addressed(va, accessOf(false, 2, { size }));
      const element = (index: number): Expr => keep(load(type, 8 << size, at, index << size, bySign === true));
      return [element(0), element(1)];
    },
    writePair(va, first, second, size) {
      const at = addressed(va, accessOf(true, 2, { size }));
      store(code, 8 << size, at, first);
      store(code, 8 << size, at, second, 1 << size);
    },
    readVector: (va, bytes, size) => addressed(va, { write: false, bytes, element: 1 << size, strict: false }),
    writeVector: (va, bytes, size, fill) =>
      fill(addressed(va, { write: true, bytes, element: 1 << size, strict: false })),
    finish(operand) {
      if (operand !== undefined) store(code, 64, pe, zeroExtend(operand), FINISH);
      pe.write(code);
      i32(word).write(code);
      code.call(region.calls.finish);
      return keep(load('i64', 64, pe, FINISH));
    },
    exit: leave(Reason.Interpret),
  };
}

/** One instruction; `left` counts it and those after it in its block. */
export function writeInstruction(region: Region, instruction: Instruction, left: number): void {
  const { code } = region;
  const { row } = instruction.handler;
  if (row.fp && !region.fpChecked) {
    eqz(and(local(region.checks), CPU_FLAG.FP_ENABLED)).write(code);
    code.if(() => leaveAt(region, instruction.offset, left, Reason.Slow));
    region.fpChecked = true;
  }
  region.branchType = undefined;
  withTemporaries(code, (temporary) => row.emit(semanticsOf(region, instruction, left, temporary)));
}
