/** Folding and unfolding at every level, blocks of the Host at levels 1 to 3, and RIPAS set in pieces (rtt.folding). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ipa, pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { writeU32 } from '../../emulator/memory/memory';
import { readRealm, walkRtt } from '../../emulator/rmm/inspect';
import { realmContext } from '../../emulator/rmm/memory';
import { assignedDescriptor, Ripas } from '../../emulator/rmm/rtt/descriptor';
import { entrySize } from '../../emulator/rmm/rtt/geometry';
import {
  A64,
  CODE,
  enterCode,
  exitWord,
  freshGranule,
  recPc,
  recSysreg,
  recX,
  setRec,
  UNPROTECTED,
  writeCode,
  writeData,
} from './realm-code';
import { AT, buildRealm, delegate, must, newMachine, rmi, writePage } from './support';

/** A NEW Realm of 48 bits from level 0: tables of levels 1 to 3 can all be folded. */
const HALF = 2 ** 47;
function newDeepRealm(): Machine {
  const machine = newMachine('fvp');
  delegate(machine, AT.rd);
  delegate(machine, AT.rtt);
  writePage(machine, AT.params, { 8: 48, 24: 1, 32: 1, 2048: 1, 2056: AT.rtt, 2064: 0, 2072: 1 });
  must(machine, 'RMI_REALM_CREATE', AT.rd, AT.params);
  return machine;
}

const create = (machine: Machine, at: number, level: number, rtt = freshGranule(machine)): number => {
  must(machine, 'RMI_RTT_CREATE', AT.rd, rtt, at - (at % entrySize(level - 1)), level);
  return rtt;
};
const createDownTo = (machine: Machine, at: number, level: number): void => {
  for (let next = 1; next <= level; next++) create(machine, at, next);
};
/** X1..X4 of RMI_RTT_READ_ENTRY: level, state, desc, ripas. */
const read = (machine: Machine, at: number, level: number): bigint[] =>
  must(machine, 'RMI_RTT_READ_ENTRY', AT.rd, at, level).slice(1);
const fold = (machine: Machine, at: number, level: number): bigint[] =>
  rmi(machine, 'RMI_RTT_FOLD', [AT.rd, at, level]);

const [UNASSIGNED, ASSIGNED] = [0n, 1n];
const [EMPTY, RAM, DESTROYED] = [0n, 1n, 2n];
const AT_2G = 0x8000_0000;

describe('folding entries without an address', () => {
  for (const level of [1, 2, 3]) {
    for (const [name, ripas] of [
      ['EMPTY', EMPTY],
      ['RAM', RAM],
      ['DESTROYED', DESTROYED],
    ] as const) {
      test(`UNASSIGNED, ${name}, a table of level ${level}: folded, unfolded, folded again`, () => {
        const machine = newDeepRealm();
        const size = entrySize(level - 1);
        createDownTo(machine, size, level - 1);
        if (ripas === RAM) must(machine, 'RMI_RTT_INIT_RIPAS', AT.rd, size, 2 * size);
        if (ripas === DESTROYED) {
          create(machine, size, level);
          must(machine, 'RMI_RTT_DESTROY', AT.rd, size, level);
        }
        const before = read(machine, size, level - 1);
        assert.deepEqual(before, [BigInt(level - 1), UNASSIGNED, 0n, ripas]);
        for (let turn = 0; turn < 2; turn++) {
          const rtt = create(machine, size, level);
          for (const at of [size, size + entrySize(level), 2 * size - entrySize(level)]) {
            assert.deepEqual(read(machine, at, level), [BigInt(level), UNASSIGNED, 0n, ripas]);
          }
          assert.deepEqual(fold(machine, size, level).slice(0, 2), [0n, BigInt(rtt)]);
          assert.deepEqual(read(machine, size, level - 1), before);
        }
      });
    }

    test(`UNASSIGNED_NS, a table of level ${level}`, () => {
      const machine = newDeepRealm();
      createDownTo(machine, HALF, level);
      assert.equal(fold(machine, HALF, level)[0], 0n);
      assert.equal(read(machine, HALF, level - 1)[0], BigInt(level - 1));
    });

    test(`a table of level ${level} of which one entry differs`, () => {
      const machine = newDeepRealm();
      createDownTo(machine, 0, level);
      const last = entrySize(level - 1) - entrySize(level);
      must(machine, 'RMI_RTT_INIT_RIPAS', AT.rd, last, last + entrySize(level));
      assert.equal(fold(machine, 0, level)[0], 4n + BigInt(level) * 256n);
    });
  }
});

