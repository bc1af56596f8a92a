import assert from 'node:assert/strict';
import * as vscode from 'vscode';

/** Waits for something the editor does in its own time. */
export async function until<T>(
  what: string,
  read: () => T | undefined | Promise<T | undefined>,
  patience = 20_000,
): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    assert.ok(Date.now() < end, `${what}: not within ${patience / 1000} s`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export async function activeExtension(): Promise<vscode.Extension<unknown>> {
  const extension = vscode.extensions.getExtension('realmscope.realmscope');
  assert.ok(extension, 'the extension is installed');
  await extension.activate();
  return extension;
}

/** A file of the sample, which is the workspace of the suite. */
export function sampleFile(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'the suite runs with samples/attest open');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Messages of a debug session in the order in which the editor saw them. */
export class Transcript {
  readonly events: { readonly event: string; readonly body: Record<string, unknown> }[] = [];
  private readonly tracker = vscode.debug.registerDebugAdapterTrackerFactory('cca', {
    createDebugAdapterTracker: () => ({
      onDidSendMessage: (message: { type: string; event?: string; body?: Record<string, unknown> }) => {
        if (message.type === 'event' && message.event)
          this.events.push({ event: message.event, body: message.body ?? {} });
      },
    }),
  });

  /** The nth event of a name from a place on, counting from 0. */
  async event(name: string, from = 0): Promise<{ readonly index: number; readonly body: Record<string, unknown> }> {
    return await until(`event ${name}`, () => {
      const index = this.events.findIndex(({ event }, at) => at >= from && event === name);
      return index < 0 ? undefined : { index, body: this.events[index]!.body };
    });
  }

  dispose(): void {
    this.tracker.dispose();
  }
}
