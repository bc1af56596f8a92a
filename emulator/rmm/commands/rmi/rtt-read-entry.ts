import { GranuleState } from '../../granules/state';
import { addressIn, Hipas, hipasOf, hostAttributesOf, ripasOf } from '../../rtt/descriptor';
import { PAGE_LEVEL } from '../../rtt/geometry';
import { type CommandRow, VERSION_SETS } from '../row';
import { ipaBoundCheck, ipaLevelCheck, letRealm, letWalk, spaceOf, walkOf } from '../rtt-stages';
import { act, argSigned, fail, granuleChecks, input, output, RMI_RESULT, setResult } from '../stages';

/** RmiRttEntryState by HIPAS. */
const ENTRY_STATE: Readonly<Record<Hipas, number>> = { 0: 0, 1: 1, 2: 0, 3: 1, 4: 2 };

const SUCCESS = 'result == RMI_SUCCESS';

export const rttReadEntry: CommandRow = {
  name: 'RMI_RTT_READ_ENTRY',
  interface: 'rmi',
  fid: 0xc400_0161,
  versions: VERSION_SETS,
  summary: 'Report the RTT entry reached for an IPA.',
  ticks: 400,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'ipa', 'Address', 'IPA'),
    input(3, 'level', 'Int64', 'deepest level to walk to'),
  ],
  outputs: [
    RMI_RESULT,
    output(1, 'walk_level', 'UInt64', 'level where the walk ended', SUCCESS),
    output(2, 'state', 'RmiRttEntryState', 'entry state', SUCCESS),
    output(3, 'desc', 'Bits64', 'output address, and what the Host chose of an Unprotected mapping', SUCCESS),
    output(4, 'ripas', 'RmiRipas', 'RIPAS of a Protected entry', SUCCESS),
  ],
  stages: [
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    fail(
      'level_bound',
      'level < Realm(rd).rtt_level_start || level > 3',
      'RMI_ERROR_INPUT',
      (context) => {
        const level = argSigned(context.frame, 3);
        return level < spaceOf(context).levelStart || level > PAGE_LEVEL;
      },
      (context) => [
        ['level', argSigned(context.frame, 3)],
        ['Realm(rd).rtt_level_start', spaceOf(context).levelStart],
      ],
    ),
    ipaBoundCheck(2),
    ipaLevelCheck(2, 3, 0),
    letWalk(2, ({ frame }) => argSigned(frame, 3), 'walk(rd, ipa, level)'),
    act('report', 'level, state, desc and ripas of walk.rtte', (context) => {
      const { frame } = context;
      const { lo, hi, level } = walkOf(context);
      const { lpa2 } = spaceOf(context);
      const hipas = hipasOf(lo, hi, level);
      const hasAddress = hipas === Hipas.Assigned || hipas === Hipas.AssignedNs || hipas === Hipas.Table;
      let desc = 0;
      if (hipas === Hipas.AssignedNs) {
        // As the Host gave it: with LPA2, address bits 51:50 are at bits 9:8.
        desc = addressIn(lo, hi, false) + (hostAttributesOf(lo) | (lpa2 ? lo & 0x300 : 0));
      } else if (hasAddress) {
        desc = addressIn(lo, hi, lpa2);
      }
      setResult(frame, 1, level);
      setResult(frame, 2, ENTRY_STATE[hipas]);
      setResult(frame, 3, desc);
      setResult(frame, 4, hipas === Hipas.Assigned || hipas === Hipas.Unassigned ? ripasOf(lo) : 0);
    }),
  ],
  notes: ['A walk that ends early is no error: walk_level says so.'],
};
