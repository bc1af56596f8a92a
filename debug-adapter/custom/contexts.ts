/** `cca/contexts`: encryption contexts with their owners; unassigned stretches folded. */
import type { Machine } from '../../emulator/machine/machine';
import { listContexts, type MecContextInfo } from '../../emulator/rmm/inspect';
import { showHex, upperHex } from '../format';
import type { ContextsResponse } from '../protocol';
import { type Session, targetOf } from '../session/state';
import { realmName } from '../variables/realms';

/** Contexts with the same state next to each other, `mecid` to `last`. */
export interface ContextStretch {
  readonly mecid: number;
  readonly last: number;
  readonly state: string;
  readonly meaning: string;
  /** Names of the Realms that use it. */
  readonly owner?: string;
  /** What the Host calls it, where that differs (RMM 1.1). */
  readonly named?: number;
  readonly generation: number;
}

const STATES: Readonly<Record<MecContextInfo['state'], readonly [string, string]>> = {
  rmm: ['shared, RMM', 'the context of the RMM itself'],
  assigned: ['private, assigned', 'protects the memory of one Realm'],
  stale: ['private, to be regenerated', 'its Realm is gone; it gets a new key before it is used again'],
  free: ['private, unassigned', 'free for the next Realm'],
  shared: ['shared', 'protects the memory of every Realm whose parameters name it'],
};

export function contextRows(machine: Machine, contexts: readonly MecContextInfo[]): ContextStretch[] {
  const rows: ContextStretch[] = [];
  for (const { mecid, named, state, members, generation } of contexts) {
    const before = rows.at(-1);
    const [words, meaning] = STATES[state];
    if (
      before &&
      state === 'free' &&
      before.state === words &&
      before.generation === generation &&
      before.last === mecid - 1
    ) {
      rows[rows.length - 1] = { ...before, last: mecid };
      continue;
    }
    const owner = members.map((rd) => realmName(machine, rd) ?? upperHex(`RD ${showHex(rd)}`)).join(', ');
    rows.push({
      mecid,
      last: mecid,
      state: words,
      meaning,
      generation,
      ...(owner === '' ? {} : { owner }),
      ...(named === null ? {} : { named }),
    });
  }
  return rows;
}

export function contexts(session: Session): ContextsResponse {
  const { machine } = targetOf(session, 'cca/contexts');
  const width = machine.platform.mec.enabled ? 2 ** machine.platform.mec.mecidBits : 0;
  const rows = width === 0 ? [] : contextRows(machine, listContexts(machine));
  return {
    generation: session.generation,
    width,
    rows: rows.map(({ mecid, last, state, owner, named, generation }) => ({
      mecid,
      last,
      state,
      generation,
      ...(owner === undefined ? {} : { owner }),
      ...(named === undefined ? {} : { named }),
    })),
  };
}
