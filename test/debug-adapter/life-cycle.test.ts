/** The life of a session: handshake, capabilities, bad launches, restart, termination, sudden ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { CUSTOM_REQUESTS } from '../../debug-adapter/protocol';
import { Adapter } from '../../debug-adapter/session/adapter';
import { CAPABILITIES } from '../../debug-adapter/session/capabilities';
import { HANDLERS } from '../../debug-adapter/session/handlers';
import { ATTEST, adapterScript, golden, STEPS, THREAD, withDriver } from './driver';

test('handshake: capabilities, then initialized, then nothing runs before configurationDone', () =>
  withDriver(async ({ client, launch, start }) => {
    await launch({ program: STEPS });
    await new Promise((wake) => setTimeout(wake, 100));
    assert.ok(!client.transcript.some((message) => (message as DebugProtocol.Event).event === 'stopped'));
    const stopped = await start();
    assert.equal(stopped.reason, 'entry');
    await client.event<{ reason: string }>('cca/changed', ({ reason }) => reason === 'stopped');
    await client.request('disconnect', {});
    const text = client.transcript.map((message) => {
      const { type } = message;
      if (type === 'request') return `→ ${(message as DebugProtocol.Request).command}`;
      if (type === 'response')
        return `← ${(message as DebugProtocol.Response).command} ${(message as DebugProtocol.Response).success ? 'ok' : 'refused'}`;
      return `  ${(message as DebugProtocol.Event).event}`;
    });
    golden('handshake', `${text.join('\n')}\n`);
  }));

test('every declared capability has a handler, every custom request too', () => {
  const requests: Readonly<Record<string, string>> = {
    supportsConfigurationDoneRequest: 'configurationDone',
    supportsFunctionBreakpoints: 'setFunctionBreakpoints',
    supportsConditionalBreakpoints: 'setBreakpoints',
    supportsHitConditionalBreakpoints: 'setBreakpoints',
    supportsLogPoints: 'setBreakpoints',
    supportsInstructionBreakpoints: 'setInstructionBreakpoints',
    supportsBreakpointLocationsRequest: 'breakpointLocations',
    exceptionBreakpointFilters: 'setExceptionBreakpoints',
    supportsExceptionInfoRequest: 'exceptionInfo',
    supportsEvaluateForHovers: 'evaluate',
    supportsClipboardContext: 'evaluate',
    supportsCompletionsRequest: 'completions',
    completionTriggerCharacters: 'completions',
    supportsSteppingGranularity: 'next',
    supportsDelayedStackTraceLoading: 'stackTrace',
    supportsDisassembleRequest: 'disassemble',
    supportsReadMemoryRequest: 'readMemory',
    supportsRestartRequest: 'restart',
    supportsTerminateRequest: 'terminate',
    supportsLoadedSourcesRequest: 'loadedSources',
  };
  for (const [capability, value] of Object.entries(CAPABILITIES)) {
    if (value === false) continue;
    assert.ok(requests[capability], `capability ${capability} is in this table`);
    assert.ok(HANDLERS[requests[capability]], `a handler for ${capability}`);
  }
  for (const request of Object.keys(CUSTOM_REQUESTS)) assert.ok(HANDLERS[request], request);
  for (const request of Object.keys(HANDLERS))
    assert.ok(!request.startsWith('cca/') || request in CUSTOM_REQUESTS, request);
});

test('a bad launch is refused with what, where and how to mend it; the session can launch again', () =>
  withDriver(async ({ client, refusal, launch, start }) => {
    const folder = mkdtempSync(join(tmpdir(), 'launch-'));
    const text = join(folder, 'text.elf');
    writeFileSync(text, 'no ELF at all');
    assert.match(await refusal('launch', {}), /lacks "program"/);
    assert.match(await refusal('launch', { program: join(folder, 'none.elf') }), /there is no such file/);
    assert.match(await refusal('launch', { program: folder }), /it is a folder/);
    assert.match(await refusal('launch', { program: text }), /no ELF file/);
    assert.match(
      await refusal('launch', { program: STEPS, stopOnEntri: 1 }),
      /"stopOnEntri".*Did you mean "stopOnEntry"/,
    );
    assert.match(await refusal('launch', { program: STEPS, ipaWidth: 'x' }), /"ipaWidth" is "x".*whole number/);
    assert.match(await refusal('attach', {}), /nothing to attach/);
    const response = client.transcript
      .filter((message) => message.type === 'response')
      .at(-1) as DebugProtocol.ErrorResponse;
    assert.equal(response.body.error?.showUser, true, 'a failed start is shown in a dialog');
    await launch({ program: STEPS });
    assert.equal((await start()).reason, 'entry');
  }));

test('requests out of order, unknown or with nonsense are refused, and nothing breaks', () =>
  withDriver(async ({ client, refusal, launch, start, go }) => {
    for (const request of [
      'stackTrace',
      'scopes',
      'variables',
      'continue',
      'readMemory',
      'disassemble',
      'configurationDone',
      'cca/realms',
    ]) {
      assert.match(
        await refusal(request, { threadId: 1, frameId: 1, variablesReference: 1 }),
        /needs a launched guest/,
        request,
      );
    }
    for (const request of ['noSuchRequest', 'constructor', 'toString', '__proto__', 'cca/secrets']) {
      assert.match(await refusal(request), /not supported/, request);
    }
    await launch({ program: STEPS });
    assert.match(await refusal('launch', { program: STEPS }), /already/);
    await start();
    const nonsense: readonly (readonly [string, object, RegExp])[] = [
      ['stackTrace', { threadId: 99 }, /no thread 99/],
      ['scopes', { frameId: 12345 }, /frame 12345/],
      ['variables', { variablesReference: 12345 }, /12345/],
      ['evaluate', { expression: '1 +', context: 'watch' }, /ends too early/],
      ['evaluate', { expression: 'nothing_of_that_name', context: 'watch' }, /nothing_of_that_name/],
      ['readMemory', { memoryReference: 'main', count: 4 }, /no address/],
      ['readMemory', { memoryReference: '0x80000000', count: -1 }, /"count"/],
      ['disassemble', { memoryReference: '0x80000000', instructionCount: 1e9 }, /"instructionCount"/],
      ['source', { sourceReference: 77 }, /no source 77/],
      ['cca/memoryMap', { cell: 5 }, /power of two/],
      ['cca/memoryMap', { key: 'colour' }, /pas, state, realm or mecid/],
      ['cca/granule', { pa: 5 }, /hexadecimal text/],
      ['cca/rtt', { realm: 'realm:0x1' }, /no Realm/],
      ['cca/gpt', {}, /"base"/],
    ];
    for (const [request, args, words] of nonsense) assert.match(await refusal(request, args), words, request);
    for (const [request, args] of [
      ['stackTrace', {}],
      ['setBreakpoints', { source: {} }],
      ['scopes', {}],
      ['variables', {}],
      ['readMemory', {}],
    ] as const) {
      await client.request(request, args).catch(() => undefined);
    }
    assert.equal((await go('next')).reason, 'step', 'the session goes on');
  }));

test('terminate sends terminated; disconnect ends the process', () =>
  withDriver(async ({ client, launch, start, refusal }) => {
    await launch({ program: STEPS });
    await start();
    await client.request('terminate', {});
    await client.event('terminated');
    assert.match(await refusal('continue', THREAD), /has ended/);
    await client.request('disconnect', {});
    const code = await new Promise((resolve) => client.process.once('exit', resolve));
    assert.equal(code, 0);
  }));

test('restart starts over with the same breakpoints', () =>
  withDriver(async ({ client, launch, start, functions, go }) => {
    await launch({ program: STEPS });
    await functions('main');
    await start();
    assert.equal((await go('continue')).description, 'Paused on main');
    await client.request('restart', {});
    assert.equal((await client.event<{ reason: string }>('stopped')).reason, 'entry');
    assert.equal((await go('continue')).description, 'Paused on main');
  }));

test('restart finds breakpoints anew in a guest that was built again', () =>
  withDriver(async ({ client, launch, start, functions, go, frames }) => {
    const program = join(mkdtempSync(join(tmpdir(), 'rebuilt-')), 'guest.elf');
    copyFileSync(STEPS, program);
    await launch({ program });
    const [breakpoint] = await functions('main');
    await start();
    await go('continue');
    const before = (await frames())[0]!.instructionPointerReference;
    copyFileSync(STEPS.replace('clang-dwarf5-O0', 'gcc-dwarf4-O2'), program);
    await client.request('restart', {});
    const changed = await client.event<DebugProtocol.BreakpointEvent['body']>('breakpoint');
    assert.equal(changed.breakpoint.id, breakpoint?.id);
    await client.event('stopped');
    await go('continue');
    const after = (await frames())[0]!;
    assert.match(after.name, /^main/);
    assert.notEqual(after.instructionPointerReference, before);
  }));

test('a request to an adapter that dies is refused with the end of its errors', () =>
  withDriver(async ({ client }) => {
    const launching = client.request('launch', { program: STEPS });
    client.process.kill('SIGKILL');
    await assert.rejects(launching, /the adapter ended/);
  }));

test('a defect outside any request is told, and ends the session', async () => {
  const input = new PassThrough();
  const output = new PassThrough();
  const adapter = new Adapter();
  adapter.start(input, output);
  adapter.fail(new Error('out of cheese'));
  adapter.fail(new Error('again'));
  const text = String(output.read());
  assert.match(text, /The debug adapter failed: Error: out of cheese/);
  assert.equal(text.match(/"event":"terminated"/g)?.length, 1);
});

test('the trace option prints every call with its result', () =>
  withDriver(async ({ client, launch, output }) => {
    await launch({ program: ATTEST, stopOnEntry: false, trace: true });
    await client.request('configurationDone');
    await client.event('terminated');
    assert.match(output('console'), /Host {2}RMI_REALM_CREATE\(rd=0x9000_0000, .*\) → RMI_SUCCESS/);
    assert.match(output('console'), /Realm {3}RSI_ATTESTATION_TOKEN_INIT\(/);
  }));

test('without debugging nothing stops, and the run ends with its exit code', () =>
  withDriver(async ({ client, launch, functions, output }) => {
    await launch({ program: ATTEST, noDebug: true });
    await functions('main', 'RMI_REALM_CREATE');
    await client.request('configurationDone');
    await client.event('terminated');
    const exited = await client.event<{ exitCode: number }>('exited');
    assert.equal(exited.exitCode, 0);
    assert.ok(!client.transcript.some((message) => (message as DebugProtocol.Event).event === 'stopped'));
    assert.match(output('stdout'), /Hello from a Realm[\s\S]*Goodbye/);
    assert.match(output('console'), /Token 1 of 1 .*Accepted/);
  }));

test('without debugging a budget that is used up ends the session', () =>
  withDriver(async ({ client, launch, output }) => {
    await launch({ program: 'test/guests/endless-loop.elf', budget: 2_000_000, noDebug: true });
    await client.request('configurationDone');
    await client.event('terminated');
    assert.equal((await client.event<{ exitCode: number }>('exited')).exitCode, 1);
    assert.match(output('important'), /its budget/);
  }));

test('a budget ends a run that does not', () =>
  withDriver(async ({ client, launch, start, go }) => {
    await launch({ program: 'test/guests/endless-loop.elf', budget: 3_000_000 });
    await start();
    const stopped = await go('continue');
    assert.equal(stopped.reason, 'exception');
    const info = await client.request<DebugProtocol.ExceptionInfoResponse['body']>('exceptionInfo', THREAD);
    assert.match(info.description ?? '', /its budget/);
  }));

test('a pause is answered at once while the guest runs', () =>
  withDriver(async ({ client, launch, start, refusal, go }) => {
    await launch({ program: 'test/guests/endless-loop.elf' });
    await start();
    await client.request('continue', THREAD);
    await new Promise((wake) => setTimeout(wake, 300));
    assert.match(await refusal('stackTrace', THREAD), /needs a stopped guest/);
    // A step key held down: quiet, and without effect.
    for (const step of ['next', 'stepIn', 'stepOut']) await client.request(step, THREAD);
    const stopped = await go('pause');
    assert.equal(stopped.reason, 'pause');
    assert.equal((await go('stepIn', { granularity: 'instruction' })).reason, 'step');
  }));

test('a client that goes away ends the process; garbage does not hang it', async () => {
  const script = await adapterScript();
  for (const text of [
    '',
    'Content-Length: 20\r\n\r\n{"seq":1,',
    'garbage\r\n\r\nmore',
    'Content-Length: 5\r\n\r\n{{{{{',
  ]) {
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'ignore'] });
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stdin.end(text);
    const timer = setTimeout(() => child.kill(), 10_000);
    assert.notEqual(await exit, null, JSON.stringify(text));
    clearTimeout(timer);
  }
});

test('--port serves clients on this machine, wrong options say so', async () => {
  const script = await adapterScript();
  const run = (...args: string[]): Promise<{ code: number | null; text: string }> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += chunk;
      });
      child.on('close', (code) => resolve({ code, text }));
    });
  assert.deepEqual((await run('--port', 'x')).code, 2);
  assert.match((await run('--prot', '1')).text, /--port N/);
  const port = 20_000 + (process.pid % 20_000);
  const child = spawn(process.execPath, [script, '--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    await new Promise((resolve) => child.stderr.once('data', resolve));
    const socket = connect(port, '127.0.0.1');
    const text = JSON.stringify({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'cca' } });
    socket.write(`Content-Length: ${text.length}\r\n\r\n${text}`);
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    assert.match(answer.toString(), /"supportsDisassembleRequest":true/);
    socket.destroy();
  } finally {
    child.kill();
  }
});
