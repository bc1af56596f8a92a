// Builds every test file with its sources into out/test (ES modules with shared chunks) and runs them with Node's test
// runner. `npm test -- <substring>...` runs only the files whose path contains one of the words.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';

const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));

/** Paths of all `*.test.ts` files below a folder. `host/` and `e2e/` need a VS Code and have their own commands. */
function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['vectors', 'host', 'e2e'].includes(entry.name) ? [] : testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

const files = testFiles('test').filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (files.length === 0) {
  console.error(`No test file matches ${words.join(', ')}.`);
  process.exit(2);
}
const outdir = words.length === 0 ? 'out/test' : `out/test-${process.pid}`;
rmSync(outdir, { recursive: true, force: true });
await esbuild.build({
  entryPoints: files,
  outdir,
  outbase: 'test',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  sourcemap: 'linked',
  outExtension: { '.js': '.mjs' },
  external: ['vscode', 'typescript', 'esbuild', 'fast-check'],
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
});
const built = files.map((file) => join(outdir, file.slice('test/'.length).replace(/\.ts$/, '.mjs')));
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...flags, ...built], { stdio: 'inherit' });
if (words.length !== 0) rmSync(outdir, { recursive: true, force: true });
process.exit(run.status ?? 1);
