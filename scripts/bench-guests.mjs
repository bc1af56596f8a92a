// `node scripts/bench-guests.mjs` builds the kernels of test/bench/guests/a64 again: needs aarch64-linux-gnu-gcc. What it
// makes is committed, so that `npm run bench` needs no compiler.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FOLDER = 'test/bench/guests/a64';
const COMMON = [
  '-O2',
  '-ffreestanding',
  '-fno-pic',
  '-fno-pie',
  '-no-pie',
  '-nostdlib',
  '-static',
  '-mstrict-align',
  '-fno-asynchronous-unwind-tables',
  '-fno-stack-protector',
  '-fno-tree-loop-distribute-patterns',
  '-Wl,--build-id=none,--no-warn-rwx-segments',
];
const GENERAL = ['-march=armv8.1-a', '-mgeneral-regs-only'];
const FLOAT = ['-march=armv8.2-a+dotprod', '-O3', '-ffp-contract=fast', '-DFP'];

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const gcc = (name, sources, flags) => {
  const script = ['-T', `${FOLDER}/${name === 'system' ? 'high' : 'guest'}.ld`];
  const elf = join(folder, name);
  execFileSync('aarch64-linux-gnu-gcc', [
    ...COMMON,
    ...script,
    ...flags,
    ...sources.map((file) => join(FOLDER, file)),
    '-o',
    elf,
  ]);
  return elf;
};
const keep = (name, bytes) => writeFileSync(`${FOLDER}/${name}.gz`, gzipSync(bytes, { level: 9 }));
const bare = (name, sources, flags) => {
  const elf = gcc(name, sources, flags);
  const binary = `${elf}.bin`;
  const bss = '--set-section-flags=.bss=alloc,load,contents';
  execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', bss, elf, binary]);
  const raw = readFileSync(binary);
  const image = Buffer.alloc(Math.ceil(raw.length / 16) * 16);
  raw.copy(image);
  keep(`${name}.bin`, image);
};
for (const name of ['sha256', 'memory', 'sort', 'bytecode', 'core', 'float']) {
  const flags = name === 'float' ? FLOAT : GENERAL;
  bare(name, ['start.S', `${name}.c`], flags);
  keep(`${name}.elf`, readFileSync(gcc(name, ['start.S', `${name}.c`], [...flags, '-DLINUX'])));
}
bare('system', ['system.S'], GENERAL);
rmSync(folder, { recursive: true });
