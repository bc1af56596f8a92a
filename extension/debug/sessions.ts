import * as vscode from 'vscode';
import {
  CHANGED_EVENT,
  type ChangedEventBody,
  type CustomRequestName,
  type CustomRequests,
  DEBUG_TYPE,
} from '../../debug-adapter/protocol';
import { ContextKey } from '../ids';
import { afterChange, NO_SESSION, type SessionStatus } from './session-state';

/** The CCA debug session that views and panels look at: the one last started or selected. */
export interface Sessions extends vscode.Disposable {
  readonly status: SessionStatus;
  /** Fires when the status changed, at every stop at least. */
  readonly onDidChange: vscode.Event<SessionStatus>;
  /** Asks the adapter. Rejects without a session, and with the adapter's message when it refuses. */
  request<N extends CustomRequestName>(
    name: N,
    args: CustomRequests[N]['arguments'],
  ): Promise<CustomRequests[N]['response']>;
}

export function watchSessions(): Sessions {
  const changed = new vscode.EventEmitter<SessionStatus>();
  const states = new Map<string, SessionStatus>();
  let current: vscode.DebugSession | undefined;
  let status = NO_SESSION;

  const publish = (next: SessionStatus) => {
    status = next;
    void vscode.commands.executeCommand('setContext', ContextKey.hasMachine, status.state !== 'none');
    changed.fire(status);
  };
  const select = (session: vscode.DebugSession) => {
    current = session;
    publish(states.get(session.id) ?? { state: 'starting', name: session.name, generation: 0 });
  };

  const subscriptions = [
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === DEBUG_TYPE) select(session);
    }),
    vscode.debug.onDidChangeActiveDebugSession((session) => {
      if (session?.type === DEBUG_TYPE && session.id !== current?.id) select(session);
    }),
    vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
      if (session.type !== DEBUG_TYPE || event !== CHANGED_EVENT) return;
      const before = states.get(session.id) ?? { state: 'starting' as const, name: session.name, generation: 0 };
      const after = afterChange(before, body as ChangedEventBody);
      states.set(session.id, after);
      current ??= session;
      if (session.id === current.id) publish(after);
    }),
    vscode.debug.onDidTerminateDebugSession((session) => {
      states.delete(session.id);
      if (session.id !== current?.id) return;
      current = undefined;
      publish({ ...status, state: 'ended' });
    }),
  ];

  return {
    get status() {
      return status;
    },
    onDidChange: changed.event,
    async request(name, args) {
      if (current === undefined) throw new Error('No Arm CCA debug session is running.');
      return await current.customRequest(name, args);
    },
    dispose() {
      for (const subscription of subscriptions) subscription.dispose();
      changed.dispose();
    },
  };
}
