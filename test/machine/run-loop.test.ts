import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pa } from '../../emulator/address';
import { currentEl, readPc, readRetired, readX, writePc, writePstate } from '../../emulator/cpu/pe';
import { enableInterrupts } from '../../emulator/devices/gic/gic';
import { createMachine } from '../../emulator/machine/create';
import { type EventRecord, subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { run, step } from '../../emulator/machine/run-loop';
import { hashMachine } from '../../emulator/machine/snapshot';
import { requestStop, setCodeBreakpoints } from '../../emulator/machine/stop';
import { writeU32 } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { digestEvents } from './support';

const CODE = 0x8800_0000;
const A64 = {
  nop: 0xd503_201f,
  wfi: 0xd503_207f,
  /** movz x0, #1 */
  x0Is1: 0xd280_0020,
  /** movz x2, #1000 */
  x2Is1000: 0xd280_7d02,
  /** movz x1, #0x1c0a, lsl #16: UART1 */
  x1IsUart: 0xd2a3_8141,
  /** strb w0, [x1] */
  storeByte: 0x3900_0020,
  /** add x3, x3, #1 */
  countX3: 0x9100_0463,
  /** msr CNTP_CVAL_EL0, x2; msr CNTP_CTL_EL0, x0 */
  setCompare: 0xd51b_e242,
  setControl: 0xd51b_e220,
  /** b . */
  loop: 0x1400_0000,
  /** b . - 4 * back, 1 or more */
  back: (count: number) => 0x1800_0000 - count,
} as const;

/**
 * A machine without a Host whose PEs start in the program, at Non-secure EL2 with the MMU off. The GIC is set up unless
 * nothing is to wake a PE; interrupts go to EL1 and so are not taken.
 */
function bareMachine(program: readonly number[], pes = 1, interrupts = true): Machine {
  const machine = createMachine({ platform: { ...presetPlatform('fvp'), pes, quantum: 10 } });
  program.forEach((word, index) => {
    writeU32(machine.memory, encryptionContext(Pas.NonSecure), pa(CODE + 4 * index), word);
  });
  if (interrupts) enableInterrupts(machine);
  for (const pe of machine.pes.slice(1)) {
    writePstate(pe, 0x3c9);
    writePc(pe, BigInt(CODE));
    pe.runner = 'a64';
  }
  return machine;
}

const pcOf = (machine: Machine, pe = 0): number => (Number(readPc(machine.pes[pe] as never)) - CODE) / 4;
const boot = (machine: Machine) => {
  const pe = machine.pes[0];
  assert.ok(pe);
  return pe;
};

/** Prints for ever: a byte every third instruction. */
const PRINTER = [A64.x0Is1, A64.x1IsUart, A64.storeByte, A64.countX3, A64.back(2)];

test('a machine without a Host starts the payload as the boot chain hands it over', () => {
  const machine = bareMachine(PRINTER);
  assert.equal(currentEl(boot(machine)), 2);
  assert.equal(pcOf(machine), 0);
  assert.equal(boot(machine).runner, 'a64');
});

test('a run takes exactly the steps it is given, one tick each', () => {
  const machine = bareMachine(PRINTER);
  for (const [steps, at] of [
    [1, 1],
    [2, 3],
    [3, 3],
    [101, 2],
  ] as const) {
    assert.deepEqual(run(machine, { steps }), { steps, reason: 'steps' });
    assert.equal(pcOf(machine), at);
  }
  assert.equal(machine.clock.position, 107);
  assert.equal(machine.clock.ticks, 107);
  assert.equal(readRetired(boot(machine)), 107);
});

test('events of device accesses carry the position of their instruction, whatever the slice', () => {
  const positions = (slice: number): number[] => {
    const machine = bareMachine(PRINTER);
    const seen: number[] = [];
    subscribe(machine.events, (record: EventRecord) => seen.push(record.position, record.ticks), ['console']);
    while (machine.clock.position < 1000) run(machine, { steps: Math.min(slice, 1000 - machine.clock.position) });
    return seen;
  };
  const expected = positions(1);
  assert.deepEqual(expected.slice(0, 6), [2, 2, 5, 5, 8, 8]);
  for (const slice of [2, 7, 1000]) assert.deepEqual(positions(slice), expected);
});

test('a listener that asks for a stop gets it right behind the instruction', () => {
  const machine = bareMachine(PRINTER);
  let left = 5;
  subscribe(machine.events, () => --left === 0 && requestStop(machine, { kind: 'event', text: 'fifth byte' }), [
    'console',
  ]);
  assert.deepEqual(run(machine, { steps: 1_000_000 }), { steps: 2 + 4 * 3 + 1, reason: 'stop' });
  assert.equal(machine.stop.requested?.text, 'fifth byte');
  assert.equal(pcOf(machine), 3);
  assert.equal(run(machine, { steps: 3 }).reason, 'steps');
});

test('a breakpoint stops before its instruction, stays, and is left by skipping it once', () => {
  const machine = bareMachine(PRINTER);
  setCodeBreakpoints(machine, [{ va: BigInt(CODE + 12), id: 7 }]);
  assert.deepEqual(run(machine, { steps: 1000 }), { steps: 3, reason: 'stop' });
  assert.deepEqual([machine.stop.requested?.kind, machine.stop.requested?.id, pcOf(machine)], ['breakpoint', 7, 3]);
  assert.deepEqual(run(machine, { steps: 1000 }), { steps: 0, reason: 'stop' });
  machine.stop.skipOnce = true;
  assert.deepEqual(run(machine, { steps: 1000 }), { steps: 3, reason: 'stop' });
  assert.equal(pcOf(machine), 3);
  assert.deepEqual(step(machine), { steps: 1, reason: 'steps' });
  assert.equal(pcOf(machine), 4);
  setCodeBreakpoints(machine, []);
  assert.deepEqual(run(machine, { steps: 1000 }), { steps: 1000, reason: 'steps' });
});

test('a breakpoint set while its page is being executed works at once', () => {
  const machine = bareMachine(PRINTER);
  run(machine, { steps: 500 });
  setCodeBreakpoints(machine, [{ va: BigInt(CODE + 8) }]);
  assert.equal(run(machine, { steps: 1000 }).reason, 'stop');
  assert.equal(pcOf(machine), 2);
});

test('breakpoints of another regime do not stop', () => {
  const machine = bareMachine(PRINTER);
  setCodeBreakpoints(machine, [{ va: BigInt(CODE + 8), regime: 5 }]);
  assert.deepEqual(run(machine, { steps: 300 }), { steps: 300, reason: 'steps' });
});

test('every step equals one step of a run', () => {
  const stepped = bareMachine(PRINTER);
  const ran = bareMachine(PRINTER);
  for (let index = 0; index < 50; index++) step(stepped);
  run(ran, { steps: 50 });
  assert.equal(hashMachine(stepped), hashMachine(ran));
});

const SLEEPER = [A64.x0Is1, A64.x2Is1000, A64.setCompare, A64.setControl, A64.wfi, A64.nop, A64.nop];

test('a waiting PE sleeps until its timer, whose line rises at exactly that tick', () => {
  for (const slice of [1, 3, 1000]) {
    const machine = bareMachine(SLEEPER);
    const seen: number[][] = [];
    subscribe(machine.events, ({ ticks, position, words }) => seen.push([ticks, position, ...words.map(Number)]), [
      'interrupt',
    ]);
    for (let done = 0; done < 7; ) done += run(machine, { steps: Math.min(slice, 7 - done) }).steps;
    assert.deepEqual(seen, [[1000, 5, 30, 1]]);
    assert.deepEqual([machine.clock.position, machine.clock.ticks, pcOf(machine)], [7, 1002, 7]);
  }
});

test('a timer that fires while code runs changes its line at exactly that tick', () => {
  const program = [A64.x0Is1, A64.x2Is1000, A64.setCompare, A64.setControl, A64.countX3, A64.back(1)];
  for (const slice of [1, 7, 1000, 100_000]) {
    const machine = bareMachine(program);
    const seen: number[][] = [];
    subscribe(machine.events, ({ ticks, position }) => seen.push([ticks, position]), ['interrupt']);
    while (machine.clock.position < 3000) run(machine, { steps: Math.min(slice, 3000 - machine.clock.position) });
    assert.deepEqual(seen, [[1000, 1000]]);
  }
});

test('waiting for nothing is idle, and all PEs off is off', () => {
  const machine = bareMachine([A64.nop, A64.wfi]);
  assert.deepEqual(run(machine, { steps: 100 }), { steps: 2, reason: 'idle' });
  assert.deepEqual(run(machine, { steps: 100 }), { steps: 0, reason: 'idle' });
  boot(machine).runner = 'off';
  assert.deepEqual(run(machine, { steps: 100 }), { steps: 0, reason: 'off' });
});

test('PEs take turns of a quantum in their order, and nothing of it depends on the slice', () => {
  const outcome = (slice: number) => {
    const machine = bareMachine(PRINTER, 3);
    const events = digestEvents(machine);
    const turns: number[] = [];
    subscribe(machine.events, ({ pe }) => turns.at(-1) !== pe && turns.push(pe), ['console']);
    while (machine.clock.position < 300) run(machine, { steps: Math.min(slice, 300 - machine.clock.position) });
    const counts = machine.pes.map((pe) => [readRetired(pe), Number(readX(pe, 3))]);
    return { events: events(), turns, counts, hash: hashMachine(machine) };
  };
  const expected = outcome(1000);
  assert.deepEqual(expected.turns.slice(0, 6), [0, 1, 2, 0, 1, 2]);
  assert.deepEqual(
    expected.counts.map(([retired]) => retired),
    [100, 100, 100],
  );
  for (const slice of [1, 7]) assert.deepEqual(outcome(slice), expected);
});

test('a PE that waits gives its turn away', () => {
  const machine = bareMachine([...SLEEPER, A64.loop], 2);
  const second = machine.pes[1];
  assert.ok(second);
  writePc(second, BigInt(CODE + 28));
  run(machine, { steps: 200 });
  assert.equal(readRetired(boot(machine)), 5);
  assert.equal(readRetired(second), 195);
  run(machine, { steps: 2000 });
  assert.equal(boot(machine).runner, 'a64');
});

test('a watchdog resets at its tick, whether PEs run or all wait, whatever the slice', () => {
  // movz x1, #0x2a44, lsl #16; str w2, [x1, #8] (WOR); str w0, [x1] (WCS)
  const arm = [A64.x0Is1, A64.x2Is1000, 0xd2a5_4881, 0xb900_0822, 0xb900_0020];
  for (const [last, taken] of [
    [A64.loop, 4 + 2000],
    [A64.wfi, 6],
  ] as const) {
    for (const slice of [1, 7, 1_000_000]) {
      const machine = bareMachine([...arm, last, A64.back(1)], 1, false);
      let steps = 0;
      let result = run(machine, { steps: slice });
      for (; result.reason === 'steps'; result = run(machine, { steps: slice })) steps += result.steps;
      assert.deepEqual([result.reason, machine.schedule.reset], ['resets', 'generic watchdog']);
      assert.deepEqual([steps + result.steps, machine.clock.ticks], [taken, 4 + 2000]);
    }
  }
});
