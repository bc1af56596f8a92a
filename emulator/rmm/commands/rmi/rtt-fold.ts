import { hex } from '../../../format';
import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { wipeGranule } from '../../memory';
import { addressIn, HIPAS_NAMES, Hipas } from '../../rtt/descriptor';
import { type CommonEntry, commonEntry, leafDescriptor } from '../../rtt/fold';
import { MIN_BLOCK_LEVEL } from '../../rtt/geometry';
import { writeEntry } from '../../rtt/walk';
import { type CommandRow, type FrameValue, type StageContext, VERSION_SETS } from '../row';
import {
  entryCheck,
  ipaBoundCheck,
  ipaLevelCheck,
  letRealm,
  letWalk,
  spaceOf,
  tableLevelCheck,
  walkCheck,
  walkOf,
} from '../rtt-stages';
import {
  act,
  arg,
  argSigned,
  fail,
  granuleChecks,
  input,
  letStage,
  local,
  output,
  RMI_RESULT,
  setResult,
} from '../stages';

const tableAddress = (context: StageContext) => {
  const { lo, hi } = walkOf(context);
  return addressIn(lo, hi, spaceOf(context).lpa2);
};
const commonOf = ({ frame }: Pick<StageContext, 'frame'>): CommonEntry | null =>
  local<CommonEntry | null>(frame, 'common');

export const rttFold: CommandRow = {
  name: 'RMI_RTT_FOLD',
  interface: 'rmi',
  fid: 0xc400_0166,
  versions: VERSION_SETS,
  summary: 'Destroy a homogeneous RTT and keep its state in the parent entry.',
  ticks: 1500,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'ipa', 'Address', 'base IPA of the range the table covers'),
    input(3, 'level', 'Int64', 'level of the table to fold'),
  ],
  outputs: [RMI_RESULT, output(1, 'rtt', 'Address', 'PA of the folded RTT', 'result == RMI_SUCCESS')],
  stages: [
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    tableLevelCheck(3),
    ipaBoundCheck(2),
    ipaLevelCheck(2, 3, 1),
    letWalk(2, ({ frame }) => argSigned(frame, 3) - 1, 'walk(rd, ipa, level - 1)'),
    walkCheck('walk.level < level - 1', ({ frame }) => argSigned(frame, 3) - 1),
    entryCheck('walk.rtte.state != TABLE', (hipas) => hipas !== Hipas.Table),
    letStage('common', 'what all entries of the table have in common', (context) => {
      const { machine, frame } = context;
      const common = commonEntry(machine.memory, spaceOf(context), tableAddress(context), argSigned(frame, 3));
      frame.locals['common'] = common as unknown as FrameValue;
    }),
    fail(
      'rtt_homo',
      '!RttIsHomogeneous(walk.rtte.addr)',
      'RMI_ERROR_RTT',
      (context) => commonOf(context) === null,
      (context) => [
        ['walk.rtte.addr', hex(tableAddress(context))],
        ['all entries alike', commonOf(context) !== null],
      ],
      { index: ({ frame }) => argSigned(frame, 3) },
    ),
    fail(
      'fold_block_level',
      'entries are ASSIGNED or ASSIGNED_NS and the parent level is below the smallest block level',
      'RMI_ERROR_RTT',
      (context) => {
        const hipas = commonOf(context)?.hipas;
        const hasAddress = hipas === Hipas.Assigned || hipas === Hipas.AssignedNs;
        return hasAddress && argSigned(context.frame, 3) - 1 < MIN_BLOCK_LEVEL;
      },
      ({ frame }) => [
        ['entries', HIPAS_NAMES[commonOf({ frame })?.hipas ?? Hipas.Unassigned]],
        ['level - 1', argSigned(frame, 3) - 1],
        ['smallest block level', MIN_BLOCK_LEVEL],
      ],
      { index: ({ frame }) => argSigned(frame, 3) - 1 },
    ),
    act('fold', 'parent RTTE takes the common state, attributes and first address', (context) => {
      const { machine, frame } = context;
      const common = commonOf(context);
      if (common === null) return;
      const space = spaceOf(context);
      const entry = leafDescriptor(common, common.address, argSigned(frame, 3) - 1, space.lpa2);
      writeEntry(machine, frame.pe, space, walkOf(context), arg(frame, 2), entry);
    }),
    act('destroy', 'Granule(rtt).state := DELEGATED, wiped', (context) => {
      const { machine, frame } = context;
      const rtt = tableAddress(context);
      wipeGranule(machine.memory, rtt);
      setGranuleState(machine, frame.pe, frame.call, rtt, GranuleState.Delegated);
      setResult(frame, 1, rtt);
    }),
  ],
  notes: ['RIPAS is preserved: unlike RMI_RTT_DESTROY nothing becomes DESTROYED.'],
};
