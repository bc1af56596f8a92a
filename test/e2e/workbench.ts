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

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/** Runs a command from the palette by its full title. */
export async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  const input = await visible(page.locator('.quick-input-widget input'), 'the command palette');
  await input.fill(`>${title}`);
  const row = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title });
  await visible(row, `the command “${title}”`);
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').first().waitFor({ state: 'hidden', timeout: PATIENCE });
}

/** Widens the side bar and closes the Watch view, so that the Variables view shows what it holds. */
export async function makeRoom(page: Page): Promise<void> {
  const bar = await page.locator('.part.sidebar').first().boundingBox();
  if (!bar) throw new Error('the side bar has no place on the screen');
  const sash = { x: bar.x + bar.width, y: bar.y + bar.height / 2 };
  await page.mouse.move(sash.x + 2, sash.y);
  await page.mouse.down();
  await page.mouse.move(sash.x + 160, sash.y, { steps: 8 });
  await page.mouse.up();
  const watch = page.locator('.pane-header[aria-label^="Watch"]');
  if ((await watch.getAttribute('aria-expanded')) === 'true') await watch.click();
}

/** Opens a file of the workspace by Go to File, optionally at `line:column`. */
export async function openFile(page: Page, name: string, position?: string): Promise<void> {
  await page.keyboard.press('Control+p');
  const input = await visible(page.locator('.quick-input-widget input'), 'Go to File');
  await input.fill(position ? `${name}:${position}` : name);
  const row = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: name });
  await visible(row, `${name} in Go to File`);
  await page.keyboard.press('Enter');
  await visible(page.locator('.tab.active').filter({ hasText: name.split('/').at(-1)! }), `the editor of ${name}`);
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

/** The row of a scope or variable whose accessible name starts so; scrolls the view to find it. */
export async function variable(page: Page, name: string): Promise<Locator> {
  const wanted = new RegExp(`^(Scope )?${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(,|$| )`);
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

/** Accessible names of the rows below an open row that are on screen. */
export async function childrenOf(page: Page, name: string): Promise<string[]> {
  const row = await variable(page, name);
  const level = Number(await row.getAttribute('aria-level'));
  const index = Number(await row.getAttribute('data-index'));
  const rows = await variableRows(page).evaluateAll((all) =>
    all.map((each) => ({
      index: Number(each.getAttribute('data-index')),
      level: Number(each.getAttribute('aria-level')),
      label: each.getAttribute('aria-label') ?? '',
    })),
  );
  const below = rows.filter((each) => each.index > index).sort((a, b) => a.index - b.index);
  const end = below.findIndex((each) => each.level <= level);
  return (end < 0 ? below : below.slice(0, end)).filter((each) => each.level === level + 1).map(({ label }) => label);
}

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
