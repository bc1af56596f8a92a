import * as vscode from 'vscode';
import type { RealmRow } from '../../debug-adapter/protocol';
import type { Sessions } from '../debug/sessions';
import { CommandId, ViewId } from '../ids';
import { childrenOf, realmNode, rimsOf } from './realm-nodes';

/** Realms → RECs, measurements and properties, as of the last stop. */
export function registerRealmsView(sessions: Sessions): vscode.Disposable[] {
  let rows: readonly RealmRow[] = [];
  const changed = new vscode.EventEmitter<undefined>();
  const provider: vscode.TreeDataProvider<RealmRow> = {
    onDidChangeTreeData: changed.event,
    getChildren: (row) => childrenOf(rows, row?.id),
    getParent: (row) => rows.find((other) => other.id === row.parent),
    getTreeItem: (row) => treeItem(row, rows, sessions.status.state === 'ended'),
  };
  const view = vscode.window.createTreeView(ViewId.realms, { treeDataProvider: provider });
  const refresh = async () => {
    const { state, name } = sessions.status;
    if (state === 'stopped' || state === 'running') {
      rows = await sessions.request('cca/realms', {}).then(
        (answer) => answer.rows,
        () => rows,
      );
    } else if (state !== 'ended') rows = [];
    view.description = state === 'ended' ? `${name}, session ended` : state === 'running' ? 'running' : '';
    changed.fire(undefined);
  };
  return [
    view,
    changed,
    sessions.onDidChange(refresh),
    vscode.commands.registerCommand(CommandId.copyValue, (row: RealmRow) =>
      vscode.env.clipboard.writeText(row.value ?? ''),
    ),
    vscode.commands.registerCommand(CommandId.copyRim, (row?: RealmRow) => copyRim(rows, row)),
  ];
}

function treeItem(row: RealmRow, rows: readonly RealmRow[], ended: boolean): vscode.TreeItem {
  const node = realmNode(row, rows);
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(node.label, { none: None, closed: Collapsed, open: Expanded }[node.children]);
  item.id = row.id;
  item.description = node.description;
  item.tooltip = node.tooltip;
  item.contextValue = node.context;
  const colour = ended ? 'disabledForeground' : node.colour;
  item.iconPath = new vscode.ThemeIcon(node.icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
  item.accessibilityInformation = { label: `${node.label}, ${row.detail}` };
  return item;
}

async function copyRim(rows: readonly RealmRow[], row: RealmRow | undefined): Promise<string | undefined> {
  const rims = rimsOf(rows, row?.kind === 'realm' ? row.id : undefined);
  if (rims.length === 0) {
    void vscode.window.showInformationMessage('No Realm exists at this stop, so there is no RIM to copy.');
    return undefined;
  }
  const choice =
    rims.length === 1
      ? rims[0]!.rim
      : (
          await vscode.window.showQuickPick(
            rims.map(({ realm, rim }) => ({ label: realm, description: rim, rim })),
            { title: 'Copy RIM', placeHolder: 'Realm' },
          )
        )?.rim;
  if (choice !== undefined) await vscode.env.clipboard.writeText(choice);
  return choice;
}
