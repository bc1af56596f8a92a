/** Rows as data: the catalogue, identities, and what an unknown function identifier gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readX } from '../../emulator/cpu/pe';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { describeRow } from '../../emulator/rmm/commands/describe';
import { ROWS } from '../../emulator/rmm/commands/rows';
import { statusValue } from '../../emulator/rmm/status';
import { BIT_FIELDS } from '../../emulator/rmm/structures/bit-fields';
import { ENUMERATIONS } from '../../emulator/rmm/structures/enumerations';
import { RD_LAYOUT } from '../../emulator/rmm/structures/rd';
import { REC_LAYOUT } from '../../emulator/rmm/structures/rec';
import { STRUCTURES, type Structure } from '../../emulator/rmm/structures/structures';
import { AT, beginCall, bootPe, buildRealm, newMachine, rmi, smc, stepFirmware } from './support';

test('the catalogue is what the rows say (node scripts/catalogue.mjs)', () => {
  assert.deepEqual(CATALOGUE, ROWS.map(describeRow));
});

test('RMM 1.0 is complete: 23 RMI, 10 RSI, 8 PSCI commands, each FID once', () => {
  const count = (kind: string): number =>
    ROWS.filter((row) => row.interface === kind && row.name !== 'SMCCC_VERSION' && row.versions.includes('1.0')).length;
  assert.deepEqual([count('rmi'), count('rsi'), count('psci')], [23, 10, 8]);
  const later = ROWS.filter(({ versions }) => !versions.includes('1.0')).map(({ name }) => name);
  assert.deepEqual(later, ['RMI_MEC_SET_SHARED', 'RMI_MEC_SET_PRIVATE']);
  const fids = ROWS.flatMap(({ fid, fidAlt }) => (fidAlt === undefined ? [fid] : [fid, fidAlt]));
  assert.equal(new Set(fids).size, fids.length);
});

test('every failure has an id of its own in its row, a text and a known status', () => {
  for (const row of ROWS) {
    const failures = row.stages.flatMap((stage) => (stage.kind === 'fail' ? [stage] : []));
    assert.equal(new Set(failures.map(({ id }) => id)).size, failures.length, row.name);
    for (const { text, status } of failures) {
      assert.ok(text.length > 0, row.name);
      assert.doesNotThrow(() => statusValue(status), `${row.name} ${status}`);
    }
  }
});

test('operands name types that exist', () => {
  const plain = /^(Address|Int64|UInt\d+|Bits\d+)$/;
  const known = new Set([...Object.keys(STRUCTURES), ...Object.keys(BIT_FIELDS), ...Object.keys(ENUMERATIONS)]);
  for (const row of ROWS) {
    for (const { name, type } of [...row.inputs, ...row.outputs]) {
      assert.ok(plain.test(type) || known.has(type), `${row.name}.${name}: ${type}`);
    }
  }
});

test('fields of structures and layouts fit and do not overlap', () => {
  const all: Record<string, Structure> = { ...STRUCTURES, RD: RD_LAYOUT, REC: REC_LAYOUT };
  for (const [name, { size, fields }] of Object.entries(all)) {
    let end = 0;
    for (const field of Object.values(fields).sort((a, b) => a.offset - b.offset)) {
      assert.ok(field.offset >= end, `${name}.${field.name} overlaps`);
      end = field.offset + field.size * field.count;
    }
    assert.ok(end <= size, `${name} is ${end} bytes long`);
  }
});

test('unknown function identifiers get -1; RMI is not for a Realm, RSI not for a Host', () => {
  const machine = newMachine();
  buildRealm(machine);
  const pe = bootPe(machine);
  for (const fid of [0xc400_016a, 0xc400_0160, 0xc400_0190, 0x8400_0150]) {
    beginCall(machine, fid, [1, 2, 3, 4, 5]);
    while (stepFirmware(machine));
    assert.equal(readX(pe, 0), 0xffff_ffff_ffff_ffffn, fid.toString(16));
    assert.equal(readX(pe, 5), 5n, 'X5 is preserved');
  }
  rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], (realm, stay) => {
    if (stay === 0) return smc(realm, 0xc400_0151, 0x8000_0000);
    assert.equal(readX(realm, 0), 0xffff_ffff_ffff_ffffn);
    return { kind: 'fiq' };
  });
});

test('the SVE hint bit of a function identifier is ignored', () => {
  const machine = newMachine();
  beginCall(machine, 0xc401_0150, [0x1_0000]);
  while (stepFirmware(machine));
  assert.deepEqual([readX(bootPe(machine), 0), readX(bootPe(machine), 1)], [0n, 0x1_0000n]);
});
