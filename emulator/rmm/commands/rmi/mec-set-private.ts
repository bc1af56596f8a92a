import { MecState, mecEntry, unshareMecid } from '../../mec/pool';
import { mecidArg, mecidBoundCheck, mecStateCheck } from '../mec-stages';
import type { CommandRow } from '../row';
import { act, fail, input, RMI_RESULT } from '../stages';

export const mecSetPrivate: CommandRow = {
  name: 'RMI_MEC_SET_PRIVATE',
  interface: 'rmi',
  fid: 0xc400_018d,
  versions: ['1.1-v0.8.0'],
  summary: 'Make the Shared MECID private again.',
  ticks: 500,
  inputs: [input(1, 'mecid', 'Bits64', 'MECID')],
  outputs: [RMI_RESULT],
  stages: [
    mecidBoundCheck,
    mecStateCheck(MecState.Shared),
    fail(
      'members',
      'a Realm uses the MEC',
      'RMI_ERROR_INPUT',
      (context) => mecEntry(context.machine, mecidArg(context)).members !== 0,
      (context) => [['MEC(mecid).members', mecEntry(context.machine, mecidArg(context)).members]],
    ),
    act('unshare', 'MEC(mecid).state := MEC_STATE_PRIVATE_UNASSIGNED; key regenerated', (context) =>
      unshareMecid(context.machine, context.frame.pe, mecidArg(context)),
    ),
  ],
};
