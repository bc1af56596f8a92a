/** What the scenarios share: a page on a workspace, and stations that leave a picture each. */
import { cpSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { CodeServer } from '../support/code-server';
import { SCREENSHOTS, screenshot, until, visible } from './workbench';

/** What code-server is known to lack, and says so in the console of every page. */
const EXPECTED_NOISE = /vsda|open-vsx\.org|Failed to load resource|manifest\.json/;

/** Opens the workspace and waits until the explorer lists main.c. Errors of the page's scripts go to `errors`. */
export async function openWorkspace(browser: Browser, server: CodeServer, errors: string[]): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  page.on('pageerror', (error) => {
    if (!EXPECTED_NOISE.test(error.message)) errors.push(error.message);
  });
  await page.goto(`${server.origin}/?folder=${encodeURIComponent(server.workspace)}`);
  const file = page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'main.c' });
  await visible(file, 'the explorer with main.c', 60_000);
  return page;
}

export type Station = (name: string, visit: (page: Page) => Promise<void>) => Promise<void>;

/** Stations of one page, in order: the failure of one leaves a picture and the logs, and ends the scenario. */
export function stationsOf(scenario: TestContext, server: CodeServer, page: Page, failure: string): Station {
  let failed = false;
  return async (name, visit) => {
    if (failed) return;
    await scenario.test(name, async () => {
      try {
        await visit(page);
        await screenshot(page, name.replace(/[^a-z0-9]+/gi, '-').toLowerCase());
      } catch (error) {
        failed = true;
        await screenshot(page, failure).catch(() => undefined);
        cpSync(`${server.profile}/logs`, `${SCREENSHOTS}/${failure}-logs`, { recursive: true, force: true });
        throw error;
      }
    });
  };
}

/** Asks for the hover at the cursor until one with this text is open: the language server may still be starting. */
export async function hoverShows(page: Page, hasText: string): Promise<void> {
  await until('a hover that explains the command', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+i');
    const hover = page.locator('.monaco-hover:visible').filter({ hasText });
    return hover
      .first()
      .waitFor({ state: 'visible', timeout: 3000 })
      .then(
        () => true,
        () => false,
      );
  });
}
