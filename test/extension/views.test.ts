import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RealmRow } from '../../debug-adapter/protocol';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { afterChange, NO_SESSION } from '../../extension/debug/session-state';
import { mentionsCca } from '../../extension/language-client/mentions';
import { commandsOf, fidText, INTERFACES, parseCommandName } from '../../extension/views/command-list';
import { childrenOf, realmNode, rimsOf } from '../../extension/views/realm-nodes';

const rim = 'ab'.repeat(32);
const rows: readonly RealmRow[] = [
  { id: 'realm:1', kind: 'realm', label: 'attest', detail: 'ACTIVE', pa: '0x90000000', hue: 9 },
  { id: 'rec:1', parent: 'realm:1', kind: 'rec', label: 'REC 0', detail: 'READY', pa: '0x90004000' },
  { id: 'm:1', parent: 'realm:1', kind: 'property', label: 'Measurements', detail: 'sha-256' },
  { id: 'rim:1', parent: 'm:1', kind: 'measurement', label: 'RIM', detail: rim, value: rim },
  { id: 'realm:2', kind: 'realm', label: 'inference', detail: 'NEW', hue: 2 },
];

describe('Realms view', () => {
  it('nests rows by their parents', () => {
    assert.deepEqual(
      childrenOf(rows, undefined).map(({ label }) => label),
      ['attest', 'inference'],
    );
    assert.deepEqual(
      childrenOf(rows, 'realm:1').map(({ label }) => label),
      ['REC 0', 'Measurements'],
    );
  });

  it('opens Realms, keeps the rest closed, and marks what can be revealed and copied', () => {
    const nodes = rows.map((row) => realmNode(row, rows));
    assert.deepEqual(
      nodes.map(({ children }) => children),
      ['open', 'none', 'closed', 'none', 'none'],
    );
    assert.deepEqual(
      nodes.map(({ context }) => context),
      ['realm place', 'rec place', 'property', 'measurement value', 'realm'],
    );
  });

  it('repeats the hues after the eighth Realm', () => {
    assert.equal(realmNode(rows[0]!, rows).colour, 'realmscope.realm.1');
    assert.equal(realmNode(rows[4]!, rows).colour, 'realmscope.realm.2');
    assert.equal(realmNode(rows[1]!, rows).colour, undefined);
  });

  it('cuts digests in the row and keeps them whole for the tooltip', () => {
    const node = realmNode(rows[3]!, rows);
    assert.equal(node.description, `${rim.slice(0, 24)}…`);
    assert.ok(node.tooltip.includes(rim));
  });

  it('finds the RIM of a Realm however deep it lies', () => {
    assert.deepEqual(rimsOf(rows), [{ realm: 'attest', rim }]);
    assert.deepEqual(rimsOf(rows, 'realm:2'), []);
  });
});

describe('Command Breakpoints view', () => {
  it('lists every command in its interface', () => {
    const listed = INTERFACES.flatMap(({ id }) => commandsOf(CATALOGUE, id));
    assert.equal(listed.length, CATALOGUE.length);
    assert.equal(fidText(0xc4000158), '0xC4000158');
  });

  it('reads command breakpoints from names of function breakpoints', () => {
    const parse = (name: string) => parseCommandName(name, CATALOGUE);
    assert.deepEqual(parse('RMI_REC_ENTER'), { command: 'RMI_REC_ENTER', after: false });
    assert.deepEqual(parse(' rmi_rec_enter  after '), { command: 'RMI_REC_ENTER', after: true });
    for (const name of ['main', 'RMI_REC_ENTE', 'RMI_REC_ENTER before', '', 'RMI_REC_ENTER_'])
      assert.equal(parse(name), undefined, name);
  });
});

describe('session state', () => {
  it('follows the events of the adapter', () => {
    const reasons = ['running', 'stopped', 'ended'] as const;
    const states = reasons.map((reason, generation) => afterChange(NO_SESSION, { reason, generation }));
    assert.deepEqual(
      states.map(({ state }) => state),
      ['running', 'stopped', 'ended'],
    );
    assert.deepEqual(
      states.map(({ generation }) => generation),
      [0, 1, 2],
    );
  });
});

describe('starting the language server', () => {
  it('is worth it for a file that mentions the interfaces of the RMM', () => {
    const worth = [
      'smc(RSI_VERSION)',
      '#include "rsi.h"\nrsi_get_token();',
      'RmiRealmParams p;',
      'mov x0, #0xC4000190',
      'SMC_RMI_FEATURES',
    ];
    for (const text of worth) assert.equal(mentionsCca(text), true, text);
    for (const text of ['int main(void)', 'parsing', 'VERSION', '0xC4000000FF'])
      assert.equal(mentionsCca(text), false, text);
  });
});
