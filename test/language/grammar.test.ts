import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { SYSREG_ROWS } from '../../emulator/cpu/sysreg/sysreg';
import { ROWS } from '../../emulator/cpu/table/table';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';

interface Rule {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly include?: string;
  readonly patterns?: readonly Rule[];
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}

const grammar = JSON.parse(readFileSync('syntaxes/a64.tmLanguage.json', 'utf8')) as {
  readonly patterns: readonly Rule[];
  readonly repository: Readonly<Record<string, { readonly patterns: readonly Rule[] }>>;
};

/** The grammar uses only what JavaScript's expressions also have, but for the inline flag. */
const expression = (source: string): RegExp =>
  new RegExp(source.replace('(?i)', ''), source.startsWith('(?i)') ? 'gi' : 'g');

const rules = (group: string): readonly Rule[] => grammar.repository[group]!.patterns;

/** Scopes of the first rule that takes the whole of a text. */
function scopeOf(text: string): string | undefined {
  for (const { include } of grammar.patterns) {
    for (const rule of rules(include!.slice(1))) {
      const source = rule.match ?? rule.begin;
      const match = source === undefined ? null : expression(source).exec(text);
      if (match !== null && match[0] === text) return rule.name ?? rule.captures?.['1']?.name;
    }
  }
  return undefined;
}

describe('A64 grammar', () => {
  it('compiles', () => {
    for (const group of Object.keys(grammar.repository))
      for (const { match, begin } of rules(group)) assert.doesNotThrow(() => expression(match ?? begin ?? ''), group);
    for (const { include } of grammar.patterns) assert.ok(rules(include!.slice(1)).length > 0, include);
  });

  it('knows the mnemonic of every instruction of the emulator', () => {
    const unknown = ROWS.map(
      (row) => row.text(Object.fromEntries(row.fields.map(({ name }) => [name, 0])), 0n).split(' ')[0]!,
    )
      .filter((mnemonic) => /^[a-z]/.test(mnemonic))
      .filter((mnemonic) => !/^keyword\./.test(scopeOf(mnemonic) ?? ''));
    assert.deepEqual(unknown, []);
  });

  it('knows every system register of the emulator', () => {
    const unknown = SYSREG_ROWS.map(({ name }) => name.toLowerCase()).filter(
      (name) => scopeOf(name) !== 'variable.language.system-register.a64',
    );
    assert.deepEqual(unknown, []);
  });

  it('knows every command, also as headers write it', () => {
    for (const { name } of CATALOGUE)
      for (const spelled of [name, `SMC_${name}`])
        assert.equal(scopeOf(spelled), 'support.function.command.cca.a64', spelled);
  });

  it('tells what an operand is', () => {
    const expected: Readonly<Record<string, string>> = {
      x0: 'variable.language.register.a64',
      w30: 'variable.language.register.a64',
      sp: 'variable.language.register.a64',
      'v31.16b': 'variable.language.register.a64',
      '#-0x10': 'constant.numeric.hex.a64',
      '#16': 'constant.numeric.decimal.a64',
      ':lo12:': 'storage.modifier.relocation.a64',
      '1b': 'constant.other.label.local.a64',
      ishst: 'support.constant.operation.a64',
      '// text': 'comment.line.double-slash.a64',
      '# text': 'comment.line.number-sign.a64',
      '.balign': 'keyword.control.directive.a64',
      'loop:': 'entity.name.function.label.a64',
      '1:': 'entity.name.label.local.a64',
      'b.ne': 'keyword.control.branch.a64',
      blo: 'keyword.control.branch.a64',
      '\\number': 'variable.parameter.macro.a64',
    };
    for (const [text, scope] of Object.entries(expected)) assert.equal(scopeOf(text), scope, text);
    for (const text of ['x31', 'x100', 'main', 'bss', '.Llabel', 'RMIX_A'])
      assert.equal(scopeOf(text), undefined, text);
  });

  it('takes preprocessor lines for what they are', () => {
    assert.match(scopeOf('#include "rsi.h"') ?? '', /include/);
    assert.equal(scopeOf('#define RSI_FID'), 'meta.preprocessor.define.a64');
    assert.equal(scopeOf('#ifdef'), 'keyword.control.directive.conditional.a64');
  });
});
