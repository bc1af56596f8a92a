/**
 * RTTs as hardware sees them: for every shape of address space there is, the PE's own stage 2 walk finds what the RMM
 * mapped, at the edges of both halves and of every starting table; then all is taken apart again.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { granuleInfo } from '../../emulator/rmm/inspect';
import { entrySize } from '../../emulator/rmm/rtt/geometry';
import { currentRegime, translateForDebugger } from '../../emulator/translation/translation';
import { delegate, must, newMachine, rmi, writePage } from './support';

const RD = 0x8010_0000;
const RTT = 0x8020_0000;
const PARAMS = 0x8000_1000;
const RUN = 0x8000_3000;
const SOURCE = 0x8000_5000;
const SHARED = 0x8000_6000;
const POOL = 0x8040_0000;

/** rtt.start_level_rules of the specification: starting tables, or 0. */
function tablesWanted(width: number, level: number, lpa2: boolean): number {
  const n = 3 - level;
  const least = 9 * n + 13;
  const single = level === -1 ? least + 3 : least + 8;
  const most = single + (level > 0 || (level === 0 && lpa2) ? 4 : 0);
  if (level < (lpa2 ? -1 : 0) || level > 3) return 0;
  if (width < Math.max(32, least) || width > Math.min(most, lpa2 ? 52 : 48)) return 0;
  return width <= 9 * n + 21 ? 1 : 2 ** (width - (9 * n + 21));
}

interface Shape {
  readonly width: number;
  readonly level: number;
  readonly lpa2: boolean;
  readonly tables: number;
}

const EVERY: readonly Omit<Shape, 'tables'>[] = [false, true].flatMap((lpa2) =>
  Array.from({ length: 25 }, (_, index) => index + 30).flatMap((width) =>
    [-2, -1, 0, 1, 2, 3, 4].map((level) => ({ width, level, lpa2 })),
  ),
);
const SHAPES: readonly Shape[] = EVERY.map((shape) => ({
  ...shape,
  tables: tablesWanted(shape.width, shape.level, shape.lpa2),
})).filter(({ tables }) => tables > 0);

const realmCreate = (machine: Machine, { width, level, lpa2, tables }: Shape, vmid = 3): bigint => {
  writePage(machine, PARAMS, {
    0: lpa2 ? 1 : 0,
    8: width,
    24: 1,
    32: 1,
    2048: vmid,
    2056: RTT,
    2064: level,
    2072: tables,
  });
  return rmi(machine, 'RMI_REALM_CREATE', [RD, PARAMS])[0] ?? -1n;
};

test('RMI_REALM_CREATE takes exactly the shapes of the specification, with that many starting tables', () => {
  const machine = newMachine('trace-c');
  delegate(machine, RD);
  delegate(machine, RTT, 32);
  for (const shape of EVERY) {
    const wanted = tablesWanted(shape.width, shape.level, shape.lpa2);
    for (const tables of new Set([wanted, 0, 1, 2, 3, 16, 32, wanted * 2])) {
      const result = realmCreate(machine, { ...shape, tables });
      const what = `${JSON.stringify(shape)} with ${tables}`;
      assert.equal(result, wanted > 0 && tables === wanted ? 0n : 1n, what);
      if (result === 0n) must(machine, 'RMI_REALM_DESTROY', RD);
    }
  }
  assert.ok(SHAPES.length > 50 && SHAPES.some(({ tables }) => tables === 16));
});

/** The smallest level is 44 bits of PA: not on a platform of 40. */
test('level 0 needs 44 bits of PA', () => {
  const machine = newMachine('trace-b');
  delegate(machine, RD);
  delegate(machine, RTT);
  assert.equal(realmCreate(machine, { width: 40, level: 0, lpa2: false, tables: 1 }), 1n);
  assert.equal(realmCreate(machine, { width: 40, level: 1, lpa2: false, tables: 2 }), 1n, 'one of two tables is free');
  delegate(machine, RTT + 4096);
  assert.equal(realmCreate(machine, { width: 40, level: 1, lpa2: false, tables: 2 }), 0n);
});

