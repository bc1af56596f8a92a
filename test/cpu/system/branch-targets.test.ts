/** FEAT_BTI: PSTATE.BTYPE behind indirect branches, and what guarded pages accept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pa } from '../../../emulator/address';
import { readPc, readPstate, readSysreg, writePc, writePstate, writeSysreg, writeX } from '../../../emulator/cpu/pe';
import { run } from '../../../emulator/machine/run-loop';
import { writeU64 } from '../../../emulator/memory/memory';
import { type Bench, bench, CODE, NS, program } from './support';

const TABLE = CODE + 0x10_0000;
const GUARDED = 1n << 50n;
const PLAIN = CODE;
const LANDING = CODE + 0x20_0000;
const VECTORS = CODE + 0x8000;

const NOP = 0xd503201f;
const BR = (n: number): number => 0xd61f0000 | (n << 5);
const BLR = (n: number): number => 0xd63f0000 | (n << 5);
const RET = (n: number): number => 0xd65f0000 | (n << 5);
const BTI = 0xd503241f;
const BTI_C = 0xd503245f;
const BTI_J = 0xd503249f;
const BTI_JC = 0xd50324df;
const PACIASP = 0xd503233f;
const BRK = 0xd4200000;
const SELF = 0x14000000;
const branchType = (pstate: number): number => (pstate >>> 10) & 3;

/** EL2 with an identity map of 2 MiB blocks: the code plain or guarded, the landing block guarded or not. */
function mapped(codeGuarded: boolean, landingGuarded: boolean): Bench {
  const it = bench(2);
  const { machine, pe } = it;
  const entry = (address: number, bits: bigint): void => writeU64(machine.memory, NS, pa(address), bits);
  const block = (base: number, guarded: boolean): bigint => BigInt(base) | 0x701n | (guarded ? GUARDED : 0n);
  const index = (address: number, shift: number): number => Math.floor(address / 2 ** shift) % 512;
  entry(TABLE + 8 * index(CODE, 30), BigInt(TABLE + 4096) | 3n);
  entry(TABLE + 4096 + 8 * index(CODE, 21), block(CODE, codeGuarded));
  entry(TABLE + 4096 + 8 * index(LANDING, 21), block(LANDING, landingGuarded));
  writeSysreg(pe, 'MAIR_EL2', 0xffn);
  // 39-bit addresses: level 1 is the first.
  writeSysreg(pe, 'TCR_EL2', 25n | (5n << 16n) | (3n << 12n) | (1n << 10n) | (1n << 8n) | (1n << 31n) | (1n << 23n));
  writeSysreg(pe, 'TTBR0_EL2', BigInt(TABLE));
  writeSysreg(pe, 'VBAR_EL2', BigInt(VECTORS));
  writeSysreg(pe, 'SCTLR_EL2', readSysreg(pe, 'SCTLR_EL2') | 5n);
  program(it, [SELF], VECTORS + 0x200);
  return it;
}

/** Branches from CODE to LANDING and runs one instruction there. */
function land(it: Bench, branch: number, landing: number): { ec: number; btype: number; pc: number; spsr: number } {
  const { machine, pe } = it;
  program(it, [branch]);
  program(it, [landing, NOP, SELF], LANDING);
  for (const n of [1, 16, 17, 30]) writeX(pe, n, BigInt(LANDING));
  writePc(pe, BigInt(CODE));
  writeSysreg(pe, 'ESR_EL2', 0n);
  run(machine, { steps: 2 });
  const esr = readSysreg(pe, 'ESR_EL2');
  const spsr = Number(readSysreg(pe, 'SPSR_EL2'));
  return { ec: Number(esr >> 26n), btype: Number(esr & 3n), pc: Number(readPc(pe)), spsr };
}

