import { setRealmState } from '../../realm/rd';
import { psciExit, rdOf } from '../../realm-entry/guest';
import { RealmState } from '../../structures/rd';
import { type CommandRow, VERSION_SETS } from '../row';
import { PSCI_RESULT } from '../stages';

const stop = psciExit('Realm.state := REALM_SYSTEM_OFF; exit RMI_EXIT_PSCI', (context) =>
  setRealmState(context.machine, context.frame.pe, rdOf(context), RealmState.SystemOff),
);

const NOTES = ['Does not return: every later RMI_REC_ENTER of this Realm fails with RMI_ERROR_REALM, index 1.'];

export const systemOff: CommandRow = {
  name: 'PSCI_SYSTEM_OFF',
  interface: 'psci',
  fid: 0x8400_0008,
  versions: VERSION_SETS,
  summary: 'Shut the Realm down.',
  ticks: 300,
  inputs: [],
  outputs: [PSCI_RESULT],
  stages: [stop],
  notes: NOTES,
};

export const systemReset: CommandRow = {
  ...systemOff,
  name: 'PSCI_SYSTEM_RESET',
  fid: 0x8400_0009,
  summary: 'Ask for a reset; for the RMM the same as shutdown.',
};
