/** Random programs for test/cpu/lock-step.test.ts: words for two pages of code that run in circles until stopped. */
import type { Row } from '../../emulator/cpu/table/row';
import { matches, ROWS } from '../../emulator/cpu/table/table';

/** Numbers from a seed: the same on every machine. */
export function randomFrom(seed: number): { below: (limit: number) => number; word: () => number } {
  let state = (seed * 2654435761 + 1) >>> 0;
  const word = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return Math.imul(state, 0x9e3779b1) >>> 0;
  };
  return { below: (limit) => word() % limit, word };
}

type Random = ReturnType<typeof randomFrom>;

/** Rows whose execution stays in the machine: exceptions and system registers always leave. */
const PLAIN = ROWS.filter(
  ({ section, name }) => !section.startsWith('C4.1.93') || name.endsWith('FLAG') || name === 'CFINV',
);
const BY_SECTION = [...new Set(PLAIN.map(({ section }) => section))].map((section) =>
  PLAIN.filter((row) => row.section === section),
);

/** Data is at X16 and SP, code at X17: those are spared where a word would write them. */
const SPARED = [16, 17];
const writesSpared = (word: number): boolean => SPARED.includes(word & 31) || SPARED.includes((word >>> 16) & 31);

function wordOf(row: Row, random: Random): number | undefined {
  for (let attempt = 0; attempt < 20; attempt++) {
    const word = ((random.word() & ~row.mask) | row.value) >>> 0;
    if (matches(row, word)) return word;
  }
  return undefined;
}

function plainWord(random: Random): number {
  for (;;) {
    const rows = BY_SECTION[random.below(BY_SECTION.length)]!;
    const word = wordOf(rows[random.below(rows.length)]!, random);
    if (word !== undefined && !writesSpared(word)) return word;
  }
}

const imm = (value: number, width: number, low: number): number => ((value & (2 ** width - 1)) << low) >>> 0;

/** A branch from word `at` to word `to`. */
function branchWord(random: Random, at: number, to: number): number {
  const distance = to - at;
  const register = random.below(16);
  switch (random.below(7)) {
    case 0:
      return (0x1400_0000 | imm(distance, 26, 0)) >>> 0;
    case 1:
      return (0x9400_0000 | imm(distance, 26, 0)) >>> 0;
    case 2:
    case 3:
      return (0x5400_0000 | imm(distance, 19, 5) | random.below(16)) >>> 0;
    case 4:
      return (0x3400_0000 | (random.below(4) << 24) | (random.below(2) << 31) | imm(distance, 19, 5) | register) >>> 0;
    default:
      return (0x3600_0000 | (random.below(2) << 24) | (random.below(64) << 19) | imm(distance, 14, 5) | register) >>> 0;
  }
}

/** Loads and stores at X16 or SP, most of them within the data, some of them across its pages or out of it. */
function accessWord(random: Random): number {
  const base = random.below(3) === 0 ? 31 : 16;
  const registers = random.below(16) | (base << 5);
  switch (random.below(6)) {
    case 0: // STR, LDR and their kin, unsigned offset
      return (
        (0x3900_0000 | (random.below(4) << 30) | (random.below(3) << 22) | (random.below(600) << 10) | registers) >>> 0
      );
    case 1: // STUR, LDUR: often unaligned
      return (
        (0x3800_0000 |
          (random.below(4) << 30) |
          (random.below(3) << 22) |
          imm(random.below(300), 9, 12) |
          registers) >>>
        0
      );
    case 2: // STP, LDP
      return (
        (0xa900_0000 |
          (random.below(2) << 22) |
          imm(random.below(64), 7, 15) |
          (random.below(16) << 10) |
          registers) >>>
        0
      );
    case 3: // LDRB with a register offset
      return (0x3860_6800 | (random.below(16) << 16) | registers) >>> 0;
    case 4: // LDR, STR Q
      return (0x3d80_0000 | (random.below(2) << 22) | (random.below(60) << 10) | registers) >>> 0;
    default: // an offset to X16 that stays small: ADD X16, X17, #imm, LSL #12
      return 0x9140_0000 | ((8 + random.below(3)) << 10) | (17 << 5) | 16;
  }
}

const ATOMIC = ROWS.filter(({ section }) => /exclusive|ordered|Atomic|Compare and swap/.test(section));
const LOADS = ATOMIC.filter(({ name }) => /^LDA?X/.test(name));

