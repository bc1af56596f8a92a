/** A machine whose devices are driven by hand: accesses by PA, time by leaps to what is due. */
import assert from 'node:assert/strict';
import { pa } from '../../emulator/address';
import { readDevice, writeDevice } from '../../emulator/devices/devices';
import { enableInterrupts } from '../../emulator/devices/gic/gic';
import { updateTimers } from '../../emulator/devices/timers';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { Pas } from '../../emulator/memory/pas';

export interface Board {
  readonly machine: Machine;
  read(at: number, size?: number): number;
  write(at: number, value: number, size?: number, pas?: Pas): void;
  /** Lets ticks pass, stopping wherever something is due. */
  elapse(ticks: number): void;
  /** Whether the input of an SPI is high. */
  line(intid: number): boolean;
}

export function board(): Board {
  const machine = createMachine({ platform: 'fvp' });
  enableInterrupts(machine);
  const { clock, devices } = machine;
  return {
    machine,
    read: (at, size = 4) => Number(readDevice(machine, 0, pa(at), size)),
    write(at, value, size = 4, pas = Pas.NonSecure) {
      assert.equal(writeDevice(machine, 0, pa(at), size, BigInt(value), pas), true);
    },
    elapse(ticks) {
      for (const end = clock.ticks + ticks; ; ) {
        const wait = updateTimers(machine);
        assert.ok(wait > 0, 'what was due has been done');
        if (clock.ticks + wait > end) {
          clock.ticks = end;
          break;
        }
        clock.ticks += wait;
      }
      updateTimers(machine);
    },
    line: (intid) => (((devices.gic.shared.lines[intid >>> 5] ?? 0) >>> (intid & 31)) & 1) === 1,
  };
}
