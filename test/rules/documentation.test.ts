import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CUSTOM_REQUESTS } from '../../debug-adapter/protocol';
import { SYSREG_ROWS } from '../../emulator/cpu/sysreg/sysreg';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { anchorOf, brokenLinks } from './documentation';
import { describe, textOf } from './project';
import { textFiles } from './text-rules';

test('the link rule sees missing files and headings', () => {
  assert.equal(anchorOf('Who may `import` whom?'), 'who-may-import-whom');
  const text =
    '# A title\n[a](no-such-file.md) [b](package.json) [c](#a-title) [d](#no-title)\n```\n[e](nowhere)\n```\n';
  const findings = brokenLinks('README.md', text);
  assert.deepEqual(
    findings.map(({ line, what }) => [line, what.split(',')[0]]),
    [
      [2, 'links to no-such-file.md'],
      [2, 'links to #no-title'],
    ],
  );
});

test('links in the documentation lead somewhere', () => {
  const files = textFiles().filter((file) => file.endsWith('.md'));
  assert.ok(files.length > 0);
  assert.equal(describe(files.flatMap((file) => brokenLinks(file, textOf(file)))), '');
});

test('every command is documented from its row', () => {
  const hollow = CATALOGUE.flatMap(({ name, summary, inputs, outputs, failures }) => [
    ...(summary.length > 10 ? [] : [`${name} has no summary`]),
    ...[...inputs, ...outputs].filter((field) => !field.summary).map((field) => `${name} ${field.reg} has no summary`),
    ...failures.filter((failure) => !failure.text).map((failure) => `${name} ${failure.id} has no text`),
  ]);
  assert.deepEqual(hollow, []);
  assert.equal(new Set(CATALOGUE.map(({ name }) => name)).size, CATALOGUE.length);
});

test('every system register is documented from its row, fields included', () => {
  const hollow = SYSREG_ROWS.flatMap(({ name, summary, fields = [] }) => [
    ...(summary.length > 3 ? [] : [`${name} has no summary`]),
    ...fields.filter(([field, , , meaning]) => !field || !meaning).map(([field]) => `${name}.${field} has no meaning`),
  ]);
  assert.deepEqual(hollow, []);
  assert.equal(new Set(SYSREG_ROWS.map(({ name }) => name)).size, SYSREG_ROWS.length);
});

test('every custom request is documented', () => {
  const hollow = Object.entries(CUSTOM_REQUESTS).filter(([, summary]) => summary.length < 20);
  assert.deepEqual(hollow, []);
});
