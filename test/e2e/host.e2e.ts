/**
 * The host sample in a fresh VS Code: a Host of real code from its first instruction, its second PE, its RMI calls, and the
 * Realm it runs, on one stack.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { startCodeServer } from '../support/code-server';
import { openWorkspace, stationsOf } from './scenario';
import {
  callStack,
  command,
  expand,
  goOn,
  makeRoom,
  openFile,
  shown,
  stoppedAt,
  toggleBreakpoint,
  until,
  visible,
} from './workbench';

const SAMPLE = 'samples/host';
const vsix = process.env['REALMSCOPE_VSIX'];
assert.ok(vsix, 'REALMSCOPE_VSIX names the VSIX to install; `npm run test:e2e` sets it');

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
});

const lineOf = (text: string): number =>
  readFileSync(`${SAMPLE}/main.c`, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

/** The view fetches the frames below the first one late. */
const stackShows = (page: Page, frames: RegExp): Promise<void> =>
  until(`a call stack like ${frames}`, async () => frames.test((await callStack(page)).join('\n')));

test('a Host of real code, its second PE, and the Realm it runs', { timeout: 300_000 }, async (scenario) => {
  const errors: string[] = [];
  const server = await startCodeServer({ workspace: SAMPLE, vsix });
  const path = `${server.workspace}/.vscode/launch.json`;
  const launch = JSON.parse(readFileSync(path, 'utf8')) as { configurations: Record<string, unknown>[] };
  launch.configurations[0] = { ...launch.configurations[0], breakOn: ['RMI_REC_ENTER', 'RSI_HOST_CALL'] };
  writeFileSync(path, JSON.stringify(launch, undefined, 2));
  let page: Page | undefined;
  try {
    page = await openWorkspace(browser, server, errors);
    const station = stationsOf(scenario, server, page, 'failure-host');

    await station('31 launch.json with a Host has no squiggle', async (page) => {
      await openFile(page, 'launch.json');
      await visible(page.locator('.view-lines', { hasText: 'host.elf' }), 'the configuration');
      await page.waitForTimeout(1500); // the JSON language server has looked by then
      assert.equal(await page.locator('.squiggly-warning, .squiggly-error').count(), 0);
    });

    await station('32 F5 stands at the first instruction of the Host', async (page) => {
      await openFile(page, 'main.c', `${lineOf('second_is_here = 1;')}:1`);
      await toggleBreakpoint(page, lineOf('second_is_here = 1;'));
      await page.keyboard.press('F5');
      await visible(page.locator('.debug-top-stack-frame-line'), 'the place of the first stop');
      await command(page, 'View: Show Run and Debug');
      await makeRoom(page);
      await stoppedAt(page, '_start');
    });

    await station('33 the second PE is a thread of its own', async (page) => {
      await goOn(page, 'second_main');
      const threads = page.locator('.debug-call-stack .monaco-list-row').filter({ hasText: /PE [01]/ });
      await visible(threads.filter({ hasText: 'PE 1' }), 'the thread of PE 1');
      assert.equal(await threads.count(), 2);
    });

    await station('34 an RMI command with the Host’s own code below it', async (page) => {
      await goOn(page, 'RMI_REC_ENTER');
      await stackShows(page, /run_realm[\s\S]*main[\s\S]*_start/);
      await expand(page, 'Call');
      assert.match(await shown(page, 'rec'), /0x8/);
    });

    await station('35 on into the Realm: one stack through the worlds', async (page) => {
      await goOn(page, 'RSI_HOST_CALL');
      await stackShows(page, /RMI_REC_ENTER \(RMM\)[\s\S]*run_realm[\s\S]*main/);
    });

    await scenario.test('no script of the workbench or the panels failed', () => {
      assert.deepEqual(errors, []);
    });
  } finally {
    await page?.close();
    server.stop();
  }
});
