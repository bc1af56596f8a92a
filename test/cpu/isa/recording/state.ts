/**
 * The state that an instruction is tested on, as test/vectors/a64/recorder.c has it: an array of u32, and the memory
 * around. A state follows from a seed and the word, which tells what its operands may be.
 */
import { fillElements } from './elements';
import type { Random } from './random';

/** As in test/vectors/a64/recorder.c. */
export const CODE = 0x1_2345_0000n;
export const CODE_SIZE = 0x10000;
export const DATA = CODE + BigInt(CODE_SIZE);
export const DATA_SIZE = 0x10000;
/** The part of the data that stores may change, from DATA on. */
export const WINDOW = 0x7c00;
export const WINDOW_SIZE = 0x800;
export const BRK = 0xd420_0000;

/** Indices into the state. 64-bit registers are two words, low first; V registers are four. */
export const AT = { nzcv: 0, fpcr: 1, fpsr: 2, pc: 4, x: 6, sp: 68, v: 72 } as const;
export const STATE_WORDS = 200;
/** Number of SP where general registers are listed. */
export const SP = 31;

export interface State {
  readonly words: Uint32Array;
  /** The same bytes. */
  readonly halves: Uint16Array;
  readonly bytes: Uint8Array;
}

export function createState(): State {
  const buffer = new ArrayBuffer(STATE_WORDS * 4);
  return { words: new Uint32Array(buffer), halves: new Uint16Array(buffer), bytes: new Uint8Array(buffer) };
}

export const readX = ({ words }: State, register: number): bigint =>
  (BigInt(words[AT.x + register * 2 + 1]!) << 32n) | BigInt(words[AT.x + register * 2]!);

export function writeX({ words }: State, register: number, value: bigint): void {
  words[AT.x + register * 2] = Number(value & 0xffff_ffffn);
  words[AT.x + register * 2 + 1] = Number((value >> 32n) & 0xffff_ffffn);
}

export const readPc = ({ words }: State): bigint => (BigInt(words[AT.pc + 1]!) << 32n) | BigInt(words[AT.pc]!);

const CORNERS = Uint32Array.from(
  [
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
    // Integers that a float or a double just holds or just misses.
    0x100_0001n,
    0x20_0000_0000_0001n,
    0x7fff_ffff_ffff_fc00n,
    0xffff_ffff_ff7f_ffffn,
  ].flatMap((value) => [Number(value & 0xffff_ffffn), Number(value >> 32n)]),
);

function fillGeneral(words: Uint32Array, at: number, next: Random): void {
  const pick = next();
  const kind = pick & 7;
  if (kind < 3) {
    const corner = ((pick >>> 3) % (CORNERS.length / 2)) * 2;
    words[at] = CORNERS[corner]!;
    words[at + 1] = CORNERS[corner + 1]!;
    return;
  }
  let low = next();
  let high = kind === 3 ? 0 : next();
  if (kind === 3) low &= 0xffff;
  if (kind === 4) {
    const shift = (pick >>> 3) & 63;
    low = shift > 31 ? high >>> (shift - 32) : shift === 0 ? low : (low >>> shift) | (high << (32 - shift));
    high = shift > 31 ? 0 : high >>> shift;
  }
  words[at] = low;
  words[at + 1] = high;
}

/** FPCR: RMode (23:22), FZ16 (19), FZ (24), DN (25), AHP (26). */
const FPCR_BITS = [0xc0_0000, 0xc0_0000, 0x1c8_0000, 0x7c8_0000];
/** FPSR: the cumulative exceptions and QC. */
const FPSR_BITS = 0x0800_009f;

/** Fills everything but PC. */
export function fillState(state: State, word: number, next: Random): void {
  const { words } = state;
  const modes = next();
  words[AT.nzcv] = next() & 0xf000_0000;
  words[AT.fpcr] = (modes & 4) !== 0 ? 0 : next() & FPCR_BITS[modes & 3]!;
  words[AT.fpsr] = (modes & 0x70) === 0 ? next() & FPSR_BITS : 0;
  words[AT.fpsr + 1] = 0;
  for (let register = 0; register < 31; register++) fillGeneral(words, AT.x + register * 2, next);
  const stack = Number(DATA & 0xffff_ffffn) + WINDOW + 0x400;
  words[AT.sp] = stack;
  words[AT.sp + 1] = Number(DATA >> 32n);
  words[AT.sp + 2] = 0;
  words[AT.sp + 3] = 0;
  fillElements(state, word, next);
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
