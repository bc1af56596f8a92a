// Renders the panels with a made-up machine in headless Chromium, in every kind of theme, for people to look at:
// node scripts/panels.mjs [out/panels]. Needs Chromium: CHROMIUM names it, else it is looked for on PATH.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { chromium } from 'playwright-core';

const out = resolve(process.argv[2] ?? 'out/panels');
mkdirSync(out, { recursive: true });
const executablePath =
  process.env['CHROMIUM'] ??
  execFileSync('sh', ['-c', 'command -v chromium || command -v google-chrome'], { encoding: 'utf8' }).trim();

/** The few variables of VS Code's default themes that the panels use beside their own. */
const themes = {
  dark: {
    class: 'vscode-dark',
    'editor-background': '#1f1f1f',
    'editor-foreground': '#cccccc',
    descriptionForeground: '#9d9d9d',
    'panel-border': '#2b2b2b',
    'button-background': '#0078d4',
    'button-foreground': '#ffffff',
    'button-secondaryBackground': '#313131',
    'button-secondaryForeground': '#cccccc',
    focusBorder: '#0078d4',
    'textLink-foreground': '#4daafc',
    'input-background': '#313131',
    'input-foreground': '#cccccc',
    'input-border': '#3c3c3c',
    'input-placeholderForeground': '#989898',
    'editorHoverWidget-background': '#202020',
    'editorHoverWidget-foreground': '#cccccc',
    'editorHoverWidget-border': '#454545',
    'list-inactiveSelectionBackground': '#37373d',
    errorForeground: '#f85149',
    'editorWarning-foreground': '#cca700',
  },
  light: {
    class: 'vscode-light',
    'editor-background': '#ffffff',
    'editor-foreground': '#3b3b3b',
    descriptionForeground: '#6b6b6b',
    'panel-border': '#e5e5e5',
    'button-background': '#005fb8',
    'button-foreground': '#ffffff',
    'button-secondaryBackground': '#e5e5e5',
    'button-secondaryForeground': '#3b3b3b',
    focusBorder: '#005fb8',
    'textLink-foreground': '#005fb8',
    'input-background': '#ffffff',
    'input-foreground': '#3b3b3b',
    'input-border': '#cecece',
    'input-placeholderForeground': '#767676',
    'editorHoverWidget-background': '#f8f8f8',
    'editorHoverWidget-foreground': '#3b3b3b',
    'editorHoverWidget-border': '#c8c8c8',
    'list-inactiveSelectionBackground': '#e4e6f1',
    errorForeground: '#f85149',
    'editorWarning-foreground': '#bf8803',
  },
  'high-contrast': {
    class: 'vscode-high-contrast',
    'editor-background': '#000000',
    'editor-foreground': '#ffffff',
    descriptionForeground: '#d4d4d4',
    contrastBorder: '#6fc3df',
    contrastActiveBorder: '#f38518',
    'button-background': '#000000',
    'button-foreground': '#ffffff',
    'button-secondaryBackground': '#000000',
    'button-secondaryForeground': '#ffffff',
    'button-border': '#6fc3df',
    focusBorder: '#f38518',
    'textLink-foreground': '#21a6ff',
    'input-background': '#000000',
    'input-foreground': '#ffffff',
    'input-border': '#6fc3df',
    'input-placeholderForeground': '#bbbbbb',
    'editorHoverWidget-background': '#0c141f',
    'editorHoverWidget-foreground': '#ffffff',
    errorForeground: '#f48771',
    'editorWarning-foreground': '#ffd370',
  },
};

const bundle = async (entry, name) => {
  await esbuild.build({
    entryPoints: { [name]: entry },
    outdir: out,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'warning',
  });
};
await bundle('test/extension/memory-map-page.ts', 'page');
await bundle('extension/webview/memory-map/main.ts', 'memory-map');

const { contributes } = JSON.parse(readFileSync('package.json', 'utf8'));
const kindOf = { dark: 'dark', light: 'light', 'high-contrast': 'highContrast' };

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const problems = [];

async function page(theme, width, height, colourBy, deviceScaleFactor = 1) {
  const { class: kind, ...colours } = themes[theme];
  const own = contributes.colors.map(
    ({ id, defaults }) => `--vscode-${id.replaceAll('.', '-')}:${defaults[kindOf[theme]]}`,
  );
  const variables = [...Object.entries(colours).map(([name, value]) => `--vscode-${name}:${value}`), ...own].join(';');
  const fonts =
    '--vscode-font-family:system-ui,Ubuntu,sans-serif;--vscode-font-size:13px;--vscode-editor-font-family:"DejaVu Sans Mono",monospace';
  const html = `<!DOCTYPE html><html style='${variables};${fonts}'><link rel=stylesheet href=memory-map.css>
    <body class="${kind}"><main id="memory-map" data-colour-by="${colourBy}"></main><script src=page.js></script><script src=memory-map.js></script>`;
  const file = resolve(out, `page-${theme}-${width}.html`);
  writeFileSync(file, html);
  const made = await browser.newPage({ viewport: { width, height }, deviceScaleFactor });
  made.on('pageerror', (error) => problems.push(`${theme}: ${error.message}`));
  await made.goto(pathToFileURL(file).href);
  await made.waitForSelector('.welcome p');
  return made;
}

const status = (made, state, generation = 1) =>
  made.evaluate(
    ([to, number]) =>
      globalThis.send({ type: 'status', status: { state: to, name: 'attest + inference', generation: number } }),
    [state, generation],
  );
const shot = (made, name) => made.screenshot({ path: resolve(out, `${name}.png`) });
const settle = (made) => made.waitForTimeout(250);

for (const theme of Object.keys(themes)) {
  const made = await page(theme, 1300, 900, theme === 'light' ? 'pas' : 'state');
  await shot(made, `${theme}-none`);
  await status(made, 'stopped');
  await made.waitForSelector('#memory-map[data-ready]');
  await settle(made);
  await shot(made, `${theme}-overview`);
  await made.evaluate(() => globalThis.send({ type: 'reveal', pa: '0x90044000' }));
  await made.waitForSelector('.card section');
  await settle(made);
  await shot(made, `${theme}-card`);
  await made.keyboard.press('c');
  await made.keyboard.press('c');
  await settle(made);
  await shot(made, `${theme}-tile-other`);
  await made.keyboard.press('Backspace');
  await made
    .locator('.plate canvas')
    .first()
    .hover({ position: { x: 110, y: 92 } });
  await settle(made);
  await shot(made, `${theme}-loupe`);
  await status(made, 'ended', 2);
  await settle(made);
  await shot(made, `${theme}-ended`);
  await made.getByRole('button', { name: 'Show as table' }).click();
  await settle(made);
  await shot(made, `${theme}-table`);
  await made.close();
}
for (const [name, width, height, scale] of [
  ['small', 900, 700, 1],
  ['zoomed', 650, 450, 2],
]) {
  const made = await page('dark', width, height, 'state', scale);
  await status(made, 'stopped');
  await made.waitForSelector('#memory-map[data-ready]');
  await shot(made, `${name}-overview`);
  for (const key of ['realm', 'mecid', 'pas']) {
    await made.click(`[data-key=${key}]`);
    await settle(made);
    if (scale === 1) await shot(made, `${name}-${key}`);
  }
  await made.close();
}
const narrow = await page('dark', 400, 900, 'state');
await status(narrow, 'stopped');
await settle(narrow);
await shot(narrow, 'narrow-overview');
await narrow.evaluate(() => globalThis.send({ type: 'reveal', pa: '0x90000000' }));
await settle(narrow);
await shot(narrow, 'narrow-card');
await browser.close();
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
