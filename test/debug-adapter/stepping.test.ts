/** Steps in guest code, through calls and SMCs, in commands and in the Host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTEST, type Driver, golden, marker, STEPS, STEPS_SOURCE, withDriver } from './driver';

const lineOf = async ({ stack }: Driver): Promise<string> => (await stack())[0]!;
const at = (name: string, symbol: string): string => `${symbol} steps.c:${marker(STEPS_SOURCE, name)}`;

test('over, into and out of C functions, by lines', () =>
  withDriver(async (driver) => {
    const { launch, start, lines, go } = driver;
    await launch({ program: STEPS });
    await lines(STEPS_SOURCE, marker(STEPS_SOURCE, 'CALL'));
    await start();
    await go('continue');
    assert.equal(await lineOf(driver), at('CALL', 'main'));
    await go('stepIn');
    assert.equal(await lineOf(driver), at('AREA', 'area'));
    await go('next');
    await go('next');
    await go('next');
    assert.equal(await lineOf(driver), at('LOOP', 'area'));
    await go('next');
    assert.match(await lineOf(driver), /^area /, 'over a call stays in the function');
    await go('stepOut');
    assert.equal(await lineOf(driver), at('CALL', 'main'));
    await go('next');
    assert.equal(await lineOf(driver), `main steps.c:${marker(STEPS_SOURCE, 'CALL') + 1}`);
  }));

test('over a recursive call stays in this activation; out of it goes to the caller', () =>
  withDriver(async (driver) => {
    const { launch, start, functions, go, evaluate } = driver;
    await launch({ program: STEPS });
    await functions('factorial');
    await start();
    await go('continue');
    await functions();
    assert.equal((await evaluate('n')).result, '5');
    await go('next');
    await go('next');
    assert.equal((await evaluate('n')).result, '5', 'the inner calls were stepped over');
    await functions('factorial');
    await functions();
    await go('stepOut');
    assert.match(await lineOf(driver), /^main /);
  }));

test('a breakpoint inside a call that is stepped over stops there', () =>
  withDriver(async (driver) => {
    const { launch, start, lines, go } = driver;
    await launch({ program: STEPS });
    await lines(STEPS_SOURCE, marker(STEPS_SOURCE, 'CALL'), marker(STEPS_SOURCE, 'ADD'));
    await start();
    await go('continue');
    const stopped = await go('next');
    assert.equal(stopped.reason, 'breakpoint');
    assert.equal(await lineOf(driver), at('ADD', 'add'));
  }));

test('by instruction: over runs through a BL and an SMC, in goes into both', () =>
  withDriver(async ({ launch, start, functions, go, frames, stack }) => {
    await launch({ program: ATTEST });
    await functions('rsi_smc');
    await start();
    await go('continue');
    await functions();
    const pc = async (): Promise<bigint> => BigInt((await frames())[0]!.instructionPointerReference ?? 0);
    const entry = await pc();
    // The SMC is the eleventh instruction of rsi_smc.
    for (let i = 1; i <= 10; i++) {
      await go('stepIn', { granularity: 'instruction' });
      assert.equal(await pc(), entry + BigInt(i * 4));
      assert.match((await stack())[1]!, /^rsi_version /, 'the caller is known at every instruction');
    }
    await go('next', { granularity: 'instruction' });
    assert.equal(await pc(), entry + 44n, 'over the SMC: the RMM has answered');
    await functions('rsi_smc');
    await go('continue');
    await functions();
    for (let i = 1; i <= 10; i++) await go('next', { granularity: 'instruction' });
    await go('stepIn', { granularity: 'instruction' });
    assert.match((await stack())[0]!, /^RSI_\w+ · stage /, 'into the SMC: the command has begun');
    assert.match((await stack())[1]!, /^rsi_smc smc\.S:/);
    await go('stepOut');
    assert.match((await stack())[0]!, /^RSI_\w+ · (returned|left to the Host)/);
    await go('next');
    assert.match((await stack())[0]!, /^rsi_smc smc\.S:24/, 'then back in the guest behind its SMC');
  }));

test('golden: from the first RMI call through stages, Host actions and a command to its return', () =>
  withDriver(async ({ launch, start, go, stack, functions }) => {
    await launch({ program: ATTEST });
    let text = '';
    const log = async (what: string): Promise<void> => {
      text += `${what}\n${(await stack()).map((line) => `    ${line}`).join('\n')}\n`;
    };
    await start();
    await log('first stop');
    for (const command of ['next', 'stepIn', 'stepIn', 'stepOut', 'next', 'next', 'next', 'stepIn']) {
      await go(command);
      await log(command);
    }
    await functions('RMI_REC_ENTER');
    await go('continue');
    await log('continue to RMI_REC_ENTER');
    await functions('RSI_REALM_CONFIG');
    await go('continue');
    await log('continue to RSI_REALM_CONFIG');
    for (const command of ['next', 'stepIn', 'stepOut', 'next']) {
      await go(command);
      await log(command);
    }
    golden('stepping-worlds', text);
  }));

test('a step is quick with a thousand breakpoints set', () =>
  withDriver(async ({ launch, start, functions, go, client }) => {
    await launch({ program: STEPS });
    await functions('area');
    await start();
    await go('continue');
    await client.request('setInstructionBreakpoints', {
      breakpoints: Array.from({ length: 1000 }, (_, i) => ({
        instructionReference: `0x${(0x8040_0000 + i * 4).toString(16)}`,
      })),
    });
    const begin = performance.now();
    for (let i = 0; i < 20; i++) await go('next', { granularity: 'instruction' });
    const each = (performance.now() - begin) / 20;
    // The budget is 10 ms; ten times that still catches a step that costs too much on a busy machine.
    assert.ok(each < 100, `${each} ms a step`);
  }));
