/** Action lists themselves: what they refuse to begin, how they tell what failed, and that they are saved with the machine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Problem } from '../../attestation/problem';
import { checkActions, type HostAction, reportOf, runActions, seatActions } from '../../emulator/host/actions/actions';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine, restoreMachine, saveMachine } from '../../emulator/machine/snapshot';
import { begin, createArena } from './arena';
import { enter, FIXTURES, PIN_WORD } from './fixtures';

const arena = createArena(FIXTURES.filter(({ name }) => name === 'bank' || name === 'nothing'));

/** What the first failure of a list says. */
function failureOf(
  actions: readonly HostAction[],
  from = 'bank',
): readonly [path: string, expected: string, actual: string] {
  const { failure, passed } = runActions(begin(arena, from), actions);
  assert.ok(failure !== undefined && !passed, 'the list fails');
  return [failure.path, failure.expected, failure.actual];
}

describe('a malformed list is refused before anything happens', () => {
  const call = { call: 'RMI_GRANULE_DELEGATE', with: { addr: '0x8000_0000' } };
  const cases: readonly (readonly [unknown, code: string, where: string])[] = [
    [{}, 'action-type', 'actions'],
    [[1], 'action-form', 'actions[0]'],
    [[{ cal: 'RMI_VERSION' }], 'action-unknown', 'actions[0]'],
    [[call, { ...call, wiht: 1 }], 'action-key', 'actions[1]'],
    [[{ smc: 1 }], 'action-missing', 'actions[0]'],
    [[{ call: 'RMI_DATA_CRATE', with: {} }], 'action-command', 'actions[0].call'],
    [[{ call: 'RSI_FEATURES', with: { index: 0 } }], 'action-command', 'actions[0].call'],
    [[{ call: 'RMI_FEATURES' }], 'action-missing', 'actions[0].with'],
    [[{ call: 'RMI_FEATURES', with: { index: 0, more: 1 } }], 'action-operand', 'actions[0].with.more'],
    [[{ ...call, returns: { top: 1 } }], 'action-operand', 'actions[0].returns.top'],
    [[{ ...call, because: 'rtt_walk' }], 'action-stage', 'actions[0].because'],
    [[{ ...call, fails: 'RMI_ERROR' }], 'action-type', 'actions[0].fails'],
    [[{ ...call, with: { addr: 'nobody' } }], 'action-value', 'actions[0].with.addr'],
    [[{ ...call, with: { addr: '0x8000 0000' } }], 'action-value', 'actions[0].with.addr'],
    [[{ ...call, with: { addr: 2 ** 60 } }], 'action-value', 'actions[0].with.addr'],
    [[{ ...call, during: { after: 'params', do: [] } }], 'action-stage', 'actions[0].during.after'],
    [[{ on: 9, do: [] }], 'action-pe', 'actions[0].on'],
    [[{ until: { done: 0, inRealm: 0 } }], 'action-type', 'actions[0].until'],
    [[{ write: '0x8000_0000', struct: 'RmiParams' }], 'action-structure', 'actions[0].struct'],
    [
      [{ write: '0x8000_0000', struct: 'RmiRealmParams', fields: { wmid: 1 } }],
      'action-field',
      'actions[0].fields.wmid',
    ],
    [
      [{ write: '0x8000_0000', struct: 'RmiRecParams', fields: { 'aux[16]': 1 } }],
      'action-field',
      'actions[0].fields.aux[16]',
    ],
    [[{ read: '0x8000_0000', as: 'devil' }], 'action-type', 'actions[0].as'],
    [[{ secret: 'pin', bytes: '0x12' }], 'action-type', 'actions[0].bytes'],
    [
      [{ call: 'RMI_REC_ENTER', with: { rec: 0, run_ptr: 0 }, guest: [{ call: 'RMI_FEATURES', with: { index: 0 } }] }],
      'action-command',
      'actions[0].guest[0].call',
    ],
  ];
  for (const [list, code, where] of cases) {
    test(`${code} at ${where}`, () => {
      assert.throws(
        () => checkActions(list, 2),
        (error) => error instanceof Problem && error.code === code && error.where === where && error.fix !== undefined,
      );
    });
  }
});

