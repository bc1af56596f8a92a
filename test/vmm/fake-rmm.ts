/**
 * A stand-in for everything behind the Host's SMC: just enough of an RMM to refuse what no RMM would allow. Lets the
 * Host's plan be tested without CPU, Monitor and RMM.
 */
import assert from 'node:assert/strict';
import { pa } from '../../emulator/address';
import { createPe, type Pe, readSysreg, readX, writeX } from '../../emulator/cpu/pe';
import { createDevices } from '../../emulator/devices/devices';
import type { HostConfig } from '../../emulator/host/config';
import { createHost } from '../../emulator/host/create';
import type { ElfImage, ElfSegment } from '../../emulator/host/image/image';
import { stepHost } from '../../emulator/host/step';
import { createClock } from '../../emulator/machine/clock';
import { createEventRing } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { createMemory, readU64, writeU64 } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';

const NAMES = new Map(CATALOGUE.map(({ fid, name }) => [BigInt(fid), name]));
const NON_SECURE = encryptionContext(Pas.NonSecure);
const RTT_ERROR = 4n;

/** One exit of the Realm: what the RMM writes to the exit half, and what the Host must then have written to entry. */
export interface ScriptedExit {
  readonly reason: number;
  /** Byte offsets in the run page. */
  readonly words: Readonly<Record<number, bigint>>;
  /** Called at the next entry, with a reader of the run page. */
  readonly answered?: (word: (offset: number) => bigint) => void;
}

export interface FakeCall {
  readonly name: string;
  readonly args: readonly bigint[];
  readonly x0: bigint;
}

export interface FakeRmm {
  readonly machine: Machine;
  readonly pe: Pe;
  readonly calls: FakeCall[];
  readonly delegated: Set<bigint>;
  /** Granule by RD, level and IPA. */
  readonly tables: Map<string, bigint>;
  /** Granule by RD and IPA. */
  readonly pages: Map<string, bigint>;
  readonly script: ScriptedExit[];
  pending: ScriptedExit | undefined;
  /** State by RD. */
  readonly realms: Map<bigint, 'new' | 'active'>;
  /** RD by REC. */
  readonly recs: Map<bigint, bigint>;
  /** Tables folded away: granule by key. */
  readonly folded: Map<string, bigint>;
  /** Unprotected mappings: descriptor by RD and IPA. */
  readonly shared: Map<string, bigint>;
  /** Makes a call fail with this X0. */
  fail: (name: string, args: readonly bigint[]) => bigint | undefined;
}

/** A segment with file bytes counting up from `seed`, and `zero` bytes after them. */
export const segment = (address: number, length: number, zero = 0, seed = 1): ElfSegment => ({
  index: 0,
  virtualAddress: BigInt(address),
  physicalAddress: BigInt(address),
  bytes: Uint8Array.from({ length }, (_, i) => (i + seed) % 256),
  memorySize: length + zero,
  readable: true,
  writable: true,
  executable: true,
});

export const imageOf = (...segments: readonly ElfSegment[]): ElfImage => ({
  name: 'test.elf',
  entry: segments[0]?.virtualAddress ?? 0n,
  segments,
  sections: [],
  symbols: [],
  mappings: [],
  bytes: new Uint8Array(),
});

export function createFake(config: HostConfig, script: readonly ScriptedExit[] = []): FakeRmm {
  const platform = presetPlatform('fvp');
  const memory = createMemory({
    ram: platform.ram,
    memoryLimit: 64 * 2 ** 20,
    seed: 1n,
    mecidBits: 4,
  });
  const pe = createPe(memory, 0, platform);
  pe.runner = 'host';
  const machine = {
    platform,
    memory,
    pes: [pe],
    clock: createClock(),
    events: createEventRing(),
    devices: createDevices(platform),
    host: createHost(presetPlatform('fvp'), config),
  } as unknown as Machine;
  return {
    machine,
    pe,
    calls: [],
    delegated: new Set(),
    tables: new Map(),
    pages: new Map(),
    script: [...script],
    pending: undefined,
    realms: new Map(),
    recs: new Map(),
    folded: new Map(),
    shared: new Map(),
    fail: () => undefined,
  };
}

