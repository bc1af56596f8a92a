import { type CommandRow, VERSION_SETS } from '../row';
import { input, output, RMI_RESULT } from '../stages';
import { versionStages } from '../version-stages';

export const rmiVersion: CommandRow = {
  name: 'RMI_VERSION',
  interface: 'rmi',
  fid: 0xc400_0150,
  versions: VERSION_SETS,
  summary: 'Negotiate the RMI revision.',
  ticks: 100,
  inputs: [input(1, 'req', 'RmiInterfaceVersion', 'revision the Host wants: major in bits 30:16, minor in bits 15:0')],
  outputs: [
    RMI_RESULT,
    output(1, 'lower', 'RmiInterfaceVersion', 'lower of the two reported revisions; equals req on success'),
    output(2, 'higher', 'RmiInterfaceVersion', 'highest revision implemented'),
  ],
  stages: versionStages('RMI_ERROR_INPUT'),
  notes: ['Both revisions are reported on failure too.'],
};
