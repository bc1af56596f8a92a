/**
 * A Debug Adapter Protocol client for tests: the adapter in a child process over stdio, every message kept. A request is
 * rejected when the adapter refuses it, when it dies (with the end of its stderr) and when it takes too long.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { DebugProtocol } from '@vscode/debugprotocol';

export interface DapClient {
  readonly process: ChildProcessWithoutNullStreams;
  /** Everything sent and received, in order. */
  readonly transcript: readonly DebugProtocol.ProtocolMessage[];
  /** The body of the answer. */
  request<T = unknown>(command: string, args?: unknown): Promise<T>;
  /** The next event of that name that was not waited for yet; events already received count. */
  event<T = unknown>(name: string, fits?: (body: T) => boolean): Promise<T>;
  /** Ends the process if it still runs; answers its exit code. */
  stop(): Promise<number | null>;
}

export interface DapClientOptions {
  /** Arguments of the child: a script for this Node. */
  readonly adapter?: readonly string[];
  /** Milliseconds a request or an event may take. */
  readonly patience?: number;
}

interface Waiting {
  readonly fits: (message: DebugProtocol.ProtocolMessage) => boolean;
  readonly done: (message: DebugProtocol.ProtocolMessage) => void;
  readonly fail: (error: Error) => void;
}

export function startDapClient({ adapter = ['dist/adapter.js'], patience = 20_000 }: DapClientOptions = {}): DapClient {
  const child = spawn(process.execPath, [...adapter], { stdio: ['pipe', 'pipe', 'pipe'] });
  const transcript: DebugProtocol.ProtocolMessage[] = [];
  const waiting = new Set<Waiting>();
  /** Events nobody has waited for yet. */
  const events: DebugProtocol.Event[] = [];
  let sequence = 0;
  let stderr = '';

  const receive = (message: DebugProtocol.ProtocolMessage) => {
    transcript.push(message);
    for (const each of waiting) {
      if (!each.fits(message)) continue;
      waiting.delete(each);
      each.done(message);
      return;
    }
    if (message.type === 'event') events.push(message as DebugProtocol.Event);
  };
  child.stdout.on('data', messageReader(receive));
  child.stderr.on('data', (text: Buffer) => {
    stderr = (stderr + text.toString()).slice(-4000);
  });
  const exited = new Promise<number | null>((done) => {
    child.once('close', (code) => {
      for (const { fail } of waiting) fail(new Error(`the adapter ended with code ${code}\n${stderr}`));
      waiting.clear();
      done(code);
    });
  });
  child.stdin.on('error', () => undefined); // a dead adapter is told by `close`

  const wait = (what: string, fits: Waiting['fits']) =>
    new Promise<DebugProtocol.ProtocolMessage>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(entry);
        const last = transcript.slice(-8).map((message) => JSON.stringify(message).slice(0, 300));
        reject(new Error(`no ${what} within ${patience} ms; the last messages were\n${last.join('\n')}\n${stderr}`));
      }, patience);
      const settle = (action: () => void) => {
        clearTimeout(timer);
        action();
      };
      const entry: Waiting = {
        fits,
        done: (message) => settle(() => resolve(message)),
        fail: (error) => settle(() => reject(error)),
      };
      waiting.add(entry);
      if (child.exitCode !== null)
        entry.fail(new Error(`the adapter has ended with code ${child.exitCode}\n${stderr}`));
    });

  return {
    process: child,
    transcript,
    async request<T>(command: string, args?: unknown): Promise<T> {
      const seq = ++sequence;
      const request = { seq, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) };
      const answer = wait(`answer to ${command}`, (message) => {
        const response = message as DebugProtocol.Response;
        return response.type === 'response' && response.request_seq === seq;
      });
      transcript.push(request);
      const text = JSON.stringify(request);
      child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
      const response = (await answer) as DebugProtocol.Response;
      if (!response.success) throw new Error(`${command} was refused: ${response.message ?? ''} ${wording(response)}`);
      return response.body as T;
    },
    async event<T>(name: string, fits: (body: T) => boolean = () => true): Promise<T> {
      const isIt = (message: DebugProtocol.ProtocolMessage) => {
        const event = message as DebugProtocol.Event;
        return event.type === 'event' && event.event === name && fits(event.body as T);
      };
      const past = events.findIndex(isIt);
      if (past >= 0) return events.splice(past, 1)[0]!.body as T;
      return ((await wait(`event ${name}`, isIt)) as DebugProtocol.Event).body as T;
    },
    async stop() {
      if (child.exitCode === null) child.kill('SIGKILL');
      return exited;
    },
  };
}

/** The text of an error response with its variables put in. */
function wording(response: DebugProtocol.Response): string {
  const error = (response.body as DebugProtocol.ErrorResponse['body'] | undefined)?.error;
  return error?.format.replace(/\{(\w+)\}/g, (whole, name: string) => error.variables?.[name] ?? whole) ?? '';
}

/** Takes bytes as they come and gives whole messages. */
function messageReader(give: (message: DebugProtocol.ProtocolMessage) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(pending.toString('latin1', 0, end))?.[1]);
      if (!Number.isFinite(length)) throw new Error(`no message header: ${pending.toString('latin1', 0, end)}`);
      if (pending.length < end + 4 + length) return;
      const text = pending.toString('utf8', end + 4, end + 4 + length);
      pending = pending.subarray(end + 4 + length);
      give(JSON.parse(text) as DebugProtocol.ProtocolMessage);
    }
  };
}
