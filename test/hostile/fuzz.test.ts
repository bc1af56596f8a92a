/**
 * A share of the fuzzing (`npm run fuzz` goes on for as long as one likes): random words as code, page tables and system
 * registers, for a Host that is real code on three PEs and for a Realm. FUZZ_RUNS and FUZZ_SEED say how much and what.
 */
import { test } from 'node:test';
import { fuzz, fuzzTwice } from './fuzz/fuzz';
import { nonSecureWorld, realmWorld } from './fuzz/worlds';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 40);
const FIRST = Number(process.env['FUZZ_SEED'] ?? 1000);

for (const create of [nonSecureWorld, realmWorld]) {
  const world = create();
  test(`the machine stands ${RUNS} runs of random code (${world.name})`, () => {
    for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
      try {
        // Some twice, the second time in pieces: all state is the same.
        if (seed % 10 === 0) fuzzTwice(world, seed);
        else fuzz(world, seed);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
}
