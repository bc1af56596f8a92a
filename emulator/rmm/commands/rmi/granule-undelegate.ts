import { granuleOf } from '../../../address';
import { zeroGranule } from '../../../memory/memory';
import { undelegateGranule } from '../../../monitor/gpt-requests';
import { GranuleState } from '../../granules/state';
import { setGranuleState } from '../../granules/tracking';
import { HOST_CONTEXT } from '../../memory';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, argPa, granuleChecks, input, RMI_RESULT } from '../stages';

export const granuleUndelegate: CommandRow = {
  name: 'RMI_GRANULE_UNDELEGATE',
  interface: 'rmi',
  fid: 0xc400_0152,
  versions: VERSION_SETS,
  summary: 'Return one delegated Granule to the Non-secure world.',
  ticks: 400,
  inputs: [input(1, 'addr', 'Address', 'PA of the Granule')],
  outputs: [RMI_RESULT],
  stages: [
    ...granuleChecks(1, 'addr', GranuleState.Delegated, 'gran'),
    act('undelegate', 'Granule(addr).gpt := GPT_NS, state := UNDELEGATED, reads as zeros', ({ machine, frame }) => {
      const address = argPa(frame, 1);
      undelegateGranule(machine, granuleOf(address));
      zeroGranule(machine.memory, HOST_CONTEXT, granuleOf(address));
      setGranuleState(machine, frame.pe, frame.call, address, GranuleState.Undelegated);
    }),
  ],
};
