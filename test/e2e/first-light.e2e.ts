/**
 * The product as a person meets it: the VSIX in a fresh VS Code, the attest sample, F5, and all the way to the token.
 * Screenshots of every station are in out/e2e.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { startCodeServer } from '../support/code-server';
import { hoverShows, openWorkspace, stationsOf } from './scenario';
import {
  callStack,
  command,
  expand,
  goOn,
  makeRoom,
  openFile,
  screenshot,
  shown,
  stoppedAt,
  stoppedLine,
  toggleBreakpoint,
  until,
  visible,
  webview,
} from './workbench';

const SAMPLE = 'samples/attest';
const main = readFileSync(`${SAMPLE}/main.c`, 'utf8').split('\n');

/** Number of the first line of main.c that holds a text. */
function lineOf(text: string): number {
  const index = main.findIndex((line) => line.includes(text));
  assert.ok(index >= 0, `main.c has no line with ${text}`);
  return index + 1;
}

const vsix = process.env['REALMSCOPE_VSIX'];
assert.ok(vsix, 'REALMSCOPE_VSIX names the VSIX to install; `npm run test:e2e` sets it');

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
});

const map = (page: Page) => webview(page).locator('[data-ready]');

async function openMap(page: Page): Promise<void> {
  await command(page, 'Realmscope: Open Memory Ownership Map');
  await visible(map(page), 'the memory ownership map');
  await visible(map(page).getByText('UNDELEGATED'), 'the legend of the memory ownership map');
}

/** Opens the card of the granule at an address, which is the RD's in this scenario. */
async function findInMap(page: Page, address: string): Promise<void> {
  const search = map(page).getByPlaceholder('PA or Realm');
  await search.fill(address);
  await search.press('Enter');
  await visible(map(page).getByText('Owner and mappings'), `the card of ${address}`);
}

