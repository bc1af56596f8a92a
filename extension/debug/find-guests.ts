import { open } from 'node:fs/promises';
import * as vscode from 'vscode';
import { ELF_HEADER_SIZE, isGuestElf } from './elf-header';

const NOT_SEARCHED = '**/{node_modules,.git,.cache}/**';
const MOST_CANDIDATES = 200;

/** Whether the file can be debugged. False also when it cannot be read. */
export async function isGuestFile(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const header = new Uint8Array(ELF_HEADER_SIZE);
      const { bytesRead } = await file.read(header, 0, ELF_HEADER_SIZE, 0);
      return bytesRead === ELF_HEADER_SIZE && isGuestElf(header);
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/** Paths of the AArch64 ELF executables of the workspace, or of one of its folders. */
export async function findGuests(folder?: vscode.WorkspaceFolder): Promise<string[]> {
  const pattern = '**/*.{elf,axf}';
  const include = folder === undefined ? pattern : new vscode.RelativePattern(folder, pattern);
  const files = await vscode.workspace.findFiles(include, NOT_SEARCHED, MOST_CANDIDATES);
  const paths = files.filter((uri) => uri.scheme === 'file').map((uri) => uri.fsPath);
  const guests = await Promise.all(paths.map(isGuestFile));
  return paths.filter((_, index) => guests[index]);
}

/** Path of the file in the active editor, text or not: an ELF opens in an editor that has no text document. */
export function activeFile(): string | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri =
    input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom
      ? input.uri
      : vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === 'file' ? uri.fsPath : undefined;
}
