import * as vscode from 'vscode';
import { DEBUG_TYPE } from '../../debug-adapter/protocol';
import { CommandId } from '../ids';
import { watchAdapter } from './adapter-watch';

/**
 * Writes the conversation with the adapter to the log (level Trace) and makes its death visible: VS Code itself shows
 * nothing when an adapter ends before it said so.
 */
export function registerAdapterTracker(log: vscode.LogOutputChannel): vscode.Disposable[] {
  return [
    vscode.commands.registerCommand(CommandId.showAdapterLog, () => log.show()),
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, {
      createDebugAdapterTracker: (session) => watchAdapter(session.name, log, (how) => void showDeath(how)),
    }),
  ];
}

async function showDeath(how: string): Promise<void> {
  const show = 'Show log';
  const choice = await vscode.window.showErrorMessage(
    `Realmscope: ${how}. Its last output is in the Debug Console.`,
    show,
  );
  if (choice === show) await vscode.commands.executeCommand(CommandId.showAdapterLog);
}