test('the attest sample, from a command breakpoint to its token', { timeout: 300_000 }, async (scenario) => {
  const errors: string[] = [];
  const server = await startCodeServer({ workspace: SAMPLE, vsix });
  let page: Page | undefined;
  try {
    page = await openWorkspace(browser, server, errors);
    const station = stationsOf(scenario, server, page, 'failure');

    await station('01 hover explains a command name', async (page) => {
      const header = readFileSync(`${SAMPLE}/rsi/rsi.h`, 'utf8').split('\n');
      const line = header.findIndex((text) => text.startsWith('#define RSI_ATTESTATION_TOKEN_INIT')) + 1;
      await openFile(page, 'rsi.h', `${line}:15`);
      await hoverShows(page, '0xC4000194');
    });

    await station('02 breakpoints by the gutter and by a command', async (page) => {
      await page.keyboard.press('Escape');
      await openFile(page, 'main.c', String(lineOf('say_hello();')));
      await toggleBreakpoint(page, lineOf('say_hello();'));
      await page.locator('.activitybar [aria-label^="Realmscope"]').first().click();
      const row = page.locator('.monaco-list-row', { hasText: 'RMI_REALM_CREATE' });
      await visible(row, 'RMI_REALM_CREATE in the Command Breakpoints view');
      await row.first().locator('.custom-view-tree-node-item-checkbox').click();
      await visible(row.locator('[aria-checked="true"], .codicon-check'), 'the tick at RMI_REALM_CREATE');
    });

    await station('03 F5 stops at the first RMI call', async (page) => {
      await page.locator('.editor-instance').first().click();
      await page.keyboard.press('F5');
      await visible(page.locator('.debug-top-stack-frame-line'), 'the place of the first stop');
      await command(page, 'View: Show Run and Debug');
      await makeRoom(page);
      await stoppedAt(page, 'RMI_VERSION');
    });

    await station('04 continue to RMI_REALM_CREATE', async (page) => {
      await goOn(page, 'RMI_REALM_CREATE');
      await expand(page, 'Call');
      assert.match(await shown(page, 'rd'), /0x9000_0000/, 'the argument in X1');
      assert.match(await shown(page, 'next stage'), /params_align/);
    });

    await station('05 the GPT by level', async (page) => {
      await expand(page, 'Call', false);
      await expand(page, 'GPT');
      // L0GPTSZ is 1 GiB, so the DRAM at 0x8000_0000 is behind level 0 entry 2.
      await expand(page, 'L0[2]');
      assert.match(await shown(page, '0x9000_0000'), /0xb Realm/, 'the granules delegated for the RD');
      assert.match(await shown(page, '0x9000_2000'), /0x9 Non-secure/, 'and those that are still the Host’s');
    });

    await station('05 the workbench', async (page) => {
      await expand(page, 'GPT', false);
      await expand(page, 'Call');
      await command(page, 'View: Toggle Panel Visibility');
      await openMap(page);
      await command(page, 'View: Move Editor into Next Group');
      await findInMap(page, '0x90000000');
      await screenshot(page, 'workbench');
      await command(page, 'View: Close Editor');
      await expand(page, 'Call', false);
    });

    await station('06 a breakpoint in the C source of the Realm', async (page) => {
      await goOn(page, 'main');
      assert.equal(await stoppedLine(page), lineOf('say_hello();'));
      const stack = (await callStack(page)).join('\n');
      assert.match(stack, /main[\s\S]*RMI_REC_ENTER/, 'the Realm frames lie upon the RMI_REC_ENTER they run under');
    });

    await station('07 the RTT and the encryption contexts', async (page) => {
      await expand(page, 'RTT');
      await expand(page, 'attest');
      await expand(page, 'L1[2]');
      await expand(page, 'L2[0]');
      assert.match(await shown(page, /^L3\[0/), /ASSIGNED RAM/, 'the measured pages of the image');
      await screenshot(page, '07-the-rtt-down-to-the-descriptors');
      await expand(page, 'RTT', false);
      await expand(page, 'MEC');
      assert.match(await shown(page, 'MECID 1'), /private.*attest/, 'the context of this Realm');
    });

    await station('08 step over, into and out', async (page) => {
      await expand(page, 'MEC', false);
      await page.keyboard.press('F10');
      await until(
        'the next line of main',
        async () => (await stoppedLine(page)) === lineOf('hash_size = read_config()'),
      );
      await goOn(page, 'read_config', 'F11');
      await goOn(page, 'main', 'Shift+F11');
    });

    await station('09 the disassembly', async (page) => {
      await command(page, 'Open Disassembly View');
      const rows = page.locator('.disassembly-view .monaco-list-row, .disassembly-view .monaco-table-tr');
      await visible(rows.filter({ hasText: /\b(bl|stur?|str|ldr|mov)\b/ }), 'A64 instructions in the Disassembly View');
    });

    await station('10 the memory ownership map', async (page) => {
      await openMap(page);
      await screenshot(page, '10-the-memory-ownership-map-at-first');
      await findInMap(page, '0x90000000');
    });

    await station('11 the token is verified', async (page) => {
      await command(page, 'Remove All Breakpoints');
      await command(page, 'Debug: Continue');
      await command(page, 'Debug Console: Focus on Debug Console View');
      const line = (text: string | RegExp) => page.locator('.repl .monaco-list-row').filter({ hasText: text });
      await visible(line('Realm signature (RAK): The Realm token is signed'), 'the verdict on the token');
      await line('Realm signature (RAK)').first().hover();
      for (const text of ['Goodbye', 'I hold a CCA token', 'Hello from a Realm']) {
        await until(`“${text}” in the Debug Console`, async () => {
          if (await line(text).first().isVisible()) return true;
          await page.mouse.wheel(0, -100);
          return false;
        });
      }
    });

    await scenario.test('no script of the workbench or the panels failed', () => {
      assert.deepEqual(errors, []);
    });
  } finally {
    await page?.close();
    server.stop();
  }
});

test('F5 needs no Node on PATH', { timeout: 120_000 }, async () => {
  const server = await startCodeServer({ workspace: SAMPLE, vsix, environment: { PATH: '' } });
  try {
    const page = await openWorkspace(browser, server, []);
    await openFile(page, 'main.c');
    await page.keyboard.press('F5');
    await visible(page.locator('.debug-top-stack-frame-line'), 'the place of the first stop');
    await command(page, 'View: Show Run and Debug');
    await stoppedAt(page, 'RMI_VERSION').catch(async (error: unknown) => {
      await screenshot(page, 'failure-empty-path');
      throw error;
    });
    await screenshot(page, 'empty-path');
    await page.close();
  } finally {
    server.stop();
  }
});
