/** `realmscope explain`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine } from '../support/command-line';

const { run } = commandLine();
const SAMPLE = 'samples/attest/attest.elf';
const EMPTY = 'test/guests/ripas-empty.elf';

const explain = (...args: readonly string[]) => run(['explain', ...args]);

test('the last fault of a run, with how to mend it', () => {
  const { code, out, err } = explain(EMPTY);
  assert.equal(code, 0, err);
  assert.match(out, /^Taken from R-EL1 to R-EL2 on PE 0 at PC 0x8000_/);
  assert.match(out, /✗ stage 2: stage 2 translation fault, level 1/);
  assert.match(out, /To mend: RIPAS is EMPTY: the Realm must call RSI_IPA_STATE_SET\(0x4000_1000, 0x4000_2000, RAM\)/);
});

test('an IPA, a VA and a PA at the end of a run that had no fault', () => {
  assert.match(explain('--ipa', '0x40001000', SAMPLE).out, /attest REC 0 at R-EL1 reads IPA 0x4000_1000/);
  const va = explain(SAMPLE, '--va', '0x8000_0000', '--access', 'execute', '--json');
  assert.equal(va.code, 0, va.err);
  const { schema, explanation, taken, position } = JSON.parse(va.out);
  assert.deepEqual([schema, taken, explanation.outcome], ['realmscope.explain/1', null, 'allowed']);
  assert.ok(position > 1000);
  assert.deepEqual(
    explanation.cards.map((card: { outcome: string }) => card.outcome),
    ['off', 'passed', 'passed', 'passed'],
  );
  assert.match(explanation.cards[1].steps[2].descriptor, /^0x[0-9a-f]+$/);
  assert.match(explain(SAMPLE, '--pa', explanation.pa).out, /granule protection fault: the Non-secure access meets PA/);
  assert.match(explain(SAMPLE, '--pa', '0xffffffffffff', '--world', 'root').out, /PE 0 at EL3 cannot read it/);
});

test('points of the run: a command, a position, the first fault', () => {
  const active = JSON.parse(explain(SAMPLE, '--until', 'rmi_realm_activate', '--va', '0x80000000', '--json').out);
  assert.equal(active.reached, true);
  assert.equal(active.explanation.outcome, 'allowed');
  const early = explain(SAMPLE, '--at', '10', '--va', '0x80000000');
  assert.equal(early.code, 2);
  assert.match(early.err, /no Realm exists at position 10 of the run/);
  for (const point of [
    ['--until', 'PSCI_CPU_ON'],
    ['--at', '99999999'],
  ]) {
    const never = explain(SAMPLE, ...point, '--va', '0x80000000');
    assert.equal(never.code, 1);
    assert.match(never.out, /before the point was reached/);
  }
  const none = explain(SAMPLE);
  assert.deepEqual([none.code, /had no fault/.test(none.out)], [1, true]);
  assert.match(explain(EMPTY, '--until', 'fault').out, /position \d+/);
});

test('mistakes are named before anything runs', () => {
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[SAMPLE, '--va', 'main'], /--va was given "main"/],
    [[SAMPLE, '--va', '1', '--pa', '2'], /--va and --pa exclude each other/],
    [[SAMPLE, '--until', 'RMI_NOTHING'], /--until was given "RMI_NOTHING"/],
    [[SAMPLE, '--until', 'fault', '--at', '5'], /--at and --until exclude each other/],
    [[SAMPLE, '--access', 'fetch'], /--access was given "fetch"/],
    [[SAMPLE, '--world', 'moon'], /--world was given "moon"/],
    [[SAMPLE, '--va', '0', '--el', '3'], /--el was given "3"/],
    [[SAMPLE, '--va', '0', '--realm', 'other'], /--realm was given "other"[\s\S]*attest/],
    [['nowhere.elf'], /there is no such file/],
    [[], /needs GUEST\.elf/],
  ];
  for (const [args, message] of refused) {
    const { code, err } = explain(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, message);
  }
});
