/** Memory and disassembly by reference, and the custom requests of the panels. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatReference } from '../../debug-adapter/address-space/address-space';
import type {
  CommandsResponse,
  ConsoleResponse,
  ContextsResponse,
  GptResponse,
  GranuleResponse,
  MemoryMapResponse,
  RealmsResponse,
  RttResponse,
} from '../../debug-adapter/protocol';
import { ATTEST, type Driver, golden, STEPS, withDriver } from './driver';

type Memory = { address: string; data?: string; unreadableBytes?: number };
const RD = 0x9_0000;

async function inMain({ launch, functions, start, go }: Driver, program = STEPS): Promise<void> {
  await launch({ program });
  await functions('main');
  await start();
  await go('continue');
}

test('the same bytes at a VA, an IPA and a PA; other bytes on the bus and under another MECID', () =>
  withDriver(async (driver) => {
    await inMain(driver);
    const { client } = driver;
    const read = async (memoryReference: string, count = 16, offset = 0): Promise<Memory> =>
      client.request<Memory>('readMemory', { memoryReference, count, offset });
    const va = await read('0x80000000');
    assert.equal(Buffer.from(va.data!, 'base64').length, 16);
    const ipa = await read(formatReference({ space: { kind: 'ipa', rd: RD }, address: 0x8000_0000n }));
    assert.equal(ipa.data, va.data);
    const regime = await read(
      formatReference({ space: { kind: 'va', world: 3, el: 1, rd: RD }, address: 0x8000_0000n }),
    );
    assert.equal(regime.data, va.data);
    const { rows } = await client.request<RealmsResponse>('cca/realms', {});
    const realm = rows.find(({ kind }) => kind === 'realm')!.id;
    const walk = async (table?: string, level?: number, base?: string): Promise<RttResponse> =>
      client.request<RttResponse>('cca/rtt', { realm, ...(table ? { table, level, ipa: base } : {}) });
    const top = await walk();
    const next = top.runs.find(({ hipas }) => hipas === 'TABLE')!;
    const middle = (await walk(next.pa, 2, next.ipa)).runs.find(({ hipas }) => hipas === 'TABLE')!;
    const leaf = (await walk(middle.pa, 3, middle.ipa)).runs.find(({ hipas }) => hipas === 'ASSIGNED')!;
    assert.equal(leaf.ipa, '0x80000000');
    const pa = BigInt(leaf.pa!);
    assert.equal((await read(formatReference({ space: { kind: 'pa', pas: 3 }, address: pa }))).data, va.data);
    assert.notEqual((await read(formatReference({ space: { kind: 'bus' }, address: pa }))).data, va.data);
    assert.notEqual(
      (await read(formatReference({ space: { kind: 'pa', pas: 3, mecid: 7 }, address: pa }))).data,
      va.data,
    );
    assert.equal(
      (await read(formatReference({ space: { kind: 'pa', pas: 3 }, address: pa }))).data,
      va.data,
      'looking changed nothing',
    );
  }));

test('what cannot be read is counted, not invented', () =>
  withDriver(async (driver) => {
    await inMain(driver);
    const read = async (memoryReference: string, count: number, offset = 0): Promise<Memory> =>
      driver.client.request<Memory>('readMemory', { memoryReference, count, offset });
    assert.deepEqual(await read('0x80000000', 0), { address: '0x80000000', data: '' });
    const nowhere = await read('0x1000', 32);
    assert.equal(nowhere.unreadableBytes, 32);
    assert.equal(nowhere.data, '');
    const back = await read('0x80000010', 16, -16);
    assert.equal(back.address, '0x80000000');
    // RAM of the guest ends at 16 MiB: the read stops there.
    const edge = await read('0x80ffffff', 8192, -4095);
    assert.equal(Buffer.from(edge.data ?? '', 'base64').length + (edge.unreadableBytes ?? 0), 8192);
    // A gap ends where something can be read again.
    const gap = await read('0x80000000', 8192, -4096);
    assert.equal(gap.data, '');
    assert.equal(gap.unreadableBytes, 4096);
    const top = await read('0xffffffffffffffff', 8);
    assert.equal(top.unreadableBytes, 8);
    const ended = await read(formatReference({ space: { kind: 'ipa', rd: 5 }, address: 0x8000_0000n }), 8);
    assert.equal(ended.unreadableBytes, 8, 'a Realm that does not exist');
  }));

test('disassembly pages back and forth with exact counts', () =>
  withDriver(async (driver) => {
    await inMain(driver);
    const { client, frames } = driver;
    const list = async (args: object): Promise<DebugProtocol.DisassembledInstruction[]> =>
      (
        await client.request<{ instructions: DebugProtocol.DisassembledInstruction[] }>('disassemble', {
          resolveSymbols: true,
          ...args,
        })
      ).instructions;
    const pc = (await frames())[0]!.instructionPointerReference!;
    const around = await list({ memoryReference: pc, instructionOffset: -50, instructionCount: 200 });
    assert.equal(around.length, 200);
    assert.equal(BigInt(around[50]!.address), BigInt(pc));
    around.forEach((row, i) => {
      if (i > 0) assert.equal(BigInt(row.address) - BigInt(around[i - 1]!.address), 4n);
    });
    assert.ok(
      around.slice(0, 30).some(({ presentationHint }) => presentationHint === 'invalid'),
      'below the image there is nothing',
    );
    const first = around.findIndex(({ symbol }) => symbol === '_start');
    assert.equal(BigInt(around[first]!.address), 0x8000_0000n);
    assert.match(around[first]!.instruction, /^adrp\s+x0/);
    assert.equal(around[first]!.location?.name, 'start.S');
    assert.equal(around[first]!.instructionBytes?.length, 11);
    assert.ok(around.some(({ instruction }) => /^bl\s.*<main>/.test(instruction)));
    assert.deepEqual(await list({ memoryReference: pc, instructionCount: 0 }), []);
    const below = await list({ memoryReference: '0x8', instructionOffset: -10, instructionCount: 20 });
    assert.equal(below.length, 20);
    for (const row of below) BigInt(row.address);
    const top = await list({ memoryReference: '0xfffffffffffffff8', instructionOffset: 0, instructionCount: 10 });
    assert.equal(top.length, 10);
    assert.ok(top.every(({ presentationHint }) => presentationHint === 'invalid'));
    const tagged = await list({
      memoryReference: formatReference({ space: { kind: 'ipa', rd: RD }, address: 0x8000_0000n }),
      instructionCount: 2,
    });
    assert.match(tagged[0]!.instruction, /^adrp/);
    golden(
      'disassembly',
      `${(await list({ memoryReference: '0x80000000', instructionCount: 24 })).map(({ address, instruction, symbol, line }) => `${address} ${symbol ? `${symbol}: ` : ''}${instruction}${line ? `  ; ${line}` : ''}`).join('\n')}\n`,
    );
  }));

test('panel requests: sizes, sums and what they agree on', () =>
  withDriver(async (driver) => {
    await inMain(driver, ATTEST);
    const { client } = driver;
    const ask = async <T>(command: string, args: object = {}): Promise<T> => {
      const body = await client.request<T>(command, args);
      assert.ok(JSON.stringify(body).length <= 64 * 1024, `${command} is at most 64 KiB`);
      return body;
    };
    const bank = { base: '0x80000000', size: '0x7c000000' };
    for (const key of ['pas', 'state', 'realm', 'mecid']) {
      const fine = await ask<MemoryMapResponse>('cca/memoryMap', { ...bank, key });
      assert.equal(
        fine.runs.reduce((sum, { cells }) => sum + cells, 0),
        0x7c000,
        `${key}: every cell once`,
      );
      assert.equal(
        fine.legend.reduce((sum, { granules }) => sum + granules, 0),
        0x7c000,
        `${key}: every granule counted`,
      );
      const coarse = await ask<MemoryMapResponse>('cca/memoryMap', { ...bank, key, cell: 0x20_0000 });
      assert.equal(
        coarse.runs.reduce((sum, { cells }) => sum + cells, 0),
        0x7c000 / 512,
      );
    }
    const state = await ask<MemoryMapResponse>('cca/memoryMap', { ...bank, key: 'state' });
    assert.equal(state.legend.find(({ colour }) => colour === 'granule.rd')?.granules, 1);
    const overview = await ask<MemoryMapResponse>('cca/memoryMap', { ...bank, key: 'state', cell: 2 ** 30 });
    assert.equal(overview.legend[overview.runs[0]!.rare!]?.colour, 'granule.rd', 'an RD never vanishes');
    const card = await ask<GranuleResponse>('cca/granule', { pa: '0x90000123' });
    assert.equal(card.pa, '0x90000000');
    assert.match(card.sentence, /^Granule 0x9000_0000, RD of attest, Realm PAS/);
    assert.equal(card.gpt.length, 2);
    assert.notEqual(card.content?.owner, card.content?.bus);
    const { rows } = await ask<RealmsResponse>('cca/realms');
    assert.ok(rows.some(({ kind, detail }) => kind === 'realm' && detail === 'ACTIVE'));
    assert.ok(rows.some(({ kind, detail }) => kind === 'rec' && detail === 'running on PE 0'));
    assert.ok(rows.every(({ parent }) => parent === undefined || rows.some(({ id }) => id === parent)));
    const gpt = await ask<GptResponse>('cca/gpt', bank);
    assert.equal(
      gpt.runs.reduce((sum, { size }) => sum + Number(size), 0),
      0x7c00_0000,
    );
    assert.ok(gpt.runs.some(({ base, meaning }) => base === '0x90000000' && meaning === 'Realm'));
    const contexts = await ask<ContextsResponse>('cca/contexts');
    assert.ok(contexts.rows.some(({ mecid, owner }) => mecid === 1 && owner === 'attest'));
    const { commands } = await ask<CommandsResponse>('cca/commands');
    assert.ok(commands.length >= 30);
    assert.equal((await ask<ConsoleResponse>('cca/console')).total, 0);
  }));

test('panel requests keep answering while the guest runs and after it has ended', () =>
  withDriver(async ({ client, launch, start }) => {
    await launch({ program: 'test/guests/endless-loop.elf' });
    await start();
    await client.request('continue', { threadId: 1 });
    for (let i = 0; i < 5; i++) await client.request<RealmsResponse>('cca/realms', {});
    const map = await client.request<MemoryMapResponse>('cca/memoryMap', { base: '0x90000000', size: '0x200000' });
    assert.ok(map.runs.length > 0);
    await client.request('terminate', {});
    await client.event('terminated');
    assert.ok((await client.request<RealmsResponse>('cca/realms', {})).rows.length > 0);
  }));

test('virtual sources: the Host’s plan and a document for every command', () =>
  withDriver(async (driver) => {
    await inMain(driver, ATTEST);
    const { client, frames } = driver;
    const { sources } = await client.request<DebugProtocol.LoadedSourcesResponse['body']>('loadedSources', {});
    assert.ok(sources.some(({ name, path }) => name === 'main.c' && path?.endsWith('main.c')));
    const virtual = sources.filter(({ sourceReference }) => sourceReference);
    assert.ok(virtual.length > 30);
    for (const source of virtual) {
      const { content } = await client.request<DebugProtocol.SourceResponse['body']>('source', {
        source,
        sourceReference: source.sourceReference,
      });
      assert.ok(content.length > 50, source.name);
    }
    const document = virtual.find(({ name }) => name === 'RMI_DATA_CREATE')!;
    golden(
      'command-document',
      (
        await client.request<DebugProtocol.SourceResponse['body']>('source', {
          source: document,
          sourceReference: document.sourceReference,
        })
      ).content,
    );
    const host = (await frames()).at(-1)!;
    const { content } = await client.request<DebugProtocol.SourceResponse['body']>('source', {
      sourceReference: host.source!.sourceReference,
    });
    assert.match(content.split('\n')[host.line - 1]!, /RMI_REC_ENTER/);
  }));
