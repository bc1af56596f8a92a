/** Regimes that are kept are those that the registers make, however the registers were changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Pe, resetPe, restorePe, savePe, selectWorld, writeSysreg } from '../../emulator/cpu/pe';
import { SYSREG_ROWS, type SysregName, sysregOffset, WORLD_CONTEXT } from '../../emulator/cpu/sysreg/sysreg';
import { createMachine } from '../../emulator/machine/create';
import { peBase } from '../../emulator/memory/map';
import { Pas } from '../../emulator/memory/pas';
import { regimeOf } from '../../emulator/translation/regime';
import { cachedRegime } from '../../emulator/translation/regime-cache';

const NAMES: readonly SysregName[] = SYSREG_ROWS.filter(
  ({ translation, name }) => (translation !== undefined && translation !== 'debug') || name.includes('MECID'),
).map(({ name }) => name);

const name = fc.constantFrom(...NAMES);
const bit = fc.integer({ min: 0, max: 63 });
/** What changes registers, with the ways around `writeSysreg`. */
const change = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('flip' as const), name, bit }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('poke' as const), name, bit }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('world', 'load', 'save', 'restore', 'reset') }) },
);

type Kept = ReturnType<typeof savePe>;

test('a kept regime is the one that the registers make', () => {
  const machine = createMachine({ platform: 'fvp' });
  const pe = machine.pes[0] as Pe;
  const view = machine.memory.view();
  const place = (register: SysregName): number => peBase(pe.index) + sysregOffset(register);
  const check = (): void => {
    for (const el of [0, 1, 2, 3]) {
      assert.deepEqual(cachedRegime(machine, pe, el), regimeOf(pe, machine.platform, el));
      assert.equal(cachedRegime(machine, pe, el), cachedRegime(machine, pe, el), 'nothing is kept');
    }
  };
  fc.assert(
    fc.property(fc.array(change, { minLength: 5, maxLength: 40 }), (changes) => {
      resetPe(pe, machine.platform);
      let kept: Kept = savePe(pe);
      const from = peBase(pe.index) + WORLD_CONTEXT.from;
      let context = machine.memory.bytes().slice(from, from + WORLD_CONTEXT.length);
      let realm = false;
      for (const one of changes) {
        if (one.kind === 'flip') {
          const at = place(one.name);
          writeSysreg(pe, one.name, view.getBigUint64(at, true) ^ (1n << BigInt(one.bit)));
        } else if (one.kind === 'poke') {
          const at = place(one.name);
          view.setBigUint64(at, view.getBigUint64(at, true) ^ (1n << BigInt(one.bit)), true);
        } else if (one.kind === 'world') {
          realm = !realm;
          selectWorld(pe, realm ? Pas.Realm : Pas.NonSecure);
        } else if (one.kind === 'load') {
          const now = machine.memory.bytes().slice(from, from + WORLD_CONTEXT.length);
          machine.memory.bytes().set(context, from);
          context = now;
        } else if (one.kind === 'save') kept = savePe(pe);
        else if (one.kind === 'restore') restorePe(pe, kept);
        else resetPe(pe, machine.platform);
        check();
      }
    }),
    { numRuns: 60 },
  );
});
