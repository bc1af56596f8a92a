/** What the debugger gets to see, and that looking changes nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipa, pa } from '../../emulator/address';
import { readSysreg } from '../../emulator/cpu/pe';
import { hashMachine, restoreMachine, saveMachine } from '../../emulator/machine/snapshot';
import {
  callInFlight,
  evaluationOf,
  granuleInfo,
  listContexts,
  listRealms,
  listRecs,
  readRttPage,
  walkRtt,
  whoMaps,
} from '../../emulator/rmm/inspect';
import { realmSpace } from '../../emulator/rmm/realm/rd';
import { vtcrOf, vttbrOf } from '../../emulator/rmm/realm-entry/stage2';
import {
  AT,
  beginCall,
  bootPe,
  buildRealm,
  destroyRealm,
  fidOfName,
  must,
  newMachine,
  rmi,
  stepFirmware,
} from './support';

test('Realm, REC, RTT, granules and contexts of a small Realm', () => {
  const machine = newMachine('fvp');
  buildRealm(machine, { vmid: 9 });
  const before = hashMachine(machine);
  const [realm, ...others] = listRealms(machine);
  assert.equal(others.length, 0);
  assert.ok(realm);
  assert.deepEqual(
    [realm.rd, realm.state, realm.vmid, realm.mecid, realm.ipaWidth, realm.rttBase, realm.rttLevelStart],
    [AT.rd, 'REALM_ACTIVE', 9, 1, 33, AT.rtt, 1],
  );
  const [rec] = listRecs(machine, realm.rd);
  assert.ok(rec);
  assert.deepEqual([rec.rec, rec.index, rec.state, rec.runnable, rec.pc], [AT.rec, 0, 'REC_READY', true, 0x1000n]);
  assert.equal(rec.gprs[0], 7n);
  assert.equal(rec.aux.length, 16);

  const walk = walkRtt(machine, realm.rd, ipa(0x1000), 3);
  assert.deepEqual(
    walk.entries.map(({ level, hipas, ripas, pa: to }) => [level, hipas, ripas, to]),
    [
      [1, 'TABLE', null, AT.level2],
      [2, 'TABLE', null, AT.level3],
      [3, 'ASSIGNED', 'RAM', AT.data + 0x1000],
    ],
  );
  assert.deepEqual(walk.entries[2]?.attributes, ['Normal WB', 'RW', 'ISH', 'AF']);
  const page = readRttPage(machine, realm.rd, pa(AT.level3), 3, ipa(0));
  assert.equal(page.length, 512);
  assert.deepEqual([page[2]?.hipas, page[2]?.ripas, page[2]?.raw], ['UNASSIGNED', 'EMPTY', 0n]);

  const uses = [AT.rd, AT.rtt, AT.level3, AT.rec, AT.aux + 0x1000, AT.data + 0x1000, AT.params, 0x1000].map(
    (address) => granuleInfo(machine, pa(address)).usedAs,
  );
  assert.deepEqual(uses, [
    'RD',
    'RTT level 1 at IPA 0x0',
    'RTT level 3 at IPA 0x0',
    'REC 0',
    'REC 0 auxiliary 1',
    'DATA at IPA 0x1000',
    "the Host's",
    'not tracked by the RMM',
  ]);
  assert.deepEqual(whoMaps(machine, pa(AT.data)), [{ rd: AT.rd, ipa: 0, level: 3, hipas: 'ASSIGNED', ripas: 'RAM' }]);
  assert.deepEqual(
    listContexts(machine).map(({ mecid, state, rd }) => [mecid, state, rd]),
    [
      [0, 'rmm', null],
      [1, 'assigned', AT.rd],
    ],
  );
  assert.equal(hashMachine(machine), before, 'looking changes nothing');
});

test('a MECID gets a fresh key before it is used again', () => {
  const machine = newMachine('fvp');
  buildRealm(machine);
  const first = listContexts(machine)[1];
  destroyRealm(machine);
  assert.equal(listContexts(machine)[1]?.state, 'stale');
  buildRealm(machine);
  const second = listContexts(machine)[1];
  assert.equal(second?.state, 'assigned');
  assert.equal(second?.generation, (first?.generation ?? 0) + 1);
});

test('the call in flight: inputs, structures, stage, then the result', () => {
  const machine = newMachine();
  buildRealm(machine);
  machine.rmm.evaluations.on = true;
  beginCall(machine, fidOfName('RMI_REALM_CREATE'), [0x8020_0000, AT.params]);
  while (machine.rmm.frames[0] === null) stepFirmware(machine);
  const begun = callInFlight(machine, 0);
  assert.deepEqual([begun?.name, begun?.stage, begun?.result], ['RMI_REALM_CREATE', 'params_align', null]);
  assert.deepEqual(
    begun?.inputs.map(({ name, text }) => [name, text]),
    [
      ['rd', '0x8020_0000'],
      ['params_ptr', '0x8000_1000'],
    ],
  );
  assert.ok(begun?.structures[0]?.fields?.some(({ name }) => name === 's2sz'));
  while (stepFirmware(machine));
  const ended = callInFlight(machine, 0);
  assert.equal(ended?.result?.status, 'RMI_ERROR_INPUT');
  const conditions = evaluationOf(machine, ended?.call ?? -1);
  const failed = conditions.findIndex(({ outcome }) => outcome === 'failed');
  assert.equal(conditions[failed]?.id, 'params_valid');
  assert.ok((conditions[failed]?.compared.length ?? 0) > 0);
  assert.ok(conditions.slice(0, failed).every(({ outcome }) => outcome === 'passed'));
  assert.ok(conditions.slice(failed + 1).every(({ outcome }) => outcome === 'not reached'));
});

test('stage 2 registers describe the starting tables', () => {
  const machine = newMachine('trace-c');
  buildRealm(machine, { vmid: 0x1234 });
  const space = realmSpace(machine, pa(AT.rd));
  assert.equal(vttbrOf(space, 0x1234), 0x1234_0000_0000_0000n + BigInt(AT.rtt));
  const vtcr = vtcrOf(machine, space);
  assert.deepEqual([vtcr & 0x3fn, (vtcr >> 6n) & 3n, (vtcr >> 19n) & 1n, (vtcr >> 32n) & 1n], [31n, 1n, 1n, 0n]);
  rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], (pe) => {
    assert.equal(readSysreg(pe, 'VTTBR_EL2') >> 48n, 0x1234n);
    assert.equal(callInFlight(machine, 0)?.stage, 'exception');
    assert.equal(listRecs(machine, pa(AT.rd))[0]?.runningOn, 0);
    return { kind: 'irq' };
  });
  assert.equal(readSysreg(bootPe(machine), 'VTTBR_EL2'), 0n, 'the Host has its own');
});

test('saved in the middle of a command and restored, a machine goes on alike', () => {
  const machine = newMachine();
  buildRealm(machine);
  must(machine, 'RMI_GRANULE_DELEGATE', 0x8030_0000);
  beginCall(machine, fidOfName('RMI_RTT_CREATE'), [AT.rd, 0x8030_0000, 0x20_0000, 3]);
  const hashes: string[] = [];
  for (let steps = 1; stepFirmware(machine); steps++) {
    const twin = newMachine();
    restoreMachine(twin, saveMachine(machine));
    if (steps % 4 !== 0) continue;
    while (stepFirmware(twin));
    hashes.push(hashMachine(twin));
  }
  const end = hashMachine(machine);
  assert.ok(hashes.length >= 3);
  assert.deepEqual([...new Set(hashes)], [end]);
});
