/**
 * Walks the call stack of a guest: by call frame information, else by the frame records that X29 links (AAPCS64 6.4.6);
 * in an epilogue by its instructions.
 */
import { fdeAt, type RegisterRule, unwindRowAt } from './dwarf/call-frames';
import { evaluateExpression, type FrameAccess } from './dwarf/expression';
import type { Program } from './program';
import { functionAt } from './program';
import { recordState, runEpilogue } from './stack-code';

/** Registers of one frame: X0 to X30 at 0 to 30, SP at 31. Undefined: lost, a callee was free to change it. */
export interface FrameRegisters {
  readonly pc: bigint;
  readonly x: readonly (bigint | undefined)[];
}

export interface UnwoundFrame {
  readonly registers: FrameRegisters;
  /** Address to look up lines and scopes by: for callers the call instruction, not the one after it. */
  readonly lookup: bigint;
  /** Stack pointer of the caller at the call; identifies the frame while it lives. Undefined when not known. */
  readonly cfa: bigint | undefined;
}

export type ReadMemory = (address: bigint, size: number) => Uint8Array | undefined;

const MAX_FRAMES = 256;
const SP = 31;
const FP = 29;
const LR = 30;

/** Frames from the stopped one outwards. Ends at a frame whose caller is unknown, zero, or outside the image's code. */
export function unwind(
  program: Program,
  registers: FrameRegisters,
  read: ReadMemory,
  limit = MAX_FRAMES,
): UnwoundFrame[] {
  const frames: UnwoundFrame[] = [];
  let current = registers;
  let lookup = registers.pc;
  const seen = new Set<string>();
  while (frames.length < limit) {
    const caller = callerOf(program, current, lookup, read, frames.length === 0);
    frames.push({ registers: current, lookup, cfa: caller?.cfa });
    if (!caller || caller.registers.pc === 0n || !isCode(program, caller.registers.pc)) break;
    const identity = `${caller.registers.pc}:${caller.cfa}`;
    if (seen.has(identity)) break;
    seen.add(identity);
    current = caller.registers;
    lookup = current.pc - 4n;
  }
  return frames;
}

const isCode = (program: Program, pc: bigint): boolean =>
  program.image.segments.some(
    ({ executable, virtualAddress, memorySize }) =>
      executable && pc >= virtualAddress && pc < virtualAddress + BigInt(memorySize),
  );

interface Caller {
  readonly registers: FrameRegisters;
  readonly cfa: bigint | undefined;
}

function callerOf(
  program: Program,
  registers: FrameRegisters,
  lookup: bigint,
  read: ReadMemory,
  isTop: boolean,
): Caller | undefined {
  // Compilers describe epilogues only where asked to (asynchronous unwind tables): there the instructions know better.
  const left = isTop ? runEpilogue(registers, read) : undefined;
  const returnsTo = left?.x[LR];
  if (left && returnsTo !== undefined && returnsTo !== 0n) {
    return { registers: { pc: strip(returnsTo), x: left.x }, cfa: left.x[SP] };
  }
  return callerByCallFrames(program, registers, lookup, read) ?? callerByFrameRecord(program, registers, read, isTop);
}

/** A return address without its pointer authentication code: bits above the VA copy bit 55. */
function strip(address: bigint): bigint {
  const low = BigInt.asUintN(48, address);
  return (address >> 55n) % 2n === 0n ? low : BigInt.asUintN(64, low | ~0xffff_ffff_ffffn);
}

function u64(read: ReadMemory, address: bigint): bigint | undefined {
  const bytes = read(BigInt.asUintN(64, address), 8);
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

function callerByCallFrames(
  program: Program,
  registers: FrameRegisters,
  lookup: bigint,
  read: ReadMemory,
): Caller | undefined {
  const fde = fdeAt(program.callFrames, lookup);
  const row = fde && unwindRowAt(fde, lookup);
  const unit = program.units[0]?.unit;
  if (!row || !unit) return undefined;
  const access = (cfa: bigint | undefined): FrameAccess => ({
    pc: lookup,
    register: (number) => registers.x[number],
    memory: read,
    cfa: () => cfa,
    frameBase: () => undefined,
  });
  const evaluate = (code: Uint8Array, cfa: bigint | undefined): bigint | undefined => {
    const location = evaluateExpression(code, unit, program.sections, access(cfa));
    return location.kind === 'memory' ? location.address : location.kind === 'value' ? location.value : undefined;
  };
  const base = row.cfa.kind === 'register' ? registers.x[row.cfa.register] : undefined;
  const cfa =
    row.cfa.kind === 'expression'
      ? evaluate(row.cfa.code, undefined)
      : base === undefined
        ? undefined
        : base + row.cfa.offset;
  if (cfa === undefined) return undefined;
  const apply = (register: number, rule: RegisterRule | undefined): bigint | undefined => {
    if (!rule) return register >= 19 && register <= 30 ? registers.x[register] : undefined;
    switch (rule.kind) {
      case 'undefined':
        return undefined;
      case 'same':
        return registers.x[register];
      case 'offset':
        return u64(read, cfa + rule.value);
      case 'value':
        return cfa + rule.value;
      case 'register':
        return registers.x[rule.register];
      case 'expression': {
        const address = evaluate(rule.code, cfa);
        return address === undefined ? undefined : u64(read, address);
      }
      case 'value-expression':
        return evaluate(rule.code, cfa);
    }
  };
  const x = Array.from({ length: 31 }, (_, register) => apply(register, row.registers.get(register)));
  const returnRule = row.registers.get(row.returnRegister);
  const returnAddress = returnRule?.kind === 'undefined' ? undefined : apply(row.returnRegister, returnRule);
  if (returnAddress === undefined) return { registers: { pc: 0n, x: [...x, cfa] }, cfa };
  return { registers: { pc: strip(returnAddress), x: [...x, BigInt.asUintN(64, cfa)] }, cfa };
}

/**
 * Without call frame information: a top frame that has no record of its own, not yet or no more, returns to LR; any
 * other to the record at X29.
 */
function callerByFrameRecord(
  program: Program,
  registers: FrameRegisters,
  read: ReadMemory,
  isTop: boolean,
): Caller | undefined {
  const fp = registers.x[FP];
  const lr = registers.x[LR];
  const sp = registers.x[SP];
  if (isTop && lr !== undefined) {
    const state = recordState(functionAt(program, registers.pc)?.entry, registers.pc, read);
    if (state.kind === 'none') {
      // At the start of a program LR is zero, and nobody called. An LR inside the function itself is left from a call
      // that the function made: it never had a caller, or does not keep it.
      const home = functionAt(program, registers.pc)?.entry;
      if (state.pushed === 0n && home !== undefined && functionAt(program, lr - 4n)?.entry === home) return undefined;
      const cfa = sp === undefined ? undefined : sp + state.pushed;
      const x = registers.x.map((value, register) => (register === SP ? cfa : value));
      return lr === 0n ? undefined : { registers: { pc: strip(lr), x }, cfa };
    }
  }
  if (fp === undefined || fp === 0n || fp % 8n !== 0n || (sp !== undefined && fp < sp)) return undefined;
  const nextFp = u64(read, fp);
  const returnAddress = u64(read, fp + 8n);
  if (nextFp === undefined || returnAddress === undefined) return undefined;
  const x = registers.x.map((value, register) => (register >= 19 && register < FP ? value : undefined));
  x[FP] = nextFp;
  x[LR] = strip(returnAddress);
  x[SP] = fp + 16n;
  return { registers: { pc: strip(returnAddress), x }, cfa: fp + 16n };
}
