/**
 * Random calls of a Host that knows what it is doing more often than not: it looks at the machine, picks a command that
 * could succeed now, and one time in five spoils an argument. What comes out is plain data (`rmm-calls.ts`).
 */
import { type Pa, pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { peekBytes } from '../../emulator/memory/memory';
import { rowOfName } from '../../emulator/rmm/commands/rows';
import { GranuleState } from '../../emulator/rmm/granules/state';
import { granuleState } from '../../emulator/rmm/granules/tracking';
import { GLOBALS_LAYOUT, rmmRegions } from '../../emulator/rmm/layout';
import { sharedMecid } from '../../emulator/rmm/mec/pool';
import { RMM_CONTEXT, readField } from '../../emulator/rmm/memory';
import { type RealmSpace, realmSpace, realmState } from '../../emulator/rmm/realm/rd';
import { isVmidUsed } from '../../emulator/rmm/realm/vmid';
import { REC, recField, recField64 } from '../../emulator/rmm/rec/rec';
import { addressIn, Hipas, hipasOf } from '../../emulator/rmm/rtt/descriptor';
import { entryCount, entrySize, startTables } from '../../emulator/rmm/rtt/geometry';
import { walkRtt } from '../../emulator/rmm/rtt/walk';
import { RD_LAYOUT, RealmState } from '../../emulator/rmm/structures/rd';
import type { Call, RealmStep } from './rmm-calls';

/** A Realm as the Host remembers it. */
interface Realm {
  readonly rd: Pa;
  readonly state: RealmState;
  readonly ipaWidth: number;
  readonly space: RealmSpace;
  readonly recs: readonly Pa[];
}

/** Where a walk ended. */
interface Entry {
  readonly hipas: Hipas;
  readonly level: number;
  readonly size: number;
}

function follow(first: number, next: (item: Pa) => number): Pa[] {
  const list: Pa[] = [];
  for (let item = first; item !== 0; item = next(pa(item))) list.push(pa(item));
  return list.reverse();
}

const rdField = (machine: Machine, rd: Pa, field: keyof typeof RD_LAYOUT.fields): number =>
  readField(machine.memory, RMM_CONTEXT, rd, RD_LAYOUT.fields[field]);

const recsOf = (machine: Machine, rd: Pa): Pa[] =>
  follow(rdField(machine, rd, 'firstRec'), (rec) => recField(machine, rec, REC.next));

function realmsOf(machine: Machine): Pa[] {
  const { globals } = rmmRegions(machine.platform);
  const first = readField(machine.memory, RMM_CONTEXT, globals, GLOBALS_LAYOUT.fields.firstRealm);
  return follow(first, (rd) => rdField(machine, rd, 'next'));
}

function realmAt(machine: Machine, rd: Pa): Realm {
  const space = realmSpace(machine, rd);
  return { rd, state: realmState(machine, rd), ipaWidth: space.ipaWidth, space, recs: recsOf(machine, rd) };
}

function walk(machine: Machine, { space }: Realm, at: number, toLevel: number): Entry {
  const { level, lo, hi } = walkRtt(machine.memory, space, at, toLevel);
  return { level, hipas: hipasOf(lo, hi, level), size: entrySize(level) };
}

/** A table of a Realm with what the Host must take away before the table can go. */
interface Leaf {
  readonly ipa: number;
  readonly level: number;
  /** Addresses of entries that are ASSIGNED. */
  readonly assigned: readonly number[];
}

/** The tables of a Realm without tables below them. */
function leavesOf(machine: Machine, { space, ipaWidth }: Realm): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (table: number, level: number, base: number): void => {
    const bytes = peekBytes(machine.memory, space.context, pa(table), 4096);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = entrySize(level);
    const assigned: number[] = [];
    let tables = 0;
    for (let index = 0; index < entryCount(level) && base + index * size < 2 ** ipaWidth; index++) {
      const lo = view.getUint32(index * 8, true);
      const hi = view.getUint32(index * 8 + 4, true);
      const hipas = hipasOf(lo, hi, level);
      if (hipas === Hipas.Assigned) assigned.push(base + index * size);
      if (hipas !== Hipas.Table) continue;
      tables++;
      visit(addressIn(lo, hi, space.lpa2), level + 1, base + index * size);
    }
    if (tables === 0) leaves.push({ ipa: base, level, assigned });
  };
  const range = entrySize(space.levelStart) * entryCount(space.levelStart);
  for (let index = 0; index < space.numStart; index++) {
    visit(space.base + index * 4096, space.levelStart, index * range);
  }
  return leaves;
}

