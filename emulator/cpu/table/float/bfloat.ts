/** Products of BFloat16 numbers: BFDOT, BFMMLA, BFMLALB, BFMLALT (Arm ARM C4.1.96, FEAT_BF16). */
import { multiplyAdd } from '../../float/arithmetic';
import { dotAdd, widened } from '../../float/bfloat';
import { HALF, SINGLE } from '../../float/format';
import type { VectorState } from '../../vector-state';
import type { Fields, Row } from '../row';
import { join } from '../text';
import { completed, readLane } from './lane-row';
import { elementText, lanesText } from './text';

const EXTENSION = 'C4.1.96 Advanced SIMD three-register extension';
const BY_ELEMENT = 'C4.1.96 Advanced SIMD vector x indexed element';

const pair = (state: VectorState, n: number, at: number): readonly [bigint, bigint] => [
  readLane(state, n, 16, 2 * at),
  readLane(state, n, 16, 2 * at + 1),
];

const lanesOf = (f: Fields): number => (f['Q'] === 1 ? 4 : 2);
const pairIndex = (f: Fields): number => f['H']! * 2 + f['L']!;
const accumulator = (state: VectorState, f: Fields, at: number): bigint => readLane(state, f['Rd']!, 32, at);
const bySingles = (lanes: number, f: Fields): string[] => [
  lanesText(SINGLE, lanes, f['Rd']!),
  lanesText(HALF, 2 * lanes, f['Rn']!),
];

const dots = [false, true].map((indexed) =>
  completed({
    name: indexed ? 'BFDOT (by element)' : 'BFDOT (vector)',
    section: indexed ? BY_ELEMENT : EXTENSION,
    feature: 'FEAT_BF16',
    encoding: indexed ? '0 Q 0 01111 01 L Rm:5 1111 H 0 Rn:5 Rd:5' : '0 Q 1 01110 01 0 Rm:5 111111 Rn:5 Rd:5',
    width: 32,
    results: (_environment, state, f) =>
      Array.from({ length: lanesOf(f) }, (_, at) =>
        dotAdd(
          accumulator(state, f, at),
          pair(state, f['Rn']!, at),
          pair(state, f['Rm']!, indexed ? pairIndex(f) : at),
        ),
      ),
    text: (f) =>
      join(
        'bfdot',
        ...bySingles(lanesOf(f), f),
        indexed ? `v${f['Rm']}.2h[${pairIndex(f)}]` : lanesText(HALF, 2 * lanesOf(f), f['Rm']!),
      ),
  }),
);

/** Two rows of four by two rows of four: each of the four results takes two dot products of two. */
const matrix = completed({
  name: 'BFMMLA',
  section: EXTENSION,
  feature: 'FEAT_BF16',
  encoding: '0 1 1 01110 01 0 Rm:5 111011 Rn:5 Rd:5',
  width: 32,
  results: (_environment, state, f) =>
    [0, 1, 2, 3].map((at) => {
      const [left, right] = [2 * (at >> 1), 2 * (at & 1)];
      const first = dotAdd(accumulator(state, f, at), pair(state, f['Rn']!, left), pair(state, f['Rm']!, right));
      return dotAdd(first, pair(state, f['Rn']!, left + 1), pair(state, f['Rm']!, right + 1));
    }),
  text: (f) => join('bfmmla', ...bySingles(4, f), lanesText(HALF, 8, f['Rm']!)),
});

const elementIndex = (f: Fields): number => f['H']! * 4 + f['L']! * 2 + f['M']!;

/** The even or odd elements, as FMLA of singles does it: with FPCR and flags. */
const longs = ([0, 1] as const).flatMap((odd) =>
  [false, true].map((indexed) => {
    const mnemonic = odd === 1 ? 'bfmlalt' : 'bfmlalb';
    return completed({
      name: `${mnemonic.toUpperCase()} (${indexed ? 'by element' : 'vector'})`,
      section: indexed ? BY_ELEMENT : EXTENSION,
      feature: 'FEAT_BF16',
      encoding: indexed
        ? `0 ${odd} 0 01111 11 L M Rm:4 1111 H 0 Rn:5 Rd:5`
        : `0 ${odd} 1 01110 11 0 Rm:5 111111 Rn:5 Rd:5`,
      width: 32,
      results: (environment, state, f) =>
        [0, 1, 2, 3].map((at) => {
          const left = widened(readLane(state, f['Rn']!, 16, 2 * at + odd));
          const right = widened(readLane(state, f['Rm']!, 16, indexed ? elementIndex(f) : 2 * at + odd));
          return multiplyAdd(environment, SINGLE, accumulator(state, f, at), left, right);
        }),
      text: (f) =>
        join(
          mnemonic,
          ...bySingles(4, f),
          indexed ? elementText(HALF, f['Rm']!, elementIndex(f)) : lanesText(HALF, 8, f['Rm']!),
        ),
    });
  }),
);

export const FLOAT_BFLOAT: readonly Row[] = [...dots, matrix, ...longs];
