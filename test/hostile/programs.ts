/** Generators of hostile instruction words. */
import type { Random } from './support';

const register = (random: Random): number => random.below(32);

/** Any word at all. */
const anyWord = (random: Random): number => random.word();

/** MRS, MSR, MSR immediate, SYS, SYSL, hints, barriers: the whole system space. */
const system = (random: Random): number => 0xd500_0000 + random.below(0x40_0000);

/** MRS and MSR of registers that exist as a rule: op0 3, CRn 0 to 14. */
const registers = (random: Random): number =>
  0xd510_0000 + random.below(4) * 0x8_0000 + (random.below(0x20_0000) % 0x20_0000);

const calls = (random: Random): number =>
  random.pick([
    ...Array.from({ length: 30 }, () => 0xd400_0003),
    ...[0xd400_0002, 0xd400_0001, 0xd69f_03e0, 0xd400_0000 + random.below(0x100_0000)],
  ]);

/** Loads, stores, atomics, exclusives of every kind, with bases that are set. */
const memory = (random: Random): number => {
  const group = random.pick([0x0800_0000, 0x2800_0000, 0x3800_0000, 0x3900_0000, 0x1800_0000, 0x3820_0000]);
  const size = random.below(4) * 0x4000_0000;
  return group + size + random.below(0x100_0000);
};

/** Data processing and branches. */
const computing = (random: Random): number =>
  ((random.word() & 0xe3ff_ffff) | random.pick([0x1000_0000, 0x0a00_0000, 0x1a00_0000, 0x1400_0000])) >>> 0;

/** Set a register with a little, then use it: mixes of all. */
const mixed = (random: Random): number =>
  random.pick([anyWord, system, registers, calls, memory, memory, computing, move])(random);

/** Between registers, so that values travel. */
const move = (random: Random): number => 0xaa00_03e0 + register(random) + register(random) * 0x1_0000;

/** Mostly SMC and new arguments. */
const callers = (random: Random): number => random.pick([calls, calls, move, memory])(random);

/** Translation: tables, control registers, TLBI, AT, DC, IC, and memory accesses. */
const translation = (random: Random): number =>
  random.pick([
    0xd518_1000, 0xd518_2000, 0xd518_2020, 0xd518_2040, 0xd518_a200, 0xd518_c000, 0xd518_1040, 0xd518_4000, 0xd518_4020,
    0xd508_7800, 0xd508_7820, 0xd50b_7420, 0xd508_7620, 0xd508_8700, 0xd508_8320, 0xd50b_7b20, 0xd50b_7520, 0xd508_7840,
  ]) + register(random);
const paging = (random: Random): number => random.pick([translation, memory, move, calls])(random);

export const GENERATORS: readonly (readonly [string, (random: Random) => number])[] = [
  ['any', anyWord],
  ['system', system],
  ['registers', registers],
  ['memory', memory],
  ['calls', callers],
  ['mixed', mixed],
  ['computing', computing],
  ['paging', paging],
];
