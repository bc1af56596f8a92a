/**
 * Where the RMM keeps what is not a Realm's: the start of its own Realm PAS memory. Offsets are from the region's base.
 */
import { GRANULE_SIZE, type Pa, pa } from '../address';
import { delegableCount, type Platform } from '../machine/platform';
import type { Structure, StructureField } from './structures/structures';

const field = (name: string, offset: number, size: number, type: string, summary: string): StructureField => ({
  name,
  offset,
  size,
  count: 1,
  type,
  summary,
});

export const GLOBALS_LAYOUT = {
  size: 0x1000,
  summary: 'RMM globals',
  fields: {
    firstRealm: field('firstRealm', 0x00, 8, 'Address', 'RD of the Realm created last, head of the list, or 0'),
    realmCount: field('realmCount', 0x08, 4, 'UInt32', 'Realms that exist'),
    sharedMecid: field('sharedMecid', 0x0c, 4, 'UInt32', 'the Shared MECID (RMM 1.1), or 0'),
  },
} as const satisfies Structure;

export interface RmmRegions {
  readonly globals: Pa;
  /** One bit a VMID. */
  readonly vmids: Pa;
  /** 8 bytes a MECID: see `mec/pool.ts`. */
  readonly mecids: Pa;
  /** One byte a delegable granule: its state. */
  readonly states: Pa;
  /** Four bytes a delegable granule: delegable index of its Realm's RD plus one, or 0. */
  readonly owners: Pa;
  /** First byte after them. */
  readonly end: Pa;
}

const roundUp = (value: number): number => Math.ceil(value / GRANULE_SIZE) * GRANULE_SIZE;
const cache = new WeakMap<Platform, RmmRegions>();
/** The platform asked about last, and its answer: every command asks several times. */
let last: { readonly platform: Platform; readonly regions: RmmRegions } | undefined;

/** Positions follow from the platform alone; they are computed once for each. */
export function rmmRegions(platform: Platform): RmmRegions {
  if (last?.platform === platform) return last.regions;
  const regions = cache.get(platform) ?? layOut(platform);
  last = { platform, regions };
  return regions;
}

function layOut(platform: Platform): RmmRegions {
  const { base } = platform.rmm.memory;
  const count = delegableCount(platform);
  const vmids = base + GRANULE_SIZE;
  const mecids = vmids + roundUp(2 ** platform.features.vmidBits / 8);
  const states = mecids + roundUp(2 ** platform.mec.mecidBits * 8);
  const owners = states + roundUp(count);
  const regions: RmmRegions = {
    globals: base,
    vmids: pa(vmids),
    mecids: pa(mecids),
    states: pa(states),
    owners: pa(owners),
    end: pa(owners + roundUp(count * 4)),
  };
  cache.set(platform, regions);
  return regions;
}