test('an indirect branch sets BTYPE for one instruction, whatever the slice', () => {
  for (const guarded of [false, true]) {
    for (const [branch, plain, inGuarded] of [
      [BR(1), 1, 3],
      [BR(16), 1, 1],
      [BR(17), 1, 1],
      [BLR(1), 2, 2],
      [BLR(16), 2, 2],
      [RET(30), 0, 0],
    ] as const) {
      const it = mapped(guarded, false);
      program(it, [NOP, branch]);
      program(it, [NOP, NOP, SELF], LANDING);
      for (const n of [1, 16, 17, 30]) writeX(it.pe, n, BigInt(LANDING));
      const seen: number[] = [];
      for (let at = 0; at < 5; at++) {
        run(it.machine, { steps: 1 });
        seen.push(branchType(readPstate(it.pe)));
      }
      assert.deepEqual(seen, [0, guarded ? inGuarded : plain, 0, 0, 0], branch.toString(16));
      writePc(it.pe, BigInt(PLAIN));
      run(it.machine, { steps: 2 });
      assert.equal(branchType(readPstate(it.pe)), guarded ? inGuarded : plain);
      run(it.machine, { steps: 100 });
      assert.equal(branchType(readPstate(it.pe)), 0);
    }
  }
});

test('guarded pages accept BTI by its operand, PACIASP, BRK, and nothing else', () => {
  /** By landing instruction: the branches that are refused from a guarded page. */
  const refused: readonly (readonly [number, readonly number[]])[] = [
    [NOP, [BR(1), BR(16), BLR(1)]],
    [BTI, [BR(1), BR(16), BLR(1)]],
    [BTI_C, [BR(1)]],
    [BTI_J, [BLR(1)]],
    [BTI_JC, []],
    [PACIASP, []],
    [0xd503237f, []],
    [0xd503239f, [BR(1), BR(16), BLR(1)]],
  ];
  for (const [landing, no] of refused) {
    for (const branch of [BR(1), BR(16), BLR(1), RET(30)]) {
      const it = mapped(true, true);
      const { ec, btype, pc, spsr } = land(it, branch, landing);
      const where = `${branch.toString(16)} ${landing.toString(16)}`;
      if (no.includes(branch)) {
        assert.equal(ec, 0x0d, where);
        assert.equal(btype, { [BR(1)]: 3, [BR(16)]: 1, [BLR(1)]: 2 }[branch], where);
        assert.equal(branchType(spsr), btype);
        assert.equal(branchType(readPstate(it.pe)), 0);
        assert.equal(pc, VECTORS + 0x200);
        assert.equal(readSysreg(it.pe, 'ELR_EL2'), BigInt(LANDING));
      } else {
        assert.equal(ec, 0, where);
        assert.equal(pc, LANDING + 4, where);
      }
    }
  }
  const it = mapped(true, true);
  const { ec, spsr } = land(it, BLR(1), BRK);
  assert.equal(ec, 0x3c);
  assert.equal(branchType(spsr), 2);
});

test('SCTLR_EL2.BT: PACIASP does not accept a jump', () => {
  const it = mapped(true, true);
  writeSysreg(it.pe, 'SCTLR_EL2', readSysreg(it.pe, 'SCTLR_EL2') | (1n << 36n));
  assert.equal(land(it, BR(1), PACIASP).ec, 0x0d);
  assert.equal(land(it, BLR(1), PACIASP).ec, 0);
});

test('pages that are not guarded accept everything; an exception return brings BTYPE back', () => {
  const it = mapped(true, false);
  assert.equal(land(it, BLR(1), NOP).ec, 0);
  const { machine, pe } = mapped(true, true);
  program(it, [NOP, SELF], LANDING);
  for (const [type, ec] of [
    [0, 0],
    [2, 0x0d],
  ] as const) {
    program(it, [0xd69f03e0]);
    writeSysreg(pe, 'ESR_EL2', 0n);
    writeSysreg(pe, 'ELR_EL2', BigInt(LANDING));
    writeSysreg(pe, 'SPSR_EL2', 0x3c9n | BigInt(type << 10));
    writePc(pe, BigInt(CODE));
    writePstate(pe, 0x3c9);
    run(machine, { steps: 1 });
    assert.equal(branchType(readPstate(pe)), type);
    run(machine, { steps: 1 });
    assert.equal(Number(readSysreg(pe, 'ESR_EL2') >> 26n), ec);
  }
});