/** xorshift128, seeded; the same everywhere. */
export interface Random {
  /** 0 to count - 1. */
  below(count: number): number;
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
  bits64(): bigint;
}

export function randomOf(seed: number): Random {
  let [a, b, c, d] = [seed | 1, 0x9e37_79b9 ^ seed, 0x7f4a_7c15, (seed * 0x85eb_ca6b) | 0];
  const next = (): number => {
    const t = a ^ (a << 11);
    [a, b, c] = [b, c, d];
    d = d ^ (d >>> 19) ^ t ^ (t >>> 8);
    return d >>> 0;
  };
  for (let warm = 0; warm < 16; warm++) next();
  const below = (count: number): number => next() % count;
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick: (items) => items[below(items.length)] as never,
    bits64: () => (BigInt(next()) << 32n) | BigInt(next()),
  };
}

/** Where a sequence plays: Host pages, and the granules that are ever delegated. */
export interface Stage {
  readonly machine: Machine;
  readonly random: Random;
  /** First granule of the pool, aligned to 2 MiB; its first 2 MiB are for blocks. */
  readonly pool: number;
  readonly granules: number;
  /** Calls decided on already. */
  readonly queue: Call[];
  nextVmid: number;
  /** RDs of Realms that the Host wants to be rid of. */
  readonly doomed: Set<number>;
}

/** Host pages, below the pool. */
export const HOST = { params: 0x8000_1000, run: 0x8000_3000, source: 0x8000_5000, shared: 0x8000_6000 } as const;
const RUN_EXIT_FREE = 0x800;

/** Granules of the pool kept together, for a block of level 2. */
const BLOCK = 512;

const u64 = (value: number | bigint): bigint => BigInt.asUintN(64, BigInt(value));

export const callOf = (name: string, ...x: readonly (number | bigint)[]): Call => ({
  name,
  fid: rowOfName(name)?.fid ?? 0,
  x: x.map(u64),
});

/** Some granule of the pool in a state, looked for from a random place; undefined when there is none. */
function someGranule(stage: Stage, wanted: GranuleState): Pa | undefined {
  const { machine, random, pool, granules } = stage;
  const start = random.below(granules - BLOCK);
  for (let step = 0; step < granules - BLOCK; step++) {
    const address = pa(pool + (BLOCK + ((start + step) % (granules - BLOCK))) * 4096);
    if (granuleState(machine, address) === wanted) return address;
  }
  return undefined;
}

/** `count` neighbouring DELEGATED granules, aligned to their size. */
function someRun(stage: Stage, count: number): Pa | undefined {
  const { machine, random, pool, granules } = stage;
  const places = Math.floor((granules - BLOCK) / count);
  const start = random.below(places);
  for (let step = 0; step < places; step++) {
    const base = pool + (BLOCK + ((start + step) % places) * count) * 4096;
    let good = base % (count * 4096) === 0;
    for (let at = 0; good && at < count; at++) {
      good = granuleState(machine, base + at * 4096) === GranuleState.Delegated;
    }
    if (good) return pa(base);
  }
  return undefined;
}

/** Shapes of address spaces that this platform takes. */
function someShape(stage: Stage): { s2sz: number; level: number; tables: number; lpa2: boolean } | undefined {
  const { machine, random } = stage;
  const { features, rmm } = machine.platform;
  const lpa2 = features.lpa2 && random.chance(60);
  const most = Math.min(Number(rmm.featureRegister0 & 0xffn), lpa2 ? 52 : 48);
  for (let attempt = 0; attempt < 40; attempt++) {
    const s2sz = 32 + random.below(most - 31);
    const level = random.below(5) - 1;
    const tables = startTables(s2sz, level, lpa2, features.paBits);
    if (tables > 0) return { s2sz, level, tables, lpa2 };
  }
  return undefined;
}

