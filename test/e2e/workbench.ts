/** VS Code's workbench as a person uses it: mouse, keys and what is to be seen. Every wait names what it waits for. */
import { mkdirSync } from 'node:fs';
import type { FrameLocator, Locator, Page } from 'playwright-core';

export const PATIENCE = 30_000;
export const SCREENSHOTS = 'out/e2e';

/** Waits until something is visible, and says what it was when it never is. */
export async function visible(locator: Locator, what: string, timeout = PATIENCE): Promise<Locator> {
  await locator
    .first()
    .waitFor({ state: 'visible', timeout })
    .catch(() => {
      throw new Error(`${what} did not appear within ${timeout / 1000} seconds`);
    });
  return locator.first();
}

/** Repeats a look until it is right. */
export async function until(what: string, look: () => Promise<boolean>, timeout = PATIENCE): Promise<void> {
  const end = performance.now() + timeout;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${timeout / 1000} seconds`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

/** A picture for people, once tooltips are gone and pictures are drawn; no test depends on the wait. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.mouse.move(1200, 920);
  await page.waitForTimeout(1000);
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/**
 * Types into the quick input that a key opens and takes the row with a text. An editor that opens meanwhile takes the
 * focus and closes the input, so it is tried again.
 */
async function quickInput(page: Page, key: string, text: string, row: string): Promise<void> {
  const input = page.locator('.quick-input-widget input').first();
  const wanted = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: row }).first();
  await until(`“${row}” in the quick input`, async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press(key);
    try {
      await input.waitFor({ state: 'visible', timeout: 3000 });
      await input.fill(text, { timeout: 2000 });
      await wanted.waitFor({ state: 'visible', timeout: 5000 });
      await wanted.click({ timeout: 2000 });
      await input.waitFor({ state: 'hidden', timeout: 5000 });
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a command from the palette by its full title. */
export const command = (page: Page, title: string): Promise<void> => quickInput(page, 'F1', `>${title}`, title);

/** Opens a file of the workspace by Go to File, optionally at `line:column`. */
export async function openFile(page: Page, name: string, position?: string): Promise<void> {
  await quickInput(page, 'Control+p', position ? `${name}:${position}` : name, name);
  await visible(page.locator('.tab.active').filter({ hasText: name }), `the editor of ${name}`);
}

/** Widens the side bar, closes the Watch view and gives its place to the Variables view. */
export async function makeRoom(page: Page): Promise<void> {
  const bar = await page.locator('.part.sidebar').first().boundingBox();
  if (!bar) throw new Error('the side bar has no place on the screen');
  await drag(page, { x: bar.x + bar.width + 2, y: bar.y + bar.height / 2 }, { x: 160, y: 0 });
  const watch = page.locator('.pane-header[aria-label^="Watch"]');
  if ((await watch.getAttribute('aria-expanded')) === 'true') await watch.click();
  await until('the Watch view closed', async () => (await watch.getAttribute('aria-expanded')) === 'false');
  const header = await watch.boundingBox();
  if (header) await drag(page, { x: header.x + header.width / 2, y: header.y }, { x: 0, y: 180 });
}

async function drag(page: Page, from: { x: number; y: number }, by: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.waitForTimeout(300); // a sash wakes up under the mouse
  await page.mouse.down();
  await page.mouse.move(from.x + by.x, from.y + by.y, { steps: 8 });
  await page.mouse.up();
}

/** Clicks the gutter beside a line that is on screen and waits for the red dot. */
export async function toggleBreakpoint(page: Page, line: number): Promise<void> {
  const editor = page.locator('.editor-instance').first();
  const number = editor.locator('.line-numbers', { hasText: new RegExp(`^${line}$`) });
  const row = await (await visible(number, `line ${line}`)).boundingBox();
  const margin = await editor.locator('.margin').first().boundingBox();
  if (!row || !margin) throw new Error(`line ${line} has no place on the screen`);
  await page.mouse.click(margin.x + 8, row.y + row.height / 2);
  await visible(page.locator('.codicon-debug-breakpoint'), `the breakpoint on line ${line}`);
}

/** Starts or continues with F5 and waits for the next stop, which the call stack must show. */
export async function goOn(page: Page, frame: string, key = 'F5'): Promise<void> {
  await page.keyboard.press(key);
  await stoppedAt(page, frame);
}

const stackRows = (page: Page) => page.locator('.debug-call-stack .monaco-list-row');

/** Waits until the top of the call stack shows a text. */
export async function stoppedAt(page: Page, frame: string): Promise<void> {
  const row = stackRows(page).filter({ has: page.locator('.stack-frame') });
  await until(
    `a stop in ${frame}`,
    async () => {
      const top = await row
        .first()
        .textContent({ timeout: 500 })
        .catch(() => '');
      return (top ?? '').includes(frame) && (await page.locator('.debug-toolbar [aria-label^="Continue"]').count()) > 0;
    },
    PATIENCE,
  );
}

/** Texts of the visible frames, top first. */
export async function callStack(page: Page): Promise<string[]> {
  return stackRows(page)
    .filter({ has: page.locator('.stack-frame') })
    .allInnerTexts();
}

const variableRows = (page: Page) => page.locator('.debug-variables .monaco-list-row');

/** The row of a scope or variable by its name, or by how its accessible name begins; scrolls the view to find it. */
export async function variable(page: Page, name: string | RegExp): Promise<Locator> {
  const wanted =
    typeof name === 'string' ? new RegExp(`^(Scope )?${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(,|$| )`) : name;
  const row = variableRows(page).and(page.getByLabel(wanted)).first();
  const pane = page.locator('.debug-variables .monaco-list').first();
  await visible(pane, 'the Variables view');
  for (const direction of [0, 1, -1]) {
    for (let turn = 0; turn < (direction === 0 ? 10 : 40); turn++) {
      if (await row.isVisible()) return row;
      const box = await pane.boundingBox();
      if (!box) throw new Error('the Variables view has no place on the screen');
      if (direction !== 0) {
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.wheel(0, direction * 60);
      }
      await page.waitForTimeout(100);
    }
  }
  const seen = await variableRows(page).evaluateAll((rows) => rows.map((each) => each.getAttribute('aria-label')));
  throw new Error(`the Variables view shows no ${name}, but ${seen.join(' | ')}`);
}

/** Opens (or closes) a scope or variable and answers its row. */
export async function expand(page: Page, name: string, open = true): Promise<Locator> {
  const row = await variable(page, name);
  await until(`${name} ${open ? 'open' : 'closed'}`, async () => {
    if ((await row.getAttribute('aria-expanded')) === String(open)) return true;
    await row
      .locator('.monaco-tl-twistie')
      .click({ timeout: 1000 })
      .catch(() => undefined);
    await page.waitForTimeout(500); // the tree refreshes late, and a second click would undo the first
    return (await row.getAttribute('aria-expanded')) === String(open);
  });
  return row;
}

/** What the Variables view says of a scope or variable: its accessible name. */
export const shown = async (page: Page, name: string | RegExp): Promise<string> =>
  (await (await variable(page, name)).getAttribute('aria-label')) ?? '';

/** The document inside the active webview. */
export const webview = (page: Page): FrameLocator =>
  page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');

/** Line number the editor marks as the top of the stack. */
export async function stoppedLine(page: Page): Promise<number> {
  const mark = await visible(page.locator('.debug-top-stack-frame-line'), 'the line the program stopped at');
  const place = await mark.boundingBox();
  for (const number of await page.locator('.editor-instance .line-numbers').all()) {
    const box = await number.boundingBox();
    if (box && place && Math.abs(box.y - place.y) < 4) return Number(await number.textContent());
  }
  return Number.NaN;
}
