/** Hostile guests: random programs in a Realm of the built-in Host, run from one saved state just before they begin. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { pa } from '../../emulator/address';
import { securityState } from '../../emulator/cpu/pe';
import { type ElfImage, readElf } from '../../emulator/host/image/elf';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { type RunResult, run } from '../../emulator/machine/run-loop';
import { restoreMachine, type Snapshot, saveMachine } from '../../emulator/machine/snapshot';
import { writeBytes } from '../../emulator/memory/memory';
import { Pas } from '../../emulator/memory/pas';
import { listRealms } from '../../emulator/rmm/inspect';
import { realmContext } from '../../emulator/rmm/memory';
import { checkInvariants } from '../support/rmm-invariants';

const digest = (name: string) => (data: Uint8Array) => new Uint8Array(createHash(name).update(data).digest());
export const fastHashes = { sha256: digest('sha256'), sha384: digest('sha384'), sha512: digest('sha512') };

/** A seeded generator of 32-bit numbers (xorshift). */
export interface Random {
  /** 0 to 2^32 - 1. */
  word(): number;
  /** 0 to limit - 1. */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = (seed * 0x9e37_79b1 + 0x7f4a_7c15) >>> 0 || 1;
  const word = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  for (let warm = 0; warm < 8; warm++) word();
  const below = (limit: number): number => Math.floor((word() / 2 ** 32) * limit);
  return { word, below, pick: (list) => list[below(list.length)] as (typeof list)[number] };
}

export const BASE = 0x8000_0000;
const VECTORS = 0x1000;
const RESUME = 0x1800;
const CODE = 0x2000;
const DATA = 0x3000;
const CALL = 0x4000;
const SIZE = 0x5000;
/** Instructions of a program, and register sets that they begin with in turn. */
export const PROGRAM_WORDS = 1024;
const REGISTER_SETS = 8;
const SET_SIZE = 304;
const SET_WORDS = 33;

/**
 * The frame around a program. It sets VBAR_EL1 and goes to `resume`, as does every exception: count up TPIDR_EL1, load
 * X0 to X30, SP and SPSR_EL1 from the next register set, return to instruction number TPIDR_EL1 of the program. So each
 * instruction is tried, whatever the ones before did. At the end: host call 3, exit.
 */
const START = [0xd2b00000, 0x91400400, 0xd518c000, 0xd2800000, 0xd518d080, 0x140005fb];
const RESUME_CODE = [
  0xd538d09d, 0xf11003bf, 0x54000402, 0x910007be, 0xd518d09e, 0xd2b0001c, 0x91400b9c, 0x8b1d0b9b, 0xd518403b,
  0x9140079c, 0x92400bbb, 0xd280261a, 0x9b1a737c, 0xa94f0780, 0xd5184000, 0x9100003f, 0xd5184101, 0xa9400780,
  0xa9410f82, 0xa9421784, 0xa9431f86, 0xa9442788, 0xa9452f8a, 0xa946378c, 0xa9473f8e, 0xa9484790, 0xa9494f92,
  0xa94a5794, 0xa94b5f96, 0xa94c6798, 0xa94d6f9a, 0xa94e7b9d, 0xf940839c, 0xd69f03e0, 0xd2803320, 0xf2b88000,
  0xd2b00001, 0x91401021, 0xd4000003, 0x14000000,
];
const BRANCH = 0x1400_0000;

function frame(): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  const put = (offset: number, words: readonly number[]): void =>
    words.forEach((word, index) => {
      view.setUint32(offset + 4 * index, word, true);
    });
  put(0, START);
  for (let entry = 0; entry < 16; entry++) {
    const at = VECTORS + entry * 0x80;
    put(at, [BRANCH + (RESUME - at) / 4]);
  }
  put(RESUME, RESUME_CODE);
  // RsiHostCall of the end: immediate 3, gprs[0] = 0.
  view.setUint16(CALL, 3, true);
  return bytes;
}

/** An ELF file with one segment, for readers that want a file. */
export function elfFile(
  address: number,
  content: Uint8Array,
  entry = address,
  memorySize = content.length,
): Uint8Array {
  const bytes = new Uint8Array(0x78 + content.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 183, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(entry), true);
  view.setBigUint64(32, 64n, true);
  [64, 56, 1, 64, 0, 0].forEach((value, index) => {
    view.setUint16(52 + 2 * index, value, true);
  });
  view.setUint32(64, 1, true);
  view.setUint32(68, 7, true);
  [0x78n, BigInt(address), BigInt(address), BigInt(content.length), BigInt(memorySize), 0x1000n].forEach(
    (value, index) => {
      view.setBigUint64(72 + 8 * index, value, true);
    },
  );
  bytes.set(content, 0x78);
  return bytes;
}

export const imageOf = (address: number, content: Uint8Array): ElfImage => readElf(elfFile(address, content), 'guest');

