/** Emulated accesses both ways: what the Host gets of a store, what a load makes of the Host's answer (rec_exit.mmio_emulation). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Machine } from '../../emulator/machine/machine';
import { A64, CODE, enterCode, exitWord, recPc, recSysreg, recX, setRec, UNPROTECTED, writeCode } from './realm-code';
import { AT, buildRealm, newMachine, rmi, writePage } from './support';

const EMULATE = 1;
const INJECT_SEA = 2;
const TRAP_WFI = 4;
const WFX = 1n << 26n;
const OLD = 0xdead_beef_dead_beefn;

function newRealm(): Machine {
  const machine = newMachine('fvp');
  buildRealm(machine);
  for (const vector of [0x200, 0x400]) writeCode(machine, vector, [A64.wfi]);
  return machine;
}

/** One access at an Unprotected IPA nobody mapped: ends in an emulatable exit. */
function access(machine: Machine, word: number, x1 = OLD): void {
  writeCode(machine, CODE, [word, A64.wfi]);
  setRec(machine, { x: { 1: x1, 2: BigInt(UNPROTECTED + 0x40) }, pc: CODE, pstate: 0x3c5n });
  enterCode(machine);
}

/** Size in bytes, sign extension, 64-bit register. */
const LOADS = {
  ldr_x: [8, false, true],
  ldr_w: [4, false, false],
  ldrh: [2, false, false],
  ldrb: [1, false, false],
  ldrsw: [4, true, true],
  ldrsh_x: [2, true, true],
  ldrsh_w: [2, true, false],
  ldrsb_x: [1, true, true],
  ldrsb_w: [1, true, false],
  ldar: [8, false, true],
} as const satisfies Partial<Record<keyof typeof A64, readonly [number, boolean, boolean]>>;

const STORES = { str_x: 8, str_w: 4, strh: 2, strb: 1 } as const;

describe('emulated loads', () => {
  const machine = newRealm();
  for (const [name, [size, signed, wide]] of Object.entries(LOADS)) {
    test(name, () => {
      fc.assert(
        fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
          access(machine, A64[name as keyof typeof LOADS]);
          const esr = exitWord(machine, 'esr');
          assert.equal((esr >> 22n) & 3n, BigInt(Math.log2(size)), 'SAS');
          assert.equal((esr >> 15n) & 1n, wide ? 1n : 0n, 'SF');
          assert.equal(esr & 0x3f_4000n & ~0x40_0000n & ~0x80_0000n, 0n, 'SSE, SRT and AR are hidden');
          assert.equal(esr & 0x40n, 0n, 'a read');
          assert.equal(exitWord(machine, 'gprs'), 0n);
          assert.equal(enterCode(machine, { 0: TRAP_WFI | EMULATE, 512: value }), 0n);
          const part = signed ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value);
          assert.equal(recX(machine, 1), BigInt.asUintN(wide ? 64 : 32, part));
          assert.equal(recPc(machine), CODE + 8);
        }),
        { numRuns: 12, seed: 1, examples: [[0x8080_8080_8080_8080n], [0x7f7f_7f7f_7f7f_7f7fn]] },
      );
    });
  }

  test('into XZR', () => {
    access(machine, A64.ldr_xzr);
    enterCode(machine, { 0: TRAP_WFI | EMULATE, 512: 5n });
    assert.equal(recX(machine, 1), OLD);
    assert.equal(recPc(machine), CODE + 8);
  });
});

describe('emulated stores', () => {
  const machine = newRealm();
  for (const [name, size] of Object.entries(STORES)) {
    test(name, () => {
      access(machine, A64[name as keyof typeof STORES]);
      assert.equal(exitWord(machine, 'gprs'), BigInt.asUintN(size * 8, OLD));
      assert.equal(exitWord(machine, 'esr') & 0x40n, 0x40n, 'a write');
      enterCode(machine, { 0: TRAP_WFI | EMULATE, 512: 5n });
      assert.equal(recX(machine, 1), OLD, 'a store changes no register');
      assert.equal(recPc(machine), CODE + 8);
    });
  }

  test('of XZR', () => {
    access(machine, A64.str_xzr);
    assert.equal(exitWord(machine, 'gprs'), 0n);
  });
});

describe('how the Host may answer', () => {
  const machine = newRealm();
  const enterWith = (flags: number): bigint => enterCode(machine, { 0: TRAP_WFI | flags, 512: 7n });

  test('without emul_mmio the access is made again', () => {
    access(machine, A64.ldr_x);
    enterWith(0);
    assert.equal(exitWord(machine, 'hpfar'), BigInt(UNPROTECTED) >> 8n);
    assert.equal(recPc(machine), CODE);
  });

  test('inject_sea wins over emul_mmio', () => {
    access(machine, A64.ldr_x);
    assert.equal(enterWith(EMULATE | INJECT_SEA), 0n);
    assert.equal(exitWord(machine, 'esr'), WFX);
    assert.equal(recX(machine, 1), OLD);
    assert.equal(recSysreg(machine, 'ESR_EL1') & 0xfc00_063fn, (0x25n << 26n) | 0x210n);
    assert.equal(recSysreg(machine, 'FAR_EL1'), BigInt(UNPROTECTED + 0x40));
    assert.equal(recSysreg(machine, 'ELR_EL1'), BigInt(CODE));
  });

  test('inject_sea is for an abort without a syndrome, too; emul_mmio is not', () => {
    access(machine, A64.ldp);
    assert.equal(enterWith(EMULATE), 3n, 'RMI_ERROR_REC');
    assert.equal(enterWith(INJECT_SEA), 0n);
    assert.equal(recSysreg(machine, 'ESR_EL1') & 0x3fn, 0x10n);
  });

  test('a refused entry leaves the exit and the chance to answer it', () => {
    access(machine, A64.ldr_x);
    writePage(machine, AT.run, { 0: EMULATE, 768: 1 });
    assert.equal(rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run])[0], 3n);
    assert.equal(enterWith(EMULATE), 0n);
    assert.equal(recX(machine, 1), 7n);
  });

  for (const [what, spoil] of [
    ['another exit', () => enterWith(0x0)],
    ['an abort at a Protected IPA', () => {}],
  ] as const) {
    test(`neither flag after ${what}`, () => {
      access(machine, what === 'another exit' ? A64.wfi : A64.ldr_x);
      if (what !== 'another exit') {
        rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], () => ({
          kind: 'sync',
          esr: (0x24n << 26n) | (1n << 24n) | 7n,
          hpfar: 0x10n,
        }));
      }
      spoil();
      for (const flags of [EMULATE, INJECT_SEA, EMULATE | INJECT_SEA]) assert.equal(enterWith(flags), 3n);
    });
  }
});
