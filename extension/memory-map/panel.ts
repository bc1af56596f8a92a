import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { RealmRow } from '../../debug-adapter/protocol';
import type { Sessions } from '../debug/sessions';
import { CommandId, MEMORY_MAP_PANEL } from '../ids';
import { PANEL_REQUESTS, type ToExtension, type ToPanel } from '../webview/messages';
import { memoryMapPage } from './html';

const TITLE = 'Memory Ownership Map';
/** Milliseconds between pictures while the guest runs. */
const RUNNING_PERIOD = 250;

/** One panel a window: who owns which granule, live at every stop. */
export function registerMemoryMap(context: vscode.ExtensionContext, sessions: Sessions): vscode.Disposable[] {
  let panel: vscode.WebviewPanel | undefined;
  let pendingReveal: string | undefined;

  const adopt = (adopted: vscode.WebviewPanel) => {
    panel = adopted;
    connectPanel(adopted, context.extensionUri, sessions, () => {
      if (pendingReveal !== undefined) post(adopted, { type: 'reveal', pa: pendingReveal });
      pendingReveal = undefined;
    });
    adopted.onDidDispose(() => {
      if (panel === adopted) panel = undefined;
    });
  };
  const open = (pa?: string) => {
    if (panel !== undefined) {
      panel.reveal();
      if (pa !== undefined) post(panel, { type: 'reveal', pa });
      return;
    }
    pendingReveal = pa;
    adopt(vscode.window.createWebviewPanel(MEMORY_MAP_PANEL, TITLE, vscode.ViewColumn.Active, options(context)));
  };

  return [
    vscode.commands.registerCommand(CommandId.openMemoryMap, (pa?: unknown) =>
      open(typeof pa === 'string' ? pa : undefined),
    ),
    vscode.commands.registerCommand(CommandId.revealInMap, (row: RealmRow) => open(row.pa)),
    vscode.window.registerWebviewPanelSerializer(MEMORY_MAP_PANEL, {
      async deserializeWebviewPanel(restored) {
        restored.webview.options = options(context);
        adopt(restored);
      },
    }),
    sessions.onDidChange(({ state }) => {
      const wanted = vscode.workspace.getConfiguration('realmscope').get<boolean>('memoryMap.openOnStart');
      if (state === 'starting' && wanted && panel === undefined) open();
    }),
    { dispose: () => panel?.dispose() },
  ];
}

const options = (context: vscode.ExtensionContext): vscode.WebviewOptions => ({
  enableScripts: true,
  localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist')],
});

const post = (panel: vscode.WebviewPanel, message: ToPanel) => void panel.webview.postMessage(message);

function connectPanel(panel: vscode.WebviewPanel, root: vscode.Uri, sessions: Sessions, ready: () => void): void {
  const { webview } = panel;
  const sendStatus = () => post(panel, { type: 'status', status: sessions.status });
  webview.onDidReceiveMessage((message: ToExtension) => {
    if (message.type === 'ready') {
      sendStatus();
      ready();
    } else void handle(panel, sessions, message);
  });
  const subscriptions = [
    sessions.onDidChange(sendStatus),
    panel.onDidChangeViewState(() => panel.visible && sendStatus()),
    // A running guest sends no events: the panel asks again for as long as it is visible.
    every(RUNNING_PERIOD, () => panel.visible && sessions.status.state === 'running' && sendStatus()),
  ];
  panel.onDidDispose(() => {
    for (const subscription of subscriptions) subscription.dispose();
  });
  const icon = (theme: string) => vscode.Uri.joinPath(root, 'extension', 'media', `map-${theme}.svg`);
  panel.iconPath = { light: icon('light'), dark: icon('dark') };
  const asset = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, 'dist', name)).toString();
  webview.html = memoryMapPage({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64url'),
    script: asset('memory-map.js'),
    style: asset('memory-map.css'),
    colourBy: vscode.workspace.getConfiguration('realmscope').get('memoryMap.colourBy', 'state'),
  });
}

async function handle(
  panel: vscode.WebviewPanel,
  sessions: Sessions,
  message: Exclude<ToExtension, { type: 'ready' }>,
): Promise<void> {
  switch (message.type) {
    case 'copy':
      return vscode.env.clipboard.writeText(message.text);
    case 'command':
      return vscode.commands.executeCommand(CommandId[message.command]);
    case 'ask': {
      const { id, request } = message;
      try {
        if (!PANEL_REQUESTS.includes(request)) throw new Error(`The memory ownership map may not ask ${request}.`);
        post(panel, { type: 'answer', id, body: await sessions.request(request, message.arguments as never) });
      } catch (error) {
        post(panel, { type: 'refusal', id, message: error instanceof Error ? error.message : String(error) });
      }
    }
  }
}

function every(milliseconds: number, action: () => void): vscode.Disposable {
  const timer = setInterval(action, milliseconds);
  return { dispose: () => clearInterval(timer) };
}
