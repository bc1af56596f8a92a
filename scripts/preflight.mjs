// What every script checks before it does anything: a Node that is new enough and the packages of package.json.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root; every script works from there, wherever it was started. */
export const root = resolve(fileURLToPath(import.meta.url), '../..');

/** The sentence that explains why nothing can run here, or undefined when all is well. */
export function whyNot(nodeVersion, packagesInstalled) {
  const major = Number(nodeVersion.split('.')[0]);
  if (!(major >= 20))
    return `Realmscope needs Node 20 or newer; this is Node ${nodeVersion}. Install a newer one from your system's packages or nodejs.org.`;
  if (!packagesInstalled)
    return 'The packages Realmscope is built with are not installed. Run `npm install` in its folder once, then this again.';
  return undefined;
}

process.chdir(root);
const reason = whyNot(
  process.versions.node,
  existsSync('node_modules/esbuild') && existsSync('node_modules/typescript'),
);
if (reason) {
  console.error(reason);
  process.exit(2);
}

// A failed build has already said everything; a stack trace through the bundler would hide it.
process.on('uncaughtException', (error) => {
  if (!Array.isArray(error?.errors)) console.error(error);
  process.exit(1);
});
