/**
 * QARMA-64 with five rounds and the S-box σ2: the function behind FEAT_PACQARMA5 (Arm ARM,
 * shared/functions/pauth/ComputePAC; R. Avanzi, "The QARMA Block Cipher Family"). Words of 64 bits are two unsigned
 * halves. Linear layers and S-boxes work through tables by byte, which are made when first needed.
 */

/** Position 0 is the most significant nibble, as in the paper: cell i of the result is cell CELLS[i] of the operand. */
const CELLS = [0, 11, 6, 13, 10, 1, 12, 7, 5, 14, 3, 8, 15, 4, 9, 2];
const TWEAK_CELLS = [6, 5, 14, 15, 0, 1, 2, 3, 7, 12, 13, 4, 8, 9, 10, 11];
/** Cells of the tweak that go through the shift register. */
const SHIFTED_CELLS = new Set([0, 1, 3, 4, 8, 11, 13]);
const SBOX = [11, 6, 8, 15, 12, 0, 9, 14, 3, 7, 4, 5, 13, 2, 1, 10];

const ROUND_CONSTANTS: readonly (readonly [high: number, low: number])[] = [
  [0, 0],
  [0x1319_8a2e, 0x0370_7344],
  [0xa409_3822, 0x299f_31d0],
  [0x082e_fa98, 0xec4e_6c89],
  [0x4528_21e6, 0x38d0_1377],
];
const ALPHA_HIGH = 0xc0ac_29b7;
const ALPHA_LOW = 0xc97c_50dd;
const LAST_ROUND = 4;

type Cells = readonly number[];
const toCells = (value: bigint): Cells =>
  Array.from({ length: 16 }, (_, cell) => Number((value >> BigInt(60 - 4 * cell)) & 15n));
const fromCells = (cells: Cells): bigint => cells.reduce((value, cell) => (value << 4n) | BigInt(cell), 0n);
const rotate = (cell: number, by: number): number => ((cell << by) | (cell >> (4 - by))) & 15;
const shuffle = (cells: Cells, order: Cells): Cells => order.map((from) => cells[from]!);

function unshuffle(cells: Cells, order: Cells): Cells {
  const result = new Array<number>(16);
  order.forEach((to, from) => {
    result[to] = cells[from]!;
  });
  return result;
}

/** The circulant matrix (0, ρ, ρ², ρ) over the columns of the state; its own inverse. */
const mix = (cells: Cells): Cells =>
  cells.map(
    (_, at) => rotate(cells[(at + 4) % 16]!, 1) ^ rotate(cells[(at + 8) % 16]!, 2) ^ rotate(cells[(at + 12) % 16]!, 1),
  );

const shiftRegister = (cell: number): number => (((cell ^ (cell >> 1)) & 1) << 3) | (cell >> 1);
const nextTweak = (cells: Cells): Cells =>
  shuffle(cells, TWEAK_CELLS).map((cell, at) => (SHIFTED_CELLS.has(at) ? shiftRegister(cell) : cell));

/** A linear function as 8 tables of 256 entries of two halves (high, low). Byte 0 is the most significant. */
function linearTable(apply: (cells: Cells) => Cells): Uint32Array {
  const table = new Uint32Array(8 * 256 * 2);
  for (let byte = 0; byte < 8; byte++) {
    for (let value = 0; value < 256; value++) {
      const result = fromCells(apply(toCells(BigInt(value) << BigInt(56 - 8 * byte))));
      table[(byte * 256 + value) * 2] = Number(result >> 32n);
      table[(byte * 256 + value) * 2 + 1] = Number(result & 0xffff_ffffn);
    }
  }
  return table;
}

const byteBox = (box: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, value) => (box[value >> 4]! << 4) | box[value & 15]!);

interface Tables {
  /** Shuffle, then mix; and the other way. */
  readonly forward: Uint32Array;
  readonly backward: Uint32Array;
  /** The inverse shuffle alone. */
  readonly unshuffled: Uint32Array;
  readonly tweak: Uint32Array;
  readonly substitute: Uint8Array;
  readonly restore: Uint8Array;
}

let tables: Tables | undefined;

