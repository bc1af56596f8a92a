/** Records test/vectors/a64/disassembly.txt.gz: words of every row with their text as llvm-objdump prints it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROWS } from '../../../../emulator/cpu/table/table';
import { random } from './random';
import { randomWord } from './words';

const PER_ROW = 30;

/** The n-th word is at address 4n. Names of system registers are not the table's, so MRS and MSR are left out. */
export function recordDisassembly(): void {
  const next = random(14);
  const words = ROWS.filter((row) => !/^(MRS$|MSR \(reg)/.test(row.name)).flatMap((row) =>
    Array.from({ length: row.fields.length === 0 ? 1 : PER_ROW }, () => randomWord(row, next)).filter(
      (word): word is number => word !== undefined,
    ),
  );
  const folder = mkdtempSync(join(tmpdir(), 'a64-'));
  const source = join(folder, 'words.s');
  const object = join(folder, 'words.o');
  writeFileSync(source, `${words.map((word) => `.inst 0x${word.toString(16)}`).join('\n')}\n`);
  execFileSync('llvm-mc', ['-triple=aarch64', '-filetype=obj', '-o', object, source]);
  const text = execFileSync(
    'llvm-objdump',
    ['-d', '--mattr=+v8.7a,+altnzcv,+lor,+rcpc,+rcpc-immo,+flagm,+sb', object],
    { maxBuffer: 1 << 28 },
  ).toString();
  const lines = [...text.matchAll(/^\s*([0-9a-f]+): ((?:[0-9a-f]{2} ){4}|[0-9a-f]{8})\s*(.*)$/gm)].map((match) => {
    const cleaned = match[3]!
      .replace(/\s*(\/\/|;|<).*$/, '')
      .replace(/\s+/g, ' ')
      .trim();
    return { at: Number.parseInt(match[1]!, 16), cleaned };
  });
  if (lines.length !== words.length) throw new Error(`${lines.length} lines for ${words.length} words.`);
  /** LLVM prints some PC-relative operands as an offset, others as an address: an address is what a reader wants. */
  const absolute = (operand: string, index: number): string => {
    const [, before, offset] = /^((?:adr|adrp|ldr|ldrsw|prfm) [^,[]*, )#(-?\d+)$/.exec(operand) ?? [];
    if (before === undefined) return operand;
    const base = BigInt(index * 4);
    const target = before.startsWith('adrp ')
      ? base - (base % 4096n) + BigInt(offset!) * 4096n
      : base + BigInt(offset!);
    return `${before}0x${BigInt.asUintN(64, target).toString(16)}`;
  };
  const records = lines.map(({ cleaned: printed }, index) => {
    const cleaned = absolute(printed, index);
    return `${words[index]!.toString(16).padStart(8, '0')} ${cleaned}`;
  });
  writeFileSync('test/vectors/a64/disassembly.txt.gz', gzipSync(`${records.join('\n')}\n`, { level: 9 }));
  console.log(`${records.length} words disassembled`);
}
