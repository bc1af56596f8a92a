import type { CommandRow } from '../row';
import { act, fail, hex, input, output, RMI_RESULT, raw, setResult } from '../stages';

/** The only revision implemented: 1.0. */
const REVISION = 0x1_0000n;

const writeRevisions = (frame: Parameters<typeof setResult>[0]): void => {
  setResult(frame, 1, REVISION);
  setResult(frame, 2, REVISION);
};

export const rmiVersion: CommandRow = {
  name: 'RMI_VERSION',
  interface: 'rmi',
  fid: 0xc400_0150,
  versions: ['1.0'],
  summary: 'Negotiate the RMI revision.',
  ticks: 100,
  inputs: [input(1, 'req', 'RmiInterfaceVersion', 'revision the Host wants: major in bits 30:16, minor in bits 15:0')],
  outputs: [
    RMI_RESULT,
    output(1, 'lower', 'RmiInterfaceVersion', 'lower of the two reported revisions; equals req on success'),
    output(2, 'higher', 'RmiInterfaceVersion', 'highest revision implemented'),
  ],
  stages: [
    fail(
      'version_unsupported',
      'req is not a revision the RMM implements',
      'RMI_ERROR_INPUT',
      ({ frame }) => raw(frame, 1) !== REVISION,
      ({ frame }) => [
        ['req', hex(raw(frame, 1))],
        ['implemented', hex(REVISION)],
      ],
      { outputs: ({ frame }) => writeRevisions(frame) },
    ),
    act('report', 'lower := higher := 1.0', ({ frame }) => writeRevisions(frame)),
  ],
  notes: ['Both revisions are reported on failure too.'],
};
