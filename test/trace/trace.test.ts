import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventRecord } from '../../emulator/machine/event-ring';
import type { EventName } from '../../emulator/machine/event-table';
import { rowOfFid } from '../../emulator/rmm/commands/rows';
import { createTraceReader, readTrace, renderCall, restOfTrace } from '../../emulator/trace/trace';

let index = 0;
const record = (name: EventName, ...words: readonly bigint[]): EventRecord => ({
  index: index++,
  name,
  pe: 0,
  position: index,
  ticks: index * 100,
  words: [...words, ...new Array<bigint>(8).fill(0n)].slice(0, 8),
});
const begin = (fid: bigint, call: bigint, ...args: readonly bigint[]) => record('commandBegin', fid, call, ...args);
const end = (fid: bigint, call: bigint, ...results: readonly bigint[]) => record('commandEnd', fid, call, ...results);

const read = (...records: readonly EventRecord[]): string[] => {
  const reader = createTraceReader();
  const entries = records.flatMap((each) => readTrace(reader, each));
  return [...entries, ...restOfTrace(reader)].map(
    (entry) => `${'  '.repeat(entry.depth)}${entry.world} ${renderCall(entry)}`,
  );
};

const VERSION = 0xc400_0150n;
const DATA_CREATE = 0xc400_0153n;
const DATA_DESTROY = 0xc400_0155n;
const MEASUREMENT_READ = 0xc400_0192n;
const REC_ENTER = 0xc400_015cn;
const HOST_CALL = 0xc400_0199n;
const TOKEN_INIT = 0xc400_0194n;
const PSCI_VERSION = 0x8400_0000n;

test('a call without others inside is one line', () => {
  assert.deepEqual(read(begin(VERSION, 1n, 0x1_0000n), end(VERSION, 1n, 0n, 0x1_0000n, 0x1_0000n)), [
    'Host RMI_VERSION(req=1.0) → RMI_SUCCESS lower=1.0, higher=1.0',
  ]);
});

test('a failure names status, index and condition', () => {
  const stages = rowOfFid(Number(DATA_CREATE))?.stages ?? [];
  const failing = stages.findIndex((stage) => stage.kind === 'fail' && stage.id === 'rtt_walk');
  assert.ok(failing >= 0);
  const args = [0x9000_0000n, 0x9004_4000n, 0x8000_1000n, 0x8801_1000n, 1n];
  const lines = read(
    begin(DATA_CREATE, 7n, ...args),
    end(DATA_CREATE, 7n, 0x204n, 0n, 0n, 0n, 0n, BigInt(failing + 1)),
  );
  assert.deepEqual(lines, [
    'Host RMI_DATA_CREATE(rd=0x9000_0000, data=0x9004_4000, ipa=0x8000_1000, src=0x8801_1000, flags=measure)' +
      ' → RMI_ERROR_RTT (index 2: rtt_walk)',
  ]);
});

test('a refused call shows the outputs its failing condition sets, and no others', () => {
  const stageOf = (fid: bigint, id: string): bigint => {
    const stages = rowOfFid(Number(fid))?.stages ?? [];
    return BigInt(stages.findIndex((stage) => stage.kind === 'fail' && stage.id === id) + 1);
  };
  const refused = (fid: bigint, id: string, x0: bigint, ...x: readonly bigint[]): string => {
    const failed = stageOf(fid, id);
    assert.ok(failed > 0n, id);
    const results = [x0, ...x, 0n, 0n, 0n, 0n].slice(0, 5);
    return read(begin(fid, 1n, 9n, 9n), end(fid, 1n, ...results, failed))
      .join()
      .split(' → ')[1]!;
  };
  assert.equal(
    refused(VERSION, 'version_unsupported', 1n, 0x1_0000n, 0x1_0000n),
    'RMI_ERROR_INPUT (version_unsupported) lower=1.0, higher=1.0',
  );
  const top = [0n, 0x8020_0000n];
  assert.equal(refused(DATA_DESTROY, 'rtt_walk', 0x204n, ...top), 'RMI_ERROR_RTT (index 2: rtt_walk) top=0x8020_0000');
  assert.equal(refused(DATA_DESTROY, 'rd_align', 1n, ...top), 'RMI_ERROR_INPUT (rd_align)');
  assert.equal(refused(MEASUREMENT_READ, 'index_bound', 1n, 5n), 'RSI_ERROR_INPUT (index_bound)');
});

test('calls inside a REC entry are indented, and the exit is named', () => {
  const lines = read(
    begin(REC_ENTER, 1n, 0x9000_a000n, 0x8802_0000n),
    begin(PSCI_VERSION, 2n),
    end(PSCI_VERSION, 2n, 0x1_0001n),
    begin(HOST_CALL, 3n, 0x8000_6000n),
    end(HOST_CALL, 3n, 0n),
    record('rec', 0x9000_a000n, 0x9000_0000n, 1n, 5n),
    end(REC_ENTER, 1n, 0n),
  );
  assert.deepEqual(lines, [
    'Host RMI_REC_ENTER(rec=0x9000_a000, run_ptr=0x8802_0000) …',
    '  Realm PSCI_VERSION() → 0x10001',
    '  Realm RSI_HOST_CALL(addr=0x8000_6000) → the Host',
    'Host RMI_REC_ENTER … → RMI_SUCCESS, left by HOST_CALL',
  ]);
});

test('a call that leaves to the Host claims no result', () => {
  const lines = read(
    begin(REC_ENTER, 1n, 0x9000_a000n, 0x8802_0000n),
    begin(HOST_CALL, 2n, 0x8000_6000n),
    end(HOST_CALL, 2n, 0n),
    record('rec', 0x9000_a000n, 0x9000_0000n, 1n, 5n),
    end(REC_ENTER, 1n, 0n),
  );
  assert.equal(lines[1], '  Realm RSI_HOST_CALL(addr=0x8000_6000) → the Host');
  assert.equal(lines.length, 3);
});

test('bytes spread over registers are one value', () => {
  const words = [0x0706_0504_0302_0100n, 1n, 2n, 3n, 4n, 5n];
  const [line = ''] = read(begin(TOKEN_INIT, 3n, ...words), end(TOKEN_INIT, 3n, 0n, 0x1000n));
  assert.match(
    line,
    /^Realm RSI_ATTESTATION_TOKEN_INIT\(challenge=00010203040506070100000000000000.*…\) → RSI_SUCCESS/,
  );
  assert.match(line, /upper_bound=4096$/);
});

test('an unknown function is shown by number, and an open call is not lost', () => {
  assert.deepEqual(read(begin(0xc400_01ffn, 9n)), ['Host function 0xc40001ff() …']);
});
