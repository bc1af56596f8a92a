/**
 * Records test/vectors/a64/programs: C programs of many shapes by two compilers, and what they print under qemu. The
 * kernels of the benchmarks are among them: their bare images are made here, too.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FOLDER = 'test/vectors/a64/programs';
const GUESTS = 'test/bench/guests';
const SOURCES = 'test/cpu/isa/programs';
const SCRIPT = `${GUESTS}/guest.ld`;

const COMPILERS = ['gcc', 'clang'] as const;
type Compiler = (typeof COMPILERS)[number];

const COMMANDS: Readonly<Record<Compiler, readonly string[]>> = {
  gcc: [
    ...['aarch64-linux-gnu-gcc', '-no-pie', '-T', SCRIPT, '-Wl,--build-id=none,--no-warn-rwx-segments'],
    '-fno-tree-loop-distribute-patterns',
  ],
  clang: [
    ...['clang', '--target=aarch64-linux-gnu', '-fuse-ld=lld', `-Wl,-T,${SCRIPT}`, '-Wl,--build-id=none'],
    ...['-fno-builtin', '-Wno-unused-command-line-argument'],
  ],
};
const COMMON = [
  ...['-ffreestanding', '-fno-pic', '-fno-pie', '-nostdlib', '-static', '-fno-asynchronous-unwind-tables'],
  '-fno-stack-protector',
];
const GENERAL = ['-mgeneral-regs-only', '-DNO_FLOAT'];
const KERNELS = ['-mgeneral-regs-only', '-mstrict-align', '-march=armv8.1-a'];
const LEVELS = ['-O0', '-O1', '-O2', '-O3'];

interface Image {
  readonly name: string;
  readonly compiler: Compiler;
  readonly flags: readonly string[];
  readonly sources: readonly string[];
}

/** A program by both compilers at some levels; `variant` names the flags. */
function images(program: string, variant: string, levels: readonly string[], flags: readonly string[]): Image[] {
  const sources = ['start.S', 'support.c', `${program}.c`].map((file) => `${SOURCES}/${file}`);
  return COMPILERS.flatMap((compiler) =>
    levels.map((level) => ({
      name: `${program}${variant}-${compiler}${level}`,
      compiler,
      flags: [...flags, level, '-fno-math-errno'],
      sources,
    })),
  );
}

const kernels = (compiler: Compiler, level: string, flags: readonly string[] = []): Image => ({
  name: `${compiler}${level}`,
  compiler,
  flags: [...KERNELS, level, ...flags],
  sources: [`${GUESTS}/start.S`, `${GUESTS}/kernels.c`],
});

/** Kernels write a number, the others text. */
const IMAGES: readonly Image[] = [
  ...images('integers', '-general', LEVELS, GENERAL),
  ...images('integers', '', ['-O3'], ['-mno-outline-atomics']),
  ...images('integers', '-lse', ['-O2'], ['-march=armv8.1-a']),
  ...images('integers', '-outline', ['-O1'], ['-moutline-atomics', '-DHAVE_LSE']),
  ...images('integers', '-guarded', ['-O2'], ['-march=armv8.5-a', '-mbranch-protection=standard']),
  ...images('floats', '', LEVELS, []),
  ...images('floats', '-half', ['-O2'], ['-march=armv8.2-a+fp16']),
  ...images('vectors', '', ['-O2', '-O3'], []),
  ...images('vectors', '-later', ['-O3'], ['-march=armv8.2-a+fp16+dotprod']),
  ...images('crypto', '', ['-O0', '-O2'], ['-march=armv8.2-a+crypto+sha3+dotprod']),
];

interface Built {
  readonly elf: string;
  /** As it lies in memory, .bss included. */
  readonly image: Buffer;
}

function build({ compiler, flags, sources }: Image, folder: string): Built {
  const elf = join(folder, 'program.elf');
  const [command, ...rest] = COMMANDS[compiler];
  const library = execFileSync('aarch64-linux-gnu-gcc', ['-print-libgcc-file-name']).toString().trim();
  execFileSync(command!, [...rest, ...COMMON, ...flags, ...sources, library, '-o', elf]);
  const binary = join(folder, 'program.bin');
  const bss = '--set-section-flags=.bss=alloc,load,contents';
  execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', bss, elf, binary]);
  const raw = readFileSync(binary);
  const image = Buffer.alloc(Math.ceil(raw.length / 16) * 16);
  raw.copy(image);
  return { elf, image };
}

const put = (path: string, image: Buffer): void => writeFileSync(path, gzipSync(image, { level: 9 }));

export function recordPrograms(): void {
  const folder = mkdtempSync(join(tmpdir(), 'a64-'));
  try {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    const sums: Record<string, string> = {};
    const texts: Record<string, string> = {};
    const run = (elf: string): Buffer => execFileSync('qemu-aarch64', ['-cpu', 'max', elf]);
    for (const compiler of COMPILERS) {
      for (const level of LEVELS) {
        const each = kernels(compiler, level);
        const { elf, image } = build(each, folder);
        sums[each.name] = run(elf).readBigUInt64LE(0).toString(16);
        put(`${FOLDER}/${each.name}.bin.gz`, image);
      }
    }
    for (const each of IMAGES) {
      const { elf, image } = build(each, folder);
      texts[each.name] = run(elf).toString();
      put(`${FOLDER}/${each.name}.bin.gz`, image);
    }
    writeFileSync(`${FOLDER}/sums.json`, `${JSON.stringify(sums, undefined, 2)}\n`);
    writeFileSync(`${FOLDER}/texts.json`, `${JSON.stringify(texts, undefined, 2)}\n`);
    put(`${GUESTS}/kernels.bin.gz`, build(kernels('gcc', '-O2', ['-DSYSTEM']), folder).image);
    console.log(`${Object.keys(sums).length + Object.keys(texts).length} programs`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