/** Ordered, atomic and exclusive accesses at X16; a load-exclusive and a store-exclusive of the same size as a pair. */
function atomicWords(random: Random): number[] {
  // ADD X16, X16, #16, or #1 for what is not aligned.
  if (random.below(6) === 0) return [random.below(12) === 0 ? 0x9100_0610 : 0x9100_4210];
  const pair = random.below(3) === 0;
  const rows = pair ? LOADS : ATOMIC;
  const row = rows[random.below(rows.length)]!;
  const word = wordOf(row, random);
  if (word === undefined) return [];
  const at = ((word & ~0x0010_03f0) | (16 << 5)) >>> 0;
  if (!matches(row, at)) return [];
  // Bit 22 is the direction; the status goes to a register of its own.
  const store = ((at & ~0x005f_0000) | (15 << 16)) >>> 0;
  return pair ? [at, store] : [at];
}

/** Words that change the program: a store of a register to a word of the code, which is often a valid instruction. */
const storeToCode = (random: Random, words: number): number =>
  (0xb900_0000 | (random.below(words) << 10) | (17 << 5) | random.below(16)) >>> 0;

/** BTI with each operand and PACIASP, in the order of what they accept. */
const LANDINGS = [0xd503_241f, 0xd503_245f, 0xd503_249f, 0xd503_24df, 0xd503_233f];

/** ADR and an indirect branch to a word of the code, as two words; signed in between as three. */
function indirect(random: Random, at: number, to: number, signed: boolean): number[] {
  const kind = random.below(3);
  const register = signed ? [random.below(17), random.below(17), 30][kind]! : random.below(15);
  const distance = (to - at) * 4;
  const adr = (0x1000_0000 | imm(distance, 2, 29) | imm(distance >> 2, 19, 5) | register) >>> 0;
  const plain = ([0xd61f_0000, 0xd63f_0000, 0xd65f_0000][kind]! | (register << 5)) >>> 0;
  if (!signed || random.below(3) !== 0) return [adr, plain];
  if (kind === 2) return [adr, 0xd503_233f, 0xd65f_0bff]; // PACIASP, RETAA
  const sign = (0xdac1_23e0 | register) >>> 0; // PACIZA
  return [adr, sign, ([0xd61f_081f, 0xd63f_081f][kind]! | (register << 5)) >>> 0]; // BRAAZ, BLRAAZ
}

export interface ProgramKind {
  /** Of a hundred words. */
  readonly branches: number;
  readonly accesses: number;
  readonly stores: number;
  /** Ordered, atomic and exclusive accesses. */
  readonly atomics?: number;
  /** Landing pads, and indirect branches, most of them to pads. */
  readonly landings?: number;
}

/** `count` words; the last goes back to the first. */
export function randomProgram(random: Random, count: number, kind: ProgramKind): number[] {
  const words: number[] = [];
  const { landings = 0, atomics = 0 } = kind;
  const pads: number[] = [];
  while (words.length < count - 3) {
    const at = words.length;
    const pick = random.below(100);
    const near = Math.max(0, Math.min(count - 1, at - 30 + random.below(60)));
    if (random.below(100) < landings) {
      if (random.below(2) === 0) {
        pads.push(at);
        words.push(LANDINGS[random.below(LANDINGS.length)]!);
      } else {
        const pad = random.below(5) === 0 ? undefined : pads[random.below(pads.length)];
        words.push(...indirect(random, at, pad ?? near, true));
      }
    } else if (random.below(100) < atomics) words.push(...atomicWords(random));
    else if (pick < kind.branches)
      words.push(branchWord(random, at, random.below(4) === 0 ? random.below(count) : near));
    else if (pick < kind.branches + 3) words.push(...indirect(random, at, near, false));
    else if (pick < kind.branches + 3 + kind.accesses) words.push(accessWord(random));
    else if (pick < kind.branches + 3 + kind.accesses + kind.stores) words.push(storeToCode(random, count));
    else words.push(plainWord(random));
  }
  while (words.length < count - 1) words.push(0xd503_201f);
  words.push((0x1400_0000 | imm(-(count - 1), 26, 0)) >>> 0);
  return words;
}

/** Values that registers begin with: addresses, small numbers, and words that are instructions. */
export function randomValue(random: Random): bigint {
  switch (random.below(4)) {
    case 0:
      return BigInt(random.below(2000));
    case 1:
      return BigInt(plainWord(random));
    case 2:
      return BigInt.asUintN(64, -BigInt(random.below(5000)));
    default:
      return (BigInt(random.word()) << 32n) | BigInt(random.word());
  }
}
