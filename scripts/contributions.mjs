// Writes the extension's part of package.json from extension/contributions. With --check it only says whether the two
// differ (exit code 1). Fields of package.json that no description covers are left as they are.
import { readFileSync, writeFileSync } from 'node:fs';
import * as esbuild from 'esbuild';

const bundle = await esbuild.build({
  entryPoints: ['extension/contributions/index.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
const source = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const { extensionManifest } = await import(`data:text/javascript;base64,${source}`);

const before = readFileSync('package.json', 'utf8');
const after = `${JSON.stringify({ ...JSON.parse(before), ...extensionManifest() }, null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (before !== after) console.error('package.json is out of step: run node scripts/contributions.mjs');
  process.exit(before === after ? 0 : 1);
}
writeFileSync('package.json', after);
