/** UART interrupts, flash, board registers, empty windows, the bus master; reset, save and restore of all of them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { granuleOf, pa } from '../../emulator/address';
import { DEVICE_MODELS } from '../../emulator/devices/catalogue';
import { readDevice, resetDevices, restoreDevices, saveDevices } from '../../emulator/devices/devices';
import { hashSaved } from '../../emulator/machine/canonical';
import { createMachine } from '../../emulator/machine/create';
import { subscribe } from '../../emulator/machine/event-ring';
import { enterConsole } from '../../emulator/machine/input-log';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { Gpi, setGpi } from '../../emulator/memory/gpt';
import { readBytes, writeBytes } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { board } from './support';

const UART2 = 0x1c0b_0000;
const FLASH = 0x0800_0000;
const SYSTEM = 0x1c01_0000;
const MASTER = 0x1c18_0000;
const NON_SECURE = encryptionContext(Pas.NonSecure);

describe('PL011 interrupts', () => {
  test('transmit: after every byte, until cleared', () => {
    const { read, write, line } = board();
    write(UART2 + 0x38, 0x20);
    assert.equal(line(39), false);
    write(UART2, 0x41, 1);
    assert.deepEqual([read(UART2 + 0x3c), read(UART2 + 0x40), line(39)], [0x20, 0x20, true]);
    write(UART2 + 0x44, 0x20);
    assert.deepEqual([read(UART2 + 0x40), line(39)], [0, false]);
  });

  test('receive: at the trigger level, below it by timeout, gone when all is read', () => {
    const { machine, read, write, line } = board();
    write(UART2 + 0x2c, 0x10);
    write(UART2 + 0x38, 0x50);
    enterConsole(machine, 6, Uint8Array.of(1, 2, 3));
    assert.deepEqual([read(UART2 + 0x40), line(39)], [0x40, true]);
    write(UART2 + 0x44, 0x40);
    assert.equal(line(39), false);
    enterConsole(machine, 6, new Uint8Array(13));
    assert.deepEqual([read(UART2 + 0x40), line(39)], [0x10, true]);
    read(UART2);
    assert.equal(read(UART2 + 0x40), 0x40, 'what is left is below the trigger level');
    for (let left = 15; left > 0; left--) read(UART2);
    assert.deepEqual([read(UART2 + 0x40), line(39), read(UART2 + 0x18)], [0, false, 0x90]);
  });
});

describe('NOR flash', () => {
  const program = ({ write }: ReturnType<typeof board>, at: number, value: number): void => {
    write(at, 0x0040_0040);
    write(at, value);
    write(at, 0x00ff_00ff);
  };

  test('erased it is ones; programming clears bits; erasing a block sets them', () => {
    const it = board();
    const { read, write } = it;
    assert.equal(read(FLASH + 0x8_0000, 8), Number(0xffff_ffff_ffff_ffffn));
    program(it, FLASH + 0x4_0000, 0x1234_5678);
    program(it, FLASH + 0x4_0000, 0xffff_0fff);
    assert.deepEqual([read(FLASH + 0x4_0000), read(FLASH + 0x4_0001, 1)], [0x1234_0678, 0x06]);
    program(it, FLASH + 0x3_fffc, 0);
    write(FLASH + 0x4_1000, 0x0020_0020);
    write(FLASH + 0x4_1000, 0x00d0_00d0);
    assert.equal(read(FLASH), 0x0080_0080, 'status until the array is asked for');
    write(FLASH, 0x00ff_00ff);
    assert.deepEqual([read(FLASH + 0x4_0000), read(FLASH + 0x3_fffc)], [0xffff_ffff, 0]);
  });

  test('a locked block refuses, and says so', () => {
    const it = board();
    const { read, write } = it;
    write(FLASH, 0x0060_0060);
    write(FLASH, 0x0001_0001);
    write(FLASH, 0x0090_0090);
    assert.deepEqual([read(FLASH), read(FLASH + 4), read(FLASH + 8)], [0x0089_0089, 0x0018_0018, 0x0001_0001]);
    write(FLASH + 16, 0x0040_0040);
    write(FLASH + 16, 0);
    assert.equal(read(FLASH), 0x0092_0092);
    write(FLASH, 0x0050_0050);
    assert.equal(read(FLASH + 16), 0xffff_ffff);
    write(FLASH, 0x0060_0060);
    write(FLASH, 0x00d0_00d0);
    program(it, FLASH + 16, 7);
    assert.equal(read(FLASH + 16), 7);
  });

  test('buffered programming takes as many words as it was told', () => {
    const { read, write } = board();
    write(FLASH, 0x00e8_00e8);
    assert.equal(read(FLASH), 0x0080_0080);
    write(FLASH, 0x0002_0002);
    for (let word = 0; word < 3; word++) write(FLASH + 4 * word, word + 1);
    write(FLASH, 0x00d0_00d0);
    write(FLASH, 0x00ff_00ff);
    assert.deepEqual(
      [0, 4, 8, 12].map((at) => read(FLASH + at)),
      [1, 2, 3, 0xffff_ffff],
    );
  });

  test('the CFI query names the command set and the geometry', () => {
    const { read, write } = board();
    write(FLASH + 0x55 * 4, 0x0098_0098);
    const query = (word: number) => read(FLASH + word * 4) & 0xffff;
    assert.equal(String.fromCharCode(query(0x10), query(0x11), query(0x12)), 'QRY');
    assert.deepEqual([query(0x13), query(0x27), query(0x2c)], [1, 25, 1]);
    const blocks = query(0x2d) + query(0x2e) * 256 + 1;
    const size = (query(0x2f) + query(0x30) * 256) * 256;
    assert.equal(2 * blocks * size, 64 * 2 ** 20);
    assert.equal(String.fromCharCode(query(0x31), query(0x32), query(0x33)), 'PRI');
  });
});

describe('board', () => {
  test('the system registers shut down and reboot', () => {
    const { machine, read, write } = board();
    machine.clock.ticks = 250_000_000;
    assert.deepEqual([read(SYSTEM + 0x24), read(SYSTEM + 0x5c)], [250, 60_000_000]);
    write(SYSTEM + 0x30, 6);
    write(SYSTEM + 0x34, 2);
    assert.equal(read(SYSTEM + 0x30), 4);
    write(SYSTEM + 0xa4, 0xc090_0000);
    assert.deepEqual([machine.schedule.reset, read(SYSTEM + 0xa8)], ['system registers', 1]);
    write(SYSTEM + 0xa4, 0xc080_0000);
    assert.equal(machine.schedule.halted, true);
    write(SYSTEM + 0xa4, 0xc010_0000);
    assert.equal(read(SYSTEM + 0xa8), 3);
  });

  test('PCIe windows are all ones, absent peripherals zero, holes nothing', () => {
    const { machine, read, write } = board();
    for (const at of [0x4000_0000, 0x4fff_fffc, 0x5000_0000, 0x40_0000_0000]) {
      write(at, 0);
      assert.deepEqual([read(at), read(at, 2), read(at, 1)], [0xffff_ffff, 0xffff, 0xff]);
    }
    assert.deepEqual(
      [read(0x2c00_0000), read(0x1a00_000e, 2), read(0x1c13_0000), read(0x1c13_0008)],
      [0, 0, 0x7472_6976, 0],
    );
    for (const at of [0, 0x1b00_0000, 0x2a44_1000, 0x6000_0000, 0x40_c000_0000]) {
      assert.equal(readDevice(machine, 0, pa(at), 4), undefined);
    }
  });

  test('the power controller knows who is on', () => {
    const { read, write } = board();
    write(0x1c10_0010, 0);
    assert.equal(read(0x1c10_0010), 0xe000_0000);
    write(0x1c10_0010, 0x01_0000);
    assert.equal(read(0x1c10_0010), 0xffff_ffff);
  });
});

describe('bus master', () => {
  const SOURCE = 0x8800_0000;
  const TARGET = 0x8_8000_0ff0;

  const start = ({ write }: ReturnType<typeof board>, attributes: number, length: number, pas?: Pas): void => {
    write(MASTER + 0x08, SOURCE, 8);
    write(MASTER + 0x10, TARGET, 8);
    write(MASTER + 0x18, length);
    write(MASTER + 0x1c, attributes);
    write(MASTER + 0x20, 3, 4, pas);
  };

  test('copies, interrupts, and tells in an event', () => {
    const it = board();
    const bytes = Uint8Array.from({ length: 9000 }, (_, index) => index * 7);
    writeBytes(it.machine.memory, NON_SECURE, pa(SOURCE), bytes);
    const events: (readonly bigint[])[] = [];
    subscribe(it.machine.events, ({ words }) => events.push(words), ['dma']);
    start(it, 0x11, 9000);
    assert.deepEqual(readBytes(it.machine.memory, NON_SECURE, pa(TARGET), 9000), bytes);
    assert.deepEqual([it.read(MASTER + 0x24), it.read(MASTER + 0x28), it.line(80)], [1, 9000, true]);
    assert.deepEqual(events, [[BigInt(SOURCE), BigInt(TARGET), 9000n, 0x11n, 9000n, 1n, 0n]]);
    it.write(MASTER + 0x24, 0);
    assert.equal(it.line(80), false);
  });

  test('stops at the first granule that is not in the PAS it names', () => {
    const it = board();
    setGpi(it.machine.memory, it.machine.platform, granuleOf(pa(TARGET + 0x1010)), Gpi.Realm);
    start(it, 0x11, 9000);
    assert.equal(it.read(MASTER + 0x24), 0x17);
    assert.deepEqual([it.read(MASTER + 0x28), it.read(MASTER + 0x30, 8)], [0x1010, TARGET + 0x1010]);
    setGpi(it.machine.memory, it.machine.platform, granuleOf(pa(SOURCE)), Gpi.Realm);
    start(it, 0x11, 16);
    assert.deepEqual([it.read(MASTER + 0x24), it.read(MASTER + 0x28)], [0x13, 0]);
    start(it, 0x13, 16, Pas.Realm);
    assert.equal(it.read(MASTER + 0x24), 1, 'Realm software may name the Realm PAS');
  });

  test('nobody can name a PAS beyond their own', () => {
    const it = board();
    for (const [own, named, allowed] of [
      [Pas.NonSecure, Pas.Realm, false],
      [Pas.NonSecure, Pas.Root, false],
      [Pas.NonSecure, Pas.Secure, false],
      [Pas.Realm, Pas.Secure, false],
      [Pas.Secure, Pas.Realm, false],
      [Pas.Realm, Pas.Root, false],
      [Pas.Realm, Pas.NonSecure, true],
      [Pas.Secure, Pas.NonSecure, true],
    ] as const) {
      start(it, 0x10 | named, 16, own);
      assert.equal(it.read(MASTER + 0x24), allowed ? 1 : 0x63);
      start(it, 0x01 | (named << 4), 16, own);
      assert.equal(it.read(MASTER + 0x24), allowed ? 1 : 0x67);
    }
  });

  test('a device or a hole is no memory', () => {
    const it = board();
    it.write(MASTER + 0x08, UART2, 8);
    it.write(MASTER + 0x18, 4);
    it.write(MASTER + 0x1c, 0x11);
    it.write(MASTER + 0x20, 1);
    assert.deepEqual([it.read(MASTER + 0x24), it.read(MASTER + 0x30)], [0x53, UART2]);
  });
});

describe('state', () => {
  const regions = presetPlatform('fvp').devices.filter(({ kind }) => kind !== 'ones' && kind !== 'zeros');
  const access = fc.record({
    region: fc.constantFrom(...regions),
    register: fc.nat(40),
    value: fc.oneof(fc.integer(), fc.constantFrom(0, 1, 2, 3, 0xff, 0xe8, 0x40, 0x20, 0xd0)),
    wait: fc.oneof(fc.constant(0), fc.nat(100_000)),
  });
  /** Addresses of the registers a device describes, or of its first words. */
  const addressOf = (region: (typeof regions)[number], register: number): number => {
    const rows = DEVICE_MODELS[region.kind].registers;
    const offset = (rows[register % Math.max(1, rows.length)]?.offset ?? register * 4) - (region.offset ?? 0);
    return region.base + (offset >= 0 && offset < region.size ? offset : 0);
  };

  test('restored devices go on like the ones that were saved', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 40 }), fc.array(access, { maxLength: 20 }), (before, after) => {
        const [one, other] = [first, second];
        for (const each of [one, other]) {
          each.machine.schedule.reset = null;
          each.machine.schedule.halted = false;
        }
        const play = (it: typeof first, list: typeof before) =>
          list.map(({ region, register, value, wait }) => {
            it.write(addressOf(region, register), value >>> 0);
            it.elapse(wait);
            return it.read(addressOf(region, register));
          });
        play(one, before);
        const saved = structuredClone(saveDevices(one.machine.devices));
        restoreDevices(other.machine.devices, saved);
        other.machine.clock.ticks = one.machine.clock.ticks;
        assert.equal(hashSaved(saveDevices(other.machine.devices)), hashSaved(saved));
        assert.deepEqual(play(other, after), play(one, after));
        assert.equal(hashSaved(saveDevices(other.machine.devices)), hashSaved(saveDevices(one.machine.devices)));
      }),
      { numRuns: 150 },
    );
  });
  const [first, second] = [board(), board()];

  test('a reset leaves what a new machine has, but for flash and the time', () => {
    const it = board();
    const fresh = hashSaved(saveDevices(createMachine({ platform: 'fvp' }).devices));
    for (const region of regions.filter(({ kind }) => kind !== 'pl031')) {
      for (const { offset } of DEVICE_MODELS[region.kind].registers) {
        if (offset - (region.offset ?? 0) >= 0 && offset - (region.offset ?? 0) < region.size)
          it.write(region.base + offset - (region.offset ?? 0), 0xffff_ffff);
      }
    }
    it.write(FLASH, 0x0040_0040);
    it.write(FLASH, 5);
    it.elapse(10_000);
    resetDevices(it.machine);
    assert.equal(it.read(FLASH), 5);
    it.write(FLASH, 0x20);
    it.write(FLASH, 0xd0);
    it.write(FLASH, 0xff);
    assert.equal(hashSaved(saveDevices(it.machine.devices)), fresh);
  });
});
