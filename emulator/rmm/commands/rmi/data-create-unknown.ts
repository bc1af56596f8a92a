import { granuleOf } from '../../../address';
import { zeroGranule } from '../../../memory/memory';
import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { assignedDescriptor, Hipas, ripasOf } from '../../rtt/descriptor';
import { PAGE_LEVEL } from '../../rtt/geometry';
import { writeEntry } from '../../rtt/walk';
import { type CommandRow, VERSION_SETS } from '../row';
import {
  addressWidthCheck,
  entryCheck,
  ipaGranuleCheck,
  letRealm,
  letWalk,
  protectedCheck,
  spaceOf,
  walkCheck,
  walkOf,
} from '../rtt-stages';
import { act, arg, argPa, granuleChecks, input, RMI_RESULT } from '../stages';

export const dataCreateUnknown: CommandRow = {
  name: 'RMI_DATA_CREATE_UNKNOWN',
  interface: 'rmi',
  fid: 0xc400_0154,
  versions: VERSION_SETS,
  summary: 'Create a DATA Granule with unspecified (wiped) content and map it at a Protected IPA.',
  ticks: 800,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'data', 'Address', 'PA of the destination Granule'),
    input(3, 'ipa', 'Address', 'Protected IPA to map at'),
  ],
  outputs: [RMI_RESULT],
  stages: [
    ...granuleChecks(2, 'data', GranuleState.Delegated),
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    ipaGranuleCheck(3),
    protectedCheck(3),
    addressWidthCheck('data_bound2', 2, 'data'),
    letWalk(3, () => PAGE_LEVEL, 'walk(rd, ipa, RTT_PAGE_LEVEL)'),
    walkCheck('walk.level < RTT_PAGE_LEVEL (3)', () => PAGE_LEVEL),
    entryCheck('walk.rtte.state != UNASSIGNED', (hipas) => hipas !== Hipas.Unassigned),
    act('map', 'Granule(data).state := DATA; RTTE(ipa): ASSIGNED, data, RIPAS unchanged', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const data = argPa(frame, 2);
      // Zeros under the Realm's own context: nothing of an earlier owner can be read.
      zeroGranule(machine.memory, space.context, granuleOf(data));
      setGranuleState(machine, frame.pe, frame.call, data, GranuleState.Data, space.rd);
      const entry = assignedDescriptor(data, ripasOf(walkOf(context).lo), PAGE_LEVEL, space.lpa2);
      writeEntry(machine, frame.pe, space, walkOf(context), arg(frame, 3), entry);
    }),
  ],
  notes: ['Legal in every Realm state.', 'RIM is unchanged.'],
};
