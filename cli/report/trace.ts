/** Lines of the call trace and of the console, as the command line shows them. */
import { renderCall, type TraceEntry, timeText } from '../../emulator/trace/trace';
import type { Paint } from '../output';
import type { ConsoleLine } from './console';

const NUMBER_WIDTH = 6;
const TIME_WIDTH = 11;

/** `#12      1.23 µs  Host   RMI_VERSION(req=1.0) → RMI_SUCCESS` */
export function traceLine(entry: TraceEntry, paint: Paint): string {
  const number = paint('dim', `#${entry.call}`.padEnd(NUMBER_WIDTH));
  const time = paint('dim', `${timeText(entry.ticks).padStart(TIME_WIDTH)} µs`);
  const world = paint(entry.world === 'Host' ? 'blue' : 'magenta', entry.world.padEnd(5));
  const text = renderCall(entry);
  const indent = '  '.repeat(entry.depth);
  return `${number}${time}  ${world}  ${indent}${entry.success ? text : paint('red', text)}`;
}

export function consoleLine(line: ConsoleLine, paint: Paint): string {
  return `${paint('cyan', `${line.channel}>`)} ${line.text}`;
}

export const jsonOfCall = (entry: TraceEntry): Record<string, unknown> => ({
  call: entry.call,
  kind: entry.kind,
  depth: entry.depth,
  pe: entry.pe,
  position: entry.position,
  ticks: entry.ticks,
  world: entry.world,
  name: entry.name,
  inputs: Object.fromEntries(entry.inputs.map(({ name, text }) => [name, text])),
  status: entry.status ?? null,
  index: entry.index,
  failure: entry.failure ?? null,
  condition: entry.condition ?? null,
  compared: Object.fromEntries(entry.compared.map(({ name, text }) => [name, text])),
  outputs: Object.fromEntries(entry.outputs.map(({ name, text }) => [name, text])),
  exit: entry.exit ?? null,
  left: entry.left,
});