/** First and last page of each half, and the pages on both sides of each border between starting tables. */
function edges({ width, level, tables }: Shape): number[] {
  const half = 2 ** (width - 1);
  const range = entrySize(level) * (level < 0 ? 16 : 512);
  const found = new Set([0, half - 4096, half, 2 * half - 4096]);
  for (let table = 1; table < tables; table++) {
    found.add(table * range - 4096);
    found.add(table * range);
  }
  return [...found].sort((a, b) => a - b);
}

interface Made {
  readonly at: number;
  readonly target: number;
}

describe('stage 2 of a Realm', () => {
  for (const shape of SHAPES) {
    const { width, level, lpa2, tables } = shape;
    test(`${width} bits from level ${level}${lpa2 ? ', LPA2' : ''}: ${tables} starting tables`, () => {
      const machine = newMachine('trace-c');
      delegate(machine, RD);
      delegate(machine, RTT, tables);
      assert.equal(realmCreate(machine, shape), 0n);
      let next = POOL;
      const granule = (): number => {
        delegate(machine, next);
        next += 4096;
        return next - 4096;
      };
      const made: Made[] = [];
      const below: { at: number; level: number }[] = [];
      for (const at of edges(shape)) {
        for (let deeper = level + 1; deeper <= 3; deeper++) {
          const base = at - (at % entrySize(deeper - 1));
          if (below.some((table) => table.at === base && table.level === deeper)) continue;
          must(machine, 'RMI_RTT_CREATE', RD, granule(), base, deeper);
          below.unshift({ at: base, level: deeper });
        }
        const target = at < 2 ** (width - 1) ? granule() : SHARED;
        if (target === SHARED) must(machine, 'RMI_RTT_MAP_UNPROTECTED', RD, at, 3, SHARED + 0xd8);
        else must(machine, 'RMI_DATA_CREATE', RD, target, at, SOURCE, 0);
        made.push({ at, target });
      }
      const rec = granule();
      const aux = Array.from({ length: 16 }, granule);
      writePage(machine, PARAMS, {
        0: 1,
        2048: 16,
        ...Object.fromEntries(aux.map((address, index) => [0x808 + index * 8, address])),
      });
      must(machine, 'RMI_REC_CREATE', RD, rec, PARAMS);
      must(machine, 'RMI_REALM_ACTIVATE', RD);
      writePage(machine, RUN, {});
      const result = rmi(machine, 'RMI_REC_ENTER', [rec, RUN], (pe) => {
        const regime = currentRegime(machine, pe, 1);
        for (const { at, target } of made) {
          const to = translateForDebugger(machine, regime, BigInt(at));
          assert.ok(to.ok, `0x${at.toString(16)}`);
          assert.deepEqual([to.pa, to.pas], [target, target === SHARED ? 1 : 3], 'NS by the entry, else Realm');
        }
        const unmapped = translateForDebugger(machine, regime, BigInt(made[1]?.at ?? 0) - 4096n);
        assert.equal(unmapped.ok ? unmapped.pa : unmapped.kind, 'translation');
        return { kind: 'irq' };
      });
      assert.equal(result[0], 0n);
      must(machine, 'RMI_REC_DESTROY', rec);
      for (const { at, target } of made) {
        if (target === SHARED) must(machine, 'RMI_RTT_UNMAP_UNPROTECTED', RD, at, 3);
        else assert.equal(must(machine, 'RMI_DATA_DESTROY', RD, at)[1], BigInt(target));
      }
      below.sort((a, b) => b.level - a.level);
      for (const table of below) must(machine, 'RMI_RTT_DESTROY', RD, table.at, table.level);
      must(machine, 'RMI_REALM_DESTROY', RD);
      for (let address = POOL; address < next; address += 4096) {
        assert.equal(granuleInfo(machine, pa(address)).state, 'DELEGATED');
      }
      for (let table = 0; table < tables; table++) {
        assert.equal(granuleInfo(machine, pa(RTT + table * 4096)).state, 'DELEGATED');
      }
    });
  }
});
