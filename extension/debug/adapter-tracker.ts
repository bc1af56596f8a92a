import * as vscode from 'vscode';
import { DEBUG_TYPE } from '../../debug-adapter/protocol';
import { CommandId } from '../ids';

/**
 * Writes the conversation with the adapter to the log (level Trace) and makes its death visible: VS Code itself shows
 * nothing when an adapter ends before it said so.
 */
export function registerAdapterTracker(log: vscode.LogOutputChannel): vscode.Disposable[] {
  return [
    vscode.commands.registerCommand(CommandId.showAdapterLog, () => log.show()),
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, {
      createDebugAdapterTracker: (session) => trackAdapter(session, log),
    }),
  ];
}

interface Message {
  readonly type?: string;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: { readonly error?: { readonly format?: string } };
}

export function trackAdapter(
  session: Pick<vscode.DebugSession, 'name'>,
  log: Pick<vscode.LogOutputChannel, 'info' | 'warn' | 'error' | 'trace'>,
): vscode.DebugAdapterTracker {
  let endExpected = false;
  let reported = false;
  const report = (what: string) => {
    log.error(`${session.name}: ${what}`);
    if (endExpected || reported) return;
    reported = true;
    void showDeath(what);
  };
  return {
    onWillStartSession: () => log.info(`${session.name}: starting`),
    onWillReceiveMessage(message: Message) {
      if (message.command === 'disconnect' || message.command === 'terminate') endExpected = true;
      log.trace(`→ ${JSON.stringify(message)}`);
    },
    onDidSendMessage(message: Message) {
      if (message.event === 'terminated') endExpected = true;
      if (message.type === 'response' && message.success === false)
        log.warn(`${session.name}: ${message.command} refused: ${message.body?.error?.format ?? message.message}`);
      log.trace(`← ${JSON.stringify(message)}`);
    },
    onWillStopSession() {
      endExpected = true;
    },
    onError: (error) => report(`the debug adapter failed: ${error.message}`),
    onExit(code, signal) {
      if (endExpected) log.info(`${session.name}: the debug adapter ended`);
      else report(`the debug adapter ended unexpectedly (${signal ?? `exit code ${code}`})`);
    },
  };
}

async function showDeath(what: string): Promise<void> {
  const show = 'Show log';
  const choice = await vscode.window.showErrorMessage(
    `Realmscope: ${what}. Its last output is in the Debug Console.`,
    show,
  );
  if (choice === show) await vscode.commands.executeCommand(CommandId.showAdapterLog);
}
