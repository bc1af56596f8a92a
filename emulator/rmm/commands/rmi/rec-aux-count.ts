import { GranuleState } from '../../granules/state';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, granuleChecks, input, output, RMI_RESULT, setResult } from '../stages';

export const recAuxCount: CommandRow = {
  name: 'RMI_REC_AUX_COUNT',
  interface: 'rmi',
  fid: 0xc400_0167,
  versions: VERSION_SETS,
  summary: 'Number of auxiliary Granules each REC of this Realm needs.',
  ticks: 200,
  inputs: [input(1, 'rd', 'Address', 'PA of the Realm Descriptor')],
  outputs: [RMI_RESULT, output(1, 'aux_count', 'UInt64', 'number of auxiliary Granules', 'result == RMI_SUCCESS')],
  stages: [
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    act('report', 'aux_count := RecAuxCount(rd)', ({ machine, frame }) =>
      setResult(frame, 1, machine.platform.rmm.recAuxCount),
    ),
  ],
  notes: ['The same for every Realm.'],
};
