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
  readonly owner?: string;
  readonly generation: number;
}

const STATES: Readonly<Record<MecContextInfo['state'], readonly [string, string]>> = {
  rmm: ['shared, RMM', 'the context of the RMM itself'],
  assigned: ['private, assigned', 'protects the memory of one Realm'],
  stale: ['private, to be regenerated', 'its Realm is gone; it gets a new key before it is used again'],
  free: ['private, unassigned', 'free for the next Realm'],
};

export function contextRows(machine: Machine, contexts: readonly MecContextInfo[]): ContextStretch[] {
  const rows: ContextStretch[] = [];
  for (const { mecid, state, rd, generation } of contexts) {
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
    const owner = rd === null ? {} : { owner: realmName(machine, rd) ?? upperHex(`RD ${showHex(rd)}`) };
    rows.push({ mecid, last: mecid, state: words, meaning, generation, ...owner });
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
    rows: rows.map(({ mecid, last, state, owner, generation }) => ({
      mecid,
      last,
      state,
      generation,
      ...(owner === undefined ? {} : { owner }),
    })),
  };
}
