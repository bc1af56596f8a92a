import assert from 'node:assert/strict';
import { test } from 'node:test';
import { granuleOf, pa } from '../../emulator/address';
import { BUS_SIZE_SHIFT, BusAccess } from '../../emulator/cpu/bus';
import { takeAbort } from '../../emulator/cpu/exceptions/exceptions';
import { TLB_BANK, TLB_READ_TAG } from '../../emulator/cpu/layout';
import { currentEl, readSysreg, writePc, writeSysreg } from '../../emulator/cpu/pe';
import { Gpi, setGpi } from '../../emulator/memory/gpt';
import { peBase } from '../../emulator/memory/map';
import { writeU32 } from '../../emulator/memory/memory';
import { encryptionContext, mecidOf, Pas, pasOf } from '../../emulator/memory/pas';
import { accessSyndrome } from '../../emulator/translation/syndrome';
import { flushTlb } from '../../emulator/translation/translation';
import { AF, NS, PAGE, put, RAM, type Space, space, type TableBuilder, tables, tcrEl1, translate } from './support';

const READ_WRITE = 3n << 6n;
const WRITE_BACK = 6n << 2n;
const NS_BIT = 1n << 55n;
const MECID = 3;
const REALM = encryptionContext(Pas.Realm, MECID);
const PAGES = 0x40;

/** A Realm EL1 with stage 1 off, a 33-bit IPA space that starts at level 1 with 8 entries, and a few Realm granules. */
function realm(): { it: Space; build: TableBuilder } {
  const it = space(1, Pas.Realm);
  for (let page = 0; page < PAGES; page++) {
    setGpi(it.machine.memory, it.machine.platform, granuleOf(pa(RAM + page * 4096)), Gpi.Realm);
  }
  writeSysreg(it.pe, 'VTCR_EL2', (1n << 31n) | (5n << 16n) | (1n << 6n) | 31n);
  writeSysreg(it.pe, 'VTTBR_EL2', BigInt(RAM));
  writeSysreg(it.pe, 'VMECID_P_EL2', BigInt(MECID));
  writeSysreg(it.pe, 'HCR_EL2', (1n << 46n) | (1n << 31n) | 1n);
  return { it, build: tables(it, RAM, 1, 1, REALM) };
}

test('Realm stage 2 maps Realm memory under its MECID, and Non-secure memory where bit 55 says so', () => {
  const { it, build } = realm();
  build.map(0x8000_0000n, 3, BigInt(RAM + 0x2_0000) | PAGE | AF | READ_WRITE | WRITE_BACK);
  build.map(0x1_8000_0000n, 3, 0x8800_0000n | PAGE | AF | READ_WRITE | WRITE_BACK | NS_BIT);
  const own = translate(it, { va: 0x8000_0008n, kind: 'read', el: 1 });
  assert.ok(own.ok && own.pa === RAM + 0x2_0008 && own.pas === Pas.Realm);
  assert.equal(mecidOf(own.context), MECID);
  assert.equal(own.ipa, 0x8000_0008);
  const shared = translate(it, { va: 0x1_8000_0000n, kind: 'write', el: 1 });
  assert.ok(shared.ok && shared.pa === 0x8800_0000 && shared.pas === Pas.NonSecure);
  assert.equal(pasOf(shared.context), Pas.NonSecure);
  const executed = translate(it, { va: 0x1_8000_0000n, kind: 'fetch', el: 1 });
  assert.ok(!executed.ok && executed.kind === 'permission' && executed.stage === 2, 'no code from Non-secure memory');
});

test('stage 2 faults: translation at every level, address size, permission, Access flag', () => {
  const { it, build } = realm();
  const fault = (va: bigint, kind: 'read' | 'write' | 'fetch' = 'read'): string => {
    const result = translate(it, { va, kind, el: 1 });
    return result.ok ? 'ok' : `${result.stage} ${result.kind} ${result.level}`;
  };
  assert.equal(fault(0x2_0000_0000n), '2 translation 0');
  assert.equal(fault(0x4000_0000n), '2 translation 1');
  build.map(0x4000_0000n, 3, BigInt(RAM + 0x2_0000) | PAGE | AF | (1n << 6n) | WRITE_BACK | (2n << 53n));
  assert.equal(fault(0x4000_0000n), 'ok');
  assert.equal(fault(0x4000_0000n, 'write'), '2 permission 3');
  assert.equal(fault(0x4000_0000n, 'fetch'), '2 permission 3');
  assert.equal(fault(0x4020_0000n), '2 translation 2');
  assert.equal(fault(0x4000_1000n), '2 translation 3');
  build.map(0x4000_2000n, 3, BigInt(RAM + 0x2_0000) | PAGE | READ_WRITE | WRITE_BACK);
  assert.equal(fault(0x4000_2000n), '2 accessFlag 3');
});

