// Records the A64 test vectors from foreign implementations (qemu-aarch64, llvm-objdump). Needed only when instruction
// rows are added: the tests read the recorded files. `node scripts/record-a64.mjs [instructions] [disassembly] [programs]`.
// `node scripts/record-a64.mjs check <part of a row's name or section> [instances] [seed]` records nothing: it runs random
// instances on qemu and on our PE and prints what differs. `text <part of a name> [words]` does so with the disassembly.
import { rmSync } from 'node:fs';
import * as esbuild from 'esbuild';

const outfile = `out/record-a64-${process.pid}.mjs`;
await esbuild.build({
  entryPoints: ['test/cpu/isa/recording/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
try {
  const { main } = await import(`../${outfile}`);
  await main(process.argv.slice(2));
} finally {
  rmSync(outfile, { force: true });
}
