import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { debugGuest } from './debug/configuration-provider';
import { CommandId } from './ids';

const SAMPLE = ['samples', 'attest'] as const;

/** The sample that comes with the extension: a Realm guest that fetches its attestation token. */
export function registerSamples(context: vscode.ExtensionContext): vscode.Disposable[] {
  return [
    vscode.commands.registerCommand(CommandId.startAttestSample, () =>
      debugGuest(vscode.Uri.joinPath(context.extensionUri, ...SAMPLE, 'attest.elf').fsPath),
    ),
    vscode.commands.registerCommand(CommandId.openAttestSample, () => openSample(context)),
    vscode.commands.registerCommand(CommandId.debugGuest, (uri: vscode.Uri) =>
      debugGuest(uri.fsPath, vscode.workspace.getWorkspaceFolder(uri)),
    ),
  ];
}

/** Opens a copy that may be edited; the extension's own folder is replaced at every update. */
async function openSample(context: vscode.ExtensionContext): Promise<void> {
  const copy = join(context.globalStorageUri.fsPath, ...SAMPLE);
  await cp(vscode.Uri.joinPath(context.extensionUri, ...SAMPLE).fsPath, copy, { recursive: true, force: false });
  const forceNewWindow = vscode.workspace.workspaceFolders !== undefined;
  await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(copy), { forceNewWindow });
}
