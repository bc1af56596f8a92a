/** RECs of two Realms entered at the same time, each by a PE of its own, their firmware steps in any order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Pe, readSysreg, readX, writeSysreg, writeX } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { restoreMachine, saveMachine } from '../../emulator/machine/snapshot';
import { AT, beginCall, buildRealm, fidOfName, newMachine, placesAfter, stepFirmware } from './support';

const OTHER = placesAfter(0x100_0000);
const PLACES = [AT, OTHER] as const;
const STAYS = 3;

interface Stay {
  count: number;
}

function built(): Machine {
  const machine = newMachine({ ...presetPlatform('trace-a'), pes: 2 });
  buildRealm(machine);
  buildRealm(machine, { at: OTHER, vmid: 2 });
  return machine;
}

/** What a REC does on its PE until an interrupt: it finds what it left in its registers the last time. */
function visit(index: number): (pe: Pe, stay: number) => { kind: 'irq' } {
  return (pe, stay) => {
    assert.equal(pe.index, index);
    if (stay > 0) {
      assert.equal(readX(pe, 20), BigInt(1000 * index + stay - 1), 'X20');
      assert.equal(readSysreg(pe, 'TPIDR_EL1'), BigInt(2000 * index + stay - 1), 'TPIDR_EL1');
    }
    writeX(pe, 20, BigInt(1000 * index + stay));
    writeSysreg(pe, 'TPIDR_EL1', BigInt(2000 * index + stay));
    return { kind: 'irq' };
  };
}

test('two RECs on two PEs keep their own registers, whatever the order of steps', () => {
  const machine = built();
  const before = saveMachine(machine);
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 40, maxLength: 200 }), (order) => {
      restoreMachine(machine, before);
      const stays: readonly [Stay, Stay] = [{ count: 0 }, { count: 0 }];
      const busy = [false, false];
      const advance = (index: 0 | 1): void => {
        const pe = machine.pes[index] as Pe;
        const at = PLACES[index];
        if (!busy[index]) {
          if (stays[index].count === STAYS) return;
          writeX(pe, 20, 0x4057n + BigInt(index));
          beginCall(machine, fidOfName('RMI_REC_ENTER'), [at.rec, at.run], pe);
          busy[index] = true;
        } else if (!stepFirmware(machine, visit(index), stays[index], pe)) {
          assert.equal(readX(pe, 0), 0n);
          assert.equal(readX(pe, 20), 0x4057n + BigInt(index), 'X20 of the Host');
          busy[index] = false;
        }
      };
      for (const second of order) advance(second ? 1 : 0);
      // By turns: one may wait for what the other has locked.
      const unfinished = (index: 0 | 1): boolean => busy[index] === true || stays[index].count < STAYS;
      for (let steps = 0; unfinished(0) || unfinished(1); steps++) {
        assert.ok(steps < 10_000);
        advance(0);
        advance(1);
      }
    }),
    { numRuns: 25 },
  );
});

test('a REC that runs on one PE cannot be entered by another, and can be afterwards', () => {
  const machine = built();
  const [first, second] = machine.pes as readonly [Pe, Pe];
  const enter = (pe: Pe): void => beginCall(machine, fidOfName('RMI_REC_ENTER'), [AT.rec, AT.run], pe);
  const finish = (pe: Pe): bigint => {
    for (const stay = { count: 0 }; stepFirmware(machine, undefined, stay, pe); );
    return readX(pe, 0) & 0xffn;
  };
  enter(first);
  const isInside = (): boolean =>
    machine.rmm.entries[0] !== null && first.runner !== 'rmm' && first.runner !== 'monitor';
  while (!isInside()) stepFirmware(machine, undefined, undefined, first);
  enter(second);
  assert.equal(finish(second), 3n, 'RMI_ERROR_REC');
  assert.equal(finish(first), 0n);
  enter(second);
  assert.equal(finish(second), 0n);
});
