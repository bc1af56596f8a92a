/**
 * Runs the extension host suite in a real VS Code and prints its report. VSCODE_TEST_HOST chooses which:
 * `desktop` (a VS Code of VSCODE_EXECUTABLE, under .vscode-test/ or downloaded), `code-server`, or `auto`, the default,
 * which takes the first that is there.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findCodeServer, INSTALL_HINT } from '../support/code-server';
import { runInCodeServer } from './in-code-server';
import { runInDesktop } from './in-desktop';
import type { Report } from './report';

/** One run of the suite, whichever VS Code it is in. */
export interface SuiteRun {
  /** Folder of the extension under development. */
  readonly extension: string;
  /** The bundled index.js with `run()`. */
  readonly suite: string;
  readonly workspace: string;
  /** Environment of the extension host. */
  readonly environment: Readonly<Record<string, string>>;
}

type Host = 'desktop' | 'code-server';

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'realmscope-report-'));
  const path = join(folder, 'report.json');
  const run: SuiteRun = {
    extension: resolve('.'),
    suite: resolve('out/extension-host/index.js'),
    workspace: resolve('samples/attest'),
    environment: { REALMSCOPE_TEST_REPORT: path },
  };
  mkdirSync('out', { recursive: true });
  const host = chooseHost();
  console.log(`Extension host: ${host}`);
  let problem: unknown;
  try {
    await (host === 'desktop' ? runInDesktop(run) : runInCodeServer(run));
  } catch (error) {
    problem = error;
  }
  const report = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : undefined;
  rmSync(folder, { recursive: true });
  for (const line of report?.lines ?? []) console.log(line);
  if (!report) console.error('The suite never started.');
  else if (!report.end) console.error('The extension host died before the suite ended.');
  if (problem) console.error(problem instanceof Error ? problem.message : String(problem));
  const failed = (report?.failed ?? 0) + (report?.end && !(problem && report.failed === 0) ? 0 : 1);
  console.log(`pass ${report?.passed ?? 0}\nfail ${failed}`);
  console.log(`${report?.passed ?? 0} passed, ${failed} failed, ${report?.skipped ?? 0} skipped`);
  return failed === 0 && (report?.passed ?? 0) > 0 ? 0 : 1;
}

function chooseHost(): Host {
  const asked = process.env['VSCODE_TEST_HOST'] ?? 'auto';
  if (asked === 'desktop') return asked;
  if (asked === 'code-server') {
    if (findCodeServer()) return asked;
    throw new Error(`VSCODE_TEST_HOST is code-server, which is not installed. ${INSTALL_HINT}`);
  }
  if (asked !== 'auto') throw new Error(`VSCODE_TEST_HOST is ${asked}; it may be auto, desktop or code-server.`);
  if (process.env['VSCODE_EXECUTABLE'] || existsSync('.vscode-test')) return 'desktop';
  return findCodeServer() ? 'code-server' : 'desktop';
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