describe('a failure says where, what was expected and what came', () => {
  test('a call that succeeds where it must not, and the other way round', () => {
    assert.deepEqual(failureOf([{ call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'spare' }, because: 'gran_state' }]), [
      'actions[0]',
      'RMI_ERROR_INPUT because gran_state',
      'RMI_SUCCESS',
    ]);
    assert.deepEqual(failureOf([{ call: 'RMI_GRANULE_UNDELEGATE', with: { addr: 'bank.rd' } }]), [
      'actions[0]',
      'success',
      'RMI_ERROR_INPUT because gran_state',
    ]);
  });
  test('another condition, index or output than expected', () => {
    const destroy = { call: 'RMI_RTT_DESTROY', with: { rd: 'bank.rd', ipa: '0x0', level: 3 } };
    assert.deepEqual(failureOf([{ ...destroy, because: 'rtte_state' }])[2], 'RMI_ERROR_RTT(3) because rtt_live');
    assert.deepEqual(
      failureOf([{ ...destroy, because: 'rtt_live', index: 2 }])[1],
      'RMI_ERROR_RTT(2) because rtt_live',
    );
    assert.deepEqual(failureOf([{ ...destroy, because: 'rtt_live', returns: { top: '0x1000' } }])[2], 'top = 0x0');
  });
  test('an access that is allowed, and one that is not', () => {
    assert.deepEqual(failureOf([{ read: 'normal', fails: 'GPF' }]).slice(0, 2), ['actions[0]', 'GPF']);
    assert.deepEqual(failureOf([{ read: 'bank.rd' }]), ['actions[0]', 'allowed', 'GPF']);
    assert.deepEqual(failureOf([{ write: 'bank.rd', as: 'secure' }]), ['actions[0]', 'allowed', 'GPF']);
  });
  test('a secret that comes to the Host, from memory or in an exit', () => {
    const shared = '0x1_0000_0000';
    const leak = enter('bank', [{ store: shared, is: PIN_WORD }]);
    assert.equal(failureOf([...leak, { read: 'bank.shared', size: 64 }])[1], 'nothing of the secret pin');
    const mmio = enter('bank', [{ store: `${shared} + 0x1000`, is: PIN_WORD, exits: true }]);
    const [, expected] = failureOf([...mmio, { exit: 'bank.run0', is: 'RMI_EXIT_SYNC' }]);
    assert.equal(expected, 'nothing of the secret pin');
  });
  test('an exit that shows a field nobody named', () => {
    assert.deepEqual(
      failureOf([
        ...enter('bank', [{ load: '0x2000', exits: true }]),
        { exit: 'bank.run0', is: 'RMI_EXIT_SYNC' },
      ]).slice(1),
      ['exit.esr = 0x0', 'exit.esr = 0x9000_0007'],
    );
  });
  test('what the Realm finds, and where it leaves', () => {
    assert.deepEqual(
      failureOf(enter('bank', [{ set: { x3: 1 } }, { load: '0x1000', is: 1 }]))[0],
      'actions[1].guest[1]',
    );
    assert.deepEqual(failureOf(enter('bank', [{ load: '0x4000' }])).slice(1), ['no exception', 'SEA']);
    assert.deepEqual(failureOf(enter('bank', [{ load: '0x1000', exits: true }])).slice(1), [
      'exit to the Host',
      'the Realm goes on',
    ]);
    assert.deepEqual(failureOf(enter('bank', [{ load: '0x2000' }, { see: { x0: 0 } }])).slice(1), [
      'the Realm goes on',
      'the REC has left to the Host',
    ]);
  });
  test('states of granules, entries and Realms', () => {
    assert.deepEqual(failureOf([{ granule: 'bank.data', state: 'DELEGATED' }]).slice(1), [
      'state DELEGATED',
      'state DATA',
    ]);
    assert.deepEqual(failureOf([{ rtt: '0x1000', rd: 'bank.rd', ripas: 'EMPTY' }]).slice(1), [
      'RIPAS EMPTY',
      'RIPAS RAM',
    ]);
    assert.deepEqual(failureOf([{ realm: 'bank.rd', vmid: 2 }]).slice(1), ['VMID = 0x2', 'VMID = 0x1']);
  });
  test('nothing is executed after the first failure, on any PE', () => {
    const machine = begin(arena, 'bank');
    const actions: HostAction[] = [
      { on: 1, do: Array(50).fill({ read: 'normal' }) },
      { read: 'normal', is: 1 },
      { read: 'normal' },
    ];
    const { results, failure } = runActions(machine, actions);
    assert.equal(failure?.path, 'actions[1]');
    assert.ok(results.length < 10);
    assert.ok(!results.some(({ path }) => path === 'actions[2]'));
  });
  test('a stage that is never passed, and a list that does not end', () => {
    const refused: HostAction = {
      call: 'RMI_GRANULE_DELEGATE',
      with: { addr: 'spare' },
      because: 'gran_state',
      during: { after: 'delegate', do: [{ read: 'normal' }] },
    };
    assert.deepEqual(failureOf([refused]), [
      'actions[0].during.after',
      'stage delegate passed',
      'the call answered without',
    ]);
    const stuck: HostAction[] = [{ until: { inRealm: 1 } }];
    const { failure } = runActions(begin(arena, 'bank'), stuck, 1000);
    assert.deepEqual([failure?.path, failure?.text], ['actions[0]', 'the list does not end']);
  });
});

test('a list is state of the machine: saved in the middle, it goes on from there to the same end', () => {
  const actions: HostAction[] = [
    ...enter('bank', [
      { load: '0x1000', is: PIN_WORD },
      { call: 'RSI_FEATURES', with: { index: 0 } },
    ]),
    { call: 'RMI_DATA_DESTROY', with: { rd: 'bank.rd', ipa: '0x1000' }, keep: { data: 'page' } },
    { read: 'page', fails: 'GPF' },
  ];
  const toTheEnd = (machine: Machine): string => {
    run(machine, { steps: 10_000 });
    assert.deepEqual(reportOf(machine).failure, undefined);
    return hashMachine(machine);
  };
  const machine = begin(arena, 'bank');
  seatActions(machine, actions);
  const start = saveMachine(machine);
  const end = toTheEnd(machine);
  for (let steps = 1; steps < 80; steps += 7) {
    restoreMachine(machine, start);
    run(machine, { steps });
    const middle = saveMachine(machine);
    assert.equal(toTheEnd(machine), end);
    restoreMachine(machine, middle);
    assert.equal(toTheEnd(machine), end, `saved after ${steps} steps`);
  }
});
