import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Engine } from '../../emulator/cpu/translator/translator';
import type { HostConfig } from '../../emulator/host/config';
import { readElf } from '../../emulator/host/image/elf';
import { createMachine } from '../../emulator/machine/create';
import { type EventRecord, subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';

export const SAMPLE = 'samples/attest/attest.elf';

/** A machine whose Host runs the sample guest, or another one. */
export function sampleMachine(path = SAMPLE, more: Partial<HostConfig> = {}, engine: Engine = 'both'): Machine {
  const image = readElf(readFileSync(path), path);
  return createMachine({ platform: 'fvp', host: { ...more, realms: [{ name: 'sample', image }] }, engine });
}

const line = (record: EventRecord): string =>
  `${record.index} ${record.name} ${record.pe} ${record.position} ${record.ticks} ${record.words.join(' ')}\n`;

/** Follows all events of a machine; returns a function that gives the digest so far and their number. */
export function digestEvents(machine: Machine): () => { digest: string; count: number } {
  const hash = createHash('sha256');
  let count = 0;
  subscribe(machine.events, (record) => {
    hash.update(line(record));
    count++;
  });
  return () => ({ digest: hash.copy().digest('hex'), count });
}
