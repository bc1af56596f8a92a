// Fuzzes the machine: `npm run fuzz -- [seconds] [first seed]`. A failure prints its seed, which repeats it.
import { rmSync } from 'node:fs';
import * as esbuild from 'esbuild';

const outfile = `out/fuzz-${process.pid}.mjs`;
await esbuild.build({
  entryPoints: ['test/hostile/fuzz/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'inline',
  logLevel: 'warning',
});
try {
  const { main } = await import(`../${outfile}`);
  main(process.argv.slice(2));
} finally {
  rmSync(outfile, { force: true });
}
