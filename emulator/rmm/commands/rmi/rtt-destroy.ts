import { hex } from '../../../format';
import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { wipeGranule } from '../../memory';
import { isProtected } from '../../realm/rd';
import { addressIn, Hipas, Ripas, UNASSIGNED_NS, unassignedDescriptor } from '../../rtt/descriptor';
import { isTableLive, nonLiveTop } from '../../rtt/live';
import { writeEntry } from '../../rtt/walk';
import { type CommandRow, type StageContext, VERSION_SETS } from '../row';
import {
  entryCheck,
  ipaBoundCheck,
  ipaLevelCheck,
  letRealm,
  letWalk,
  spaceOf,
  tableLevelCheck,
  topOutput,
  walkCheck,
  walkOf,
} from '../rtt-stages';
import { act, arg, argSigned, fail, granuleChecks, input, output, RMI_RESULT, raw, setResult } from '../stages';

const tableAddress = (context: StageContext) => {
  const { lo, hi } = walkOf(context);
  return addressIn(lo, hi, spaceOf(context).lpa2);
};

export const rttDestroy: CommandRow = {
  name: 'RMI_RTT_DESTROY',
  interface: 'rmi',
  fid: 0xc400_015e,
  versions: VERSION_SETS,
  summary: 'Destroy a non-live RTT; the region loses its content and state.',
  ticks: 1200,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'ipa', 'Address', 'base IPA of the range the table covers'),
    input(3, 'level', 'Int64', 'level of the table to destroy'),
  ],
  outputs: [
    RMI_RESULT,
    output(1, 'rtt', 'Address', 'PA of the destroyed RTT', 'result == RMI_SUCCESS'),
    output(
      2,
      'top',
      'Address',
      'top of the non-live run from the entry where the walk ended',
      'result is RMI_SUCCESS or RMI_ERROR_RTT',
    ),
  ],
  stages: [
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    tableLevelCheck(3),
    ipaBoundCheck(2),
    ipaLevelCheck(2, 3, 1),
    letWalk(2, ({ frame }) => argSigned(frame, 3) - 1, 'walk(rd, ipa, level - 1)'),
    walkCheck('walk.level < level - 1', ({ frame }) => argSigned(frame, 3) - 1, topOutput(2, 2)),
    entryCheck('walk.rtte.state != TABLE', (hipas) => hipas !== Hipas.Table, topOutput(2, 2)),
    fail(
      'rtt_live',
      'RttIsLive(walk.rtte.addr)',
      'RMI_ERROR_RTT',
      (context) => {
        const { machine, frame } = context;
        return isTableLive(machine.memory, spaceOf(context), tableAddress(context), argSigned(frame, 3));
      },
      (context) => [['walk.rtte.addr', hex(tableAddress(context))]],
      {
        index: ({ frame }) => argSigned(frame, 3),
        outputs: ({ frame }) => setResult(frame, 2, raw(frame, 2)),
      },
    ),
    act('unlink', 'parent RTTE: UNASSIGNED, DESTROYED (Protected) or UNASSIGNED_NS', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const entry = isProtected(space, arg(frame, 2)) ? unassignedDescriptor(Ripas.Destroyed) : UNASSIGNED_NS;
      writeEntry(machine, frame.pe, space, walkOf(context), arg(frame, 2), entry);
    }),
    act('destroy', 'Granule(rtt).state := DELEGATED, wiped', (context) => {
      const { machine, frame } = context;
      const rtt = tableAddress(context);
      wipeGranule(machine.memory, rtt);
      setGranuleState(machine, frame.pe, frame.call, rtt, GranuleState.Delegated);
      setResult(frame, 1, rtt);
      setResult(frame, 2, nonLiveTop(machine.memory, spaceOf(context), walkOf(context), arg(frame, 2)));
    }),
  ],
  notes: ['A table full of EMPTY entries still turns the region DESTROYED.', 'With rtt_live, top == ipa.'],
};
