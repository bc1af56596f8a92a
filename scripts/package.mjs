// `npm run package` makes realmscope-VERSION.vsix: a release build, the notices of what is bundled, and a check that the
// file holds exactly what it should and stays small.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import './preflight.mjs';
import { build } from './build.mjs';
import { thirdPartyNotices } from './notices.mjs';

const LIMIT = 3 * 1024 * 1024;

/** What a user gets: every file of the VSIX matches one of these, and each of these matches a file. */
const CONTENT = [
  /^package\.json$/,
  /^README\.md$/,
  /^CHANGELOG\.md$/,
  /^LICENSE$/,
  /^dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^dist\/extension\.js$/,
  /^dist\/adapter\.js$/,
  /^dist\/language-server\.js$/,
  /^dist\/cli\.js$/,
  /^dist\/memory-map\.(js|css)$/,
  /^extension\/media\/[a-z-]+\.(png|svg|css)$/,
  /^syntaxes\/[a-zA-Z0-9.-]+\.json$/,
  /^samples\/README\.md$/,
  /^samples\/(attest\/attest|multi-rec\/multi-rec|host\/host)\.elf$/,
  /^samples\/(attest|multi-rec|host)\/\.vscode\/launch\.json$/,
  /^samples\/(attest|multi-rec|host)\/(rsi\/)?[a-z]+\.(c|h|S|ld|sh)$/,
  /^samples\/(attest|multi-rec|host)\/README\.md$/,
];

function fail(message) {
  console.error(message);
  process.exit(1);
}

const { createVSIX, listFiles } = await import('@vscode/vsce').then((module) => module.default ?? module);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const vsix = `realmscope-${version}.vsix`;

rmSync('dist', { recursive: true, force: true });
const inputs = await build({ release: true });
const notices = thirdPartyNotices(inputs);
mkdirSync('dist', { recursive: true });
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', notices.text);

const files = (await listFiles({ packagedDependencies: [] })).map((file) => file.replaceAll('\\', '/'));
const uninvited = files.filter((file) => !CONTENT.some((pattern) => pattern.test(file)));
if (uninvited.length) fail(`These files do not belong into the VSIX:\n  ${uninvited.join('\n  ')}`);
const missing = CONTENT.filter((pattern) => !files.some((file) => pattern.test(file)));
if (missing.length) fail(`The VSIX lacks:\n  ${missing.map((pattern) => pattern.source).join('\n  ')}`);

await createVSIX({ packagePath: vsix, dependencies: false });
const size = statSync(vsix).size;
if (size > LIMIT) fail(`${vsix} has ${size} bytes; the limit is ${LIMIT}.`);
console.log(
  `${vsix}: ${files.length} files, ${(size / 1024).toFixed(0)} KiB, notices of ${notices.packages} packages.`,
);
