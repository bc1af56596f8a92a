/** FEAT_PAuth: codes against qemu-system-aarch64, instructions, traps and failures. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pa } from '../../../emulator/address';
import { qarma } from '../../../emulator/cpu/pauth/qarma';
import {
  currentEl,
  readPc,
  readSp,
  readSysreg,
  readX,
  writePc,
  writeSp,
  writeSysreg,
  writeX,
} from '../../../emulator/cpu/pe';
import type { SysregName } from '../../../emulator/cpu/sysreg/sysreg';
import { createMachine } from '../../../emulator/machine/create';
import { run } from '../../../emulator/machine/run-loop';
import { writeU64 } from '../../../emulator/memory/memory';
import { type Bench, bench, CODE, Exit, exits, mrs, msr, NS, program } from './support';

const KEYS: readonly SysregName[] = [
  'APIAKeyLo_EL1',
  'APIBKeyLo_EL1',
  'APDAKeyLo_EL1',
  'APDBKeyLo_EL1',
  'APGAKeyLo_EL1',
];
const ENABLED = (1n << 31n) | (1n << 30n) | (1n << 27n) | (1n << 13n);
const halves = (value: bigint): [number, number] => [Number(value & 0xffff_ffffn), Number(value >> 32n)];

/** EL1 with all keys on; each key has its number in it. */
function signing(el = 1): Bench {
  const it = bench(el);
  const { pe } = it;
  KEYS.forEach((name, at) => {
    writeSysreg(pe, name, 0x1122_3344_5566_7788n + BigInt(at));
    writeSysreg(pe, name.replace('Lo', 'Hi') as SysregName, 0x99aa_bbcc_ddee_ff00n);
  });
  for (const name of ['SCTLR_EL1', 'SCTLR_EL2'] as const) writeSysreg(pe, name, readSysreg(pe, name) | ENABLED);
  writeSysreg(pe, 'TCR_EL1', 16n | (16n << 16n) | (2n << 30n));
  writeSysreg(pe, 'TCR_EL2', 16n);
  writeSysreg(pe, 'HCR_EL2', readSysreg(pe, 'HCR_EL2') | (3n << 40n));
  writeSysreg(pe, 'VBAR_EL1', BigInt(CODE + 0x8000));
  writeSysreg(pe, 'VBAR_EL2', BigInt(CODE + 0x9000));
  return it;
}

/** Runs one instruction at CODE. */
function one({ machine, pe }: Bench, word: number): void {
  program({ machine, pe }, [word]);
  writePc(pe, BigInt(CODE));
  run(machine, { steps: 1 });
}

const PACIA = (rd: number, rn: number): number => 0xdac1_0000 | (rn << 5) | rd;
const AUTIA = (rd: number, rn: number): number => 0xdac1_1000 | (rn << 5) | rd;
const key = (word: number, n: number): number => word | (n << 10);
const syndromeOf = ({ pe }: Bench, el: number): readonly [ec: number, iss: number] => {
  const esr = readSysreg(pe, el === 1 ? 'ESR_EL1' : 'ESR_EL2');
  return [Number(esr >> 26n), Number(esr & 0xffffn)];
};

test('QARMA-64 gives the published result', () => {
  const result = new Uint32Array(2);
  const operands = [0xfb62_3599_da6e_8127n, 0x477d_469d_ec0b_8762n, 0xec28_02d4_e0a4_88e9n, 0x84be_85ce_9804_e94bn];
  qarma(Uint32Array.from(operands.flatMap(halves)), result);
  assert.deepEqual([...result], halves(0xc003_b939_99b3_3765n));
});

test('PACGA, PACIA, PACDA and XPACI give what qemu gave', () => {
  const it = signing();
  const { pe } = it;
  let compared = 0;
  for (const line of readFileSync('test/vectors/a64/pointer-authentication.txt', 'utf8').trim().split('\n')) {
    const values = line.split(' ').map((text) => BigInt(`0x${text}`));
    const [pointer, modifier, low, high, tcr, generic, signedI, signedD, stripped] = values as [
      ...(readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]),
    ];
    for (const name of KEYS) {
      writeSysreg(pe, name, low);
      writeSysreg(pe, name.replace('Lo', 'Hi') as SysregName, high);
    }
    writeSysreg(pe, 'TCR_EL1', tcr);
    writeX(pe, 1, pointer);
    writeX(pe, 2, modifier);
    one(it, 0x9ac2_3026);
    assert.equal(readX(pe, 6), generic, line);
    writeX(pe, 6, pointer);
    one(it, 0xdac1_43e6);
    assert.equal(readX(pe, 6), stripped, line);
    for (const [data, recorded] of [
      [false, signedI],
      [true, signedD],
    ] as const) {
      // What qemu has is FEAT_PAuth alone: the code replaces the extension bits. FEAT_PAuth2 XORs it into them.
      const upper = (pointer >> 55n) & 1n;
      const tbi = ((tcr >> (37n + upper)) & 1n) === 1n && (data || ((tcr >> (51n + upper)) & 1n) === 0n);
      const bottom = 64n - ((tcr >> (16n * upper)) & 63n);
      const extension = ((1n << (tbi ? 56n : 64n)) - 1n) & ~((1n << bottom) - 1n);
      const bits = pointer & extension;
      if (bits !== 0n && bits !== extension) continue;
      compared++;
      writeX(pe, 6, pointer);
      one(it, key(PACIA(6, 2), data ? 2 : 0));
      assert.equal(readX(pe, 6), recorded ^ (bits & ~(1n << 55n)), line);
      one(it, key(AUTIA(6, 2), data ? 2 : 0));
      assert.equal(readX(pe, 6), pointer, line);
    }
  }
  assert.ok(compared > 100, String(compared));
});

