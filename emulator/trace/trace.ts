/**
 * The call trace: pairs the beginning and end of every RMI, RSI and PSCI command in the event stream and puts them into
 * words. Used by the command line and the debug adapter.
 */
import type { EventRecord } from '../machine/event-ring';
import { CATALOGUE } from '../rmm/commands/catalogue';
import type { CatalogueCommand } from '../rmm/commands/catalogue-types';
import { rowOfFid } from '../rmm/commands/rows';
import { statusName } from '../rmm/status';
import { formatOperands, type NamedText } from './format';

/** Kinds of records a trace wants: what to subscribe to. */
export const TRACE_EVENTS = ['commandBegin', 'commandEnd', 'rec'] as const;

/** The counter's ticks are 10 ns. */
const TICKS_PER_MICROSECOND = 100;

const EXITS = ['SYNC', 'IRQ', 'FIQ', 'PSCI', 'RIPAS_CHANGE', 'HOST_CALL', 'SERROR'] as const;

export interface TraceEntry {
  /** `begin`: the call is under way and others happen inside it. `end`: its end. `whole`: both at once. */
  readonly kind: 'begin' | 'end' | 'whole';
  /** Sequence number of the call, machine-wide. */
  readonly call: number;
  /** How many calls are open around this one. */
  readonly depth: number;
  readonly pe: number;
  /** Machine position and system counter at the beginning (at the end for `end`). */
  readonly position: number;
  readonly ticks: number;
  /** Who called. */
  readonly world: 'Host' | 'Realm';
  readonly interface: 'rmi' | 'rsi' | 'psci';
  readonly name: string;
  readonly fid: number;
  readonly inputs: readonly NamedText[];
  /** RMI_SUCCESS, or undefined for `begin`. */
  readonly status: string | undefined;
  /** Bits 15:8 of an RMI result. */
  readonly index: number;
  readonly success: boolean;
  /** Outputs that are valid, without the result itself. */
  readonly outputs: readonly NamedText[];
  /** Id of the failing condition of the specification. */
  readonly failure: string | undefined;
  /** RMI_REC_ENTER: why the Realm was left. */
  readonly exit: string | undefined;
}

interface OpenCall {
  readonly record: EventRecord;
  readonly command: CatalogueCommand | undefined;
  readonly depth: number;
  told: boolean;
  exit: string | undefined;
}

export interface TraceReader {
  readonly open: OpenCall[];
  readonly byFid: ReadonlyMap<number, CatalogueCommand>;
}

export function createTraceReader(): TraceReader {
  const byFid = new Map<number, CatalogueCommand>();
  for (const command of CATALOGUE) {
    byFid.set(command.fid, command);
    if (command.fidAlt !== undefined) byFid.set(command.fidAlt, command);
  }
  return { open: [], byFid };
}

const word = (record: EventRecord, index: number): bigint => record.words[index] ?? 0n;
const unknownName = (fid: number): string => `function 0x${fid.toString(16).padStart(8, '0')}`;

/** Most X registers that the records carry: X1 to X6 in, X0 to X4 out. */
const RECORDED_INPUTS = 6;
const RECORDED_OUTPUTS = 4;

function inputsOf(call: OpenCall): NamedText[] {
  return formatOperands(call.command?.inputs ?? [], (register) =>
    register >= 1 && register <= RECORDED_INPUTS ? word(call.record, 1 + register) : undefined,
  );
}

function entryOf(kind: TraceEntry['kind'], call: OpenCall, end?: EventRecord): TraceEntry {
  const { record, command, depth, exit } = call;
  const at = kind === 'end' && end !== undefined ? end : record;
  const fid = Number(word(record, 0));
  const kindOfInterface = command?.interface ?? 'rmi';
  const base = {
    kind,
    call: Number(word(record, 1)),
    depth,
    pe: record.pe,
    position: at.position,
    ticks: at.ticks,
    world: kindOfInterface === 'rmi' ? ('Host' as const) : ('Realm' as const),
    interface: kindOfInterface,
    name: command?.name ?? unknownName(fid),
    fid,
    inputs: inputsOf(call),
    exit,
  };
  if (end === undefined) {
    return { ...base, status: undefined, index: 0, success: true, outputs: [], failure: undefined };
  }
  const x0 = word(end, 2);
  const failed = Number(word(end, 7));
  return {
    ...base,
    status: statusOf(command, x0),
    index: kindOfInterface === 'rmi' ? Number((x0 >> 8n) & 0xffn) : 0,
    success: failed === 0,
    outputs: outputsOf(command, end, failed === 0),
    failure: failed === 0 ? undefined : failureOf(fid, failed - 1),
  };
}

