/** `realmscope replay`: what it prints, its exit codes, and files that are not what they should be. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Answer, commandLine } from '../support/command-line';

const { folder, run } = commandLine();
const VECTORS = join(process.cwd(), 'test/vectors/rmm');
const GOOD = join(VECTORS, 'directed/granule-a.jsonl.gz');
const ENTER = join(VECTORS, 'directed/enter-40-sl1.jsonl.gz');
const PLANES = join(VECTORS, 'v1.1-alpha/v11-planes-40-sl1.jsonl.gz');

interface Replayed extends Answer {
  /** The last line printed. */
  readonly last: string;
}

function replay(...args: readonly string[]): Replayed {
  const answer = run(['replay', ...args], { cwd: folder });
  return { ...answer, last: answer.out.trimEnd().split('\n').at(-1) ?? '' };
}

const linesOf = (path: string): string[] => gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');

function write(name: string, content: string | Uint8Array | readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    typeof content === 'string' || content instanceof Uint8Array ? content : `${content.join('\n')}\n`,
  );
  return path;
}

/** The good trace with one line replaced. */
function altered(name: string, at: number, line: string | ((line: Record<string, unknown>) => unknown)): string {
  const lines = linesOf(GOOD);
  if (typeof line === 'string') lines[at] = line;
  else {
    const parsed = JSON.parse(lines[at] ?? '') as Record<string, unknown>;
    line(parsed);
    lines[at] = JSON.stringify(parsed);
  }
  return write(name, lines);
}

const COUNTS = /^[0-9]+ calls, [0-9]+ mismatches, [0-9]+ deviations$/;

describe('good traces', () => {
  test('compressed or not, the counts are the last line', () => {
    const packed = replay(GOOD);
    assert.equal(packed.code, 0, packed.err);
    assert.equal(packed.last, '178 calls, 0 mismatches, 0 deviations');
    assert.equal(packed.err, '');
    const plain = replay(write('plain.jsonl', linesOf(GOOD)));
    assert.equal(plain.code, 0);
    assert.equal(plain.last, packed.last);
  });

  test('several files; a deviation is a rule, told with its calls', () => {
    const { code, out, last } = replay(GOOD, ENTER);
    assert.equal(code, 0);
    assert.match(out, /✓ .*granule-a\.jsonl\.gz: 178 calls, 0 mismatches, 0 deviations/);
    assert.match(out, /✓ .*enter-40-sl1\.jsonl\.gz: 528 calls, 0 mismatches, 1 deviation\n/);
    assert.match(out, /Deviation unprotected-abort, 1 call of RMI_REC_ENTER/);
    assert.equal(last, '706 calls, 0 mismatches, 1 deviations');
  });

  test('a folder, and a pattern that no shell has expanded', () => {
    const both = replay(join(VECTORS, 'version-dependent'));
    assert.equal(both.code, 0);
    assert.equal(both.last, '216 calls, 0 mismatches, 0 deviations');
    assert.equal(replay(join(VECTORS, '**/ripas-destroyed-*-v0.?.0.jsonl.gz')).last, both.last);
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const none = replay(join(folder, 'empty'));
    assert.equal(none.code, 2);
    assert.match(none.err, /no file named \*\.jsonl[\s\S]*cli-no-traces/);
    assert.equal(none.last, '0 calls, 0 mismatches, 0 deviations');
  });

  test('lines of Windows, a last line without an end, and two members in one gzip file', () => {
    const lines = linesOf(GOOD);
    assert.equal(replay(write('windows.jsonl', lines.join('\r\n'))).code, 0);
    const halves = [lines.slice(0, 50), lines.slice(50)].map((part) => gzipSync(`${part.join('\n')}\n`));
    assert.equal(replay(write('halves.jsonl.gz', Buffer.concat(halves))).last, '178 calls, 0 mismatches, 0 deviations');
  });

  test('an unknown member is told, not passed over', () => {
    const { code, out } = replay(altered('member.jsonl', 5, (line) => Object.assign(line, { hint: 1 })));
    assert.equal(code, 0);
    assert.match(out, /not compared, unknown: hint/);
  });
});

