/**
 * MECIDs (FEAT_MEC): whose they are. A MECID here is the one that accesses carry (VMECID_P_EL2). 0 is the RMM's own; a
 * platform without MEC has it for everything.
 *
 * RMM 1.0: the Host has no say. Each Realm gets a private context, the lowest MECID that is free, and the key of a MECID
 * that was used before is regenerated first.
 *
 * RMM 1.1: the Host names a MECID for each Realm, counting from 0; the RMM's own is hidden from it, so its n is n + 1
 * here (as in TF-RMM v0.8). Private MECIDs have one Realm at most, the one Shared MECID any number. The key is
 * regenerated whenever a MECID becomes or ceases to be Shared, and whenever a Realm takes or leaves a private one.
 */
import { alignDown, GRANULE_SIZE, type Pa, pa } from '../../address';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import type { Platform } from '../../machine/platform';
import { readNumber, writeU32 } from '../../memory/memory';
import { refreshMecKey } from '../../monitor/mec';
import { GLOBALS_LAYOUT, rmmRegions } from '../layout';
import { RMM_CONTEXT, readField, writeField } from '../memory';

/** RMM 1.1, MecState. */
export const MecState = { PrivateUnassigned: 0, PrivateAssigned: 1, Shared: 2 } as const;
export type MecState = (typeof MecState)[keyof typeof MecState];
export const MEC_STATE_NAMES = [
  'MEC_STATE_PRIVATE_UNASSIGNED',
  'MEC_STATE_PRIVATE_ASSIGNED',
  'MEC_STATE_SHARED',
] as const;

/** Second word of the event `mec`. */
const MecAction = { Assigned: 0, Released: 1, Shared: 3, Private: 4 } as const;

/** MECIDs the RMM keeps for itself, from 0. */
const RESERVED_MECIDS = 1;

export interface MecEntry {
  readonly state: MecState;
  /** A Realm has used it since its key was made (RMM 1.0). */
  readonly stale: boolean;
  /** The Realm of a private MECID; 0 while there is none. */
  readonly rd: Pa;
  /** Realms of the Shared MECID. */
  readonly members: number;
}

/** How many MECIDs there are, the RMM's own included; 1 without MEC. */
export const mecidCount = (platform: Platform): number => (platform.mec.enabled ? 2 ** platform.mec.mecidBits : 1);

/** RmiFeatureRegister1.MAX_MECID: the highest MECID the Host may name; 0 without MEC. */
export const maxMecid = (platform: Platform): number => Math.max(0, mecidCount(platform) - 1 - RESERVED_MECIDS);

/** The MECID that accesses carry, of one that the Host names. */
export const ownMecid = (platform: Platform, named: number): number =>
  platform.mec.enabled ? named + RESERVED_MECIDS : 0;

/** What the Host calls a MECID; null for the RMM's own, and under RMM 1.0. */
export const namedMecid = ({ mec, rmm }: Platform, mecid: number): number | null =>
  rmm.versionSet === '1.0' || !mec.enabled || mecid < RESERVED_MECIDS ? null : mecid - RESERVED_MECIDS;

/** 8 bytes a MECID: bits 1:0 the state, bit 2 stale; above bit 12 the RD, or the number of members. */
const STALE = 4;
const entryAddress = (machine: Machine, mecid: number): Pa => pa(rmmRegions(machine.platform).mecids + mecid * 8);

export function mecEntry(machine: Machine, mecid: number): MecEntry {
  const word = readNumber(machine.memory, RMM_CONTEXT, entryAddress(machine, mecid));
  const state = (word % 4) as MecState;
  const upper = alignDown(word, GRANULE_SIZE);
  const shared = state === MecState.Shared;
  return {
    state,
    stale: word % 8 >= STALE,
    rd: pa(shared ? 0 : upper),
    members: shared ? upper / GRANULE_SIZE : 0,
  };
}

function writeEntry(machine: Machine, mecid: number, flags: number, upper: number): void {
  const address = entryAddress(machine, mecid);
  writeU32(machine.memory, RMM_CONTEXT, address, (upper % 0x1_0000_0000) + flags);
  writeU32(machine.memory, RMM_CONTEXT, pa(address + 4), Math.floor(upper / 0x1_0000_0000));
}

