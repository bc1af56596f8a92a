/** What a Realm's configuration may say, apart from what its image and the platform have to add. */
import { HOST_BEHAVIOURS, type HostRealmConfig } from './config';
import {
  hostBehaviour,
  hostCounters,
  hostHash,
  hostIpaWidth,
  hostLevelStart,
  hostLpa2,
  hostMemorySize,
  hostRecCount,
  hostRpvTooLong,
  hostSharedMemory,
} from './problems';
import { entrySize, shapeAt } from './shape';

const DEFAULT_IPA_WIDTH = 33;
/** Many more than a guest under emulation has use for; RMM 1.0 allows 2^MAX_RECS_ORDER - 1. */
export const MAX_RECS = 512;
const MAX_SHARED = 0x4000_0000;
const MAX_BREAKPOINTS = 64;
const MAX_COUNTERS = 31;

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/** Throws a Problem that names the first bad value. */
export function checkConfig(config: HostRealmConfig, name: string): void {
  const width = config.ipaWidth ?? DEFAULT_IPA_WIDTH;
  if (!isWhole(width, 32, config.lpa2 === false ? 48 : 52)) throw hostIpaWidth(name, width, 52);
  if (config.lpa2 === false && width > 48) throw hostLpa2(name, `an IPA width of ${width} bits needs it`);
  const size = config.memorySize ?? 1;
  if (!Number.isSafeInteger(size) || size <= 0) throw hostMemorySize(name, size);
  const recs = config.recs ?? 1;
  if (!isWhole(recs, 1, MAX_RECS)) throw hostRecCount(name, recs, MAX_RECS);
  if (config.hashAlgorithm === 'sha-384') throw hostHash(name, config.hashAlgorithm);
  if ((config.rpv?.length ?? 0) > 64) throw hostRpvTooLong(name, config.rpv?.length ?? 0);
  checkStart(config, name, width);
  checkCounters(config, name);
  checkShared(config, name);
  const strange = (config.behaviour ?? []).find((word) => !HOST_BEHAVIOURS.includes(word));
  if (strange !== undefined) throw hostBehaviour(name, strange, HOST_BEHAVIOURS);
}

function checkStart({ levelStart, lpa2 }: HostRealmConfig, name: string, width: number): void {
  if (levelStart === undefined) return;
  const possible = [-1, 0, 1, 2].filter((level) => shapeAt(width, level, lpa2 ?? width > 48) !== undefined);
  if (!possible.includes(levelStart)) throw hostLevelStart(name, levelStart, width, possible);
}

function checkCounters({ breakpoints = 2, watchpoints = 2, pmuCounters = 0 }: HostRealmConfig, name: string): void {
  if (!isWhole(breakpoints, 2, MAX_BREAKPOINTS))
    throw hostCounters(name, 'breakpoints', breakpoints, 2, MAX_BREAKPOINTS);
  if (!isWhole(watchpoints, 2, MAX_BREAKPOINTS))
    throw hostCounters(name, 'watchpoints', watchpoints, 2, MAX_BREAKPOINTS);
  if (!isWhole(pmuCounters, 0, MAX_COUNTERS)) throw hostCounters(name, 'PMU counters', pmuCounters, 0, MAX_COUNTERS);
}

function checkShared({ sharedMemory = 0, sharedLevel }: HostRealmConfig, name: string): void {
  const level = sharedLevel ?? 3;
  const unit = entrySize(isWhole(level, 1, 3) ? level : 3);
  const fits = isWhole(sharedMemory, 0, MAX_SHARED) && sharedMemory % unit === 0;
  if (!fits || !isWhole(level, 1, 3)) throw hostSharedMemory(name, sharedMemory, level, unit);
}
