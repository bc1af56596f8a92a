import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { Hipas, tableDescriptor } from '../../rtt/descriptor';
import { unfold } from '../../rtt/fold';
import { writeEntry } from '../../rtt/walk';
import { type CommandRow, VERSION_SETS } from '../row';
import {
  addressWidthCheck,
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
import { act, arg, argPa, argSigned, granuleChecks, input, RMI_RESULT } from '../stages';

export const rttCreate: CommandRow = {
  name: 'RMI_RTT_CREATE',
  interface: 'rmi',
  fid: 0xc400_015d,
  versions: VERSION_SETS,
  summary: 'Create an RTT below an existing entry (also used to unfold a block).',
  ticks: 1200,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'rtt', 'Address', 'PA of the Granule that becomes the RTT'),
    input(3, 'ipa', 'Address', 'base IPA of the range the new table covers'),
    input(4, 'level', 'Int64', 'level of the new table'),
  ],
  outputs: [RMI_RESULT],
  stages: [
    ...granuleChecks(2, 'rtt', GranuleState.Delegated),
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    tableLevelCheck(4),
    ipaBoundCheck(3),
    ipaLevelCheck(3, 4, 1),
    addressWidthCheck('rtt_bound2', 2, 'rtt'),
    letWalk(3, ({ frame }) => argSigned(frame, 4) - 1, 'walk(rd, ipa, level - 1)'),
    walkCheck('walk.level < level - 1', ({ frame }) => argSigned(frame, 4) - 1),
    entryCheck('walk.rtte.state == TABLE', (hipas) => hipas === Hipas.Table),
    act('fill', 'Granule(rtt).state := RTT; all entries say what the parent said', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const rtt = argPa(frame, 2);
      setGranuleState(machine, frame.pe, frame.call, rtt, GranuleState.Rtt, space.rd);
      unfold(machine.memory, space, rtt, argSigned(frame, 4), walkOf(context));
    }),
    act('link', 'parent RTTE: state := TABLE, addr := rtt', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const entry = tableDescriptor(argPa(frame, 2), space.lpa2);
      writeEntry(machine, frame.pe, space, walkOf(context), arg(frame, 3), entry);
    }),
  ],
  notes: ['Legal in every Realm state.', 'HIPAS, RIPAS and output addresses of the region are preserved.'],
};
