import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  currentEl,
  readPc,
  readPstate,
  readSysreg,
  readX,
  restorePe,
  savePe,
  writePstate,
  writeSysreg,
  writeX,
} from '../../../emulator/cpu/pe';
import { decodeEsr, decodePstate } from '../../../emulator/cpu/sysreg/decode';
import { encodingKey } from '../../../emulator/cpu/sysreg/row';
import { SYSREG_COUNT, SYSREG_ROWS, WORLD_BANKED } from '../../../emulator/cpu/sysreg/sysreg';
import { Pas } from '../../../emulator/memory/pas';
import { bench, CODE, Exit, exits, mrs, msr, sys } from './support';

test('every register has its own name and encoding, and fits the PE area', () => {
  assert.equal(new Set(SYSREG_ROWS.map((row) => row.name)).size, SYSREG_COUNT);
  assert.equal(new Set(SYSREG_ROWS.map((row) => encodingKey(...row.encoding))).size, SYSREG_COUNT);
  assert.ok(0x400 + 8 * SYSREG_COUNT < 0x4000);
  for (const row of SYSREG_ROWS) {
    assert.ok(row.read !== undefined || row.write !== undefined, row.name);
    for (const [name, high, low] of row.fields) assert.ok(high >= low && high < 64, `${row.name}.${name}`);
  }
  for (const name of WORLD_BANKED) assert.ok(!name.endsWith('_EL3'), name);
});

test('MRS and MSR are allowed from their EL up and UNDEFINED below, for every register', () => {
  for (const row of SYSREG_ROWS) {
    for (const el of [0, 1, 2, 3]) {
      for (const read of [true, false]) {
        const it = bench(el);
        const advertised = row.advertised?.(it.machine.platform) !== false;
        const lowest = read ? row.read : row.write;
        writeSysreg(it.pe, 'SCTLR_EL1', 0x3405_d398n | (1n << 9n) | (1n << 15n));
        writeSysreg(it.pe, 'CNTKCTL_EL1', 0x303n);
        writeSysreg(it.pe, 'PMUSERENR_EL0', 1n);
        writeSysreg(it.pe, 'HCR_EL2', readSysreg(it.pe, 'HCR_EL2') | (3n << 40n));
        writeSysreg(it.pe, 'CPACR_EL1', 3n << 20n);
        writeX(it.pe, 3, readSysreg(it.pe, row.name));
        exits(it, Exit.System, read ? mrs(3, row.name) : msr(row.name, 3));
        const allowed = advertised && lowest !== undefined && el >= lowest;
        assert.equal(readPc(it.pe) === BigInt(CODE) + 4n, allowed, `${row.name} ${read ? 'read' : 'write'} at EL${el}`);
      }
    }
  }
});

test('FPCR and FPSR keep the bits that are built, and are trapped with floating point', () => {
  const it = bench(1);
  writeSysreg(it.pe, 'CPACR_EL1', 3n << 20n);
  writeX(it.pe, 1, 0xffff_ffff_ffff_ffffn);
  exits(it, Exit.System, msr('FPCR', 1));
  assert.equal(readSysreg(it.pe, 'FPCR'), 0x07c8_0000n);
  exits(it, Exit.System, msr('FPSR', 1));
  assert.equal(readSysreg(it.pe, 'FPSR'), 0x0800_009fn);
  const trapped = bench(1);
  writeSysreg(trapped.pe, 'CPACR_EL1', 0n);
  exits(trapped, Exit.System, mrs(1, 'FPSR'));
  assert.equal(readSysreg(trapped.pe, 'ESR_EL1') >> 26n, 0x07n);
});

test('bits that are not writable keep their value', () => {
  const it = bench(2);
  writeX(it.pe, 1, 0xffff_ffff_ffff_ffffn);
  exits(it, Exit.System, msr('VBAR_EL1', 1));
  assert.equal(readSysreg(it.pe, 'VBAR_EL1'), 0xffff_ffff_ffff_f800n);
  exits(it, Exit.System, msr('ICC_SRE_EL2', 1));
  assert.equal(readSysreg(it.pe, 'ICC_SRE_EL2'), 15n);
});

