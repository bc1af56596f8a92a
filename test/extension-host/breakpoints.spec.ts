import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CommandId } from '../../extension/ids';
import { activeExtension, until } from './support';

const names = (): string[] =>
  vscode.debug.breakpoints
    .filter((breakpoint) => breakpoint instanceof vscode.FunctionBreakpoint)
    .map((breakpoint) => breakpoint.functionName);

suite('command breakpoints', () => {
  suiteSetup(activeExtension);
  setup(() => vscode.debug.removeBreakpoints(vscode.debug.breakpoints));
  suiteTeardown(() => vscode.debug.removeBreakpoints(vscode.debug.breakpoints));

  test('are function breakpoints of the command’s name, added once', async () => {
    await vscode.commands.executeCommand(CommandId.breakOnCommand, 'RMI_REALM_CREATE');
    await vscode.commands.executeCommand(CommandId.breakOnCommand, 'rmi_realm_create');
    await until('the breakpoint', () => names().length > 0 || undefined);
    assert.deepEqual(names(), ['RMI_REALM_CREATE']);
  });

  test('are removed without touching others', async () => {
    vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint('main')]);
    await vscode.commands.executeCommand(CommandId.breakOnCommand, 'RSI_VERSION');
    await until('both', () => names().length === 2 || undefined);
    await vscode.commands.executeCommand(CommandId.removeCommandBreakpoints);
    await until('one left', () => names().length === 1 || undefined);
    assert.deepEqual(names(), ['main']);
  });
});
