/**
 * A DAP client for tests: drives the real adapter process, remembers every event, refuses pending requests when the
 * adapter dies, and keeps a transcript that a failing test prints.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { DebugProtocol } from '@vscode/debugprotocol';

export interface DapClient {
  readonly process: ChildProcess;
  readonly events: DebugProtocol.Event[];
  /** One line a message. */
  readonly transcript: string[];
  /** Sends a request; rejects with the adapter's message when it is refused. */
  readonly send: <T = any>(command: string, args?: object) => Promise<T>;
  /** Sends a request and returns the whole response, refused or not. */
  readonly raw: (command: string, args?: object) => Promise<DebugProtocol.Response>;
  /** The first event of this name not waited for yet, also when it has come already. */
  readonly waitFor: <T = any>(event: string, accepts?: (body: T) => boolean) => Promise<T>;
  /** Sends bytes as they are. */
  readonly write: (text: string) => void;
  readonly exited: Promise<number | null>;
  readonly stderr: () => string;
  readonly close: () => Promise<void>;
}

interface Pending {
  readonly command: string;
  readonly resolve: (response: DebugProtocol.Response) => void;
  readonly reject: (error: Error) => void;
}

interface Waiter {
  readonly event: string;
  readonly accepts: (body: any) => boolean;
  readonly resolve: (body: any) => void;
  readonly reject: (error: Error) => void;
}

const TIMEOUT_MS = 20_000;

/** Starts `node <script> <args>` and talks DAP to it. */
export function startAdapter(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): DapClient {
  const child = spawn(process.execPath, ['--enable-source-maps', script, ...args], { stdio: 'pipe', env });
  const events: DebugProtocol.Event[] = [];
  const unclaimed: DebugProtocol.Event[] = [];
  const transcript: string[] = [];
  const pending = new Map<number, Pending>();
  const waiters: Waiter[] = [];
  let stderr = '';
  let sequence = 0;
  let dead: Error | undefined;
  let buffer = Buffer.alloc(0);

  const note = (direction: string, message: object): void => void transcript.push(`${direction} ${JSON.stringify(message).slice(0, 500)}`);
  const failure = (text: string): Error => new Error(`${text}\n${transcript.slice(-12).join('\n')}${stderr ? `\nstderr: ${stderr.slice(-2000)}` : ''}`);

  const receive = (message: DebugProtocol.ProtocolMessage): void => {
    note('<', message);
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      pending.get(response.request_seq)?.resolve(response);
      pending.delete(response.request_seq);
      return;
    }
    const event = message as DebugProtocol.Event;
    events.push(event);
    const index = waiters.findIndex((waiter) => waiter.event === event.event && waiter.accepts(event.body));
    if (index >= 0) waiters.splice(index, 1)[0]!.resolve(event.body);
    else unclaimed.push(event);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(buffer.subarray(0, end).toString())?.[1]);
      if (buffer.length < end + 4 + length) return;
      const text = buffer.subarray(end + 4, end + 4 + length).toString();
      buffer = buffer.subarray(end + 4 + length);
      receive(JSON.parse(text));
    }
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => {
      dead = failure(`The adapter has exited with ${code}.`);
      for (const { reject } of [...pending.values(), ...waiters]) reject(dead);
      pending.clear();
      waiters.length = 0;
      resolve(code);
    });
  });

  const limited = <T>(what: string, start: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> => {
    if (dead) return Promise.reject(dead);
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(failure(`No ${what} within ${TIMEOUT_MS} ms.`)), TIMEOUT_MS);
      const done =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          clearTimeout(timer);
          settle(value);
        };
      start(done(resolve), done(reject));
    });
  };
  const write = (text: string): void => void child.stdin.write(text);
  const raw = (command: string, args?: object): Promise<DebugProtocol.Response> =>
    limited(`response to ${command}`, (resolve, reject) => {
      const request = { seq: ++sequence, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) };
      note('>', request);
      pending.set(request.seq, { command, resolve, reject });
      const text = JSON.stringify(request);
      write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    });
  return {
    process: child,
    events,
    transcript,
    write,
    raw,
    exited,
    stderr: () => stderr,
    send: async (command, args) => {
      const response = await raw(command, args);
      if (!response.success) throw new Error(`${command} was refused: ${response.message}`);
      return response.body;
    },
    waitFor: (event, accepts = () => true) => {
      const index = unclaimed.findIndex((each) => each.event === event && accepts(each.body));
      if (index >= 0) return Promise.resolve(unclaimed.splice(index, 1)[0]!.body);
      return limited(`event ${event}`, (resolve, reject) => void waiters.push({ event, accepts, resolve, reject }));
    },
    close: async () => {
      child.kill();
      await exited;
    },
  };
}
