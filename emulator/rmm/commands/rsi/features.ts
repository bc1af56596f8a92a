import { type CommandRow, VERSION_SETS } from '../row';
import { act, input, output, RSI_RESULT, setResult } from '../stages';

export const rsiFeatures: CommandRow = {
  name: 'RSI_FEATURES',
  interface: 'rsi',
  fid: 0xc400_0191,
  versions: VERSION_SETS,
  summary: 'Read an RSI feature register.',
  ticks: 100,
  inputs: [input(1, 'index', 'UInt64', 'register number')],
  outputs: [
    RSI_RESULT,
    output(
      1,
      'value',
      'RsiFeatureRegister0',
      'zero for every index: of RsiFeatureRegister0 (RMM 1.1) nothing is offered',
    ),
  ],
  stages: [act('read', 'value := 0', ({ frame }) => setResult(frame, 1, 0))],
};
