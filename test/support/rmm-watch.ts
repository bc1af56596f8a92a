/**
 * What one call of the RMM may change, checked after every call by comparing memory with what it was before: nothing the
 * implementation says of itself (events, journals) is trusted. A refused call changes nothing; a successful one changes
 * granule states, GPT, RTT entries, RDs and RECs only as the specification's state machines allow for that command, and
 * every other page of the pool keeps its content. What is unchanged stays as good as the last full check
 * (`rmm-invariants.ts`) found it.
 */
import assert from 'node:assert/strict';
import { pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { delegableIndex } from '../../emulator/machine/platform';
import { peekBytes, slotOf } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { GranuleState } from '../../emulator/rmm/granules/state';
import { rmmRegions } from '../../emulator/rmm/layout';
import { RMM_CONTEXT } from '../../emulator/rmm/memory';
import { addressIn, Hipas, hipasOf, hostAttributesOf, Ripas, ripasOf } from '../../emulator/rmm/rtt/descriptor';
import { entrySize } from '../../emulator/rmm/rtt/geometry';
import { RD_LAYOUT } from '../../emulator/rmm/structures/rd';
import { REC_LAYOUT } from '../../emulator/rmm/structures/rec';
import type { StructureField } from '../../emulator/rmm/structures/structures';
import type { Call, Results } from './rmm-calls';

const { Undelegated, Delegated, Rd, Rec, RecAux, Data, Rtt } = GranuleState;
const RD = RD_LAYOUT.fields;
const REC = REC_LAYOUT.fields;

/** Granule state machine of RMM 1.0: `from to command`. */
const GRANULE_ARROWS = new Set(
  [
    [Undelegated, Delegated, 'RMI_GRANULE_DELEGATE'],
    [Delegated, Undelegated, 'RMI_GRANULE_UNDELEGATE'],
    [Delegated, Rd, 'RMI_REALM_CREATE'],
    [Rd, Delegated, 'RMI_REALM_DESTROY'],
    [Delegated, Rtt, 'RMI_REALM_CREATE'],
    [Rtt, Delegated, 'RMI_REALM_DESTROY'],
    [Delegated, Rtt, 'RMI_RTT_CREATE'],
    [Rtt, Delegated, 'RMI_RTT_DESTROY'],
    [Rtt, Delegated, 'RMI_RTT_FOLD'],
    [Delegated, Rec, 'RMI_REC_CREATE'],
    [Delegated, RecAux, 'RMI_REC_CREATE'],
    [Rec, Delegated, 'RMI_REC_DESTROY'],
    [RecAux, Delegated, 'RMI_REC_DESTROY'],
    [Delegated, Data, 'RMI_DATA_CREATE'],
    [Delegated, Data, 'RMI_DATA_CREATE_UNKNOWN'],
    [Data, Delegated, 'RMI_DATA_DESTROY'],
  ].map(([from, to, by]) => `${from} ${to} ${by}`),
);

/** The commands that move a Realm's RIM. */
const MEASURED = new Set(['RMI_REALM_CREATE', 'RMI_DATA_CREATE', 'RMI_RTT_INIT_RIPAS', 'RMI_REC_CREATE']);

const ROOT = encryptionContext(Pas.Root);

/** What a table of a Realm is: claimed once, by its parent entry or by the RD. */
interface Table {
  readonly rd: number;
  readonly level: number;
  readonly ipa: number;
  readonly lpa2: boolean;
  readonly ipaWidth: number;
}

export interface Watch {
  readonly machine: Machine;
  readonly from: number;
  readonly count: number;
  /** As of the last check. */
  readonly states: Uint8Array;
  readonly owners: Uint8Array;
  readonly gpt: Uint8Array;
  readonly pages: Buffer;
  /** 1 where a page is not all zero. */
  readonly used: Uint8Array;
  readonly tables: Map<number, Table>;
  /** Calls seen, by name: how many, and how many succeeded. */
  readonly seen: Map<string, { calls: number; done: number }>;
}

const gptBytes = (machine: Machine, from: number, count: number): Uint8Array => {
  const { gpt } = machine.platform;
  const order = gpt.l1Indices.indexOf(Math.floor(from / 2 ** gpt.l0Bits));
  const granule = (from % 2 ** gpt.l0Bits) / 4096;
  return peekBytes(machine.memory, ROOT, pa(gpt.l1Base + order * gpt.l1TableSize + granule / 2), count / 2);
};

const statesOf = (machine: Machine, from: number, count: number): Uint8Array => {
  const at = rmmRegions(machine.platform).states + delegableIndex(machine.platform, from);
  return peekBytes(machine.memory, RMM_CONTEXT, pa(at), count);
};

const ownersOf = (machine: Machine, from: number, count: number): Uint8Array => {
  const at = rmmRegions(machine.platform).owners + delegableIndex(machine.platform, from) * 4;
  return peekBytes(machine.memory, RMM_CONTEXT, pa(at), count * 4);
};

/** Watches `count` granules from `from`, all of them still the Host's; nothing outside them is ever delegated. */
export function watchRmm(machine: Machine, from: number, count: number): Watch {
  return {
    machine,
    from,
    count,
    states: statesOf(machine, from, count),
    owners: ownersOf(machine, from, count),
    gpt: gptBytes(machine, from, count),
    pages: Buffer.alloc(count * 4096),
    used: new Uint8Array(count),
    tables: new Map(),
    seen: new Map(),
  };
}

interface Change {
  readonly index: number;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** Pages whose content differs from what it was; the watch takes the new content over. */
function changedPages(watch: Watch): Change[] {
  const { machine, count, pages, used } = watch;
  const { memory } = machine;
  const now = Buffer.from(memory.wasm.buffer);
  const first = watch.from / 4096;
  const changes: Change[] = [];
  for (let index = 0; index < count; index++) {
    const slot = slotOf(memory, first + index);
    if (slot === 0 && used[index] === 0) continue;
    const at = index * 4096;
    if (slot !== 0 && now.compare(pages, at, at + 4096, slot, slot + 4096) === 0) continue;
    const before = Buffer.from(pages.subarray(at, at + 4096));
    if (slot === 0) pages.fill(0, at, at + 4096);
    else now.copy(pages, at, slot, slot + 4096);
    const after = pages.subarray(at, at + 4096);
    used[index] = ZERO.compare(after) === 0 ? 0 : 1;
    changes.push({ index, before, after: Buffer.from(after) });
  }
  return changes;
}

const ZERO = Buffer.alloc(4096);
const number64 = (page: Buffer, field: StructureField): number => Number(page.readBigUInt64LE(field.offset));
const same = (a: Buffer, b: Buffer, field: StructureField): boolean =>
  a.compare(
    b,
    field.offset,
    field.offset + field.size * field.count,
    field.offset,
    field.offset + field.size * field.count,
  ) === 0;

/** Equal but for these fields. */
function equalBut(a: Buffer, b: Buffer, fields: readonly StructureField[]): boolean {
  const copy = Buffer.from(b);
  for (const { offset, size, count } of fields) a.copy(copy, offset, offset, offset + size * count);
  return a.compare(copy) === 0;
}

interface Entry {
  readonly hipas: Hipas;
  readonly ripas: Ripas;
  readonly address: number;
  readonly attributes: number;
}

function entryAt(page: Buffer, index: number, level: number, lpa2: boolean): Entry {
  const lo = page.readUInt32LE(index * 8);
  const hi = page.readUInt32LE(index * 8 + 4);
  const hipas = hipasOf(lo, hi, level);
  const hasAddress = hipas === Hipas.Assigned || hipas === Hipas.AssignedNs || hipas === Hipas.Table;
  return {
    hipas,
    ripas: hipas === Hipas.Assigned || hipas === Hipas.Unassigned ? ripasOf(lo) : Ripas.Empty,
    address: hasAddress ? addressIn(lo, hi, lpa2) : 0,
    attributes: hipas === Hipas.AssignedNs ? hostAttributesOf(lo) : 0,
  };
}

const equalEntries = (a: Entry, b: Entry): boolean =>
  a.hipas === b.hipas && a.ripas === b.ripas && a.address === b.address && a.attributes === b.attributes;

/** The entry `index` of a table unfolded from `parent`. */
const part = (parent: Entry, index: number, level: number): Entry =>
  parent.hipas === Hipas.Assigned || parent.hipas === Hipas.AssignedNs
    ? { ...parent, address: parent.address + index * entrySize(level) }
    : parent;

/** Whether a command may turn an entry into another (RMM 1.0: HIPAS and RIPAS state machines). */
function entryArrow(name: string, from: Entry, to: Entry): boolean {
  const kept = from.address === to.address && from.attributes === to.attributes;
  switch (name) {
    case 'RMI_DATA_CREATE':
      return from.hipas === Hipas.Unassigned && to.hipas === Hipas.Assigned && to.ripas === Ripas.Ram;
    case 'RMI_DATA_CREATE_UNKNOWN':
      return from.hipas === Hipas.Unassigned && to.hipas === Hipas.Assigned && to.ripas === from.ripas;
    case 'RMI_DATA_DESTROY':
      return (
        from.hipas === Hipas.Assigned &&
        to.hipas === Hipas.Unassigned &&
        to.ripas === (from.ripas === Ripas.Ram ? Ripas.Destroyed : from.ripas)
      );
    case 'RMI_RTT_INIT_RIPAS':
      return from.hipas === Hipas.Unassigned && equalEntries({ ...from, ripas: Ripas.Ram }, to);
    case 'RMI_RTT_SET_RIPAS':
      return (
        (from.hipas === Hipas.Unassigned || from.hipas === Hipas.Assigned) &&
        from.hipas === to.hipas &&
        kept &&
        to.ripas !== Ripas.Destroyed
      );
    case 'RMI_RTT_CREATE':
      return from.hipas !== Hipas.Table && to.hipas === Hipas.Table;
    case 'RMI_RTT_DESTROY':
      return (
        from.hipas === Hipas.Table &&
        (to.hipas === Hipas.UnassignedNs || (to.hipas === Hipas.Unassigned && to.ripas === Ripas.Destroyed))
      );
    case 'RMI_RTT_FOLD':
      return from.hipas === Hipas.Table && to.hipas !== Hipas.Table;
    case 'RMI_RTT_MAP_UNPROTECTED':
      return from.hipas === Hipas.UnassignedNs && to.hipas === Hipas.AssignedNs;
    case 'RMI_RTT_UNMAP_UNPROTECTED':
      return from.hipas === Hipas.AssignedNs && to.hipas === Hipas.UnassignedNs;
    default:
      return false;
  }
}

const SEVERAL = new Set(['RMI_RTT_INIT_RIPAS', 'RMI_RTT_SET_RIPAS']);

/** A table in use changed: entries as the command allows, all in one run. */
function checkTable(watch: Watch, call: Call, change: Change, freed: ReadonlyMap<number, Buffer>): void {
  const address = watch.from + change.index * 4096;
  const table = watch.tables.get(address);
  assert.ok(table, `RTT 0x${address.toString(16)} belongs to nobody`);
  const { level, lpa2, ipa: base } = table;
  const changed: number[] = [];
  for (let index = 0; index < 512; index++) {
    if (change.before.readBigUInt64LE(index * 8) !== change.after.readBigUInt64LE(index * 8)) changed.push(index);
  }
  const run = (changed.at(-1) ?? 0) - (changed[0] ?? 0) + 1;
  assert.ok(changed.length === 1 || (SEVERAL.has(call.name) && run >= changed.length), `${changed.length} entries`);
  for (const index of changed) {
    const from = entryAt(change.before, index, level, lpa2);
    const to = entryAt(change.after, index, level, lpa2);
    assert.ok(entryArrow(call.name, from, to), `entry ${index}: ${JSON.stringify({ from, to })}`);
    const ipa: number = base + index * entrySize(level);
    const unprotected: boolean = ipa >= 2 ** (table.ipaWidth - 1);
    assert.ok(ipa < 2 ** table.ipaWidth, 'inside the IPA space');
    if (to.hipas !== Hipas.Table) {
      const ns = to.hipas === Hipas.UnassignedNs || to.hipas === Hipas.AssignedNs;
      assert.equal(ns, unprotected, 'the Host has the upper half, the Realm the lower one');
    }
    if (to.hipas === Hipas.Assigned && from.hipas !== Hipas.Assigned && call.name !== 'RMI_RTT_FOLD') {
      assert.equal(stateAt(watch, to.address), Data, 'the entry maps a DATA granule');
      assert.equal(level, 3);
    }
    if (to.hipas === Hipas.Table) {
      const child = (to.address - watch.from) / 4096;
      assert.equal(watch.states[child], Rtt, 'the child is an RTT');
      assert.equal(watch.tables.get(to.address), undefined, 'the child has one parent');
      const { rd, ipaWidth } = table;
      watch.tables.set(to.address, { rd, level: level + 1, ipa, lpa2, ipaWidth });
      const content = watch.pages.subarray(child * 4096, child * 4096 + 4096);
      for (let at = 0; at < 512; at++) {
        const want = part(from, at, level + 1);
        assert.ok(equalEntries(entryAt(content, at, level + 1, lpa2), want), `unfolded entry ${at}`);
      }
    }
    if (call.name === 'RMI_RTT_FOLD') {
      const content = freed.get(from.address);
      assert.ok(content, 'the table folded is free');
      for (let at = 0; at < 512; at++) {
        const want = part(to, at, level + 1);
        assert.ok(equalEntries(entryAt(content, at, level + 1, lpa2), want), `folded entry ${at}`);
      }
    }
    if (from.hipas === Hipas.Table) assert.ok(freed.has(from.address), 'the table is free');
    if (from.hipas === Hipas.Assigned && to.hipas === Hipas.Unassigned) {
      assert.equal(stateAt(watch, from.address), Delegated, 'the DATA granule is free');
    }
  }
}

const stateAt = (watch: Watch, address: number): number | undefined => watch.states[(address - watch.from) / 4096];

/** An RD in use changed. */
function checkRd(call: Call, { before, after }: Change): void {
  const links = [RD.next, RD.previous];
  const moved = [...links, RD.recIndex, RD.recCount, RD.firstRec, RD.state, RD.rim, RD.rem];
  assert.ok(equalBut(before, after, moved), 'attributes of a Realm never change');
  if (!same(before, after, RD.rim)) {
    assert.ok(MEASURED.has(call.name), 'RIM');
    assert.equal(before.readUInt32LE(RD.state.offset), 0, 'RIM moves while the Realm is NEW');
  }
  if (!same(before, after, RD.rem)) assert.equal(call.name, 'RMI_REC_ENTER', 'REM');
  if (!same(before, after, RD.state)) {
    const arrow = `${before.readUInt32LE(RD.state.offset)} ${after.readUInt32LE(RD.state.offset)} ${call.name}`;
    assert.ok(['0 1 RMI_REALM_ACTIVATE', '1 2 RMI_REC_ENTER'].includes(arrow), `Realm state ${arrow}`);
  }
  const recs = after.readUInt32LE(RD.recCount.offset) - before.readUInt32LE(RD.recCount.offset);
  const indices = after.readUInt32LE(RD.recIndex.offset) - before.readUInt32LE(RD.recIndex.offset);
  const wanted = call.name === 'RMI_REC_CREATE' ? [1, 1] : call.name === 'RMI_REC_DESTROY' ? [-1, 0] : [0, 0];
  assert.deepEqual([recs, indices], wanted, 'RECs counted');
}

/** A REC in use changed. */
function checkRec(call: Call, { before, after, index }: Change, watch: Watch): void {
  const links = [REC.next, REC.previous];
  const address = BigInt(watch.from + index * 4096);
  const [x1 = 0n, x2 = 0n] = call.x;
  assert.equal(after.readUInt32LE(REC.state.offset), 0, 'READY between calls');
  for (const field of [REC.rd, REC.index, REC.mpidr, REC.numAux, REC.aux]) {
    assert.ok(same(before, after, field), 'identity of a REC');
  }
  if (call.name === 'RMI_REC_ENTER' && x1 === address) return;
  if (call.name === 'RMI_PSCI_COMPLETE') {
    assert.ok(x1 === address || x2 === address, 'another REC');
    const target = [REC.gprs, REC.pc, REC.pstate, REC.sysregs, REC.runnable];
    assert.ok(equalBut(before, after, x1 === address ? [REC.gprs, REC.psciPending] : target), 'RMI_PSCI_COMPLETE');
    return;
  }
  if (call.name === 'RMI_RTT_SET_RIPAS' && x2 === address) {
    assert.ok(equalBut(before, after, [REC.ripasAddr]), 'RMI_RTT_SET_RIPAS');
    return;
  }
  assert.ok(equalBut(before, after, links), 'a REC that is no business of this call');
}

/** A page whose granule stays what it was: may this call write to it? */
function checkContent(watch: Watch, call: Call, change: Change, freed: ReadonlyMap<number, Buffer>): void {
  switch (watch.states[change.index]) {
    case Rtt:
      checkTable(watch, call, change, freed);
      return;
    case Rd:
      checkRd(call, change);
      return;
    case Rec:
      checkRec(call, change, watch);
      return;
    case RecAux:
    case Data:
      assert.equal(call.name, 'RMI_REC_ENTER', 'content written by another command than RMI_REC_ENTER');
      assert.equal(ownerOf(watch, change.index), ownerOf(watch, recIndexOf(watch, call)), "another Realm's page");
      return;
    case Undelegated:
      assert.equal(call.name, 'RMI_REC_ENTER', "the Host's page");
      assert.equal(call.x[1], BigInt(watch.from + change.index * 4096), "the Host's page, which is not the run page");
      assert.equal(change.before.compare(change.after, 0, 0x800, 0, 0x800), 0, 'RmiRecEnter');
      return;
    default:
      assert.fail('a page nobody may write was written');
  }
}

const recIndexOf = (watch: Watch, call: Call): number => (Number(call.x[0] ?? 0n) - watch.from) / 4096;
const ownerOf = (watch: Watch, index: number): number =>
  new DataView(watch.owners.buffer, watch.owners.byteOffset).getUint32(index * 4, true);

/** Granules that changed state, with the state they had. */
function checkStates(watch: Watch, call: Call, states: Uint8Array): Map<number, number> {
  const moved = new Map<number, number>();
  for (let index = 0; index < watch.count; index++) {
    const from = watch.states[index] ?? 0;
    const to = states[index] ?? 0;
    if (from === to) continue;
    assert.ok(GRANULE_ARROWS.has(`${from} ${to} ${call.name}`), `granule state ${from} -> ${to}`);
    moved.set(index, from);
  }
  watch.states.set(states);
  return moved;
}

function checkGpt(watch: Watch, moved: ReadonlyMap<number, number>): void {
  const gpt = gptBytes(watch.machine, watch.from, watch.count);
  for (const index of moved.keys()) {
    const byte = gpt[index >> 1] ?? 0;
    const gpi = index % 2 === 0 ? byte & 15 : byte >> 4;
    assert.equal(gpi, watch.states[index] === Undelegated ? 9 : 11, 'GPT of a granule that moved');
    const old = watch.gpt[index >> 1] ?? 0;
    watch.gpt[index >> 1] = index % 2 === 0 ? (old & 0xf0) | gpi : (old & 15) | (gpi << 4);
  }
  assert.ok(Buffer.compare(gpt, watch.gpt) === 0, 'GPT of a granule that did not move');
}

/** New content of granules that moved: wiped, or filled by the command. */
function checkMoved(watch: Watch, call: Call, moved: ReadonlyMap<number, number>): void {
  for (const index of moved.keys()) {
    const address = watch.from + index * 4096;
    const state = watch.states[index];
    const page = watch.pages.subarray(index * 4096, index * 4096 + 4096);
    if (state === Delegated || state === Undelegated) {
      assert.equal(watch.used[index], 0, 'an idle granule is wiped');
      assert.equal(ownerOf(watch, index), 0, 'an idle granule has no owner');
      watch.tables.delete(address);
    } else {
      const owner = ownerOf(watch, index) - 1 - delegableIndex(watch.machine.platform, watch.from);
      assert.equal(watch.states[owner], Rd, 'a granule in use is owned by a Realm');
    }
    if (call.name === 'RMI_DATA_CREATE_UNKNOWN') assert.equal(watch.used[index], 0, 'unknown content is zero');
    if (state === Rd) addRealm(watch, address, page);
    if (state === Rec) {
      const aux = Array.from({ length: page.readUInt32LE(REC.numAux.offset) }, (_, slot) =>
        Number(page.readBigUInt64LE(REC.aux.offset + slot * 8)),
      );
      assert.equal(aux.length, watch.machine.platform.rmm.recAuxCount);
      for (const granule of aux) assert.equal(stateAt(watch, granule), RecAux);
      assert.equal(moved.size, aux.length + 1, 'a REC and its auxiliary granules');
    }
  }
}

/** The starting tables of a new Realm. */
function addRealm(watch: Watch, rd: number, page: Buffer): void {
  const base = number64(page, RD.rttBase);
  const level = page.readInt32LE(RD.rttLevelStart.offset);
  const ipaWidth = page.readUInt32LE(RD.ipaWidth.offset);
  const lpa2 = (page.readUInt32LE(RD.flags.offset) & 1) !== 0;
  const entries = level < 0 ? 16 : 512;
  for (let index = 0; index < page.readUInt32LE(RD.rttNumStart.offset); index++) {
    const address = base + index * 4096;
    assert.equal(stateAt(watch, address), Rtt, 'a starting table');
    watch.tables.set(address, { rd, level, ipa: index * entries * entrySize(level), lpa2, ipaWidth });
  }
}

/** RMI_PSCI_COMPLETE that answers DENIED for a target that is on completes the request and still reports an error. */
const deniedTooLate = (call: Call): boolean =>
  call.name === 'RMI_PSCI_COMPLETE' && call.x[2] === 0xffff_ffff_ffff_fffdn;

/** Call after every call. @throws AssertionError */
export function checkCall(watch: Watch, call: Call, results: Results): void {
  const { machine, from, count } = watch;
  const status = (results[0] ?? 0n) & 0xffn;
  const done = results[0] !== undefined && results[0] >> 16n === 0n && status === 0n;
  const seen = watch.seen.get(call.name) ?? { calls: 0, done: 0 };
  watch.seen.set(call.name, { calls: seen.calls + 1, done: seen.done + (done ? 1 : 0) });
  const states = statesOf(machine, from, count);
  const changes = changedPages(watch);
  if (!done) {
    assert.ok(Buffer.compare(states, watch.states) === 0, 'a refused call moved a granule');
    if (!deniedTooLate(call)) assert.equal(changes.length, 0, 'a refused call wrote memory');
  }
  const moved = checkStates(watch, call, states);
  watch.owners.set(ownersOf(machine, from, count));
  checkGpt(watch, moved);
  const freed = new Map<number, Buffer>();
  for (const change of changes) {
    const before = moved.get(change.index);
    if (before === Rtt) freed.set(from + change.index * 4096, change.before);
  }
  // A table of zeros (UNASSIGNED, EMPTY throughout) is wiped without a change of content.
  for (const [index, before] of moved) {
    const address = from + index * 4096;
    if (before === Rtt && !freed.has(address)) freed.set(address, ZERO);
  }
  checkMoved(watch, call, moved);
  for (const change of changes) if (!moved.has(change.index)) checkContent(watch, call, change, freed);
}
