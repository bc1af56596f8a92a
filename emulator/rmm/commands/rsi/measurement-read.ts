import { readMeasurementField } from '../../realm/measure';
import { rdOf } from '../../realm-entry/guest';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, arg, fail, input, output, RSI_RESULT, setResult } from '../stages';

const WORDS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export const measurementRead: CommandRow = {
  name: 'RSI_MEASUREMENT_READ',
  interface: 'rsi',
  fid: 0xc400_0192,
  versions: VERSION_SETS,
  summary: 'Read the RIM (index 0) or a REM (1..4).',
  ticks: 200,
  inputs: [input(1, 'index', 'UInt64', '0..4')],
  outputs: [
    RSI_RESULT,
    ...WORDS.map((word) =>
      output(
        word + 1,
        `value_${word}`,
        'Bits64',
        `measurement bytes ${word * 8}..${word * 8 + 7}; zero beyond the hash size`,
      ),
    ),
  ],
  stages: [
    fail(
      'index_bound',
      'index > 4',
      'RSI_ERROR_INPUT',
      ({ frame }) => arg(frame, 1) > 4,
      ({ frame }) => [['index', arg(frame, 1)]],
    ),
    act('read', 'value := Realm.measurements[index]', (context) => {
      const value = readMeasurementField(context.machine, rdOf(context), arg(context.frame, 1));
      const view = new DataView(value.buffer, value.byteOffset);
      for (const word of WORDS) setResult(context.frame, word + 1, view.getBigUint64(word * 8, true));
    }),
  ],
};