/** 64-bit values that make trouble as addresses, lengths, function identifiers or anything else. */
const INTERESTING: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 7n, 8n, 16n, 63n, 64n, 4095n, 4096n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n],
  ...[
    2n ** 33n - 1n,
    2n ** 33n - 4096n,
    2n ** 48n - 8n,
    2n ** 52n - 8n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
    2n ** 64n - 8n,
  ],
  ...[0x8000_0000n, 0x8000_1ff8n, 0x8000_2ffcn, 0x8000_3ff9n, 0x8000_4000n, 0x8000_4f00n, 0x8000_5000n, 0x800f_f000n],
  ...[0x80ff_fff8n, 0x80ff_fffdn, 0x8100_0000n, 0xffff_f000n, 0xffff_fffcn, 0x1_1c09_0000n, 0x1_1c09_0ff8n],
  ...[0x8400_0000n, 0x8400_0008n, 0xc400_0001n, 0xc400_0003n, 0xc400_0004n, 0x8400_000an, 0x8000_0001n],
];
const SPSRS: readonly bigint[] = [
  0x3c5n,
  0x3c5n,
  0x3c4n,
  0x3c0n,
  5n,
  0x10_03c5n,
  0x20_03c5n,
  0x3c9n,
  0x3dn,
  0x10n,
  0xf000_03c5n,
];

/** RSI, PSCI and RMI function identifiers, and some that are none. */
export function randomFid(random: Random): bigint {
  const low =
    random.pick([0x150, 0x190, 0x190, 0x190, 0x1a0, 0, 0, 0x30]) + random.below(random.pick([16, 16, 16, 256]));
  return BigInt(random.pick([0xc400_0000, 0xc400_0000, 0x8400_0000, 0x8000_0000, 0xc600_0000]) + low);
}

export function randomValue(random: Random): bigint {
  const kind = random.below(8);
  if (kind < 4) return random.pick(INTERESTING);
  if (kind === 4) return randomFid(random);
  if (kind === 5) return BigInt(BASE + random.below(0x6000));
  if (kind === 6) return BigInt(BASE) + BigInt(random.below(0x1_1000)) * 4096n;
  return (BigInt(random.word()) << 32n) | BigInt(random.word());
}

export function randomData(random: Random): Uint8Array {
  // The Host ends a Realm that touches an Unprotected IPA without a device: seldom wanted.
  const unprotected = random.below(4) === 0;
  const tame = (value: bigint): bigint => (unprotected || value >> 32n !== 1n ? value : value - 0x1_0000_0000n);
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 8) view.setBigUint64(at, tame(randomValue(random)), true);
  for (let set = 0; set < REGISTER_SETS; set++) {
    view.setBigUint64(set * SET_SIZE + 240, random.pick(SPSRS), true);
    view.setBigUint64(set * SET_SIZE, randomFid(random), true);
    view.setBigUint64(set * SET_SIZE + 8 * SET_WORDS, tame(randomValue(random)), true);
  }
  return bytes;
}

export interface Arena {
  readonly machine: Machine;
  readonly start: Snapshot;
  readonly codePa: number;
  readonly dataPa: number;
  readonly mecid: number;
}

/** A machine whose Realm is about to execute its first instruction. */
export function createArena(): Arena {
  const machine = createMachine({
    platform: 'fvp',
    services: fastHashes,
    host: { realms: [{ name: 'hostile', image: imageOf(BASE, frame()), measured: false }] },
  });
  const [pe] = machine.pes;
  assert.ok(pe);
  while (pe.runner !== 'a64' || securityState(pe) !== Pas.Realm) run(machine, { steps: 1 });
  const [realm] = listRealms(machine);
  const pageAt = (offset: number): number =>
    machine.host.layout?.realms[0]?.filePages.find(({ ipa }) => ipa === BASE + offset)?.pa ?? 0;
  return {
    machine,
    start: saveMachine(machine),
    codePa: pageAt(CODE),
    dataPa: pageAt(DATA),
    mecid: realm?.mecid ?? 0,
  };
}

/** Runs a program of at most PROGRAM_WORDS instructions. */
export function runProgram(arena: Arena, words: readonly number[], data: Uint8Array, steps: number): RunResult {
  const { machine } = arena;
  restoreMachine(machine, arena.start);
  const code = new Uint8Array(4 * PROGRAM_WORDS);
  const view = new DataView(code.buffer);
  words.forEach((word, index) => {
    view.setUint32(4 * index, word, true);
  });
  writeBytes(machine.memory, realmContext(arena.mecid), pa(arena.codePa), code);
  writeBytes(machine.memory, realmContext(arena.mecid), pa(arena.dataPa), data);
  return run(machine, { steps });
}

/** Runs on to the end of the command under way, so that the RMM's invariants can be asked for. */
export function settle(machine: Machine): void {
  const [pe] = machine.pes;
  for (let count = 0; count < 100_000 && (pe?.runner === 'rmm' || pe?.runner === 'monitor'); count++) {
    run(machine, { steps: 1 });
  }
}

/** The RMM's invariants over every granule that the Host has handed out. */
export const checkHandedOut = (machine: Machine): void =>
  checkInvariants(machine, 0x9000_0000, machine.host.progress.demand);
