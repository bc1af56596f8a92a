/** What `npm run fuzz` runs: fuzzing for some seconds, from some seed on. */
import { fuzz, fuzzTwice } from './fuzz';
import { nonSecureWorld, realmWorld } from './worlds';

/** Every how many runs one is done again in pieces. */
const TWICE = 16;

export function main([secondsText, seedText]: readonly string[]): void {
  const seconds = Number(secondsText ?? 60);
  const first = Number(seedText ?? 1);
  const worlds = [nonSecureWorld(), realmWorld()];
  const ends = new Map<string, number>();
  const began = Date.now();
  let steps = 0;
  let seed = first;
  let said = 0;
  for (; Date.now() - began < seconds * 1000; seed++) {
    const world = worlds[seed % worlds.length] as (typeof worlds)[number];
    // Before the run, so that one that hangs can be found.
    if (Date.now() - said > 5000) {
      said = Date.now();
      console.log(`seed ${seed} (${world.name})`);
    }
    try {
      const run = seed % TWICE === 0 ? fuzzTwice(world, seed) : fuzz(world, seed);
      steps += run.steps;
      const key = `${world.name}: ${run.ended}`;
      ends.set(key, (ends.get(key) ?? 0) + 1);
    } catch (error) {
      console.log(`seed ${seed} (${world.name}) fails; node scripts/fuzz.mjs 1 ${seed} repeats it`);
      console.log(error);
      process.exitCode = 1;
      return;
    }
  }
  console.log(`${seed - first} runs, ${steps} steps`);
  for (const [end, count] of ends) console.log(`${String(count).padStart(6)}  ${end}`);
}
