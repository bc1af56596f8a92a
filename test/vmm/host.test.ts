import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOutcome, hostTokens, restoreHost, saveHost } from '../../emulator/host/create';
import { hostFrames, hostListing } from '../../emulator/host/frames';
import { stepHost } from '../../emulator/host/step';
import { ConsoleChannel } from '../../emulator/machine/console';
import { subscribe } from '../../emulator/machine/event-ring';
import type { Saved } from '../../emulator/machine/saved';
import { createFake, type FakeRmm, imageOf, runHost, type ScriptedExit, segment } from './fake-rmm';

const BASE = 0x8000_0000;
const config = { realms: [{ name: 'test', image: imageOf(segment(BASE, 0x1800, 0x2000)) }] };

const GPRS = 0xa00;
const IMM = 0xe00;
const gpr = (index: number): number => GPRS + 8 * index;
const hostCall = (imm: number, ...gprs: readonly bigint[]): ScriptedExit => ({
  reason: 5,
  words: { [IMM]: BigInt(imm), ...Object.fromEntries(gprs.map((value, index) => [gpr(index), value])) },
});
const exitWith = (code: bigint): ScriptedExit => hostCall(3, code);
const psci = (fid: bigint, ...args: readonly bigint[]): ScriptedExit => ({
  reason: 3,
  words: { [gpr(0)]: fid, ...Object.fromEntries(args.map((value, index) => [gpr(index + 1), value])) },
});
const SYSTEM_OFF = psci(0x8400_0008n);

/** A Data Abort exit. HPFAR holds the page, FAR the offset. */
const abort = (ipa: number, esr: bigint, value = 0n): ScriptedExit => ({
  reason: 0,
  words: {
    2304: esr,
    2312: BigInt(ipa % 0x1000),
    2320: BigInt(Math.floor(ipa / 0x1000)) << 4n,
    [gpr(0)]: value,
  },
});
const ESR_NOT_EMULATABLE = 0x9000_0007n;
/** EC 0x24, ISV, 32 bits. */
const ESR_READ = (0x24n << 26n) | (1n << 24n) | (2n << 22n) | 7n;
const ESR_WRITE = ESR_READ | (1n << 6n);

function consoleOf(fake: FakeRmm): () => string {
  let text = '';
  subscribe(
    fake.machine.events,
    ({ words }) => {
      assert.equal(words[0], BigInt(ConsoleChannel.Realm));
      text += String.fromCharCode(Number(words[1]));
    },
    ['console'],
  );
  return () => text;
}

/** Nothing of the Realm is left. */
function assertClean(fake: FakeRmm): void {
  assert.equal(fake.delegated.size, 0);
  assert.equal(fake.tables.size, 0);
  assert.equal(fake.pages.size, 0);
  assert.equal(fake.recs.size, 0);
  assert.equal(fake.realms.size, 0);
  assert.equal(fake.shared.size, 0);
  assert.equal(fake.machine.host.progress.finished, true);
}

test('a Realm is created, run and taken apart, in the documented order', () => {
  const fake = createFake(config, [exitWith(0n)]);
  runHost(fake);
  const names = fake.calls.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, index) => name !== names[index - 1] && name !== 'RMI_GRANULE_DELEGATE'),
    [
      'RMI_VERSION',
      'RMI_FEATURES',
      'RMI_REALM_CREATE',
      'RMI_REC_AUX_COUNT',
      'RMI_RTT_CREATE',
      'RMI_RTT_INIT_RIPAS',
      'RMI_RTT_CREATE',
      'RMI_DATA_CREATE',
      'RMI_REC_CREATE',
      'RMI_DATA_CREATE_UNKNOWN',
      'RMI_REALM_ACTIVATE',
      'RMI_REC_ENTER',
      'RMI_REC_DESTROY',
      'RMI_DATA_DESTROY',
      'RMI_RTT_DESTROY',
      'RMI_REALM_DESTROY',
      'RMI_GRANULE_UNDELEGATE',
    ],
  );
  assert.equal(names.filter((name) => name === 'RMI_DATA_CREATE').length, 2);
  assert.equal(names.filter((name) => name === 'RMI_DATA_CREATE_UNKNOWN').length, 2);
  assert.equal(names.filter((name) => name === 'RMI_RTT_INIT_RIPAS').length, 2);
  assert.deepEqual(hostOutcome(fake.machine.host)?.kind, 'exit');
  assertClean(fake);
});