/** Id of the condition that stage `index` of a command's row checks. */
function failureOf(fid: number, index: number): string | undefined {
  const stage = rowOfFid(fid)?.stages[index];
  return stage?.kind === 'fail' ? stage.id : undefined;
}

function statusOf(command: CatalogueCommand | undefined, x0: bigint): string {
  if (command?.outputs[0]?.type === 'UInt32') return `0x${x0.toString(16)}`;
  return statusName(command?.interface ?? 'rmi', x0);
}

/** Outputs that say nothing about when they are valid are shown on success only. */
function outputsOf(command: CatalogueCommand | undefined, end: EventRecord, success: boolean): NamedText[] {
  if (!success) return [];
  return formatOperands(
    (command?.outputs ?? []).filter(({ reg }) => reg !== 'X0'),
    (register) => (register <= RECORDED_OUTPUTS ? word(end, 2 + register) : undefined),
  );
}

/** Open calls that were not told yet, told now because something happens inside them. */
function tellOpen(reader: TraceReader, pe: number): TraceEntry[] {
  const entries: TraceEntry[] = [];
  for (const call of reader.open) {
    if (call.told || call.record.pe !== pe) continue;
    call.told = true;
    entries.push(entryOf('begin', call));
  }
  return entries;
}

/** Takes in one record; returns the entries it completes. A call without others inside becomes one `whole` entry. */
export function readTrace(reader: TraceReader, record: EventRecord): TraceEntry[] {
  if (record.name === 'commandBegin') {
    const entries = tellOpen(reader, record.pe);
    const depth = reader.open.filter((call) => call.record.pe === record.pe).length;
    const command = reader.byFid.get(Number(word(record, 0)));
    reader.open.push({ record, command, depth, told: false, exit: undefined });
    return entries;
  }
  if (record.name === 'rec' && word(record, 2) === 1n) {
    const entering = reader.open.find((call) => call.command?.name === 'RMI_REC_ENTER' && call.record.pe === record.pe);
    if (entering !== undefined) entering.exit = EXITS[Number(word(record, 3))] ?? `reason ${word(record, 3)}`;
    return [];
  }
  if (record.name !== 'commandEnd') return [];
  const at = reader.open.findIndex((call) => word(call.record, 1) === word(record, 1));
  const call = reader.open[at];
  if (call === undefined) return [];
  reader.open.splice(at, 1);
  return [entryOf(call.told ? 'end' : 'whole', call, record)];
}

/** Calls still open when the run ended. */
export const restOfTrace = (reader: TraceReader): TraceEntry[] =>
  reader.open.filter(({ told }) => !told).map((call) => entryOf('begin', call));

/** Virtual time in µs, three digits after the point. */
export const timeText = (ticks: number): string => (ticks / TICKS_PER_MICROSECOND).toFixed(2);

const list = (values: readonly NamedText[]): string => values.map(({ name, text }) => `${name}=${text}`).join(', ');

/** What a call answered: `RMI_ERROR_RTT (index 2: rtt_walk)`. */
export function statusText(entry: TraceEntry): string {
  const { status, success, index, failure } = entry;
  if (status === undefined) return '';
  const details = [index === 0 ? '' : `index ${index}`, failure ?? ''].filter(Boolean).join(': ');
  const because = success || details === '' ? '' : ` (${details})`;
  return `${status}${because}`;
}

/** `RMI_DATA_CREATE(rd=0x9000_0000, …) → RMI_SUCCESS` */
export function renderCall(entry: TraceEntry): string {
  const call = `${entry.name}(${list(entry.inputs)})`;
  if (entry.kind === 'begin') return `${call} …`;
  const exit = entry.exit === undefined ? '' : `, left by ${entry.exit}`;
  const outputs = entry.outputs.length === 0 ? '' : ` ${list(entry.outputs)}`;
  return `${entry.kind === 'end' ? `${entry.name} …` : call} → ${statusText(entry)}${outputs}${exit}`;
}