test('PSTATE as registers', () => {
  const it = bench(1);
  writeX(it.pe, 1, 0x3c0n);
  exits(it, Exit.System, msr('DAIF', 1));
  assert.equal(readPstate(it.pe) & 0x3c0, 0x3c0);
  exits(it, Exit.System, 0xd503_42ff);
  exits(it, Exit.System, mrs(2, 'DAIF'));
  assert.equal(readX(it.pe, 2), 0x340n, 'DAIFClr #2 clears I');
  exits(it, Exit.System, mrs(2, 'CurrentEL'));
  assert.equal(readX(it.pe, 2), 4n);
  exits(it, Exit.System, 0xd500_419f);
  exits(it, Exit.System, mrs(2, 'PAN'));
  assert.equal(readX(it.pe, 2), 1n << 22n);
});

test('a Realm that reads an ID register traps to EL2 with the fields of the instruction', () => {
  const it = bench(1, Pas.Realm);
  writeSysreg(it.pe, 'HCR_EL2', 1n << 18n);
  exits(it, Exit.System, mrs(7, 'ID_AA64PFR0_EL1'));
  assert.equal(currentEl(it.pe), 2);
  assert.equal(it.pe.runner, 'rmm');
  const esr = readSysreg(it.pe, 'ESR_EL2');
  assert.equal(esr, (0x18n << 26n) | (1n << 25n) | (3n << 20n) | (7n << 5n) | (4n << 1n) | 1n);
  assert.equal(decodeEsr(esr).text, 'Trapped MSR, MRS or system instruction: read of S3_0_C0_C4_0');
});

test('HCR_EL2.TVM and TRVM trap the virtual memory controls', () => {
  for (const [bit, word] of [
    [26n, msr('TTBR0_EL1', 0)],
    [30n, mrs(0, 'SCTLR_EL1')],
  ] as const) {
    const it = bench(1);
    writeSysreg(it.pe, 'HCR_EL2', 1n << bit);
    exits(it, Exit.System, word);
    assert.equal(currentEl(it.pe), 2);
  }
});

test('the identity registers of EL1 are those EL2 gives it', () => {
  const it = bench(1);
  writeSysreg(it.pe, 'VMPIDR_EL2', 0x8000_0102n);
  exits(it, Exit.System, mrs(1, 'MPIDR_EL1'));
  assert.equal(readX(it.pe, 1), 0x8000_0102n);
});

test('counter and timers follow the clock', () => {
  const it = bench(1);
  it.machine.clock.ticks = 1000;
  writeSysreg(it.pe, 'CNTVOFF_EL2', 400n);
  exits(it, Exit.System, mrs(1, 'CNTVCT_EL0'));
  assert.equal(readX(it.pe, 1), 600n);
  writeX(it.pe, 1, 50n);
  exits(it, Exit.System, msr('CNTV_TVAL_EL0', 1));
  assert.equal(readSysreg(it.pe, 'CNTV_CVAL_EL0'), 650n);
  writeX(it.pe, 1, 1n);
  exits(it, Exit.System, msr('CNTV_CTL_EL0', 1));
  exits(it, Exit.System, mrs(2, 'CNTV_CTL_EL0'));
  assert.equal(readX(it.pe, 2), 1n);
  it.machine.clock.ticks = 1050;
  exits(it, Exit.System, mrs(2, 'CNTV_CTL_EL0'));
  assert.equal(readX(it.pe, 2), 5n);
  it.machine.clock.ticks = 1060;
  exits(it, Exit.System, mrs(2, 'CNTV_TVAL_EL0'));
  assert.equal(readX(it.pe, 2), 0xffff_fff6n);
});

