import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CustomRequestName, CustomRequests } from '../../debug-adapter/protocol';
import { CommandId } from '../../extension/ids';
import { activeExtension, sampleFile, Transcript, until } from './support';

interface Frame {
  readonly id: number;
  readonly name: string;
}

suite('debugging the sample', () => {
  let transcript: Transcript;

  const session = (): vscode.DebugSession => {
    const current = vscode.debug.activeDebugSession;
    assert.ok(current, 'a session runs');
    return current;
  };
  const ask = async <N extends CustomRequestName>(name: N, args: CustomRequests[N]['arguments']) =>
    (await session().customRequest(name, args)) as CustomRequests[N]['response'];
  const threadOf = (body: Record<string, unknown>) => Number(body['threadId']);
  const start = async (configuration: Record<string, unknown> = {}) => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    const program = sampleFile('attest.elf').fsPath;
    const launch = { type: 'cca', request: 'launch', name: 'attest', program, ...configuration };
    assert.ok(await vscode.debug.startDebugging(folder, launch), 'debugging starts');
    return await transcript.event('stopped');
  };

  const running = new Set<string>();
  const subscriptions: vscode.Disposable[] = [];
  suiteSetup(async () => {
    subscriptions.push(
      vscode.debug.onDidStartDebugSession(({ id }) => running.add(id)),
      vscode.debug.onDidTerminateDebugSession(({ id }) => running.delete(id)),
    );
    await activeExtension();
  });
  suiteTeardown(() => {
    for (const subscription of subscriptions) subscription.dispose();
  });
  setup(() => {
    transcript = new Transcript();
  });
  teardown(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
    // A session that is still ending would make the editor ask whether to start another of the same name.
    await until('the end', () => running.size === 0 || undefined);
    transcript.dispose();
  });

  test('stops at the first RMI call of the Host, then at a named command', async () => {
    await vscode.commands.executeCommand(CommandId.breakOnCommand, 'RMI_REC_ENTER');
    const first = await start({ stopOnEntry: true });
    const threadId = threadOf(first.body);
    const { stackFrames } = (await session().customRequest('stackTrace', { threadId })) as { stackFrames: Frame[] };
    assert.ok(stackFrames.length > 0);
    await session().customRequest('continue', { threadId });
    const second = await transcript.event('stopped', first.index + 1);
    const stack = (await session().customRequest('stackTrace', { threadId })) as { stackFrames: Frame[] };
    assert.ok(
      stack.stackFrames.some(({ name }) => name.includes('RMI_REC_ENTER')),
      `frames at ${JSON.stringify(second.body)}: ${stack.stackFrames.map(({ name }) => name).join(', ')}`,
    );
  });

  test('answers what views and panels ask', async () => {
    vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint('RMI_REC_ENTER')]);
    await start({ stopOnEntry: false });
    const realms = await ask('cca/realms', {});
    const realm = realms.rows.find(({ kind }) => kind === 'realm');
    assert.match(realm?.detail ?? '', /ACTIVE/);
    const rim = realms.rows.find(({ label }) => label === 'RIM');
    assert.match(rim?.value ?? '', /^(0x)?[0-9a-f]{64,128}$/);
    assert.equal(await vscode.commands.executeCommand(CommandId.copyRim), rim?.value);

    const map = await ask('cca/memoryMap', { key: 'state' });
    assert.ok(map.banks.length > 0 && map.runs.length > 1);
    const labels = map.legend.filter(({ granules }) => granules > 0).map(({ label }) => label);
    for (const label of ['RD', 'REC', 'RTT', 'DATA']) assert.ok(labels.includes(label), `${label} in ${labels.join()}`);

    const granule = await ask('cca/granule', { pa: realm!.pa! });
    assert.equal(granule.state, 'RD');
    assert.match(granule.pas, /Realm/);
    const contexts = await ask('cca/contexts', {});
    assert.ok(contexts.rows.some(({ owner }) => owner === realm?.label));
  });

  test('F5 without a launch.json finds the guest', async () => {
    await vscode.window.showTextDocument(sampleFile('main.c'));
    assert.ok(await vscode.debug.startDebugging(undefined, { type: 'cca' } as vscode.DebugConfiguration));
    await transcript.event('stopped');
    assert.equal(session().configuration['program'], sampleFile('attest.elf').fsPath);
  });

  test('runs to the end and says so', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    const program = sampleFile('attest.elf').fsPath;
    const launch = { type: 'cca', request: 'launch', name: 'attest', program, stopOnEntry: false };
    assert.ok(await vscode.debug.startDebugging(folder, launch));
    const exited = await transcript.event('exited');
    assert.equal(exited.body['exitCode'], 0);
    await transcript.event('terminated');
  });
});
