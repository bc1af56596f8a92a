/** The reference pages of docs/ are made from the code (scripts/docs.mjs) and say what it says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CUSTOM_REQUESTS, LAUNCH_ATTRIBUTES } from '../../debug-adapter/protocol';
import { SYSREG_ROWS } from '../../emulator/cpu/sysreg/sysreg';
import { DEVICE_MODELS } from '../../emulator/devices/catalogue';
import { EVENTS } from '../../emulator/machine/event-table';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { textOf } from './project';

const PAGES = [
  'commands.md',
  'system-registers.md',
  'events.md',
  'devices.md',
  'launch.md',
  'custom-requests.md',
  'attacks.md',
];

const check = (folder: string) =>
  spawnSync(process.execPath, ['scripts/docs.mjs', '--check', '--folder', folder], { encoding: 'utf8' });

test('the generated pages are current', () => {
  const { status, stderr } = check('docs');
  assert.equal(stderr, '');
  assert.equal(status, 0);
});

test('a page that was changed by hand is named, and so is one that is missing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  try {
    for (const page of PAGES.slice(1)) copyFileSync(join('docs', page), join(folder, page));
    const events = join(folder, 'events.md');
    writeFileSync(events, readFileSync(events, 'utf8').replace('An SMC instruction trapped.', 'Something happened.'));
    const { status, stderr } = check(folder);
    assert.equal(status, 1);
    assert.deepEqual(
      stderr.match(/[a-z-]+\.md/g)?.filter((name) => PAGES.includes(name)),
      ['commands.md', 'events.md'],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('nothing the tables know is left out', () => {
  const absent = (page: string, names: readonly string[], form: (name: string) => string) => {
    const text = textOf(`docs/${page}`);
    return names.filter((name) => !text.includes(form(name)));
  };
  const code = (name: string) => `\`${name}\``;
  const commands = CATALOGUE.map(({ name }) => name);
  assert.deepEqual(
    absent('commands.md', commands, (name) => `\n### ${name}\n`),
    [],
  );
  const failures = CATALOGUE.flatMap((command) => command.failures.map(({ id }) => id));
  assert.deepEqual(
    absent('commands.md', failures, (id) => `fail \`${id}\``),
    [],
  );
  // Numbered registers are one line with the first and the last of them.
  const registers = SYSREG_ROWS.map(({ name }) => name).filter((name) => !/\d+(R?\d*)_EL\d$/.test(name));
  assert.deepEqual(absent('system-registers.md', registers, code), []);
  assert.deepEqual(absent('events.md', Object.keys(EVENTS), code), []);
  const devices = Object.values(DEVICE_MODELS).flatMap(({ title, registers }) => [
    `### ${title}`,
    ...registers.filter(({ summary }) => summary !== 'identification').map(({ name }) => code(name)),
  ]);
  assert.deepEqual(
    absent('devices.md', devices, (text) => text),
    [],
  );
  const attributes = LAUNCH_ATTRIBUTES.map(({ name }) => name);
  assert.deepEqual(absent('launch.md', attributes, code), []);
  assert.deepEqual(
    absent('custom-requests.md', Object.keys(CUSTOM_REQUESTS), (name) => `\n## ${name}\n`),
    [],
  );
});
