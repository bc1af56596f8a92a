import { pa } from '../../../address';
import { isSignalled } from '../../../cpu/exceptions/interrupts';
import { writeX } from '../../../cpu/pe';
import { hex } from '../../../format';
import { bufferPa } from '../../realm-entry/buffer';
import { exitRetired, peOf, recOf, spaceOf } from '../../realm-entry/guest';
import { ExitReason } from '../../realm-entry/syndrome';
import { REC, recField } from '../../rec/rec';
import { continueSigning, deliverToken } from '../../rec/token';
import { statusValue } from '../../status';
import { AttestState } from '../../structures/rec';
import { type CommandRow, type StageContext, VERSION_SETS } from '../row';
import { act, arg, exit, fail, input, output, RSI_RESULT, raw, setLocal, setResult } from '../stages';
import { addressAlign, addressBound, bufferOf, bufferStages } from './buffer-stages';

/** The Realm sees RSI_INCOMPLETE with no bytes when it is entered again. */
function interrupted(context: StageContext): void {
  setResult(context.frame, 0, statusValue('RSI_INCOMPLETE'));
  for (let register = 0; register < 4; register++) {
    writeX(peOf(context), register, BigInt(context.frame.results[register] ?? 0));
  }
  exitRetired(context, { reason: ExitReason.Irq });
}

const INPUT = 'RSI_ERROR_INPUT';
const PAGE = 4096;

export const attestationTokenContinue: CommandRow = {
  name: 'RSI_ATTESTATION_TOKEN_CONTINUE',
  interface: 'rsi',
  fid: 0xc400_0195,
  versions: VERSION_SETS,
  summary: 'Fetch the next piece of the attestation token.',
  ticks: 2000,
  inputs: [
    input(1, 'addr', 'Address', 'IPA of the Granule to write into'),
    input(2, 'offset', 'UInt64', 'byte offset of the buffer in the Granule'),
    input(3, 'size', 'UInt64', 'buffer size in bytes'),
  ],
  outputs: [RSI_RESULT, output(1, 'len', 'UInt64', 'bytes written', 'result is RSI_SUCCESS or RSI_INCOMPLETE')],
  stages: [
    addressAlign(PAGE, '!AddrIsGranuleAligned(addr)'),
    fail(
      'offset_bound',
      'offset >= 4096',
      INPUT,
      ({ frame }) => arg(frame, 2) >= PAGE,
      ({ frame }) => [['offset', hex(raw(frame, 2))]],
    ),
    fail(
      'size_overflow',
      'offset + size wraps',
      INPUT,
      ({ frame }) => raw(frame, 2) + raw(frame, 3) >= 1n << 64n,
      ({ frame }) => [
        ['offset', hex(raw(frame, 2))],
        ['size', hex(raw(frame, 3))],
      ],
    ),
    fail(
      'size_bound',
      'offset + size > 4096',
      INPUT,
      ({ frame }) => arg(frame, 2) + arg(frame, 3) > PAGE,
      ({ frame }) => [
        ['offset', hex(raw(frame, 2))],
        ['size', hex(raw(frame, 3))],
      ],
    ),
    addressBound(),
    fail(
      'state',
      'Rec.attest_state == NO_ATTEST_IN_PROGRESS',
      'RSI_ERROR_STATE',
      (context) => recField(context.machine, recOf(context), REC.attestState) === AttestState.None,
      (context) => [
        [
          'Rec.attest_state',
          recField(context.machine, recOf(context), REC.attestState) === AttestState.None
            ? 'NO_ATTEST_IN_PROGRESS'
            : 'ATTEST_IN_PROGRESS',
        ],
      ],
    ),
    act('sign', 'the captured claims are signed, once, in steps', (context) => {
      const { machine, frame } = context;
      const rec = recOf(context);
      if (recField(machine, rec, REC.attestState) !== AttestState.Begun) return undefined;
      const signed = continueSigning(machine, frame.pe, rec);
      // Looked at after a step: a Realm that is interrupted every time gets its token all the same.
      if (!isSignalled(machine, peOf(context))) return signed ? undefined : 'again';
      setLocal(frame, 'interrupted', true);
      return undefined;
    }),
    exit(
      'interrupt',
      'an interrupt is pending: RMI_EXIT_IRQ; the Realm gets RSI_INCOMPLETE and no bytes',
      interrupted,
      ({ frame }) => frame.locals['interrupted'] === true,
    ),
    ...bufferStages(),
    act('copy', 'the next piece is written; RSI_INCOMPLETE while bytes remain', (context) => {
      const { machine, frame } = context;
      const to = pa(bufferPa(bufferOf(context)) + arg(frame, 2));
      const piece = deliverToken(machine, frame.pe, recOf(context), spaceOf(context).context, to, arg(frame, 3));
      setResult(frame, 1, piece.length);
      if (!piece.done) setResult(frame, 0, statusValue('RSI_INCOMPLETE'));
    }),
  ],
  notes: ['size 0 gives RSI_INCOMPLETE.'],
};
