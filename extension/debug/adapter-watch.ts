/** Follows the conversation with a debug adapter and notices when it ends without having said so. */
interface Message {
  readonly type?: string;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: { readonly error?: { readonly format?: string } };
}

export interface AdapterLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  trace(text: string): void;
}

/** The part of VS Code's debug adapter tracker that is used. */
export interface AdapterWatch {
  onWillStartSession(): void;
  onWillReceiveMessage(message: Message): void;
  onDidSendMessage(message: Message): void;
  onWillStopSession(): void;
  onError(error: Error): void;
  onExit(code: number | undefined, signal: string | undefined): void;
}

/** `died` is called at most once, with a clause that says how. */
export function watchAdapter(name: string, log: AdapterLog, died: (how: string) => void): AdapterWatch {
  let endExpected = false;
  let reported = false;
  const report = (how: string) => {
    log.error(`${name}: ${how}`);
    if (endExpected || reported) return;
    reported = true;
    died(how);
  };
  return {
    onWillStartSession: () => log.info(`${name}: starting`),
    onWillReceiveMessage(message) {
      if (message.command === 'disconnect' || message.command === 'terminate') endExpected = true;
      log.trace(`→ ${JSON.stringify(message)}`);
    },
    onDidSendMessage(message) {
      if (message.event === 'terminated') endExpected = true;
      if (message.type === 'response' && message.success === false)
        log.warn(`${name}: ${message.command} refused: ${message.body?.error?.format ?? message.message}`);
      log.trace(`← ${JSON.stringify(message)}`);
    },
    onWillStopSession() {
      endExpected = true;
    },
    onError: (error) => report(`the debug adapter failed: ${error.message}`),
    onExit(code, signal) {
      if (endExpected) log.info(`${name}: the debug adapter ended`);
      else report(`the debug adapter ended unexpectedly (${signal ?? `exit code ${code}`})`);
    },
  };
}
