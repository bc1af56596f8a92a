import { type CommandRow, VERSION_SETS } from '../row';
import { act, input, output, RMI_RESULT, raw, setResult } from '../stages';

export const rmiFeatures: CommandRow = {
  name: 'RMI_FEATURES',
  interface: 'rmi',
  fid: 0xc400_0165,
  versions: VERSION_SETS,
  summary: 'Read an RMI feature register.',
  ticks: 100,
  inputs: [input(1, 'index', 'UInt64', 'feature register number')],
  outputs: [
    RMI_RESULT,
    output(1, 'value', 'RmiFeatureRegister0', 'register contents; zero for every index other than 0'),
  ],
  stages: [
    act('read', 'value := feature register index', ({ machine, frame }) =>
      setResult(frame, 1, raw(frame, 1) === 0n ? machine.platform.rmm.featureRegister0 : 0n),
    ),
  ],
  notes: ['Never fails.'],
};
