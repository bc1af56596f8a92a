/** Whatever a trace holds, replaying it ends in counts or a named error: never in anything else, and never not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '../../attestation/problem';
import { replayDiffering } from '../../emulator/rmm/replay/first';
import { decodeHeader } from '../../emulator/rmm/replay/header';
import { replayText } from '../../emulator/rmm/replay/session';
import { begin, traceLines } from '../support/rmm-traces';

const NAMES = ['directed/enter-40-sl1', 'directed/multi-a', 'directed/lpa2-lifecycle-52-slm1'];

/** Values that formats get wrong. */
const strange = fc.oneof(
  fc.constantFrom<unknown>('0x0', '0x1', '0xffffffffffffffff', '0x80000000', '0x8000000000000000', '', null, [], {}),
  fc.integer(),
  fc.string(),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => `0x${value.toString(16)}`),
  fc.array(fc.bigInt({ min: 0n, max: 2n ** 53n }).map((value) => `0x${value.toString(16)}`)),
);

interface Alteration {
  /** Which member, counted through the whole line, and what it becomes. */
  readonly member: number;
  readonly value: unknown;
  /** Or: which character, and what it becomes. */
  readonly character: readonly [number, string] | null;
}

const alteration: fc.Arbitrary<Alteration> = fc.record({
  member: fc.nat(60),
  value: strange,
  character: fc.option(fc.tuple(fc.nat(400), fc.string({ minLength: 1, maxLength: 1 })), { freq: 4 }),
});

function alter(text: string, { member, value, character }: Alteration): string {
  if (character !== null) {
    const at = character[0] % text.length;
    return text.slice(0, at) + character[1] + text.slice(at + 1);
  }
  let seen = 0;
  return JSON.stringify(JSON.parse(text, (_, each: unknown) => (seen++ === member ? value : each))) ?? 'nothing';
}

function onlyProblems(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Problem, String((error as Error).stack));
    assert.equal(error.blame, 'usage');
  }
}

test('altered lines: every one is replayed or refused by name', () => {
  for (const name of NAMES) {
    const [header = '', ...lines] = traceLines(name);
    let replay = begin(name, header);
    let at = 0;
    fc.assert(
      fc.property(alteration, fc.boolean(), (change, first) => {
        const text = lines[at] ?? '';
        const altered = alter(text, change);
        onlyProblems(() => (first ? replayDiffering(replay, altered) : replayText(replay, altered)));
        // The Realm may be in another state by now than the recorded one: that must not matter either.
        onlyProblems(() => replayText(replay, text));
        at++;
        if (at < lines.length && replay.stopped === null && !replay.ended) return;
        replay = begin(name, header);
        at = 0;
      }),
      { numRuns: 1200, endOnFailure: true },
    );
  }
});

test('altered headers: every one makes a platform or is refused by name', () => {
  const [header = ''] = traceLines('directed/granule-a');
  fc.assert(
    fc.property(alteration, (change) => onlyProblems(() => decodeHeader(alter(header, change), 'header:1'))),
    { numRuns: 500 },
  );
});