test('the walk of stage 1 goes through stage 2, and says so when that faults', () => {
  const { it, build } = realm();
  build.map(0x8000_0000n, 3, BigInt(RAM + 0x2_0000) | PAGE | AF | READ_WRITE | WRITE_BACK);
  build.map(0x8000_1000n, 3, BigInt(RAM + 0x2_1000) | PAGE | AF | READ_WRITE | WRITE_BACK);
  put(it, RAM + 0x2_0000, 0x8000_1000n | AF | 1n, REALM);
  writeSysreg(it.pe, 'MAIR_EL1', 0xffn);
  writeSysreg(it.pe, 'TCR_EL1', tcrEl1(39));
  writeSysreg(it.pe, 'TTBR0_EL1', 0x8000_0000n);
  writeSysreg(it.pe, 'SCTLR_EL1', 0x30d0_0981n);
  put(it, RAM + 0x2_0000, 0x8000_0000n | AF | 1n, REALM);
  const block = translate(it, { va: 0x1000n, kind: 'read', el: 1 });
  assert.ok(block.ok && block.pa === RAM + 0x2_1000, 'a 1 GiB stage 1 block at IPA 0x8000_0000');
  writeSysreg(it.pe, 'TTBR0_EL1', 0x9000_0000n);
  const walk = translate(it, { va: 0x1000n, kind: 'read', el: 1 });
  assert.ok(!walk.ok && walk.s1ptw && walk.stage === 2 && walk.kind === 'translation');
  assert.equal(walk.ipa, 0x9000_0000);
});

test('a granule that is not the Realm’s faults: on the access, on a descriptor fetch', () => {
  const { it, build } = realm();
  const { memory, platform } = it.machine;
  build.map(0x8000_0000n, 3, BigInt(RAM + 0x2_0000) | PAGE | AF | READ_WRITE | WRITE_BACK);
  setGpi(memory, platform, granuleOf(pa(RAM + 0x2_0000)), Gpi.NonSecure);
  const access = translate(it, { va: 0x8000_0000n, kind: 'read', el: 1 });
  assert.ok(!access.ok && access.kind === 'granule' && !access.onWalk);
  setGpi(memory, platform, granuleOf(pa(RAM)), Gpi.Root);
  const walk = translate(it, { va: 0x8000_0000n, kind: 'read', el: 1 });
  assert.ok(!walk.ok && walk.kind === 'granule' && walk.onWalk && walk.stage === 2 && walk.level === 1);
  takeAbort(it.machine, it.pe, walk);
  assert.equal(currentEl(it.pe), 2);
  assert.equal(readSysreg(it.pe, 'ESR_EL2') & 0x3fn, 0b100101n);
});

test('SCR_EL3.GPF sends granule protection faults to EL3', () => {
  const it = space(2);
  setGpi(it.machine.memory, it.machine.platform, granuleOf(pa(0x8200_0000)), Gpi.Realm);
  const first = translate(it, { va: 0x8200_0040n, kind: 'write', el: 2 });
  assert.ok(!first.ok && first.kind === 'granule');
  takeAbort(it.machine, it.pe, first);
  assert.equal(readSysreg(it.pe, 'ESR_EL2'), 0x9600_0068n);
  assert.equal(readSysreg(it.pe, 'FAR_EL2'), 0x8200_0040n);
  writeSysreg(it.pe, 'SCR_EL3', 0x501n | (1n << 48n));
  takeAbort(it.machine, it.pe, first);
  assert.equal(currentEl(it.pe), 3);
  const esr = readSysreg(it.pe, 'ESR_EL3');
  assert.equal(esr >> 26n, 0x1en);
  assert.equal((esr >> 14n) & 0x3fn, 0b001101n);
  assert.equal(readSysreg(it.pe, 'MFAR_EL3'), 0x8200_0000n | (1n << 63n));
});

