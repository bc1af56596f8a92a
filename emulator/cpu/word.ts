/**
 * A 64-bit value as a number where it is a whole number below 2^53, else as a bigint. Most register values are small or
 * addresses, and making a bigint costs more than a stage of a command.
 */
export type Word = number | bigint;

const TWO_32 = 0x1_0000_0000;

/** Stores a word, little endian. Negative numbers wrap to 64 bits. */
export function storeWord(view: DataView, at: number, word: Word): void {
  if (typeof word === 'bigint') {
    view.setBigUint64(at, word, true);
    return;
  }
  const high = word >>> 0 === word ? 0 : Math.floor(word / TWO_32);
  view.setUint32(at, word - high * TWO_32, true);
  view.setUint32(at + 4, high, true);
}

/** Loads a word, little endian. */
export function loadWord(view: DataView, at: number): Word {
  const high = view.getUint32(at + 4, true);
  return high < 0x20_0000 ? high * TWO_32 + view.getUint32(at, true) : view.getBigUint64(at, true);
}
