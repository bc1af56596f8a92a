/**
 * The multi-rec sample in a fresh VS Code: a launch.json with four RECs under RMM 1.1, a command that fails and its
 * document, the fault explainer in the Debug Console, and what a hover says of a command.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { startCodeServer } from '../support/code-server';
import { hoverShows, openWorkspace, stationsOf } from './scenario';
import {
  callStack,
  command,
  expand,
  makeRoom,
  openFile,
  screenshot,
  shown,
  stoppedAt,
  until,
  visible,
} from './workbench';

const SAMPLE = 'samples/multi-rec';
const vsix = process.env['REALMSCOPE_VSIX'];
assert.ok(vsix, 'REALMSCOPE_VSIX names the VSIX to install; `npm run test:e2e` sets it');

const CONFIGURATION = {
  type: 'cca',
  request: 'launch',
  name: 'Four RECs under RMM 1.1',
  program: `\${workspaceFolder}/multi-rec.elf`,
  rmmVersion: '1.1-v0.8.0',
  recs: 4,
  mecid: 9,
  stopOnEntry: false,
  breakOn: ['PSCI_CPU_ON'],
};

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
});

/** Types a line into the Debug Console and waits for a row of the answer. */
async function ask(page: Page, text: string, answer: string | RegExp): Promise<void> {
  await command(page, 'Debug Console: Focus on Debug Console View');
  const input = page.locator('.repl-input-wrapper .monaco-editor').first();
  await input.click();
  await page.keyboard.type(text);
  await page.keyboard.press('Escape'); // no completion takes the Enter
  await page.keyboard.press('Enter');
  await visible(page.locator('.repl .monaco-list-row').filter({ hasText: answer }), `the answer to “${text}”`);
}

test('four RECs under RMM 1.1, a refused command and the fault explainer', { timeout: 300_000 }, async (scenario) => {
  const errors: string[] = [];
  const server = await startCodeServer({ workspace: SAMPLE, vsix });
  const configure = (configuration: unknown) =>
    writeFileSync(
      `${server.workspace}/.vscode/launch.json`,
      JSON.stringify({ version: '0.2.0', configurations: [configuration] }, undefined, 2),
    );
  configure(CONFIGURATION);
  copyFileSync('test/guests/rejected-call.elf', `${server.workspace}/rejected-call.elf`);
  let page: Page | undefined;
  try {
    page = await openWorkspace(browser, server, errors);
    const station = stationsOf(scenario, server, page, 'failure-several-recs');

    await station('21 launch.json with four RECs under RMM 1.1 has no squiggle', async (page) => {
      await openFile(page, 'launch.json');
      await visible(page.locator('.view-lines', { hasText: '1.1-v0.8.0' }), 'the configuration');
      await page.waitForTimeout(1500); // the JSON language server has looked by then
      assert.equal(await page.locator('.squiggly-warning, .squiggly-error').count(), 0);
    });

    await station('22 hover shows the row of a command', async (page) => {
      const header = readFileSync(`${SAMPLE}/cpu.h`, 'utf8').split('\n');
      const line = header.findIndex((text) => text.startsWith('#define PSCI_CPU_ON')) + 1;
      await openFile(page, 'cpu.h', `${line}:12`);
      await hoverShows(page, 'PSCI_ALREADY_ON');
    });

    await station('23 F5 stops where REC 0 turns REC 1 on', async (page) => {
      await page.keyboard.press('Escape');
      await openFile(page, 'main.c');
      await page.keyboard.press('F5');
      await visible(page.locator('.debug-top-stack-frame-line'), 'the place of the first stop');
      await command(page, 'View: Show Run and Debug');
      await makeRoom(page);
      await stoppedAt(page, 'PSCI_CPU_ON');
      await expand(page, 'Call');
      assert.match(await shown(page, 'target_cpu'), /0x1/);
    });

    await station('24 the RECs of the Realm and its MECID', async (page) => {
      await expand(page, 'Call', false);
      await expand(page, 'Realms');
      await expand(page, 'multi-rec');
      await expand(page, 'RECs');
      assert.match(await shown(page, 'REC 0'), /running/i);
      assert.match(await shown(page, 'REC 3'), /not runnable|off/i);
      await screenshot(page, '24-the-recs');
      await expand(page, 'Realms', false);
      await expand(page, 'MEC');
      await shown(page, /9 to the Host|multi-rec/);
    });

    await station('25 the Debug Console explains addresses', async (page) => {
      await expand(page, 'MEC', false);
      await ask(page, 'explain ipa:0x4000_0000', /RIPAS EMPTY/);
      await screenshot(page, '25-an-ipa-that-is-empty');
      await ask(page, 'explain pa:0x9000_0000 write', /RD of multi-rec/);
      await ask(page, 'explain write', /needs an address/);
      await ask(page, 'explain ipa:0xffff_ffff_ffff_ffff', /beyond/);
    });

    await station('26 a refused command stops and its document says why', async (page) => {
      const filter = page.locator('.debug-breakpoints .monaco-list-row', { hasText: 'Failed RMI and RSI commands' });
      await filter.locator('input, .monaco-checkbox').first().click();
      await page.keyboard.press('Shift+F5');
      await until('the end of the session', async () => (await page.locator('.debug-toolbar:visible').count()) === 0);
      configure({
        ...CONFIGURATION,
        name: 'A refused call',
        program: `\${workspaceFolder}/rejected-call.elf`,
        breakOn: [],
      });
      await page.waitForTimeout(1000); // the file watcher tells the workbench
      await page.keyboard.press('F5');
      await visible(page.locator('.view-lines', { hasText: 'FAILED' }), 'a condition marked FAILED');
      assert.match((await callStack(page)).join('\n'), /RSI_REALM_CONFIG/);
      // The exception widget may push the head of the document out of sight, so only the condition's line is looked for.
      await visible(page.locator('.view-line', { hasText: /addr_align.*FAILED/ }), 'the condition that failed');
      await expand(page, 'Call');
      await expand(page, 'conditions');
    });

    await scenario.test('no script of the workbench or the panels failed', () => {
      assert.deepEqual(errors, []);
    });
  } finally {
    await page?.close();
    server.stop();
  }
});
