/** Breakpoints of every kind, against the real adapter. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { ATTEST, marker, STEPS, STEPS_SOURCE, THREAD, withDriver } from './driver';

test('a breakpoint in C is verified at once and hit with its id', () =>
  withDriver(async ({ launch, start, lines, go, stack }) => {
    await launch({ program: STEPS });
    const [breakpoint] = await lines(STEPS_SOURCE, marker(STEPS_SOURCE, 'LOOP'));
    assert.equal(breakpoint?.verified, true);
    assert.equal(breakpoint?.line, marker(STEPS_SOURCE, 'LOOP'));
    await start();
    const stopped = await go('continue');
    assert.equal(stopped.reason, 'breakpoint');
    assert.deepEqual(stopped.hitBreakpointIds, [breakpoint?.id]);
    const assembly = resolve('test/debug-adapter/guests/start.S');
    const frames = await stack();
    assert.deepEqual(frames.slice(0, 3), [
      `area steps.c:${marker(STEPS_SOURCE, 'LOOP')}`,
      `main steps.c:${marker(STEPS_SOURCE, 'CALL')}`,
      `_start start.S:${marker(assembly, 'MAIN')}`,
    ]);
    assert.match(frames[3]!, /^RMI_REC_ENTER \(RMM\)/);
    assert.match(frames[4]!, /^Host: run REC 0/);
  }));

test('a breakpoint on a line without code moves down, or is refused with the reason', () =>
  withDriver(async ({ launch, start, lines, client }) => {
    await launch({ program: STEPS });
    const comment = marker(STEPS_SOURCE, 'ADD') - 2;
    const [moved, far] = await lines(STEPS_SOURCE, comment, 1000);
    assert.equal(moved?.verified, true);
    assert.ok(moved!.line! > comment);
    assert.equal(far?.verified, false);
    assert.match(far?.message ?? '', /no code/);
    const [elsewhere] = await lines('/somewhere/else.c', 3);
    assert.match(elsewhere?.message ?? '', /does not mention this file/);
    const locations = await client.request<DebugProtocol.BreakpointLocationsResponse['body']>('breakpointLocations', {
      source: { path: STEPS_SOURCE },
      line: 1,
      endLine: 100,
    });
    assert.ok(locations.breakpoints.some(({ line }) => line === marker(STEPS_SOURCE, 'LOOP')));
    assert.ok(!locations.breakpoints.some(({ line }) => line === comment));
    await start();
  }));

test('a breakpoint in assembly', () =>
  withDriver(async ({ launch, start, lines, go, stack }) => {
    await launch({ program: STEPS });
    const source = resolve('test/debug-adapter/guests/start.S');
    await lines(source, marker(source, 'MAIN'));
    await start();
    assert.equal((await go('continue')).reason, 'breakpoint');
    assert.equal((await stack())[0], `_start start.S:${marker(source, 'MAIN')}`);
  }));

test('a breakpoint on the line of a loop is hit at each turn', () =>
  withDriver(async ({ launch, start, lines, functions, go, evaluate }) => {
    await launch({ program: STEPS });
    const head = marker(STEPS_SOURCE, 'LOOP') - 2;
    const [breakpoint] = await lines(STEPS_SOURCE, head);
    assert.equal(breakpoint?.line, head);
    await functions('factorial');
    await start();
    for (const turn of ['before', '0', '1', '2']) {
      assert.deepEqual((await go('continue')).hitBreakpointIds, [breakpoint?.id], turn);
      if (turn !== 'before') assert.equal((await evaluate('i')).result, turn);
    }
    assert.equal((await go('continue')).reason, 'function breakpoint', 'and the loop is over');
  }));

test('conditions, hit counts and log messages', () =>
  withDriver(async ({ launch, start, lines, go, evaluate, output }) => {
    await launch({ program: STEPS });
    const loop = marker(STEPS_SOURCE, 'LOOP');
    await lines(STEPS_SOURCE, { line: loop, condition: 'i == 2' });
    await start();
    await go('continue');
    assert.equal((await evaluate('i')).result, '2');
    const base = marker(STEPS_SOURCE, 'BASE');
    await lines(STEPS_SOURCE, { line: base, hitCondition: '== 3' });
    await go('continue');
    assert.equal((await evaluate('n')).result, '3', 'factorial(5), (4), (3): the third call');
    const end = marker(STEPS_SOURCE, 'END');
    const [bad] = await lines(STEPS_SOURCE, { line: end, hitCondition: 'often' });
    assert.match(bad?.message ?? '', /"often" is no count/);
    await lines(
      STEPS_SOURCE,
      { line: base, logMessage: 'n is {n}, twice {n * 2}' },
      { line: end, condition: 'nonsense_name > 1' },
    );
    const stopped = await go('continue');
    assert.equal(stopped.reason, 'breakpoint', 'a condition that cannot be evaluated stops');
    assert.match(output('console'), /n is 2, twice 4\nn is 1, twice 2\n/);
    assert.match(output('stderr'), /nonsense_name/);
  }));

test('functions: of the guest and commands, before and after, with conditions on operands', () =>
  withDriver(async ({ launch, start, functions, go, stack, at }) => {
    await launch({ program: ATTEST });
    const breakpoints = await functions(
      'main',
      'RMI_REALM_CREATE',
      'RMI_REALM_ACTIVATE after',
      'nothing_like_it',
      'RMI_REALM_CRAETE',
      'rsi_version',
      { name: 'RMI_GRANULE_DELEGATE', condition: 'addr == 0x90000000' },
    );
    assert.deepEqual(
      breakpoints.map(({ verified }) => verified),
      [true, true, true, false, false, true, true],
    );
    assert.match(breakpoints[3]?.message ?? '', /no function or command/);
    assert.match(breakpoints[4]?.message ?? '', /Did you mean RMI_REALM_CREATE/);
    await start();
    assert.deepEqual((await go('continue')).hitBreakpointIds, [breakpoints[6]?.id]);
    const create = await go('continue');
    assert.equal(create.reason, 'function breakpoint');
    assert.match(create.description ?? '', /RMI_REALM_CREATE/);
    assert.match((await stack())[0]!, /^RMI_REALM_CREATE · stage /);
    assert.match((await stack())[1]!, /^Host: .*create/i);
    const activated = await go('continue');
    assert.match(activated.description ?? '', /RMI_REALM_ACTIVATE returned/);
    assert.match((await stack())[0]!, /^RMI_REALM_ACTIVATE · returned RMI_SUCCESS/);
    assert.match((await at('Call', 'result')).value, /RMI_SUCCESS/);
    assert.match((await go('continue')).description ?? '', /main/);
    const library = await go('continue');
    assert.match(library.description ?? '', /rsi_version/, 'a guest function is not taken for the command');
    assert.match((await stack())[0]!, /^rsi_version rsi\.c:/);
  }));

test('breakOn of the launch configuration', () =>
  withDriver(async ({ launch, start, go, client }) => {
    await launch({
      program: ATTEST,
      stopOnEntry: false,
      breakOn: ['RMI_REC_CREATE', 'RSI_ATTESTATION_TOKEN_INIT after'],
    });
    assert.match((await start()).description ?? '', /RMI_REC_CREATE/);
    const { commands } = await client.request<{ commands: { name: string; before: boolean; after: boolean }[] }>(
      'cca/commands',
      {},
    );
    assert.deepEqual(
      commands.filter(({ before, after }) => before || after).map(({ name, before, after }) => [name, before, after]),
      [
        ['RMI_REC_CREATE', true, false],
        ['RSI_ATTESTATION_TOKEN_INIT', false, true],
      ],
    );
    assert.match((await go('continue')).description ?? '', /RSI_ATTESTATION_TOKEN_INIT returned/);
  }));

test('instruction breakpoints', () =>
  withDriver(async ({ launch, start, client, go, frames, functions }) => {
    await launch({ program: STEPS });
    await functions('main');
    await start();
    await go('continue');
    const reference = (await frames())[0]!.instructionPointerReference!;
    const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>(
      'setInstructionBreakpoints',
      {
        breakpoints: [
          { instructionReference: reference, offset: 8 },
          { instructionReference: reference, offset: 2 },
          { instructionReference: 'main' },
          { instructionReference: '0x40000000080000000' },
          { instructionReference: '0x7000' },
        ],
      },
    );
    assert.deepEqual(
      breakpoints.map(({ verified }) => verified),
      [true, false, false, false, false],
    );
    assert.match(breakpoints[4]?.message ?? '', /no memory at 0x7000/);
    const stopped = await go('continue');
    assert.equal(stopped.reason, 'instruction breakpoint');
    assert.equal(BigInt((await frames())[0]!.instructionPointerReference!), BigInt(reference) + 8n);
  }));

test('exception filters: a failed command, and a guest that runs wild', () =>
  withDriver(async ({ launch, start, client, go, stack }) => {
    await launch({ program: 'test/guests/wild-pointer.elf' });
    await client.request('setExceptionBreakpoints', { filters: ['guest-fault', 'command-failed'] });
    await start();
    const stopped = await go('continue');
    assert.equal(stopped.reason, 'exception');
    const info = await client.request<DebugProtocol.ExceptionInfoResponse['body']>('exceptionInfo', THREAD);
    assert.ok(['guest-fault', 'command-failed'].includes(info.exceptionId), info.exceptionId);
    assert.match(info.details?.message ?? '', /0x/);
    assert.ok((await stack()).length > 0);
  }));

test('a guest that does something undefined stops at the fault', () =>
  withDriver(async ({ launch, start, client, go, stack }) => {
    await launch({ program: 'test/guests/undefined-instruction.elf' });
    await client.request('setExceptionBreakpoints', { filters: ['guest-fault'] });
    await start();
    const stopped = await go('continue');
    assert.equal(stopped.reason, 'exception');
    assert.match(stopped.text ?? '', /undefined instruction/);
    const frames = await stack();
    assert.match(frames[0]!, /^vectors /);
    assert.equal(frames[1], 'exception: undefined instruction');
    assert.match(frames[2]!, /^main undefined-instruction\.c:/, 'the code that faulted is in the stack');
    type Trace = DebugProtocol.StackTraceResponse['body'];
    const part = await client.request<Trace>('stackTrace', { ...THREAD, startFrame: 1, levels: 2 });
    assert.equal(part.totalFrames, frames.length);
    assert.deepEqual(
      part.stackFrames.map(({ name }) => name),
      ['exception: undefined instruction', 'main'],
    );
  }));

test('conditions after a command see its inputs and outputs', () =>
  withDriver(async ({ launch, start, functions, go, stack, output }) => {
    await launch({ program: ATTEST });
    await functions(
      { name: 'RMI_GRANULE_DELEGATE after', condition: 'addr == 0x9000_2000' },
      { name: 'RMI_FEATURES after', condition: 'value == 0 && index == 0' },
    );
    await start();
    const stopped = await go('continue');
    assert.match(stopped.description ?? '', /RMI_GRANULE_DELEGATE returned/);
    const frames = await stack();
    assert.match(frames[0]!, /^RMI_GRANULE_DELEGATE · returned RMI_SUCCESS/);
    assert.match(frames[1]!, /0x9000_2000/);
    assert.equal(output('stderr'), '');
  }));

test('the filter of failed commands stops at the return of a refused call', () =>
  withDriver(async ({ launch, start, client, go, stack, at }) => {
    await launch({ program: 'test/guests/rejected-call.elf' });
    await client.request('setExceptionBreakpoints', { filters: ['command-failed'] });
    await start();
    const stopped = await go('continue');
    assert.equal(stopped.reason, 'exception');
    assert.match(stopped.text ?? '', /^\w+ failed/);
    assert.match((await stack())[0]!, / · returned (RMI|RSI)_ERROR_/);
    assert.match((await at('Call', 'conditions')).value, /^failed: /);
  }));
