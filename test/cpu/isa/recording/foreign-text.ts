/** Words as llvm-objdump prints them, or binutils where this LLVM knows no such instruction. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FEATURES = [
  'v8.8a',
  'altnzcv',
  'lor',
  'rcpc',
  'rcpc-immo',
  'flagm',
  'sb',
  'fp-armv8',
  'neon',
  'fullfp16',
  'fp16fml',
  'bf16',
  'i8mm',
  'dotprod',
  'rdm',
  'complxnum',
  'jsconv',
  'fptoint',
  'aes',
  'sha2',
  'sha3',
  'sm4',
  'crypto',
  'pauth',
  'bti',
  'rand',
  'ssbs',
  'dit',
  'mops',
  'wfxt',
  'xs',
  'predres',
  'rme',
];

const LINE = /^\s*([0-9a-f]+):\s+((?:[0-9a-f]{2} ){4}|[0-9a-f]{8})\s*(.*)$/gm;

function linesOf(program: string, options: readonly string[], object: string): Map<number, string> {
  const text = execFileSync(program, ['-d', ...options, object], { maxBuffer: 1 << 30 }).toString();
  return new Map(
    [...text.matchAll(LINE)].map((match) => [
      Number.parseInt(match[1]!, 16) / 4,
      match[3]!
        .replace(/\s*(\/\/|;|<(?!unknown>)).*$/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ]),
  );
}

/** LLVM prints some PC-relative operands as an offset, others as an address: an address is what a reader wants. */
function absolute(operand: string, index: number): string {
  const [, before, offset] = /^((?:adr|adrp|ldr|ldrsw|prfm) [^,[]*, )#(-?\d+)$/.exec(operand) ?? [];
  if (before === undefined) return operand;
  const base = BigInt(index * 4);
  const target = before.startsWith('adrp ') ? base - (base % 4096n) + BigInt(offset!) * 4096n : base + BigInt(offset!);
  return `${before}0x${BigInt.asUintN(64, target).toString(16)}`;
}

/** The n-th word is at address 4n. Undefined where neither knows it. Needs llvm-mc, llvm-objdump and binutils. */
export function foreignTexts(words: readonly number[]): (string | undefined)[] {
  const folder = mkdtempSync(join(tmpdir(), 'a64-'));
  try {
    const source = join(folder, 'words.s');
    const object = join(folder, 'words.o');
    writeFileSync(source, `${words.map((word) => `.inst 0x${word.toString(16)}`).join('\n')}\n`);
    execFileSync('llvm-mc', ['-triple=aarch64', '-filetype=obj', '-o', object, source]);
    const llvm = linesOf('llvm-objdump', [`--mattr=${FEATURES.map((name) => `+${name}`).join()}`], object);
    // With -z binutils prints repeated zero words.
    const binutils = linesOf('aarch64-linux-gnu-objdump', ['-z'], object);
    return words.map((_, index) => {
      const text = llvm.get(index);
      if (text !== undefined && text !== '<unknown>') return absolute(text, index);
      const other = binutils.get(index);
      return other === undefined || /^\.inst|undefined/.test(other) ? undefined : other;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
