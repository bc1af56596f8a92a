import { readField, readField64 } from '../../memory';
import { bufferPa } from '../../realm-entry/buffer';
import { exitRetired, recOf, spaceOf } from '../../realm-entry/guest';
import { ExitReason } from '../../realm-entry/syndrome';
import { REC, setRecField } from '../../rec/rec';
import { RSI_HOST_CALL } from '../../structures/structures';
import { type CommandRow, VERSION_SETS } from '../row';
import { arg, exit, input, RSI_RESULT } from '../stages';
import { addressAlign, addressBound, bufferOf, bufferStages } from './buffer-stages';

export const hostCall: CommandRow = {
  name: 'RSI_HOST_CALL',
  interface: 'rsi',
  fid: 0xc400_0199,
  versions: VERSION_SETS,
  summary: 'Pass a message to the Host and get one back.',
  ticks: 300,
  inputs: [input(1, 'addr', 'RsiHostCall', 'IPA of RsiHostCall')],
  outputs: [RSI_RESULT],
  stages: [
    addressAlign(RSI_HOST_CALL.size, 'addr not aligned to 256 bytes'),
    addressBound(),
    ...bufferStages(),
    exit('exit', 'exit RMI_EXIT_HOST_CALL with imm and gprs[0..30]; completes at the next entry', (context) => {
      const { machine, frame } = context;
      const { memory } = machine;
      const { imm, gprs } = RSI_HOST_CALL.fields;
      const space = spaceOf(context);
      const base = bufferPa(bufferOf(context));
      setRecField(machine, recOf(context), REC.hostCallPending, 1);
      setRecField(machine, recOf(context), REC.hostCallIpa, arg(frame, 1));
      exitRetired(context, {
        reason: ExitReason.HostCall,
        imm: readField(memory, space.context, base, imm),
        gprs: Array.from({ length: gprs.count }, (_, index) => readField64(memory, space.context, base, gprs, index)),
      });
    }),
  ],
  notes: ['The Host answers in entry.gprs of the next RMI_REC_ENTER.'],
};
