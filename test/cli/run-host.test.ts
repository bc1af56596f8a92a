import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine, restoreMachine, saveMachine } from '../../emulator/machine/snapshot';
import { commandLine } from '../support/command-line';

const { folder, run: realmscope } = commandLine();
const HOST = 'samples/host/host.elf';

interface HostDocument {
  readonly schema: string;
  readonly exitCode: number;
  readonly reason: string;
  readonly instructions: number;
  readonly resets: number;
  readonly pes: number;
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly console: readonly { readonly channel: string; readonly text: string }[];
}

test('the sample Host starts a PE, takes an interrupt, runs a Realm, resets once and turns the system off', () => {
  const { code, out } = realmscope(['run', '--json', '--host-image', HOST, '--pes', '2']);
  const document = JSON.parse(out) as HostDocument;
  assert.deepEqual(
    [code, document.exitCode, document.reason, document.resets, document.pes],
    [0, 0, 'power-off', 1, 2],
  );
  const once = [
    'host: hello from EL2',
    'the second PE was here',
    'interrupt 0x0000001a',
    'the Realm says RSI 0x00010000',
    'the Realm has run',
  ];
  assert.deepEqual(
    document.console.map(({ text }) => text),
    [...once, 'resetting', ...once, 'host: done'],
  );
  assert.equal(document.calls['rmi']?.['RMI_REALM_CREATE'], 2);
  assert.equal(document.calls['monitor']?.['PSCI_CPU_ON'], 2);
});

test('output streams as it is; --until and the reset limit end the run', () => {
  const matched = realmscope(['run', '--host-image', HOST, '--until', 'Realm has', '--no-color']);
  assert.equal(matched.code, 0);
  assert.match(matched.out, /^host: hello from EL2\nthe second PE was here\n/);
  const limited = realmscope(['run', '--host-image', HOST, '--reset-limit', '0', '--no-color']);
  assert.equal(limited.code, 1);
  assert.match(limited.out, /the limit/);
});

test('misuse is refused by name', () => {
  const raw = join(folder, 'raw.bin');
  writeFileSync(raw, Uint8Array.of(0, 0, 0, 0x14));
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['--poke', '0x80000000=1', 'x.elf'], /cli-needs-option/],
    [
      ['--host-image', HOST, '--recs', '2'],
      /--recs is for the Realms of the built-in Host.*\n.*\n.*cli-contrary-options/,
    ],
    [['--host-image', HOST, '--fold'], /cli-contrary-options/],
    [['--host-image', HOST, '--token-out', 'token'], /cli-contrary-options/],
    [['--host-image', 'nowhere.elf'], /cli-cannot-read/],
    [['--host-image', `${raw}@0x1000000000000000`], /cli-bad-value/],
    [['--host-image', `${raw}@0x0`], /host-load-misplaced/],
    [['--host-image', `${raw}@0xfe000000`], /host-load-misplaced/],
    [['--host-image', HOST, '--load', `${raw}@0x88000100`], /host-load-overlap/],
    [['--host-image', HOST, '--load', raw], /host-load-address/],
    [['--host-image', HOST, '--entry', '0x88000002'], /host-entry/],
    [['--host-image', HOST, '--poke', '0x80000002=1'], /host-poke/],
    [['--host-image', HOST, '--pes', '9'], /cli-bad-value/],
    [['--host-image', HOST, '--until', '('], /cli-bad-regex/],
  ];
  for (const [options, code] of refusals) {
    const { code: exit, err } = realmscope(['run', ...options]);
    assert.equal(exit, 2, options.join(' '));
    assert.match(err, code);
  }
});

const machineOf = (pes: number): Machine =>
  createMachine({ platform: 'fvp', pes, hostImage: { image: { name: HOST, bytes: readFileSync(HOST) } } });

test('with several PEs neither the slice nor a restore in the middle changes the result', () => {
  const end = (machine: Machine, slice: number): string => {
    for (;;) {
      const { reason } = run(machine, { steps: slice });
      if (reason !== 'steps') return `${reason} ${hashMachine(machine)}`;
    }
  };
  const whole = end(machineOf(3), 1_000_000);
  assert.match(whole, /^halted /);
  assert.equal(end(machineOf(3), 997), whole);
  const first = machineOf(3);
  run(first, { steps: 12_345 });
  const second = machineOf(3);
  restoreMachine(second, saveMachine(first));
  assert.equal(end(second, 5_000), whole);
});
