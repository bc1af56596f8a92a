/** FEAT_MOPS: memory afterwards, registers at every interruption, faults, traps and mismatches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pa } from '../../../emulator/address';
import {
  readPc,
  readPstate,
  readSysreg,
  readX,
  writePc,
  writePstate,
  writeSysreg,
  writeX,
} from '../../../emulator/cpu/pe';
import { run } from '../../../emulator/machine/run-loop';
import { peekBytes, writeBytes, writeU64 } from '../../../emulator/memory/memory';
import { type Bench, bench, CODE, NS, program } from './support';

/** [X1]!, [X2]!, X3!; for sets X2 is the value. */
const word = (both: number, op1: number, op2: number): number =>
  (0x1900_0400 | (both << 26) | (op1 << 22) | (2 << 16) | (op2 << 12) | (3 << 5) | 1) >>> 0;
const CPYF = [word(0, 0, 0), word(0, 1, 0), word(0, 2, 0)];
const CPY = [word(1, 0, 0), word(1, 1, 0), word(1, 2, 0)];
const SET = [word(0, 3, 0), word(0, 3, 4), word(0, 3, 8)];
const AREA = CODE + 0x10_0000;
const SIZE = 0x8000;
const SELF = 0x1400_0000;
const LONGEST = (1n << 63n) - 1n;

function prepared(words: readonly number[], to: number, from: bigint, size: bigint, el = 2): Bench {
  const it = bench(el);
  program(it, [...words, SELF]);
  writeX(it.pe, 1, BigInt(to));
  writeX(it.pe, 2, from);
  writeX(it.pe, 3, size);
  writePstate(it.pe, (readPstate(it.pe) | 0xf000_0000) >>> 0);
  return it;
}

const pattern = (): Uint8Array => Uint8Array.from({ length: SIZE }, (_, at) => (at * 7 + (at >> 8) * 13 + 1) & 255);
const area = ({ machine }: Bench): Uint8Array => peekBytes(machine.memory, NS, pa(AREA), SIZE);

/** Runs to the end of the three instructions in slices. */
function finish({ machine, pe }: Bench, slices: readonly number[]): void {
  for (let at = 0; Number(readPc(pe)) < CODE + 12; at++) {
    run(machine, { steps: slices[at % slices.length]! });
    assert.ok(at < 1000);
  }
}

const places = fc.record({
  to: fc.integer({ min: 0, max: SIZE - 0x3000 }),
  distance: fc.oneof(fc.integer({ min: -0x1800, max: 0x1800 }), fc.integer({ min: -40, max: 40 })),
  size: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 0x2c00 })),
  slices: fc.array(fc.constantFrom(1, 1, 2, 3), { minLength: 1, maxLength: 5 }),
});

test('a copy is memmove, whatever overlaps and wherever it is interrupted', () => {
  fc.assert(
    fc.property(places, ({ to, distance, size, slices }) => {
      const from = Math.min(Math.max(to + distance, 0), SIZE - size);
      const it = prepared(CPY, AREA + to, BigInt(AREA + from), BigInt(size));
      const bytes = pattern();
      writeBytes(it.machine.memory, NS, pa(AREA), bytes);
      finish(it, slices);
      bytes.copyWithin(to, from, from + size);
      assert.deepEqual(area(it), bytes);
      assert.equal(readX(it.pe, 3), 0n);
      assert.equal(readPstate(it.pe) >>> 28, 0);
      const backward = from < to && from + size > to;
      assert.equal(readX(it.pe, 1), BigInt(AREA + to + (backward ? 0 : size)));
      assert.equal(readX(it.pe, 2), BigInt(AREA + from + (backward ? 0 : size)));
    }),
    { numRuns: 300 },
  );
});

test('a forward copy and a set are as far as their registers say, at every interruption', () => {
  fc.assert(
    fc.property(places, fc.boolean(), ({ to, size, slices }, set) => {
      const from = (to + 0x4000) % (SIZE - size);
      if (!set && Math.abs(from - to) < size) return;
      const it = prepared(set ? SET : CPYF, AREA + to, set ? 0x1a5n : BigInt(AREA + from), BigInt(size));
      const before = pattern();
      writeBytes(it.machine.memory, NS, pa(AREA), before);
      let at = 0;
      while (Number(readPc(it.pe)) < CODE + 12) {
        run(it.machine, { steps: slices[at++ % slices.length]! });
        if (Number(readPc(it.pe)) < CODE + 4) continue;
        const done = size + Number(BigInt.asIntN(64, readX(it.pe, 3)));
        const expected = before.slice();
        if (set) expected.fill(0xa5, to, to + done);
        else expected.copyWithin(to, from, from + done);
        assert.deepEqual(area(it), expected);
        assert.equal(readX(it.pe, 1), BigInt(AREA + to + size));
      }
      assert.equal(readX(it.pe, 3), 0n);
      assert.equal(readX(it.pe, 2), set ? 0x1a5n : BigInt(AREA + from + size));
    }),
    { numRuns: 200 },
  );
});

