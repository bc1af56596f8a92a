/** Scopes and variables: values of C types, registers, and the tables of the machine, as a user expands them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { ATTEST, type Driver, golden, marker, STEPS, STEPS_SOURCE, withDriver } from './driver';

async function atLoop({ launch, lines, start, go }: Driver): Promise<void> {
  await launch({ program: STEPS });
  await lines(STEPS_SOURCE, marker(STEPS_SOURCE, 'LOOP'));
  await start();
  await go('continue');
  await lines(STEPS_SOURCE);
}

test('golden: locals of C, expanded', () =>
  withDriver(async (driver) => {
    await atLoop(driver);
    const { scope, frames, tree } = driver;
    let text = `area\n${await tree((await scope('Locals'))!.variablesReference, 4, '  ')}`;
    text += `main\n${await tree((await scope('Locals', (await frames())[1]!.id))!.variablesReference, 4, '  ')}`;
    golden('locals', text);
  }));

test('watches, hovers and the console evaluate C, registers and addresses', () =>
  withDriver(async (driver) => {
    await atLoop(driver);
    const { evaluate, client, frames } = driver;
    const value = async (expression: string): Promise<string> => (await evaluate(expression)).result;
    assert.equal(await value('shape->corners[1].y * 2 + scale'), '10');
    assert.equal(await value('shape->colour'), 'GREEN (5)');
    assert.equal(await value('shape->kind'), '17');
    assert.equal(await value('shape->flags'), '5');
    assert.match(await value('shape->name'), /^0x8000_[0-9a-f]+ "triangle"$/);
    assert.equal(await value('(*shape).tag.bytes[0]'), "68 'D'");
    assert.equal(await value('shape->tag.bytes'), '[4] {0x44, 0x33, 0x22, 0x11}', 'bytes, not the text D3"\\x11');
    assert.equal(await value('title'), '"triangle"');
    assert.equal(await value('corner == &shape->corners[0]'), '1');
    assert.equal(await value('counter'), '7');
    assert.equal(await value('global_shape.corners[2].x'), '5');
    assert.match(await value('main'), /<main>$/);
    assert.match(await value('$pc'), /<area\+0x/);
    assert.equal(await value('x29 == $fp && sp <= fp'), '1');
    assert.equal(await value('$SCTLR_EL1 & 1'), '0x0');
    assert.match(await value('*0x80000000'), /^0x/);
    assert.match(await value('ipa:0x80000000'), /^0x/);
    assert.equal(await value('ipa:0x80000000 == *0x80000000'), '1');
    const refused = async (expression: string): Promise<string> =>
      evaluate(expression).then(
        () => '',
        (error: Error) => error.message,
      );
    assert.match(await refused('shape->height'), /no member "height".*corners/);
    assert.match(await refused('totl'), /"totl".*Did you mean "total"/);
    assert.match(await refused('1 / 0'), /[Dd]ivision by zero/);
    const { result } = await evaluate('help', 'repl');
    assert.match(result, /granule PA/);
    assert.match((await evaluate('x shape->name 9', 'repl')).result, /triangle/);
    assert.match((await evaluate('granule 0x90000000', 'repl')).result, /RD of clang/);
    assert.match((await evaluate('realms', 'repl')).result, /REALM_ACTIVE/);
    const { targets } = await client.request<DebugProtocol.CompletionsResponse['body']>('completions', {
      frameId: (await frames())[0]!.id,
      text: 'shape->co',
      column: 10,
    });
    assert.deepEqual(
      targets.map(({ label }) => label),
      ['corners', 'colour'],
    );
  }));

test('the tree keeps its references from stop to stop', () =>
  withDriver(async (driver) => {
    await atLoop(driver);
    const { at, go, children, scope } = driver;
    const shape = await at('Locals', 'shape');
    const corners = (await children(shape.variablesReference)).find(({ name }) => name === 'corners')!;
    const registers = (await scope('Registers'))!.variablesReference;
    await go('next');
    assert.equal((await at('Locals', 'shape')).variablesReference, shape.variablesReference);
    assert.equal((await scope('Registers'))!.variablesReference, registers);
    const list = await children(corners.variablesReference, { start: 1, count: 1 });
    assert.deepEqual(
      list.map(({ name, value }) => `${name} ${value}`),
      ['[1] {x = 3, y = 4}'],
    );
    assert.equal(corners.indexedVariables, 3);
  }));

test('registers with decoded fields; those a callee lost are said to be unknown', () =>
  withDriver(async (driver) => {
    await atLoop(driver);
    const { at, scope, frames, children } = driver;
    assert.match((await at('Registers', 'PC')).value, /^0x8000_[0-9a-f]+ <area\+0x/);
    assert.match((await at('Registers', 'PSTATE')).value, /EL1h/);
    assert.match((await at('Registers', 'PSTATE', 'M')).value, /0x5 EL1h/);
    const main = await children((await scope('Registers', (await frames())[1]!.id))!.variablesReference);
    assert.match(main.find(({ name }) => name === 'X0')!.value, /not known/);
    assert.match(main.find(({ name }) => name === 'SP')!.value, /^0x/);
    assert.match((await at('System registers', 'Translation', 'VTTBR_EL2')).value, /^0x/);
    const stage1 = await at('System registers', 'Control', 'SCTLR_EL1', 'M');
    assert.equal(stage1.value, '0x0');
  }));

test('a command in flight: operands, structures, conditions, granules, result', () =>
  withDriver(async ({ launch, start, functions, go, at }) => {
    await launch({ program: ATTEST });
    await functions('RMI_REALM_CREATE', 'RMI_REALM_CREATE after');
    await start();
    await go('continue');
    assert.match((await at('Call', 'rd')).value, /0x9000_0000/);
    assert.match((await at('Call', 'next stage')).value, /^\w+$/);
    await at('Call', 'params', 'hash_algo');
    assert.match((await at('Granules', 'rd')).value, /DELEGATED, Realm/);
    assert.match((await at('Granules', 'rd', 'GPI')).value, /0xb Realm/);
    await go('next');
    await go('next');
    assert.match((await at('Call', 'conditions')).value, /2 of \d+ passed/);
    await go('continue');
    assert.match((await at('Call', 'result')).value, /RMI_SUCCESS/);
    assert.match((await at('Granules', 'rd')).value, /RD, Realm/);
  }));

test('golden: Realms, RTT, GPT and MEC while the guest asks for its token', () =>
  withDriver(async ({ launch, start, functions, go, scope, tree, at, children }) => {
    await launch({ program: ATTEST });
    await functions('RSI_ATTESTATION_TOKEN_INIT');
    await start();
    await go('continue');
    let text = '';
    for (const [name, depth] of [
      ['Realms', 2],
      ['RTT', 3],
      ['GPT', 1],
      ['MEC', 2],
    ] as const) {
      text += `${name}\n${await tree((await scope(name))!.variablesReference, depth, '  ')}`;
    }
    const leaf = await at('RTT', 'attest', 'L1[2]', 'L2[0]', 'L3[0');
    text += `RTT down to the descriptor\n${await tree(leaf.variablesReference, 2, '  ')}`;
    const granule = await at('GPT', 'L0[2]', '0x9000_0000', '0x9000_0000');
    text += `GPT down to the granule of the RD\n${await tree(granule.variablesReference, 2, '  ')}`;
    golden('tables', text);
    const long = await at('GPT', 'L0[2]', '0x8000_0000');
    assert.ok((await children(long.variablesReference)).length <= 512, 'a long run opens in parts');
  }));

test('in frames of the Host and of commands, registers are the PE’s and operands come first', () =>
  withDriver(async ({ launch, start, at, evaluate, frames, client }) => {
    await launch({ program: ATTEST });
    await start();
    const x0 = await at('Registers', 'X0');
    assert.equal(x0.value, '0xc400_0150');
    assert.equal((await evaluate('x0')).result, x0.value);
    assert.equal((await evaluate('$x1')).result, (await evaluate('req')).result);
    const host = (await frames()).at(-1)!;
    const { result } = await client.request<{ result: string }>('evaluate', { expression: 'x0', frameId: host.id });
    assert.equal(result, x0.value);
  }));

test('a frame or a variable of an earlier stop has nothing to show; one that never was is refused', () =>
  withDriver(async ({ launch, start, functions, go, frames, scope, client, refusal }) => {
    await launch({ program: ATTEST });
    await functions('RMI_REALM_CREATE');
    await start();
    const { id } = (await frames())[0]!;
    const { variablesReference } = (await scope('Call'))!;
    await go('continue');
    assert.deepEqual(await client.request('scopes', { frameId: id }), { scopes: [] });
    assert.deepEqual(await client.request('variables', { variablesReference }), { variables: [] });
    assert.match(await refusal('scopes', { frameId: 99_999 }), /gone/);
    assert.match(await refusal('variables', { variablesReference: 99_999 }), /unknown/);
  }));
