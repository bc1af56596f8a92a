/** RmiRealmParams: decoded, and judged against what the platform offers. */

import { toHex } from '../../../attestation/bytes';
import type { Pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { HOST_CONTEXT } from '../memory';
import { fieldBytes, fieldNumber, fieldValue, peekStructure } from '../structures/decode';
import { RMI_REALM_PARAMS } from '../structures/structures';
import { realmFlag } from './rd';

/** Plain, so that it can wait in a frame. */
export interface RealmParams {
  readonly flags: bigint;
  readonly s2sz: number;
  readonly sveVl: number;
  readonly numBps: number;
  readonly numWps: number;
  readonly pmuNumCtrs: number;
  readonly hashAlgo: number;
  readonly rpv: string;
  readonly vmid: number;
  readonly rttBase: number;
  readonly rttLevelStart: number;
  readonly rttNumStart: number;
  /** RMM 1.1. */
  readonly numAuxPlanes: number;
  readonly flags1: bigint;
  readonly mecid: bigint;
}

export function readRealmParams(machine: Machine, page: Pa): RealmParams {
  const view = peekStructure(machine.memory, HOST_CONTEXT, page, RMI_REALM_PARAMS);
  const f = RMI_REALM_PARAMS.fields;
  return {
    flags: fieldValue(view, f.flags),
    s2sz: fieldNumber(view, f.s2sz),
    sveVl: fieldNumber(view, f.sve_vl),
    numBps: fieldNumber(view, f.num_bps),
    numWps: fieldNumber(view, f.num_wps),
    pmuNumCtrs: fieldNumber(view, f.pmu_num_ctrs),
    hashAlgo: fieldNumber(view, f.hash_algo),
    rpv: toHex(fieldBytes(view, f.rpv)),
    vmid: fieldNumber(view, f.vmid),
    rttBase: fieldNumber(view, f.rtt_base),
    rttLevelStart: fieldNumber(view, f.rtt_level_start),
    rttNumStart: fieldNumber(view, f.rtt_num_start),
    numAuxPlanes: fieldNumber(view, f.num_aux_planes),
    flags1: fieldValue(view, f.flags1),
    mecid: fieldValue(view, f.mecid),
  };
}

/** RmiFeatureRegister0, the fields that a Realm asks for. */
export function offered(register: bigint) {
  const bits = (lsb: number, width: number): number => Number((register >> BigInt(lsb)) & ((1n << BigInt(width)) - 1n));
  return {
    s2sz: bits(0, 8),
    lpa2: bits(8, 1) === 1,
    sve: bits(9, 1) === 1,
    sveVl: bits(10, 4),
    numBps: bits(14, 6),
    numWps: bits(20, 6),
    pmu: bits(26, 1) === 1,
    pmuNumCtrs: bits(27, 5),
    sha256: bits(32, 1) === 1,
    sha512: bits(33, 1) === 1,
    da: bits(42, 1) === 1,
    maxNumAuxPlanes: bits(45, 4),
    s2apIndirect: bits(49, 1) === 1,
  };
}

const MIN_IPA_WIDTH = 32;
/** Without LPA2 an IPA has at most 48 bits. */
const MAX_IPA_WIDTH = 48;

export const wantsLpa2 = (params: RealmParams): boolean => (params.flags & BigInt(realmFlag.lpa2)) !== 0n;

/** RMM 1.1: RmiRealmFlags0.da and RmiRealmFlags1.s2ap_enc. */
export const wantsDevices = (params: RealmParams): boolean => (params.flags & 8n) !== 0n;
export const wantsIndirect = (params: RealmParams): boolean => (params.flags1 & 2n) !== 0n;

/** params_valid: an encoding that no RMM accepts. */
export const hasReservedEncoding = (params: RealmParams): boolean =>
  params.hashAlgo > 1 || params.s2sz < MIN_IPA_WIDTH || params.numBps === 0 || params.numWps === 0;

/** params_supp: the first thing asked for that the platform does not offer, or null. */
export function unsupported(machine: Machine, params: RealmParams): string | null {
  const offer = offered(machine.platform.rmm.featureRegister0);
  const has = (flag: number): boolean => (params.flags & BigInt(flag)) !== 0n;
  if (has(realmFlag.lpa2) && !offer.lpa2) return 'lpa2';
  if (params.s2sz > offer.s2sz || (!has(realmFlag.lpa2) && params.s2sz > MAX_IPA_WIDTH)) return 's2sz';
  if (params.numBps > offer.numBps) return 'num_bps';
  if (params.numWps > offer.numWps) return 'num_wps';
  if (has(realmFlag.sve) && (!offer.sve || params.sveVl > offer.sveVl)) return 'sve';
  if (has(realmFlag.pmu)) {
    if (!offer.pmu || params.pmuNumCtrs > offer.pmuNumCtrs) return 'pmu';
    if (params.pmuNumCtrs === 0 && !machine.platform.features.hpmn0) return 'pmu_num_ctrs';
  }
  if (params.hashAlgo === 0 ? !offer.sha256 : !offer.sha512) return 'hash_algo';
  return null;
}
