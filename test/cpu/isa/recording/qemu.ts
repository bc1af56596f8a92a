/** Executes cases under qemu-aarch64: one process for all of them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from './cases';
import { MOST_WORDS } from './cases';
import type { Outcome } from './outcome';
import { endingOf, outcomeOf } from './outcome';
import { createState, pristineData, STATE_WORDS, WINDOW, WINDOW_SIZE } from './state';

const RECORDER = 'test/vectors/a64/recorder.c';
const STATE_SIZE = STATE_WORDS * 4;
const INPUT_SIZE = 32 + STATE_SIZE;
const OUTPUT_SIZE = 16 + STATE_SIZE;
/** Cases at a time: the input is a file of some tens of megabytes. */
const BATCH = 20_000;

export interface Qemu {
  execute(cases: readonly Case[]): Outcome[];
  close(): void;
}

/** Builds the recorder. Needs aarch64-linux-gnu-gcc and qemu-aarch64. */
export function createQemu(): Qemu {
  const folder = mkdtempSync(join(tmpdir(), 'a64-'));
  const program = join(folder, 'recorder');
  const input = join(folder, 'input');
  execFileSync('aarch64-linux-gnu-gcc', ['-O1', '-static', '-o', program, RECORDER]);
  const pristine = pristineData();
  const pristineWindow = new Uint32Array(pristine.slice(WINDOW, WINDOW + WINDOW_SIZE).buffer);
  const before = createState();
  const after = createState();

  function batch(cases: readonly Case[]): Outcome[] {
    const bytes = Buffer.alloc(cases.length * INPUT_SIZE);
    cases.forEach((test, index) => {
      const at = index * INPUT_SIZE;
      if (test.words.length > MOST_WORDS) throw new RangeError(`${test.words.length} words.`);
      test.fill(before);
      bytes.writeUInt32LE(test.words.length, at);
      test.words.forEach((word, place) => {
        bytes.writeUInt32LE(word, at + 4 + place * 4);
      });
      bytes.set(before.bytes, at + 32);
    });
    writeFileSync(input, bytes);
    // With SVE its signal frame would win over the V registers; the seed makes the PAuth keys the same every time.
    const run = `qemu-aarch64 -seed 1 -cpu max,sve=off,sme=off ${program} < ${input}`;
    const { stdout, status } = spawnSync('sh', ['-c', run], { maxBuffer: 2 ** 30 });
    if (status !== 0) throw new Error(`The recorder ended with ${status} after ${stdout.length} bytes.`);
    let at = 0;
    return cases.map((test) => {
      const [signal, first, length] = [0, 4, 8].map((offset) => stdout.readUInt32LE(at + offset)) as [
        number,
        number,
        number,
      ];
      after.bytes.set(stdout.subarray(at + 16, at + OUTPUT_SIZE));
      at += OUTPUT_SIZE;
      const window = pristineWindow.slice();
      if (length > 0) new Uint8Array(window.buffer).set(stdout.subarray(at, at + length), first - WINDOW);
      at += length;
      test.fill(before);
      return outcomeOf(endingOf(signal, before, after), before, after, pristineWindow, window);
    });
  }

  return {
    execute(cases) {
      const outcomes: Outcome[] = [];
      for (let at = 0; at < cases.length; at += BATCH) outcomes.push(...batch(cases.slice(at, at + BATCH)));
      return outcomes;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
