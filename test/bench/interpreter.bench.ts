/** The interpreter against qemu-system-aarch64 (TCG) on the same bare-metal integer work (test/bench/guests). */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Exit } from '../../emulator/cpu/exit';
import { BUDGET } from '../../emulator/cpu/layout';
import { createFlatMachine, PE_STATE, putWords } from '../support/flat-machine';
import { QEMU_RAM, qemuMilliseconds, qemuVersion } from './qemu';
import type { Row } from './row';
import { median } from './row';

const START = BigInt(QEMU_RAM);
/** Where start.S keeps the number of iterations. */
const ITERATIONS = 0x20;
const SVC = 0xd4000001;
const SLICE = 1_000_000;

const image = gunzipSync(readFileSync('test/bench/guests/kernels.bin.gz'));

function wordsFor(iterations: number): number[] {
  const bytes = Buffer.from(image);
  bytes.writeBigUInt64LE(BigInt(iterations), ITERATIONS);
  return [...new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
}

/** Instructions and milliseconds of a number of iterations. The guest runs past its end into an SVC. */
function interpret(iterations: number): { instructions: number; milliseconds: number } {
  const machine = createFlatMachine([{ va: START, size: image.length + 4096 }]);
  putWords(machine, START, [...wordsFor(iterations), SVC]);
  machine.setPc(START);
  const start = performance.now();
  let instructions = 0;
  let exit: number = Exit.Budget;
  while (exit === Exit.Budget) {
    exit = machine.run(SLICE);
    instructions += SLICE - machine.view().getInt32(PE_STATE + BUDGET, true);
  }
  if (exit !== Exit.Svc) throw new Error(`The guest left with exit ${exit} at ${machine.pc().toString(16)}.`);
  return { instructions, milliseconds: performance.now() - start };
}

const FEW = 1;
const MANY = 1500;

export async function measure(): Promise<readonly Row[]> {
  interpret(100);
  const runs = [1, 2, 3].map(() => interpret(300));
  const speeds = runs.map(({ instructions, milliseconds }) => instructions / milliseconds / 1000);
  const ours = median(speeds);
  const name = 'interpreter, integer kernels';
  const version = qemuVersion();
  if (version === undefined) return [{ name, value: ours, unit: 'MIPS', note: 'no qemu-system-aarch64 here' }];
  const perIteration = runs[0]!.instructions / 300;
  const spent = (await qemuMilliseconds(wordsFor(MANY))) - (await qemuMilliseconds(wordsFor(FEW)));
  const theirs = (perIteration * (MANY - FEW)) / spent / 1000;
  const peer = { name: `qemu-system-aarch64 ${version} TCG`, value: theirs };
  return [
    { name, value: ours, unit: 'MIPS', peer },
    { name: 'interpreter as a share of TCG', value: ours / theirs, unit: '', goal: { atLeast: 0.2 } },
  ];
}
