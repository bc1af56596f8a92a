/** Feature registers and limits come from the platform: random platforms, each asked for its limits and one beyond. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readX, writeX } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { layOut } from '../../emulator/machine/presets/layout';
import { startTables } from '../../emulator/rmm/rtt/geometry';
import { exitWord } from './realm-code';
import { AT, delegate, must, newMachine, rmi, writePage } from './support';

const figures = fc
  .record({
    paBits: fc.constantFrom(36, 40, 42, 44, 48, 52),
    lpa2: fc.boolean(),
    ipaRoom: fc.nat(16),
    vmidBits: fc.constantFrom(8, 16),
    hpmn0: fc.boolean(),
    numBps: fc.integer({ min: 1, max: 15 }),
    numWps: fc.integer({ min: 1, max: 15 }),
    pmuCounters: fc.nat(31),
    listRegisters: fc.integer({ min: 1, max: 16 }),
    recAuxCount: fc.integer({ min: 2, max: 16 }),
    maxRecsOrder: fc.integer({ min: 1, max: 3 }),
  })
  .map((all) => ({ ...all, ipaBits: Math.max(32, Math.min(all.paBits, all.lpa2 ? 52 : 48) - all.ipaRoom) }));
type Figures = typeof figures extends fc.Arbitrary<infer T> ? T : never;

const POOL = 0x8100_0000;
const RTT = 0x8200_0000;

function machineOf(chosen: Figures): Machine {
  const { ipaBits, maxRecsOrder, recAuxCount, ipaRoom: _, ...features } = chosen;
  const platform = layOut({
    name: 'random',
    summary: 'figures by chance',
    bank2Size: 0,
    features: { ...features, fp: false, general: false },
    ipaBits,
    maxRecsOrder,
    mecidBits: 0,
  });
  return newMachine({ ...platform, rmm: { ...platform.rmm, recAuxCount } });
}

/** A starting level that suits the width. */
function shapeOf(chosen: Figures, width: number, lpa2: boolean): { level: number; tables: number } {
  for (const level of [2, 1, 0, -1]) {
    const tables = startTables(width, level, lpa2, chosen.paBits);
    if (tables > 0) return { level, tables };
  }
  return { level: 1, tables: 1 };
}

