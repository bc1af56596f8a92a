import type { CommandRow, Frame } from '../row';
import { act, fail, hex, input, output, RSI_RESULT, raw, setResult } from '../stages';

/** The only revision implemented: 1.0. */
const REVISION = 0x1_0000n;

const writeRevisions = (frame: Frame): void => {
  setResult(frame, 1, REVISION);
  setResult(frame, 2, REVISION);
};

export const rsiVersion: CommandRow = {
  name: 'RSI_VERSION',
  interface: 'rsi',
  fid: 0xc400_0190,
  versions: ['1.0'],
  summary: 'Negotiate the RSI revision.',
  ticks: 100,
  inputs: [input(1, 'req', 'RsiInterfaceVersion', 'revision the Realm wants')],
  outputs: [
    RSI_RESULT,
    output(1, 'lower', 'RsiInterfaceVersion', 'lower of the two reported revisions'),
    output(2, 'higher', 'RsiInterfaceVersion', 'highest implemented'),
  ],
  stages: [
    fail(
      'version_unsupported',
      'req is not implemented',
      'RSI_ERROR_INPUT',
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