test('what was signed is authenticated with the same key and modifier only; FPAC otherwise', () => {
  for (let signer = 0; signer < 4; signer++) {
    for (let checker = 0; checker < 4; checker++) {
      for (const [modifier, flip] of [
        [5n, 0n],
        [6n, 0n],
        [5n, 1n << 50n],
        [5n, 4n],
      ] as const) {
        const it = signing();
        writeX(it.pe, 1, 0x8899_1234n);
        writeX(it.pe, 2, 5n);
        one(it, key(PACIA(1, 2), signer));
        assert.notEqual(readX(it.pe, 1), 0x8899_1234n);
        writeX(it.pe, 1, readX(it.pe, 1) ^ flip);
        writeX(it.pe, 2, modifier);
        const given = readX(it.pe, 1);
        one(it, key(AUTIA(1, 2), checker));
        if (signer === checker && modifier === 5n && flip === 0n) {
          assert.equal(readX(it.pe, 1), 0x8899_1234n);
          assert.equal(readPc(it.pe), BigInt(CODE) + 4n);
        } else {
          assert.deepEqual(syndromeOf(it, 1), [0x1c, checker]);
          assert.equal(readX(it.pe, 1), given);
          assert.equal(readSysreg(it.pe, 'ELR_EL1'), BigInt(CODE));
        }
      }
    }
  }
});

test('hints use X30 with SP or zero, and X17 with X16', () => {
  for (const b of [0, 2]) {
    for (const [number, modifier, register] of [
      [24, 0n, 30],
      [25, 0x4_0000n, 30],
      [8, 77n, 17],
    ] as const) {
      const it = signing();
      writeSp(it.pe, 1, 0x4_0000n);
      writeX(it.pe, 16, 77n);
      writeX(it.pe, register, 0x1_2340n);
      writeX(it.pe, 3, 0x1_2340n);
      writeX(it.pe, 4, modifier);
      one(it, 0xd503_201f | ((number + b) << 5));
      const signed = readX(it.pe, register);
      one(it, key(PACIA(3, 4), b / 2));
      assert.equal(signed, readX(it.pe, 3));
      one(it, 0xd503_201f | ((number + b + 4) << 5));
      assert.equal(readX(it.pe, register), 0x1_2340n);
    }
  }
  const it = signing();
  writeX(it.pe, 30, 0xff7f_0000_0001_2340n);
  one(it, 0xd503_20ff);
  assert.equal(readX(it.pe, 30), 0x1_2340n, 'XPACLRI');
});

test('branches, returns and loads authenticate first', () => {
  const target = BigInt(CODE + 0x100);
  const signedBy = (it: Bench, n: number, modifier: bigint): bigint => {
    writeX(it.pe, 9, target);
    writeX(it.pe, 10, modifier);
    one(it, key(PACIA(9, 10), n));
    return readX(it.pe, 9);
  };
  /** Word, key, register of the pointer, modifier, whether it links. */
  const cases: readonly (readonly [number, number, number, 'zero' | 'x2' | 'sp', boolean])[] = [
    [0xd61f_081f | (1 << 5), 0, 1, 'zero', false],
    [0xd61f_0c1f | (1 << 5), 1, 1, 'zero', false],
    [0xd71f_0802 | (1 << 5), 0, 1, 'x2', false],
    [0xd71f_0c02 | (1 << 5), 1, 1, 'x2', false],
    [0xd63f_081f | (1 << 5), 0, 1, 'zero', true],
    [0xd73f_0c02 | (1 << 5), 1, 1, 'x2', true],
    [0xd65f_0bff, 0, 30, 'sp', false],
    [0xd65f_0fff, 1, 30, 'sp', false],
  ];
  for (const [word, n, register, kind, links] of cases) {
    for (const right of [true, false]) {
      const it = signing();
      writeSp(it.pe, 1, 0x5_0000n);
      writeX(it.pe, 2, 99n);
      const modifier = kind === 'zero' ? 0n : kind === 'x2' ? 99n : 0x5_0000n;
      const signed = signedBy(it, n, right ? modifier : modifier + 16n);
      writeX(it.pe, register, signed);
      if (register !== 30) writeX(it.pe, 30, 7n);
      one(it, word);
      if (right) {
        assert.equal(readPc(it.pe), target, word.toString(16));
        if (register !== 30) assert.equal(readX(it.pe, 30), links ? BigInt(CODE) + 4n : 7n);
      } else {
        assert.deepEqual(syndromeOf(it, 1), [0x1c, n], word.toString(16));
        assert.equal(readX(it.pe, register), signed);
      }
    }
  }
  for (const [word, written] of [
    [0xf820_0400, false],
    [0xf820_0c00, true],
    [0xf8a0_0400, false],
  ] as const) {
    const it = signing();
    const n = (word & 0x80_0000) === 0 ? 2 : 3;
    writeX(it.pe, 3, signedBy(it, n, 0n));
    writeU64(it.machine.memory, NS, pa(Number(target) + 24), 0x1234_5678n);
    one(it, word | (3 << 12) | (3 << 5) | 4);
    assert.equal(readX(it.pe, 4), 0x1234_5678n, word.toString(16));
    if (written) assert.equal(readX(it.pe, 3), target + 24n);
    writeX(it.pe, 3, target | (1n << 52n));
    one(it, word | (3 << 12) | (3 << 5) | 4);
    assert.deepEqual(syndromeOf(it, 1), [0x1c, n]);
  }
});

