// `npm run test:host` runs the suite of test/extension-host inside the extension host of a real VS Code, on a build of the
// working tree. See VSCODE_TEST_HOST in test/extension-host/harness.ts.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import './preflight.mjs';
import { build } from './build.mjs';

const esbuild = await import('esbuild');
const folder = 'test/extension-host';
const specs = readdirSync(folder).filter((name) => name.endsWith('.spec.ts'));
if (specs.length === 0) {
  console.error(`${folder} holds no *.spec.ts.`);
  process.exit(2);
}

await build({ release: false });
rmSync('out/extension-host', { recursive: true, force: true });
const common = { bundle: true, platform: 'node', target: 'node20', sourcemap: 'inline', logLevel: 'warning' };
await esbuild.build({
  ...common,
  entryPoints: ['index.ts', ...specs].map((name) => `${folder}/${name}`),
  outdir: 'out/extension-host',
  format: 'cjs',
  external: ['vscode', 'mocha'],
});
await esbuild.build({
  ...common,
  entryPoints: [`${folder}/harness.ts`],
  outfile: 'out/extension-host/harness.mjs',
  format: 'esm',
  packages: 'external',
});
const run = spawnSync(process.execPath, ['--enable-source-maps', 'out/extension-host/harness.mjs'], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
