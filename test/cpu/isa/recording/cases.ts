/** Cases recorded from qemu-aarch64: how a state follows from a seed, and how cases are packed into a file. */

/** As in test/vectors/a64/recorder.c. */
export const CODE = 0x1_2345_0000n;
export const CODE_SIZE = 0x10000;
export const DATA = CODE + BigInt(CODE_SIZE);
export const DATA_SIZE = 0x10000;
export const WINDOW = 0x7c00;
export const WINDOW_SIZE = 0x800;
export const BRK = 0xd420_0000;

export const Signal = { None: 5, Illegal: 4, Bus: 7, Fault: 11 } as const;
/** Number of SP where registers are listed. */
export const SP = 31;

export interface Case {
  readonly words: readonly number[];
  readonly seed: number;
  /** Offset of the first word in the code region. */
  readonly offset: number;
  /** Registers that do not follow from the seed. */
  readonly given: ReadonlyMap<number, bigint>;
}

export interface State {
  readonly nzcv: number;
  /** X0..X30 and SP. */
  readonly x: readonly bigint[];
}

export interface Outcome {
  readonly signal: number;
  readonly nzcv: number;
  readonly pc: bigint;
  /** Registers that changed. */
  readonly x: ReadonlyMap<number, bigint>;
  readonly memory: { readonly at: number; readonly bytes: Uint8Array };
}

export type Random = () => number;

/** A 32-bit generator (mulberry32). */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const CORNERS = [
  0n,
  1n,
  0xffff_ffff_ffff_ffffn,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0xffff_ffff_8000_0000n,
  0x80n,
  0xff80n,
  0x8000n,
  31n,
  63n,
  64n,
];

export function randomValue(next: Random): bigint {
  const kind = next() % 8;
  if (kind < 3) return CORNERS[next() % CORNERS.length]!;
  const wide = (BigInt(next()) << 32n) | BigInt(next());
  if (kind === 3) return wide & 0xffffn;
  if (kind === 4) return wide >> BigInt(next() % 64);
  return wide;
}

/** The state a case starts from. */
export function stateOf(test: Case): State {
  const next = random(test.seed);
  const nzcv = (next() >>> 28) * 2 ** 28;
  const x = Array.from({ length: 32 }, () => randomValue(next));
  x[SP] = DATA + BigInt(WINDOW + 0x400);
  for (const [register, value] of test.given) x[register] = value;
  return { nzcv, x };
}

/** What is in the data region before every case. */
export function pristineData(): Uint8Array {
  const bytes = new Uint8Array(DATA_SIZE);
  let state = 0x2545f491;
  for (let at = 0; at < DATA_SIZE; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export interface Recorded {
  readonly test: Case;
  readonly outcome: Outcome;
}

/** Packs cases; `unpack` is the inverse. */
export function pack(all: readonly Recorded[]): Uint8Array {
  const bytes: number[] = [];
  const put = (value: bigint | number, size: number): void => {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let at = 0; at < size; at++) {
      bytes.push(Number(rest & 0xffn));
      rest >>= 8n;
    }
  };
  const registers = (map: ReadonlyMap<number, bigint>): void => {
    put(map.size, 1);
    for (const [register, value] of map) {
      put(register, 1);
      put(value, 8);
    }
  };
  put(all.length, 4);
  for (const { test, outcome } of all) {
    put(test.words.length, 1);
    for (const word of test.words) put(word, 4);
    put(test.seed, 4);
    put(test.offset, 2);
    registers(test.given);
    put(outcome.signal, 1);
    put(outcome.nzcv >>> 28, 1);
    put(outcome.pc, 8);
    registers(outcome.x);
    put(outcome.memory.bytes.length, 2);
    if (outcome.memory.bytes.length === 0) continue;
    put(outcome.memory.at, 2);
    for (const byte of outcome.memory.bytes) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

export function unpack(bytes: Uint8Array): Recorded[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const advance = (size: number): number => {
    at += size;
    return at - size;
  };
  const u8 = (): number => view.getUint8(advance(1));
  const u16 = (): number => view.getUint16(advance(2), true);
  const u32 = (): number => view.getUint32(advance(4), true);
  const u64 = (): bigint => view.getBigUint64(advance(8), true);
  const registers = (): Map<number, bigint> => {
    const map = new Map<number, bigint>();
    for (let left = u8(); left > 0; left--) {
      const register = u8();
      map.set(register, u64());
    }
    return map;
  };
  return Array.from({ length: u32() }, () => {
    const words = Array.from({ length: u8() }, u32);
    const test: Case = { words, seed: u32(), offset: u16(), given: registers() };
    const [signal, nzcv, pc, x] = [u8(), u8() * 2 ** 28, u64(), registers()];
    const length = u16();
    const memory =
      length === 0 ? { at: 0, bytes: new Uint8Array() } : { at: u16(), bytes: bytes.slice(at, at + length) };
    at += length;
    return { test, outcome: { signal, nzcv, pc, x, memory } };
  });
}
