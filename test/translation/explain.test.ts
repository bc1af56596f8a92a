/** The fault explainer agrees with what accesses really do, in every world, and changes nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { granuleOf, pa } from '../../emulator/address';
import { BUS_SIZE_SHIFT, BusAccess } from '../../emulator/cpu/bus';
import { takeAbort } from '../../emulator/cpu/exceptions/exceptions';
import { currentEl, readPstate, readSysreg, restorePe, savePe, writePstate, writeSysreg } from '../../emulator/cpu/pe';
import { hashMachine } from '../../emulator/machine/snapshot';
import { Gpi, setGpi } from '../../emulator/memory/gpt';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { explainAccess } from '../../emulator/translation/explain/explain';
import type { ExplainedAccess, Explanation } from '../../emulator/translation/explain/types';
import { AF, NS, PAGE, put, RAM, type Space, space, tables, tcrEl1 } from './support';

const READ_WRITE = 3n << 6n;
const WRITE_BACK = 6n << 2n;
const MECID = 3;
const REALM = encryptionContext(Pas.Realm, MECID);
const OUT = RAM + 0x10_0000;
const ISV_FIELDS = 0x1ff_c000n;

const BUS: Readonly<Record<ExplainedAccess, number>> = {
  read: BusAccess.Read,
  write: BusAccess.Write,
  execute: BusAccess.Fetch,
};

/** What really happens: the bus is asked as the interpreter asks it, and a fault is taken. The PE is put back. */
function really(it: Space, va: bigint, access: ExplainedAccess): { el: number; esr: bigint; far: bigint } | undefined {
  const { machine, pe } = it;
  const kind = BUS[access] | (0 << BUS_SIZE_SHIFT);
  const at = machine.translation.bus.access(pe.index, Number(va & 0xffff_ffffn) | 0, Number(va >> 32n) | 0, kind);
  if (machine.translation.pending[pe.index] !== undefined) machine.translation.bus.commit(pe.index);
  const fault = machine.translation.faults[pe.index];
  machine.translation.faults[pe.index] = undefined;
  if (fault === undefined) {
    assert.notEqual(at, 0);
    return undefined;
  }
  const saved = savePe(pe);
  takeAbort(machine, pe, fault);
  const el = currentEl(pe) as 1 | 2 | 3;
  const taken = { el, esr: readSysreg(pe, `ESR_EL${el}`), far: readSysreg(pe, `FAR_EL${el}`) };
  restorePe(pe, saved);
  return taken;
}

/** Explains, checks that nothing changed, accesses, compares. */
function agree(it: Space, va: bigint, access: ExplainedAccess, watchHash = false): Explanation {
  const before = watchHash ? hashMachine(it.machine) : '';
  const slots = it.machine.memory.slotCount;
  const said = explainAccess(it.machine, { viewpoint: { kind: 'pe', pe: 0 }, space: 'va', address: va, access });
  assert.equal(it.machine.memory.slotCount, slots, 'no page was allocated');
  if (watchHash) assert.equal(hashMachine(it.machine), before, 'nothing changed');
  const done = really(it, va, access);
  const where = `${access} 0x${va.toString(16)}: ${said.headline}`;
  assert.equal(said.fault === null, done === undefined, where);
  if (said.fault !== null && done !== undefined) {
    assert.equal(said.fault.el, done.el, where);
    // The instruction syndrome needs an instruction: the explainer gives none.
    const mask = done.esr >> 26n === 0x24n ? ~ISV_FIELDS : -1n;
    assert.equal(said.fault.esr.toString(16), (done.esr & mask).toString(16), where);
    assert.equal(said.fault.far, done.far, where);
    assert.equal(said.cards.filter(({ outcome }) => outcome === 'fault').length, 1, 'one card says so');
  }
  return said;
}

const pagesOf = (it: Space, gpi: Gpi, from: number, count: number): void => {
  for (let page = 0; page < count; page++) {
    setGpi(it.machine.memory, it.machine.platform, granuleOf(pa(from + page * 4096)), gpi);
  }
};

/** A Realm EL1 with both stages on: stage 1 tables and data in Realm memory, IPA = PA. */
function realmSpace(el: number): Space {
  const it = space(1, Pas.Realm);
  pagesOf(it, Gpi.Realm, RAM, 0x180);
  writeSysreg(it.pe, 'VTCR_EL2', (1n << 31n) | (5n << 16n) | (1n << 6n) | 31n);
  writeSysreg(it.pe, 'VTTBR_EL2', BigInt(RAM));
  writeSysreg(it.pe, 'VMECID_P_EL2', BigInt(MECID));
  writeSysreg(it.pe, 'HCR_EL2', (1n << 46n) | (1n << 31n) | 1n);
  writePstate(it.pe, (el << 2) | (el === 0 ? 0 : 1));
  return it;
}

