/**
 * Realm Descriptor: our layout of the granule that RMI_REALM_CREATE turns into an RD. The architecture leaves it opaque;
 * the attributes are those of RMM 1.0 A2.1.4.
 */
import type { Structure, StructureField } from './structures';

const field = (
  name: string,
  offset: number,
  size: number,
  type: string,
  summary: string,
  count = 1,
): StructureField => ({ name, offset, size, count, type, summary });

export const RD_LAYOUT = {
  size: 0x1000,
  summary: 'Realm Descriptor',
  fields: {
    state: field('state', 0x00, 4, 'RealmState', 'life cycle state'),
    flags: field('flags', 0x04, 4, 'RmiRealmFlags', 'lpa2, sve and pmu as asked for'),
    next: field('next', 0x08, 8, 'Address', 'next RD in the list of Realms, or 0'),
    previous: field('previous', 0x10, 8, 'Address', 'previous RD in the list of Realms, or 0'),
    vmid: field('vmid', 0x18, 4, 'UInt32', 'VMID'),
    mecid: field('mecid', 0x1c, 4, 'UInt32', 'encryption context of RTTs and DATA granules'),
    ipaWidth: field('ipaWidth', 0x20, 4, 'UInt32', 'IPA width in bits'),
    hashAlgo: field('hashAlgo', 0x24, 4, 'RmiHashAlgorithm', 'hash of the measurements'),
    rttBase: field('rttBase', 0x28, 8, 'Address', 'first starting-level RTT'),
    rttLevelStart: field('rttLevelStart', 0x30, 4, 'Int32', 'level of the starting RTTs'),
    rttNumStart: field('rttNumStart', 0x34, 4, 'UInt32', 'number of starting RTTs'),
    recIndex: field('recIndex', 0x38, 4, 'UInt32', 'index of the next REC to be created'),
    recCount: field('recCount', 0x3c, 4, 'UInt32', 'RECs that exist'),
    firstRec: field('firstRec', 0x40, 8, 'Address', 'the REC created last, head of the list, or 0'),
    numBps: field('numBps', 0x48, 4, 'UInt32', 'breakpoints minus 1'),
    numWps: field('numWps', 0x4c, 4, 'UInt32', 'watchpoints minus 1'),
    pmuNumCtrs: field('pmuNumCtrs', 0x50, 4, 'UInt32', 'PMU counters'),
    rpv: field('rpv', 0x80, 64, 'Bits512', 'Realm Personalization Value'),
    rim: field('rim', 0xc0, 64, 'Bits512', 'Realm Initial Measurement, zero padded'),
    rem: field('rem', 0x100, 64, 'Bits512', 'Realm Extensible Measurements, zero padded', 4),
  },
} as const satisfies Structure;

export const RealmState = { New: 0, Active: 1, SystemOff: 2 } as const;
export type RealmState = (typeof RealmState)[keyof typeof RealmState];
export const REALM_STATE_NAMES = ['REALM_NEW', 'REALM_ACTIVE', 'REALM_SYSTEM_OFF'] as const;
