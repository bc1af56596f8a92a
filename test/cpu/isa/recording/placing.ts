/**
 * Where an instruction gets its addresses: loads and stores reach the window, indirect branches the code region. Goes by
 * the bits of the word (Arm ARM C4.1.93, C4.1.94), not by rows, so that a recording does not depend on the table.
 */
import type { Random } from './random';
import type { State } from './state';
import { CODE, DATA, DATA_SIZE, readX, SP, WINDOW, WINDOW_SIZE, writeX } from './state';

const MIDDLE = 0x8000;

const bits = (word: number, high: number, low: number): number => (word >>> low) & (2 ** (high - low + 1) - 1);
const signed = (value: number, width: number): number => (value << (32 - width)) >> (32 - width);

/** How a load or store finds its address. */
interface Addressing {
  /** Logarithm of the access as a whole, for placing it. */
  readonly scale: number;
  readonly aligned: boolean;
  readonly offset: number | 'register';
  readonly writesBack: boolean;
}

/** Load and store class (op0 x1x0), literals apart. */
export const isMemory = (word: number): boolean => bits(word, 27, 27) === 1 && bits(word, 25, 25) === 0;
export const isLiteral = (word: number): boolean => isMemory(word) && bits(word, 29, 28) === 1 && !bits(word, 24, 24);
const isVector = (word: number): boolean => bits(word, 26, 26) === 1;

export function addressing(word: number): Addressing {
  const size = bits(word, 31, 30);
  const kind = bits(word, 29, 28);
  if (kind === 0) {
    if (isVector(word)) return { scale: 4, aligned: false, offset: 0, writesBack: bits(word, 23, 23) === 1 };
    return { scale: size + bits(word, 21, 21), aligned: true, offset: 0, writesBack: false };
  }
  if (kind === 1) return { scale: size, aligned: true, offset: signed(bits(word, 20, 12), 9), writesBack: false };
  if (kind === 2) {
    const mode = bits(word, 24, 23);
    const scale = isVector(word) ? 2 + size : size >= 2 ? 3 : 2;
    const offset = mode === 1 ? 0 : signed(bits(word, 21, 15), 7) * 2 ** scale;
    return { scale: scale + 1, aligned: false, offset, writesBack: (mode & 1) === 1 };
  }
  const scale = isVector(word) ? size + bits(word, 23, 23) * 4 : size;
  if (bits(word, 24, 24) === 1) {
    return { scale, aligned: false, offset: bits(word, 21, 10) * 2 ** scale, writesBack: false };
  }
  const low = bits(word, 11, 10);
  if (bits(word, 21, 21) === 0) {
    const offset = low === 1 ? 0 : signed(bits(word, 20, 12), 9);
    return { scale, aligned: false, offset, writesBack: (low & 1) === 1 };
  }
  if (low === 0) return { scale, aligned: true, offset: 0, writesBack: false };
  if (low === 2) return { scale, aligned: false, offset: 'register', writesBack: false };
  const offset = signed(bits(word, 22, 22) * 512 + bits(word, 20, 12), 10) * 8;
  return { scale: 3, aligned: false, offset, writesBack: bits(word, 11, 11) === 1 };
}

/** Outcomes that the architecture leaves open (CONSTRAINED UNPREDICTABLE). */
function isOpen(word: number, writesBack: boolean): boolean {
  const [rt, rn, rt2, rs] = [bits(word, 4, 0), bits(word, 9, 5), bits(word, 14, 10), bits(word, 20, 16)];
  const kind = bits(word, 29, 28);
  const load = bits(word, 22, 22) === 1;
  const pair = kind === 2;
  if (pair && load && rt === rt2) return true;
  if (isVector(word)) return false;
  if (writesBack && rn !== 31 && (rt === rn || (pair && rt2 === rn))) return true;
  if (kind !== 0 || bits(word, 23, 23) === 1) return false;
  // Exclusives; CASP has the place of 32-bit and narrower pairs.
  const both = bits(word, 21, 21) === 1;
  if (both && bits(word, 31, 31) === 0) return false;
  if (load) return both && rt === rt2;
  return rs === rt || (both && rs === rt2) || (rs === rn && rn !== 31);
}

/** The register offset of LDR (register) and its like. */
function registerOffset(word: number, rm: bigint, scale: number): bigint {
  const option = bits(word, 15, 13);
  const value = option === 2 ? rm & 0xffff_ffffn : option === 6 ? BigInt.asIntN(32, rm) : rm;
  return value << BigInt(bits(word, 12, 12) === 1 ? scale : 0);
}

function placeMemory(state: State, word: number, next: Random): boolean {
  const { scale, aligned, offset, writesBack } = addressing(word);
  if (isOpen(word, writesBack)) return false;
  const rn = bits(word, 9, 5);
  const rm = bits(word, 20, 16);
  let distance = typeof offset === 'number' ? BigInt(offset) : 0n;
  if (offset === 'register') {
    if (rm === rn) return false;
    if (rm !== SP && next() % 4 !== 0) writeX(state, rm, BigInt((next() % 0x2000) - 0x1000));
    distance = registerOffset(word, rm === SP ? 0n : readX(state, rm), scale);
  }
  const whole = 2 ** scale;
  let place = WINDOW + 64 + (next() % (WINDOW_SIZE - 192));
  const kind = next() % 16;
  if (kind === 0 && !aligned) place = DATA_SIZE - (next() % (whole * 2));
  else if (kind === 1 && !aligned) place = MIDDLE - (next() % (whole + 1));
  else if (aligned || kind < 12) place -= place % whole;
  writeX(state, rn, DATA + BigInt(place) - distance);
  return true;
}

/**
 * Gives the registers that are used as addresses their values. False when nothing useful can come of this word.
 * Branches go below MIDDLE: what is tested lies above it.
 */
export function placeAddresses(state: State, word: number, next: Random): boolean {
  if (bits(word, 31, 25) === 0x6b) {
    const rn = bits(word, 9, 5);
    if (rn === 31) return false;
    writeX(state, rn, CODE + BigInt((next() % 0x1f00) * 4));
    return true;
  }
  if (!isMemory(word) || isLiteral(word)) return true;
  // PRFM takes any address.
  if (bits(word, 31, 30) === 3 && bits(word, 29, 26) === 0xe && bits(word, 23, 22) === 2) {
    if (bits(word, 24, 24) === 1 || bits(word, 21, 21) === 0 || bits(word, 11, 10) === 2) return true;
  }
  return placeMemory(state, word, next);
}
