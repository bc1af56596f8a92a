/** Smaller features: random numbers, SSBS, timed waits, CSSC, BC.cond, unaligned atomics. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pa } from '../../../emulator/address';
import {
  readPc,
  readPstate,
  readSysreg,
  readX,
  writeEventRegister,
  writePc,
  writePstate,
  writeSysreg,
  writeX,
} from '../../../emulator/cpu/pe';
import { createMachine } from '../../../emulator/machine/create';
import { run } from '../../../emulator/machine/run-loop';
import { restoreMachine, saveMachine } from '../../../emulator/machine/snapshot';
import { writeU64 } from '../../../emulator/memory/memory';
import { type Bench, bench, CODE, mrs, msr, NS, place, program } from './support';

const NOP = 0xd503_201f;

function one(it: Bench, word: number): boolean {
  program(it, [word]);
  writePc(it.pe, BigInt(CODE));
  run(it.machine, { steps: 1 });
  return readPc(it.pe) === BigInt(CODE) + 4n;
}

test('RNDR is the same in every run, goes on after a restore, and clears NZCV', () => {
  const draw = (): bigint[] => {
    const machine = createMachine({ platform: 'fvp' });
    const it = { machine, pe: machine.pes[0] ?? assert.fail() };
    place(it, 1);
    const values: bigint[] = [];
    let saved = saveMachine(machine);
    for (let at = 0; at < 6; at++) {
      if (at === 3) saved = saveMachine(machine);
      writePstate(it.pe, (readPstate(it.pe) | 0xf000_0000) >>> 0);
      assert.ok(one(it, mrs(1, at % 2 === 0 ? 'RNDR' : 'RNDRRS')));
      assert.equal(readPstate(it.pe) >>> 28, 0);
      values.push(readX(it.pe, 1));
    }
    restoreMachine(machine, saved);
    place(it, 1);
    one(it, mrs(1, 'RNDR'));
    assert.equal(readX(it.pe, 1), values[3]);
    return values;
  };
  const values = draw();
  assert.equal(new Set(values).size, 6);
  assert.deepEqual(draw(), values);
});

test('SSBS: as register and immediate, kept by SPSR, set by DSSBS on exceptions', () => {
  const it = bench(1);
  assert.ok(one(it, 0xd503_413f));
  one(it, mrs(1, 'SSBS'));
  assert.equal(readX(it.pe, 1), 1n << 12n);
  writeX(it.pe, 2, 0n);
  one(it, msr('SSBS', 2));
  assert.equal(readPstate(it.pe) & 0x1000, 0);
  writeSysreg(it.pe, 'SCTLR_EL1', readSysreg(it.pe, 'SCTLR_EL1') | (1n << 44n));
  one(it, 0xd400_0001);
  assert.equal(readPstate(it.pe) & 0x1000, 0x1000);
  assert.equal(Number(readSysreg(it.pe, 'SPSR_EL1')) & 0x1000, 0);
});

test('WFIT and WFET end, or trap with their register', () => {
  const it = bench(1);
  writeX(it.pe, 4, 1n << 60n);
  assert.ok(one(it, 0xd503_1024));
  writeSysreg(it.pe, 'HCR_EL2', readSysreg(it.pe, 'HCR_EL2') | (1n << 13n) | (1n << 14n));
  for (const [word, kind] of [
    [0xd503_1024, 2],
    [0xd503_1004, 3],
  ] as const) {
    place(it, 1);
    assert.equal(one(it, word), false);
    const esr = readSysreg(it.pe, 'ESR_EL2');
    assert.equal(Number(esr >> 26n), 1);
    assert.equal(Number(esr & 0xffffn), (4 << 5) | (1 << 2) | kind);
  }
});

test('WFIT and WFET last until the virtual counter reaches Xt, in snapshots too', () => {
  for (const word of [0xd503_1021, 0xd503_1001]) {
    const it = bench(1);
    const { machine, pe } = it;
    program(it, [word, mrs(2, 'CNTVCT_EL0'), NOP]);
    writeSysreg(pe, 'CNTVOFF_EL2', 100n);
    machine.clock.ticks = 1000;
    writeX(pe, 1, 5000n);
    run(machine, { steps: 1 });
    assert.deepEqual([pe.runner, pe.waitUntil], [word === 0xd503_1021 ? 'waiting' : 'event', 5100]);
    const saved = saveMachine(machine);
    for (const again of [false, true]) {
      if (again) restoreMachine(machine, saved);
      run(machine, { steps: 1 });
      assert.deepEqual([readX(pe, 2), pe.runner, pe.waitUntil], [5000n, 'a64', 0]);
    }
  }
});

test('a timed wait ends early on what ends WFI and WFE, and is none without end', () => {
  const it = bench(2);
  program(it, [0xd503_1021, NOP]);
  writeX(it.pe, 1, 1n << 63n);
  assert.equal(run(it.machine, { steps: 2 }).reason, 'idle');
  it.pe.runner = 'a64';
  program(it, [0xd503_1001, mrs(2, 'CNTPCT_EL0')]);
  writePc(it.pe, BigInt(CODE));
  writeX(it.pe, 1, 5000n);
  run(it.machine, { steps: 1 });
  assert.equal(it.pe.runner, 'event');
  writeEventRegister(it.pe, true);
  run(it.machine, { steps: 1 });
  assert.ok(readX(it.pe, 2) < 100n);
  assert.equal(it.pe.waitUntil, 0);
});

test('CSSC does what plain arithmetic says', () => {
  const values = [0n, 1n, 5n, 0x7fn, 0x80n, 0xffff_ffffn, 0x8000_0000n, 1n << 63n, (1n << 64n) - 1n, 0x1234_0000n];
  const it = bench(2);
  for (const sf of [0, 1]) {
    const bits = sf === 1 ? 64 : 32;
    const signed = (value: bigint): bigint => BigInt.asIntN(bits, value);
    const cut = (value: bigint): bigint => BigInt.asUintN(bits, value);
    const ones = (value: bigint): number => value.toString(2).replaceAll('0', '').length;
    for (const a of values) {
      writeX(it.pe, 1, a);
      const single = (opcode: number): bigint => {
        one(it, (0x5ac0_0000 | (sf << 31) | (opcode << 10) | (1 << 5) | 3) >>> 0);
        return readX(it.pe, 3);
      };
      const low = cut(a);
      assert.equal(single(6), BigInt(low === 0n ? bits : ones((low & -low) - 1n)), `ctz ${a}`);
      assert.equal(single(7), BigInt(ones(low)), `cnt ${a}`);
      assert.equal(single(8), cut(signed(low) < 0n ? -signed(low) : low), `abs ${a}`);
      for (const b of values) {
        writeX(it.pe, 2, b);
        const right = cut(b);
        const signedLess = signed(low) < signed(right);
        const want = [
          signedLess ? right : low,
          low < right ? right : low,
          signedLess ? low : right,
          low < right ? low : right,
        ];
        want.forEach((expected, opc) => {
          one(it, (0x1ac0_6000 | (sf << 31) | (2 << 16) | (opc << 10) | (1 << 5) | 3) >>> 0);
          assert.equal(readX(it.pe, 3), expected, `${opc} ${a} ${b}`);
        });
      }
      for (const immediate of [0n, 1n, 127n, -1n, -128n]) {
        const byte = Number(immediate & 0xffn);
        const want = [
          signed(low) < immediate ? cut(immediate) : low,
          low < BigInt(byte) ? BigInt(byte) : low,
          signed(low) < immediate ? low : cut(immediate),
          low < BigInt(byte) ? low : BigInt(byte),
        ];
        want.forEach((expected, opc) => {
          one(it, (0x11c0_0000 | (sf << 31) | (opc << 18) | (byte << 10) | (1 << 5) | 3) >>> 0);
          assert.equal(readX(it.pe, 3), expected, `${opc} ${a} #${immediate}`);
        });
      }
    }
  }
});

test('LSE2: unaligned atomics and ordered accesses are fine within 16 bytes, ordered ones anywhere under nAA', () => {
  const table = CODE + 0x10_0000;
  const data = CODE + 0x20_0000;
  const LDADD = 0xf822_0023;
  const LDAR = 0xc8df_fc23;
  const LDXR = 0xc85f_7c23;
  const done = (word: number, address: number, nAA = 0n): boolean => {
    const it = bench(2);
    writeU64(it.machine.memory, NS, pa(table + 8 * 2), 0x8000_0000n | 0x701n);
    writeSysreg(it.pe, 'MAIR_EL2', 0xffn);
    writeSysreg(it.pe, 'TCR_EL2', 25n | (5n << 16n) | (1n << 31n) | (1n << 23n));
    writeSysreg(it.pe, 'TTBR0_EL2', BigInt(table));
    writeSysreg(it.pe, 'SCTLR_EL2', readSysreg(it.pe, 'SCTLR_EL2') | 1n | (nAA << 6n));
    writeX(it.pe, 1, BigInt(data + address));
    return one(it, word);
  };
  for (const word of [LDADD, LDAR, LDXR]) {
    assert.ok(done(word, 8) && done(word, 3) && done(word, 8 + 0x40));
    assert.equal(done(word, 9), false, word.toString(16));
  }
  assert.ok(done(LDAR, 9, 1n));
  assert.equal(done(LDADD, 9, 1n), false);
});
