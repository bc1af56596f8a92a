import * as vscode from 'vscode';
import type { ContextRow, ContextsResponse } from '../../debug-adapter/protocol';
import type { Sessions } from '../debug/sessions';
import { ViewId } from '../ids';

const NOTHING: ContextsResponse = { generation: 0, width: 0, rows: [] };

/** MECIDs in use, whose they are, and how often their contexts were given fresh keys. */
export function registerContextsView(sessions: Sessions): vscode.Disposable[] {
  let answer = NOTHING;
  const changed = new vscode.EventEmitter<undefined>();
  const view = vscode.window.createTreeView<ContextRow>(ViewId.contexts, {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (row) => (row === undefined ? [...answer.rows] : []),
      getTreeItem: contextItem,
    },
  });
  const refresh = async () => {
    const { state } = sessions.status;
    if (state === 'stopped' || state === 'running') {
      answer = await sessions.request('cca/contexts', {}).catch(() => answer);
    } else if (state !== 'ended') answer = NOTHING;
    view.description = answer.width === 0 ? '' : `${answer.width.toLocaleString('en')} MECIDs`;
    changed.fire(undefined);
  };
  return [view, changed, sessions.onDidChange(refresh)];
}

const mecidText = (mecid: number): string => `0x${mecid.toString(16).toUpperCase().padStart(4, '0')}`;

/** One MECID, or a stretch of unassigned ones. */
const contextLabel = ({ mecid, last }: ContextRow): string =>
  last === mecid ? mecidText(mecid) : `${mecidText(mecid)} … ${mecidText(last)}`;

const contextDescription = (row: ContextRow): string =>
  [
    row.state,
    row.owner,
    row.named === undefined ? '' : `MECID ${row.named} to the Host`,
    `generation ${row.generation}`,
  ]
    .filter(Boolean)
    .join(' · ');

function contextItem(row: ContextRow): vscode.TreeItem {
  const item = new vscode.TreeItem(contextLabel(row));
  item.id = `mecid:${row.mecid}`;
  item.description = contextDescription(row);
  item.iconPath = new vscode.ThemeIcon(row.owner === undefined ? 'circle-outline' : 'key');
  item.tooltip = `MECID ${contextLabel(row)}: ${contextDescription(row)}`;
  return item;
}