function realmCreate(stage: Stage): Call | undefined {
  const { machine, random } = stage;
  const shape = someShape(stage);
  const rd = someGranule(stage, GranuleState.Delegated);
  if (shape === undefined || rd === undefined) return undefined;
  const rtt = someRun(stage, shape.tables);
  if (rtt === undefined || (rd >= rtt && rd < rtt + shape.tables * 4096)) return undefined;
  let vmid = random.chance(90) ? stage.nextVmid++ : random.below(6);
  if (random.chance(95)) while (isVmidUsed(machine, vmid % 256)) vmid = stage.nextVmid++;
  const pmu = machine.platform.features.pmuCounters;
  const words: Record<number, bigint> = {
    0: BigInt(Number(shape.lpa2) | (pmu > 0 && random.chance(30) ? 4 : 0)),
    8: BigInt(shape.s2sz),
    24: 1n,
    32: 1n,
    40: BigInt(Math.min(1, pmu)),
    48: BigInt(random.below(2)),
    1024: random.bits64(),
    2048: BigInt(vmid % 256),
    2056: BigInt(rtt),
    2064: u64(shape.level),
    2072: BigInt(shape.tables),
    // RMM 1.1: the Host names a MECID; 1.0 does not look at it.
    2088: BigInt(random.below(8)),
  };
  if (random.chance(12)) words[random.pick([0, 8, 0x18, 0x20, 0x28, 0x30, 0x800, 0x808, 0x810, 0x818])] = spoil(stage);
  return { ...callOf('RMI_REALM_CREATE', rd, HOST.params), pages: [{ at: HOST.params, words }] };
}

/** The next REC index of a Realm, in RmiRecMpidr form. */
const mpidrOf = (index: number): bigint => BigInt((index % 16) | ((index >> 4) << 8));

function recCreate(stage: Stage, realm: Realm): Call | undefined {
  const { machine, random } = stage;
  const index = rdField(machine, realm.rd, 'recIndex');
  const { recAuxCount } = machine.platform.rmm;
  const granules: Pa[] = [];
  const { pool, granules: count } = stage;
  const start = random.below(count - BLOCK);
  for (let step = 0; step < count - BLOCK && granules.length <= recAuxCount; step++) {
    const address = pa(pool + (BLOCK + ((start + step) % (count - BLOCK))) * 4096);
    if (granuleState(machine, address) === GranuleState.Delegated) granules.push(address);
  }
  const [rec, ...aux] = granules;
  if (rec === undefined || aux.length < recAuxCount) return undefined;
  const words: Record<number, bigint> = {
    0: BigInt(random.chance(70) ? 1 : 0),
    256: random.chance(95) ? mpidrOf(index) : random.bits64(),
    512: 0x1000n,
    768: random.bits64(),
    2048: BigInt(random.chance(95) ? recAuxCount : random.below(20)),
  };
  aux.forEach((address, slot) => {
    words[0x808 + slot * 8] = BigInt(address);
  });
  if (random.chance(5)) words[0x808 + random.below(recAuxCount) * 8] = BigInt(random.pick(granules));
  return { ...callOf('RMI_REC_CREATE', realm.rd, rec, HOST.params), pages: [{ at: HOST.params, words }] };
}

/** An address where something may be going on: both halves, both ends, borders of blocks of every level. */
function hotIpa(stage: Stage, realm: Realm): number {
  const { random } = stage;
  const half = 2 ** (realm.ipaWidth - 1);
  const base = random.pick([0, 0, 0, 2 ** 21, 2 ** 30, 2 ** 39, half - 2 ** 21]);
  const upper = random.chance(30) ? half : 0;
  return ((base % half) + upper + random.pick([0, 1, 2, 3, 511]) * 4096) % (2 * half);
}

const down = (address: number, size: number): number => address - (address % size);

const MEMATTR_S2AP = [0xd8, 0xdc, 0x58, 0x98, 0xc0, 0x18];

/** A descriptor of RMI_RTT_MAP_UNPROTECTED: any output address, aligned to the level. */
function someDesc(stage: Stage, level: number): bigint {
  const { random } = stage;
  const address = random.chance(80) ? HOST.shared : Number(random.bits64() % 2n ** 44n);
  return BigInt(down(address, entrySize(level))) + BigInt(random.pick(MEMATTR_S2AP));
}

