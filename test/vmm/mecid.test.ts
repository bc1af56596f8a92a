/** The built-in Host under RMM 1.1: the MECIDs it names, alone and for several Realms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeToken } from '../../attestation/token/decode';
import { type HostConfig, mecidOfRealm } from '../../emulator/host/config';
import { hostOutcome, hostTokens } from '../../emulator/host/host';
import { createMachine } from '../../emulator/machine/create';
import { subscribe } from '../../emulator/machine/event-ring';
import { withVersionSet } from '../../emulator/machine/platform';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { run } from '../../emulator/machine/run-loop';
import { imageAt } from './guests';

const image = imageAt('samples/attest/attest.elf');
const platform = withVersionSet(presetPlatform('fvp'), '1.1-v0.8.0');

/** Runs Realms; by Realm its outcome, its MECID as accesses carry it, and the MEC policy it attests. */
function live(realms: HostConfig['realms']) {
  const machine = createMachine({ platform, host: { realms } });
  const assigned: number[] = [];
  subscribe(machine.events, ({ words: [mecid, action] }) => action === 0n && assigned.push(Number(mecid)), ['mec']);
  run(machine, { steps: 5_000_000 });
  return realms.map((_, index) => {
    const [token] = hostTokens(machine.host, index);
    const claim = token && decodeToken(token).realm.claims.find(({ number }) => number === 44243)?.value;
    const outcome = hostOutcome(machine.host, index);
    return [
      outcome?.kind === 'exit' ? outcome.code : outcome?.text,
      assigned[index],
      claim?.kind === 'text' ? claim.value : undefined,
    ];
  });
}

test('Realms without a MECID share the one that is Shared at boot', () => {
  assert.deepEqual(
    live([
      { name: 'a', image },
      { name: 'b', image },
    ]),
    [
      [0, 1, 'shared'],
      [0, 1, 'shared'],
    ],
  );
});

test('each Realm may have a private one', () => {
  const realms = [0, 1].map((index) => ({ name: `r${index}`, image, mecid: mecidOfRealm(7, index) }));
  assert.deepEqual(live(realms), [
    [0, 8, 'private'],
    [0, 9, 'private'],
  ]);
});

test('a MECID that another Realm has, or that does not exist, is refused by the RMM', () => {
  const [first, second] = live([
    { name: 'a', image, mecid: 7 },
    { name: 'b', image, mecid: 7 },
  ]);
  assert.deepEqual(first, [0, 8, 'private']);
  assert.match(String(second?.[0]), /RMI_REALM_CREATE.*RMI_ERROR_INPUT/);
  assert.match(String(live([{ image, mecid: 65_535 }])[0]?.[0]), /RMI_REALM_CREATE.*RMI_ERROR_INPUT/);
});

test('in RMM 1.0 the Host has no say', () => {
  assert.throws(() => createMachine({ platform: 'fvp', host: { realms: [{ image, mecid: 1 }] } }), {
    code: 'host-mecid',
  });
});