describe('mismatches', () => {
  const wrong = () => altered('wrong.jsonl', 5, (line) => Object.assign(line, { ret: ['0x101'] }));

  test('exit code 1, and where', () => {
    const { code, out, last } = replay(wrong());
    assert.equal(code, 1);
    assert.match(out, /✗ .*wrong\.jsonl: 178 calls, 1 mismatch, 0 deviations/);
    assert.match(out, /first at line 6, call 5, RMI_\w+:\n +X0: expected 0x101 \(RMI_ERROR_INPUT, index 1\), got 0x/);
    assert.equal(last, '178 calls, 1 mismatches, 0 deviations');
  });

  test('a mismatch counts before a file that cannot be read, and both are told', () => {
    const { code, err, last } = replay('nowhere.jsonl', wrong(), GOOD);
    assert.equal(code, 1);
    assert.match(err, /nowhere\.jsonl: cannot be read: there is no such file/);
    assert.equal(last, '356 calls, 1 mismatches, 0 deviations');
  });

  test('--first shows the state around it', () => {
    const lines = linesOf(join(VECTORS, 'directed/rtt-matrix-40-sl1.jsonl.gz'));
    const at = lines.findIndex((line) => line.includes('RMI_RTT_CREATE') && line.includes('"ret":["0x0"'));
    lines[at] = (lines[at] ?? '').replace('"ret":["0x0"', '"ret":["0x304"');
    const { code, out, last } = replay(write('first.jsonl', lines), '--first');
    assert.equal(code, 1);
    assert.match(last, COUNTS);
    assert.match(out, new RegExp(`First difference: .*first\\.jsonl:${at + 1}, call [0-9]+, RMI_RTT_CREATE`));
    assert.match(out, /X0: expected 0x304 \(RMI_ERROR_RTT, index 3\), got 0x0 \(RMI_SUCCESS\)/);
    assert.match(out, /X1 +rd +0x8010_0000\n/);
    assert.match(out, /Granules before\n(.*\n)*? +rtt 0x[0-9a-f_]+: DELEGATED/);
    assert.match(out, /Granules after\n(.*\n)*? +rtt 0x[0-9a-f_]+: RTT, RTT level 2 .* of Realm 0x8010_0000/);
    assert.match(out, /Realm 0x8010_0000: REALM_NEW, IPA width 40, VMID/);
    assert.match(out, /RTT walk before\n +IPA 0x/);
    assert.match(out, /✓ fail {2}rd_state +Granule\(rd\)\.state != RD .*\[.*Granule\(rd\)\.state = RD/);
    assert.match(out, /Calls before\n +call [0-9]+, line [0-9]+: RMI_\w+\(.*\) → RMI_/);
  });

  test('--first of a check of granules names what they are', () => {
    const lines = linesOf(GOOD);
    const at = lines.findIndex((line) => line.startsWith('{"granules"'));
    const add = (line: Record<string, unknown>) => (line['granules'] as unknown[]).push(['0x83fff000', 1, 'DATA']);
    const { out, code } = replay(altered('granules.jsonl', at, add), '--first');
    assert.equal(code, 1);
    assert.match(out, /granule 0x83ff_f000: expected DATA, got UNDELEGATED/);
    assert.match(out, /Granules after\n +0x83ff_f000: UNDELEGATED/);
  });

  test('--first where nothing differs adds nothing', () => {
    assert.equal(replay(GOOD, '--first').out, replay(GOOD).out);
  });
});

describe('--json', () => {
  interface Document {
    readonly schema: string;
    readonly exitCode: number;
    readonly calls: number;
    readonly mismatches: number;
    readonly deviations: number;
    readonly files: readonly Record<string, unknown>[];
    readonly rules: readonly Record<string, unknown>[];
    readonly problems: readonly Record<string, unknown>[];
    readonly firstDifference?: Record<string, unknown> | null;
  }
  const read = ({ out }: Answer): Document => JSON.parse(out) as Document;
  const page = readFileSync('docs/cli.md', 'utf8');

  test('is one document, with the members that docs/cli.md names', () => {
    const wrong = altered('wrong.jsonl', 5, (line) => Object.assign(line, { ret: ['0x101'] }));
    const answer = replay('--json', '--first', ENTER, wrong, 'nowhere.jsonl');
    const document = read(answer);
    assert.equal(document.schema, 'realmscope.replay/1');
    assert.equal(document.exitCode, answer.code);
    assert.equal(answer.code, 1);
    assert.deepEqual([document.calls, document.mismatches, document.deviations], [706, 1, 1]);
    const [enter, bad, nowhere] = document.files;
    assert.deepEqual(enter?.['deviations'], [{ id: 'unprotected-abort', calls: 1 }]);
    assert.equal(enter?.['platform'], 'trace-a');
    assert.equal(enter?.['first'], null);
    const mismatches = [{ what: 'X0', expected: '0x101', actual: '0x1' }];
    assert.deepEqual(bad?.['first'], { line: 6, call: 5, name: 'RMI_GRANULE_DELEGATE', mismatches });
    assert.match(JSON.stringify(nowhere?.['problem']), /"code":"cli-cannot-read"/);
    assert.equal(document.problems.length, 1);
    assert.equal(document.rules[0]?.['topic'], 'ESR IL for a non-emulatable Data Abort at an Unprotected IPA');
    assert.equal(document.firstDifference?.['line'], 6);
    const members = [document, bad, document.rules[0], document.problems[0], document.firstDifference].flatMap((each) =>
      Object.keys(each ?? {}),
    );
    for (const member of members) assert.ok(member === 'schema' || page.includes(`\`${member}\``), member);
  });

  test('without a difference', () => {
    const document = read(replay('--json', '--first', GOOD));
    assert.equal(document.firstDifference, null);
    assert.equal(document.exitCode, 0);
    assert.equal('firstDifference' in read(replay('--json', GOOD)), false);
  });
});

describe('a file that is not a whole trace: exit code 2, a named error, the other files all the same', () => {
  const packed = readFileSync(GOOD);
  const lines = linesOf(GOOD);
  const flipped = Buffer.from(packed);
  flipped[600] = (flipped[600] ?? 0) ^ 0xff;
  let made = 0;
  const at = (line: number, change: Parameters<typeof altered>[2]) => altered(`bad${made++}.jsonl`, line, change);
  const set = (members: Record<string, unknown>) => (line: Record<string, unknown>) => Object.assign(line, members);

  const BAD: readonly (readonly [string, () => string, RegExp, string])[] = [
    ['not there', () => 'gone.jsonl', /gone\.jsonl: cannot be read: there is no such file/, 'cli-cannot-read'],
    ['not gzip', () => write('a.jsonl.gz', lines), /named \.gz and is not gzip/, 'cli-not-gzip'],
    ['cut gzip', () => write('b.jsonl.gz', packed.subarray(0, 900)), /cut off or damaged/, 'cli-gzip-damaged'],
    ['damaged gzip', () => write('c.jsonl.gz', flipped), /cut off or damaged/, 'cli-gzip-damaged'],
    ['gzip of nothing', () => write('d.jsonl.gz', gzipSync('')), /is empty/, 'cli-empty'],
    ['empty', () => write('e.jsonl', ''), /is empty/, 'cli-empty'],
    ['bytes', () => write('f.jsonl', Uint8Array.of(0xff, 0xfe, 0, 1, 10)), /not UTF-8/, 'cli-not-text'],
    ['not JSON', () => at(3, '{"fid":'), /bad\d+\.jsonl:4: is not JSON/, 'trace-not-json'],
    ['not an object', () => at(3, '7'), /bad\d+\.jsonl:4: is not a JSON object/, 'trace-line'],
    ['no header', () => write('g.jsonl', lines.slice(1)), /g\.jsonl:1: is not the header/, 'trace-header'],
    [
      'another platform',
      () => at(0, set({ platform: { dram: 7 } })),
      /:1: has platform\.pa_bits = nothing/,
      'trace-platform',
    ],
    ['another specification', () => at(0, set({ spec: 'RMM-2.0' })), /:1: is a trace of RMM-2\.0/, 'trace-spec'],
    [
      'no end line',
      () => write('h.jsonl', lines.slice(0, -1)),
      /h\.jsonl:\d+: ends after 178 calls/,
      'trace-incomplete',
    ],
    ['half a line', () => write('i.jsonl', lines.join('\n').slice(0, 4000)), /is not JSON/, 'trace-not-json'],
    [
      'a call too few',
      () => write('j.jsonl', [...lines.slice(0, 9), ...lines.slice(10)]),
      /says that 178 calls .* and 177 do/,
      'trace-calls',
    ],
    [
      'lines after the end',
      () => write('k.jsonl', [...lines, ...lines]),
      /comes after the end line/,
      'trace-after-end',
    ],
    ['an unknown line', () => at(3, '{"what":1}'), /no kind of line we know \(its members: what\)/, 'trace-line'],
    ['a bad FID', () => at(3, set({ fid: 'RMI_VERSION' })), /has fid = "RMI_VERSION"/, 'trace-line'],
    ['no results', () => at(3, set({ ret: undefined })), /has ret = nothing/, 'trace-line'],
    ['a register too wide', () => at(3, set({ x: ['0x10000000000000000'] })), /has x\[0\] = "0x1/, 'trace-line'],
    [
      'an unknown page kind',
      () => at(3, set({ mem: [{ pa: '0x80001000', zip: '' }] })),
      /unknown member "zip"/,
      'trace-line',
    ],
    ['a page without content', () => at(3, set({ mem: [{ pa: '0x80001000' }] })), /page without content/, 'trace-line'],
    ['an odd page', () => at(3, set({ mem: [{ pa: '0x80001008', byte: '0x1' }] })), /page address/, 'trace-line'],
    ['a byte too wide', () => at(3, set({ mem: [{ pa: '0x80001000', byte: '0x100' }] })), /has byte/, 'trace-line'],
    [
      'an offset beyond the page',
      () => at(3, set({ mem: [{ pa: '0x80001000', w: { '0xff9': '0x1' } }] })),
      /offset in w = "0xff9"/,
      'trace-line',
    ],
    [
      'an unknown exception',
      () => at(3, set({ realm: [{ pc: '0x0', do: { exc: 'hlt' } }] })),
      /sync, irq, fiq/,
      'trace-line',
    ],
    [
      'an unknown deed',
      () => at(3, set({ realm: [{ pc: '0x0', do: { exc: 'irq', msr: 1 } }] })),
      /"msr"/,
      'trace-line',
    ],
    [
      'an unknown register',
      () => at(3, set({ realm: [{ pc: '0x0', do: { exc: 'irq', set: { sp: '0x0' } } }] })),
      /x0 to x30/,
      'trace-line',
    ],
    [
      'a granule state that is none',
      () => at(3, '{"granules":[["0x80000000",1,"FREE"]]}'),
      /granule state = "FREE"/,
      'trace-line',
    ],
    ['a measurement that is none', () => at(3, set({ rim: 'abc' })), /has rim/, 'trace-line'],
    [
      'Planes',
      () => PLANES,
      /v11-planes.*:20: creates a Realm with flags1 0x1, which needs Planes/,
      'trace-not-modelled',
    ],
    ['a folder that is not there', () => join(folder, 'none', 'x'), /cannot be read/, 'cli-cannot-read'],
  ];
  // One run for all of them: each must leave the others alone.
  let answer: Replayed | undefined;
  const paths = new Map<string, string>();
  before(() => {
    for (const [title, make] of BAD) paths.set(title, make());
    answer = replay(...paths.values(), GOOD);
  });

  for (const [title, , message, problem] of BAD) {
    test(title, () => {
      const path = paths.get(title) ?? '';
      // What is said of this file: its line, how to mend it, the code.
      const said = (answer?.err ?? '').split(/^error /m).filter((each) => each.startsWith(path));
      assert.equal(said.length, 1, path);
      assert.match(said[0] ?? '', message);
      assert.match(said[0] ?? '', new RegExp(`\\n {6}\\S.*\\n {6}\\(${problem}\\)\\n$`));
    });
  }

  test('the good one among them is replayed, and the run counts as bad input', () => {
    assert.equal(answer?.code, 2);
    assert.match(answer?.out ?? '', /✓ .*granule-a\.jsonl\.gz: 178 calls/);
    assert.match(answer?.last ?? '', COUNTS);
    assert.doesNotMatch(answer?.err ?? '', /\n {4}at /);
    assert.equal(replay(paths.get('cut gzip') ?? '').code, 2);
  });

  test('no file at all', () => {
    const { code, err } = replay();
    assert.equal(code, 2);
    assert.match(err, /"replay" needs TRACE/);
  });
});
