import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { version } from '../../package.json';
import { type Answer, commandLine } from '../support/command-line';

const { folder, program, run } = commandLine();
const VECTORS = join(process.cwd(), 'test/vectors/attestation');
const token = (name: string): string => join(VECTORS, 'tokens', `${name}.cbor`);
const CPAK = join(VECTORS, 'keys/cpak-tf.jwk.json');
const SAMPLE = join(process.cwd(), 'samples/attest/attest.elf');

const realmscope = (args: readonly string[], env: Record<string, string> = {}, input?: Uint8Array): Answer =>
  run(args, { env, ...(input === undefined ? {} : { input }) });

test('help and version', () => {
  assert.equal(realmscope(['version']).out, `realmscope ${version}\n`);
  assert.equal(realmscope(['--version']).code, 0);
  assert.equal(realmscope(['help']).code, 0);
  assert.match(realmscope(['help', 'run']).out, /--budget N/);
  assert.match(realmscope(['run', '--help']).out, /--budget N/);
  assert.match(realmscope(['help', 'token']).out, /token decode[\s\S]*token verify/);
  assert.equal(realmscope([]).code, 2);
});

const REFUSALS: readonly (readonly [readonly string[], RegExp])[] = [
  [['runn'], /Did you mean "run"\?[\s\S]*cli-unknown-command/],
  [['token', 'decod'], /Did you mean "token decode"\?/],
  [['run', SAMPLE, '--trcae'], /Did you mean --trace\?[\s\S]*cli-unknown-option/],
  [['run'], /needs GUEST\.elf[\s\S]*cli-missing-argument/],
  [['rim', 'predict', 'a', 'b'], /cli-extra-argument/],
  [['run', SAMPLE, '--budget'], /cli-option-value/],
  [['run', SAMPLE, '--budget=0'], /cli-bad-value/],
  [['run', SAMPLE, '--ipa-width', '99'], /from 32 to 52/],
  [['run', SAMPLE, '--challenge', 'xyz'], /1 to 64 bytes in hexadecimal/],
  [['run', SAMPLE, '--platform', 'zoo'], /one of fvp/],
  [['run', SAMPLE, '--trace=yes'], /cli-option-no-value/],
  [['run', 'no-such-file.elf'], /no such file[\s\S]*cli-cannot-read/],
  [['run', process.cwd()], /it is a folder/],
  [['run', join(process.cwd(), 'package.json')], /elf-not-elf/],
  [['token', 'decode', token('truncated')], /cbor-truncated/],
  [['token', 'verify', token('v1.0-example'), '--cpak', token('v1.0-example')], /cli-not-json/],
  [['token', 'verify', token('v1.0-example'), '--cpak', join(process.cwd(), 'package.json')], /key-malformed/],
];

for (const [args, text] of REFUSALS) {
  test(`refused by name: ${args.map((word) => word.split('/').at(-1)).join(' ')}`, () => {
    const { code, out, err } = realmscope(args);
    assert.equal(code, 2, err);
    assert.equal(out, '');
    assert.match(err, text);
    assert.doesNotMatch(err, /\n {4}at /);
  });
}

test('a token is decoded, from a file, from hexadecimal text and from standard input', () => {
  const plain = realmscope(['token', 'decode', token('v1.0-example')]);
  assert.equal(plain.code, 0);
  assert.match(plain.out, /44238 initial measurement +311314ab/);
  assert.match(plain.out, /0x3003 \(secured\)/);
  const bytes = readFileSync(token('v1.0-example'));
  const text = join(folder, 'token.hex');
  writeFileSync(text, `${bytes.toString('hex').replace(/(.{80})/g, '$1\n')}\n`);
  assert.equal(realmscope(['token', 'decode', text]).out, plain.out);
  assert.equal(realmscope(['token', 'decode', '-'], {}, bytes).out, plain.out);
});

test('a decoded token in JSON is the decoded vector', () => {
  const { out } = realmscope(['token', 'decode', '--json', token('v1.0-example')]);
  const document = JSON.parse(out) as {
    schema: string;
    token: { realm: { claims: readonly { number: number; value: unknown }[] } };
  };
  assert.equal(document.schema, 'realmscope.token/1');
  const expected = JSON.parse(readFileSync(join(VECTORS, 'decoded/v1.0-example.json'), 'utf8')) as {
    realm: { claims: Record<string, unknown> };
  };
  const claims = Object.fromEntries(document.token.realm.claims.map(({ number, value }) => [String(number), value]));
  assert.deepEqual(claims, expected.realm.claims);
});

test('a verdict decides the exit code', () => {
  const good = realmscope(['token', 'verify', token('v1.0-example'), '--cpak', CPAK]);
  assert.equal(good.code, 0);
  assert.match(good.out, /Accepted/);
  const bad = realmscope(['token', 'verify', token('binding-broken'), '--cpak', CPAK, '--json']);
  assert.equal(bad.code, 1);
  const { verification } = JSON.parse(bad.out) as {
    verification: { accepted: boolean; checks: { id: string; verdict: string }[] };
  };
  assert.equal(verification.accepted, false);
  assert.equal(verification.checks.find(({ verdict }) => verdict === 'fail')?.id, 'binding');
  const rim = '00'.repeat(32);
  assert.equal(realmscope(['token', 'verify', token('v1.0-example'), '--cpak', CPAK, '--rim', rim]).code, 1);
  assert.equal(realmscope(['token', 'verify', token('truncated')]).code, 1);
});

test('colour only where it is wanted', () => {
  const marker = '\u001b[';
  const args = ['token', 'decode', token('v1.0-example')];
  assert.ok(!realmscope(args).out.includes(marker));
  assert.ok(realmscope(args, { FORCE_COLOR: '1' }).out.includes(marker));
  assert.ok(!realmscope(args, { FORCE_COLOR: '1', NO_COLOR: '1' }).out.includes(marker));
  assert.ok(!realmscope([...args, '--no-color'], { FORCE_COLOR: '1' }).out.includes(marker));
});

test('a reader that goes away is no error', async () => {
  const child = spawn(process.execPath, [program, 'token', 'decode', '--json', token('v1.0-example')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(err, '');
  assert.equal(code, 0);
});

test('the RIM of a guest can be predicted', () => {
  const { out, code } = realmscope(['rim', 'predict', SAMPLE]);
  assert.equal(code, 0);
  assert.match(out, /^[0-9a-f]{64}\n$/);
  const steps = realmscope(['rim', 'predict', SAMPLE, '--json', '--hash', 'sha-512']);
  const document = JSON.parse(steps.out) as { rim: string; steps: { step: string; rim: string }[] };
  assert.equal(document.rim.length, 128);
  assert.equal(document.steps.at(-1)?.rim, document.rim);
});
