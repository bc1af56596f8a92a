/** The physical GICv3: registers, priorities, states, and what reaches a PE (GICv3 architecture, chapters 4 and 12). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { pa } from '../../emulator/address';
import {
  currentEl,
  type Pe,
  readPc,
  readSysreg,
  readX,
  writePc,
  writePstate,
  writeSysreg,
} from '../../emulator/cpu/pe';
import { readPhysical, writePhysical } from '../../emulator/cpu/sysreg/physical-gic';
import type { SysregName } from '../../emulator/cpu/sysreg/sysreg';
import { readDevice, writeDevice } from '../../emulator/devices/devices';
import { driveInterrupt, enableInterrupts, raiseInterrupt, raiseSerror, Signal } from '../../emulator/devices/gic/gic';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { run } from '../../emulator/machine/run-loop';
import { hashMachine, restoreMachine, saveMachine } from '../../emulator/machine/snapshot';
import { writeU32 } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { mrs, msr } from '../cpu/system/support';

const GICD = 0x2f00_0000;
const GICR = 0x2f10_0000;
const CODE = 0x8800_0000;
const SPURIOUS = 1023n;

function gicMachine(pes = 1): Machine {
  const machine = createMachine({ platform: { ...presetPlatform('fvp'), pes, quantum: 10 } });
  enableInterrupts(machine);
  return machine;
}
const peOf = (machine: Machine, index = 0): Pe => machine.pes[index] as Pe;
const read = (machine: Machine, at: number, size = 4): number => Number(readDevice(machine, 0, pa(at), size));
const write = (machine: Machine, at: number, value: number, size = 4): void => {
  assert.equal(writeDevice(machine, 0, pa(at), size, BigInt(value)), true);
};
const get = (machine: Machine, name: SysregName, pe = 0): bigint => readPhysical(machine, peOf(machine, pe), name);
const set = (machine: Machine, name: SysregName, value: bigint | number, pe = 0): void =>
  writePhysical(machine, peOf(machine, pe), name, BigInt(value));
const priority = (machine: Machine, intid: number, value: number): void =>
  write(machine, GICD + 0x400 + intid, value, 1);
const signals = (machine: Machine, pe = 0): number => machine.devices.signals[pe] ?? -1;
const program = (machine: Machine, words: readonly number[], at = CODE): void =>
  words.forEach((word, index) => {
    writeU32(machine.memory, encryptionContext(Pas.NonSecure), pa(at + 4 * index), word);
  });

describe('states of an interrupt', () => {
  test('an edge is pending until it is acknowledged, active until it is deactivated', () => {
    const machine = gicMachine();
    raiseInterrupt(machine, 40);
    assert.equal(read(machine, GICD + 0x204), 0x100);
    assert.equal(signals(machine), Signal.irq);
    assert.equal(get(machine, 'ICC_HPPIR1_EL1'), 40n);
    assert.equal(get(machine, 'ICC_IAR1_EL1'), 40n);
    assert.deepEqual([read(machine, GICD + 0x204), read(machine, GICD + 0x304)], [0, 0x100]);
    assert.equal(signals(machine), 0);
    assert.equal(get(machine, 'ICC_RPR_EL1'), 0xd0n);
    raiseInterrupt(machine, 40);
    assert.equal(get(machine, 'ICC_IAR1_EL1'), SPURIOUS, 'active and pending is not taken again');
    set(machine, 'ICC_EOIR1_EL1', 40);
    assert.equal(get(machine, 'ICC_RPR_EL1'), 0xffn);
    assert.equal(get(machine, 'ICC_IAR1_EL1'), 40n);
  });

  test('a level is pending while its input is high', () => {
    const machine = gicMachine();
    driveInterrupt(machine, 40, true);
    assert.equal(get(machine, 'ICC_IAR1_EL1'), 40n);
    assert.equal(read(machine, GICD + 0x204), 0x100, 'still high');
    set(machine, 'ICC_EOIR1_EL1', 40);
    assert.equal(signals(machine), Signal.irq);
    driveInterrupt(machine, 40, false);
    assert.equal(signals(machine), 0);
    write(machine, GICD + 0xc08, 2 << 16);
    driveInterrupt(machine, 40, true);
    driveInterrupt(machine, 40, false);
    assert.equal(get(machine, 'ICC_IAR1_EL1'), 40n, 'as an edge it is remembered');
  });

  test('EOImode 1 drops the priority and leaves deactivation to ICC_DIR_EL1', () => {
    const machine = gicMachine();
    set(machine, 'ICC_CTLR_EL1', 2);
    raiseInterrupt(machine, 40);
    get(machine, 'ICC_IAR1_EL1');
    set(machine, 'ICC_EOIR1_EL1', 40);
    assert.equal(get(machine, 'ICC_RPR_EL1'), 0xffn);
    assert.equal(read(machine, GICD + 0x304), 0x100);
    set(machine, 'ICC_DIR_EL1', 40);
    assert.equal(read(machine, GICD + 0x304), 0);
  });

  test('ISPENDR, ICPENDR, ISACTIVER and ICACTIVER change what they say', () => {
    const machine = gicMachine();
    write(machine, GICD + 0x204, 0x300);
    write(machine, GICD + 0x284, 0x100);
    assert.equal(get(machine, 'ICC_HPPIR1_EL1'), 41n);
    write(machine, GICD + 0x304, 0x200);
    assert.equal(signals(machine), 0);
    write(machine, GICD + 0x384, 0x200);
    assert.equal(signals(machine), Signal.irq);
  });
});

describe('priorities', () => {
  test('the most urgent comes first, then the lowest INTID; a more urgent one preempts', () => {
    const machine = gicMachine();
    priority(machine, 40, 0x80);
    priority(machine, 41, 0x40);
    for (const intid of [50, 40, 49]) raiseInterrupt(machine, intid);
    assert.equal(get(machine, 'ICC_IAR1_EL1'), 40n);
    assert.equal(get(machine, 'ICC_IAR1_EL1'), SPURIOUS, 'less urgent ones wait');
    assert.equal(get(machine, 'ICC_HPPIR1_EL1'), 49n);
    raiseInterrupt(machine, 41);
    assert.equal(get(machine, 'ICC_IAR1_EL1'), 41n);
    assert.equal(get(machine, 'ICC_RPR_EL1'), 0xa0n);
    set(machine, 'ICC_EOIR1_EL1', 41);
    assert.equal(get(machine, 'ICC_RPR_EL1'), 0xc0n);
    set(machine, 'ICC_EOIR1_EL1', 40);
    assert.deepEqual([get(machine, 'ICC_IAR1_EL1'), get(machine, 'ICC_IAR1_EL1')], [49n, SPURIOUS]);
  });

  test('the mask holds back what is not more urgent than it; the binary point joins priorities', () => {
    const machine = gicMachine();
    raiseInterrupt(machine, 40);
    set(machine, 'ICC_PMR_EL1', 0xd0);
    assert.equal(signals(machine), 0);
    set(machine, 'ICC_PMR_EL1', 0xd8);
    assert.equal(signals(machine), Signal.irq);
    set(machine, 'ICC_BPR1_EL1', 6);
    priority(machine, 41, 0x90);
    get(machine, 'ICC_IAR1_EL1');
    raiseInterrupt(machine, 41);
    assert.equal(signals(machine), 0, '0xc8 and 0xd0 are one group above bit 6');
    assert.equal(get(machine, 'ICC_RPR_EL1'), 0xc0n);
    set(machine, 'ICC_BPR1_EL1', 0);
    assert.equal(get(machine, 'ICC_BPR1_EL1'), 3n, 'five bits of preemption');
    set(machine, 'ICC_CTLR_EL1', 1);
    set(machine, 'ICC_BPR0_EL1', 0);
    assert.deepEqual([get(machine, 'ICC_BPR0_EL1'), get(machine, 'ICC_BPR1_EL1')], [2n, 3n]);
  });

  test('with FIQs at EL3 the Non-secure side sees its half of the priorities', () => {
    const machine = gicMachine();
    const pe = peOf(machine);
    writeSysreg(pe, 'SCR_EL3', readSysreg(pe, 'SCR_EL3') | 4n);
    set(machine, 'ICC_PMR_EL1', 0xff);
    assert.equal(get(machine, 'ICC_PMR_EL1'), 0xf0n);
    raiseInterrupt(machine, 40);
    get(machine, 'ICC_IAR1_EL1');
    assert.equal(get(machine, 'ICC_RPR_EL1'), 0xa0n);
    driveInterrupt(machine, 56, true);
    assert.equal(get(machine, 'ICC_IAR0_EL1'), SPURIOUS);
  });

  test('acknowledging and ending in any order of priorities nests as a stack', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 32, max: 55 }), { minLength: 1, maxLength: 8 }), (intids) => {
        const machine = shared;
        const taken: number[] = [];
        intids.forEach((intid, index) => {
          priority(machine, intid, ((intid * 7 + index) % 14) * 16);
        });
        for (const intid of intids) {
          raiseInterrupt(machine, intid);
          for (let next = get(machine, 'ICC_IAR1_EL1'); next !== SPURIOUS; next = get(machine, 'ICC_IAR1_EL1')) {
            const top = taken.at(-1);
            if (top !== undefined) assert.ok(kept(machine, Number(next)) < kept(machine, top));
            taken.push(Number(next));
          }
        }
        let served = 0;
        while (taken.length > 0) {
          set(machine, 'ICC_EOIR1_EL1', taken.pop() ?? 0);
          served++;
          const next = get(machine, 'ICC_IAR1_EL1');
          if (next !== SPURIOUS) taken.push(Number(next));
        }
        assert.equal(served, intids.length);
        assert.deepEqual([get(machine, 'ICC_RPR_EL1'), signals(machine)], [0xffn, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
const shared = gicMachine();
const kept = (machine: Machine, intid: number): number => machine.devices.gic.shared.priority[intid] ?? 0;

describe('groups, enables and routes', () => {
  test('Secure interrupts are out of reach, and come as FIQs', () => {
    const machine = gicMachine();
    assert.equal(read(machine, GICD + 0x104) >>> 24, 0xfc, '56 and 57 read as zero');
    write(machine, GICD + 0x184, 0xffff_ffff);
    write(machine, GICD + 0x104, 0xffff_ffff);
    driveInterrupt(machine, 57, true);
    assert.equal(signals(machine), Signal.fiq);
    assert.deepEqual([get(machine, 'ICC_IAR1_EL1'), get(machine, 'ICC_HPPIR1_EL1')], [SPURIOUS, SPURIOUS]);
    assert.equal(get(machine, 'ICC_HPPIR0_EL1'), 57n);
    assert.equal(get(machine, 'ICC_IAR0_EL1'), 57n);
    assert.equal(get(machine, 'ICC_RPR_EL1'), 8n);
    set(machine, 'ICC_EOIR0_EL1', 57);
    set(machine, 'ICC_IGRPEN0_EL1', 0);
    assert.equal(signals(machine), 0);
  });

  test('each enable stops an interrupt: its own, the distributor’s, the PE’s, the sleeping redistributor', () => {
    const machine = gicMachine();
    raiseInterrupt(machine, 40);
    const stopped = (off: () => void, on: () => void): void => {
      off();
      assert.equal(signals(machine), 0);
      on();
      assert.equal(signals(machine), Signal.irq);
    };
    stopped(
      () => write(machine, GICD + 0x184, 0x100),
      () => write(machine, GICD + 0x104, 0x100),
    );
    stopped(
      () => write(machine, GICD, 0),
      () => write(machine, GICD, 2),
    );
    stopped(
      () => set(machine, 'ICC_IGRPEN1_EL1', 0),
      () => set(machine, 'ICC_IGRPEN1_EL1', 1),
    );
    stopped(
      () => write(machine, GICR + 0x14, 2),
      () => write(machine, GICR + 0x14, 0),
    );
    assert.equal(read(machine, GICD), 0x12);
  });

  test('an SPI goes to the PE whose affinity its route names', () => {
    const machine = gicMachine(3);
    write(machine, GICD + 0x6000 + 8 * 40, 0x100);
    raiseInterrupt(machine, 40);
    assert.deepEqual(
      [0, 1, 2].map((pe) => signals(machine, pe)),
      [0, Signal.irq, 0],
    );
    write(machine, GICD + 0x6000 + 8 * 40, 0x700);
    assert.deepEqual(
      [0, 1, 2].map((pe) => signals(machine, pe)),
      [0, 0, 0],
      'nobody has that affinity',
    );
    write(machine, GICD + 0x6000 + 8 * 40, 0x200);
    assert.equal(get(machine, 'ICC_IAR1_EL1', 2), 40n);
  });

  test('an SGI goes to the PEs of its list, or to all others', () => {
    const machine = gicMachine(3);
    set(machine, 'ICC_SGI1R_EL1', (5n << 24n) | (1n << 16n) | 1n);
    assert.deepEqual(
      [0, 1, 2].map((pe) => signals(machine, pe)),
      [0, Signal.irq, 0],
    );
    assert.equal(get(machine, 'ICC_IAR1_EL1', 1), 5n);
    set(machine, 'ICC_SGI1R_EL1', (6n << 24n) | (1n << 40n), 1);
    assert.deepEqual(
      [0, 1, 2].map((pe) => get(machine, 'ICC_HPPIR1_EL1', pe)),
      [6n, SPURIOUS, 6n],
    );
    set(machine, 'ICC_SGI1R_EL1', (9n << 24n) | 1n);
    assert.equal(read(machine, GICR + 0x1_0200) >>> 8, 0, 'SGIs 8 to 15 are the Secure side’s');
  });

  test('state survives saving and restoring', () => {
    const machine = gicMachine(2);
    priority(machine, 40, 0x40);
    raiseInterrupt(machine, 40);
    raiseInterrupt(machine, 3, 1);
    driveInterrupt(machine, 41, true);
    raiseSerror(machine, 1, 0x11);
    get(machine, 'ICC_IAR1_EL1');
    const other = gicMachine(2);
    restoreMachine(other, structuredClone(saveMachine(machine)));
    assert.equal(hashMachine(other), hashMachine(machine));
    assert.equal(get(other, 'ICC_IAR1_EL1', 1), 3n);
    assert.equal(signals(other, 1), Signal.serror);
  });
});

describe('taking an interrupt', () => {
  const IMO = 1n << 4n;
  const TGE = 1n << 27n;
  const AMO = 1n << 5n;
  const VECTORS = 0x8900_0000;

  /** Non-secure A64 code at an EL, with HCR_EL2 and PSTATE.DAIF. */
  function running(el: number, hcr: bigint, daif: number): Machine {
    const machine = gicMachine();
    const pe = peOf(machine);
    writeSysreg(pe, 'HCR_EL2', hcr | (1n << 31n));
    writeSysreg(pe, 'VBAR_EL2', BigInt(VECTORS));
    writeSysreg(pe, 'VBAR_EL1', BigInt(VECTORS + 0x1000));
    program(machine, [0x9100_0463, 0x17ff_ffff]);
    for (const at of [0x280, 0x380, 0x480, 0x1280]) program(machine, [0x1400_0000], VECTORS + at);
    writePstate(pe, (el << 2) | (el === 0 ? 0 : 1) | daif);
    writePc(pe, BigInt(CODE));
    return machine;
  }
  const placeAfter = (machine: Machine): [number, number] => {
    raiseInterrupt(machine, 40);
    run(machine, { steps: 1 });
    return [currentEl(peOf(machine)), Number(readPc(peOf(machine)) & ~0x7fn)];
  };
  const I = 1 << 7;

  test('its EL follows HCR_EL2, and PSTATE masks it at that EL alone', () => {
    assert.deepEqual(placeAfter(running(2, IMO, 0)), [2, VECTORS + 0x280]);
    assert.deepEqual(placeAfter(running(2, TGE, 0)), [2, VECTORS + 0x280]);
    assert.deepEqual(placeAfter(running(2, IMO, I)), [2, CODE]);
    assert.deepEqual(placeAfter(running(2, 0n, 0)), [2, CODE], 'EL1’s, not taken at EL2');
    assert.deepEqual(placeAfter(running(1, IMO, I)), [2, VECTORS + 0x480]);
    assert.deepEqual(placeAfter(running(1, 0n, 0)), [1, VECTORS + 0x1280]);
    assert.deepEqual(placeAfter(running(1, 0n, I)), [1, CODE]);
    assert.deepEqual(placeAfter(running(0, TGE, I)), [2, VECTORS + 0x480]);
  });

  test('an SError is taken once, with its syndrome; ISR_EL1 shows what waits', () => {
    const machine = running(2, AMO | IMO, 1 << 8);
    const pe = peOf(machine);
    program(machine, [mrs(5, 'ISR_EL1'), 0xd503_44ff, 0x9100_0463]);
    raiseSerror(machine, 0, 0x1234);
    run(machine, { steps: 1 });
    assert.equal(readX(pe, 5), 0x100n);
    run(machine, { steps: 2 });
    assert.equal(readSysreg(pe, 'ESR_EL2'), 0xbe00_1234n);
    assert.equal(readSysreg(pe, 'ELR_EL2'), BigInt(CODE + 8));
    assert.equal(signals(machine), 0);
  });

  test('a store that makes an interrupt pending is the last instruction before it is taken', () => {
    for (const slice of [1, 1000]) {
      const machine = running(2, IMO, 0);
      const pe = peOf(machine);
      // movz x1, #0x2f00, lsl #16; movz x2, #0x100; str w2, [x1, #0x204]; add x3, x3, #1
      program(machine, [0xd2a5_e001, 0xd280_2002, 0xb902_0422, 0x9100_0463]);
      program(machine, [0x1400_0000], VECTORS + 0x280);
      for (let done = 0; done < 6; ) done += run(machine, { steps: Math.min(slice, 6 - done) }).steps;
      assert.equal(readSysreg(pe, 'ELR_EL2'), BigInt(CODE + 12));
      assert.equal(readX(pe, 3), 0n);
    }
  });

  test('unmasking takes it behind the instruction that unmasks', () => {
    const machine = running(2, IMO, I);
    const pe = peOf(machine);
    program(machine, [mrs(5, 'ISR_EL1'), 0xd503_42ff, 0x9100_0463]);
    program(machine, [mrs(6, 'ICC_IAR1_EL1'), msr('ICC_EOIR1_EL1', 6), 0xd69f_03e0], VECTORS + 0x280);
    raiseInterrupt(machine, 40);
    run(machine, { steps: 6 });
    assert.equal(readX(pe, 5), 0x80n);
    assert.equal(readX(pe, 6), 40n);
    assert.equal(readX(pe, 3), 1n);
  });

  test('a PE that waits is woken by an SGI of another, at a position of its own', () => {
    const ends = [1, 7, 1000].map((slice) => {
      const machine = gicMachine(2);
      program(machine, [0xd503_207f, 0x9100_0463, 0x1400_0000]);
      // movz x1, #0x500, lsl #16; movk x1, #1; nop × 12; msr ICC_SGI1R_EL1, x1; b .
      program(
        machine,
        [
          0xd2a0_a001,
          0xf280_0021,
          ...Array.from({ length: 12 }, () => 0xd503_201f),
          msr('ICC_SGI1R_EL1', 1),
          0x1400_0000,
        ],
        VECTORS,
      );
      writePc(peOf(machine, 0), BigInt(CODE));
      const second = peOf(machine, 1);
      writePstate(second, 0x3c9);
      writePc(second, BigInt(VECTORS));
      second.runner = 'a64';
      while (machine.clock.position < 100) run(machine, { steps: Math.min(slice, 100 - machine.clock.position) });
      assert.equal(readX(peOf(machine, 0), 3), 1n);
      return hashMachine(machine);
    });
    assert.equal(new Set(ends).size, 1);
  });
});
