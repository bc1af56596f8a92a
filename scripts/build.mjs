// Bundles what a user runs into dist/: the extension, the debug adapter, the language server, the command line and the
// webview scripts. Every entry is listed here once.
// `--release` minifies. Imported as a module (scripts/package.mjs), it builds when asked.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import './preflight.mjs';
import { prebuiltInterpreter } from './prebuilt-interpreter.mjs';

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

/** Builds every entry and answers the paths of all files that went into the bundles. */
export async function build({ release }) {
  const esbuild = await import('esbuild');
  const inputs = new Set();
  const plugins = [prebuiltInterpreter(esbuild)];
  for (const entry of entries) {
    const sources = Object.values(entry.entryPoints);
    if (!sources.every((source) => existsSync(source))) continue;
    const result = await esbuild.build({
      ...entry,
      outdir: 'dist',
      metafile: true,
      plugins,
      ...(release ? { minify: true, keepNames: true, sourcemap: false } : {}),
    });
    for (const input of Object.keys(result.metafile.inputs)) inputs.add(input);
  }
  return [...inputs].sort();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await build({ release: process.argv.includes('--release') });
}