/** Something about an entry of the RTTs that could succeed. */
function rttCall(stage: Stage, realm: Realm): Call | undefined {
  const { machine, random } = stage;
  const { rd, state, space } = realm;
  const at = hotIpa(stage, realm);
  const stop = random.chance(75) ? 3 : Math.max(space.levelStart, random.below(4));
  const { level, hipas, size } = walk(machine, realm, at, stop);
  const base = down(at, size);
  const isAssigned = hipas === Hipas.Assigned || hipas === Hipas.AssignedNs;
  if (random.chance(8)) return callOf('RMI_RTT_READ_ENTRY', rd, base, level);
  const free = someGranule(stage, GranuleState.Delegated);
  if (hipas === Hipas.Table) {
    const name = random.chance(60) ? 'RMI_RTT_FOLD' : 'RMI_RTT_DESTROY';
    return random.chance(60) ? undefined : callOf(name, rd, base, level + 1);
  }
  if (level < 3 && random.chance(level === 2 && !isAssigned ? 75 : 60)) {
    return free === undefined ? undefined : callOf('RMI_RTT_CREATE', rd, free, base, level + 1);
  }
  switch (hipas) {
    case Hipas.UnassignedNs:
      return level < 1 ? undefined : callOf('RMI_RTT_MAP_UNPROTECTED', rd, base, level, someDesc(stage, level));
    case Hipas.AssignedNs:
      return callOf('RMI_RTT_UNMAP_UNPROTECTED', rd, base, level);
    case Hipas.Assigned:
      if (level === 3 && random.chance(60)) return callOf('RMI_DATA_DESTROY', rd, base);
      return random.chance(50) ? callOf('RMI_RTT_FOLD', rd, down(base, entrySize(2)), 3) : undefined;
    default:
  }
  if (state === RealmState.New && random.chance(40)) {
    const count = 1 + random.below(4);
    return callOf('RMI_RTT_INIT_RIPAS', rd, base, base + count * size + (random.chance(10) ? 4096 : 0));
  }
  if (level < 3 || free === undefined) {
    return random.chance(50) && level > space.levelStart
      ? callOf('RMI_RTT_FOLD', rd, down(base, entrySize(level - 1)), level)
      : undefined;
  }
  if (state !== RealmState.New || random.chance(30)) return callOf('RMI_DATA_CREATE_UNKNOWN', rd, free, base);
  const words = { 0: random.bits64(), 4088: random.bits64() };
  return {
    ...callOf('RMI_DATA_CREATE', rd, free, base, HOST.source, random.below(2)),
    pages: [{ at: HOST.source, words }],
  };
}

/** 512 neighbouring pages at level 3, then folded: a block of level 2. The 2 MiB of the pool are used by one at a time. */
function blockCalls(stage: Stage, realm: Realm): void {
  const { machine, pool, queue, random } = stage;
  if (granuleState(machine, pool) > GranuleState.Delegated || realm.state === RealmState.SystemOff) return;
  const base = down(random.pick([0, 2 ** 21, 2 ** 30, 2 ** (realm.ipaWidth - 2)]) % 2 ** (realm.ipaWidth - 1), 2 ** 21);
  const { level } = walk(machine, realm, base, 3);
  const start = someGranule(stage, GranuleState.Delegated);
  if (level !== 2 || start === undefined) return;
  queue.push(callOf('RMI_RTT_CREATE', realm.rd, start, base, 3));
  if (realm.state === RealmState.New && random.chance(70)) {
    queue.push(callOf('RMI_RTT_INIT_RIPAS', realm.rd, base, base + 2 ** 21));
  }
  for (let page = 0; page < BLOCK; page++) {
    const address = pool + page * 4096;
    if (granuleState(machine, address) === GranuleState.Undelegated) {
      queue.push(callOf('RMI_GRANULE_DELEGATE', address));
    }
    queue.push(callOf('RMI_DATA_CREATE_UNKNOWN', realm.rd, address, base + page * 4096));
  }
  queue.push(callOf('RMI_RTT_FOLD', realm.rd, base, 3));
  if (!random.chance(70)) return;
  // Unfolded and taken apart again, so that the next one finds the granules free.
  queue.push(callOf('RMI_RTT_READ_ENTRY', realm.rd, base, 2), callOf('RMI_DATA_DESTROY', realm.rd, base));
  queue.push(callOf('RMI_RTT_CREATE', realm.rd, start, base, 3));
  for (let page = 0; page < BLOCK; page++) queue.push(callOf('RMI_DATA_DESTROY', realm.rd, base + page * 4096));
  queue.push(callOf('RMI_RTT_DESTROY', realm.rd, base, 3));
}

const smc = (fid: number, ...x: readonly (number | bigint)[]): RealmStep => ({
  kind: 'sync',
  esr: 0x5e00_0000n,
  set: Object.fromEntries([fid, ...x].map((value, register) => [register, u64(value)])),
});

