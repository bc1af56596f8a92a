// Writes emulator/rmm/commands/catalogue.ts, the plain data that editors read, from the command rows.
import { spawnSync } from 'node:child_process';
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

const path = 'emulator/rmm/commands/catalogue.ts';
const hexFids = (text) =>
  text.replace(/("fid(?:Alt)?"): (\d+)/g, (_, key, value) => `${key}: 0x${Number(value).toString(16)}`);
writeFileSync(
  path,
  `/**
 * Every command of RMM 1.0 as plain data, made from the rows by scripts/catalogue.mjs; test/rmm/catalogue.test.ts keeps
 * the two equal.
 */
import type { CatalogueCommand } from './catalogue-types';

export const CATALOGUE: readonly CatalogueCommand[] = ${hexFids(JSON.stringify(ROWS.map(describeRow), null, 2))};
`,
);
const formatted = spawnSync('npx', ['biome', 'check', '--write', path], { stdio: 'ignore' });
process.exit(formatted.status ?? 1);
