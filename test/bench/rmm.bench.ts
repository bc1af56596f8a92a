/**
 * The RMM from a Host's SMC instruction to its next one, default events on: A64 code at Non-secure EL2 makes the calls in
 * a loop. The peer is TF-RMM compiled natively for x86-64 (figures recorded with the traces), which has no world switch
 * and no emulated memory to pay for.
 */
import { NODE_SERVICES } from '../../debug-adapter/session/node-services';
import { pa } from '../../emulator/address';
import { type Pe, readPc, readX, writePc, writeX } from '../../emulator/cpu/pe';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';
import type { Services } from '../../emulator/machine/services';
import { writeBytes } from '../../emulator/memory/memory';
import { HOST_CONTEXT } from '../../emulator/rmm/memory';
import { bootPe, delegate, fidOfName, must, writePage } from '../rmm/support';
import { median, type Row } from './row';

const CODE = 0x8000_0000;
const PARAMS = 0x8000_1000;
const SOURCE = 0x8000_2000;
const RD = 0x8010_0000;
const RTT = 0x8010_1000;
/** Tables of levels 2 and 3 from here; DATA granules from POOL. */
const TABLES = 0x8020_0000;
const POOL = 0x8100_0000;
const BLOCK = 0x20_0000;

/** One command of the loop: its operands from X1, and what each grows by from turn to turn. */
interface Call {
  readonly name: string;
  readonly operands: readonly number[];
  readonly steps: readonly number[];
}

const MOV = (to: number, from: number): number => 0xaa00_03e0 + from * 0x1_0000 + to;
const ADD = (to: number, by: number): number => 0x8b00_0000 + by * 0x1_0000 + to * 0x20 + to;
const SUBS_1 = (register: number): number => 0xf100_0400 + register * 0x20 + register;
const SMC = 0xd400_0003;
const HALT = 0x1400_0000;
const branchBack = (words: number): number => 0x5400_0001 + (0x8_0000 - words) * 0x20;
const branchIfX0 = (words: number): number => 0xb500_0000 + words * 0x20;

/** Values and increments live in registers from X8 on, which calls preserve; X28 counts turns. */
function loop(pe: Pe, calls: readonly Call[], turns: number): number[] {
  const words: number[] = [];
  const branches: number[] = [];
  let register = 8;
  const place = (value: number): number => {
    writeX(pe, register, BigInt(value));
    return register++;
  };
  const additions: number[] = [];
  const places = new Map<string, number>();
  for (const { name, operands, steps } of calls) {
    const from = operands.map((value, index) => {
      const step = steps[index] ?? 0;
      const key = `${value} ${step}`;
      const known = places.get(key);
      if (known !== undefined) return known;
      const at = place(value);
      places.set(key, at);
      if (step !== 0) additions.push(ADD(at, place(step)));
      return at;
    });
    words.push(MOV(0, place(fidOfName(name))), ...from.map((at, index) => MOV(index + 1, at)), SMC);
    branches.push(words.push(0) - 1);
  }
  if (register > 28) throw new Error('too many registers');
  writeX(pe, 28, BigInt(turns));
  words.push(...additions, SUBS_1(28));
  words.push(branchBack(words.length), HALT, HALT);
  for (const at of branches) words[at] = branchIfX0(words.length - 1 - at);
  return words;
}

/** Runs the loop to its end; milliseconds. */
function time(machine: Machine, calls: readonly Call[], turns: number): number {
  const pe = bootPe(machine);
  const words = loop(pe, calls, turns);
  writeBytes(machine.memory, HOST_CONTEXT, pa(CODE), new Uint8Array(new Uint32Array(words).buffer));
  writePc(pe, BigInt(CODE));
  const end = BigInt(CODE + (words.length - 2) * 4);
  const start = performance.now();
  while (pe.runner !== 'a64' || readPc(pe) < end) run(machine, { steps: 100_000 });
  const spent = performance.now() - start;
  // The last word but one is the end of the loop, the last is where a failed call branches.
  if (readPc(pe) !== end) throw new Error(`a call failed: X0 = ${readX(pe, 0)}, ${readX(pe, 28)} turns left`);
  return spent;
}