test('ERETAA returns to the authenticated ELR, and fails at its own EL', () => {
  const it = signing(2);
  writeSp(it.pe, 2, 0x7_0000n);
  writeX(it.pe, 1, BigInt(CODE + 0x40));
  writeX(it.pe, 2, 0x7_0000n);
  one(it, PACIA(1, 2));
  writeSysreg(it.pe, 'ELR_EL2', readX(it.pe, 1));
  writeSysreg(it.pe, 'SPSR_EL2', 0x3c5n);
  one(it, 0xd69f_0bff);
  assert.equal(readPc(it.pe), BigInt(CODE + 0x40));
  assert.equal(currentEl(it.pe), 1);
  const other = signing(2);
  writeSp(other.pe, 2, 0x7_0000n);
  writeSysreg(other.pe, 'ELR_EL2', BigInt(CODE) | (1n << 52n));
  one(other, 0xd69f_0fff);
  assert.deepEqual(syndromeOf(other, 2), [0x1c, 1]);
  assert.equal(readSp(other.pe, 2), 0x7_0000n);
});

test('keys that are off leave pointers alone; traps go to the EL that asked', () => {
  const off = signing();
  writeSysreg(off.pe, 'SCTLR_EL1', readSysreg(off.pe, 'SCTLR_EL1') & ~ENABLED);
  writeSysreg(off.pe, 'HCR_EL2', readSysreg(off.pe, 'HCR_EL2') & ~(3n << 40n));
  writeX(off.pe, 1, 0x1234n);
  for (let n = 0; n < 4; n++) {
    one(off, key(PACIA(1, 2), n));
    one(off, key(AUTIA(1, 2), n));
  }
  assert.equal(readX(off.pe, 1), 0x1234n);
  one(off, 0x9ac2_3026);
  assert.deepEqual(syndromeOf(off, 2), [9, 0], 'PACGA has no switch');
  const trapped = signing();
  writeSysreg(trapped.pe, 'HCR_EL2', readSysreg(trapped.pe, 'HCR_EL2') & ~(1n << 41n));
  one(trapped, PACIA(1, 2));
  assert.deepEqual(syndromeOf(trapped, 2), [9, 0]);
  const keys = signing();
  writeSysreg(keys.pe, 'HCR_EL2', readSysreg(keys.pe, 'HCR_EL2') & ~(1n << 40n));
  exits(keys, Exit.System, mrs(3, 'APIAKeyLo_EL1'));
  assert.equal(syndromeOf(keys, 2)[0], 0x18);
  const written = signing();
  writeX(written.pe, 3, 0xabcdn);
  exits(written, Exit.System, msr('APDBKeyHi_EL1', 3));
  assert.equal(readSysreg(written.pe, 'APDBKeyHi_EL1'), 0xabcdn);
});

test('without FEAT_PAuth the hints do nothing', () => {
  const machine = createMachine({ platform: 'trace-a' });
  const pe = machine.pes[0] ?? assert.fail();
  const it = { machine, pe };
  const at = 0x8000_0000;
  program(it, [0xd503_233f, 0xd503_20ff, 0xd503_23bf], at);
  writeSysreg(pe, 'SCTLR_EL2', readSysreg(pe, 'SCTLR_EL2') | ENABLED);
  writePc(pe, BigInt(at));
  writeX(pe, 30, 0xff00_0000_1234_5678n);
  run(machine, { steps: 3 });
  assert.equal(readX(pe, 30), 0xff00_0000_1234_5678n);
  assert.equal(readPc(pe), BigInt(at) + 12n);
});