test('the ID registers tell what there is', () => {
  const it = bench(2);
  const field = (name: 'ID_AA64PFR0_EL1' | 'ID_AA64MMFR0_EL1' | 'ID_AA64ISAR0_EL1', low: bigint): bigint =>
    (readSysreg(it.pe, name) >> low) & 15n;
  assert.equal(field('ID_AA64PFR0_EL1', 16n), it.machine.platform.features.fp ? 1n : 15n);
  assert.equal(field('ID_AA64PFR0_EL1', 32n), 0n);
  assert.equal(field('ID_AA64PFR0_EL1', 52n), 1n);
  assert.equal(field('ID_AA64MMFR0_EL1', 0n), 5n);
  assert.equal(field('ID_AA64ISAR0_EL1', 16n), 1n);
});

test('E2H redirects EL1 names at EL2', () => {
  const it = bench(2);
  writeSysreg(it.pe, 'HCR_EL2', 1n << 34n);
  writeX(it.pe, 1, 0x1234_5000n);
  exits(it, Exit.System, msr('VBAR_EL1', 1));
  assert.equal(readSysreg(it.pe, 'VBAR_EL2'), 0x1234_5000n);
  assert.equal(readSysreg(it.pe, 'VBAR_EL1'), 0n);
  exits(it, Exit.System, msr('VBAR_EL1', 1) | (5 << 16));
  assert.equal(readSysreg(it.pe, 'VBAR_EL1'), 0x1234_5000n);
});

test('unknown system instructions are UNDEFINED, known ones are done', () => {
  for (const [word, allowed] of [
    [sys(0, 8, 7, 0), true],
    [sys(4, 8, 7, 0), true],
    [sys(6, 8, 7, 0), false],
    [sys(0, 7, 5, 0), true],
    [sys(3, 7, 7, 1, 0), false],
    [sys(5, 7, 5, 0), false],
  ] as const) {
    const it = bench(2);
    exits(it, Exit.System, word);
    assert.equal(readPc(it.pe) === BigInt(CODE) + 4n, allowed, word.toString(16));
  }
});

test('the virtual GIC interface acknowledges and ends what is in the list registers', () => {
  const it = bench(1, Pas.Realm, 0x3c0);
  writeSysreg(it.pe, 'HCR_EL2', 0x18n);
  writeSysreg(it.pe, 'ICH_HCR_EL2', 1n);
  writeSysreg(it.pe, 'ICH_VMCR_EL2', (0xf8n << 24n) | 2n);
  writeSysreg(it.pe, 'ICH_LR0_EL2', (1n << 62n) | (1n << 60n) | (0x80n << 48n) | 27n);
  exits(it, Exit.System, mrs(1, 'ICC_HPPIR1_EL1'));
  assert.equal(readX(it.pe, 1), 27n);
  exits(it, Exit.System, mrs(1, 'ICC_IAR1_EL1'));
  assert.equal(readX(it.pe, 1), 27n);
  assert.equal(readSysreg(it.pe, 'ICH_LR0_EL2') >> 62n, 2n);
  exits(it, Exit.System, mrs(2, 'ICC_RPR_EL1'));
  assert.equal(readX(it.pe, 2), 0x80n);
  exits(it, Exit.System, msr('ICC_EOIR1_EL1', 1));
  assert.equal(readSysreg(it.pe, 'ICH_LR0_EL2') >> 62n, 0n);
  exits(it, Exit.System, mrs(1, 'ICC_IAR1_EL1'));
  assert.equal(readX(it.pe, 1), 1023n);
});

test('a pending list register interrupts EL1 as soon as it unmasks IRQs', () => {
  const it = bench(1, Pas.Realm, 0x3c0);
  writeSysreg(it.pe, 'HCR_EL2', 0x18n);
  writeSysreg(it.pe, 'ICH_HCR_EL2', 1n);
  writeSysreg(it.pe, 'ICH_VMCR_EL2', (0xf8n << 24n) | 2n);
  writeSysreg(it.pe, 'ICH_LR0_EL2', (1n << 62n) | (1n << 60n) | (0x80n << 48n) | 27n);
  exits(it, Exit.System, 0xd503_42ff);
  assert.equal(readPc(it.pe), 0x280n);
  assert.equal(readSysreg(it.pe, 'ELR_EL1'), BigInt(CODE) + 4n);
});

