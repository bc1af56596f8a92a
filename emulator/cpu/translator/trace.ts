/** What a row does, found by writing its semantics against values that stand for nothing. */
import type { Handler } from '../interpreter/handlers';
import type { Semantics } from '../table/semantics';
import { Code } from '../wasm/code';
import type { Expr } from '../wasm/expr';
import { constant } from '../wasm/expr';
import type { ValueType } from '../wasm/opcodes';
import { arithmeticKind, FlagKind } from './flags';

export interface Trace {
  /** Field of the offset of a branch. */
  readonly branch: string | undefined;
  /** To an address that is known at run time only. */
  readonly jumps: boolean;
  /** It may also go on to the next instruction. */
  readonly conditional: boolean;
  /** Writes X30 before it branches or jumps. */
  readonly links: boolean;
  /** Always left to TypeScript. */
  readonly exits: boolean;
  /** Needs the slow way of the interpreter. */
  readonly slow: boolean;
  /** Kind of the flags it leaves; `undefined` when it leaves those it found, -1 when more than one kind is possible. */
  readonly flags: number | undefined;
}

type Mutable = { -readonly [Key in keyof Trace]: Trace[Key] };

const UNKNOWN: Readonly<Record<ValueType, Expr>> = {
  i32: { type: 'i32', write() {} },
  i64: { type: 'i64', write() {} },
  f32: { type: 'f32', write() {} },
  f64: { type: 'f64', write() {} },
  v128: { type: 'v128', write() {} },
};
const WORD = UNKNOWN.i32;
const WIDE = UNKNOWN.i64;

/** Semantics that only note what is asked of them. */
function recorder(handler: Handler, seen: Mutable): Semantics {
  let depth = 0;
  const nothing = (): void => {};
  const setFlags = (kind: number): void => {
    seen.flags = depth > 0 || (seen.flags !== undefined && seen.flags !== kind) ? -1 : kind;
  };
  const number = (name: string): Expr => {
    const settled = handler.settled[name];
    return settled === undefined ? WORD : constant('i32', settled);
  };
  const leaves = (): void => {
    seen.conditional = depth > 0;
  };
  return {
    code: new Code([]),
    pe: WORD,
    known(name) {
      const value = handler.settled[name];
      if (value === undefined) throw new Error(`${handler.row.name}: ${name} is not settled.`);
      return value;
    },
    field: number,
    signedField: () => WORD,
    keep: (value) => value,
    if(condition, then, otherwise) {
      if (condition.constant !== undefined) {
        if (condition.constant !== 0n) then();
        else otherwise?.();
        return;
      }
      depth++;
      then();
      otherwise?.();
      depth--;
    },
    x: () => WIDE,
    w: () => WORD,
    r: (_, type) => UNKNOWN[type],
    xNext: () => WIDE,
    setXNext: nothing,
    rsp: (_, type) => UNKNOWN[type],
    set: nothing,
    setSp: nothing,
    setX30() {
      seen.links = true;
    },
    general: () => WIDE,
    setGeneral: nothing,
    stackPointer: () => WIDE,
    setBtype: nothing,
    guarded: () => constant('i32', 0),
    base: () => WIDE,
    flags: () => ({ n: WIDE, z: WIDE, c: WORD, v: WIDE }),
    setFlags: () => setFlags(FlagKind.Stored),
    arithmeticFlags: (kind, a) => setFlags(arithmeticKind(kind, a.type)),
    logicalFlags: () => setFlags(FlagKind.Logical),
    compareWhen: () => setFlags(-1),
    holds: () => WORD,
    nzcv: () => WORD,
    setNzcv: () => setFlags(FlagKind.Stored),
    logicalImmediate: () => WIDE,
    crc: () => WORD,
    pc: () => WIDE,
    pcAfter: () => WIDE,
    branch(field) {
      seen.branch = field;
      leaves();
    },
    jump() {
      seen.jumps = true;
      leaves();
    },
    read(type, _, options) {
      if (options.unprivileged === true) seen.slow = true;
      return UNKNOWN[type];
    },
    write(_address, _value, options) {
      if (options.unprivileged === true) seen.slow = true;
    },
    readPair: (type) => [UNKNOWN[type], UNKNOWN[type]],
    writePair: nothing,
    atomic: (_, size, compute) => void compute(size === 4 ? [WIDE, WIDE] : [WIDE]),
    readExclusive: () => [WIDE, WIDE],
    writeExclusive: () => WORD,
    clearExclusive: nothing,
    v: () => UNKNOWN.v128,
    setV: nothing,
    lane: (_, type) => UNKNOWN[type],
    setLane: nothing,
    f: (_, type) => UNKNOWN[type],
    setScalar: nothing,
    fpcr: () => WORD,
    fpsr: () => WORD,
    orFpsr: nothing,
    readVector: () => WORD,
    writeVector: (_address, _bytes, _size, fill) => fill(WORD),
    finish: () => WIDE,
    exit() {
      if (depth === 0) seen.exits = true;
    },
  };
}

const traces: Trace[] = [];

/** The trace of a handler. A row that asks for what only the interpreter has is slow. */
export function traceOf(handler: Handler): Trace {
  const known = traces[handler.number];
  if (known !== undefined) return known;
  const seen: Mutable = {
    branch: undefined,
    jumps: false,
    conditional: false,
    links: false,
    exits: false,
    slow: false,
    flags: undefined,
  };
  try {
    handler.row.emit(recorder(handler, seen));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    seen.slow = true;
  }
  traces[handler.number] = seen;
  return seen;
}

export const endsBlock = (trace: Trace): boolean => trace.branch !== undefined || trace.jumps;