describe('folding ASSIGNED', () => {
  /** 2 MiB of DATA at IPA 2 GiB, from a PA aligned to it. */
  function withPages(base: number, ripas: bigint, order = (page: number) => page): Machine {
    const machine = newDeepRealm();
    createDownTo(machine, AT_2G, 3);
    if (ripas === RAM) must(machine, 'RMI_RTT_INIT_RIPAS', AT.rd, AT_2G, AT_2G + 2 ** 21);
    delegate(machine, base, 512);
    for (let page = 0; page < 512; page++) {
      must(machine, 'RMI_DATA_CREATE_UNKNOWN', AT.rd, base + order(page) * 4096, AT_2G + page * 4096);
    }
    return machine;
  }
  const BASE = 0x9000_0000;
  const notHomogeneous = 4n + 3n * 256n;

  for (const [name, ripas] of [
    ['RAM', RAM],
    ['EMPTY', EMPTY],
  ] as const) {
    test(`pages to a block of level 2, ${name}, and back`, () => {
      const machine = withPages(BASE, ripas);
      assert.equal(fold(machine, AT_2G, 3)[0], 0n);
      assert.deepEqual(read(machine, AT_2G, 2), [2n, ASSIGNED, BigInt(BASE), ripas]);
      assert.equal(rmi(machine, 'RMI_DATA_DESTROY', [AT.rd, AT_2G])[0], 0x204n, 'a block is not a page');
      create(machine, AT_2G, 3);
      for (const page of [0, 1, 511]) {
        assert.deepEqual(read(machine, AT_2G + page * 4096, 3), [3n, ASSIGNED, BigInt(BASE + page * 4096), ripas]);
      }
    });
  }

  test('not contiguous, or not aligned, or not all of one RIPAS', () => {
    assert.equal(
      fold(
        withPages(BASE, RAM, (page) => (page < 2 ? 1 - page : page)),
        AT_2G,
        3,
      )[0],
      notHomogeneous,
    );
    assert.equal(fold(withPages(BASE + 4096, RAM), AT_2G, 3)[0], notHomogeneous);
    const machine = withPages(BASE, RAM);
    must(machine, 'RMI_DATA_DESTROY', AT.rd, AT_2G + 511 * 4096);
    must(machine, 'RMI_DATA_CREATE_UNKNOWN', AT.rd, BASE + 511 * 4096, AT_2G + 511 * 4096);
    assert.deepEqual(read(machine, AT_2G + 511 * 4096, 3).slice(1), [ASSIGNED, BigInt(BASE + 511 * 4096), DESTROYED]);
    assert.equal(fold(machine, AT_2G, 3)[0], notHomogeneous);
  });

  test('blocks of level 2 to one of level 1 and back, but none of level 0', () => {
    const machine = newDeepRealm();
    createDownTo(machine, AT_2G, 1);
    const table2 = create(machine, AT_2G, 2);
    const context = realmContext(readRealm(machine, pa(AT.rd)).mecid);
    // A gigabyte of DATA would be 262,144 calls: the blocks are written as RMI_RTT_FOLD writes them.
    const write = (table: number, index: number, address: number, level: number): void => {
      const { lo, hi } = assignedDescriptor(address, Ripas.Ram, level, false);
      writeU32(machine.memory, context, pa(table + index * 8), lo);
      writeU32(machine.memory, context, pa(table + index * 8 + 4), hi);
    };
    const gib = 0x8_8000_0000;
    for (let index = 0; index < 512; index++) write(table2, index, gib + index * 2 ** 21, 2);
    assert.deepEqual(fold(machine, AT_2G, 2).slice(0, 2), [0n, BigInt(table2)]);
    assert.deepEqual(read(machine, AT_2G, 1), [1n, ASSIGNED, BigInt(gib), RAM]);
    create(machine, AT_2G, 2);
    create(machine, AT_2G + 2 ** 21, 3);
    assert.deepEqual(read(machine, AT_2G + 2 ** 21, 2).slice(0, 2), [2n, 2n], 'TABLE');
    assert.deepEqual(read(machine, AT_2G + 2 ** 21 + 4096, 3), [3n, ASSIGNED, BigInt(gib + 2 ** 21 + 4096), RAM]);
    assert.equal(fold(machine, AT_2G + 2 ** 21, 3)[0], 0n);
    assert.equal(fold(machine, AT_2G, 2)[0], 0n);
    const { entries } = walkRtt(machine, pa(AT.rd), ipa(0), 1);
    const table1 = Number(entries[0]?.pa);
    for (let index = 0; index < 512; index++) write(table1, index, index * 2 ** 30, 1);
    assert.equal(fold(machine, 0, 1)[0], 4n, 'no block at level 0: index 0');
  });
});

