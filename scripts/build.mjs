// Bundles what a user runs into dist/: the extension, the debug adapter, the language server, the command line and the
// webview scripts. Every entry is listed here once.
import { existsSync } from 'node:fs';
import * as esbuild from 'esbuild';

const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
  legalComments: 'none',
};

const entries = [
  { ...node, entryPoints: { extension: 'extension/extension.ts' }, external: ['vscode'] },
  { ...node, entryPoints: { adapter: 'debug-adapter/main.ts' } },
  { ...node, entryPoints: { 'language-server': 'language/server/main.ts' } },
  { ...node, entryPoints: { cli: 'cli/main.ts' }, banner: { js: '#!/usr/bin/env node' } },
  {
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    logLevel: 'warning',
    sourcemap: false,
    minify: true,
    entryPoints: { 'memory-map': 'extension/webview/memory-map/main.ts' },
  },
];

const release = process.argv.includes('--release');
for (const entry of entries) {
  const sources = Object.values(entry.entryPoints);
  if (!sources.every((source) => existsSync(source))) continue;
  await esbuild.build({ ...entry, outdir: 'dist', ...(release ? { minify: true, keepNames: true, sourcemap: false } : {}) });
}
