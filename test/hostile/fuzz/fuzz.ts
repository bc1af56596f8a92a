/** Runs of episodes: each from the same saved state, all of it following from a seed. */
import { Problem } from '../../../attestation/problem';
import { type RunResult, run } from '../../../emulator/machine/run-loop';
import { hashMachine, restoreMachine } from '../../../emulator/machine/snapshot';
import { createRandom } from '../support';
import { episode, type Run } from './episode';
import { changedNeighbours, forbiddenTranslations, type World } from './world';

const EPISODES = 60;

/** What stopped a run that is no failure, by code; and steps in all. */
export interface FuzzRun {
  readonly steps: number;
  readonly ended: string;
  readonly hash: string | undefined;
}

/** Runs `steps` as a whole, or in random pieces: nothing the machine can see differs. */
function runner({ machine }: World, pieces: number | undefined, count: { steps: number }): Run {
  const random = pieces === undefined ? undefined : createRandom(pieces);
  const whole: Run = (steps) => {
    const result = run(machine, { steps });
    count.steps += result.steps;
    if (result.steps > steps) throw new Error(`${result.steps} steps of ${steps}.`);
    return result;
  };
  if (random === undefined) return whole;
  return (steps) => {
    let done = 0;
    let result: RunResult = { steps: 0, reason: 'steps' };
    while (done < steps && result.reason === 'steps') {
      result = whole(Math.min(steps - done, 1 + random.below(17)));
      done += result.steps;
    }
    return { steps: done, reason: result.reason };
  };
}

/**
 * One run. @throws Error when the machine fails: an exception that is no Problem, an instruction that is advertised and
 * not built, a neighbour that changed, a translation of what may not be reached.
 */
export function fuzz(world: World, seed: number, options: { pieces?: number; hash?: boolean } = {}): FuzzRun {
  const { machine, start } = world;
  restoreMachine(machine, start);
  const random = createRandom(seed);
  const count = { steps: 0 };
  const go = runner(world, options.pieces, count);
  let ended = 'done';
  try {
    for (let index = 0; index < EPISODES && ended === 'done'; index++) {
      const { reason } = episode(world, go, random);
      const requested = machine.stop.requested;
      if (requested?.kind === 'error') ended = `stop: ${requested.text.replace(/0x[0-9a-f]+/g, '#')}`;
      else if (reason === 'halted' || reason === 'resets') ended = reason;
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    ended = error.code;
  }
  const wrong = [...changedNeighbours(world), ...forbiddenTranslations(world)];
  if (wrong.length > 0) throw new Error(wrong.slice(0, 5).join('; '));
  return { steps: count.steps, ended, hash: options.hash === true ? hashMachine(machine) : undefined };
}

/** The same run twice, the second time in pieces: they must agree. */
export function fuzzTwice(world: World, seed: number): FuzzRun {
  const whole = fuzz(world, seed, { hash: true });
  const pieces = fuzz(world, seed, { hash: true, pieces: seed + 1 });
  if (whole.hash !== pieces.hash || whole.steps !== pieces.steps || whole.ended !== pieces.ended) {
    throw new Error(`In pieces: ${pieces.steps} steps, ${pieces.ended}; as a whole: ${whole.steps}, ${whole.ended}.`);
  }
  return whole;
}
