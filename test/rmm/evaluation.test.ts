/** The evaluation of a call: which condition failed, by which values, what was not reached; for every row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeX } from '../../emulator/cpu/pe';
import { subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine } from '../../emulator/machine/snapshot';
import { ROWS, rowOfName } from '../../emulator/rmm/commands/rows';
import { type CallEvaluation, describeEvaluation, evaluateCall, predictCall } from '../../emulator/rmm/inspect';
import { sampleMachine } from '../machine/support';
import { AT, beginCall, buildRealm, fidOfName, newMachine, rmi, stepFirmware } from './support';

test('every condition of every row shows what it compares', () => {
  for (const { name, stages } of ROWS) {
    for (const stage of stages) {
      if (stage.kind === 'fail') assert.ok(stage.compared !== undefined, `${name} ${stage.id}`);
    }
  }
});

const mentions = (text: string, word: string): boolean =>
  new RegExp(`(^|[^A-Za-z0-9_])${word}([^A-Za-z0-9_]|$)`).test(text);

/** Conditions that name an operand but show none by its name. */
const UNNAMED = new Set<string>();

/** A condition that names operands shows at least one of them, by its own name. */
function checkNames({ name, inputs, stages }: CallEvaluation): void {
  for (const { id, kind, text, outcome, values } of stages) {
    if (kind !== 'fail' || (outcome !== 'passed' && outcome !== 'failed')) continue;
    assert.ok(values.length > 0, `${name} ${id}: nothing compared`);
    for (const [shown, value] of values) assert.ok(shown !== '' && value !== '', `${name} ${id}: ${shown}=${value}`);
    const operands = inputs.map(([, operand]) => operand).filter((operand) => mentions(text, operand));
    const shown = values.map(([each]) => each).join(' ; ');
    const named = operands.length === 0 || operands.some((operand) => mentions(shown, operand));
    if (!named) UNNAMED.add(`${name} ${id} (${text}) shows ${shown}`);
  }
}

/** Evaluates every call at its end; returns the commands and conditions seen to fail. */
function follow(machine: Machine): Set<string> {
  const failed = new Set<string>();
  machine.rmm.evaluations.on = true;
  subscribe(
    machine.events,
    ({ words }) => {
      const evaluation = evaluateCall(machine, Number(words[1]));
      assert.ok(evaluation !== null);
      checkNames(evaluation);
      const bad = evaluation.stages.filter(({ outcome }) => outcome === 'failed');
      assert.equal(bad.length, Number(words[7]) === 0 ? 0 : 1);
      for (const { id, index } of bad) {
        assert.equal(index + 1, Number(words[7]));
        failed.add(`${evaluation.name} ${id}`);
      }
    },
    ['commandEnd'],
  );
  return failed;
}

const POOL = [0, 1, 4096, AT.rd, AT.rec, AT.data, AT.level3, AT.params, AT.run, AT.rtt, 0x8200_0000, 0x8200_0001];
const SMALL = [0, 1, 2, 3, 4, 0x2000, 0x20_0000, 2 ** 32, 2 ** 33, 2 ** 47];

test('values are named after the operands, in calls of every RMI command with all kinds of arguments', () => {
  const machine = newMachine('fvp');
  buildRealm(machine);
  const failed = follow(machine);
  let state = 1;
  const pick = <T>(list: readonly T[]): T => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return list[(state >>> 16) % list.length] as T;
  };
  const rows = ROWS.filter(
    (row) => row.interface === 'rmi' && row.versions.includes('1.0') && !/_DESTROY|ENTER|UNDELEGATE/.test(row.name),
  );
  for (let round = 0; round < 60; round++) {
    for (const row of rows) {
      const registers = row.inputs.map(({ name }, at) =>
        /^(rd)$/.test(name) && round % 3 > 0 ? AT.rd : pick(at === 0 || round % 2 === 0 ? POOL : SMALL),
      );
      rmi(machine, row.name, registers);
    }
  }
  for (const name of ['RMI_REC_ENTER', 'RMI_REC_DESTROY', 'RMI_REALM_DESTROY', 'RMI_DATA_DESTROY', 'RMI_RTT_DESTROY']) {
    for (let round = 0; round < 10; round++) rmi(machine, name, [pick(POOL), pick(SMALL), pick(SMALL)]);
  }
  assert.deepEqual([...UNNAMED], []);
  assert.ok(failed.size > 60, `${failed.size} conditions seen to fail`);
});

test('values are named after the operands in a Realm that calls everything wrongly', () => {
  const machine = sampleMachine('test/guests/rejected-call.elf');
  const failed = follow(machine);
  run(machine, { steps: 1_000_000 });
  assert.deepEqual([...UNNAMED], []);
  assert.ok([...failed].filter((each) => each.startsWith('RSI_')).length >= 4, [...failed].join());
});

const pe0 = (machine: Machine): number =>
  (machine.rmm.guestFrames[0] ?? machine.rmm.frames[0] ?? machine.rmm.finished[0])!.call;

