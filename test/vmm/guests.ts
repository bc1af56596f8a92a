/** Realms with real guests under the built-in Host: made, run to their end, and looked at afterwards. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { HostRealmConfig } from '../../emulator/host/config';
import { hostOutcome } from '../../emulator/host/host';
import { readElf } from '../../emulator/host/image/elf';
import { createMachine } from '../../emulator/machine/create';
import { type EventRecord, subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { run } from '../../emulator/machine/run-loop';

export const imageAt = (path: string) => readElf(readFileSync(path), path);

export interface Ran {
  readonly machine: Machine;
  readonly console: string;
  readonly exits: readonly number[];
  readonly codes: readonly (number | undefined)[];
  readonly texts: readonly (string | undefined)[];
  readonly ended: string;
  /** RMI calls the Host made, how often each. */
  readonly calls: ReadonlyMap<string, number>;
  /** Granules that are not back in the Host's hands. */
  readonly kept: ReadonlySet<bigint>;
}

export const createRealms = (realms: readonly HostRealmConfig[], platform = 'fvp'): Machine =>
  createMachine({ platform: platform as 'fvp', host: { realms } });

/** Runs Realms until the machine stops. `more` steps are a defect of the guest or the Host. */
export function runRealms(realms: readonly HostRealmConfig[], platform = 'fvp', steps = 20_000_000): Ran {
  const machine = createRealms(realms, platform);
  let console = '';
  const exits: number[] = [];
  const calls = new Map<string, number>();
  const kept = new Set<bigint>();
  const text = (record: EventRecord): void => {
    console += String.fromCharCode(Number(record.words[1]));
  };
  subscribe(machine.events, text, ['console']);
  subscribe(machine.events, ({ words }) => words[2] === 1n && exits.push(Number(words[3])), ['rec']);
  const count = (): void => {
    const name = machine.host.progress.call?.name ?? '';
    calls.set(name, (calls.get(name) ?? 0) + 1);
  };
  subscribe(machine.events, count, ['host']);
  subscribe(
    machine.events,
    ({ words: [granule = 0n, , to] }) => (to === 0n ? kept.delete(granule) : kept.add(granule)),
    ['granuleState'],
  );
  const { reason } = run(machine, { steps });
  return {
    machine,
    console,
    exits,
    codes: realms.map((_, index) => hostOutcome(machine.host, index)?.code),
    texts: realms.map((_, index) => hostOutcome(machine.host, index)?.text),
    ended: reason,
    calls,
    kept,
  };
}

/** Every Realm ended with code 0, and nothing of it is left. */
export function assertGood(ran: Ran): void {
  assert.deepEqual(
    [...ran.codes],
    ran.codes.map(() => 0),
    ran.texts.join('; '),
  );
  assert.equal(ran.ended, 'off');
  assert.equal(ran.kept.size, 0);
}