/** A Realm without DATA: `blocks` blocks of 2 MiB have their level 3 tables. */
function emptyRealm(services: Partial<Services>, blocks: number): Machine {
  const machine = createMachine({ platform: 'fvp', services });
  delegate(machine, RD);
  delegate(machine, RTT);
  writePage(machine, PARAMS, { 8: 33, 24: 1, 32: 1, 2048: 1, 2056: RTT, 2064: 1, 2072: 1 });
  must(machine, 'RMI_REALM_CREATE', RD, PARAMS);
  const tables = Math.ceil(blocks / 512) + blocks;
  delegate(machine, TABLES, tables);
  let table = TABLES;
  for (let block = 0; block < blocks; block++) {
    if (block % 512 === 0) {
      must(machine, 'RMI_RTT_CREATE', RD, table, block * BLOCK, 2);
      table += 4096;
    }
    must(machine, 'RMI_RTT_CREATE', RD, table, block * BLOCK, 3);
    table += 4096;
  }
  writeBytes(machine.memory, HOST_CONTEXT, pa(SOURCE), new Uint8Array(4096).fill(0x5a));
  return machine;
}

const delegation = (name: string, by = 4096): Call => ({ name, operands: [POOL], steps: [by] });
const create = (name: string, ...more: number[]): Call => ({
  name,
  operands: [RD, POOL, 0, ...more],
  steps: [0, 4096, 4096],
});
const destroy: Call = { name: 'RMI_DATA_DESTROY', operands: [RD, 0], steps: [0, 4096] };
const read: Call = { name: 'RMI_RTT_READ_ENTRY', operands: [RD, 0, 3], steps: [0, 4096, 0] };
const pairs = [delegation('RMI_GRANULE_DELEGATE'), delegation('RMI_GRANULE_UNDELEGATE')];

const COUNT = 16_384;
const BLOCKS = COUNT / 512;
const ROUNDS = 5;
/** Calls per second of TF-RMM 0.8, native, as recorded with the traces. */
const TF_RMM = {
  pair: 590_000,
  createUnknown: 513_000,
  create: 880_000,
  measured: 295_000,
  destroy: 1_590_000,
  read: 2_140_000,
};

type Rates = Record<keyof typeof TF_RMM, number[]>;

/** Several rounds of everything on one Realm: each round leaves it as it found it. */
function rounds(services: Partial<Services>): Rates {
  const machine = emptyRealm(services, BLOCKS);
  const rates: Rates = { pair: [], createUnknown: [], create: [], measured: [], destroy: [], read: [] };
  const timed = (name: keyof Rates, calls: readonly Call[]): void => {
    rates[name].push((COUNT / time(machine, calls, COUNT)) * 1000);
  };
  for (let round = 0; round < ROUNDS; round++) {
    timed('pair', pairs);
    time(machine, [delegation('RMI_GRANULE_DELEGATE')], COUNT);
    timed('createUnknown', [create('RMI_DATA_CREATE_UNKNOWN')]);
    timed('read', [read]);
    timed('destroy', [destroy]);
    timed('create', [create('RMI_DATA_CREATE', SOURCE, 0)]);
    time(machine, [destroy], COUNT);
    timed('measured', [create('RMI_DATA_CREATE', SOURCE, 1)]);
    time(machine, [destroy], COUNT);
    time(machine, [delegation('RMI_GRANULE_UNDELEGATE')], COUNT);
  }
  return rates;
}

const MIB_256 = (256 * 2 ** 20) / 4096;

/** Seconds to delegate, create and measure 256 MiB of DATA, tables included. */
function populate(): number {
  const start = performance.now();
  const machine = emptyRealm(NODE_SERVICES, MIB_256 / 512);
  time(machine, [delegation('RMI_GRANULE_DELEGATE')], MIB_256);
  time(machine, [create('RMI_DATA_CREATE', SOURCE, 1)], MIB_256);
  return (performance.now() - start) / 1000;
}

const row = (name: string, key: keyof typeof TF_RMM, rates: Rates, share?: number): Row => ({
  name,
  value: median(rates[key]),
  unit: 'calls/s',
  ...(share === undefined ? {} : { goal: { atLeast: share * TF_RMM[key] } }),
  peer: { name: 'TF-RMM 0.8, native', value: TF_RMM[key] },
});

export async function measure(): Promise<readonly Row[]> {
  const injected = rounds(NODE_SERVICES);
  const portable = rounds({});
  return [
    row('RMI_GRANULE_DELEGATE + UNDELEGATE', 'pair', injected, 0.5),
    row('RMI_DATA_CREATE_UNKNOWN', 'createUnknown', injected, 0.5),
    row('RMI_DATA_CREATE, not measured', 'create', injected),
    row("RMI_DATA_CREATE, measured, the host's SHA", 'measured', injected, 0.3),
    row('RMI_DATA_CREATE, measured, portable SHA', 'measured', portable, 0.12),
    row('RMI_DATA_DESTROY', 'destroy', injected),
    row('RMI_RTT_READ_ENTRY', 'read', injected, 0.25),
    { name: 'populate 256 MiB, measured', value: populate(), unit: 's', goal: { atMost: 3 } },
  ];
}
