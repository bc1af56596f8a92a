/**
 * Bare-metal programs that enter at Non-secure EL2 and print what they see. The same bytes were run by
 * `qemu-system-aarch64 -M virt,virtualization=on -cpu max`; what that printed is the expectation (test/vectors/system).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pa } from '../../../emulator/address';
import { createMachine } from '../../../emulator/machine/create';
import { subscribe } from '../../../emulator/machine/event-ring';
import { run } from '../../../emulator/machine/run-loop';
import { writeBytes } from '../../../emulator/memory/memory';
import { CODE, NS } from './support';

const STEPS = 3_000_000;

/** What the program prints, by the title of its part. */
function printed(name: string, slice: number): string {
  const machine = createMachine({ platform: 'fvp' });
  writeBytes(machine.memory, NS, pa(CODE), readFileSync(`test/vectors/system/${name}.bin`));
  let text = '';
  subscribe(
    machine.events,
    (record) => {
      text += String.fromCharCode(Number(record.words[1]));
    },
    ['console'],
  );
  for (let steps = 0; steps < STEPS && !text.endsWith('#end\n'); steps += slice) run(machine, { steps: slice });
  return text;
}

const partsOf = (text: string): Record<string, readonly string[]> =>
  Object.fromEntries(
    text
      .split('#')
      .slice(1)
      .map((part) => part.trim().split('\n'))
      .map(([title = '', ...lines]) => [title, lines]),
  );

test('breakpoints, watchpoints and software step: the exceptions QEMU takes', () => {
  const expected = partsOf(readFileSync('test/vectors/system/debug.txt', 'latin1'));
  // Under the OS lock there are none (Arm ARM D2.4), which QEMU 7.2 does not model.
  const { b9, ...others } = partsOf(printed('debug', 100_000));
  assert.deepEqual(b9, []);
  for (const [title, lines] of Object.entries(expected))
    if (title !== 'b9') assert.deepEqual(others[title], lines, title);
});

test('translation and maintenance instructions, traps, host redirection and counters: as on QEMU', () => {
  const expected = partsOf(readFileSync('test/vectors/system/system.txt', 'latin1'));
  const found = partsOf(printed('system', 77_777));
  for (const [title, lines] of Object.entries(expected)) assert.deepEqual(found[title], lines, title);
});
