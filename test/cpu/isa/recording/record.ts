/**
 * Records test/vectors/a64/instructions.bin.gz: random instances of every row, executed by qemu-aarch64.
 * Run with `node scripts/record-a64.mjs`; needs aarch64-linux-gnu-gcc and qemu-aarch64. Tests only read the file.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Row } from '../../../../emulator/cpu/table/row';
import { ROWS } from '../../../../emulator/cpu/table/table';
import type { Case, Outcome, Recorded } from './cases';
import { CODE, DATA, pack, random, Signal, stateOf, WINDOW } from './cases';
import { randomCase, randomWord } from './instances';

const PER_ROW = 75;
const FOLDER = 'test/vectors/a64';

/** Rows whose effect is an exit, or that qemu-user does not execute as the PE does. */
const left = (row: Row): boolean =>
  /Exception generation|Reserved|Hints|System instructions/.test(row.section) ||
  /^(ERET|MRS$|MSR \(|SYS|LDTR|STTR)/.test(row.name);

/** Load and store of the same size: other sizes are CONSTRAINED UNPREDICTABLE (Arm ARM B2.9.5). */
function sequences(count: number): Case[] {
  const next = random(77);
  const loads = ROWS.filter((row) => /^LDA?XR/.test(row.name));
  const loadPairs = ROWS.filter((row) => /^LDA?XP/.test(row.name));
  const stores = ROWS.filter((row) => /^STL?XR/.test(row.name));
  const storePairs = ROWS.filter((row) => /^STL?XP/.test(row.name));
  const clrex = 0xd5033f5f;
  const setRegisters = (word: number, rs: number, rt2: number, rt: number): number =>
    ((word & 0xffe0_8000) | (rs << 16) | (rt2 << 10) | (1 << 5) | rt) >>> 0;
  return Array.from({ length: count }, (_, index) => {
    const pair = index % 3 === 0;
    const pick = (rows: readonly Row[], size: number): Row => rows[(size * 2 + (next() % 2)) % rows.length]!;
    const size = next() % 4;
    const load = setRegisters((pair ? pick(loadPairs, size % 2) : pick(loads, size)).value, 31, pair ? 3 : 31, 2);
    const store = setRegisters((pair ? pick(storePairs, size % 2) : pick(stores, size)).value, 6, pair ? 5 : 31, 4);
    const middle = [[], [clrex], [0xf9000020], [0xf9000c20]][next() % 8] ?? [];
    const words = [load, ...middle, store, ...(next() % 4 === 0 ? [store] : [])];
    const given = new Map([[1, DATA + BigInt(WINDOW + 64 + (next() % 32) * 16)]]);
    return { words, seed: next(), offset: 0x8000, given };
  });
}

function singles(): Case[] {
  const next = random(2026);
  return ROWS.filter((row) => !left(row)).flatMap((row) => {
    const cases: Case[] = [];
    for (let attempt = 0; attempt < PER_ROW * 8 && cases.length < PER_ROW; attempt++) {
      const word = randomWord(row, next);
      const test = word === undefined ? undefined : randomCase(word, next);
      if (test !== undefined) cases.push(test);
    }
    if (cases.length < 4) throw new Error(`${row.name}: only ${cases.length} cases.`);
    return cases;
  });
}

const INPUT_SIZE = 288;

function inputBytes(cases: readonly Case[]): Buffer {
  const bytes = Buffer.alloc(cases.length * INPUT_SIZE);
  cases.forEach((test, index) => {
    const at = index * INPUT_SIZE;
    const state = stateOf(test);
    bytes.writeUInt32LE(test.words.length, at);
    bytes.writeUInt32LE(state.nzcv, at + 4);
    test.words.forEach((word, word_) => {
      bytes.writeUInt32LE(word, at + 8 + word_ * 4);
    });
    bytes.writeBigUInt64LE(CODE + BigInt(test.offset), at + 24);
    state.x.forEach((value, register) => {
      bytes.writeBigUInt64LE(value, at + 32 + register * 8);
    });
  });
  return bytes;
}

function parse(output: Buffer, cases: readonly Case[]): Recorded[] {
  let at = 0;
  return cases.map((test) => {
    const before = stateOf(test);
    const x = new Map<number, bigint>();
    for (let register = 0; register < 32; register++) {
      const value = output.readBigUInt64LE(at + 16 + register * 8);
      if (value !== before.x[register]) x.set(register, value);
    }
    const [first, length] = [output.readUInt32LE(at + 272), output.readUInt32LE(at + 276)];
    const outcome: Outcome = {
      signal: output.readUInt32LE(at),
      nzcv: output.readUInt32LE(at + 4),
      pc: output.readBigUInt64LE(at + 8),
      x,
      memory: { at: length === 0 ? 0 : first, bytes: output.subarray(at + 280, at + 280 + length) },
    };
    at += 280 + length;
    return { test, outcome };
  });
}

export function execute(cases: readonly Case[]): Recorded[] {
  const folder = mkdtempSync(join(tmpdir(), 'a64-'));
  const program = join(folder, 'recorder');
  execFileSync('aarch64-linux-gnu-gcc', ['-O1', '-static', '-o', program, `${FOLDER}/recorder.c`]);
  const input = join(folder, 'input');
  writeFileSync(input, inputBytes(cases));
  const output = execFileSync('sh', ['-c', `qemu-aarch64 -cpu max ${program} < ${input}`], { maxBuffer: 1 << 28 });
  return parse(output, cases);
}

export function record(): void {
  const recorded = execute([...singles(), ...sequences(600)]);
  const illegal = recorded.filter(({ outcome }) => outcome.signal === Signal.Illegal);
  for (const { test } of illegal)
    console.error(`qemu refuses ${test.words.map((word) => word.toString(16)).join(' ')}`);
  writeFileSync(`${FOLDER}/instructions.bin.gz`, gzipSync(pack(recorded), { level: 9 }));
  console.log(`${recorded.length} cases`);
}