test('what a step does follows from addresses and size, not from the slice', () => {
  for (let steps = 1; steps < 9; steps++) {
    const [together, apart] = [[steps], Array.from({ length: steps }, () => 1)].map((slices) => {
      const it = prepared(CPY, AREA + 100, BigInt(AREA + 0x5123), 0x2800n);
      for (const each of slices) run(it.machine, { steps: each });
      return [1, 2, 3].map((n) => readX(it.pe, n)).concat(readPc(it.pe));
    });
    assert.deepEqual(together, apart);
  }
});

test('sizes are limited as the prologue says', () => {
  for (const [words, size, limited] of [
    [CPYF, (1n << 64n) - 1n, LONGEST],
    [SET, 1n << 63n, LONGEST],
    [CPY, 1n << 60n, (1n << 55n) - 1n],
  ] as const) {
    const it = prepared(words, AREA, BigInt(AREA + 0x100_0000), size);
    run(it.machine, { steps: 1 });
    assert.equal(readX(it.pe, 3), BigInt.asUintN(64, -limited));
    assert.equal(readX(it.pe, 1), BigInt.asUintN(64, BigInt(AREA) + limited));
  }
});

test('a fault finds in the registers what was done before it', () => {
  // The hole behind DRAM bank 1 of Non-secure memory is an external abort; from below it the copy goes up to it.
  const end = 0x9_0000_0000;
  const it = prepared(SET, end - 0x1010, 0x77n, 0x2000n);
  writeSysreg(it.pe, 'VBAR_EL2', BigInt(CODE + 0x8000));
  run(it.machine, { steps: 4 });
  const esr = readSysreg(it.pe, 'ESR_EL2');
  assert.equal(Number(esr >> 26n), 0x25);
  assert.equal((esr >> 6n) & 1n, 1n, 'WnR');
  assert.equal((esr >> 24n) & 1n, 0n, 'ISV');
  assert.equal(readSysreg(it.pe, 'FAR_EL2'), BigInt(end));
  assert.equal(readSysreg(it.pe, 'ELR_EL2'), BigInt(CODE + 4));
  assert.equal(readX(it.pe, 3), BigInt.asUintN(64, -0xff0n));
  assert.deepEqual([...peekBytes(it.machine.memory, NS, pa(end - 0x1010), 4)], [0x77, 0x77, 0x77, 0x77]);
});

test('registers in the form of option B are a mismatch', () => {
  for (const [words, at, iss] of [
    [CPY, 1, 0],
    [CPYF, 2, 1 << 18],
    [SET, 1, 1 << 24],
  ] as const) {
    const it = prepared(words, AREA, BigInt(AREA + 0x4000), 64n);
    writePc(it.pe, BigInt(CODE + 4 * at));
    run(it.machine, { steps: 1 });
    const esr = readSysreg(it.pe, 'ESR_EL2');
    assert.equal(Number(esr >> 26n), 0x27);
    assert.equal(Number(esr & 0x1ff_ffffn), iss | (3 << 16) | (1 << 10) | (2 << 5) | 3);
    assert.equal(readSysreg(it.pe, 'ELR_EL2'), BigInt(CODE + 4 * at));
  }
});

test('EL1 needs HCRX_EL2.MSCEn, EL0 SCTLR_EL1.MSCEn too', () => {
  const enabled = (el: number, hcrx: bigint, sctlr: bigint): boolean => {
    const it = prepared(CPYF, AREA, BigInt(AREA + 0x4000), 16n, el);
    writeSysreg(it.pe, 'HCRX_EL2', hcrx);
    writeSysreg(it.pe, 'SCTLR_EL1', readSysreg(it.pe, 'SCTLR_EL1') | sctlr);
    run(it.machine, { steps: 1 });
    return Number(readPc(it.pe)) === CODE + 4;
  };
  assert.deepEqual(
    [enabled(2, 0n, 0n), enabled(1, 0n, 0n), enabled(1, 1n << 11n, 0n), enabled(0, 1n << 11n, 0n)],
    [true, false, true, false],
  );
  assert.equal(enabled(0, 1n << 11n, 1n << 33n), true);
});

test('unprivileged forms are checked as EL0', () => {
  // EL1 with a map of one 1 GiB block that EL0 may not use: the store of CPYFMWT faults, its plain form does not.
  for (const [options, faults] of [
    [0, false],
    [1, true],
    [2, true],
  ] as const) {
    const it = prepared(
      [word(0, 0, options), word(0, 1, options), word(0, 2, options)],
      AREA,
      BigInt(AREA + 0x4000),
      16n,
      1,
    );
    const { machine, pe } = it;
    const table = AREA + 0x10_0000;
    writeU64(machine.memory, NS, pa(table + 8 * 2), 0x8000_0000n | 0x701n);
    writeSysreg(pe, 'MAIR_EL1', 0xffn);
    writeSysreg(pe, 'TCR_EL1', 25n | (25n << 16n) | (2n << 30n) | (5n << 32n) | (1n << 23n));
    writeSysreg(pe, 'TTBR0_EL1', BigInt(table));
    writeSysreg(pe, 'SCTLR_EL1', readSysreg(pe, 'SCTLR_EL1') | 1n);
    writeSysreg(pe, 'VBAR_EL1', BigInt(CODE + 0x8000));
    writeSysreg(pe, 'HCRX_EL2', 1n << 11n);
    run(machine, { steps: 2 });
    assert.equal(Number(readSysreg(pe, 'ESR_EL1') >> 26n) === 0x25, faults, String(options));
  }
});
