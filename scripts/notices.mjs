// The licences of the packages that went into the bundles, for the file a VSIX must carry.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.|-|$)/i;

/** Folder of the package a bundled file belongs to, or undefined for our own files. */
function packageFolder(input) {
  return /^(.*node_modules\/(?:@[^/]+\/[^/]+|[^/@][^/]*))\//.exec(input)?.[1];
}

/** Text of the notices for the files of the bundles (paths as esbuild's metafile names them). */
export function thirdPartyNotices(inputs) {
  const folders = [...new Set(inputs.map(packageFolder).filter(Boolean))].sort();
  const parts = folders.map((folder) => {
    const { name, version, license, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
    if (!license || files.length === 0) {
      throw new Error(
        `${name} ${version} is bundled, but has no licence file or field: its notice must be written by hand.`,
      );
    }
    const source = typeof repository === 'string' ? repository : repository?.url;
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
    return [`${name} ${version} (${license})`, ...(source ? [source] : []), '', ...texts].join('\n');
  });
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  const head = 'Realmscope contains the following packages, under these licences.';
  return { text: `${[head, ...parts].join(rule)}\n`, packages: folders.length };
}
