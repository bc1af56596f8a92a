import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { STRUCTURES } from '../../emulator/rmm/structures/structures';
import { hoverAt } from '../../language/server/hover';
import { hex } from '../../language/server/markdown';

/** The hover at the `|` in a text. */
const hover = (marked: string) => hoverAt(marked.replace('|', ''), marked.indexOf('|'))?.markdown;

describe('hover', () => {
  it('explains every command by its name and by its FID', () => {
    for (const command of CATALOGUE) {
      const byName = hover(`ret = smc(${command.name.slice(0, 5)}|${command.name.slice(5)}, 0);`);
      assert.ok(byName?.startsWith(`**${command.name}** \`${hex(command.fid, 8)}\``), command.name);
      assert.equal(hover(`mov x0, #0x|${command.fid.toString(16)}`), byName);
      for (const failure of command.failures) assert.ok(byName?.includes(`\`${failure.id}\``), failure.id);
    }
  });

  it('gives the failures of RMI_REALM_CREATE in the order in which they are checked', () => {
    const text = hover('0xC40001|58')!;
    const row = CATALOGUE.find((command) => command.name === 'RMI_REALM_CREATE')!;
    const positions = row.failures.map(({ id }) => text.indexOf(`\`${id}\``));
    assert.ok(row.failures.length > 5);
    assert.deepEqual(
      positions,
      [...positions].sort((a, b) => a - b),
    );
    for (const operand of [...row.inputs, ...row.outputs]) assert.ok(text.includes(`\`${operand.name}\``));
  });

  it('knows the spellings of FIDs in C, Rust and assembly', () => {
    for (const literal of ['0xC4000158', '0xc4000158UL', '0xc4000158ull', '0xC400_0158_u64', '3288334680'])
      assert.match(hover(`|${literal};`) ?? '', /RMI_REALM_CREATE/, literal);
    assert.equal(hover('|0xC4000159F'), undefined);
    assert.equal(hover('0x|10'), undefined);
  });

  it('knows macros as headers write them, in any case', () => {
    for (const word of ['SMC_RSI_HOST_CALL', 'rsi_host_call', 'RSI_HOST_CALL', 'SMC_RSI_HOST_CALL_FID'])
      assert.match(hover(`x = |${word}(`) ?? '', /\*\*RSI_HOST_CALL\*\*/, word);
  });

  it('tells a structure from the command of the same name', () => {
    assert.match(hover('|RsiHostCall call;') ?? '', /^\*\*RsiHostCall\*\* 0x100 bytes/);
    assert.doesNotMatch(hover('|RsiHostCall call;') ?? '', /\*\*RSI_HOST_CALL\*\*/);
    assert.doesNotMatch(hover('|RSI_HOST_CALL') ?? '', /\*\*RsiHostCall\*\*/);
    const both = hover('struct |rsi_host_call') ?? '';
    assert.match(both, /\*\*RSI_HOST_CALL\*\*[\s\S]*\*\*RsiHostCall\*\*/);
  });

  it('shows every structure with its fields and offsets', () => {
    for (const [name, structure] of Object.entries(STRUCTURES)) {
      const text = hover(`|${name}`) ?? '';
      for (const field of Object.values(structure.fields))
        assert.ok(text.includes(`| ${hex(field.offset)} | \`${field.name}\` |`), `${name}.${field.name}`);
    }
    assert.match(hover('struct |rmi_realm_params_t') ?? '', /RmiRealmParams/);
  });

  it('explains a member only where its structure is in sight', () => {
    assert.match(
      hover('RmiRealmParams p; p.|s2sz = 33;') ?? '',
      /\*\*RmiRealmParams\.s2sz\*\* UInt32, 4 bytes at offset 0x8/,
    );
    assert.match(hover('struct rmi_realm_params *p; p->|rtt_base = 0;') ?? '', /offset 0x808/);
    assert.equal(hover('struct other p; p.|flags = 33;'), undefined);
    assert.equal(hover('RmiRealmParams p; |flags = 33;'), undefined);
  });

  it('explains status codes, enumerations and bit fields', () => {
    assert.match(hover('== |RMI_ERROR_RTT') ?? '', /= 4 · RmiStatusCode/);
    assert.match(hover('|RmiRecExitReason') ?? '', /`RMI_EXIT_HOST_CALL`/);
    assert.match(hover('|RmiFeatureRegister0') ?? '', /\| 7:0 \| `S2SZ` \|/);
  });

  it('is silent about everything else', () => {
    for (const text of ['int |main(void)', '|', 'a | b', '|RMI_NO_SUCH', 'rsi|Version', '|version', '#|'])
      assert.equal(hover(text), undefined, text);
  });

  it('says what it covers', () => {
    assert.deepEqual({ ...hoverAt('a RSI_VERSION b', 5), markdown: '' }, { markdown: '', start: 2, end: 13 });
  });
});
