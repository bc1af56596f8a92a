// Builds every test file with its sources into out/test (ES modules with shared chunks) and runs them with Node's test
// runner, two files at a time. `npm test -- <substring>...` runs only the files whose path contains one of the words.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import './preflight.mjs';
import { prebuiltInterpreter } from './prebuilt-interpreter.mjs';

const esbuild = await import('esbuild');
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));

/** Folders of test/ that hold data, or need a VS Code and have commands of their own. */
const ELSEWHERE = ['vectors', 'guests', 'extension-host', 'e2e', 'bench'];

/** Paths of all `*.test.ts` files below a folder. */
function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ELSEWHERE.includes(entry.name) ? [] : testFiles(path);
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
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  plugins: [prebuiltInterpreter(esbuild)],
  logLevel: 'warning',
});
const built = files.map((file) => join(outdir, file.slice('test/'.length).replace(/\.ts$/, '.mjs')));

const [major, minor] = process.versions.node.split('.').map(Number);
const concurrency = major > 20 || minor >= 10 ? ['--test-concurrency=2'] : []; // the flag came with 20.10
const run = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-reporter=spec', ...concurrency, ...flags, ...built],
  { stdio: 'inherit' },
);
if (words.length !== 0) rmSync(outdir, { recursive: true, force: true });
process.exit(run.status ?? 1);
