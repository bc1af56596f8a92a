/** Memory encryption contexts of the Realm PAS. */
import type { Machine } from '../../machine/machine';
import { generationOf } from '../../memory/mpe';
import { mecidOf, Pas, pasOf } from '../../memory/pas';
import { MecState, mecEntry, mecidCount, namedMecid, sharedMecid } from '../mec/pool';
import { realmContext } from '../memory';
import { listRealms } from './realms';
import type { MecContextInfo } from './types';

/** MECID 0, which is the RMM's, the Shared one, and those that some Realm uses or has used; ascending. */
export function listContexts(machine: Machine): MecContextInfo[] {
  const { contexts } = machine.memory;
  const users = new Map<number, MecContextInfo['members'][number][]>();
  for (const { rd, mecid } of listRealms(machine)) users.set(mecid, [...(users.get(mecid) ?? []), rd]);
  const listed = new Set([0, sharedMecid(machine), ...users.keys(), ...staleMecids(machine)]);
  for (const context of contexts.generations.keys()) {
    if (pasOf(context as never) === Pas.Realm) listed.add(mecidOf(context as never));
  }
  return [...listed]
    .sort((a, b) => a - b)
    .map((mecid) => {
      const { state, stale, rd } = mecEntry(machine, mecid);
      const assigned = state === MecState.PrivateAssigned;
      const unused = stale ? 'stale' : 'free';
      const own = mecid === 0 ? 'rmm' : undefined;
      return {
        mecid,
        named: namedMecid(machine.platform, mecid),
        state: own ?? (state === MecState.Shared ? 'shared' : assigned ? 'assigned' : unused),
        rd: assigned ? rd : null,
        members: mecid === 0 ? [] : (users.get(mecid) ?? []),
        generation: generationOf(contexts, realmContext(mecid)),
      };
    });
}

/** RMM 1.0 takes the lowest MECID that is not assigned, so the first one never used ends those that were. */
function staleMecids(machine: Machine): number[] {
  const stale: number[] = [];
  if (machine.platform.rmm.versionSet !== '1.0') return stale;
  for (let mecid = 1; mecid < mecidCount(machine.platform); mecid++) {
    const entry = mecEntry(machine, mecid);
    if (entry.stale) stale.push(mecid);
    else if (entry.state === MecState.PrivateUnassigned) break;
  }
  return stale;
}