test('the RD is where the documentation says', () => {
  const fake = createFake(config, [exitWith(0n)]);
  runHost(fake);
  assert.equal(fake.calls.find(({ name }) => name === 'RMI_REALM_CREATE')?.args[0], 0x9000_0000n);
});

test('an exit code is kept, negative ones too', () => {
  for (const code of [7n, 0xffff_ffffn]) {
    const fake = createFake(config, [exitWith(code)]);
    runHost(fake);
    assert.equal(hostOutcome(fake.machine.host)?.code, code === 7n ? 7 : -1);
  }
});

test('console output arrives by both host calls and by the emulated PL011', () => {
  const uart = 0x1_1c09_0000;
  const fake = createFake(config, [
    hostCall(1, 0x48n),
    hostCall(2, 2n, 0x0a69n),
    { ...abort(uart + 0x30, ESR_READ), answered: (word) => assert.equal(word(0x200), 0x300n) },
    { ...abort(uart + 0x18, ESR_READ), answered: (word) => assert.equal(word(0), 1n) },
    { ...abort(uart, ESR_WRITE, 0x21n), answered: (word) => assert.equal(word(0), 1n) },
    exitWith(0n),
  ]);
  const text = consoleOf(fake);
  runHost(fake);
  assert.equal(text(), 'Hi\n!');
  assertClean(fake);
});

test('the challenge is handed out and token chunks are put together', () => {
  const challenge = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
  const fake = createFake({ ...config, challenge }, [
    { ...hostCall(6), answered: (word) => assert.equal(word(0x200), 0xf8f9_fafb_fcfd_feffn) },
    hostCall(4, 3n, 0x03_0201n),
    hostCall(4, 9n, 0n, 0x04n),
    hostCall(5),
    hostCall(4, 1n, 9n),
    hostCall(5),
    exitWith(0n),
  ]);
  runHost(fake);
  const expected = [Uint8Array.of(1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 4), Uint8Array.of(9)];
  assert.deepEqual(
    hostTokens(fake.machine.host).map((token) => Uint8Array.from(token)),
    expected,
  );
});

test('a length no host call can carry ends the Realm with an explanation', () => {
  const fake = createFake(config, [hostCall(2, 0xffff_ffff_ffff_ffffn)]);
  runHost(fake);
  assert.equal(hostOutcome(fake.machine.host)?.kind, 'fault');
  assert.match(hostOutcome(fake.machine.host)?.text ?? '', /at most 240 bytes/);
  assertClean(fake);
});

test('RAM without memory gets it on demand, with a table where there is none', () => {
  const far = BASE + 0x60_0000;
  const fake = createFake(config, [
    abort(BASE + 0x5000, ESR_NOT_EMULATABLE),
    abort(far, ESR_NOT_EMULATABLE),
    abort(far + 0x1000, ESR_NOT_EMULATABLE),
    exitWith(0n),
  ]);
  runHost(fake);
  const given = fake.calls.filter(({ name }) => name === 'RMI_DATA_CREATE_UNKNOWN').map(({ args }) => Number(args[2]));
  assert.deepEqual(given.slice(2), [BASE + 0x5000, far, far + 0x1000]);
  const tables = fake.calls.filter(({ name, args }) => name === 'RMI_RTT_CREATE' && Number(args[2]) === far);
  assert.equal(tables.length, 1);
  assertClean(fake);
});

test('a RIPAS change goes as far as the RMM takes it, and creates the table it asks for', () => {
  const base = BASE + 0x40_0000;
  const change = (from: number, to: number): ScriptedExit => ({
    reason: 4,
    words: { 3328: BigInt(from), 3336: BigInt(to), 3344: 0n },
    answered: (word) => assert.equal(word(0), 0n),
  });
  const fake = createFake(config, [change(base, base + 0x3000), exitWith(0n)]);
  runHost(fake);
  const set = fake.calls
    .filter(({ name }) => name === 'RMI_RTT_SET_RIPAS')
    .map(({ args, x0 }) => [Number(args[2]), x0]);
  assert.deepEqual(set, [
    [base, 0x204n],
    [base, 0n],
    [base + 0x1000, 0n],
    [base + 0x2000, 0n],
  ]);
  assertClean(fake);
});