test('syndromes and PSTATE in words', () => {
  assert.equal(decodeEsr(0x9200_0047n).text, 'Data Abort from a lower EL: translation fault, level 3 on a write');
  assert.equal(decodeEsr(0x8200_0028n).text, 'Instruction Abort from a lower EL: granule protection fault');
  assert.equal(decodeEsr(0x5e00_0000n).name, 'SMC');
  assert.equal(decodePstate(0x3c5).mode, 'EL1h');
  assert.equal(decodePstate(0x6000_0000).fields.find((field) => field.name === 'Z')?.value, 1n);
});

test('a PE saved and restored is the same PE', () => {
  const it = bench(1, Pas.Realm, 0x2000_0000);
  writeX(it.pe, 5, 0x1234_5678_9abc_def0n);
  writeSysreg(it.pe, 'TTBR0_EL1', 0x8000_0000n);
  const saved = savePe(it.pe);
  writePstate(it.pe, 0x3c9);
  writeX(it.pe, 5, 0n);
  it.pe.runner = 'off';
  restorePe(it.pe, saved);
  assert.equal(readX(it.pe, 5), 0x1234_5678_9abc_def0n);
  assert.equal(currentEl(it.pe), 1);
  assert.equal(it.pe.runner, 'a64');
  assert.deepEqual(savePe(it.pe), saved);
});

test('the ID space reads zero where no register is defined, and traps like the rest of it', () => {
  // ID_AA64FPFR0_EL1, ID_AA64ISAR3_EL1, ID_AA64DFR2_EL1 and reserved encodings, as MRS X3.
  const encodings = [
    [4, 7],
    [6, 3],
    [5, 2],
    [3, 7],
    [7, 7],
    [1, 0],
  ] as const;
  for (const [crm, op2] of encodings) {
    const word = (0xd538_0000 | (crm << 8) | (op2 << 5) | 3) >>> 0;
    const it = bench(1);
    writeX(it.pe, 3, 5n);
    exits(it, Exit.System, word);
    assert.equal(readPc(it.pe), BigInt(CODE) + 4n);
    assert.equal(readX(it.pe, 3), 0n);
    const realm = bench(1, Pas.Realm);
    writeSysreg(realm.pe, 'HCR_EL2', 1n << 18n);
    exits(realm, Exit.System, word);
    assert.equal(currentEl(realm.pe), 2);
    const user = bench(0);
    exits(user, Exit.System, word);
    assert.equal(readSysreg(user.pe, 'ESR_EL1') >> 26n, 0x18n, 'FEAT_IDST');
    const write = bench(1);
    exits(write, Exit.System, (word & ~(1 << 21)) >>> 0);
    assert.equal(readSysreg(write.pe, 'ESR_EL1') >> 26n, 0n);
  }
  const outside = bench(1);
  exits(outside, Exit.System, 0xd538_0803); // CRm 8
  assert.equal(readPc(outside.pe) === BigInt(CODE) + 4n, false);
});

test('DCZID_EL0.DZP tells where DC ZVA is prohibited', () => {
  const read = (el: number, sctlr: bigint, hcr: bigint): bigint => {
    const it = bench(el);
    writeSysreg(it.pe, 'SCTLR_EL1', sctlr);
    writeSysreg(it.pe, 'HCR_EL2', hcr);
    exits(it, Exit.System, mrs(3, 'DCZID_EL0'));
    return readX(it.pe, 3);
  };
  assert.equal(read(0, 0n, 0n), 0x14n);
  assert.equal(read(0, 1n << 14n, 0n), 4n);
  assert.equal(read(1, 0n, 0n), 4n);
  assert.equal(read(1, 1n << 14n, 1n << 28n), 0x14n);
});
