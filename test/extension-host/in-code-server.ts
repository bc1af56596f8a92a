/** The suite in code-server's extension host, by the test driver of VS Code's own browser tests. */
import { launchChromium } from '../support/chromium';
import { startCodeServer } from '../support/code-server';
import type { SuiteRun } from './harness';

const PATIENCE = 240_000;

export async function runInCodeServer(run: SuiteRun): Promise<void> {
  const server = await startCodeServer({ workspace: run.workspace, testDriver: true });
  const browser = await launchChromium().catch((error: unknown) => {
    server.stop();
    throw error;
  });
  try {
    const page = await browser.newPage();
    const remote = (path: string) => `vscode-remote://${server.authority}${path}`;
    const payload = [
      ['extensionDevelopmentPath', remote(run.extension)],
      ['extensionTestsPath', remote(run.suite)],
      ['extensionEnvironment', JSON.stringify(run.environment)],
      ['skipWelcome', 'true'],
    ];
    let finish: (code: number) => void = () => undefined;
    const ended = new Promise<number>((done) => {
      finish = done;
    });
    await page.exposeFunction('codeAutomationExit', (code: number) => finish(code));
    await page.exposeFunction('codeAutomationLog', () => undefined);
    const query = `folder=${encodeURIComponent(server.workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
    await page.goto(`${server.origin}/?${query}`);
    const late = new Promise<never>((_, fail) => {
      setTimeout(() => fail(new Error(`The suite did not end within ${PATIENCE / 1000} seconds.`)), PATIENCE).unref();
    });
    const code = await Promise.race([ended, late]);
    if (code !== 0) throw new Error(`The extension host reported failure ${code}.`);
  } finally {
    await browser.close();
    server.stop();
  }
}