test('a refused call names the condition, its values and what was not reached', () => {
  const machine = newMachine('fvp');
  buildRealm(machine);
  machine.rmm.evaluations.on = true;
  // 0x4000_0000 has no level 2 table: the walk ends at level 1.
  rmi(machine, 'RMI_RTT_READ_ENTRY', [AT.rd, 0x1000, 3]);
  rmi(machine, 'RMI_DATA_DESTROY', [AT.rd, 0x4000_0000]);
  const evaluation = evaluateCall(machine, pe0(machine))!;
  assert.deepEqual([evaluation.result?.status, evaluation.result?.index], ['RMI_ERROR_RTT', 1]);
  assert.deepEqual(
    evaluation.result?.outputs.map(([, name]) => name),
    ['top'],
  );
  const bad = evaluation.stages.find(({ outcome }) => outcome === 'failed')!;
  assert.equal(bad.id, 'rtt_walk');
  assert.deepEqual(bad.values, [
    ['walk.level', '1'],
    ['walk.rtte.state', 'UNASSIGNED'],
    ['wanted level', '3'],
  ]);
  const after = evaluation.stages.slice(bad.index + 1);
  assert.ok(
    after.length >= 3 && after.every(({ outcome, values }) => outcome === 'not reached' && values.length === 0),
  );
  const lines = describeEvaluation(machine, pe0(machine));
  assert.match(lines[0] ?? '', /^RMI_DATA_DESTROY #\d+$/);
  assert.ok(lines.some((line) => /✗ fail {2}rtt_walk .*walk\.level = 1.*FAILED$/.test(line)));
  assert.ok(lines.some((line) => /· do {4}unmap .*not reached$/.test(line)));
  assert.ok(lines.includes('  result RMI_ERROR_RTT (index 1)'));
});

test('without a record the failing condition still has its values until the next call', () => {
  const machine = newMachine('fvp');
  rmi(machine, 'RMI_GRANULE_DELEGATE', [1]);
  const call = pe0(machine);
  const bad = evaluateCall(machine, call)!.stages.find(({ outcome }) => outcome === 'failed')!;
  assert.deepEqual(bad.values, [['addr', '0x1']]);
  rmi(machine, 'RMI_VERSION', [0x1_0000]);
  assert.equal(evaluateCall(machine, call), null, 'only the last call of a PE is kept');
});

test('before a call runs its conditions can be told; telling changes nothing', () => {
  const machine = newMachine('fvp');
  buildRealm(machine);
  const calls: readonly (readonly [string, readonly number[]])[] = [
    ['RMI_DATA_CREATE_UNKNOWN', [AT.rd, 0x8200_0000, 0x5000]],
    ['RMI_DATA_CREATE_UNKNOWN', [AT.rd, AT.data, 0x5000]],
    ['RMI_REALM_CREATE', [0x8200_0000, AT.params]],
    ['RMI_RTT_FOLD', [AT.rd, 0, 3]],
    ['RMI_REC_ENTER', [AT.rec, AT.run]],
  ];
  machine.rmm.evaluations.on = true;
  for (const [name, registers] of calls) {
    beginCall(machine, fidOfName(name), registers);
    while (machine.rmm.frames[0] === null) stepFirmware(machine);
    const call = machine.rmm.frames[0]!.call;
    const before = hashMachine(machine);
    const told = predictCall(machine, call)!;
    assert.equal(hashMachine(machine), before, name);
    assert.equal(told.result, null);
    while (stepFirmware(machine));
    const really = evaluateCall(machine, call)!;
    const conditions = ({ stages }: CallEvaluation) =>
      stages
        .filter(({ kind }) => kind === 'fail' || kind === 'let')
        .map(({ id, outcome, values }) => [id, outcome === 'done' || outcome === 'next' ? 'passed' : outcome, values]);
    const until = rowOfName(name)!.stages.findIndex(({ kind }) => kind === 'do' || kind === 'exit');
    const compare = (evaluation: CallEvaluation) =>
      conditions({ ...evaluation, stages: evaluation.stages.slice(0, until).filter(({ kind }) => kind === 'fail') });
    assert.deepEqual(compare(told), compare(really), name);
  }
});

test('calls that have ended keep their values; stages that were jumped over say so', () => {
  const machine = newMachine('trace-a');
  buildRealm(machine);
  machine.rmm.evaluations.on = true;
  const refused = machine.rmm.calls;
  rmi(machine, 'RMI_DATA_CREATE_UNKNOWN', [AT.rd, AT.data, 0x5000]);
  rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run]);
  // Its Host call's page goes: the entry that would complete it leaves before the Realm runs.
  const begin = { kind: 'sync' as const, esr: 0x5e00_0000n };
  rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], (pe) => {
    writeX(pe, 0, BigInt(fidOfName('RSI_HOST_CALL')));
    writeX(pe, 1, 0x1000n);
    return begin;
  });
  rmi(machine, 'RMI_DATA_DESTROY', [AT.rd, 0x1000]);
  const entry = machine.rmm.calls;
  assert.equal(rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run])[0], 0n);
  const outcome = (call: number, id: string) =>
    evaluateCall(machine, call)?.stages.find((stage) => stage.id === id)?.outcome;
  assert.equal(outcome(entry, 'host_call'), 'done');
  assert.equal(outcome(entry, 'exception'), 'not taken');
  assert.equal(outcome(entry, 'leave'), 'done');
  const first = evaluateCall(machine, refused)!;
  assert.deepEqual(
    first.inputs.map(([, name]) => name),
    ['rd', 'data', 'ipa'],
  );
  assert.equal(first.stages.find(({ id }) => id === 'data_state')?.outcome, 'failed');
  assert.equal(first.result?.status, 'RMI_ERROR_INPUT');
});