test('a RIPAS change outside the RAM is rejected', () => {
  const outside: ScriptedExit = {
    reason: 4,
    words: { 3328: 0x1000n, 3336: 0x2000n, 3344: 1n },
    answered: (word) => assert.equal(word(0), 16n),
  };
  const fake = createFake(config, [outside, exitWith(0n)]);
  runHost(fake);
  assert.ok(!fake.calls.some(({ name }) => name === 'RMI_RTT_SET_RIPAS'));
});

const CNTV_CTL = 0xc10;
const CNTV_CVAL = 0xc18;

test('PSCI: system off, and the last CPU off, end the Realm', () => {
  for (const last of [SYSTEM_OFF, psci(0x8400_0002n), psci(0x8400_0009n)]) {
    const fake = createFake(config, [last]);
    runHost(fake);
    assert.equal(hostOutcome(fake.machine.host)?.kind, 'off');
    assertClean(fake);
  }
});

test('PSCI_CPU_SUSPEND and WFI wait for an interrupt: a timer, or for ever', () => {
  const wfi: ScriptedExit = { reason: 0, words: { 2304: 1n << 26n } };
  for (const wait of [psci(0xc400_0001n), wfi]) {
    const lr = 0x308;
    const armed = { ...wait.words, [CNTV_CTL]: 1n, [CNTV_CVAL]: 5000n };
    const fake = createFake(config, [
      { ...wait, words: armed, answered: (word) => assert.equal(word(lr), 0x50a0_0200_0000_001bn) },
      SYSTEM_OFF,
    ]);
    runHost(fake);
    assert.equal(hostOutcome(fake.machine.host)?.kind, 'off');
    assert.equal(fake.machine.clock.ticks, 5000);
    const asleep = createFake(config, [wait]);
    runHost(asleep);
    assert.equal(hostOutcome(asleep.machine.host), undefined);
    assert.equal(asleep.pe.runner, 'waiting');
  }
});

test('PSCI_CPU_ON is completed and the RECs take turns', () => {
  const two = { realms: [{ ...config.realms[0]!, recs: 2 }] };
  const fake = createFake(two, [psci(0xc400_0003n, 1n, BigInt(BASE), 0n), psci(0x8400_0002n), exitWith(0n)]);
  runHost(fake);
  const recs = fake.calls.filter(({ name }) => name === 'RMI_REC_ENTER').map(({ args }) => args[0]);
  assert.deepEqual([recs.length, recs[0] === recs[1], recs[0] === recs[2]], [3, false, true]);
  const complete = fake.calls.find(({ name }) => name === 'RMI_PSCI_COMPLETE');
  assert.deepEqual(complete?.args.slice(0, 3), [recs[0], recs[1], 0n]);
  assertClean(fake);
});

