// `npm run bench` builds for release, runs every test/bench/*.bench.ts and prints a table; `npm run bench -- word...` runs
// those whose name contains a word, `-- --json FILE` writes the rows too. A missed goal is reported, not a failure: the
// machine it ran on may be busy.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import './preflight.mjs';
import { build } from './build.mjs';

const esbuild = await import('esbuild');
const args = process.argv.slice(2);
const json = args.indexOf('--json');
const jsonFile = json >= 0 ? args.splice(json, 2)[1] : undefined;
if (json >= 0 && !jsonFile) {
  console.error('--json wants the name of a file.');
  process.exit(2);
}
const names = readdirSync('test/bench')
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.slice(0, -'.bench.ts'.length))
  .filter((name) => args.length === 0 || args.some((word) => name.includes(word)));
if (names.length === 0) {
  console.error(`No benchmark matches ${args.join(', ')}.`);
  process.exit(2);
}

await build({ release: true });
const benches = names.map((name, index) => `import { measure as m${index} } from './${name}.bench';`).join('\n');
const entries = names.map((name, index) => `'${name}': m${index}`).join(', ');
await esbuild.build({
  stdin: {
    contents: `${benches}\nimport { main } from './main';
process.exit(await main({ ${entries} }, ${JSON.stringify(jsonFile)}));`,
    resolveDir: 'test/bench',
    loader: 'ts',
  },
  outfile: 'out/bench/bench.mjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  external: ['vscode', 'typescript', 'esbuild', 'fast-check'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
const run = spawnSync(process.execPath, ['--enable-source-maps', '--expose-gc', 'out/bench/bench.mjs'], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
