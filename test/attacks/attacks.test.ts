/** Each attack ends as the architecture says, with no byte of a Realm shown and the RMM's invariants intact. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attack, createArena } from './arena';
import { ATTACKS } from './attacks';
import { FIXTURES } from './fixtures';

const arena = createArena(FIXTURES);

for (const { title, attacks } of ATTACKS) {
  describe(title, () => {
    for (const each of attacks) test(each.name, () => attack(arena, each));
  });
}

test('attacks are plain data, each with a name of its own and a defence', () => {
  const all = ATTACKS.flatMap(({ attacks }) => attacks);
  assert.deepEqual(JSON.parse(JSON.stringify([FIXTURES, all])), [FIXTURES, all]);
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  assert.ok(all.length >= 120, `${all.length} attacks`);
});
