import { granuleOf } from '../../../address';
import { GPI_NAMES, Gpi, gpiOf } from '../../../memory/gpt';
import { delegateGranule } from '../../../monitor/gpt-requests';
import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { wipeGranule } from '../../memory';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, argPa, fail, granuleChecks, input, RMI_RESULT } from '../stages';

export const granuleDelegate: CommandRow = {
  name: 'RMI_GRANULE_DELEGATE',
  interface: 'rmi',
  fid: 0xc400_0151,
  versions: VERSION_SETS,
  summary: 'Give one Non-secure Granule to the Realm world.',
  ticks: 400,
  inputs: [input(1, 'addr', 'Address', 'PA of the Granule')],
  outputs: [RMI_RESULT],
  stages: [
    ...granuleChecks(1, 'addr', GranuleState.Undelegated, 'gran'),
    fail(
      'gran_gpt',
      'Granule(addr).gpt != GPT_NS',
      'RMI_ERROR_INPUT',
      ({ machine, frame }) => gpiOf(machine.memory, machine.platform, argPa(frame, 1)) !== Gpi.NonSecure,
      ({ machine, frame }) => [
        ['Granule(addr).gpt', GPI_NAMES[gpiOf(machine.memory, machine.platform, argPa(frame, 1))] ?? 'reserved'],
        ['wanted', GPI_NAMES[Gpi.NonSecure] ?? ''],
      ],
    ),
    act('delegate', 'Granule(addr).gpt := GPT_REALM, state := DELEGATED, content wiped', ({ machine, frame }) => {
      const address = argPa(frame, 1);
      delegateGranule(machine, granuleOf(address));
      wipeGranule(machine.memory, address);
      setGranuleState(machine, frame.pe, frame.call, address, GranuleState.Delegated);
    }),
  ],
};
