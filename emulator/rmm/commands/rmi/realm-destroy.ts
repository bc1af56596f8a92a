import { pa } from '../../../address';
import { hex } from '../../../format';
import { emit } from '../../../machine/event-ring';
import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { releaseMecid } from '../../mec/pool';
import { RMM_CONTEXT, readField, wipeGranule } from '../../memory';
import { removeRealm } from '../../realm/list';
import { realmState } from '../../realm/rd';
import { setVmidUsed } from '../../realm/vmid';
import { isTableLive } from '../../rtt/live';
import { RD_LAYOUT } from '../../structures/rd';
import { type CommandRow, type StageContext, VERSION_SETS } from '../row';
import { letRealm, spaceOf } from '../rtt-stages';
import { act, argPa, fail, granuleChecks, input, RMI_RESULT } from '../stages';

const recCount = ({ machine, frame }: StageContext): number =>
  readField(machine.memory, RMM_CONTEXT, argPa(frame, 1), RD_LAYOUT.fields.recCount);

/** Address of a live starting table, or -1. */
function liveTable(context: StageContext): number {
  const space = spaceOf(context);
  for (let index = 0; index < space.numStart; index++) {
    const table = pa(space.base + index * 4096);
    if (isTableLive(context.machine.memory, space, table, space.levelStart)) return table;
  }
  return -1;
}

export const realmDestroy: CommandRow = {
  name: 'RMI_REALM_DESTROY',
  interface: 'rmi',
  fid: 0xc400_0159,
  versions: VERSION_SETS,
  summary: 'Destroy a Realm that owns nothing but its starting-level RTTs.',
  ticks: 2000,
  inputs: [input(1, 'rd', 'Address', 'PA of the Realm Descriptor')],
  outputs: [RMI_RESULT],
  stages: [
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    fail(
      'realm_live',
      'RealmIsLive(rd): a REC exists, or a starting-level RTT is live',
      'RMI_ERROR_REALM',
      (context) => recCount(context) !== 0 || liveTable(context) >= 0,
      (context) => {
        const table = liveTable(context);
        return [
          ['rd', hex(argPa(context.frame, 1))],
          ['RECs', recCount(context)],
          ['live starting RTT', table < 0 ? 'none' : hex(table)],
        ];
      },
    ),
    act('rtt', 'one starting-level RTT: state := DELEGATED, wiped', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const index = (frame.locals['table'] as number | undefined) ?? 0;
      const table = pa(space.base + index * 4096);
      wipeGranule(machine.memory, table);
      setGranuleState(machine, frame.pe, frame.call, table, GranuleState.Delegated);
      frame.locals['table'] = index + 1;
      return index + 1 < space.numStart ? 'again' : undefined;
    }),
    act('rd', 'Granule(rd).state := DELEGATED, wiped; VMID and MECID released', ({ machine, frame }) => {
      const rd = argPa(frame, 1);
      const f = RD_LAYOUT.fields;
      const from = realmState(machine, rd);
      setVmidUsed(machine, readField(machine.memory, RMM_CONTEXT, rd, f.vmid), false);
      releaseMecid(machine, frame.pe, readField(machine.memory, RMM_CONTEXT, rd, f.mecid), rd);
      removeRealm(machine, rd);
      wipeGranule(machine.memory, rd);
      setGranuleState(machine, frame.pe, frame.call, rd, GranuleState.Delegated);
      emit(machine, 'realmState', frame.pe, rd, from, -1);
    }),
  ],
  notes: ['Legal in every Realm state.', 'ASSIGNED_NS entries do not make an RTT live.'],
};
