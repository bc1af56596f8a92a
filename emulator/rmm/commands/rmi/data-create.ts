import { measureData } from '../../../../attestation/measurement/measurement';
import { granuleOf } from '../../../address';
import { hex } from '../../../format';
import { copyGranule, viewGranule } from '../../../memory/memory';
import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { HOST_CONTEXT } from '../../memory';
import { readMeasurement, realmMeasurer, writeMeasurement } from '../../realm/measure';
import { assignedDescriptor, Hipas, Ripas } from '../../rtt/descriptor';
import { PAGE_LEVEL } from '../../rtt/geometry';
import { writeEntry } from '../../rtt/walk';
import { RealmState } from '../../structures/rd';
import { type CommandRow, VERSION_SETS } from '../row';
import {
  addressWidthCheck,
  entryCheck,
  ipaGranuleCheck,
  letRealm,
  letWalk,
  protectedCheck,
  spaceOf,
  walkCheck,
  walkOf,
} from '../rtt-stages';
import {
  act,
  arg,
  argPa,
  fail,
  granuleChecks,
  hostPageChecks,
  input,
  RMI_RESULT,
  raw,
  realmStateCheck,
} from '../stages';

export const dataCreate: CommandRow = {
  name: 'RMI_DATA_CREATE',
  interface: 'rmi',
  fid: 0xc400_0153,
  versions: VERSION_SETS,
  summary: 'Create a DATA Granule, copy a Host page into it, map it at a Protected IPA and measure it.',
  ticks: 3000,
  inputs: [
    input(1, 'rd', 'Address', 'PA of the Realm Descriptor'),
    input(2, 'data', 'Address', 'PA of the destination Granule'),
    input(3, 'ipa', 'Address', 'Protected IPA to map at'),
    input(4, 'src', 'Address', 'PA of the NS source Granule'),
    input(5, 'flags', 'RmiDataFlags', 'bit 0: measure content'),
  ],
  outputs: [RMI_RESULT],
  stages: [
    fail(
      'flags_valid',
      'flags is neither 0 nor 1',
      'RMI_ERROR_INPUT',
      ({ frame }) => raw(frame, 5) > 1n,
      ({ frame }) => [['flags', hex(raw(frame, 5))]],
    ),
    ...hostPageChecks(4, 'src', 'src'),
    ...granuleChecks(2, 'data', GranuleState.Delegated),
    ...granuleChecks(1, 'rd', GranuleState.Rd),
    letRealm(),
    realmStateCheck(1, RealmState.New),
    ipaGranuleCheck(3),
    protectedCheck(3),
    addressWidthCheck('data_bound2', 2, 'data'),
    letWalk(3, () => PAGE_LEVEL, 'walk(rd, ipa, RTT_PAGE_LEVEL)'),
    walkCheck('walk.level < RTT_PAGE_LEVEL (3)', () => PAGE_LEVEL),
    entryCheck('walk.rtte.state != UNASSIGNED', (hipas) => hipas !== Hipas.Unassigned),
    act('copy', 'content of src copied to data', (context) => {
      const { machine, frame } = context;
      const { context: to } = spaceOf(context);
      const source = granuleOf(argPa(frame, 4));
      copyGranule(machine.memory, to, granuleOf(argPa(frame, 2)), HOST_CONTEXT, source);
    }),
    act('measure', 'Realm(rd).rim extended with RmmMeasurementDescriptorData', (context) => {
      const { machine, frame } = context;
      const rd = argPa(frame, 1);
      const measured = raw(frame, 5) === 1n;
      const data = granuleOf(argPa(frame, 2));
      const content = measured ? viewGranule(machine.memory, spaceOf(context).context, data) : undefined;
      const rim = readMeasurement(machine, rd, 0);
      writeMeasurement(machine, frame.pe, rd, 0, measureData(realmMeasurer(machine, rd), rim, raw(frame, 3), content));
    }),
    act('map', 'Granule(data).state := DATA; RTTE(ipa): ASSIGNED, RAM, data', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const data = argPa(frame, 2);
      setGranuleState(machine, frame.pe, frame.call, data, GranuleState.Data, space.rd);
      const entry = assignedDescriptor(data, Ripas.Ram, PAGE_LEVEL, space.lpa2);
      writeEntry(machine, frame.pe, space, walkOf(context), arg(frame, 3), entry);
    }),
  ],
  notes: ['Any RIPAS is accepted and becomes RAM.', 'Only legal while the Realm is NEW.'],
};
