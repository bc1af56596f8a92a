/** MECIDs, whose they are, and the state of their encryption contexts. */
import { listContexts } from '../../emulator/rmm/inspect';
import { contextRows } from '../custom/contexts';
import type { Place } from '../evaluate/names';
import { leaf, type Node } from './node';

const readOnly = { hint: { attributes: ['readOnly' as const] } };

export function mecNode(place: Place): Node {
  const { machine } = place.target;
  return {
    name: 'MEC',
    value: '',
    children: () => {
      if (!machine.platform.mec.enabled) return [leaf('(off)', 'This platform has no MEC.', readOnly)];
      const contexts = listContexts(machine);
      return contextRows(machine, contexts).map((row) => ({
        key: `mecid:${row.mecid}`,
        name: row.last === row.mecid ? `MECID ${row.mecid}` : `MECIDs ${row.mecid}..${row.last}`,
        value: `${row.state}${row.owner ? `, ${row.owner}` : ''}, generation ${row.generation}`,
        type: 'encryption context',
        hint: { attributes: ['readOnly'] },
        children: () => [
          leaf('state', row.state, { ...readOnly, type: row.meaning }),
          leaf(row.state === 'shared' ? 'members' : 'owner', row.owner ?? 'none', readOnly),
          ...(row.named === undefined ? [] : [leaf("the Host's MECID", String(row.named), readOnly)]),
          leaf('key generation', String(row.generation), readOnly),
        ],
      }));
    },
  };
}
