// Writes emulator/rmm/commands/catalogue.json, the plain data that editors read, from the command rows.
import { mkdirSync, writeFileSync } from 'node:fs';
import './preflight.mjs';

const esbuild = await import('esbuild');
const outfile = 'out/catalogue.mjs';
mkdirSync('out', { recursive: true });
await esbuild.build({
  stdin: {
    contents: `export { ROWS } from './emulator/rmm/commands/rows'; export { describeRow } from './emulator/rmm/commands/describe';`,
    resolveDir: '.',
  },
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});
const { ROWS, describeRow } = await import(`../${outfile}`);

writeFileSync('emulator/rmm/commands/catalogue.json', `${JSON.stringify(ROWS.map(describeRow), null, 1)}\n`);
