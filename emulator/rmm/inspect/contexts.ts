/** Memory encryption contexts of the Realm PAS. */
import type { Machine } from '../../machine/machine';
import { generationOf } from '../../memory/mpe';
import { MecState, mecEntry, mecidCount } from '../mec/pool';
import { realmContext } from '../memory';
import type { MecContextInfo } from './types';

/** MECID 0, which is the RMM's, and those that were ever assigned. */
export function listContexts(machine: Machine): MecContextInfo[] {
  const generation = (mecid: number): number => generationOf(machine.memory.contexts, realmContext(mecid));
  const contexts: MecContextInfo[] = [{ mecid: 0, state: 'rmm', rd: null, generation: generation(0) }];
  // The lowest MECID that is not assigned is always taken, so the first free one ends the list.
  for (let mecid = 1; mecid < mecidCount(machine); mecid++) {
    const { state, rd } = mecEntry(machine, mecid);
    if (state === MecState.Free) break;
    const assigned = state === MecState.Assigned;
    contexts.push({
      mecid,
      state: assigned ? 'assigned' : 'stale',
      rd: assigned ? rd : null,
      generation: generation(mecid),
    });
  }
  return contexts;
}
