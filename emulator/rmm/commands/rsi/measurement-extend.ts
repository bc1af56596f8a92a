import { extendRem } from '../../../../attestation/measurement/measurement';
import { readMeasurement, realmMeasurer, writeMeasurement } from '../../realm/measure';
import { rdOf } from '../../realm-entry/guest';
import { type CommandRow, type Frame, VERSION_SETS } from '../row';
import { act, arg, fail, input, RSI_RESULT, raw } from '../stages';

const WORDS = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const MAX_BYTES = 64;

function extensionOf(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(MAX_BYTES);
  const view = new DataView(bytes.buffer);
  for (const word of WORDS) view.setBigUint64(word * 8, raw(frame, 3 + word), true);
  return bytes;
}

export const measurementExtend: CommandRow = {
  name: 'RSI_MEASUREMENT_EXTEND',
  interface: 'rsi',
  fid: 0xc400_0193,
  versions: VERSION_SETS,
  summary: 'Extend a REM.',
  ticks: 1000,
  inputs: [
    input(1, 'index', 'UInt64', '1..4'),
    input(2, 'size', 'UInt64', 'number of bytes taken from the value registers, 0..64'),
    ...WORDS.map((word) => input(3 + word, `value_${word}`, 'Bits64', `value bytes ${word * 8}..${word * 8 + 7}`)),
  ],
  outputs: [RSI_RESULT],
  stages: [
    fail(
      'index_bound',
      'index < 1 || index > 4',
      'RSI_ERROR_INPUT',
      ({ frame }) => arg(frame, 1) < 1 || arg(frame, 1) > 4,
      ({ frame }) => [['index', arg(frame, 1)]],
    ),
    fail(
      'size_bound',
      'size > 64',
      'RSI_ERROR_INPUT',
      ({ frame }) => arg(frame, 2) > MAX_BYTES,
      ({ frame }) => [['size', arg(frame, 2)]],
    ),
    act('extend', 'REM := Hash(hash_algo, REM || value[0..size-1])', (context) => {
      const { machine, frame } = context;
      const rd = rdOf(context);
      const index = arg(frame, 1);
      const rem = readMeasurement(machine, rd, index);
      const value = extendRem(realmMeasurer(machine, rd), rem, extensionOf(frame), arg(frame, 2));
      writeMeasurement(machine, frame.pe, rd, index, value);
    }),
  ],
  notes: ['The RIM (index 0) cannot be extended.', 'size may be 0: the hash of the old value alone is stored.'],
};
