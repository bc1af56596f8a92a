/** Records test/vectors/a64/programs: test/bench/guests/kernels.c by two compilers at four levels, and qemu's answer. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const GUESTS = 'test/bench/guests';
const FLAGS = [
  '-ffreestanding',
  '-fno-pic',
  '-fno-pie',
  '-nostdlib',
  '-static',
  '-mgeneral-regs-only',
  '-mstrict-align',
  '-fno-asynchronous-unwind-tables',
  '-fno-stack-protector',
  '-march=armv8.1-a',
];
const SOURCES = [`${GUESTS}/start.S`, `${GUESTS}/kernels.c`];
const SCRIPT = `${GUESTS}/guest.ld`;

const COMPILERS: Readonly<Record<string, readonly string[]>> = {
  gcc: ['aarch64-linux-gnu-gcc', '-no-pie', '-T', SCRIPT, '-Wl,--build-id=none,--no-warn-rwx-segments'],
  clang: ['clang', '--target=aarch64-linux-gnu', '-fuse-ld=lld', `-Wl,-T,${SCRIPT}`, '-Wl,--build-id=none'],
};

/** The image as it lies in memory, .bss included. */
export function compile(compiler: string, flags: readonly string[], folder: string): { elf: string; image: Buffer } {
  const elf = join(folder, 'program.elf');
  const [command, ...rest] = COMPILERS[compiler]!;
  execFileSync(command!, [...rest, ...FLAGS, ...flags, ...SOURCES, '-o', elf]);
  const binary = join(folder, 'program.bin');
  const bss = '--set-section-flags=.bss=alloc,load,contents';
  execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', bss, elf, binary]);
  const raw = readFileSync(binary);
  const image = Buffer.alloc(Math.ceil(raw.length / 16) * 16);
  raw.copy(image);
  return { elf, image };
}

export function recordPrograms(): void {
  const folder = mkdtempSync(join(tmpdir(), 'a64-'));
  mkdirSync('test/vectors/a64/programs', { recursive: true });
  const sums: Record<string, string> = {};
  for (const compiler of Object.keys(COMPILERS)) {
    for (const level of ['-O0', '-O1', '-O2', '-O3']) {
      const { elf, image } = compile(compiler, [level], folder);
      const name = `${compiler}${level}`;
      sums[name] = execFileSync('qemu-aarch64', [elf]).readBigUInt64LE(0).toString(16);
      writeFileSync(`test/vectors/a64/programs/${name}.bin.gz`, gzipSync(image, { level: 9 }));
    }
  }
  writeFileSync('test/vectors/a64/programs/sums.json', `${JSON.stringify(sums, undefined, 2)}\n`);
  const bare = compile('gcc', ['-O2', '-DSYSTEM'], folder);
  writeFileSync(`${GUESTS}/kernels.bin.gz`, gzipSync(bare.image, { level: 9 }));
  console.log(`${Object.keys(sums).length} programs`);
}