const makeTables = (): Tables => ({
  forward: linearTable((cells) => mix(shuffle(cells, CELLS))),
  backward: linearTable((cells) => unshuffle(mix(cells), CELLS)),
  unshuffled: linearTable((cells) => unshuffle(cells, CELLS)),
  tweak: linearTable(nextTweak),
  substitute: byteBox(SBOX),
  restore: byteBox(SBOX.map((_, value) => SBOX.indexOf(value))),
});

/** Half `half` (0 high, 1 low) of a linear function. */
const applyLinear = (table: Uint32Array, high: number, low: number, half: number): number =>
  table[((high >>> 24) << 1) + half]! ^
  table[512 + (((high >>> 16) & 255) << 1) + half]! ^
  table[1024 + (((high >>> 8) & 255) << 1) + half]! ^
  table[1536 + ((high & 255) << 1) + half]! ^
  table[2048 + ((low >>> 24) << 1) + half]! ^
  table[2560 + (((low >>> 16) & 255) << 1) + half]! ^
  table[3072 + (((low >>> 8) & 255) << 1) + half]! ^
  table[3584 + ((low & 255) << 1) + half]!;

const applyBox = (box: Uint8Array, half: number): number =>
  (box[half >>> 24]! << 24) | (box[(half >>> 16) & 255]! << 16) | (box[(half >>> 8) & 255]! << 8) | box[half & 255]!;

const tweaksHigh = new Int32Array(LAST_ROUND + 2);
const tweaksLow = new Int32Array(LAST_ROUND + 2);

/**
 * ComputePAC. `operands`: pointer, modifier, key bits 63:0, key bits 127:64, each as its low and its high half. The
 * result goes to `result` as low and high half.
 */
export function qarma(operands: Uint32Array, result: Uint32Array): void {
  tables ??= makeTables();
  const { forward, backward, unshuffled, tweak, substitute, restore } = tables;
  const [dataLow, dataHigh, modifierLow, modifierHigh, coreLow, coreHigh, whiteLow, whiteHigh] =
    operands as unknown as readonly [number, number, number, number, number, number, number, number];
  // The whitening key at the other end: rotated right by one, bit 0 also takes the old bit 63.
  const endHigh = ((whiteLow & 1) << 31) | (whiteHigh >>> 1);
  const endLow = (((whiteHigh & 1) << 31) | (whiteLow >>> 1)) ^ (whiteHigh >>> 31);
  let high = dataHigh ^ whiteHigh;
  let low = dataLow ^ whiteLow;
  let tweakHigh = modifierHigh | 0;
  let tweakLow = modifierLow | 0;
  const linear = (table: Uint32Array): void => {
    const nextHigh = applyLinear(table, high, low, 0);
    low = applyLinear(table, high, low, 1);
    high = nextHigh;
  };
  const box = (table: Uint8Array): void => {
    high = applyBox(table, high);
    low = applyBox(table, low);
  };
  for (let round = 0; round <= LAST_ROUND; round++) {
    const [constantHigh, constantLow] = ROUND_CONSTANTS[round]!;
    tweaksHigh[round] = tweakHigh;
    tweaksLow[round] = tweakLow;
    high ^= coreHigh ^ tweakHigh ^ constantHigh;
    low ^= coreLow ^ tweakLow ^ constantLow;
    if (round > 0) linear(forward);
    box(substitute);
    const nextHigh = applyLinear(tweak, tweakHigh, tweakLow, 0);
    tweakLow = applyLinear(tweak, tweakHigh, tweakLow, 1);
    tweakHigh = nextHigh;
  }
  // The reflector, between two half rounds under the last tweak.
  high ^= endHigh ^ tweakHigh;
  low ^= endLow ^ tweakLow;
  linear(forward);
  box(substitute);
  linear(forward);
  high ^= coreHigh;
  low ^= coreLow;
  linear(unshuffled);
  box(restore);
  linear(backward);
  high ^= whiteHigh ^ tweakHigh;
  low ^= whiteLow ^ tweakLow;
  for (let round = LAST_ROUND; round >= 0; round--) {
    const [constantHigh, constantLow] = ROUND_CONSTANTS[round]!;
    box(restore);
    if (round > 0) linear(backward);
    high ^= coreHigh ^ tweaksHigh[round]! ^ constantHigh ^ ALPHA_HIGH;
    low ^= coreLow ^ tweaksLow[round]! ^ constantLow ^ ALPHA_LOW;
  }
  result[0] = (low ^ endLow) >>> 0;
  result[1] = (high ^ endHigh) >>> 0;
}
