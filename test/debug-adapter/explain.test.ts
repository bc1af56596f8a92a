/** The fault explainer and the documents of calls through the protocol. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { ExplainResponse } from '../../debug-adapter/protocol';
import { ATTEST, type Driver, THREAD, withDriver } from './driver';

const explain = (driver: Driver, args: object): Promise<ExplainResponse> =>
  driver.client.request<ExplainResponse>('cca/explain', args);

test('cca/explain: addresses, tagged references, worlds, refusals; the console; hovers of commands', async () => {
  await withDriver(async (driver) => {
    await driver.launch({ program: ATTEST, stopOnEntry: false });
    await driver.functions('main');
    await driver.start();
    const none = await explain(driver, {});
    assert.deepEqual([none.taken, none.explanation], [null, null]);
    assert.match(none.text, /No fault was taken/);

    const [frame] = await driver.frames();
    const code = await explain(driver, { address: frame!.instructionPointerReference!, access: 'execute' });
    assert.equal(code.explanation?.outcome, 'allowed');
    assert.match(code.explanation?.question ?? '', /^attest REC 0 at R-EL1 executes VA 0x8000_/);
    assert.ok(JSON.stringify(code).length < 0x1_0000);
    const ipa = await explain(driver, { address: '0x4000_0000', space: 'ipa', access: 'write' });
    assert.equal(ipa.explanation?.realm?.ripas, 'EMPTY');
    assert.match(ipa.explanation?.fault?.hpfar ?? '', /^0x[0-9a-f]+$/);

    const place = code.explanation!.pa!;
    // Kind 3, PAS Realm (3), MECID of the owner: a reference as memory views have it.
    const tagged = `0x33${place.slice(2).padStart(16, '0')}`;
    const realm = await explain(driver, { address: tagged });
    assert.deepEqual([realm.explanation?.space, realm.explanation?.pas], ['pa', 'Realm']);
    const host = await explain(driver, { address: place, space: 'pa', world: 'nonSecure' });
    assert.equal(host.explanation?.fault?.kind, 'granule');
    const { rows } = await driver.client.request<{ rows: { id: string; kind: string }[] }>('cca/realms');
    const rec = rows.find(({ kind }) => kind === 'rec')!.id;
    const byRec = await explain(driver, { address: '0x80000000', rec, el: 0 });
    assert.match(byRec.explanation?.question ?? '', /R-EL0/);

    const refusals: readonly (readonly [object, RegExp])[] = [
      [{ address: 5 }, /"address" is 5/],
      [{ address: 'main' }, /"main" is no address/],
      [{ address: '0x1', space: 'xa' }, /"space" is "xa"/],
      [{ address: '0x1', access: 'fetch' }, /"access" is "fetch"/],
      [{ address: '0x1', size: 3 }, /"size" is 3/],
      [{ address: '0x1', el: 7 }, /"el" is 7/],
      [{ address: '0x1', world: 'moon' }, /"world" is "moon"/],
      [{ address: '0x1', rec: 'rec:0x1000' }, /"rec" is "rec:0x1000"/],
      [{ address: '0x1', rec: 7 }, /"rec" is 7/],
      [{ address: '0x1', realm: 'realm:0x5' }, /realm:0x5/],
      [{ address: '0x1', realm: {} }, /"realm" is \{\}/],
    ];
    for (const [args, message] of refusals) assert.match(await driver.refusal('cca/explain', args), message);

    assert.match((await driver.evaluate('explain ipa:0x4000_0000 write', 'repl')).result, /To mend: RIPAS is EMPTY/);
    assert.match((await driver.evaluate('explain $pc execute', 'repl')).result, /may execute it/);
    assert.match((await driver.evaluate('explain write', 'repl')).result, /needs an address/);
    const far = (await driver.evaluate('explain ipa:0xffff_ffff_ffff_0000', 'repl')).result;
    assert.match(far, /IPA is beyond the physical address space of 48 bits[\s\S]*at most 48 bits/);
    assert.match((await driver.evaluate('explain', 'repl')).result, /No fault was taken/);
    assert.match((await driver.evaluate('command', 'repl')).result, /^RMI_REC_ENTER #\d+\n/);
    assert.match((await driver.evaluate('help', 'repl')).result, /explain \[ADDRESS\]/);

    const hover = await driver.evaluate('SMC_RSI_HOST_CALL', 'hover');
    assert.match(hover.result, /^RSI_HOST_CALL: FID 0xc400_0199, RMM 1\.0/);
    const tree = await driver.tree(hover.variablesReference, 2);
    assert.match(tree, /X1 addr = /);
    assert.match(tree, /addr_align = .* → RSI_ERROR_INPUT/);
  });
});

/** Text of the top frame's source. */
async function document(driver: Driver): Promise<{ text: string; line: string; reference: number }> {
  const [frame] = await driver.frames();
  const reference = frame!.source!.sourceReference!;
  const { content } = await driver.client.request<DebugProtocol.SourceResponse['body']>('source', {
    source: frame!.source,
    sourceReference: reference,
  });
  return { text: content, line: content.split('\n')[frame!.line - 1] ?? '', reference };
}