const leafOf = fc.record({
  page: fc.nat(15),
  output: fc.constantFrom(0, 1, 2, 3, 0x4_0000, -1),
  valid: fc.boolean(),
  access: fc.nat(3),
  flag: fc.boolean(),
  xn: fc.nat(3),
  memory: fc.nat(7),
  ns: fc.boolean(),
  writes: fc.boolean(),
});
type LeafBits = typeof leafOf extends fc.Arbitrary<infer T> ? T : never;

/** A hole of the address map for -1. */
const HOLE = 0x5_0000_0000;
const outputOf = ({ output }: LeafBits): bigint => BigInt(output === -1 ? HOLE : OUT + output * 4096);

const stage1Leaf = (bits: LeafBits): bigint =>
  outputOf(bits) |
  (bits.valid ? PAGE : 2n) |
  (BigInt(bits.access) << 6n) |
  (bits.flag ? AF : 0n) |
  (BigInt(bits.xn) << 53n) |
  (BigInt(bits.memory & 1) << 2n) |
  (bits.writes ? 1n << 51n : 0n);

const stage2Leaf = (bits: LeafBits): bigint =>
  outputOf(bits) |
  (bits.valid ? PAGE : 2n) |
  (BigInt(bits.access) << 6n) |
  (bits.flag ? AF : 0n) |
  (BigInt(bits.xn) << 53n) |
  (BigInt(bits.memory) << 2n) |
  (bits.ns ? 1n << 55n : 0n);

const ACCESSES: readonly ExplainedAccess[] = ['read', 'write', 'execute'];
const gpis = fc.array(fc.constantFrom(Gpi.NonSecure, Gpi.Realm, Gpi.Root, Gpi.Any, Gpi.None), {
  minLength: 4,
  maxLength: 4,
});

test('property: Non-secure EL1 and EL0, stage 1 tables of every shape', () => {
  const run = (leaves: readonly LeafBits[], types: readonly Gpi[], el: number, scr: boolean, pan: boolean): void => {
    const it = space(el);
    const build = tables(it, RAM, 1);
    for (const leaf of leaves) build.map(0x4000_0000n + BigInt(leaf.page) * 4096n, 3, stage1Leaf(leaf));
    types.forEach((gpi, index) => {
      setGpi(it.machine.memory, it.machine.platform, granuleOf(pa(OUT + index * 4096)), gpi);
    });
    writeSysreg(it.pe, 'MAIR_EL1', 0xffn);
    writeSysreg(it.pe, 'TCR_EL1', tcrEl1(39));
    writeSysreg(it.pe, 'TTBR0_EL1', BigInt(RAM));
    writeSysreg(it.pe, 'SCTLR_EL1', 0x30d0_0981n);
    if (scr) writeSysreg(it.pe, 'SCR_EL3', readSysreg(it.pe, 'SCR_EL3') | (1n << 48n) | (1n << 3n));
    if (pan && el === 1) writePstate(it.pe, readPstate(it.pe) | (1 << 22));
    for (let page = 0; page < 18; page++) {
      for (const access of ACCESSES) agree(it, 0x4000_0000n + BigInt(page) * 4096n + 8n * BigInt(page), access);
    }
    agree(it, 0x80_0000_0000n, 'read');
    agree(it, 0xffff_0000_0000_0000n, 'read');
  };
  const leaves = fc.array(leafOf, { minLength: 4, maxLength: 16 });
  fc.assert(fc.property(leaves, gpis, fc.constantFrom(0, 1), fc.boolean(), fc.boolean(), run), { numRuns: 15 });
});