function judge(chosen: Figures): void {
  const machine = machineOf(chosen);
  const { ipaBits, lpa2, vmidBits, hpmn0, numBps, numWps, pmuCounters, recAuxCount, maxRecsOrder } = chosen;
  const register = must(machine, 'RMI_FEATURES', 0)[1] ?? 0n;
  const field = (lsb: number, width: number): number =>
    Number((register >> BigInt(lsb)) & ((1n << BigInt(width)) - 1n));
  assert.deepEqual(
    [field(0, 8), field(8, 1), field(9, 5), field(14, 6), field(20, 6), field(26, 1), field(27, 5), field(32, 2)],
    [ipaBits, Number(lpa2), 0, numBps, numWps, Number(pmuCounters > 0), pmuCounters, 3],
  );
  assert.deepEqual([field(34, 4), field(38, 4)], [chosen.listRegisters - 1, maxRecsOrder]);
  assert.equal(register >> 42n, 0n);

  delegate(machine, AT.rd);
  delegate(machine, RTT, 16);
  /** X0 of RMI_REALM_CREATE with changes to a Realm that every platform takes; it is destroyed at once. */
  const create = (changes: Readonly<Record<number, number>>, keep = false): bigint => {
    const width = changes[8] ?? 32;
    const { level, tables } = shapeOf(chosen, width, ((changes[0] ?? 0) & 1) === 1);
    const words = { 8: width, 24: 1, 32: 1, 40: 0, 48: 0, 2048: 1, 2056: RTT, 2064: level, 2072: tables };
    writePage(machine, AT.params, { ...words, ...changes });
    const result = rmi(machine, 'RMI_REALM_CREATE', [AT.rd, AT.params])[0] ?? -1n;
    if (result === 0n && !keep) must(machine, 'RMI_REALM_DESTROY', AT.rd);
    return result;
  };
  const check = (what: string, ok: boolean, changes: Readonly<Record<number, number>>): void =>
    assert.equal(create(changes), ok ? 0n : 1n, `${what}: ${JSON.stringify(changes)}`);
  const FLAGS = 0;
  const [S2SZ, BPS, WPS, PMU, VMID] = [8, 24, 32, 40, 2048];
  check('s2sz', true, { [S2SZ]: Math.min(ipaBits, 48) });
  check('s2sz', false, { [S2SZ]: ipaBits + 1 });
  check('s2sz', false, { [S2SZ]: 31 });
  check('lpa2', lpa2, { [FLAGS]: 1 });
  if (lpa2) check('s2sz, lpa2', true, { [FLAGS]: 1, [S2SZ]: ipaBits });
  if (ipaBits > 48) check('s2sz', false, { [S2SZ]: 49 });
  check('sve', false, { [FLAGS]: 2 });
  check('num_bps', true, { [BPS]: numBps });
  check('num_bps', false, { [BPS]: numBps + 1 });
  check('num_wps', true, { [WPS]: numWps });
  check('num_wps', false, { [WPS]: numWps + 1 });
  check('pmu', pmuCounters > 0, { [FLAGS]: 4, [PMU]: Math.max(1, pmuCounters) });
  check('pmu', false, { [FLAGS]: 4, [PMU]: pmuCounters + 1 });
  check('pmu', hpmn0 && pmuCounters > 0, { [FLAGS]: 4, [PMU]: 0 });
  check('vmid', true, { [VMID]: 2 ** vmidBits - 1 });
  check('vmid', vmidBits === 16, { [VMID]: 256 });

  assert.equal(create({}, true), 0n);
  assert.equal(must(machine, 'RMI_REC_AUX_COUNT', AT.rd)[1], BigInt(recAuxCount));
  const most = 2 ** maxRecsOrder - 1;
  for (let index = 0; index <= most; index++) {
    const rec = POOL + index * 0x2_0000;
    delegate(machine, rec, 17);
    const createRec = (numAux: number): bigint => {
      const aux = Array.from({ length: 16 }, (_, slot) => [0x808 + slot * 8, rec + (slot + 1) * 4096]);
      writePage(machine, AT.params, { 0: 1, 256: index, 512: 0x1000, 2048: numAux, ...Object.fromEntries(aux) });
      return rmi(machine, 'RMI_REC_CREATE', [AT.rd, rec, AT.params])[0] ?? -1n;
    };
    if (index === most) {
      assert.equal(createRec(recAuxCount), 2n, 'RMI_ERROR_REALM: one REC too many');
      continue;
    }
    for (const wrong of [recAuxCount - 1, recAuxCount + 1]) assert.equal(createRec(wrong), 1n);
    assert.equal(createRec(recAuxCount), 0n);
  }

  must(machine, 'RMI_REALM_ACTIVATE', AT.rd);
  writePage(machine, AT.run, {});
  /** Reads an ID register as the Realm does: trapped. */
  const id = (crm: bigint, op2: bigint): bigint => {
    let value = 0n;
    rmi(machine, 'RMI_REC_ENTER', [POOL, AT.run], (pe, stay) => {
      if (stay === 0) {
        writeX(pe, 1, 0x55n);
        const iss = (3n << 20n) | (op2 << 17n) | (1n << 5n) | (crm << 1n) | 1n;
        return { kind: 'sync', esr: (0x18n << 26n) | (1n << 25n) | iss };
      }
      value = readX(pe, 1);
      return { kind: 'irq' };
    });
    assert.equal(exitWord(machine, 'exit_reason'), 1n);
    return value;
  };
  const dfr0 = id(5n, 0n);
  assert.deepEqual([(dfr0 >> 12n) & 15n, (dfr0 >> 20n) & 15n], [BigInt(numBps), BigInt(numWps)], 'ID_AA64DFR0_EL1');
  assert.equal((dfr0 >> 8n) & 15n, 0n, 'PMUVer: this Realm asked for no PMU');
  const ranges: Readonly<Record<number, bigint>> = { 36: 1n, 40: 2n, 42: 3n, 44: 4n, 48: 5n, 52: 6n };
  assert.equal(id(7n, 0n) & 15n, ranges[chosen.paBits], 'ID_AA64MMFR0_EL1.PARange');
  assert.equal((id(7n, 1n) >> 4n) & 15n, vmidBits === 16 ? 2n : 0n, 'ID_AA64MMFR1_EL1.VMIDBits');
}

test('random platforms: feature register 0, parameters of a Realm, RECs, ID registers', () => {
  fc.assert(fc.property(figures, judge), { numRuns: 30, seed: 20_261_121 });
});
