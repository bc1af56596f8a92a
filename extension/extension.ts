import * as vscode from 'vscode';
import { registerAdapterTracker } from './debug/adapter-tracker';
import { registerConfigurations } from './debug/configuration-provider';
import { watchSessions } from './debug/sessions';
import { registerLanguageClient } from './language-client/client';
import { registerMemoryMap } from './memory-map/panel';
import { registerSamples } from './samples';
import { registerCommandsView } from './views/commands-view';
import { registerContextsView } from './views/contexts-view';
import { registerRealmsView } from './views/realms-view';

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Realmscope', { log: true });
  const sessions = watchSessions();
  context.subscriptions.push(
    log,
    sessions,
    ...registerConfigurations(),
    ...registerAdapterTracker(log),
    ...registerRealmsView(sessions),
    ...registerCommandsView(),
    ...registerContextsView(sessions),
    ...registerMemoryMap(context, sessions),
    ...registerSamples(context),
    ...registerLanguageClient(context),
  );
}
