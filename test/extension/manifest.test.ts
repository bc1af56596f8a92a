import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { extensionManifest } from '../../extension/contributions';
import { COLOURS } from '../../extension/contributions/colours';
import { SETTINGS } from '../../extension/contributions/settings';
import { CommandId, ViewId } from '../../extension/ids';

interface Manifest {
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly colors: readonly { readonly id: string; readonly defaults: Readonly<Record<string, string>> }[];
    readonly languages: readonly { readonly extensions: readonly string[]; readonly configuration: string }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly viewsContainers: { readonly activitybar: readonly { readonly icon: string }[] };
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsWelcome: readonly { readonly contents: string }[];
  };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { contributes } = manifest;

describe('package.json', () => {
  it('is what the typed descriptions make (node scripts/contributions.mjs writes it)', () => {
    const described = JSON.parse(JSON.stringify(extensionManifest())) as Record<string, unknown>;
    for (const [field, value] of Object.entries(described))
      assert.deepEqual((manifest as unknown as Record<string, unknown>)[field], value, field);
  });

  it('contributes every command of the code once, with a category, and menus name no other', () => {
    const ids = contributes.commands.map(({ command }) => command);
    assert.deepEqual([...ids].sort(), Object.values(CommandId).sort());
    for (const { title, category } of contributes.commands) assert.ok(title && category === 'Realmscope');
    for (const entries of Object.values(contributes.menus))
      for (const { command } of entries) assert.ok(ids.includes(command), command);
    for (const { contents } of contributes.viewsWelcome)
      for (const [, command] of contents.matchAll(/\(command:([^)]+)\)/g)) assert.ok(ids.includes(command!), command);
  });

  it('has the views of the code', () => {
    const views = Object.values(contributes.views).flatMap((group) => group.map(({ id }) => id));
    assert.deepEqual(views.sort(), Object.values(ViewId).sort());
  });

  it('names files that exist', () => {
    const files = [
      manifest.icon,
      ...contributes.languages.map(({ configuration }) => configuration),
      ...contributes.grammars.map(({ path }) => path),
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
    ];
    for (const file of files) assert.ok(readFileSync(file).length > 100, file);
  });

  it('has an icon of 256 by 256 pixels', () => {
    const icon = readFileSync(manifest.icon);
    assert.equal(icon.toString('latin1', 1, 4), 'PNG');
    assert.deepEqual([icon.readUInt32BE(16), icon.readUInt32BE(20)], [256, 256]);
  });

  it('gives every colour for all four kinds of theme, as VS Code reads them', () => {
    assert.equal(contributes.colors.length, COLOURS.length);
    for (const { id, defaults } of contributes.colors) {
      assert.match(id, /^realmscope(\.\w+)+$/);
      for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'])
        assert.match(defaults[theme] ?? '', /^#[0-9a-f]{6}$/, `${id} ${theme}`);
    }
  });

  it('keeps its hands off other assembly languages', () => {
    for (const { extensions } of contributes.languages)
      for (const extension of extensions) assert.ok(['.s', '.S', '.a64'].includes(extension), extension);
  });

  it('activates for nothing but its own debug type, its panel and the languages of guests', () => {
    for (const event of manifest.activationEvents)
      assert.match(event, /^(onDebug\w+:cca|onWebviewPanel:realmscope\.\w+|onLanguage:(c|cpp|rust|a64))$/);
  });

  it('describes every setting in words', () => {
    for (const [name, setting] of Object.entries(SETTINGS)) {
      assert.ok(name.startsWith('realmscope.'));
      assert.ok(setting.markdownDescription.endsWith('.'), name);
    }
  });
});
