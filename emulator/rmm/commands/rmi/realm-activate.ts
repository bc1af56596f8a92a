import { GranuleState } from '../../granules/state';
import { setRealmState } from '../../realm/rd';
import { RealmState } from '../../structures/rd';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, argPa, granuleChecks, input, RMI_RESULT, realmStateCheck } from '../stages';

export const realmActivate: CommandRow = {
  name: 'RMI_REALM_ACTIVATE',
  interface: 'rmi',
  fid: 0xc400_0157,
  versions: VERSION_SETS,
  summary: 'Move a Realm from NEW to ACTIVE.',
  ticks: 200,
  inputs: [input(1, 'rd', 'Address', 'PA of the Realm Descriptor')],
  outputs: [RMI_RESULT],
  stages: [
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    realmStateCheck(1, RealmState.New),
    act('activate', 'Realm(rd).state := REALM_ACTIVE', ({ machine, frame }) =>
      setRealmState(machine, frame.pe, argPa(frame, 1), RealmState.Active),
    ),
  ],
  notes: ['RIM is final from now on.'],
};
