import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PRESET_NAMES } from '../../emulator/machine/presets/presets';
import { commandLine } from '../support/command-line';

const { folder, run } = commandLine();
const SAMPLE = 'samples/attest/attest.elf';
const guest = (name: string): string => `test/guests/${name}.elf`;

interface Call {
  readonly name: string;
  readonly status: string | null;
  readonly depth: number;
  readonly kind: string;
  readonly left: boolean;
}
interface RunDocument {
  readonly schema: string;
  readonly exitCode: number;
  readonly ended: string;
  readonly stopped: string | null;
  readonly lastExitPc: string | null;
  readonly outcome: { readonly kind: string; readonly code: number; readonly text: string } | null;
  readonly expectedRim: string;
  readonly console: readonly { readonly channel: string; readonly text: string }[];
  readonly tokens: readonly {
    readonly bytes: string;
    readonly decoded: { readonly format: string } | null;
    readonly verification: {
      readonly accepted: boolean;
      readonly verdict: string;
      readonly checks: readonly { readonly id: string; readonly verdict: string }[];
    };
  }[];
  readonly trace?: readonly Call[];
}

const realmscope = (...args: readonly string[]) => run(args);

function runJson(...args: readonly string[]): RunDocument {
  const { code, out, err } = realmscope('run', '--json', ...args);
  assert.equal(err, '');
  const document = JSON.parse(out) as RunDocument;
  assert.equal(document.exitCode, code);
  assert.equal(document.schema, 'realmscope.run/1');
  return document;
}

test('the sample runs to a verified token on every platform, with the same RIM', () => {
  const rims = PRESET_NAMES.map((platform) => {
    const { exitCode, outcome, tokens, expectedRim } = runJson(SAMPLE, '--platform', platform);
    assert.deepEqual([exitCode, outcome?.code], [0, 0], `${platform}: ${outcome?.text}`);
    assert.deepEqual(
      tokens.map(({ verification }) => verification.accepted),
      [true],
      platform,
    );
    return expectedRim;
  });
  assert.equal(new Set(rims).size, 1);
});

test('the sample runs from creation to verified token', () => {
  const document = runJson(SAMPLE, '--trace');
  assert.equal(document.exitCode, 0, document.stopped ?? document.outcome?.text);
  assert.deepEqual(document.outcome?.kind, 'exit');
  const [token] = document.tokens;
  assert.equal(document.tokens.length, 1);
  assert.equal(token?.decoded?.format, '1.0');
  for (const id of ['platform-signature', 'realm-signature', 'binding', 'freshness', 'rim', 'rpv']) {
    assert.equal(token?.verification.checks.find((check) => check.id === id)?.verdict, 'pass', id);
  }
  const text = document.console.map((line) => line.text).join('\n');
  assert.match(text, /Hello from a Realm/);
  assert.ok(text.includes(`RIM    ${document.expectedRim}`), 'the Realm reads the RIM that was predicted');
  const calls = (document.trace ?? []).filter(({ kind }) => kind !== 'begin');
  assert.ok(calls.every(({ status, left }) => (status === null) === left));
  for (const name of ['RMI_REALM_CREATE', 'RMI_DATA_CREATE', 'RSI_ATTESTATION_TOKEN_INIT', 'RMI_GRANULE_UNDELEGATE']) {
    assert.ok(
      calls.some((call) => call.name === name),
      name,
    );
  }
  assert.ok(calls.filter(({ name }) => name.startsWith('RSI_')).every(({ depth }) => depth > 0));
});

test('the same run twice gives the same bytes', () => {
  assert.deepEqual(runJson(SAMPLE, '--trace'), runJson(SAMPLE, '--trace'));
});

test('optimised and foreign builds of the sample give accepted tokens too', () => {
  for (const name of ['attest-O2', 'attest-gcc']) {
    const document = runJson(guest(name));
    assert.equal(document.exitCode, 0, document.stopped ?? document.outcome?.text);
    assert.equal(document.tokens[0]?.verification.accepted, true);
  }
});

test('a wider IPA space, another hash, another challenge and more memory are measured and accepted', () => {
  const challenge = 'c0ffee'.repeat(10);
  const document = runJson(
    SAMPLE,
    '--ipa-width',
    '40',
    '--hash',
    'sha-512',
    '--challenge',
    challenge,
    '--memory',
    '0x2000000',
  );
  assert.equal(document.exitCode, 0, document.stopped ?? document.outcome?.text);
  assert.equal(document.expectedRim.length, 128);
  assert.equal(document.tokens[0]?.verification.accepted, true);
});

test('the token can be kept and judged by itself', () => {
  const file = join(folder, 'token.cbor');
  const { code, out } = realmscope('run', SAMPLE, '--token-out', file);
  assert.equal(code, 0, out);
  assert.match(out, /Accepted/);
  assert.ok(readFileSync(file).length > 500);
  assert.equal(realmscope('token', 'verify', file).code, 0);
});

