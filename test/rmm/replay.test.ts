/**
 * Recorded traces of another RMM, call by call: every returned register, measurement, granule state and Realm register.
 * `npm run conformance` replays all of them; here run the directed ones and a share of the random ones.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Problem } from '../../attestation/problem';
import { DEVIATIONS } from '../../emulator/rmm/replay/deviations';
import { replayText } from '../../emulator/rmm/replay/session';
import { begin, replayLines, TRACES, traceLines, tracesIn } from '../support/rmm-traces';

const RANDOM = ['random-a-1', 'random-a-4', 'random-a-24', 'random-a-36', 'random-b-101', 'random-b-103'];

for (const [title, names] of [
  ['directed', tracesIn('directed')],
  ['version-dependent', tracesIn('version-dependent')],
  ['random', RANDOM.map((name) => `random/${name}`)],
] as const) {
  describe(`recorded RMM traces, ${title}`, () => {
    for (const name of names) {
      test(name, () => {
        const replay = replayLines(name, traceLines(name));
        assert.deepEqual(replay.first, null);
        assert.equal(replay.mismatches, 0);
        assert.equal(replay.stopped, null);
        assert.deepEqual([...replay.strange], []);
        assert.ok(replay.calls > 0);
      });
    }
  });
}

interface ManifestEntry {
  readonly file: string;
  readonly calls: number;
  readonly sha256: string;
}

test('the copies are those of the manifest, all of them', () => {
  const manifest = JSON.parse(readFileSync(`${TRACES}/manifest.json`, 'utf8')) as readonly ManifestEntry[];
  const there = ['directed', 'random', 'v1.1-alpha', 'version-dependent'].flatMap(tracesIn);
  assert.deepEqual(there.sort(), manifest.map(({ file }) => file.replace('.jsonl.gz', '')).sort());
  for (const { file, sha256 } of manifest) {
    assert.equal(
      createHash('sha256')
        .update(readFileSync(`${TRACES}/${file}`))
        .digest('hex'),
      sha256,
      file,
    );
  }
});

test('the release that recorded a trace decides where releases differ', () => {
  const [header = '', ...lines] = traceLines('version-dependent/ripas-destroyed-to-empty-v0.8.0');
  const older = JSON.stringify({ ...JSON.parse(header), oracle: 'TF-RMM tf-rmm-v0.7.0' });
  assert.equal(replayLines('altered', [header, ...lines]).mismatches, 0);
  assert.notEqual(replayLines('altered', [older, ...lines]).mismatches, 0);
  for (const [spec, oracle, expected] of [
    ['RMM-1.0', 'another RMM', 'stop'],
    ['RMM-1.1', 'another RMM', 'change'],
    ['RMM-1.1', 'tf-rmm-v0.7.0', 'stop'],
    ['RMM-1.0', 'tf-rmm-v0.10.1', 'change'],
  ]) {
    const { platform } = begin('x', JSON.stringify({ ...JSON.parse(header), spec, oracle })).machine;
    assert.equal(platform.rmm.ripasOverDestroyed, expected, `${spec} ${oracle}`);
    assert.equal(platform.rmm.versionSet, spec === 'RMM-1.0' ? '1.0' : '1.1-v0.8.0');
  }
});

test('what needs Planes is refused by name', () => {
  const name = 'v1.1-alpha/v11-planes-40-sl1';
  assert.throws(
    () => replayLines(name, traceLines(name)),
    (error: unknown) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.code, 'trace-not-modelled');
      assert.match(error.message, /^v1\.1-alpha\/v11-planes-40-sl1:20: .*Planes/);
      return true;
    },
  );
  const header = traceLines(name)[0] ?? '';
  const auxiliary = { fid: '0xc400017d', name: 'RMI_RTT_AUX_CREATE', x: [], ret: ['0x0'] };
  assert.throws(() => replayText(begin(name, header), JSON.stringify(auxiliary)), /calls RMI_RTT_AUX_CREATE.*Planes/);
});

test('deviations are few, told apart, and in docs/fidelity.md word for word', () => {
  assert.ok(DEVIATIONS.length <= 10);
  assert.equal(new Set(DEVIATIONS.map(({ id }) => id)).size, DEVIATIONS.length);
  const page = readFileSync('docs/fidelity.md', 'utf8');
  for (const { id, command, condition, reason } of DEVIATIONS) {
    assert.ok(page.includes(`| \`${id}\` | ${command} ${condition} | ${reason} |`), id);
  }
});

describe('a deviation explains just what its rule says', () => {
  const lines = traceLines('directed/enter-40-sl1');
  const at = 274;
  const recorded = JSON.parse(lines[at] ?? '') as { out: [{ w: Record<string, string> }]; ret: string[] };

  /** Replays up to the call that a rule explains, altered. */
  function judge(alter: (line: typeof recorded) => void) {
    const replay = begin('enter', lines[0] ?? '');
    for (const line of lines.slice(1, at)) replayText(replay, line);
    const line = structuredClone(recorded);
    alter(line);
    replayText(replay, JSON.stringify(line));
    return replay;
  }

  test('as recorded', () => {
    const { mismatches, deviations } = judge(() => {});
    assert.equal(mismatches, 0);
    assert.deepEqual(
      [...deviations].map(([{ id }, calls]) => [id, calls]),
      [['unprotected-abort', 1]],
    );
  });

  const ALTERED: readonly (readonly [string, (line: typeof recorded) => void, string])[] = [
    ['another syndrome', ({ out }) => Object.assign(out[0].w, { '0x900': '0x90000006' }), 'exit.esr'],
    ['another address', ({ out }) => Object.assign(out[0].w, { '0x908': '0x120' }), 'exit.far'],
    ['another register', ({ out }) => Object.assign(out[0].w, { '0xa00': '0x1' }), 'exit.gprs[0]'],
    ['another IPA', ({ out }) => Object.assign(out[0].w, { '0x910': '0x80000060' }), 'exit.hpfar'],
    ['another field', ({ out }) => Object.assign(out[0].w, { '0xe00': '0x1' }), 'exit.imm'],
  ];
  for (const [title, alter, what] of ALTERED) {
    test(title, () => {
      const { mismatches, first } = judge(alter);
      assert.equal(mismatches, 1);
      assert.deepEqual(
        first?.mismatches.map((each) => each.what),
        [what],
      );
    });
  }

  test('a refused call has no deviations', () => {
    const { mismatches, deviations } = judge((line) => {
      line.ret = ['0x1'];
    });
    assert.equal(mismatches, 1);
    assert.equal(deviations.size, 0);
  });
});

