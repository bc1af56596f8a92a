import { spaceOf } from '../../realm-entry/guest';
import { isTable, ripasOf } from '../../rtt/descriptor';
import { entryCount, entrySize, PAGE_LEVEL } from '../../rtt/geometry';
import { scanTable, walkRtt } from '../../rtt/walk';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, arg, input, output, RSI_RESULT, setResult } from '../stages';
import { rangeChecks } from './range-stages';

export const ipaStateGet: CommandRow = {
  name: 'RSI_IPA_STATE_GET',
  interface: 'rsi',
  fid: 0xc400_0198,
  versions: VERSION_SETS,
  summary: 'Query RIPAS of a Protected range.',
  ticks: 300,
  inputs: [input(1, 'base', 'Address', 'base IPA'), input(2, 'top', 'Address', 'top IPA')],
  outputs: [
    RSI_RESULT,
    output(1, 'out_top', 'Address', 'top of the prefix of [base, top) that shares the reported RIPAS'),
    output(2, 'ripas', 'RsiRipas', 'RIPAS of that prefix'),
  ],
  stages: [
    ...rangeChecks('end_align', 'base or top-1 not Protected'),
    act('read', 'RIPAS of the entry at base, and how far it goes', (context) => {
      const { machine, frame } = context;
      const space = spaceOf(context);
      const base = arg(frame, 1);
      const walk = walkRtt(machine.memory, space, base, PAGE_LEVEL);
      const ripas = ripasOf(walk.lo);
      const size = entrySize(walk.level);
      // Never past the table where the walk of base ended: the Realm loops.
      const end = scanTable(machine.memory, space, walk.table, walk.index, entryCount(walk.level), (lo) => {
        return !isTable(lo, walk.level) && ripasOf(lo) === ripas;
      });
      const top = base - (base % size) + (end - walk.index) * size;
      setResult(frame, 1, Math.min(top, arg(frame, 2)));
      setResult(frame, 2, ripas);
    }),
  ],
  notes: ['out_top never passes the RTT in which the walk of base ended: ask again from there.'],
};
