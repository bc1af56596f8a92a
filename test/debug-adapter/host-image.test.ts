/** A Host of real code under the debugger: entry, breakpoints, steps, and the SMC into the RMM and back. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readElf } from '../../emulator/host/image/elf';
import { marker, withDriver } from './driver';

const HOST = join(process.cwd(), 'test/debug-adapter/guests/host.elf');
const SOURCE = join(process.cwd(), 'test/debug-adapter/guests/host.c');
const line = (name: string): number => marker(SOURCE, name);

test('it stands at its first instruction, and ends when it turns the system off', () =>
  withDriver(async ({ client, launch, start, stack, output }) => {
    await launch({ host: HOST });
    assert.equal((await start()).description, 'Paused at the entry of the Host');
    assert.match((await stack())[0] ?? '', /^_start/);
    await client.request('continue', { threadId: 1 });
    assert.equal((await client.event<{ exitCode: number }>('exited')).exitCode, 0);
    assert.match(output(), /Host up/);
    assert.match(output(), /Delegated/);
    assert.match(output(), /The system was turned off/);
  }));

test('breakpoints, locals, over, into and out of a function', () =>
  withDriver(async ({ launch, start, lines, functions, go, stack, evaluate }) => {
    await launch({ host: HOST });
    const [call] = await lines(SOURCE, line('CALL'));
    assert.equal(call?.verified, true);
    assert.equal((await functions('twice'))[0]?.verified, true);
    await start();
    assert.deepEqual((await go('continue')).hitBreakpointIds, [call?.id]);
    assert.equal((await evaluate('answer')).result, '7');
    assert.equal((await go('continue')).reason, 'function breakpoint');
    assert.equal((await evaluate('number')).result, '21');
    await go('next');
    assert.equal((await evaluate('product')).result, '42');
    assert.deepEqual(
      (await stack()).slice(0, 3).map((frame) => frame.split(' ')[0]),
      ['twice', 'host_main', '_start'],
    );
    await go('stepOut');
    await go('next');
    assert.equal((await evaluate('answer')).result, '42');
  }));

test('into an SMC: the command’s stages above the Host’s frames, out of it, and over the next line', () =>
  withDriver(async ({ launch, start, lines, go, stack, evaluate }) => {
    await launch({ host: HOST });
    await lines(SOURCE, line('DELEGATE'));
    await start();
    await go('continue');
    await go('stepIn');
    await go('next');
    const command = await (async () => {
      for (let tries = 0; tries < 12; tries++) {
        const frames = await stack();
        if (frames[0]?.startsWith('RMI_GRANULE_DELEGATE')) return frames;
        await go('stepIn', { granularity: 'instruction' });
      }
      return assert.fail('The command was not reached.');
    })();
    assert.match(command[1] ?? '', /^smc host\.c/);
    assert.match(command[2] ?? '', new RegExp(`^host_main host\\.c:${line('DELEGATE')}`));
    await go('next');
    assert.match((await stack())[0] ?? '', /^RMI_GRANULE_DELEGATE · stage/);
    await go('stepOut');
    assert.match((await stack())[0] ?? '', /RMI_GRANULE_DELEGATE · returned RMI_SUCCESS/);
    await go('next');
    assert.match((await stack())[0] ?? '', /^smc/);
    await go('stepOut');
    await go('next');
    assert.match((await stack())[0] ?? '', new RegExp(`host_main host\\.c:${line('AFTER')}`));
    assert.equal((await evaluate('status')).result, '0');
  }));

test('a breakpoint on a command stops with the Host’s own code below it', () =>
  withDriver(async ({ launch, start, functions, go, stack, at }) => {
    await launch({ host: HOST });
    await functions('RMI_GRANULE_DELEGATE');
    await start();
    await go('continue');
    const frames = await stack();
    assert.match(frames[0] ?? '', /^RMI_GRANULE_DELEGATE/);
    assert.match(frames[1] ?? '', /^smc/);
    assert.match((await at('Call', 'addr')).value, /^0x8800_[0-9a-f]000/);
  }));

test('what a launch configuration gets wrong is named', () =>
  withDriver(async ({ refusal }) => {
    assert.match(await refusal('launch', {}), /lacks "program"/);
    assert.match(await refusal('launch', { program: HOST, entry: '0x1000' }), /"entry" is given without "host"/);
    assert.match(await refusal('launch', { host: `${HOST}@0xzz` }), /"host" is/);
    assert.match(await refusal('launch', { host: HOST, poke: ['1'] }), /ADDR=WORD/);
    assert.match(await refusal('launch', { host: '/no/such' }), /Set "host" in launch\.json/);
    assert.match(await refusal('launch', { host: HOST, load: [SOURCE] }), /does not say where it goes/);
  }));

test('a raw image runs without symbols', async () => {
  const { segments } = readElf(readFileSync(HOST), HOST);
  const base = segments[0]?.physicalAddress ?? 0n;
  const raw = Buffer.alloc(0x8000);
  for (const { physicalAddress, bytes } of segments) raw.set(bytes, Number(physicalAddress - base));
  const folder = mkdtempSync(join(tmpdir(), 'realmscope-raw-'));
  const file = join(folder, 'host.bin');
  writeFileSync(file, raw);
  try {
    await withDriver(async ({ launch, start, go, stack, functions }) => {
      await launch({ host: `${file}@0x88000000` });
      await functions('RMI_VERSION');
      await start();
      await go('continue');
      const frames = await stack();
      assert.match(frames[0] ?? '', /^RMI_VERSION/);
      assert.match(frames[1] ?? '', /^0x8800_/);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