describe('what the Host maps at Unprotected IPAs', () => {
  const RW = 0xd8n;
  for (const level of [2, 3]) {
    test(`a table of level ${level} folds with its attributes and unfolds with them`, () => {
      const machine = newDeepRealm();
      createDownTo(machine, HALF, level);
      const size = entrySize(level);
      const base = 2 ** 40;
      const desc = (index: number, attributes: bigint): bigint => BigInt(base + index * size) | attributes;
      for (const attributes of [RW, 0x54n, 0x98n, 0x1cn]) {
        for (let index = 0; index < 512; index++) {
          must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, HALF + index * size, level, desc(index, attributes));
        }
        const rtt = fold(machine, HALF, level);
        assert.equal(rtt[0], 0n);
        assert.deepEqual(read(machine, HALF, level - 1), [BigInt(level - 1), ASSIGNED, desc(0, attributes), EMPTY]);
        must(machine, 'RMI_RTT_CREATE', AT.rd, rtt[1] ?? 0n, HALF, level);
        assert.deepEqual(read(machine, HALF + 511 * size, level), [
          BigInt(level),
          ASSIGNED,
          desc(511, attributes),
          EMPTY,
        ]);
        must(machine, 'RMI_RTT_UNMAP_UNPROTECTED', AT.rd, HALF + 511 * size, level);
        must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, HALF + 511 * size, level, desc(511, attributes ^ 0x40n));
        assert.equal(fold(machine, HALF, level)[0], 4n + BigInt(level) * 256n, 'one S2AP differs');
        for (let index = 0; index < 512; index++) {
          must(machine, 'RMI_RTT_UNMAP_UNPROTECTED', AT.rd, HALF + index * size, level);
        }
      }
    });
  }

  /** Stage 1 of the small Realm: an identity map of the low 8 GiB, Normal memory, in DATA page 2. */
  function withStage1(level: number, attributes: number): { machine: Machine; at: number } {
    const machine = newMachine('fvp');
    buildRealm(machine, { pages: 3 });
    for (let gib = 0; gib < 8; gib++) writeData(machine, 0x2000 + gib * 8, BigInt(gib) * 2n ** 30n + 0x401n);
    const sysregs = {
      TCR_EL1: 25n | (1n << 23n) | (2n << 32n),
      MAIR_EL1: 0xffn,
      SCTLR_EL1: 0x30d0_0801n,
      TTBR0_EL1: 0x2000n,
    };
    setRec(machine, { sysregs });
    for (const vector of [0x200, 0x400]) writeCode(machine, vector, [A64.wfi]);
    const at = UNPROTECTED + 0x4000_0000;
    for (let next = 2; next <= level; next++) create(machine, at, next);
    const target = 0x8000_0000 + (level === 3 ? 0x8000 : 0);
    must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, at, level, target + attributes);
    writePage(machine, 0x8000_8000, { 24: 0x1234_5678n });
    return { machine, at: at + (level === 3 ? 0 : 0x8000) };
  }
  const go = (machine: Machine, word: number, at: number): bigint => {
    writeCode(machine, CODE, [word, A64.wfi]);
    setRec(machine, { x: { 1: 0x77n, 2: BigInt(at) }, pc: CODE, pstate: 0x3c5n });
    assert.equal(enterCode(machine), 0n);
    return exitWord(machine, 'esr') === 1n << 26n ? recSysreg(machine, 'ESR_EL1') & 0x3fn : exitWord(machine, 'esr');
  };

  for (const level of [1, 2, 3]) {
    test(`level ${level}: S2AP and MemAttr as the Realm meets them`, () => {
      for (const [s2ap, loads, stores] of [
        [3, true, true],
        [1, true, false],
        [2, false, true],
        [0, false, false],
      ] as const) {
        const { machine, at } = withStage1(level, (6 << 2) | (s2ap << 6));
        const permission = (0x24n << 26n) | (1n << 25n) | BigInt(0xc + level);
        assert.equal(go(machine, A64.ldr_x, at + 0x18), loads ? 0n : permission, `load, S2AP ${s2ap}`);
        if (loads) assert.equal(recX(machine, 1), 0x1234_5678n);
        assert.equal(recPc(machine), loads ? CODE + 8 : CODE);
        assert.equal(go(machine, A64.str_x, at + 0x18), stores ? 0n : permission, `store, S2AP ${s2ap}`);
        assert.equal(go(machine, A64.br_x2, at), 0x10n, 'never executed: SEA');
      }
      for (const [memAttr, refused] of [
        [0, true],
        [3, true],
        [5, false],
        [6, false],
        [7, false],
      ] as const) {
        const { machine, at } = withStage1(level, (memAttr << 2) | 0xc0);
        assert.equal(go(machine, A64.ldr_x, at + 0x11), refused ? 0x21n : 0n, `unaligned, MemAttr ${memAttr}`);
      }
    });
  }

  test('levels that are none, or lie above the start of the tables', () => {
    const machine = newMachine('fvp');
    delegate(machine, AT.rd);
    delegate(machine, 0x8020_0000, 16);
    writePage(machine, AT.params, { 8: 34, 24: 1, 32: 1, 2048: 1, 2056: 0x8020_0000, 2064: 2, 2072: 16 });
    must(machine, 'RMI_REALM_CREATE', AT.rd, AT.params);
    for (const level of [-1, 0, 1, 4]) {
      assert.equal(rmi(machine, 'RMI_RTT_MAP_UNPROTECTED', [AT.rd, 2 ** 33, level, 0xd8])[0], 1n);
      assert.equal(rmi(machine, 'RMI_RTT_UNMAP_UNPROTECTED', [AT.rd, 2 ** 33, level])[0], 1n);
    }
    must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, 2 ** 33, 2, 0xd8);
  });
});

