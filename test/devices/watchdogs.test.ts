/** Watchdogs and timers of the board: when they signal, and what stops them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { board } from './support';

const CONTROL = 0x2a44_0000;
const REFRESH = 0x2a45_0000;
const SP805 = 0x1c0f_0000;
const TRUSTED = 0x2a49_0000;
const FRAME = 0x2a83_0000;
const SP804 = 0x1c11_0000;
const RTC = 0x1c17_0000;

describe('generic watchdog', () => {
  test('WS0 is an interrupt, WS1 a reset', () => {
    const { machine, read, write, elapse, line } = board();
    write(CONTROL + 8, 1000);
    write(CONTROL, 1);
    elapse(999);
    assert.deepEqual([read(CONTROL), line(59)], [1, false]);
    elapse(1);
    assert.deepEqual([read(CONTROL), line(59), machine.schedule.reset], [3, true, null]);
    elapse(1000);
    assert.deepEqual([read(CONTROL), machine.schedule.reset], [7, 'generic watchdog']);
  });

  test('a write of WRR, WOR or WCS starts it over; without the enable bit nothing is signalled', () => {
    const { machine, read, write, elapse, line } = board();
    write(CONTROL + 8, 1000);
    write(CONTROL, 1);
    for (const [at, value] of [
      [REFRESH, 1],
      [CONTROL + 8, 1000],
      [CONTROL, 1],
    ] as const) {
      elapse(1500);
      assert.equal(line(59), true);
      write(at, value);
      assert.deepEqual([line(59), read(CONTROL)], [false, 1]);
      assert.equal(read(CONTROL + 0x10, 8), machine.clock.ticks + 1000);
    }
    elapse(1000);
    write(CONTROL, 0);
    assert.equal(line(59), false);
    elapse(1e9);
    assert.equal(machine.schedule.reset, null);
  });

  test('WOR has 48 bits', () => {
    const { machine, write, elapse, line } = board();
    write(CONTROL + 8, 0x2_0000_0001, 8);
    write(CONTROL, 1);
    elapse(0x2_0000_0000);
    assert.equal(line(59), false);
    elapse(1);
    assert.equal(line(59), true);
    assert.equal(machine.schedule.reset, null);
  });
});

describe('SP805', () => {
  test('counts at 32.768 kHz, signals, then resets', () => {
    const { machine, read, write, elapse, line } = board();
    write(SP805, 32_768);
    write(SP805 + 8, 3);
    elapse(50_000_000);
    assert.equal(read(SP805 + 4), 16_384);
    elapse(50_000_000);
    assert.deepEqual([read(SP805 + 0x10), read(SP805 + 0x14), line(32)], [1, 1, true]);
    write(SP805 + 0xc, 0);
    assert.equal(line(32), false);
    elapse(100_000_000);
    elapse(99_000_000);
    assert.equal(machine.schedule.reset, null);
    elapse(1_100_000);
    assert.equal(machine.schedule.reset, 'watchdog');
  });

  test('without RESEN it goes on counting; the lock keeps writes out', () => {
    const { machine, read, write, elapse, line } = board();
    write(SP805, 100);
    write(SP805 + 8, 1);
    write(SP805 + 0xc00, 0);
    write(SP805 + 8, 0);
    assert.deepEqual([read(SP805 + 0xc00), read(SP805 + 8)], [1, 1]);
    elapse(1e12);
    assert.equal(machine.schedule.reset, null);
    assert.ok(read(SP805 + 4) <= 100);
    write(SP805 + 0xc00, 0x1acc_e551);
    write(SP805 + 8, 0);
    assert.deepEqual([read(SP805 + 0xc00), line(32)], [0, false]);
  });

  test('the trusted one has a line and a reason of its own', () => {
    const { machine, write, elapse } = board();
    write(TRUSTED, 1);
    write(TRUSTED + 8, 3);
    elapse(4_000);
    assert.equal(machine.devices.gic.shared.lines[1], 1 << 24);
    elapse(4_000);
    assert.equal(machine.schedule.reset, 'trusted watchdog');
  });
});

describe('timers', () => {
  test('the memory-mapped frame: CVAL, TVAL, CTL, and one interrupt', () => {
    const { machine, read, write, elapse, line } = board();
    assert.equal(read(FRAME + 0x10), 100_000_000);
    write(FRAME + 0x28, 500);
    assert.equal(read(FRAME + 0x20, 8), machine.clock.ticks + 500);
    write(FRAME + 0x2c, 1);
    elapse(499);
    assert.deepEqual([read(FRAME + 0x2c), read(FRAME + 0x28), line(58)], [1, 1, false]);
    elapse(1);
    assert.deepEqual([read(FRAME + 0x2c), read(FRAME + 0x28), line(58)], [5, 0, true]);
    write(FRAME + 0x2c, 3);
    assert.deepEqual([read(FRAME + 0x2c), line(58)], [7, false]);
    write(FRAME + 0x20, 0x7fff_ffff_ffff, 8);
    assert.equal(read(FRAME + 0x2c), 3);
    write(FRAME + 0x28, 0xffff_fff0);
    assert.equal(read(FRAME + 0x28) | 0, -16);
    assert.equal(read(FRAME, 8), machine.clock.ticks);
    assert.equal(read(0x2a80_0000, 8), machine.clock.ticks);
  });

  test('TVAL is the signed distance of CVAL from the count', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer(), (ticks, distance) => {
        shared.machine.clock.ticks = Math.floor(ticks / 2);
        shared.write(FRAME + 0x28, distance >>> 0);
        assert.equal(shared.read(FRAME + 0x28) | 0, distance);
      }),
    );
  });

  test('SP804: periodic, one-shot, free running', () => {
    const { read, write, elapse, line } = board();
    write(SP804, 10);
    write(SP804 + 8, 0xe2);
    elapse(999);
    assert.deepEqual([read(SP804 + 4), line(34)], [1, false]);
    elapse(1);
    assert.deepEqual([read(SP804 + 0x10), line(34)], [1, true]);
    write(SP804 + 0xc, 0);
    assert.equal(line(34), false);
    elapse(1000);
    assert.equal(line(34), true);
    write(SP804 + 8, 0);
    write(SP804 + 0xc, 0);
    write(SP804 + 0x20, 3);
    write(SP804 + 0x28, 0xa3 | 4);
    elapse(1e6);
    assert.deepEqual([read(SP804 + 0x28) & 0x80, read(SP804 + 0x24), read(SP804 + 0x34)], [0, 0, 1]);
    write(SP804 + 0x2c, 0);
    assert.equal(line(34), false);
  });

  test('the clock tells seconds since 1970, can be set, and wakes at its match', () => {
    const { machine, read, write, elapse, line } = board();
    const epoch = machine.platform.epoch;
    assert.equal(read(RTC), epoch);
    elapse(250_000_000);
    assert.equal(read(RTC), epoch + 2);
    write(RTC + 8, 1000);
    write(RTC + 4, 1003);
    write(RTC + 0x10, 1);
    elapse(200_000_000);
    assert.deepEqual([read(RTC), read(RTC + 0x14), line(36)], [1002, 0, false]);
    elapse(100_000_000);
    assert.deepEqual([read(RTC), read(RTC + 0x18), line(36)], [1003, 1, true]);
    write(RTC + 0x1c, 1);
    assert.equal(line(36), false);
  });
});
const shared = board();
