import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CommandId, MEMORY_MAP_PANEL } from '../../extension/ids';
import { activeExtension, sampleFile, until } from './support';

suite('activation', () => {
  test('is quick and registers every command', async () => {
    const begin = performance.now();
    await activeExtension();
    assert.ok(performance.now() - begin < 2000, 'activation costs next to nothing');
    const commands = await vscode.commands.getCommands(true);
    for (const command of Object.values(CommandId)) assert.ok(commands.includes(command), command);
  });

  test('A64 files of the sample have their language', async () => {
    const document = await vscode.workspace.openTextDocument(sampleFile('start.S'));
    assert.equal(document.languageId, 'a64');
  });

  test('the memory ownership map opens once', async () => {
    await vscode.commands.executeCommand(CommandId.openMemoryMap);
    await vscode.commands.executeCommand(CommandId.openMemoryMap);
    const tabs = () =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(MEMORY_MAP_PANEL));
    await until('the panel', () => tabs().length > 0 || undefined);
    assert.equal(tabs().length, 1);
    await vscode.window.tabGroups.close(tabs());
  });
});
