import { type CommandRow, VERSION_SETS } from '../row';
import { input, output, RSI_RESULT } from '../stages';
import { versionStages } from '../version-stages';

export const rsiVersion: CommandRow = {
  name: 'RSI_VERSION',
  interface: 'rsi',
  fid: 0xc400_0190,
  versions: VERSION_SETS,
  summary: 'Negotiate the RSI revision.',
  ticks: 100,
  inputs: [input(1, 'req', 'RsiInterfaceVersion', 'revision the Realm wants')],
  outputs: [
    RSI_RESULT,
    output(1, 'lower', 'RsiInterfaceVersion', 'lower of the two reported revisions'),
    output(2, 'higher', 'RsiInterfaceVersion', 'highest implemented'),
  ],
  stages: versionStages('RSI_ERROR_INPUT'),
  notes: ['Both revisions are reported on failure too.'],
};
