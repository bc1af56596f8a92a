/** The fault explainer for Realms that do not run, worlds a PE is not in, and the last fault of a run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pa } from '../../emulator/address';
import { subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine } from '../../emulator/machine/snapshot';
import { requestStop } from '../../emulator/machine/stop';
import { Pas } from '../../emulator/memory/pas';
import { explainAccess } from '../../emulator/translation/explain/explain';
import { explainFaultTaken, isFault, lastFault } from '../../emulator/translation/explain/last-fault';
import { plainExplanation } from '../../emulator/translation/explain/plain';
import { explanationLines } from '../../emulator/translation/explain/text';
import type { ExplainQuery, Explanation } from '../../emulator/translation/explain/types';
import { sampleMachine } from '../machine/support';
import { AT, buildRealm, delegate, must, newMachine, writePage } from '../rmm/support';

const HALF = 2 ** 32;

/** A REC that does not run asks about an IPA. The machine must be the same afterwards. */
function ask(machine: Machine, ipa: number, more: Partial<ExplainQuery> = {}): Explanation {
  const before = hashMachine(machine);
  const viewpoint = { kind: 'rec', rec: pa(AT.rec) } as const;
  const explanation = explainAccess(machine, { viewpoint, space: 'ipa', address: BigInt(ipa), ...more });
  assert.equal(hashMachine(machine), before, 'nothing changed');
  assert.ok(explanationLines(explanation).length > 5);
  assert.doesNotThrow(() => JSON.stringify(plainExplanation(explanation)));
  return explanation;
}

const mend = (explanation: Explanation): string => explanation.mend.join(' ');
const follows = (explanation: Explanation): string => explanation.fault?.follows.join(' ') ?? '';

test('Protected IPAs of a REC that does not run, by HIPAS and RIPAS, with what to do', () => {
  const machine = newMachine('fvp');
  buildRealm(machine);
  const mapped = ask(machine, 0x1000);
  assert.equal(mapped.outcome, 'allowed');
  assert.deepEqual([mapped.pa, mapped.pas], [BigInt(AT.data + 0x1000), Pas.Realm]);
  const stage2 = mapped.cards[1]!;
  assert.deepEqual(
    stage2.steps.map(({ descriptorPa }) => descriptorPa),
    [BigInt(AT.rtt), BigInt(AT.level2), BigInt(AT.level3 + 8)],
  );
  assert.deepEqual(stage2.steps[2]?.fields.slice(0, 2), [
    ['HIPAS', 'ASSIGNED'],
    ['RIPAS', 'RAM'],
  ]);
  assert.match(mapped.cards[3]?.verdict ?? '', /plaintext/);

  const empty = ask(machine, 0x5008);
  assert.deepEqual([empty.realm?.hipas, empty.realm?.ripas, empty.realm?.protected], ['UNASSIGNED', 'EMPTY', true]);
  assert.deepEqual([empty.fault?.text, empty.fault?.takenTo], ['stage 2 translation fault, level 3', 'R-EL2']);
  assert.match(mend(empty), /RIPAS is EMPTY: the Realm must call RSI_IPA_STATE_SET\(0x5000, 0x6000, RAM\)/);
  assert.match(follows(empty), /injects a synchronous External abort/);
  assert.match(mend(ask(machine, 0x4000_0000)), /level 2 table with RMI_RTT_CREATE first/);

  must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x1000);
  const destroyed = ask(machine, 0x1000, { access: 'write' });
  assert.equal(destroyed.realm?.ripas, 'DESTROYED');
  assert.match(mend(destroyed), /RSI_CHANGE_DESTROYED/);
  assert.match(follows(destroyed), /RMI_EXIT_SYNC/);
  assert.match(mend(ask(machine, 2 * HALF)), /ipa_width/);
});

test('before activation it is the Host who sets RIPAS', () => {
  const machine = newMachine('fvp');
  buildRealm(machine, { unfinished: true });
  const explanation = explainAccess(machine, {
    viewpoint: { kind: 'realm', rd: pa(AT.rd) },
    space: 'va',
    address: 0x5000n,
  });
  assert.match(explanation.question, /^Realm at R-EL1 reads VA 0x5000$/);
  assert.match(mend(explanation), /RMI_RTT_INIT_RIPAS\(0x5000, 0x6000\)/);
});

