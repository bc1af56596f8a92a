/** Random stores to descriptors, loads through them and TLBI: the TLB is never observable, whatever it is spared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pa } from '../../emulator/address';
import { readX, writePc, writeSysreg, writeX } from '../../emulator/cpu/pe';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine } from '../../emulator/machine/snapshot';
import { writeU32 } from '../../emulator/memory/memory';
import { AF, BLOCK, NS, PAGE, put, RAM, space, tables } from './support';

const CODE = 0x8800_0000;
const VECTORS = 0x8900_0000;
const DATA = 0x8200_0000;
const PAGES = 6;

/** X0: VA of page 0; X2: address of its descriptor; X4 to X9: descriptors of six pages, X10: an invalid one. */
type Operation =
  | { readonly kind: 'load' | 'store' | 'tlbi'; readonly page: number }
  | { readonly kind: 'write' | 'pair' | 'half'; readonly page: number; readonly value: number };
const page = fc.integer({ min: 0, max: PAGES - 1 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('load' as const, 'store' as const), page }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tlbi' as const), page }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('write' as const, 'pair' as const, 'half' as const),
      page,
      value: fc.integer({ min: 4, max: 10 }),
    }),
  },
);

/** X11: page number of the VA, X12: VA, X13: a sum of all that was read. */
function wordsOf(one: Operation): number[] {
  const { page: at } = one;
  const address = [0x9100_000c | (at << 10) | (1 << 22), 0xd34c_fd8b]; // add x12, x0, #page, lsl #12; lsr x11, x12, #12
  switch (one.kind) {
    case 'load': // ldr x1, [x12]; add x13, x1, x13, ror #1 (as add and ror)
      return [...address, 0xf940_0181, 0x93cd_05ad, 0x8b0d_002d];
    case 'store': // str x13, [x12, #8]
      return [...address, 0xf900_058d];
    case 'tlbi': // tlbi vae2is, x11
      return [...address, 0xd50c_832b];
    case 'write': // str xN, [x2, #8 * page]
      return [0xf900_0040 | (at << 10) | one.value];
    case 'pair': // stp xN, x10, [x2, #8 * page]
      return [0xa900_0040 | (at << 15) | (10 << 10) | one.value];
    case 'half': // str wN, [x2, #8 * page]
      return [0xb900_0040 | ((at * 2) << 10) | one.value];
  }
}

function outcome(operations: readonly Operation[], alwaysFlush: boolean): readonly (string | bigint)[] {
  const it = space(2);
  const { machine, pe } = it;
  const build = tables(it, RAM, 1);
  build.map(0x8000_0000n, 1, 0x8000_0000n | BLOCK | AF);
  const entry = build.map(0x40_0000n, 3, BigInt(DATA) | PAGE | AF);
  for (let index = 0; index < PAGES; index++) put(it, DATA + 4096 * index, 0x1000n + BigInt(index));
  writeSysreg(pe, 'MAIR_EL2', 0xffn);
  writeSysreg(pe, 'TCR_EL2', 25n | (5n << 16n));
  writeSysreg(pe, 'TTBR0_EL2', BigInt(RAM));
  writeSysreg(pe, 'SCTLR_EL2', 0x30c5_0831n);
  writeSysreg(pe, 'VBAR_EL2', BigInt(VECTORS));
  const words = operations.flatMap(wordsOf);
  words.forEach((word, index) => {
    writeU32(machine.memory, NS, pa(CODE + 4 * index), word >>> 0);
  });
  // A fault: the instruction behind it follows. mrs x14, elr_el2; add x14, x14, #4; msr elr_el2, x14; add x13, x13, #1; eret
  [0xd53c_402e, 0x9100_11ce, 0xd51c_402e, 0x9100_05ad, 0xd69f_03e0].forEach((word, index) => {
    writeU32(machine.memory, NS, pa(VECTORS + 0x200 + 4 * index), word);
  });
  writeU32(machine.memory, NS, pa(CODE + 4 * words.length), 0x1400_0000);
  writeX(pe, 0, 0x40_0000n);
  writeX(pe, 2, BigInt(entry));
  for (let index = 0; index < PAGES; index++) {
    writeX(pe, 4 + index, BigInt(DATA + 4096 * index) | PAGE | (index === 3 ? 0n : AF) | (index === 4 ? 1n << 7n : 0n));
  }
  writePc(pe, BigInt(CODE));
  pe.runner = 'a64';
  machine.translation.alwaysFlush = alwaysFlush;
  run(machine, { steps: 8 * words.length + 10 });
  return [hashMachine(machine), readX(pe, 13)];
}

test('stores to descriptors take effect at once, whatever was stored before', () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 10, maxLength: 60 }), (operations) => {
      assert.deepEqual(outcome(operations, false), outcome(operations, true));
    }),
    { numRuns: 40 },
  );
});
