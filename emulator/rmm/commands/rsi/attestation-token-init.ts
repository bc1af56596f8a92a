import { recOf } from '../../realm-entry/guest';
import { beginToken, TOKEN_BOUND } from '../../rec/token';
import { type CommandRow, type Frame, VERSION_SETS } from '../row';
import { act, input, output, RSI_RESULT, raw, setResult } from '../stages';

const WORDS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** 64 bytes: byte 0 is the low byte of X1. */
function challengeOf(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  for (const word of WORDS) view.setBigUint64(word * 8, raw(frame, 1 + word), true);
  return bytes;
}

export const attestationTokenInit: CommandRow = {
  name: 'RSI_ATTESTATION_TOKEN_INIT',
  interface: 'rsi',
  fid: 0xc400_0194,
  versions: VERSION_SETS,
  summary: 'Start building an attestation token.',
  ticks: 1000,
  inputs: WORDS.map((word) =>
    input(1 + word, `challenge_${word}`, 'Bits64', `challenge bytes ${word * 8}..${word * 8 + 7}`),
  ),
  outputs: [
    RSI_RESULT,
    output(1, 'upper_bound', 'UInt64', 'upper bound of the token size in bytes', 'result == RSI_SUCCESS'),
  ],
  stages: [
    act('begin', 'challenge, measurements and RPV captured; Rec.attest_state := ATTEST_IN_PROGRESS', (context) => {
      beginToken(context.machine, context.frame.pe, recOf(context), challengeOf(context.frame));
      setResult(context.frame, 1, TOKEN_BOUND);
    }),
  ],
  notes: ['A token of this REC that is under way is dropped.'],
};
