import { GranuleState } from '../../granules/state';
import { Hipas, UNASSIGNED_NS } from '../../rtt/descriptor';
import { writeEntry } from '../../rtt/walk';
import { type CommandRow, VERSION_SETS } from '../row';
import {
  entryCheck,
  ipaLevelCheck,
  leafLevelCheck,
  letRealm,
  letWalk,
  spaceOf,
  startLevelCheck,
  topOutput,
  unprotectedCheck,
  walkCheck,
  walkOf,
} from '../rtt-stages';
import { act, arg, argSigned, granuleChecks, input, output, RMI_RESULT } from '../stages';

export const rttUnmapUnprotected: CommandRow = {
  name: 'RMI_RTT_UNMAP_UNPROTECTED',
  interface: 'rmi',
  fid: 0xc400_0162,
  versions: VERSION_SETS,
  summary: 'Remove a mapping at an Unprotected IPA.',
  ticks: 600,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'ipa', 'Address', 'Unprotected IPA'),
    input(3, 'level', 'Int64', 'level of the entry (1, 2 or 3)'),
  ],
  outputs: [
    RMI_RESULT,
    output(
      1,
      'top',
      'Address',
      'top of the non-live run from the entry where the walk ended',
      'result is RMI_SUCCESS or RMI_ERROR_RTT',
    ),
  ],
  stages: [
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    leafLevelCheck(3),
    startLevelCheck(3),
    unprotectedCheck(2),
    ipaLevelCheck(2, 3, 0),
    letWalk(2, ({ frame }) => argSigned(frame, 3), 'walk(rd, ipa, level)'),
    walkCheck('walk.level < level', ({ frame }) => argSigned(frame, 3), topOutput(2, 1)),
    entryCheck('walk.rtte.state != ASSIGNED_NS', (hipas) => hipas !== Hipas.AssignedNs, topOutput(2, 1)),
    act('unmap', 'RTTE(ipa): UNASSIGNED_NS', (context) => {
      const { machine, frame } = context;
      writeEntry(machine, frame.pe, spaceOf(context), walkOf(context), arg(frame, 2), UNASSIGNED_NS);
      topOutput(2, 1)(context);
    }),
  ],
};
