/** V0 to V31, FPCR and FPSR belong to a world and to a REC: nothing of the Host's reaches a Realm, nothing comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSysreg, readV, writeSysreg, writeV } from '../../emulator/cpu/pe';
import { A64, CODE, enterCode, readData, recSysreg, setRec, writeCode } from './realm-code';
import { bootPe, buildRealm, newMachine } from './support';

const DATA = 0x800;
const FPCR = { read: 0xd53b_4400, write: 0xd51b_4400 };
const FPSR = { read: 0xd53b_4420, write: 0xd51b_4420 };
/** STR Q<n>, [X2], #16 and LD1R { V<n>.2D }, [X3]. */
const store = (n: number): number => 0x3c81_0440 | n;
const fill = (n: number): number => 0x4d40_cc60 | n;
const ALL = Array.from({ length: 32 }, (_, n) => n);
const HOST_FPCR = 0x0340_0000n;
const HOST_FPSR = 0x0800_009fn;
const REALM_FPCR = 0x00c0_0000n;
const REALM_FPSR = 0x0800_0010n;

test('vector registers of the Host and of a Realm are kept apart', () => {
  const machine = newMachine('fvp');
  buildRealm(machine, {});
  const pe = bootPe(machine);
  const host = ALL.map((n) => (0xfeed_0000_0000_0000n << 64n) | BigInt(n + 1));
  const setHost = (): void => {
    host.forEach((value, n) => {
      writeV(pe, n, value);
    });
    writeSysreg(pe, 'FPCR', HOST_FPCR);
    writeSysreg(pe, 'FPSR', HOST_FPSR);
  };
  const expectHost = (): void => {
    assert.deepEqual(
      ALL.map((n) => readV(pe, n)),
      host,
    );
    assert.equal(readSysreg(pe, 'FPCR'), HOST_FPCR);
    assert.equal(readSysreg(pe, 'FPSR'), HOST_FPSR);
  };
  // CPACR_EL1.FPEN; stores all of it, gives the registers values of its own, waits; stores all of it again.
  const dump = [...ALL.map(store), FPCR.read | 8, FPSR.read | 9, 0xa881_2448];
  const change = [...ALL.map(fill), FPCR.write | 6, FPSR.write | 7];
  writeCode(machine, CODE, [0xd518_1045, 0xd503_3fdf, ...dump, ...change, A64.wfi, ...dump, A64.wfi]);
  const x = { 2: BigInt(DATA), 3: BigInt(CODE), 5: 3n << 20n, 6: REALM_FPCR, 7: REALM_FPSR };
  setRec(machine, { pc: CODE, x });
  setHost();
  enterCode(machine);
  expectHost();
  const size = 32 * 16 + 16;
  for (let at = 0; at < size; at += 8) assert.equal(readData(machine, DATA + at), 0n, `a new REC at ${at}`);
  assert.equal(recSysreg(machine, 'FPCR'), REALM_FPCR);
  assert.equal(recSysreg(machine, 'FPSR'), REALM_FPSR);
  enterCode(machine);
  expectHost();
  const own = readData(machine, CODE);
  for (let at = 0; at < size - 16; at += 8) assert.equal(readData(machine, DATA + size + at), own, `at ${at}`);
  assert.equal(readData(machine, DATA + 2 * size - 16), REALM_FPCR);
  assert.equal(readData(machine, DATA + 2 * size - 8), REALM_FPSR);
});
