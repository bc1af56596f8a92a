import { MecState, namedMecid, sharedMecid, shareMecid } from '../../mec/pool';
import { mecidArg, mecidBoundCheck, mecStateCheck } from '../mec-stages';
import type { CommandRow } from '../row';
import { act, fail, input, RMI_RESULT } from '../stages';

export const mecSetShared: CommandRow = {
  name: 'RMI_MEC_SET_SHARED',
  interface: 'rmi',
  fid: 0xc400_018c,
  versions: ['1.1-v0.8.0'],
  summary: 'Make a MECID the Shared one.',
  ticks: 500,
  inputs: [input(1, 'mecid', 'Bits64', 'MECID')],
  outputs: [RMI_RESULT],
  stages: [
    mecidBoundCheck,
    mecStateCheck(MecState.PrivateUnassigned),
    fail(
      'one_shared',
      'a Shared MEC exists',
      'RMI_ERROR_INPUT',
      ({ machine }) => sharedMecid(machine) !== 0,
      ({ machine }) => [['Shared MECID', namedMecid(machine.platform, sharedMecid(machine)) ?? 'none']],
    ),
    act('share', 'MEC(mecid).state := MEC_STATE_SHARED; key regenerated', (context) =>
      shareMecid(context.machine, context.frame.pe, mecidArg(context)),
    ),
  ],
  notes: ['TF-RMM has one Shared MEC at a time.'],
};
