// Rebuilds the committed guests of the debugger's tests with clang and gcc, DWARF 4 and 5, -O0 and -O2. Not run by
// `npm test`: the ELFs are committed, so that no cross compiler is needed. Run: node test/debug-adapter/guests/build.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const objects = mkdtempSync(join(tmpdir(), 'guests-'));
const run = (program, ...args) => execFileSync(program, args, { cwd: here, stdio: 'inherit' });
const common = [
  '-ffreestanding',
  '-mgeneral-regs-only',
  '-fno-asynchronous-unwind-tables',
  `-fdebug-prefix-map=${here}=.`,
];
const compilers = {
  clang: ['clang', '--target=aarch64-none-elf', '-nostdlib', '-ffile-compilation-dir=.'],
  gcc: ['aarch64-linux-gnu-gcc', '-fno-pic', '-fno-stack-protector'],
};

for (const [name, [compiler, ...options]] of Object.entries(compilers)) {
  for (const dwarf of [4, 5]) {
    for (const level of [0, 2]) {
      const objectsOf = ['start.S', 'steps.c'].map((source) => {
        const object = join(objects, `${source}.o`);
        run(compiler, ...options, ...common, `-gdwarf-${dwarf}`, `-O${level}`, '-c', source, '-o', object);
        return object;
      });
      const image = `${name}-dwarf${dwarf}-O${level}.elf`;
      run('ld.lld', '-T', 'guest.ld', '-z', 'max-page-size=4096', '--build-id=none', ...objectsOf, '-o', image);
    }
  }
}

// A Host of real code.
const [compiler, ...options] = compilers.clang;
const objectsOfHost = ['start-host.S', 'host.c'].map((source) => {
  const object = join(objects, `${source}.o`);
  run(compiler, ...options, ...common, '-mstrict-align', '-gdwarf-5', '-O0', '-c', source, '-o', object);
  return object;
});
run('ld.lld', '-T', 'host.ld', '-z', 'max-page-size=4096', '--build-id=none', ...objectsOfHost, '-o', 'host.elf');
