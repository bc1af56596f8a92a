import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { ASSEMBLY_LANGUAGE, GUEST_LANGUAGES } from '../ids';
import { mentionsCca } from './mentions';

const SETTING = 'realmscope.languageServer.enabled';

/**
 * Starts the language server when the first file that mentions the RMM's interfaces is open, so that a C or Rust project
 * without Realms pays for nothing but one look at its text.
 */
export function registerLanguageClient(context: vscode.ExtensionContext): vscode.Disposable[] {
  let client: Promise<LanguageClient> | undefined;

  const consider = (document: vscode.TextDocument, text = document.getText()) => {
    if (client !== undefined || !GUEST_LANGUAGES.some((language) => language === document.languageId)) return;
    if (vscode.workspace.getConfiguration().get<boolean>(SETTING) === false) return;
    // A file being written in assembly may get its first name by completion.
    if (document.languageId !== ASSEMBLY_LANGUAGE && !mentionsCca(text)) return;
    client = startClient(context);
  };
  const considerAll = () => {
    for (const document of vscode.workspace.textDocuments) consider(document);
  };
  const stop = async () => {
    const running = client;
    client = undefined;
    await (await running)?.dispose();
  };

  considerAll();
  return [
    vscode.workspace.onDidOpenTextDocument((document) => consider(document)),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (client !== undefined) return;
      for (const { range } of contentChanges) consider(document, document.lineAt(range.start.line).text);
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration(SETTING)) return;
      void stop().then(considerAll);
    }),
    { dispose: () => void stop() },
  ];
}

async function startClient(context: vscode.ExtensionContext): Promise<LanguageClient> {
  const { LanguageClient, TransportKind } = await import('vscode-languageclient/node');
  const module = vscode.Uri.joinPath(context.extensionUri, 'dist', 'language-server.js').fsPath;
  const client = new LanguageClient(
    'realmscope.languageServer',
    'Realmscope Language Server',
    { module, transport: TransportKind.ipc },
    { documentSelector: GUEST_LANGUAGES.map((language) => ({ language })) },
  );
  await client.start();
  return client;
}
