/** Recorded traces of another RMM, call by call: every returned register, measurement, granule state and Realm register. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { PresetName } from '../../emulator/machine/presets/presets';
import { replayLine } from '../../emulator/rmm/replay/replay';
import type { TraceHeader, TraceLine } from '../../emulator/rmm/replay/trace';
import { newMachine } from './support';

const ROOT = 'test/vectors/rmm';

function readTrace(path: string): [TraceHeader, ...TraceLine[]] {
  const text = gunzipSync(readFileSync(path)).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line)) as [TraceHeader, ...TraceLine[]];
}

for (const folder of ['directed', 'random']) {
  describe(`recorded RMM traces, ${folder}`, () => {
    for (const file of readdirSync(`${ROOT}/${folder}`).filter((name) => name.endsWith('.gz'))) {
      test(file, () => {
        const [header, ...lines] = readTrace(`${ROOT}/${folder}/${file}`);
        const machine = newMachine(`trace-${header.platform.id.toLowerCase()}` as PresetName);
        assert.equal('end' in (lines.at(-1) ?? {}), true, 'the trace is complete');
        lines.forEach((line, index) => {
          const mismatches = replayLine(machine, line);
          assert.deepEqual(mismatches, [], `line ${index + 2}: ${JSON.stringify(line).slice(0, 300)}`);
        });
      });
    }
  });
}

test('a wrong expectation is found', () => {
  const machine = newMachine();
  const line = { fid: '0xc4000151', name: 'RMI_GRANULE_DELEGATE', x: ['0x80001000'], ret: ['0x1'] };
  assert.deepEqual(replayLine(machine, line), [{ what: 'X0', expected: '0x1', actual: '0x0' }]);
  const granules = { granules: [['0x80001000', 1, 'DATA']] as [string, number, string][] };
  assert.equal(replayLine(machine, granules)[0]?.actual, 'DELEGATED');
});