test("the guest's exit code decides", () => {
  const document = runJson(guest('exit-code'));
  assert.equal(document.exitCode, 1);
  assert.equal(document.outcome?.code, 3);
  assert.match(document.console.map((line) => line.text).join('\n'), /Leaving with 3/);
});

test('the console works by emulated MMIO', () => {
  const document = runJson(guest('mmio-console'));
  assert.equal(document.exitCode, 0, document.stopped ?? document.outcome?.text);
  assert.ok(document.console.some(({ text }) => text === 'Hello over MMIO'));
});

test('RSI calls with bad arguments are refused', () => {
  assert.equal(runJson(guest('rejected-call')).outcome?.code, 6);
});

test('a guest that faults ends with its exit code, its report on the console', () => {
  for (const name of ['wild-branch', 'wild-pointer', 'undefined-instruction', 'ripas-empty']) {
    const document = runJson(guest(name));
    assert.equal(document.exitCode, 1, name);
    assert.equal(document.outcome?.code, 101, `${name}: ${document.outcome?.text ?? document.stopped}`);
    assert.match(document.console.map((line) => line.text).join('\n'), /unexpected synchronous exception/, name);
  }
});

test('a guest that never ends uses up its budget, and that is said', () => {
  const document = runJson(guest('endless-loop'), '--budget', '300000');
  assert.equal(document.exitCode, 1);
  assert.equal(document.ended, 'steps');
  assert.match(document.stopped ?? '', /budget of 300000 steps/);
});

/** The smallest ELF: one segment of code at its entry. */
function elfOf(words: readonly number[]): Uint8Array {
  const address = 0x8000_0000n;
  const bytes = new Uint8Array(120 + 4 * words.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 183, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, address, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint16(58, 64, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 5, true);
  view.setBigUint64(72, 120n, true);
  view.setBigUint64(80, address, true);
  view.setBigUint64(88, address, true);
  view.setBigUint64(96, BigInt(4 * words.length), true);
  view.setBigUint64(104, BigInt(4 * words.length), true);
  view.setBigUint64(112, 8n, true);
  for (const [at, word] of words.entries()) view.setUint32(120 + 4 * at, word, true);
  return bytes;
}

const MOVZ_X0_4000_LSL_16 = 0xd2a8_0000;
const BR_X0 = 0xd61f_0000;
const LDR_X1_X0 = 0xf940_0001;

test('a guest without vectors that runs wild is stopped with its fault explained', () => {
  for (const [name, last] of [
    ['branch', BR_X0],
    ['load', LDR_X1_X0],
  ] as const) {
    const file = join(folder, `${name}.elf`);
    writeFileSync(file, elfOf([MOVZ_X0_4000_LSL_16, last]));
    const document = runJson(file, '--budget', '100000');
    assert.equal(document.exitCode, 1);
    assert.match(document.stopped ?? '', /runs wild: its exception handler itself faults/);
    assert.match(
      document.stopped ?? '',
      /It began with (a data|an instruction) abort at PC 0x[48]000_000[04], address 0x4000_0000/,
    );
  }
});

test('several guests run at once, each in a Realm of its own; bad Realm options are refused', () => {
  const multi = 'samples/multi-rec/multi-rec.elf';
  const both = realmscope('run', multi, SAMPLE, '--realms', '2', '--recs', '2', '--json');
  const document = JSON.parse(both.out) as { realms: { name: string; outcome: { code: number }; tokens: unknown[] }[] };
  assert.deepEqual(
    document.realms.map(({ name, outcome, tokens }) => [name, outcome.code, tokens.length]),
    [
      ['multi-rec', 0, 0],
      ['multi-rec-2', 0, 0],
      ['attest', 0, 1],
      ['attest-2', 0, 1],
    ],
  );
  assert.equal(both.code, 0);
  const shown = realmscope('run', multi, '--realms', '2', '--host', 'ripas-reject');
  assert.equal(shown.code, 1);
  assert.match(
    shown.out,
    /multi-rec: The guest exited with code 2\.[\s\S]*multi-rec-2: The guest exited with code 2\./,
  );
  for (const [option, value, words] of [
    ['--host', 'kind', /ripas-in-steps/],
    ['--level-start', '3', /one of -1, 0, 1, 2/],
    ['--level-start', '0', /cannot start at level 0/],
    ['--shared', '100', /multiple of 4 KiB/],
    ['--recs', '0', /from 1 to 512/],
    ['--memory', '5x', /up to 1024 GiB, such as 16M/],
    ['--shared', '2G', /up to 1 GiB/],
    ['--shared', '6K', /multiple of 4 KiB/],
  ] as const) {
    const refused = realmscope('run', multi, option, value);
    assert.equal(refused.code, 2, `${option} ${value}`);
    assert.match(refused.err, words);
  }
});