describe('rules that no recorded trace needs', () => {
  const lines = traceLines('directed/enter-40-sl1');
  const at = lines.findIndex((line) => line.includes('"exc":"fiq"'));
  const entry = JSON.parse(lines[at] ?? '') as { x: string[]; realm: { do: Record<string, unknown> }[] };

  /** The first entry of the trace, left in another way. */
  function leave(deed: Record<string, unknown>, exit: Record<string, string>) {
    const replay = begin('enter', lines[0] ?? '');
    for (const line of lines.slice(1, at)) replayText(replay, line);
    const [stay] = entry.realm;
    const out = [{ pa: entry.x[1], w: exit }];
    replayText(replay, JSON.stringify({ ...entry, realm: [{ ...stay, do: deed }], out }));
    return { first: replay.first?.mismatches ?? [], rules: [...replay.deviations.keys()].map(({ id }) => id) };
  }

  test('serror-class', () => {
    const deed = { exc: 'serror', esr: '0xbe000c11' };
    assert.deepEqual(leave(deed, { '0x800': '0x6', '0x900': '0xc11' }), { first: [], rules: ['serror-class'] });
    const other = leave(deed, { '0x800': '0x6', '0x900': '0xc10' });
    assert.deepEqual([other.first.map(({ what }) => what), other.rules], [['exit.esr'], []]);
  });

  test('host-call-hpfar', () => {
    // IPA 0x8000 is RAM and unmapped: the block is looked for and not found.
    const deed = { exc: 'sync', esr: '0x5e000000', set: { x0: '0xc4000199', x1: '0x8300' } };
    const { first } = leave(deed, {});
    const esr = first.find(({ what }) => what === 'exit.esr')?.actual ?? '0x0';
    assert.equal(BigInt(esr) >> 3n, 0x9000_0004n >> 3n, JSON.stringify(first));
    assert.deepEqual(leave(deed, { '0x900': esr, '0x910': '0x83' }), { first: [], rules: ['host-call-hpfar'] });
    assert.deepEqual(leave(deed, { '0x900': esr, '0x910': '0x93' }).rules, []);
  });
});