const BLOCK = 0x20_0000n;
const tableKey = (rd: bigint, ipa: bigint, level: bigint): string => `${rd}:${level}:${ipa}`;
const leafOf = (rd: bigint, ipa: bigint): string => tableKey(rd, ipa - (ipa % BLOCK), 3n);
const pageKey = (rd: bigint, ipa: bigint): string => `${rd}:${ipa}`;

/** X0 and X1 of a command. */
function respond(fake: FakeRmm, name: string, args: readonly bigint[]): readonly bigint[] {
  const [a = 0n, b = 0n, c = 0n, d = 0n] = args;
  const forced = fake.fail(name, args);
  if (forced !== undefined) return [forced];
  const use = (granule: bigint): void => assert.ok(fake.delegated.delete(granule), `${name}: granule not delegated`);
  switch (name) {
    case 'RMI_VERSION':
      return [0n, 0x1_0000n];
    case 'RMI_FEATURES':
      return [0n, 0x30n];
    case 'RMI_GRANULE_DELEGATE':
      assert.ok(!fake.delegated.has(a));
      fake.delegated.add(a);
      return [0n];
    case 'RMI_GRANULE_UNDELEGATE':
      use(a);
      return [0n];
    case 'RMI_REALM_CREATE':
      use(a);
      fake.realms.set(a, 'new');
      return [0n];
    case 'RMI_REC_AUX_COUNT':
      return [0n, 2n];
    case 'RMI_RTT_CREATE':
      use(b);
      assert.ok(d === 2n || fake.tables.has(tableKey(a, c - (c % 0x4000_0000n), 2n)), 'no table above');
      assert.ok(!fake.tables.has(tableKey(a, c, d)), 'twice');
      fake.tables.set(tableKey(a, c, d), b);
      fake.folded.delete(tableKey(a, c, d));
      return [0n];
    case 'RMI_RTT_FOLD': {
      const key = tableKey(a, b, c);
      const table = fake.tables.get(key) ?? assert.fail('no such table');
      if (c === 3n) {
        const first = fake.pages.get(pageKey(a, b)) ?? assert.fail('nothing to fold');
        assert.equal(first % BLOCK, 0n);
        for (let at = 0n; at < BLOCK; at += 0x1000n) assert.equal(fake.pages.get(pageKey(a, b + at)), first + at);
      }
      fake.tables.delete(key);
      fake.folded.set(key, table);
      fake.delegated.add(table);
      return [0n, table];
    }
    case 'RMI_RTT_MAP_UNPROTECTED':
      assert.ok(!fake.shared.has(pageKey(a, b)));
      fake.shared.set(pageKey(a, b), d);
      return [0n];
    case 'RMI_RTT_UNMAP_UNPROTECTED':
      assert.ok(fake.shared.delete(pageKey(a, b)));
      return [0n];
    case 'RMI_RTT_INIT_RIPAS':
      return [0n, b + 4n * BLOCK < c ? b + 4n * BLOCK : c];
    case 'RMI_DATA_CREATE':
    case 'RMI_DATA_CREATE_UNKNOWN':
      assert.equal(name === 'RMI_DATA_CREATE' ? fake.realms.get(a) : 'new', 'new');
      if (!fake.tables.has(leafOf(a, c))) return [RTT_ERROR + 0x200n];
      use(b);
      assert.ok(!fake.pages.has(pageKey(a, c)));
      fake.pages.set(pageKey(a, c), b);
      return [0n];
    case 'RMI_REC_CREATE':
      use(b);
      fake.recs.set(b, a);
      return [0n];
    case 'RMI_REALM_ACTIVATE':
      fake.realms.set(a, 'active');
      return [0n];
    case 'RMI_REC_ENTER':
      return enter(fake, a, b);
    case 'RMI_RTT_SET_RIPAS':
      if (!fake.tables.has(leafOf(a, c))) return [RTT_ERROR + 0x200n];
      return [0n, c + 0x1000n < d ? c + 0x1000n : d];
    case 'RMI_PSCI_COMPLETE':
      return [0n];
    case 'RMI_REC_DESTROY':
      assert.ok(fake.recs.delete(a));
      fake.delegated.add(a);
      return [0n];
    case 'RMI_DATA_DESTROY': {
      const page = fake.pages.get(pageKey(a, b));
      assert.ok(page !== undefined);
      assert.ok(fake.tables.has(leafOf(a, b)), 'data of a folded table');
      fake.pages.delete(pageKey(a, b));
      fake.delegated.add(page);
      return [0n, page];
    }
    case 'RMI_RTT_DESTROY': {
      const live = [...fake.tables.keys()].some((key) => c === 2n && key.startsWith(`${a}:3:`));
      assert.ok(!live, 'deepest tables first');
      fake.delegated.add(fake.tables.get(tableKey(a, b, c)) ?? assert.fail('no such table'));
      fake.tables.delete(tableKey(a, b, c));
      return [0n];
    }
    case 'RMI_REALM_DESTROY':
      assert.ok(
        ![...fake.recs.values()].includes(a) && ![...fake.tables.keys()].some((key) => key.startsWith(`${a}:`)),
      );
      assert.ok(fake.realms.delete(a));
      fake.delegated.add(a);
      return [0n];
    default:
      return assert.fail(`unexpected call ${name}`);
  }
}