test('Unprotected IPAs: not mapped, mapped, executed, and delegated behind the mapping', () => {
  const machine = newMachine('fvp');
  buildRealm(machine);
  assert.match(mend(ask(machine, HALF)), /level 2 table .* RMI_RTT_MAP_UNPROTECTED at 0x1_0000_0000/);
  const tables = 0x8200_0000;
  delegate(machine, tables, 2);
  must(machine, 'RMI_RTT_CREATE', AT.rd, tables, HALF, 2);
  must(machine, 'RMI_RTT_CREATE', AT.rd, tables + 4096, HALF, 3);
  const shared = 0x8300_0000;
  must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, HALF, 3, BigInt(shared) | (3n << 6n) | (6n << 2n));
  writePage(machine, shared, { 0: 1 });
  const open = ask(machine, HALF);
  assert.deepEqual([open.outcome, open.pas, open.realm?.hipas], ['allowed', Pas.NonSecure, 'ASSIGNED_NS']);
  const executed = ask(machine, HALF, { access: 'execute' });
  assert.match(executed.fault?.text ?? '', /stage 2 permission fault/);
  assert.match(mend(executed), /never executed from Unprotected memory/);
  delegate(machine, shared);
  const stale = ask(machine, HALF);
  assert.equal(stale.fault?.text, 'granule protection fault');
  assert.match(mend(stale), /RMI_GRANULE_UNDELEGATE.*RMI_RTT_UNMAP_UNPROTECTED belongs before RMI_GRANULE_DELEGATE/);
  assert.deepEqual(
    stale.cards.map(({ outcome }) => outcome),
    ['off', 'passed', 'fault', 'not reached'],
  );
});

test('every world asks for the same granule', () => {
  const machine = newMachine('fvp');
  buildRealm(machine);
  const from = (security: Pas, el: number, address: number = AT.data): Explanation =>
    explainAccess(machine, {
      viewpoint: { kind: 'world', pe: 0, security, el },
      space: 'va',
      address: BigInt(address),
    });
  assert.match(from(Pas.NonSecure, 2).headline, /granule protection fault.*DATA at IPA 0x0/);
  assert.match(
    mend(from(Pas.NonSecure, 2)),
    /it is DATA .*the Host must destroy that first, then RMI_GRANULE_UNDELEGATE/,
  );
  assert.match(mend(from(Pas.Realm, 2, AT.params)), /Non-secure: only RMI_GRANULE_DELEGATE\(0x8000_1000\) moves it/);
  assert.equal(from(Pas.NonSecure, 1).fault?.takenTo, 'NS-EL1');
  assert.equal(from(Pas.Secure, 1).fault?.takenTo, 'S-EL1');
  assert.equal(from(Pas.Root, 3).fault?.takenTo, 'EL3');
  // The RMM has MECID 0 at R-EL2: it gets there, and finds what the Realm's own MECID encrypts.
  const rmm = from(Pas.Realm, 2);
  assert.equal(rmm.outcome, 'noise');
  assert.match(rmm.headline, /finds noise: accessed under MECID 0 of the Realm PAS, but it was written under MECID 1/);
});

const toTheEnd = (guest: string): Machine => {
  const machine = sampleMachine(`test/guests/${guest}.elf`);
  let stopped = false;
  subscribe(
    machine.events,
    (record) => {
      if (stopped || !isFault(record)) return;
      stopped = true;
      requestStop(machine, { kind: 'event', text: 'fault', pe: record.pe });
    },
    ['exception'],
  );
  run(machine, { steps: 1_000_000 });
  return machine;
};

test('the last fault is explained without an address, as the PE took it', () => {
  const machine = toTheEnd('ripas-empty');
  const before = hashMachine(machine);
  const taken = lastFault(machine);
  assert.ok(taken);
  assert.deepEqual([taken.from, taken.to, taken.access, taken.far], ['R-EL1', 'R-EL2', 'read', 0x4000_1238n]);
  const explanation = explainFaultTaken(machine, taken);
  assert.equal(hashMachine(machine), before);
  assert.equal(explanation.fault?.esr, taken.esr & ~0x1ff_c000n, 'the same syndrome, but for the instruction');
  assert.equal(explanation.fault?.hpfar, taken.hpfar);
  assert.equal(explanation.realm?.ripas, 'EMPTY');
  run(machine, { steps: 1000 });
  const later = lastFault(machine);
  assert.deepEqual([later?.to, later?.position], [taken.to, taken.position], 'the injected abort is the same fault');
  assert.equal(lastFault(newMachine('fvp')), undefined);
});

test('a fault of the Realm that is running is explained with its own registers', () => {
  const machine = toTheEnd('wild-pointer');
  const taken = lastFault(machine)!;
  assert.equal(taken.access, 'write');
  const explanation = explainFaultTaken(machine, taken);
  assert.match(explanation.question, /^sample REC 0 at R-EL1 writes VA 0xdea_dbee_f000$/);
  assert.match(follows(explanation), /address size fault/);
});
