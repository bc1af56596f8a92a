/** The suite in a desktop VS Code, by @vscode/test-electron. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { INSTALL_HINT } from '../support/code-server';
import type { SuiteRun } from './harness';

export async function runInDesktop(run: SuiteRun): Promise<void> {
  const executable = process.env['VSCODE_EXECUTABLE'] ?? (await download());
  const profile = mkdtempSync(join(tmpdir(), 'realmscope-desktop-'));
  try {
    await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: run.extension,
      extensionTestsPath: run.suite,
      extensionTestsEnv: run.environment,
      launchArgs: [
        ...[run.workspace, '--disable-workspace-trust', '--skip-welcome', '--skip-release-notes'],
        ...['--user-data-dir', join(profile, 'user'), '--extensions-dir', join(profile, 'extensions')],
      ],
    });
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

async function download(): Promise<string> {
  try {
    return await downloadAndUnzipVSCode({ timeout: 15_000 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `VS Code could not be downloaded (${reason}). Set VSCODE_EXECUTABLE to a desktop VS Code, or set ` +
        `VSCODE_TEST_HOST=code-server. ${INSTALL_HINT}`,
    );
  }
}