test('what the Host cannot serve is explained, and the Realm is taken apart', () => {
  const cases: readonly (readonly [ScriptedExit, RegExp])[] = [
    [abort(0x1_2000_0000, ESR_READ), /read 4 byte\(s\) at IPA 0x1_2000_0000 \(Unprotected\): no device/],
    [abort(0x1000, ESR_NOT_EMULATABLE), /accessed IPA 0x0000_1000 \(Protected\): the Realm's RAM is 0x8000_0000/],
    [abort(0x1000, 0x8200_0007n), /fetched an instruction from IPA 0x0000_1000/],
    [{ reason: 6, words: { 2304: 0n } }, /SError/],
    [{ reason: 9, words: {} }, /exit reason 9/],
    [hostCall(77), /host call 77/],
    [psci(0x1234n), /PSCI call/],
  ];
  for (const [exit, text] of cases) {
    const fake = createFake(config, [exit]);
    runHost(fake);
    assert.equal(hostOutcome(fake.machine.host)?.kind, 'fault');
    assert.match(hostOutcome(fake.machine.host)?.text ?? '', text);
    assertClean(fake);
  }
});

test('a refused command is named with its status, and everything made so far goes', () => {
  for (const victim of ['RMI_DATA_CREATE', 'RMI_REC_CREATE', 'RMI_REALM_CREATE', 'RMI_REALM_ACTIVATE', 'RMI_VERSION']) {
    const fake = createFake(config);
    fake.fail = (name) => (name === victim ? 0x204n : undefined);
    runHost(fake);
    const outcome = hostOutcome(fake.machine.host);
    assert.equal(outcome?.kind, 'refused');
    assert.match(outcome?.text ?? '', new RegExp(`${victim}\\(.*answered RMI_ERROR_RTT \\(index 2\\)`));
    assertClean(fake);
  }
});

test('a teardown that is refused ends the run instead of repeating', () => {
  const fake = createFake(config, [exitWith(0n)]);
  fake.fail = (name) => (name === 'RMI_DATA_DESTROY' ? 1n : undefined);
  runHost(fake);
  assert.equal(hostOutcome(fake.machine.host)?.kind, 'exit');
  assert.equal(fake.machine.host.progress.finished, true);
});

test('saved at any step and restored, the Host goes on the same way', () => {
  const script = [abort(BASE + 0x60_0000, ESR_NOT_EMULATABLE), hostCall(4, 3n, 7n), hostCall(5), exitWith(3n)];
  const whole = createFake(config, script);
  runHost(whole);
  const fake = createFake(config, script);
  let saved: Saved | undefined;
  const inner = fake.machine.host;
  // Between any two calls the state is replaced by its own copy.
  fake.fail = () => {
    saved = structuredClone(saveHost(inner));
    restoreHost(inner, saved);
    return undefined;
  };
  runHost(fake);
  assert.deepEqual(fake.calls, whole.calls);
  assert.deepEqual(saveHost(inner), saveHost(whole.machine.host));
});

test('frames say where the Host is, and lie on the listing', () => {
  const fake = createFake(config, [exitWith(0n)]);
  const lines = hostListing(fake.machine).split('\n');
  const seen = new Set<string>();
  fake.fail = () => {
    const frames = hostFrames(fake.machine);
    for (const frame of frames) {
      seen.add(frame.name);
      assert.ok((lines[frame.line - 1] ?? '').length > 0);
    }
    return undefined;
  };
  assert.deepEqual(hostFrames(fake.machine)[0]?.name, 'Host: ask for RMI revision 1.0');
  runHost(fake);
  assert.ok(seen.has('Host: load image page 2 of 2 at 0x8000_1000'));
  assert.ok(seen.has('Host: run REC 0'));
  assert.equal(hostFrames(fake.machine)[0]?.name, 'Host: finished');
  assert.match(hostListing(fake.machine), /RMI_REC_ENTER/);
});

test('two Realms run at once, in places of their own', () => {
  const two = {
    realms: [
      { name: 'first', image: imageOf(segment(BASE, 0x1000)) },
      { name: 'second', image: imageOf(segment(BASE, 0x1000)) },
    ],
  };
  const wfi: ScriptedExit = { reason: 0, words: { 2304: 1n << 26n, [CNTV_CTL]: 1n, [CNTV_CVAL]: 1000n } };
  const fake = createFake(two, [wfi, exitWith(5n), exitWith(0n)]);
  runHost(fake);
  const entered = fake.calls.filter(({ name }) => name === 'RMI_REC_ENTER').map(({ args }) => args[0]);
  assert.deepEqual([entered[0] === entered[1], entered[0] === entered[2]], [false, true]);
  assert.deepEqual([hostOutcome(fake.machine.host, 0)?.code, hostOutcome(fake.machine.host, 1)?.code], [0, 5]);
  const rds = fake.calls.filter(({ name }) => name === 'RMI_REALM_CREATE').map(({ args }) => args[0]);
  assert.deepEqual(rds, [0x9000_0000n, 0x9008_0000n]);
  assertClean(fake);
});

test('a machine without a Host turns the PE off', () => {
  const fake = createFake(config);
  Object.assign(fake.machine, { host: { config: undefined, layout: undefined, progress: fake.machine.host.progress } });
  stepHost(fake.machine, fake.pe);
  assert.equal(fake.pe.runner, 'off');
});
