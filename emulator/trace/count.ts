/** Counts calls by name: what the commands of the RMM were called, and what the Non-secure world asked of EL3. */
import { type EventRecord, subscribe } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { Pas } from '../memory/pas';
import { serviceName } from '../monitor/services';
import { fidOf, rowOfFid } from '../rmm/commands/rows';

export interface CallCounts {
  /** By function identifier, calls that reached the RMM from the Host and from Realms. */
  readonly commands: Map<number, number>;
  /** By function identifier, SMCs of the Non-secure world that EL3 answered. */
  readonly services: Map<number, number>;
}

export interface CallsByName {
  readonly rmi: Readonly<Record<string, number>>;
  readonly rsi: Readonly<Record<string, number>>;
  /** PSCI calls of Realms. */
  readonly psci: Readonly<Record<string, number>>;
  /** Calls of the Non-secure world to EL3: PSCI, SMCCC, and 0x… for what it does not know. */
  readonly monitor: Readonly<Record<string, number>>;
}

const WORLD = 7;
const more = (counts: Map<number, number>, fid: number): unknown => counts.set(fid, (counts.get(fid) ?? 0) + 1);

/** Begins to count. */
export function watchCalls(machine: Machine): CallCounts {
  const counts: CallCounts = { commands: new Map(), services: new Map() };
  const onRecord = (record: EventRecord): void => {
    const fid = fidOf(record.words[0] ?? 0n);
    if (record.name === 'commandBegin') more(counts.commands, fid);
    else if (record.words[WORLD] === BigInt(Pas.NonSecure) && rowOfFid(fid)?.interface !== 'rmi') {
      more(counts.services, fid);
    }
  };
  subscribe(machine.events, onRecord, ['commandBegin', 'smc']);
  return counts;
}

const hex = (fid: number): string => `0x${fid.toString(16).padStart(8, '0')}`;

export function callsByName({ commands, services }: CallCounts): CallsByName {
  const named = { rmi: {}, rsi: {}, psci: {}, monitor: {} } as Record<keyof CallsByName, Record<string, number>>;
  for (const [fid, count] of commands) {
    const row = rowOfFid(fid);
    if (row === undefined) continue;
    const group = named[row.interface];
    group[row.name] = (group[row.name] ?? 0) + count;
  }
  for (const [fid, count] of services) {
    const name = serviceName(fid) ?? hex(fid);
    named.monitor[name] = (named.monitor[name] ?? 0) + count;
  }
  return named;
}
