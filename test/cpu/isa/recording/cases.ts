/** Cases: one instruction (or a few) on one state. Everything follows from a seed. */
import { placeAddresses } from './placing';
import { random } from './random';
import type { State } from './state';
import { AT, CODE, DATA, fillState, WINDOW, writeX } from './state';
import type { Shape } from './words';
import { seedOf, wordOf } from './words';

export const MOST_WORDS = 4;

export const Signal = { None: 5, Illegal: 4, Bus: 7, Fault: 11 } as const;

export interface Case {
  readonly words: readonly number[];
  /** Offset of the first word in the code region. */
  readonly offset: number;
  /** Fills the state it starts from. Which registers: all but PC, which follows from the offset. */
  fill(state: State): void;
}

/** Cases share a page, 512 of them: nothing executes the word before one, and a branch into one is not followed. */
const FIRST_OFFSET = 0x8004;
export const offsetOf = (index: number): number => FIRST_OFFSET + (index % 512) * 8;

const startAt = (state: State, offset: number): void => {
  const pc = CODE + BigInt(offset);
  state.words[AT.pc] = Number(pc & 0xffff_ffffn);
  state.words[AT.pc + 1] = Number(pc >> 32n);
};

/** Fills the state of an instance of a shape and returns its word, or undefined when it is of no use. */
export function fillInstance(shape: Shape, index: number, offset: number, state: State): number | undefined {
  const next = random(seedOf(shape, index));
  const word = wordOf(shape, next);
  fillState(state, word, next);
  startAt(state, offset);
  return placeAddresses(state, word, next) ? word : undefined;
}

/** The words of an instance, without its state. */
export const instanceWord = (shape: Shape, index: number): number => wordOf(shape, random(seedOf(shape, index)));

export const instance = (shape: Shape, index: number, offset: number): Case => ({
  words: [instanceWord(shape, index)],
  offset,
  fill: (state) => void fillInstance(shape, index, offset, state),
});

/** A sequence of words with X1 on an aligned address. */
export const sequence = (words: readonly number[], seed: number, offset: number): Case => ({
  words,
  offset,
  fill(state) {
    const next = random(seed);
    fillState(state, words[0]!, next);
    startAt(state, offset);
    writeX(state, 1, DATA + BigInt(WINDOW + 64 + (next() % 32) * 16));
  },
});