function enter(fake: FakeRmm, rec: bigint, run: bigint): readonly bigint[] {
  assert.equal(fake.realms.get(fake.recs.get(rec) ?? 0n), 'active');
  const at = (offset: number) => pa(Number(run) + offset);
  fake.pending?.answered?.((offset) => readU64(fake.machine.memory, NON_SECURE, at(offset)));
  const exit = fake.script.shift();
  assert.ok(exit, 'the Host enters once too often');
  fake.pending = exit;
  writeU64(fake.machine.memory, NON_SECURE, at(0x800), BigInt(exit.reason));
  for (const [offset, value] of Object.entries(exit.words)) {
    writeU64(fake.machine.memory, NON_SECURE, at(Number(offset)), value);
  }
  return [0n];
}

/** Runs the Host to its end, or until it waits for ever; returns how many steps it took. */
export function runHost(fake: FakeRmm, most = 100_000): number {
  for (let steps = 0; steps < most; steps++) {
    if (fake.pe.runner === 'off') return steps;
    if (fake.pe.runner === 'waiting') {
      if (readSysreg(fake.pe, 'CNTHP_CTL_EL2') === 0n) return steps;
      fake.machine.clock.ticks = Math.max(fake.machine.clock.ticks, Number(readSysreg(fake.pe, 'CNTHP_CVAL_EL2')));
      fake.pe.runner = 'host';
    }
    if (fake.pe.runner === 'host') {
      stepHost(fake.machine, fake.pe);
      continue;
    }
    const name = NAMES.get(readX(fake.pe, 0)) ?? assert.fail('unknown FID');
    const args = [1, 2, 3, 4, 5, 6, 7].map((index) => readX(fake.pe, index));
    const results = respond(fake, name, args);
    fake.calls.push({ name, args, x0: results[0] ?? 0n });
    for (const [index, value] of results.entries()) writeX(fake.pe, index, value);
    fake.pe.runner = 'host';
  }
  return assert.fail('the Host does not end');
}

/** Non-secure memory, by word. */
export const wordAt = (fake: FakeRmm, address: number): bigint => readU64(fake.machine.memory, NON_SECURE, pa(address));
