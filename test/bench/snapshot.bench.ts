/** Keyframes of a machine with 64 MiB in use, cold start, and what memory costs that nobody has touched. */

import { pa } from '../../emulator/address';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import type { Platform } from '../../emulator/machine/platform';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { run } from '../../emulator/machine/run-loop';
import { createKeyframe, type Keyframe, restoreKeyframe, saveMachine } from '../../emulator/machine/snapshot';
import { writeBytes } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { median, type Row } from './row';

const MIB = 2 ** 20;
const BASE = 0x8900_0000;
const NON_SECURE = encryptionContext(Pas.NonSecure);

const timed = (action: () => unknown): number => {
  const start = performance.now();
  action();
  return performance.now() - start;
};

const page = new Uint8Array(4096);
/** Writes every granule of a range. */
function dirty(machine: Machine, bytes: number, seed: number): void {
  for (let at = 0; at < bytes; at += 4096) {
    page.fill((at / 4096) * 31 + seed);
    writeBytes(machine.memory, NON_SECURE, pa(BASE + at), page);
  }
}

function keyframes(): Row[] {
  const machine = createMachine({ platform: 'fvp' });
  dirty(machine, 64 * MIB, 1);
  const times = { full: [] as number[], increment: [] as number[], back: [] as number[], whole: [] as number[] };
  for (let round = 0; round < 7; round++) {
    let full: Keyframe | undefined;
    times.full.push(timed(() => (full = createKeyframe(machine))));
    dirty(machine, 8 * MIB, round + 2);
    times.increment.push(timed(() => createKeyframe(machine, full)));
    times.back.push(timed(() => restoreKeyframe(machine, full as Keyframe)));
    createKeyframe(machine);
    times.whole.push(timed(() => restoreKeyframe(machine, full as Keyframe)));
  }
  const row = (name: string, values: readonly number[], atMost?: number): Row => ({
    name,
    value: median(values),
    unit: 'ms',
    ...(atMost === undefined ? {} : { goal: { atMost } }),
  });
  return [
    row('keyframe, complete, 64 MiB touched', times.full, 50),
    row('keyframe, incremental, 8 MiB written', times.increment, 5),
    row('restore of a keyframe, 8 MiB differ', times.back),
    row('restore of a keyframe of another chain, 64 MiB', times.whole),
    row('snapshot, 64 MiB touched', [timed(() => saveMachine(machine)), timed(() => saveMachine(machine))]),
  ];
}

/** From nothing to the first instruction of a payload. */
function coldStart(): Row {
  const times = Array.from({ length: 9 }, () => timed(() => run(createMachine({ platform: 'fvp' }), { steps: 1 })));
  return { name: 'cold start of a machine, to its first instruction', value: median(times.slice(2)), unit: 'ms' };
}

const withBank2 = (gib: number): Platform => {
  const big = presetPlatform('big');
  return gib === 62 ? big : { ...presetPlatform('fvp') };
};

/** Resident memory of this process, after what is garbage is gone where the collector may be called. */
function resident(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().rss;
}

/** The difference of machines with 4 and with 64 GiB, both started. */
function untouched(): Row {
  const kept: Machine[] = [];
  const cost = (gib: number): number => {
    const before = resident();
    for (let count = 0; count < 3; count++) {
      const machine = createMachine({ platform: withBank2(gib) });
      run(machine, { steps: 1 });
      kept.push(machine);
    }
    return (resident() - before) / 3;
  };
  cost(2);
  const [small, large] = [cost(2), cost(62)];
  return { name: 'memory mapped but untouched, per GiB', value: (large - small) / 60 / 1024, unit: 'KiB' };
}

export async function measure(): Promise<readonly Row[]> {
  return [...keyframes(), coldStart(), untouched()];
}