const abort = (ec: number, iss: bigint, at: number): RealmStep => ({
  kind: 'sync',
  esr: (BigInt(ec) << 26n) | (1n << 25n) | iss,
  far: BigInt(at % 4096) | 0xffff_0000_0000_0000n,
  hpfar: BigInt(Math.floor(at / 4096)) << 4n,
});

/** One thing a Realm may do. */
function realmStep(stage: Stage, realm: Realm, rec: Pa): RealmStep {
  const { random } = stage;
  const half = 2 ** (realm.ipaWidth - 1);
  const at = hotIpa(stage, realm);
  const own = at % half;
  const other = random.below(Math.max(2, realm.recs.length + 1));
  const fid = (name: string): number => rowOfName(name)?.fid ?? 0;
  const dfsc = BigInt(4 + random.below(4));
  const iss = (random.chance(60) ? 1n << 24n : 0n) | (BigInt(random.below(1024)) << 14n) | dfsc;
  switch (random.below(24)) {
    case 0:
      return smc(fid('RSI_VERSION'), random.chance(80) ? 0x1_0000 : random.bits64());
    case 1:
      return smc(fid('RSI_FEATURES'), random.below(3));
    case 2:
      return smc(fid('RSI_MEASUREMENT_READ'), random.below(6));
    case 3:
    case 4:
      return smc(fid('RSI_MEASUREMENT_EXTEND'), random.below(6), random.below(70), random.bits64());
    case 5:
      return smc(fid('RSI_ATTESTATION_TOKEN_INIT'), random.bits64());
    case 6:
      return smc(fid('RSI_REALM_CONFIG'), random.chance(85) ? down(own, 4096) : at + random.below(4096));
    case 7:
    case 8:
    case 9: {
      const top = own + (1 + random.below(1024)) * 4096;
      return smc(
        fid('RSI_IPA_STATE_SET'),
        own,
        random.chance(90) ? top : random.bits64(),
        random.below(3) % 2,
        random.below(2),
      );
    }
    case 10:
      return smc(fid('RSI_IPA_STATE_GET'), own, own + random.below(1024) * 4096);
    case 11:
    case 12:
      return smc(fid('RSI_HOST_CALL'), random.chance(85) ? own + random.below(16) * 256 : at + random.below(4096));
    case 13:
    case 14:
      return smc(0xc400_0003, mpidrOf(other), own, random.bits64());
    case 15:
      return smc(0xc400_0004, mpidrOf(other), random.chance(90) ? 0 : 1);
    case 16:
      return smc(random.pick([0x8400_0000, 0x8400_000a, 0xc400_0001, 0x8400_0001, 0x8000_0000]), 0x8400_0002);
    case 17:
      return random.chance(50) ? smc(0x8400_0002) : smc(random.chance(25) ? 0x8400_0008 : 0xc400_01a0, rec);
    case 18:
      return abort(0x20, dfsc, at);
    case 19:
      return {
        kind: 'sync',
        esr: BigInt(random.pick([0x0600_0000, 0x5a00_0000, 0x6600_0000, 0x621f_f8c8, 0x6230_2181])),
      };
    case 20:
      return {
        kind: random.pick(['irq', 'fiq', 'serror'] as const),
        // Error types that can be contained: others stop the system.
        esr: BigInt(random.pick([1, 2, 3, 6]) << 10) | 0xbe00_0011n,
      };
    case 21:
      return smc(Number(random.bits64() & 0xffff_ffffn), random.bits64(), random.bits64());
    default:
      return abort(0x24, iss, random.chance(95) ? at : 2 * half + at);
  }
}

function recEnter(stage: Stage, realm: Realm, rec: Pa): Call {
  const { random } = stage;
  const flags = random.chance(85) ? random.pick([0, 0, 4, 8, 16]) : random.below(64);
  const words: Record<number, bigint> = { 0: BigInt(flags), 512: random.bits64() };
  if (random.chance(10)) words[0x300] = random.chance(85) ? 0x40fen : random.bits64();
  if (random.chance(10)) words[0x308] = (1n << 62n) | BigInt(random.below(1100));
  words[RUN_EXIT_FREE] = random.bits64();
  const realmSteps = Array.from({ length: random.below(4) }, () => realmStep(stage, realm, rec));
  return { ...callOf('RMI_REC_ENTER', rec, HOST.run), pages: [{ at: HOST.run, words }], realm: realmSteps };
}

