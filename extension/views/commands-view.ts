import * as vscode from 'vscode';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import type { CatalogueCommand } from '../../emulator/rmm/commands/catalogue-types';
import { CommandId, ViewId } from '../ids';
import { commandsOf, fidText, INTERFACES, type InterfaceId, parseCommandName } from './command-list';

type Node = { readonly group: InterfaceId } | { readonly command: CatalogueCommand };

/** All commands with a checkbox: ticked means that a function breakpoint of that name exists and is enabled. */
export function registerCommandsView(): vscode.Disposable[] {
  const changed = new vscode.EventEmitter<undefined>();
  const view = vscode.window.createTreeView<Node>(ViewId.commandBreakpoints, {
    treeDataProvider: { onDidChangeTreeData: changed.event, getChildren: childNodes, getTreeItem: nodeItem },
    showCollapseAll: true,
  });
  return [
    view,
    changed,
    view.onDidChangeCheckboxState(({ items }) => {
      for (const [node, state] of items) {
        if ('command' in node) setBreakpoint(node.command.name, state === vscode.TreeItemCheckboxState.Checked);
      }
    }),
    vscode.debug.onDidChangeBreakpoints(() => changed.fire(undefined)),
    vscode.commands.registerCommand(CommandId.breakOnCommand, breakOnCommand),
    vscode.commands.registerCommand(CommandId.removeCommandBreakpoints, () =>
      vscode.debug.removeBreakpoints(commandBreakpoints()),
    ),
  ];
}

const childNodes = (node?: Node): Node[] => {
  if (node === undefined) return INTERFACES.map(({ id }) => ({ group: id }));
  return 'group' in node ? commandsOf(CATALOGUE, node.group).map((command) => ({ command })) : [];
};

function nodeItem(node: Node): vscode.TreeItem {
  if ('group' in node) {
    const group = INTERFACES.find(({ id }) => id === node.group)!;
    const item = new vscode.TreeItem(group.label, vscode.TreeItemCollapsibleState.Expanded);
    item.id = group.id;
    item.description = group.detail;
    return item;
  }
  const { command } = node;
  const item = new vscode.TreeItem(command.name);
  item.id = command.name;
  item.description = [fidText(command.fid), ...breakpointNotes(command.name)].join(' · ');
  item.tooltip = new vscode.MarkdownString(`**${command.name}** ${fidText(command.fid)}\n\n${command.summary}`);
  const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
  item.checkboxState = {
    state: breakpointsOn(command.name).some((breakpoint) => breakpoint.enabled) ? Checked : Unchecked,
    tooltip: `Stop when ${command.name} is called`,
  };
  return item;
}

/** What a tick alone cannot tell: disabled, conditional, after. */
function breakpointNotes(name: string): string[] {
  return breakpointsOn(name).flatMap((breakpoint) => [
    ...(breakpoint.enabled ? [] : ['disabled']),
    ...(breakpoint.condition === undefined ? [] : [`when ${breakpoint.condition}`]),
    ...(parseCommandName(breakpoint.functionName, CATALOGUE)?.after ? ['after'] : []),
  ]);
}

const commandBreakpoints = (): vscode.FunctionBreakpoint[] =>
  vscode.debug.breakpoints
    .filter((breakpoint) => breakpoint instanceof vscode.FunctionBreakpoint)
    .filter((breakpoint) => parseCommandName(breakpoint.functionName, CATALOGUE) !== undefined);

const breakpointsOn = (name: string): vscode.FunctionBreakpoint[] =>
  commandBreakpoints().filter((breakpoint) => parseCommandName(breakpoint.functionName, CATALOGUE)?.command === name);

/** A disabled breakpoint is replaced by an enabled one: the API can add and remove, not enable. */
export function setBreakpoint(name: string, wanted: boolean): void {
  const existing = breakpointsOn(name);
  if (wanted && existing.some((breakpoint) => breakpoint.enabled)) return;
  vscode.debug.removeBreakpoints(existing);
  if (!wanted) return;
  const kept = existing.map(
    (old) => new vscode.FunctionBreakpoint(old.functionName, true, old.condition, old.hitCondition, old.logMessage),
  );
  vscode.debug.addBreakpoints(kept.length > 0 ? kept : [new vscode.FunctionBreakpoint(name)]);
}

/** Quick pick of all commands; `name` skips the question (used by links and tests). */
async function breakOnCommand(name?: string): Promise<string | undefined> {
  const chosen = typeof name === 'string' ? parseCommandName(name, CATALOGUE)?.command : await pickCommand();
  if (chosen !== undefined) setBreakpoint(chosen, true);
  return chosen;
}

async function pickCommand(): Promise<string | undefined> {
  const items = INTERFACES.flatMap(({ id, label, detail }) => [
    { label: `${label}: ${detail}`, kind: vscode.QuickPickItemKind.Separator },
    ...commandsOf(CATALOGUE, id).map((command) => ({
      label: command.name,
      description: fidText(command.fid),
      detail: command.summary,
    })),
  ]);
  const choice = await vscode.window.showQuickPick(items, {
    title: 'Break on Command',
    placeHolder: 'Command to stop at, before its first check',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return choice?.label;
}
