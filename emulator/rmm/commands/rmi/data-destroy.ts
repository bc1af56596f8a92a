import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { wipeGranule } from '../../memory';
import { addressIn, Hipas, Ripas, ripasOf, unassignedDescriptor } from '../../rtt/descriptor';
import { PAGE_LEVEL } from '../../rtt/geometry';
import { nonLiveTop } from '../../rtt/live';
import { writeEntry } from '../../rtt/walk';
import { type CommandRow, VERSION_SETS } from '../row';
import {
  entryCheck,
  ipaGranuleCheck,
  letRealm,
  letWalk,
  protectedCheck,
  spaceOf,
  topOutput,
  walkCheck,
  walkOf,
} from '../rtt-stages';
import { act, arg, granuleChecks, input, output, RMI_RESULT, setResult } from '../stages';

export const dataDestroy: CommandRow = {
  name: 'RMI_DATA_DESTROY',
  interface: 'rmi',
  fid: 0xc400_0155,
  versions: VERSION_SETS,
  summary: 'Unmap and destroy the DATA Granule mapped at a Protected IPA.',
  ticks: 800,
  inputs: [input(1, 'rd', 'Address', 'PA of the Realm Descriptor'), input(2, 'ipa', 'Address', 'Protected IPA')],
  outputs: [
    RMI_RESULT,
    output(1, 'data', 'Address', 'PA of the Granule that was unmapped', 'result == RMI_SUCCESS'),
    output(
      2,
      'top',
      'Address',
      'top of the run of non-live RTT entries starting at the entry where the walk ended',
      'result is RMI_SUCCESS or RMI_ERROR_RTT',
    ),
  ],
  stages: [
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    protectedCheck(2),
    ipaGranuleCheck(2),
    letWalk(2, () => PAGE_LEVEL, 'walk(rd, ipa, RTT_PAGE_LEVEL)'),
    walkCheck('walk.level < 3', () => PAGE_LEVEL, topOutput(2, 2)),
    entryCheck('walk.rtte.state != ASSIGNED', (hipas) => hipas !== Hipas.Assigned, topOutput(2, 2)),
    act('unmap', 'HIPAS := UNASSIGNED; RIPAS: RAM -> DESTROYED, else unchanged', (context) => {
      const { machine, frame } = context;
      const walk = walkOf(context);
      const ripas = ripasOf(walk.lo);
      const entry = unassignedDescriptor(ripas === Ripas.Ram ? Ripas.Destroyed : ripas);
      writeEntry(machine, frame.pe, spaceOf(context), walk, arg(frame, 2), entry);
    }),
    act('destroy', 'Granule(data).state := DELEGATED, content wiped', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const walk = walkOf(context);
      const data = addressIn(walk.lo, walk.hi, space.lpa2);
      wipeGranule(machine.memory, data);
      setGranuleState(machine, frame.pe, frame.call, data, GranuleState.Delegated);
      setResult(frame, 1, data);
      setResult(frame, 2, nonLiveTop(machine.memory, space, walk, arg(frame, 2)));
    }),
  ],
  notes: ['A folded (block) mapping must first be unfolded with RMI_RTT_CREATE.'],
};
