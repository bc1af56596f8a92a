import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertGood, imageAt, runRealms } from './guests';

const services = imageAt('test/guests/host-services.elf');
const multi = imageAt('samples/multi-rec/multi-rec.elf');

const lines = (text: string): string[] => text.split('\n').slice(0, -1);

test('two Realms talk through shared memory, survive an access to nothing, and fill a block that is folded', () => {
  const realm = { image: services, sharedMemory: 0x20_0000, fold: true, behaviour: ['inject-sea'] as const };
  const ran = runRealms([
    { ...realm, name: 'realm-1' },
    { ...realm, name: 'realm-2' },
  ]);
  assertGood(ran);
  for (const name of ['realm-1', 'realm-2']) {
    const own = lines(ran.console).filter((line) => line.startsWith(`${name}: `));
    assert.deepEqual(
      own.map((line) => line.slice(name.length + 2)),
      ['2 external aborts', '5 rounds', 'a block of memory keeps what was written'],
    );
  }
  assert.equal(ran.calls.get('RMI_RTT_FOLD'), 2);
});

test('RECs of several Realms take turns, and each Realm writes whole lines', () => {
  const ran = runRealms([
    { image: multi, name: 'a', recs: 3 },
    { image: multi, name: 'b', recs: 2 },
    { image: multi, name: 'c', recs: 1 },
  ]);
  assertGood(ran);
  const of = (name: string) => lines(ran.console).filter((line) => line.startsWith(`${name}: `));
  assert.ok(of('a').includes('a: 2 of 2 RECs answered an interrupt'));
  assert.ok(of('b').includes('b: CPU_ON of REC 2: INVALID_PARAMETERS'));
  assert.ok(of('c').includes('c: the virtual timer ticked 5 times'));
  assert.equal(of('a').length + of('b').length + of('c').length, lines(ran.console).length);
  const writers = lines(ran.console).map((line) => line[0]);
  assert.ok(writers.lastIndexOf('a') > writers.indexOf('c'), 'one after the other');
});

test('a Host that changes RIPAS in steps: the Realm asks again', () => {
  const ran = runRealms([{ image: multi, name: 'sample', behaviour: ['ripas-in-steps'] }]);
  assertGood(ran);
  assert.ok(ran.console.includes('8 pages to EMPTY: in several calls\n8 pages to RAM: in several calls\n'));
  assert.equal(ran.exits.filter((reason) => reason === 4).length, 16);
});

test('a Host that rejects RIPAS RAM: EMPTY is granted, RAM is not', () => {
  const ran = runRealms([{ image: multi, name: 'sample', behaviour: ['ripas-reject'] }]);
  assert.ok(ran.console.includes('8 pages to EMPTY: in one call\n8 pages to RAM: rejected\n'));
  assert.deepEqual([ran.codes[0], ran.kept.size], [2, 0]);
});

test('a Host that denies PSCI_CPU_ON', () => {
  const ran = runRealms([{ image: multi, name: 'sample', recs: 4, behaviour: ['deny-cpu-on'] }]);
  assert.equal(lines(ran.console)[0], 'CPU_ON of REC 1: DENIED');
  assertGood(ran);
});

test('an access to nothing ends the Realm when the Host does not inject', () => {
  const ran = runRealms([{ image: services, name: 'sample' }]);
  assert.match(ran.texts[0] ?? '', /wrote 4 byte\(s\) at IPA 0x1_3000_0000 \(Unprotected\): no device/);
  assert.equal(ran.kept.size, 0);
});