test('a stage 2 data abort carries the instruction syndrome and the IPA', () => {
  const { it, build } = realm();
  build.map(0x8000_0000n, 3, BigInt(RAM + 0x2_0000) | PAGE | AF | READ_WRITE | WRITE_BACK);
  writeU32(it.machine.memory, REALM, pa(RAM + 0x2_0000), 0xb900_0c23);
  writePc(it.pe, 0x8000_0000n);
  const result = translate(it, { va: 0x1_1c09_000cn, kind: 'write', el: 1 });
  assert.ok(!result.ok);
  takeAbort(it.machine, it.pe, result);
  const esr = readSysreg(it.pe, 'ESR_EL2');
  assert.equal(esr >> 26n, 0x24n);
  assert.equal((esr >> 24n) & 1n, 1n, 'ISV');
  assert.equal((esr >> 22n) & 3n, 2n, 'SAS');
  assert.equal((esr >> 16n) & 31n, 3n, 'SRT');
  assert.equal((esr >> 6n) & 1n, 1n, 'WnR');
  assert.equal(readSysreg(it.pe, 'HPFAR_EL2'), 0x11c_0900n);
  assert.equal(readSysreg(it.pe, 'FAR_EL2'), 0x1_1c09_000cn);
  assert.equal(pasOf(NS), Pas.NonSecure);
});

test('only single-register forms without writeback have a syndrome', () => {
  for (const [word, valid] of [
    [0xf940_0021, true], // ldr x1, [x1]
    [0x3940_0021, true], // ldrb w1, [x1]
    [0x7980_0021, true], // ldrsh x1, [x1]
    [0xf860_6821, true], // ldr x1, [x1, x0]
    [0xf840_0821, true], // ldtr x1, [x1]
    [0x88df_fc21, true], // ldar w1, [x1]
    [0xf840_8421, false], // ldr x1, [x1], #8
    [0xf840_8c21, false], // ldr x1, [x1, #8]!
    [0xa940_0821, false], // ldp x1, x2, [x1]
    [0xc85f_7c21, false], // ldxr x1, [x1]
    [0xf820_0021, false], // ldadd x0, x1, [x1]
    [0xf980_0020, false], // prfm pldl1keep, [x1]
    [0x3d40_0021, false], // ldr b1, [x1]
  ] as const) {
    assert.equal((accessSyndrome(word) >> 24n) & 1n, valid ? 1n : 0n, word.toString(16));
  }
  assert.equal((accessSyndrome(0x7980_0021) >> 21n) & 1n, 1n, 'SSE');
  assert.equal((accessSyndrome(0x7980_0021) >> 15n) & 1n, 1n, 'SF');
});

test('FWB makes Normal memory of Device for stage 2, but unaligned accesses are still seen and refused', () => {
  const { it, build } = realm();
  build.map(0x8000_0000n, 3, BigInt(RAM + 0x2_0000) | PAGE | AF | READ_WRITE | WRITE_BACK);
  for (const level1 of [0x4n, 0x0n]) {
    put(it, RAM + 0x2_0000, 0x8000_0000n | AF | level1 | 1n, REALM);
    writeSysreg(it.pe, 'MAIR_EL1', 0x04_ffn);
    writeSysreg(it.pe, 'TCR_EL1', tcrEl1(39));
    writeSysreg(it.pe, 'TTBR0_EL1', 0x8000_0000n);
    writeSysreg(it.pe, 'SCTLR_EL1', 0x30d0_0981n);
    flushTlb(it.machine, 'all');
    assert.notEqual(it.machine.translation.bus.access(0, 0x8, 0, BusAccess.Read | (2 << BUS_SIZE_SHIFT)), 0);
    const view = it.machine.memory.view();
    const tag = view.getBigUint64(view.getUint32(peBase(0) + TLB_BANK, true) + TLB_READ_TAG, true);
    assert.equal(tag === 0n, level1 === 0n, 'only Normal memory may be reached past the bus');
    const unaligned = it.machine.translation.bus.access(0, 0x9, 0, BusAccess.Read | (2 << BUS_SIZE_SHIFT));
    assert.equal(unaligned !== 0, level1 === 0n);
  }
});
