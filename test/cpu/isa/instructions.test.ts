/** Every row against qemu-aarch64: recorded instances and exclusive sequences, replayed on our PE. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { disassemble } from '../../../emulator/cpu/disassembly/disassemble';
import { ROWS } from '../../../emulator/cpu/table/table';
import type { FlatOptions } from '../../support/flat-machine';
import { instance, offsetOf, sequence } from './recording/cases';
import type { Group } from './recording/files';
import { FILE, unpack } from './recording/files';
import { leftOut } from './recording/left-out';
import { differences, digest, inputs } from './recording/outcome';
import type { Replayer } from './recording/replay';
import { createReplayer } from './recording/replay';
import { CODE } from './recording/state';

const { groups, sequences } = unpack(readFileSync(FILE));

const textOf = (words: readonly number[], offset: number): string =>
  words
    .map((word, index) => {
      const { text } = disassemble(word, CODE + BigInt(offset + index * 4));
      return `${word.toString(16).padStart(8, '0')} ${text}`;
    })
    .join('; ');

/** Instances share a page, 512 at a time. */
const PAGE = 512;

/** The instances that end differently from what qemu recorded: what was run, on what, and how it differs. */
function failuresOf(replayer: Replayer, { shape, indices, digests, outcomes }: Group, share: number): string[] {
  const failures: string[] = [];
  const cases = indices.slice(0, Math.ceil(indices.length * share)).map((index, at) => {
    return instance(shape, index, offsetOf(at));
  });
  for (let first = 0; first < cases.length; first += PAGE) {
    const page = cases.slice(first, first + PAGE);
    replayer.place(page);
    page.forEach((each, at) => {
      const ours = replayer.run(each);
      if (digest(ours) === digests[first + at]) return;
      const full = outcomes[first + at];
      const lines = full === undefined ? ['its outcome has another digest'] : differences(ours, full, replayer.before);
      const given = inputs(each.words, replayer.before);
      failures.push(`${textOf(each.words, each.offset)}\n  in: ${given}\n  ${lines.join('\n  ')}`);
    });
  }
  return failures;
}

function replay(options: FlatOptions, share = 1, only: (group: Group) => boolean = () => true): void {
  const replayer = createReplayer(options);
  const wanted = groups.filter(only);
  assert.ok(wanted.length > 0);
  const wrong: string[] = [];
  for (const group of wanted) {
    const failures = failuresOf(replayer, group, share);
    if (failures.length > 0)
      wrong.push(`${group.shape.name}: ${failures.length} differ\n${failures.slice(0, 3).join('\n')}`);
  }
  assert.equal(wrong.length, 0, `${wrong.length} rows differ from qemu:\n${wrong.slice(0, 20).join('\n')}`);
}

test('there are enough recorded instances, and some of every row', () => {
  assert.ok(groups.reduce((sum, { indices }) => sum + indices.length, 0) >= 300_000);
  const recorded = new Set(groups.map(({ shape: { name, value, mask } }) => `${name} ${value} ${mask}`));
  const missing = ROWS.filter((row) => leftOut(row) === undefined)
    .filter(({ name, value, mask }) => !recorded.has(`${name} ${value} ${mask}`))
    .map(({ name }) => name);
  assert.deepEqual(missing, [], 'Record them: node scripts/record-a64.mjs instructions');
});

test('every recorded instruction gives what qemu gave', () => replay({ engine: 'interpreter' }));

test('the translator gives the same for a share of them', () => replay({ engine: 'translator' }, 0.1));

const touchesMemory = ({ shape }: Group): boolean => ((shape.value >>> 25) & 5) === 4;

test('the same when no access hits the TLB', () => replay({ neverFill: true }, 0.1, touchesMemory));

test('the same when every access goes through the scratch area', () => replay({ scratch: true }, 0.1, touchesMemory));

test('exclusive sequences give what qemu gave, as a whole and one instruction at a time', () => {
  const replayer = createReplayer();
  for (const { words, seed, digest: expected } of sequences) {
    const each = sequence(words, seed, offsetOf(0));
    replayer.place([each]);
    assert.equal(digest(replayer.run(each)), expected, textOf(words, each.offset));
    assert.equal(digest(replayer.run(each, true)), expected, textOf(words, each.offset));
  }
});
