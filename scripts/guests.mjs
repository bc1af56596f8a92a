// `npm run guests` rebuilds every committed Realm guest with clang, lld and the AArch64 GCC.
// `npm run guests -- --check` builds them elsewhere and compares: byte for byte with the compilers the committed files
// were made with (Debian 12's), by what is loaded into the Realm with others.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './preflight.mjs';

const COMMITTED_WITH = { clang: '14.0.6', 'ld.lld': '14.0.6', 'aarch64-linux-gnu-gcc': '12.2.0' };

const check = process.argv.includes('--check');
const run = (program, ...args) => execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });

function versionOf(tool) {
  try {
    return /\d+\.\d+\.\d+/.exec(execFileSync(tool, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown';
  } catch {
    console.error(`${tool} is not installed. On Debian: apt-get install clang lld gcc-aarch64-linux-gnu`);
    process.exit(2);
  }
}

/** The bytes an ELF's PT_LOAD segments put into memory, with their addresses and sizes. */
function loadedParts(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const offset = Number(view.getBigUint64(32, true));
  const parts = [view.getBigUint64(24, true).toString(16)];
  for (let index = 0; index < view.getUint16(56, true); index++) {
    const at = offset + index * view.getUint16(54, true);
    if (view.getUint32(at, true) !== 1) continue;
    const [from, size] = [Number(view.getBigUint64(at + 8, true)), Number(view.getBigUint64(at + 32, true))];
    parts.push(view.getBigUint64(at + 24, true).toString(16), view.getBigUint64(at + 40, true).toString(16));
    parts.push(file.subarray(from, from + size).toString('hex'));
  }
  return parts.join(':');
}

const others = Object.entries(COMMITTED_WITH).filter(([tool, version]) => versionOf(tool) !== version);
for (const [tool, version] of others) {
  console.log(
    `${tool} here is ${versionOf(tool)}, the committed guests were made with ${version}: comparing loaded bytes only.`,
  );
}

const folders = ['samples/attest', 'samples/multi-rec', 'samples/host', 'test/guests', 'test/debug-adapter/guests'];
const target = check ? mkdtempSync(join(tmpdir(), 'guests-')) : undefined;
for (const folder of folders) mkdirSync(join(target ?? '.', folder), { recursive: true });
run('bash', 'samples/attest/build.sh', join(target ?? process.cwd(), 'samples/attest/attest.elf'));
run('bash', 'samples/multi-rec/build.sh', join(target ?? process.cwd(), 'samples/multi-rec/multi-rec.elf'));
run('bash', 'samples/host/build.sh', join(target ?? process.cwd(), 'samples/host/host.elf'));
run('bash', 'test/guests/build.sh', join(target ?? process.cwd(), 'test/guests'));
if (target) cpSync('test/debug-adapter/guests', join(target, 'test/debug-adapter/guests'), { recursive: true });
run(process.execPath, join(target ?? '.', 'test/debug-adapter/guests/build.mjs'));

if (target) {
  const different = [];
  let compared = 0;
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.elf'))) {
      const committed = readFileSync(join(folder, name));
      const rebuilt = readFileSync(join(target, folder, name));
      const same = others.length === 0 ? committed.equals(rebuilt) : loadedParts(committed) === loadedParts(rebuilt);
      if (!same) different.push(join(folder, name));
      compared++;
    }
  }
  rmSync(target, { recursive: true });
  for (const file of different)
    console.error(`${file} is not what its sources give. Run \`npm run guests\` and commit it.`);
  console.log(`${compared} guests compared, ${different.length} differ.`);
  process.exit(different.length ? 1 : 0);
}