/** What a REC of a Realm needs next. */
function recCall(stage: Stage, realm: Realm): Call | undefined {
  const { machine, random, doomed } = stage;
  const { recs } = realm;
  const asks = (rec: Pa): boolean => recField(machine, rec, REC.psciPending) !== 0;
  const targetOf = (rec: Pa): Pa | undefined =>
    recs.find((other) => recField64(machine, other, REC.mpidr) === recField64(machine, rec, REC.gprs, 1));
  const willing = recs.filter((rec) => recField(machine, rec, REC.runnable) !== 0 && !asks(rec));
  const answerable = recs.filter((rec) => asks(rec) && targetOf(rec) !== undefined);
  if (willing.length === 0 && answerable.length === 0) doomed.add(realm.rd);
  const lists = [willing, willing, answerable, recs].filter(({ length }) => length > 0);
  if (lists.length === 0) return undefined;
  const rec = random.pick(random.pick(lists));
  if (asks(rec) && random.chance(90)) {
    const status = random.chance(70) ? 0n : random.pick([0xffff_ffff_ffff_fffdn, 1n, 0xffff_ffff_ffff_fffen]);
    return callOf('RMI_PSCI_COMPLETE', rec, targetOf(rec) ?? random.pick(recs), status);
  }
  if (recField(machine, rec, REC.ripasPending) === 0 || random.chance(20)) return recEnter(stage, realm, rec);
  const base = recField(machine, rec, REC.ripasAddr);
  const top = recField(machine, rec, REC.ripasTop);
  const { level, size } = walk(machine, realm, base, 3);
  if (level < 3 && random.chance(70) && (base % size !== 0 || base + size > top)) {
    const free = someGranule(stage, GranuleState.Delegated);
    if (free !== undefined) return callOf('RMI_RTT_CREATE', realm.rd, free, down(base, size), level + 1);
  }
  return callOf('RMI_RTT_SET_RIPAS', realm.rd, rec, base, random.chance(80) ? top : base + size);
}

/** Takes something of a Realm away, the leaves first; a Realm of which nothing is left is destroyed. */
function demolish(stage: Stage, realm: Realm): Call {
  const { machine, random } = stage;
  const { rd, space } = realm;
  const [rec] = realm.recs;
  if (rec !== undefined && random.chance(20)) return callOf('RMI_REC_DESTROY', rec);
  const leaves = leavesOf(machine, realm);
  const busy = leaves.find(({ assigned }) => assigned.length > 0);
  const idle = leaves.filter(({ assigned, level }) => assigned.length === 0 && level > space.levelStart);
  if (busy !== undefined && (idle.length === 0 || random.chance(70))) {
    const at = random.pick(busy.assigned);
    const free = someGranule(stage, GranuleState.Delegated);
    return busy.level === 3 || free === undefined
      ? callOf('RMI_DATA_DESTROY', rd, at)
      : callOf('RMI_RTT_CREATE', rd, free, at, busy.level + 1);
  }
  if (idle.length > 0) {
    const leaf = random.pick(idle);
    return callOf('RMI_RTT_DESTROY', rd, leaf.ipa, leaf.level);
  }
  if (rec !== undefined && random.chance(90)) return callOf('RMI_REC_DESTROY', rec);
  stage.doomed.delete(rd);
  return callOf('RMI_REALM_DESTROY', rd);
}

/** A value no honest Host passes. */
function spoil(stage: Stage): bigint {
  const { random, pool, granules } = stage;
  switch (random.below(10)) {
    case 0:
      return random.bits64();
    case 1:
      return BigInt(pool + random.below(granules) * 4096);
    case 2:
      return BigInt(pool + random.below(granules * 4096));
    case 3:
      return u64(random.below(12) - 4);
    case 4:
      return random.pick([1n << 48n, 1n << 52n, 1n << 63n, (1n << 53n) + 4096n, 0xffff_ffff_ffff_f000n]);
    case 5:
      return BigInt(random.pick([HOST.params, HOST.run, HOST.source]));
    case 6:
      return BigInt(random.pick([0x1c09_0000, 0xffff_f000, 0xf000_0000, 0x8400_0000, 0x6_0000_0000]));
    case 7:
      return 1n << BigInt(random.below(64));
    case 8:
      return (1n << BigInt(12 + random.below(40))) - 1n;
    default:
      return 0n;
  }
}

