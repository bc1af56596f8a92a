import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activeExtension, sampleFile, until } from './support';

async function hoverText(document: vscode.TextDocument, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === 'string' ? content : content.value))
    .join('\n');
}

const open = (language: string, content: string) => vscode.workspace.openTextDocument({ language, content });

suite('language server', () => {
  suiteSetup(activeExtension);

  for (const [language, content] of [
    ['c', 'long f(void) { return smc(RSI_REALM_CONFIG); }'],
    ['cpp', 'auto f = SMC_RSI_REALM_CONFIG;'],
    ['rust', 'const F: u64 = 0xC400_0196;'],
    ['a64', '  ldr x0, =RSI_REALM_CONFIG'],
  ] as const)
    test(`explains RSI_REALM_CONFIG in ${language}`, async () => {
      const document = await open(language, content);
      const position = document.positionAt(content.search(/RSI_|0xC4/) + 3);
      const text = await until('hover', async () => (await hoverText(document, position)) || undefined);
      assert.match(text, /\*\*RSI_REALM_CONFIG\*\* `0xC4000196`/);
      assert.match(text, /Fails, checked in this order/);
    });

  test('explains what the sample calls', async () => {
    const document = await vscode.workspace.openTextDocument(sampleFile('main.c'));
    const at = document.getText().indexOf('rsi_realm_config(&');
    const text = await until(
      'hover',
      async () => (await hoverText(document, document.positionAt(at + 3))) || undefined,
    );
    assert.match(text, /\*\*RSI_REALM_CONFIG\*\*/);
  });

  test('completes names and, after a dot, fields', async () => {
    const content = 'RmiRealmParams p;\nint x = RMI_REALM_C;\nint y = p.;\n';
    const document = await open('c', content);
    const labels = async (text: string) => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        document.positionAt(content.indexOf(text) + text.length),
      );
      return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    };
    await until('completion', async () => (await labels('RMI_REALM_C')).includes('RMI_REALM_CREATE') || undefined);
    const fields = await labels('p.');
    for (const field of ['s2sz', 'rtt_base', 'hash_algo']) assert.ok(fields.includes(field), field);
  });

  test('leaves other files alone', async () => {
    const document = await open('c', 'int main(void) { return 0; }');
    assert.equal(await hoverText(document, new vscode.Position(0, 5)), '');
  });
});
