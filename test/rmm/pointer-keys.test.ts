/** FEAT_PAuth in Realms: keys are the Realm's own, and stay with its REC. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSysreg, writeSysreg } from '../../emulator/cpu/pe';
import type { SysregName } from '../../emulator/cpu/sysreg/sysreg';
import { A64, CODE, enterCode, readData, recSysreg, recX, setRec, writeCode } from './realm-code';
import { bootPe, buildRealm, newMachine } from './support';

const KEYS: readonly SysregName[] = [
  'APIAKeyLo_EL1',
  'APIAKeyHi_EL1',
  'APIBKeyLo_EL1',
  'APIBKeyHi_EL1',
  'APDAKeyLo_EL1',
  'APDAKeyHi_EL1',
  'APDBKeyLo_EL1',
  'APDBKeyHi_EL1',
  'APGAKeyLo_EL1',
  'APGAKeyHi_EL1',
];
/** CRm:op2 of each. */
const PLACES = [8, 9, 10, 11, 16, 17, 18, 19, 24, 25];
const DATA = 0x800;
const move = (read: boolean, at: number, rt: number): number =>
  ((read ? 0xd538_2000 : 0xd518_2000) | ((PLACES[at]! >> 3) << 8) | ((PLACES[at]! & 7) << 5) | rt) >>> 0;

test('the Host’s keys are not the Realm’s, and the other way round', () => {
  const machine = newMachine('fvp');
  buildRealm(machine, {});
  const pe = bootPe(machine);
  const host = KEYS.map((_, at) => 0x1111_2222_3333_4400n + BigInt(at));
  KEYS.forEach((name, at) => {
    writeSysreg(pe, name, host[at]!);
  });
  // Reads every key to X10 and up, adds one to X5 and writes it to every key, stores X10.
  writeCode(machine, CODE, [
    ...KEYS.map((_, at) => move(true, at, 10 + at)),
    0x9100_04a5,
    ...KEYS.map((_, at) => move(false, at, 5)),
    0xf900_004a,
    A64.wfi,
    0x1400_0000 | ((-2 * KEYS.length - 3) & 0x3ff_ffff),
  ]);
  setRec(machine, { pc: CODE, x: { 2: BigInt(DATA), 5: 0x70n } });
  enterCode(machine);
  assert.deepEqual(
    KEYS.map((name) => readSysreg(pe, name)),
    host,
  );
  KEYS.forEach((name, at) => {
    assert.equal(recX(machine, 10 + at), 0n, `${name} of a new REC`);
    assert.equal(recSysreg(machine, name), 0x71n);
  });
  enterCode(machine);
  KEYS.forEach((name, at) => {
    assert.equal(recX(machine, 10 + at), 0x71n, name);
    assert.equal(recSysreg(machine, name), 0x72n);
    assert.equal(readSysreg(pe, name), host[at]!);
  });
  assert.equal(readData(machine, DATA), 0x71n);
});

test('what the RMM hides is UNDEFINED in a Realm, what it shows is there', () => {
  const machine = newMachine('fvp');
  buildRealm(machine, {});
  // ISAR1 shows FEAT_PAuth, ISAR2 reads zero; PACIA signs, CPYP takes an UNDEFINED exception to VBAR_EL1 (0) + 0x200.
  writeCode(machine, CODE, [0xd538_0623, 0xd538_0644, 0xdac1_0041, 0x1902_0461]);
  writeCode(machine, 0x200, [0xd538_5206, A64.wfi]);
  const sctlr = recSysreg(machine, 'SCTLR_EL1') | (1n << 31n);
  setRec(machine, { pc: CODE, x: { 1: 0x1234n, 2: 5n, 3: 0n }, sysregs: { SCTLR_EL1: sctlr } });
  enterCode(machine);
  assert.equal((recX(machine, 3) >> 4n) & 15n, 5n);
  assert.equal(recX(machine, 4), 0n);
  assert.notEqual(recX(machine, 1), 0x1234n);
  assert.equal(recX(machine, 6), 1n << 25n, 'ESR_EL1: unknown reason');
});
