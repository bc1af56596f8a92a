/** The body of one WebAssembly function: locals, structured control by label objects, and single instructions. */
import { ByteWriter } from './bytes';
import type { ValueType } from './opcodes';
import { Op, TYPE_CODE } from './opcodes';

/** A target of a branch: the block or loop opened when the depth was `depth`. */
export interface Label {
  readonly depth: number;
}

export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

const BLOCK_EMPTY = 0x40;

export class Code {
  private readonly bytes = new ByteWriter();
  private readonly locals: Local[] = [];
  private readonly names = new Map<number, string>();
  private readonly free: Record<ValueType, Local[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private depth = 0;

  constructor(readonly parameters: readonly ValueType[]) {}

  parameter(index: number, name?: string): Local {
    if (name !== undefined) this.names.set(index, name);
    return { index, type: this.parameters[index]! };
  }

  local(type: ValueType, name?: string): Local {
    const local = { index: this.parameters.length + this.locals.length, type };
    this.locals.push(local);
    if (name !== undefined) this.names.set(local.index, name);
    return local;
  }

  /** A local for a passing value: one that was given back, or a new one. Its content is unknown. */
  borrow(type: ValueType): Local {
    return this.free[type].pop() ?? this.local(type);
  }

  giveBack(local: Local): void {
    this.free[local.type].push(local);
  }

  /** An opcode of one byte, or a prefix times 2^16 plus what follows it. */
  op(opcode: number): void {
    if (opcode < 0x1_0000) this.bytes.u8(opcode);
    else {
      this.bytes.u8(opcode >>> 16);
      this.bytes.unsigned(opcode & 0xffff);
    }
  }

  /** A byte of an immediate. */
  byte(value: number): void {
    this.bytes.u8(value);
  }

  i32(value: number): void {
    this.bytes.u8(Op.I32Const);
    this.bytes.signed32(value);
  }

  i64(value: bigint): void {
    this.bytes.u8(Op.I64Const);
    this.bytes.signed64(value);
  }

  get(local: Local): void {
    this.bytes.u8(Op.LocalGet);
    this.bytes.unsigned(local.index);
  }

  set(local: Local): void {
    this.bytes.u8(Op.LocalSet);
    this.bytes.unsigned(local.index);
  }

  tee(local: Local): void {
    this.bytes.u8(Op.LocalTee);
    this.bytes.unsigned(local.index);
  }

  /** A load or store with a static offset; no alignment is promised. */
  memory(opcode: number, offset: number): void {
    this.op(opcode);
    this.bytes.unsigned(0);
    this.bytes.unsigned(offset);
  }

  call(index: number): void {
    this.bytes.u8(Op.Call);
    this.bytes.unsigned(index);
  }

  /** Through the module's table; the index is on the stack. */
  callIndirect(type: number): void {
    this.bytes.u8(Op.CallIndirect);
    this.bytes.unsigned(type);
    this.bytes.unsigned(0);
  }

  private open(opcode: number): Label {
    this.bytes.u8(opcode);
    this.bytes.u8(BLOCK_EMPTY);
    this.depth++;
    return { depth: this.depth };
  }

  /** A block: a branch to its label goes to its end. */
  block(body: (label: Label) => void): void {
    body(this.openBlock());
    this.close();
  }

  /** A loop: a branch to its label goes to its start. */
  loop(body: (label: Label) => void): void {
    body(this.open(Op.Loop));
    this.close();
  }

  /** Opens a block that `close` ends, for nests whose depth is data. */
  openBlock(): Label {
    return this.open(Op.Block);
  }

  close(): void {
    this.bytes.u8(Op.End);
    this.depth--;
  }

  /** The condition is on the stack. */
  if(then: () => void, otherwise?: () => void): void {
    this.open(Op.If);
    then();
    if (otherwise !== undefined) {
      this.bytes.u8(Op.Else);
      otherwise();
    }
    this.close();
  }

  br(label: Label): void {
    this.bytes.u8(Op.Br);
    this.bytes.unsigned(this.depth - label.depth);
  }

  brIf(label: Label): void {
    this.bytes.u8(Op.BrIf);
    this.bytes.unsigned(this.depth - label.depth);
  }

  /** The index is on the stack. */
  brTable(labels: readonly Label[], otherwise: Label): void {
    this.bytes.u8(Op.BrTable);
    this.bytes.unsigned(labels.length);
    for (const label of [...labels, otherwise]) this.bytes.unsigned(this.depth - label.depth);
  }

  return(): void {
    this.bytes.u8(Op.Return);
  }

  /** Puts the instructions of another body before all of this one's; they name this one's locals. */
  insertFirst(other: Code): void {
    this.bytes.insertFirst(other.bytes.finish());
  }

  /** Bytes of the function as the code section holds them, without their size. */
  finish(): Uint8Array {
    const out = new ByteWriter();
    const groups: { type: ValueType; count: number }[] = [];
    for (const local of this.locals) {
      const last = groups[groups.length - 1];
      if (last?.type === local.type) last.count++;
      else groups.push({ type: local.type, count: 1 });
    }
    out.unsigned(groups.length);
    for (const group of groups) {
      out.unsigned(group.count);
      out.u8(TYPE_CODE[group.type]);
    }
    out.raw(this.bytes.finish());
    out.u8(Op.End);
    return out.finish();
  }

  get localNames(): ReadonlyMap<number, string> {
    return this.names;
  }
}
