/**
 * MECIDs (FEAT_MEC). MECID 0 is the RMM's own. Under RMM 1.0 the Host has no say: each Realm gets a private context, the
 * lowest MECID that is free, and the key of a MECID that was used before is regenerated first. A platform without MEC
 * has MECID 0 for everything.
 *
 * The table has 8 bytes a MECID: bits 1:0 the state, the rest the RD (granule aligned) while assigned.
 */
import { alignDown, GRANULE_SIZE, type Pa, pa } from '../../address';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { readNumber, writeU32 } from '../../memory/memory';
import { refreshMecKey } from '../../monitor/mec';
import { rmmRegions } from '../layout';
import { RMM_CONTEXT } from '../memory';

export const MecState = { Free: 0, Assigned: 1, Stale: 2 } as const;
export type MecState = (typeof MecState)[keyof typeof MecState];

const entryOf = (machine: Machine, mecid: number): Pa => pa(rmmRegions(machine.platform).mecids + mecid * 8);

/** How many MECIDs there are, the RMM's own included; 1 without MEC. */
export const mecidCount = (machine: Machine): number =>
  machine.platform.mec.enabled ? 2 ** machine.platform.mec.mecidBits : 1;

export function mecEntry(machine: Machine, mecid: number): { readonly state: MecState; readonly rd: Pa } {
  const word = readNumber(machine.memory, RMM_CONTEXT, entryOf(machine, mecid));
  return { state: (word % 4) as MecState, rd: pa(alignDown(word, GRANULE_SIZE)) };
}

function writeEntry(machine: Machine, mecid: number, state: MecState, rd: Pa | 0): void {
  const address = entryOf(machine, mecid);
  writeU32(machine.memory, RMM_CONTEXT, address, (rd % 0x1_0000_0000) + state);
  writeU32(machine.memory, RMM_CONTEXT, pa(address + 4), Math.floor(rd / 0x1_0000_0000));
}

/** The MECID the next Realm will get, or -1 when all are assigned. */
export function nextMecid(machine: Machine): number {
  if (!machine.platform.mec.enabled) return 0;
  for (let mecid = 1; mecid < mecidCount(machine); mecid++) {
    if (mecEntry(machine, mecid).state !== MecState.Assigned) return mecid;
  }
  return -1;
}

/** Gives `mecid` to a Realm, with a fresh key when it was used before. */
export function assignMecid(machine: Machine, pe: number, mecid: number, rd: Pa): void {
  if (mecid === 0) return;
  if (mecEntry(machine, mecid).state === MecState.Stale) refreshMecKey(machine, pe, mecid, rd);
  writeEntry(machine, mecid, MecState.Assigned, rd);
  emit(machine, 'mec', pe, mecid, 0, 0, rd);
}

/** Takes `mecid` back from a destroyed Realm; its key is stale until somebody else needs the MECID. */
export function releaseMecid(machine: Machine, pe: number, mecid: number, rd: Pa): void {
  if (mecid === 0) return;
  writeEntry(machine, mecid, MecState.Stale, 0);
  emit(machine, 'mec', pe, mecid, 1, 0, rd);
}
