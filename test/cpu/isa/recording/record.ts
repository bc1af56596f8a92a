/**
 * Records test/vectors/a64/instructions.br: random instances of every row, executed by qemu-aarch64. Run with
 * `node scripts/record-a64.mjs instructions`; needs aarch64-linux-gnu-gcc and qemu-aarch64. Tests only read the file.
 */
import { writeFileSync } from 'node:fs';
import type { Row } from '../../../../emulator/cpu/table/row';
import { ROWS, rowOf } from '../../../../emulator/cpu/table/table';
import type { Case } from './cases';
import { fillInstance, instance, instanceWord, offsetOf, sequence } from './cases';
import type { Group, Sequence } from './files';
import { FILE, pack } from './files';
import { leftOut } from './left-out';
import type { Outcome } from './outcome';
import { digest, Ending } from './outcome';
import type { Qemu } from './qemu';
import { createQemu } from './qemu';
import { random } from './random';
import { createState } from './state';
import type { Shape } from './words';
import { shapeOf } from './words';

/** Instances in all, and those of each row whose outcome is kept as a whole. */
const TOTAL = 320_000;
const FULL = 12;
/** Instances of one run of qemu. */
const BATCH = 18_000;
const SEQUENCES = 600;

const scratch = createState();

/** Seeds of a row's instances that are words of the row and make sense. */
function instancesOf(row: Row, shape: Shape, count: number): number[] {
  const indices: number[] = [];
  for (let index = 0; index < count * 60 && indices.length < count; index++) {
    if (rowOf(instanceWord(shape, index)) !== row) continue;
    if (fillInstance(shape, index, 0, scratch) !== undefined) indices.push(index);
  }
  return indices;
}

/** Rows of more handlers get more instances. */
const weightOf = (row: Row): number =>
  row.fields.length === 0 ? 0.01 : 1 + Math.log2(row.splits.reduce((product, { count }) => product * count, 1)) / 4;

interface Chosen {
  readonly row: Row;
  readonly shape: Shape;
  readonly indices: readonly number[];
}

function choose(row: Row, count: number): Chosen {
  const shape = shapeOf(row);
  const indices = instancesOf(row, shape, count);
  if (indices.length < 4) throw new Error(`${row.name}: only ${indices.length} instances.`);
  return { row, shape, indices };
}

function groupOf({ row, shape, indices }: Chosen, outcomes: readonly Outcome[]): Group {
  const refused = outcomes.filter(({ ending }) => ending !== Ending.Done && ending !== Ending.Fault).length;
  if (refused > 0) console.error(`${row.name}: qemu refuses ${refused} of ${indices.length}`);
  return {
    shape,
    indices,
    digests: Uint32Array.from(outcomes.map(digest)),
    outcomes: outcomes.slice(0, FULL),
  };
}

/** Rows together, as many as make a batch: qemu starts once for all of them. */
function recordGroups(qemu: Qemu, all: readonly Chosen[]): Group[] {
  const groups: Group[] = [];
  let waiting: Chosen[] = [];
  const flush = (): void => {
    const cases = waiting.flatMap(({ shape, indices }) => indices.map((at, n) => instance(shape, at, offsetOf(n))));
    const outcomes = qemu.execute(cases);
    let first = 0;
    for (const chosen of waiting) {
      groups.push(groupOf(chosen, outcomes.slice(first, first + chosen.indices.length)));
      first += chosen.indices.length;
    }
    waiting = [];
  };
  let count = 0;
  for (const chosen of all) {
    waiting.push(chosen);
    count += chosen.indices.length;
    if (count < BATCH) continue;
    flush();
    count = 0;
  }
  flush();
  return groups;
}

/** Load and store of the same size: other sizes are CONSTRAINED UNPREDICTABLE (Arm ARM B2.9.5). */
function exclusives(count: number): { words: number[]; seed: number }[] {
  const next = random(77);
  const loads = ROWS.filter((row) => /^LDA?XR/.test(row.name));
  const loadPairs = ROWS.filter((row) => /^LDA?XP/.test(row.name));
  const stores = ROWS.filter((row) => /^STL?XR/.test(row.name));
  const storePairs = ROWS.filter((row) => /^STL?XP/.test(row.name));
  const clrex = 0xd5033f5f;
  const setRegisters = (word: number, rs: number, rt2: number, rt: number): number =>
    ((word & 0xffe0_8000) | (rs << 16) | (rt2 << 10) | (1 << 5) | rt) >>> 0;
  return Array.from({ length: count }, (_, index) => {
    const pair = index % 3 === 0;
    const pick = (rows: readonly Row[], size: number): Row => rows[(size * 2 + (next() % 2)) % rows.length]!;
    const size = next() % 4;
    const load = setRegisters((pair ? pick(loadPairs, size % 2) : pick(loads, size)).value, 31, pair ? 3 : 31, 2);
    const store = setRegisters((pair ? pick(storePairs, size % 2) : pick(stores, size)).value, 6, pair ? 5 : 31, 4);
    const middle = [[], [clrex], [0xf9000020], [0xf9000c20]][next() % 8] ?? [];
    return { words: [load, ...middle, store, ...(next() % 4 === 0 ? [store] : [])], seed: next() };
  });
}

function recordSequences(qemu: Qemu): Sequence[] {
  const all = exclusives(SEQUENCES);
  const cases = all.map(({ words, seed }): Case => sequence(words, seed, offsetOf(0)));
  return qemu.execute(cases).map((outcome, index) => ({ ...all[index]!, digest: digest(outcome) }));
}

export function record(): void {
  const qemu = createQemu();
  try {
    const rows = ROWS.filter((row) => leftOut(row) === undefined);
    const scale = TOTAL / rows.reduce((sum, row) => sum + weightOf(row), 0);
    const chosen = rows.map((row) => choose(row, Math.max(8, Math.ceil(weightOf(row) * scale))));
    const groups = recordGroups(qemu, chosen);
    const bytes = pack({ groups, sequences: recordSequences(qemu) });
    writeFileSync(FILE, bytes);
    const count = groups.reduce((sum, { indices }) => sum + indices.length, 0);
    console.log(`${count} instances of ${groups.length} rows, ${bytes.length} bytes`);
  } finally {
    qemu.close();
  }
}