test('the document of a call has its values: before, at each stage the same, and with the result', async () => {
  await withDriver(async (driver) => {
    await driver.launch({ program: ATTEST, stopOnEntry: false });
    await driver.functions('RMI_DATA_CREATE', 'RMI_DATA_CREATE after');
    await driver.start();
    const before = await document(driver);
    assert.match(before.text, /^RMI_DATA_CREATE {2}· {2}FID 0xc400_0153 .* call \d+ on PE 0\nConditions: \d+ pass\n/);
    assert.match(before.text, /X1 {2}rd {5}Address {7}0x9000_0000 {2}PA of the Realm Descriptor/);
    assert.match(before.text, /✓ fail {2}rd_state .*Granule\(rd\)\.state = RD/);
    assert.match(before.text, /✓ let {3}walk .*walk\.level = 3/);
    assert.match(before.line, /✓ fail {2}flags_valid/);
    await driver.go('next');
    const next = await document(driver);
    assert.equal(next.reference, before.reference, 'stepping does not change the text');
    assert.match(next.line, /✓ fail {2}src_align/);
    await driver.go('continue');
    const after = await document(driver);
    assert.notEqual(after.reference, before.reference);
    assert.match(after.line, /return {2}RMI_SUCCESS/);
    assert.match(after.text, /✓ do {4}map/);
    assert.equal(after.text.split('\n').length, before.text.split('\n').length);
  });
});

test('a refused call: its document and the trace say why', async () => {
  await withDriver(async (driver) => {
    await driver.launch({ program: 'test/guests/rejected-call.elf', trace: true, stopOnEntry: false });
    await driver.client.request('setExceptionBreakpoints', { filters: ['command-failed'] });
    const stopped = await driver.start();
    assert.equal(stopped.description, 'RSI_REALM_CONFIG failed: RSI_ERROR_INPUT');
    const info = await driver.client.request<DebugProtocol.ExceptionInfoResponse['body']>('exceptionInfo', THREAD);
    assert.match(
      info.description ?? '',
      /RSI_ERROR_INPUT · addr_align: !AddrIsGranuleAligned\(addr\) {2}\[addr = 0x8000_/,
    );
    const { text } = await document(driver);
    assert.match(text, /Conditions: \d+ passed · FAILED: addr_align · \d+ not reached/);
    assert.match(text, /✗ fail {2}addr_align .*addr = 0x8000_[0-9a-f]+ {4}FAILED/);
    assert.match(text, /· .*not reached/);
    assert.match(driver.output(), /RSI_ERROR_INPUT \(addr_align\); !AddrIsGranuleAligned\(addr\) \[addr=0x8000_/);
    await driver.client.request('threads', THREAD);
  });
});
