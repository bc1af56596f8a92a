/** Granules: state, owner, use, and who maps them. */
import { alignDown, GRANULE_SIZE, type Ipa, type Pa, pa } from '../../address';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { delegableAddress, delegableIndex } from '../../machine/platform';
import { peekBytes } from '../../memory/memory';
import { GRANULE_STATE_NAMES } from '../granules/state';
import { granuleOwner, granuleState } from '../granules/tracking';
import { rmmRegions } from '../layout';
import { RMM_CONTEXT } from '../memory';
import { listRealms, listRecs, readRealm } from './realms';
import { visitTables } from './rtt';
import type { GranuleInfo, GranuleStateName, Mapping, RealmInfo, RtteInfo } from './types';

/** Null where the RMM does not track the address. */
export function granuleStateName(machine: Machine, address: Pa): GranuleStateName | null {
  const state = granuleState(machine, address);
  return state === -1 ? null : GRANULE_STATE_NAMES[state];
}

/**
 * States of consecutive granules of one delegable range, as indices of GRANULE_STATE_NAMES: for pictures of all memory,
 * where asking granule by granule would cost too much.
 */
export function granuleStates(machine: Machine, address: Pa, count: number): Uint8Array {
  const index = delegableIndex(machine.platform, address);
  return peekBytes(machine.memory, RMM_CONTEXT, pa(rmmRegions(machine.platform).states + index), count);
}

/** PAs of the RDs that own consecutive granules of one delegable range, 0 where nobody does. */
export function granuleOwners(machine: Machine, address: Pa, count: number): Float64Array {
  const index = delegableIndex(machine.platform, address);
  const words = peekBytes(machine.memory, RMM_CONTEXT, pa(rmmRegions(machine.platform).owners + index * 4), count * 4);
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  const owners = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const owner = view.getUint32(i * 4, true);
    if (owner !== 0) owners[i] = delegableAddress(machine.platform, owner - 1);
  }
  return owners;
}

const recUse = (machine: Machine, rd: Pa, granule: Pa): string => {
  for (const rec of listRecs(machine, rd)) {
    if (rec.rec === granule) return `REC ${rec.index}`;
    const slot = rec.aux.indexOf(granule);
    if (slot >= 0) return `REC ${rec.index} auxiliary ${slot}`;
  }
  return 'REC';
};

function tableUse(machine: Machine, realm: RealmInfo, granule: Pa): string {
  let use = 'RTT';
  visitTables(machine, realm, (place) => {
    if (place.table !== granule) return true;
    use = `RTT level ${place.level} at IPA ${hex(place.ipa)}`;
    return false;
  });
  return use;
}

function dataUse(machine: Machine, realm: RealmInfo, granule: Pa): string {
  const [mapping] = mappingsIn(machine, realm, granule);
  return mapping === undefined ? 'DATA' : `DATA at IPA ${hex(mapping.ipa)}`;
}

/**
 * MECID under which the RMM keeps a granule in some state, or null while it keeps nothing there: what a Realm says and how
 * it is mapped is under the Realm's own, RDs and RECs, which the RMM must read without asking, under 0.
 */
export function mecidOf(state: GranuleStateName | null, realmMecid: () => number): number | null {
  if (state === null || state === 'UNDELEGATED') return null;
  return state === 'DATA' || state === 'RTT' ? realmMecid() : 0;
}

export function granuleInfo(machine: Machine, address: Pa): GranuleInfo {
  const granule = alignDown(address, GRANULE_SIZE);
  const state = granuleStateName(machine, granule);
  const none = { pa: granule, state, rd: null, mecid: null };
  if (state === null) return { ...none, usedAs: 'not tracked by the RMM' };
  if (state === 'UNDELEGATED') return { ...none, usedAs: "the Host's" };
  if (state === 'DELEGATED') return { ...none, usedAs: 'delegated, idle', mecid: mecidOf(state, () => 0) };
  const rd = granuleOwner(machine, granule);
  const realm = readRealm(machine, rd);
  const mecid = mecidOf(state, () => realm.mecid);
  switch (state) {
    case 'RD':
      return { pa: granule, state, rd, usedAs: 'RD', mecid };
    case 'REC':
    case 'REC_AUX':
      return { pa: granule, state, rd, usedAs: recUse(machine, rd, granule), mecid };
    case 'RTT':
      return { pa: granule, state, rd, usedAs: tableUse(machine, realm, granule), mecid };
    default:
      return { pa: granule, state, rd, usedAs: dataUse(machine, realm, granule), mecid };
  }
}

function mappingsIn(machine: Machine, realm: RealmInfo, granule: Pa): Mapping[] {
  const found: Mapping[] = [];
  visitTables(machine, realm, (_, entries) => {
    for (const entry of entries) {
      if ((entry.hipas !== 'ASSIGNED' && entry.hipas !== 'ASSIGNED_NS') || entry.pa === null) continue;
      const offset = granule - entry.pa;
      if (offset < 0 || offset >= entry.size) continue;
      const ipa = (entry.ipa + offset) as Mapping['ipa'];
      found.push({ rd: realm.rd, ipa, level: entry.level, hipas: entry.hipas, ripas: entry.ripas });
    }
    return true;
  });
  return found;
}

/** Every RTT entry of every Realm that has this granule as output; a DATA granule can only be its owner's. */
export function whoMaps(machine: Machine, address: Pa): Mapping[] {
  const granule = alignDown(address, GRANULE_SIZE);
  const owner = granuleOwner(machine, granule);
  const realms = listRealms(machine).filter(({ rd }) => owner === 0 || rd === owner);
  return realms.flatMap((realm) => mappingsIn(machine, realm, granule));
}

/** Memory of the Host that a Realm may use too. */
export interface HostMapping {
  readonly rd: Pa;
  readonly ipa: Ipa;
  readonly pa: Pa;
  readonly size: number;
}

/** What all Realms map as ASSIGNED_NS. Reads no tables of the Protected half but the starting ones. */
export function hostMappings(machine: Machine): HostMapping[] {
  const found: HostMapping[] = [];
  for (const realm of listRealms(machine)) {
    const visit = (_: unknown, entries: readonly RtteInfo[]): boolean => {
      for (const { hipas, pa, ipa, size } of entries) {
        if (hipas === 'ASSIGNED_NS' && pa !== null) found.push({ rd: realm.rd, ipa, pa, size });
      }
      return true;
    };
    visitTables(machine, realm, visit, 2 ** (realm.ipaWidth - 1));
  }
  return found;
}