describe('RIPAS in pieces', () => {
  const init = (machine: Machine, base: number, top: number): bigint[] =>
    rmi(machine, 'RMI_RTT_INIT_RIPAS', [AT.rd, base, top]).slice(0, 2);

  test('RMI_RTT_INIT_RIPAS stops at the end of a table, before a table, before DATA, before the top', () => {
    const machine = newDeepRealm();
    createDownTo(machine, 0, 3);
    assert.deepEqual(init(machine, 0x1f_e000, 0x80_0000), [0n, 0x20_0000n], 'end of the table');
    create(machine, 0x40_0000, 3);
    assert.deepEqual(init(machine, 0x20_0000, 0x80_0000), [0n, 0x40_0000n], 'a table');
    assert.deepEqual(init(machine, 0x60_0000, 0x90_0000), [0n, 0x80_0000n], 'the next entry passes the top');
    must(machine, 'RMI_DATA_CREATE_UNKNOWN', AT.rd, freshGranule(machine), 0x3000);
    assert.deepEqual(init(machine, 0x1000, 0x8000), [0n, 0x3000n], 'ASSIGNED');
    assert.equal(init(machine, 0x3000, 0x8000)[0], 0x304n);
    must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x3000);
    assert.deepEqual(init(machine, 0x3000, 0x8000), [0n, 0x8000n], 'EMPTY again');
    assert.equal(init(machine, 0x80_0000, 0x80_1000)[0], 0x204n, 'the entry is larger than the range');
    assert.equal(init(machine, 0x80_1000, 0xa0_0000)[0], 0x204n, 'the base is inside the entry');
    assert.equal(init(machine, HALF - 2 ** 39, HALF)[0], 0n, 'up to the last Protected byte');
    assert.equal(init(machine, HALF - 2 ** 39, HALF + 4096)[0], 1n);
  });
});
