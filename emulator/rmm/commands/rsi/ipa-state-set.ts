import { hex } from '../../../format';
import { exitRetired, recOf } from '../../realm-entry/guest';
import { ExitReason } from '../../realm-entry/syndrome';
import { REC, setRecField } from '../../rec/rec';
import { type CommandRow, VERSION_SETS } from '../row';
import { arg, exit, fail, input, output, RSI_RESULT, raw } from '../stages';
import { rangeChecks } from './range-stages';

const INPUT = 'RSI_ERROR_INPUT';

export const ipaStateSet: CommandRow = {
  name: 'RSI_IPA_STATE_SET',
  interface: 'rsi',
  fid: 0xc400_0197,
  versions: VERSION_SETS,
  summary: 'Ask the Host to change RIPAS of a Protected range.',
  ticks: 300,
  inputs: [
    input(1, 'base', 'Address', 'base IPA'),
    input(2, 'top', 'Address', 'top IPA'),
    input(3, 'ripas', 'RsiRipas', 'EMPTY or RAM'),
    input(4, 'flags', 'RsiRipasChangeFlags', 'bit 0: allow change from DESTROYED'),
  ],
  outputs: [
    RSI_RESULT,
    output(1, 'new_base', 'Address', 'first IPA not modified'),
    output(2, 'response', 'RsiResponse', 'ACCEPT or REJECT'),
  ],
  stages: [
    ...rangeChecks('top_align', '[base, top) is not wholly Protected'),
    fail(
      'ripas_valid',
      'ripas is not EMPTY (0) or RAM (1)',
      INPUT,
      ({ frame }) => raw(frame, 3) > 1n,
      ({ frame }) => [['ripas', hex(raw(frame, 3))]],
    ),
    exit('exit', 'the request is kept in the REC; exit RMI_EXIT_RIPAS_CHANGE', (context) => {
      const { machine, frame } = context;
      const rec = recOf(context);
      setRecField(machine, rec, REC.ripasPending, 1);
      setRecField(machine, rec, REC.ripasAddr, arg(frame, 1));
      setRecField(machine, rec, REC.ripasTop, arg(frame, 2));
      setRecField(machine, rec, REC.ripasValue, arg(frame, 3));
      setRecField(machine, rec, REC.ripasDestroyed, Number(raw(frame, 4) & 1n));
      exitRetired(context, {
        reason: ExitReason.RipasChange,
        ripasBase: arg(frame, 1),
        ripasTop: arg(frame, 2),
        ripasValue: arg(frame, 3),
      });
    }),
  ],
  notes: ['The result is RSI_SUCCESS even when the Host did nothing: the Realm must look at new_base.'],
};
