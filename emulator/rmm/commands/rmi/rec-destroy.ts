import { pa } from '../../../address';
import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { wipeGranule } from '../../memory';
import { removeRec } from '../../realm/list';
import { REC, recField, recOwner } from '../../rec/rec';
import { RecState } from '../../structures/rec';
import { recStateValues } from '../rec-values';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, argPa, fail, granuleChecks, input, RMI_RESULT } from '../stages';

export const recDestroy: CommandRow = {
  name: 'RMI_REC_DESTROY',
  interface: 'rmi',
  fid: 0xc400_015b,
  versions: VERSION_SETS,
  summary: 'Destroy a REC that is not running.',
  ticks: 2000,
  inputs: [input(1, 'rec', 'Address', 'PA of the REC')],
  outputs: [RMI_RESULT],
  stages: [
    ...granuleChecks(1, 'rec', GranuleState.Rec, 'rec', 'rec_gran_state'),
    fail(
      'rec_state',
      'Rec(rec).state == REC_RUNNING',
      'RMI_ERROR_REC',
      ({ machine, frame }) => recField(machine, argPa(frame, 1), REC.state) === RecState.Running,
      ({ machine, frame }) => recStateValues(machine, 'rec', argPa(frame, 1)),
    ),
    act('aux', 'one auxiliary Granule: state := DELEGATED, wiped', ({ machine, frame }) => {
      const rec = argPa(frame, 1);
      const index = (frame.locals['next_aux'] as number | undefined) ?? 0;
      const count = recField(machine, rec, REC.numAux);
      if (index >= count) return undefined;
      const aux = pa(recField(machine, rec, REC.aux, index));
      wipeGranule(machine.memory, aux);
      setGranuleState(machine, frame.pe, frame.call, aux, GranuleState.Delegated);
      frame.locals['next_aux'] = index + 1;
      return index + 1 < count ? 'again' : undefined;
    }),
    act('rec', 'Granule(rec).state := DELEGATED, wiped', ({ machine, frame }) => {
      const rec = argPa(frame, 1);
      removeRec(machine, recOwner(machine, rec), rec);
      wipeGranule(machine.memory, rec);
      setGranuleState(machine, frame.pe, frame.call, rec, GranuleState.Delegated);
    }),
  ],
  notes: ['Legal in every Realm state.', 'rec_index of the Realm is not decremented.'],
};