const SHARED_MECID = GLOBALS_LAYOUT.fields.sharedMecid;
const globals = (machine: Machine): Pa => rmmRegions(machine.platform).globals;

/** The Shared MECID; 0 while there is none. */
export const sharedMecid = (machine: Machine): number =>
  readField(machine.memory, RMM_CONTEXT, globals(machine), SHARED_MECID);

const setSharedMecid = (machine: Machine, mecid: number): void =>
  writeField(machine.memory, RMM_CONTEXT, globals(machine), SHARED_MECID, mecid);

/** What the RMM does at boot: under RMM 1.1 the Host's MECID 0 may be Shared from the beginning. */
export function bootMec(machine: Machine): void {
  const { rmm, mec } = machine.platform;
  if (rmm.versionSet === '1.0' || rmm.mecidZero === 'private' || !mec.enabled) return;
  const mecid = ownMecid(machine.platform, 0);
  writeEntry(machine, mecid, MecState.Shared, 0);
  setSharedMecid(machine, mecid);
}

/** RMM 1.0: the MECID the next Realm will get, or -1 when all are assigned. */
export function nextMecid(machine: Machine): number {
  if (!machine.platform.mec.enabled) return 0;
  for (let mecid = RESERVED_MECIDS; mecid < mecidCount(machine.platform); mecid++) {
    if (mecEntry(machine, mecid).state === MecState.PrivateUnassigned) return mecid;
  }
  return -1;
}

/** Gives a MECID to a Realm that may have it. */
export function assignMecid(machine: Machine, pe: number, mecid: number, rd: Pa): void {
  if (mecid === 0) return;
  const { state, stale, members } = mecEntry(machine, mecid);
  if (state === MecState.Shared) writeEntry(machine, mecid, state, (members + 1) * GRANULE_SIZE);
  else {
    if (stale || machine.platform.rmm.versionSet !== '1.0') refreshMecKey(machine, pe, mecid, rd);
    writeEntry(machine, mecid, MecState.PrivateAssigned, rd);
  }
  emit(machine, 'mec', pe, mecid, MecAction.Assigned, 0, rd);
}

/** Takes a MECID back from a Realm that is destroyed. Under RMM 1.0 the key waits for the next Realm to be regenerated. */
export function releaseMecid(machine: Machine, pe: number, mecid: number, rd: Pa): void {
  if (mecid === 0) return;
  const { state, members } = mecEntry(machine, mecid);
  if (state === MecState.Shared) writeEntry(machine, mecid, state, (members - 1) * GRANULE_SIZE);
  else if (machine.platform.rmm.versionSet === '1.0') writeEntry(machine, mecid, MecState.PrivateUnassigned + STALE, 0);
  else {
    refreshMecKey(machine, pe, mecid, rd);
    writeEntry(machine, mecid, MecState.PrivateUnassigned, 0);
  }
  emit(machine, 'mec', pe, mecid, MecAction.Released, 0, rd);
}

/** RMI_MEC_SET_SHARED: nobody uses the MECID, and none is Shared. */
export function shareMecid(machine: Machine, pe: number, mecid: number): void {
  refreshMecKey(machine, pe, mecid, pa(0));
  writeEntry(machine, mecid, MecState.Shared, 0);
  setSharedMecid(machine, mecid);
  emit(machine, 'mec', pe, mecid, MecAction.Shared, 0, pa(0));
}

/** RMI_MEC_SET_PRIVATE: the MECID is Shared, and has no members. */
export function unshareMecid(machine: Machine, pe: number, mecid: number): void {
  refreshMecKey(machine, pe, mecid, pa(0));
  writeEntry(machine, mecid, MecState.PrivateUnassigned, 0);
  setSharedMecid(machine, 0);
  emit(machine, 'mec', pe, mecid, MecAction.Private, 0, pa(0));
}

/** Policy of a Realm's context: private, or shared with other Realms (without MEC with all of them). */
export const mecPolicy = (machine: Machine, mecid: number): 'private' | 'shared' =>
  mecid !== 0 && mecEntry(machine, mecid).state !== MecState.Shared ? 'private' : 'shared';
