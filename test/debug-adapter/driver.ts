/** Drives sessions of the real adapter process, and writes down what a user would see. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { build } from 'esbuild';
import { type DapClient, startDapClient } from '../support/dap-client';

export const ATTEST = resolve('samples/attest/attest.elf');
export const STEPS = resolve('test/debug-adapter/guests/clang-dwarf5-O0.elf');
export const STEPS_SOURCE = resolve('test/debug-adapter/guests/steps.c');
export const THREAD = { threadId: 1 };

let built: Promise<string> | undefined;

/** The adapter as one script, built from the sources of now. */
export function adapterScript(): Promise<string> {
  built ??= (async () => {
    const outfile = resolve(`out/test-adapter-${process.pid}/adapter.js`);
    const options = {
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      sourcemap: 'inline',
      logLevel: 'warning',
    } as const;
    await build({ ...options, entryPoints: ['debug-adapter/main.ts'], outfile });
    process.on('exit', () => rmSync(resolve(`out/test-adapter-${process.pid}`), { recursive: true, force: true }));
    return outfile;
  })();
  return built;
}

export type Stopped = DebugProtocol.StoppedEvent['body'];
type Breakpoints = DebugProtocol.SetBreakpointsResponse['body']['breakpoints'];

export interface Driver {
  readonly client: DapClient;
  /** Sends `launch` and waits for `initialized`; breakpoints may be set then. */
  launch(attributes: object): Promise<void>;
  /** configurationDone, to the first stop. */
  start(): Promise<Stopped>;
  functions(...names: (string | DebugProtocol.FunctionBreakpoint)[]): Promise<Breakpoints>;
  lines(path: string, ...lines: (number | DebugProtocol.SourceBreakpoint)[]): Promise<Breakpoints>;
  /** Sends a request that lets the guest run, and waits for it to stand still. */
  go(command: string, args?: object): Promise<Stopped>;
  frames(): Promise<DebugProtocol.StackFrame[]>;
  /** `name file:line` of each frame. */
  stack(): Promise<string[]>;
  scope(name: string, frame?: number): Promise<DebugProtocol.Scope | undefined>;
  /** Children of a reference by name. */
  children(reference: number, range?: object): Promise<DebugProtocol.Variable[]>;
  /** The variable at a path of names below a scope of the top frame. A name may be the beginning of one. */
  at(scope: string, ...path: string[]): Promise<DebugProtocol.Variable>;
  /** A tree of variables as text, down to `depth`. */
  tree(reference: number, depth: number, indent?: string): Promise<string>;
  evaluate(expression: string, context?: string): Promise<DebugProtocol.EvaluateResponse['body']>;
  /** All output so far, of one category when given. */
  output(category?: string): string;
  /** The error a request is refused with. */
  refusal(command: string, args?: object): Promise<string>;
}

export async function startDriver(): Promise<Driver> {
  const client = startDapClient({ adapter: ['--enable-source-maps', await adapterScript()] });
  await client.request('initialize', {
    adapterID: 'cca',
    linesStartAt1: true,
    columnsStartAt1: true,
    pathFormat: 'path',
  });
  const frames = async (): Promise<DebugProtocol.StackFrame[]> =>
    (
      await client.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
        ...THREAD,
        startFrame: 0,
        levels: 50,
      })
    ).stackFrames;
  const children = async (reference: number, range: object = {}): Promise<DebugProtocol.Variable[]> =>
    (
      await client.request<DebugProtocol.VariablesResponse['body']>('variables', {
        variablesReference: reference,
        ...range,
      })
    ).variables;
  const scope = async (name: string, frame?: number): Promise<DebugProtocol.Scope | undefined> => {
    const id = frame ?? (await frames())[0]!.id;
    const { scopes } = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: id });
    return scopes.find((each) => each.name === name);
  };
  const tree = async (reference: number, depth: number, indent = ''): Promise<string> => {
    let text = '';
    for (const variable of await children(reference)) {
      text += `${indent}${variable.name} = ${variable.value}${variable.type ? `  (${variable.type})` : ''}\n`;
      if (depth > 1 && variable.variablesReference > 0)
        text += await tree(variable.variablesReference, depth - 1, `${indent}  `);
    }
    return text;
  };
  return {
    client,
    frames,
    children,
    scope,
    tree,
    async launch(attributes) {
      await client.request('launch', attributes);
      await client.event('initialized');
    },
    async start() {
      await client.request('configurationDone');
      return client.event<Stopped>('stopped');
    },
    async functions(...names) {
      const breakpoints = names.map((name) => (typeof name === 'string' ? { name } : name));
      return (await client.request<{ breakpoints: Breakpoints }>('setFunctionBreakpoints', { breakpoints }))
        .breakpoints;
    },
    async lines(path, ...lines) {
      const breakpoints = lines.map((line) => (typeof line === 'number' ? { line } : line));
      return (await client.request<{ breakpoints: Breakpoints }>('setBreakpoints', { source: { path }, breakpoints }))
        .breakpoints;
    },
    async go(command, args = {}) {
      await client.request(command, { ...THREAD, ...args });
      return client.event<Stopped>('stopped');
    },
    async stack() {
      return (await frames()).map(({ name, source, line }) => `${name}${source ? ` ${source.name}:${line}` : ''}`);
    },
    async at(scopeName, ...path) {
      const root = await scope(scopeName);
      assert.ok(root, `scope ${scopeName}`);
      let reference = root.variablesReference;
      let found: DebugProtocol.Variable | undefined;
      for (const name of path) {
        const list = await children(reference);
        found = list.find((each) => each.name === name) ?? list.find((each) => each.name.startsWith(name));
        assert.ok(found, `${name} among ${list.map((each) => each.name).join(', ')}`);
        reference = found.variablesReference;
      }
      return found!;
    },
    async evaluate(expression, context = 'watch') {
      return client.request('evaluate', { expression, context, frameId: (await frames())[0]!.id });
    },
    output: (category) =>
      client.transcript
        .filter((message): message is DebugProtocol.OutputEvent => (message as DebugProtocol.Event).event === 'output')
        .filter(({ body }) => category === undefined || body.category === category)
        .map(({ body }) => body.output)
        .join(''),
    async refusal(command, args) {
      return client.request(command, args).then(
        () => assert.fail(`${command} was not refused`),
        (error: Error) => error.message,
      );
    },
  };
}

/** Runs a test with a session, and ends the process whatever happens. */
export async function withDriver(use: (driver: Driver) => Promise<void>): Promise<void> {
  const driver = await startDriver();
  try {
    await use(driver);
  } finally {
    await driver.client.stop();
  }
}

/** Line (from 1) of `#NAME` in a source. */
export function marker(path: string, name: string): number {
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(`#${name}`));
  assert.ok(line >= 0, `marker #${name} in ${path}`);
  return line + 1;
}

/**
 * Compares with `golden/<name>.txt`. UPDATE_GOLDEN=1 rewrites it; a missing one is written and fails once, so that it is
 * looked at; a mismatch leaves `<name>.txt.actual` beside it.
 */
export function golden(name: string, text: string): void {
  const folder = 'test/debug-adapter/golden';
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/${name}.txt`;
  const actual = `${path}.actual`;
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(path, text);
    rmSync(actual, { force: true });
    return;
  }
  const expected = existsSync(path) ? readFileSync(path, 'utf8').replaceAll('\r\n', '\n') : '';
  if (text === expected) {
    rmSync(actual, { force: true });
    return;
  }
  writeFileSync(actual, text);
  assert.equal(text, expected, `${path} differs; accept with UPDATE_GOLDEN=1 npm test -- debug-adapter`);
}
