import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { STRUCTURES } from '../../emulator/rmm/structures/structures';
import { completionsAt } from '../../language/server/completion';

/** Completions at the `|` in a text. */
const complete = (marked: string) => completionsAt(marked.replace('|', ''), marked.indexOf('|'));
const labels = (marked: string) => complete(marked).map((completion) => completion.label);

describe('completion', () => {
  it('offers every command of an interface by its prefix, in any case', () => {
    for (const id of ['rmi', 'rsi', 'psci'] as const) {
      const names = CATALOGUE.filter((command) => command.interface === id).map((command) => command.name);
      for (const name of names)
        for (const word of [name.slice(0, 6), name.slice(0, 6).toLowerCase()])
          assert.ok(labels(`x = ${word}|`).includes(name), name);
    }
  });

  it('keeps the prefix that C headers use, for commands only', () => {
    const offered = complete('SMC_RSI_|');
    assert.ok(offered.some((completion) => completion.label === 'SMC_RSI_REALM_CONFIG'));
    assert.ok(offered.every((completion) => completion.kind === 'command' && completion.label.startsWith('SMC_RSI_')));
  });

  it('replaces the whole word before the cursor', () => {
    const [first] = complete('call RMI_REALM_CREA|');
    assert.deepEqual([first?.label, first?.start, first?.end], ['RMI_REALM_CREATE', 5, 19]);
  });

  it('offers status codes and structures', () => {
    assert.ok(labels('RMI_ERR|').includes('RMI_ERROR_INPUT'));
    assert.ok(labels('RmiRealm|').includes('RmiRealmParams'));
  });

  it('offers the fields of the structures in sight after a dot or an arrow', () => {
    const fields = Object.keys(STRUCTURES['RmiRealmParams']!.fields);
    assert.deepEqual(labels('RmiRealmParams p; p.|'), fields);
    assert.deepEqual(labels('struct rmi_realm_params *p; p->rtt_|'), ['rtt_base', 'rtt_level_start', 'rtt_num_start']);
    assert.deepEqual(labels('struct other p; p.|'), []);
  });

  it('stays out of other words', () => {
    for (const text of ['int |', 'r|', 'int x|', 'ma|', '|']) assert.deepEqual(labels(text), [], text);
  });

  it('names each thing once', () => {
    const offered = [...labels('RMI_|'), ...labels('RSI_|'), ...labels('PSCI_|')];
    assert.equal(new Set(offered).size, offered.length);
  });
});
