/**
 * Save, restore and hash of a whole machine: every part under its name, plain data, one version for all. Left out are
 * caches (TLBs, predecoded code), the records of the event ring, and whatever observers asked for (breakpoints,
 * subscriptions). Pages are normalised (`memory/save.ts`), so that equal hashes mean machines that behave alike.
 */
import { restorePe, savePe } from '../cpu/pe';
import { restoreDevices, saveDevices } from '../devices/devices';
import { restoreHost, saveHost } from '../host/host';
import { createMemoryKeyframe, type MemoryKeyframe, restoreMemoryKeyframe } from '../memory/keyframe';
import { restoreMemory, saveMemory } from '../memory/save';
import { restoreMonitor, saveMonitor } from '../monitor/monitor';
import { restoreRmm, saveRmm } from '../rmm/rmm';
import { flushTlb } from '../translation/translation';
import { hashSaved } from './canonical';
import { restoreClock, saveClock } from './clock';
import { restoreEvents, saveEvents } from './event-ring';
import { restoreInputs, saveInputs } from './input-log';
import type { Machine } from './machine';
import type { Platform } from './platform';
import { snapshotPlatform, snapshotVersion } from './problems';
import type { Saved } from './saved';
import { restoreSchedule, saveSchedule } from './schedule';

/** Rises whenever the form of any part changes. */
export const SNAPSHOT_VERSION = 3;

export interface Snapshot {
  readonly version: number;
  /** Name of the platform, and the hash of its whole description. */
  readonly platform: string;
  readonly platformHash: string;
  readonly parts: { readonly [part: string]: Saved };
}

interface Part {
  readonly save: (machine: Machine) => Saved;
  readonly restore: (machine: Machine, saved: Saved) => void;
}

/** In the order they are restored. */
const PARTS: Readonly<Record<string, Part>> = {
  clock: { save: ({ clock }) => saveClock(clock), restore: ({ clock }, saved) => restoreClock(clock, saved) },
  schedule: {
    save: ({ schedule }) => saveSchedule(schedule),
    restore: ({ schedule }, saved) => restoreSchedule(schedule, saved),
  },
  memory: { save: ({ memory }) => saveMemory(memory), restore: ({ memory }, saved) => restoreMemory(memory, saved) },
  pes: {
    save: ({ pes }) => pes.map((pe) => savePe(pe)),
    restore: ({ pes }, saved) => {
      for (const pe of pes) restorePe(pe, (saved as readonly Saved[])[pe.index] as Saved);
    },
  },
  devices: {
    save: ({ devices }) => saveDevices(devices),
    restore: ({ devices }, saved) => restoreDevices(devices, saved),
  },
  monitor: {
    save: ({ monitor }) => saveMonitor(monitor),
    restore: ({ monitor }, saved) => restoreMonitor(monitor, saved),
  },
  rmm: { save: ({ rmm }) => saveRmm(rmm), restore: ({ rmm }, saved) => restoreRmm(rmm, saved) },
  host: {
    save: ({ host }) => saveHost(host),
    restore: ({ host }, saved) => restoreHost(host, saved),
  },
  inputs: { save: ({ inputs }) => saveInputs(inputs), restore: ({ inputs }, saved) => restoreInputs(inputs, saved) },
  events: { save: ({ events }) => saveEvents(events), restore: ({ events }, saved) => restoreEvents(events, saved) },
};

const platformHashes = new WeakMap<Platform, string>();

/** Platforms are plain data that nobody changes. */
function platformHash(platform: Platform): string {
  const known = platformHashes.get(platform);
  if (known !== undefined) return known;
  const hash = hashSaved(platform as unknown as Saved);
  platformHashes.set(platform, hash);
  return hash;
}

function checkOrigin({ platform }: Machine, saved: Omit<Snapshot, 'parts'>): void {
  if (saved.version !== SNAPSHOT_VERSION) throw snapshotVersion(saved.version, SNAPSHOT_VERSION);
  if (saved.platformHash !== platformHash(platform)) throw snapshotPlatform(saved.platform, platform.name);
}

/** A copy of the machine's whole state. */
export function saveMachine(machine: Machine): Snapshot {
  return {
    version: SNAPSHOT_VERSION,
    platform: machine.platform.name,
    platformHash: platformHash(machine.platform),
    parts: Object.fromEntries(Object.entries(PARTS).map(([name, part]) => [name, part.save(machine)])),
  };
}

/**
 * Puts a machine of the same platform and configuration into the saved state.
 * @throws Problem `snapshot-version`, `snapshot-platform`
 */
export function restoreMachine(machine: Machine, snapshot: Snapshot): void {
  checkOrigin(machine, snapshot);
  for (const [name, part] of Object.entries(PARTS)) part.restore(machine, snapshot.parts[name] as Saved);
  flushTlb(machine, 'all');
}

/** SHA-256 over everything a snapshot holds, as hexadecimal. */
export const hashMachine = (machine: Machine): string => hashSaved(saveMachine(machine) as unknown as Saved);

/** A machine's state at one position, sharing with earlier keyframes whatever did not change. For this process only. */
export interface Keyframe extends Snapshot {
  /** All parts but the memory, which is here. */
  readonly memory: MemoryKeyframe;
}

/**
 * The machine's whole state. With the keyframe last made or restored as `previous` only the pages written since are
 * copied; without, or with another one, all of them are. Making one changes nothing that can be observed.
 */
export function createKeyframe(machine: Machine, previous?: Keyframe): Keyframe {
  const memory = createMemoryKeyframe(machine.memory, previous?.memory);
  const parts = Object.entries(PARTS).filter(([name]) => name !== 'memory');
  return {
    version: SNAPSHOT_VERSION,
    platform: machine.platform.name,
    platformHash: platformHash(machine.platform),
    parts: Object.fromEntries(parts.map(([name, part]) => [name, part.save(machine)])),
    memory,
  };
}

/**
 * Puts a machine of the same platform and configuration into the state of a keyframe, its own or another machine's. Only
 * pages that differ are written where the two have a keyframe in common.
 * @throws Problem `snapshot-version`, `snapshot-platform`
 */
export function restoreKeyframe(machine: Machine, keyframe: Keyframe): void {
  checkOrigin(machine, keyframe);
  flushTlb(machine, 'all');
  restoreMemoryKeyframe(machine.memory, keyframe.memory);
  for (const [name, part] of Object.entries(PARTS)) {
    if (name !== 'memory') part.restore(machine, keyframe.parts[name] as Saved);
  }
  flushTlb(machine, 'all');
}
