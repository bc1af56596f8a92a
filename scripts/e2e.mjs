// `npm run test:e2e` packages the extension, installs the VSIX into a fresh code-server and drives it with headless
// Chromium as a person would. Screenshots are saved in out/e2e. `-- --vsix FILE` tests a VSIX that is there already.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import './preflight.mjs';

const esbuild = await import('esbuild');
const given = process.argv.indexOf('--vsix');
let vsix = given > 0 ? process.argv[given + 1] : undefined;
if (!vsix) {
  const packaged = spawnSync(process.execPath, ['scripts/package.mjs'], { stdio: 'inherit' });
  if (packaged.status !== 0) process.exit(packaged.status ?? 1);
  vsix = `realmscope-${JSON.parse(readFileSync('package.json', 'utf8')).version}.vsix`;
}

const files = readdirSync('test/e2e').filter((name) => name.endsWith('.e2e.ts'));
rmSync('out/e2e', { recursive: true, force: true });
await esbuild.build({
  entryPoints: files.map((name) => `test/e2e/${name}`),
  outdir: 'out/e2e-build',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: 'linked',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
});
const built = files.map((name) => `out/e2e-build/${name.replace(/\.ts$/, '.mjs')}`);
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-reporter=spec', ...built], {
  stdio: 'inherit',
  env: { ...process.env, REALMSCOPE_VSIX: resolve(vsix) },
});
process.exit(run.status ?? 1);