function spoilt(stage: Stage, call: Call): Call {
  const { random } = stage;
  if (random.chance(4)) return { ...call, name: 'unknown', fid: Number(random.bits64() & 0xffff_ffffn) | 0x40_0000 };
  if (call.x.length === 0) return call;
  const at = random.below(call.x.length);
  const value = random.chance(25)
    ? u64((call.x[at] ?? 0n) + random.pick([1n, -1n, 4096n, -4096n, 256n]))
    : spoil(stage);
  return { ...call, x: call.x.map((old, index) => (index === at ? value : old)) };
}

const PLAIN = ['RMI_VERSION', 'RMI_FEATURES', 'RMI_REC_AUX_COUNT'] as const;
const MEC = ['RMI_MEC_SET_SHARED', 'RMI_MEC_SET_PRIVATE'] as const;

/** A call that makes sense now, or undefined when the first idea has no object. */
function idea(stage: Stage): Call | undefined {
  const { machine, random, pool, granules } = stage;
  const dice = random.below(100);
  const realms = realmsOf(machine);
  if (dice < 10 || realms.length === 0) {
    const some = pa(pool + random.below(granules) * 4096);
    if (realms.length < 3 && random.chance(40)) return realmCreate(stage);
    return callOf(
      granuleState(machine, some) === GranuleState.Undelegated ? 'RMI_GRANULE_DELEGATE' : 'RMI_GRANULE_UNDELEGATE',
      random.chance(85) ? some : (someGranule(stage, GranuleState.Undelegated) ?? some),
    );
  }
  if (dice < 13 && realms.length < 6) return realmCreate(stage);
  const realm = realmAt(machine, random.pick(realms));
  if (dice < 14) {
    const { versionSet } = machine.platform.rmm;
    if (versionSet !== '1.0' && random.chance(50)) {
      const shared = sharedMecid(machine);
      if (random.chance(30)) return callOf(random.pick(MEC), random.below(8));
      return shared === 0 ? callOf(MEC[0], random.below(8)) : callOf(MEC[1], shared - 1);
    }
    const name = random.pick(PLAIN);
    return callOf(
      name,
      name === 'RMI_VERSION'
        ? versionSet === '1.0'
          ? 0x1_0000
          : 0x1_0001
        : name === 'RMI_FEATURES'
          ? random.below(2)
          : realm.rd,
    );
  }
  if (dice === 14 && random.chance(8)) stage.doomed.add(realm.rd);
  if (dice < 75 && (realm.state === RealmState.SystemOff || stage.doomed.has(realm.rd))) return demolish(stage, realm);
  if (realm.state === RealmState.New) {
    if (dice < 19 && realm.recs.length < 4) return recCreate(stage, realm);
    if (dice < 22 && realm.recs.length > 1) return callOf('RMI_REALM_ACTIVATE', realm.rd);
  }
  if (dice < 23) return demolish(stage, realm);
  if (dice < 60 && realm.recs.length > 0 && realm.state === RealmState.Active) return recCall(stage, realm);
  if (dice === 60 && random.chance(8)) {
    blockCalls(stage, realm);
    return stage.queue.shift();
  }
  return rttCall(stage, realm);
}

/** Delegates most of the pool beyond the block. */
function prologue(stage: Stage): void {
  const { pool, granules, queue, random } = stage;
  for (let index = BLOCK; index < granules; index++) {
    if (random.chance(90)) queue.push(callOf('RMI_GRANULE_DELEGATE', pool + index * 4096));
  }
}

export function newStage(machine: Machine, random: Random, pool: number, granules: number): Stage {
  const stage: Stage = { machine, random, pool, granules, queue: [], nextVmid: random.below(200), doomed: new Set() };
  prologue(stage);
  return stage;
}

/** True for a call that would delegate a granule outside the pool, where nobody watches. */
const isOutside = ({ pool, granules }: Stage, { name, x: [at = 0n] }: Call): boolean =>
  name === 'RMI_GRANULE_DELEGATE' &&
  (at < pool || at >= pool + granules * 4096) &&
  at >= 0x8000_0000n &&
  at < 2n ** 53n;

/** The next call of the Host. */
export function nextCall(stage: Stage): Call {
  for (;;) {
    const call = stage.queue.shift() ?? idea(stage);
    if (call === undefined) continue;
    const next = stage.queue.length === 0 && stage.random.chance(18) ? spoilt(stage, call) : call;
    if (!isOutside(stage, next)) return next;
  }
}