test('property: Realm EL1 and EL0 through stage 1, stage 2 and the granule protection check', () => {
  const run = (first: readonly LeafBits[], second: readonly LeafBits[], types: readonly Gpi[], el: number): void => {
    const it = realmSpace(el);
    const stage2 = tables(it, RAM, 1, 1, REALM);
    const identity = (address: number, count: number): void => {
      for (let page = 0; page < count; page++) {
        const at = BigInt(address + page * 4096);
        stage2.map(at, 3, at | PAGE | AF | READ_WRITE | WRITE_BACK);
      }
    };
    const tablesAt = RAM + 0x8_0000;
    identity(tablesAt, 8);
    const stage1 = tables(it, tablesAt, 1, 1, REALM);
    for (const leaf of first) stage1.map(0x4000_0000n + BigInt(leaf.page) * 4096n, 3, stage1Leaf(leaf));
    for (const leaf of second) stage2.map(BigInt(OUT + (leaf.page % 4) * 4096), 3, stage2Leaf(leaf));
    types.forEach((gpi, index) => {
      setGpi(it.machine.memory, it.machine.platform, granuleOf(pa(OUT + index * 4096)), gpi);
    });
    writeSysreg(it.pe, 'MAIR_EL1', 0xffn);
    writeSysreg(it.pe, 'TCR_EL1', tcrEl1(39));
    writeSysreg(it.pe, 'TTBR0_EL1', BigInt(tablesAt));
    writeSysreg(it.pe, 'SCTLR_EL1', 0x30d0_0981n);
    for (let page = 0; page < 17; page++) {
      for (const access of ACCESSES) agree(it, 0x4000_0000n + BigInt(page) * 4096n, access);
    }
    // The page of the level 3 table is taken away from stage 2, then from the Realm PAS: faults of the walk itself.
    stage2.map(BigInt(tablesAt + 0x2000), 3, 2n);
    const walk = agree(it, 0x4000_0000n, 'read');
    assert.ok(walk.fault === null || walk.fault.s1ptw);
    stage2.map(BigInt(tablesAt + 0x2000), 3, BigInt(tablesAt + 0x2000) | PAGE | AF | READ_WRITE | WRITE_BACK);
    setGpi(it.machine.memory, it.machine.platform, granuleOf(pa(tablesAt + 0x2000)), Gpi.NonSecure);
    agree(it, 0x4000_0000n, 'write');
  };
  const leaves = fc.array(leafOf, { minLength: 4, maxLength: 16 });
  fc.assert(fc.property(leaves, leaves, gpis, fc.constantFrom(0, 1), run), { numRuns: 15 });
});

test('EL2 and EL3, stage 1 on and off, each kind of final fault; nothing changes', () => {
  const root = space(3);
  pagesOf(root, Gpi.Root, OUT, 1);
  const own = agree(root, BigInt(OUT), 'read', true);
  assert.equal(own.cards[0]?.outcome, 'off');
  assert.equal(own.pas, Pas.Root);
  assert.match(agree(root, BigInt(OUT + 4096), 'read', true).headline, /granule protection fault/);
  const el2 = space(2);
  agree(el2, BigInt(OUT), 'write', true);
  agree(el2, 1n << 60n, 'read', true);
  const hole = agree(el2, BigInt(HOLE), 'read', true);
  assert.match(hole.fault?.text ?? '', /external abort/);
  assert.match(hole.mend.join(), /Nothing answers/);
  const device = el2.machine.platform.devices[0]!;
  const uart = agree(el2, BigInt(device.base), 'read', true);
  assert.match(uart.cards[3]?.verdict ?? '', /a device answers/);
  assert.match(agree(el2, BigInt(device.base), 'execute', true).fault?.text ?? '', /external abort/);
});

test('a PA is asked about by PAS: granule protection check and encryption context', () => {
  const it = space(2, Pas.Realm);
  pagesOf(it, Gpi.Realm, OUT, 2);
  put(it, OUT, 0x1234n, REALM);
  const ask = (pas: Pas, address = OUT): Explanation =>
    explainAccess(it.machine, { viewpoint: { kind: 'pe', pe: 0 }, space: 'pa', address: BigInt(address), pas });
  assert.equal(ask(Pas.NonSecure).outcome, 'fault');
  assert.equal(ask(Pas.NonSecure).fault?.takenTo, 'R-EL2');
  assert.equal(ask(Pas.Realm).outcome, 'noise', 'MECID_P0_EL2 is 0, the page was written under 3');
  assert.match(ask(Pas.Realm).cards[3]?.verdict ?? '', /written under MECID 3/);
  writeSysreg(it.pe, 'MECID_P0_EL2', BigInt(MECID));
  assert.equal(ask(Pas.Realm).outcome, 'allowed');
  assert.match(ask(Pas.Realm, OUT + 4096).cards[3]?.verdict ?? '', /never written/);
  const [, , check] = ask(Pas.NonSecure).cards;
  assert.equal(check?.steps.length, 2);
  assert.deepEqual(check?.steps[1]?.fields, [['GPI of granule 0 of 16', '0xb Realm']]);
  put(it, OUT, 1n, NS);
});
