/**
 * The call trace: pairs the beginning and end of every RMI, RSI and PSCI command in the event stream and puts them into
 * words. Used by the command line and the debug adapter.
 */
import type { EventRecord } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { CATALOGUE } from '../rmm/commands/catalogue';
import type { CatalogueCommand } from '../rmm/commands/catalogue-types';
import { validOutputs } from '../rmm/commands/outputs';
import { rowOfFid } from '../rmm/commands/rows';
import { evaluateCall } from '../rmm/inspect';
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
  /** The condition in the specification's notation, and the values compared where the reader has a machine to ask. */
  readonly condition: string | undefined;
  readonly compared: readonly NamedText[];
  /** RMI_REC_ENTER: why the Realm was left. */
  readonly exit: string | undefined;
  /** An RSI or PSCI call that left to the Host: its result comes with the next entry, and is not known here. */
  readonly left: boolean;
}

interface OpenCall {
  readonly record: EventRecord;
  readonly command: CatalogueCommand | undefined;
  readonly depth: number;
  told: boolean;
  exit: string | undefined;
}

export interface TraceReader {
  /** Asked for the values that a refused call compared. */
  readonly machine: Machine | undefined;
  readonly open: OpenCall[];
  /** The end of a Realm's call, until the next record says whether the call returned or left to the Host. */
  held: TraceEntry | undefined;
  readonly byFid: ReadonlyMap<number, CatalogueCommand>;
}

/** `machine`: the one whose records are read, at the moment they are emitted; without it no compared values are told. */
export function createTraceReader(machine?: Machine): TraceReader {
  const byFid = new Map<number, CatalogueCommand>();
  for (const command of CATALOGUE) {
    byFid.set(command.fid, command);
    if (command.fidAlt !== undefined) byFid.set(command.fidAlt, command);
  }
  return { machine, open: [], held: undefined, byFid };
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

function entryOf(
  machine: Machine | undefined,
  kind: TraceEntry['kind'],
  call: OpenCall,
  end?: EventRecord,
): TraceEntry {
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
    left: false,
    condition: undefined,
    compared: [],
  };
  if (end === undefined) {
    return { ...base, status: undefined, index: 0, success: true, outputs: [], failure: undefined };
  }
  const x0 = word(end, 2);
  const failed = Number(word(end, 7));
  const status = statusOf(command, x0);
  return {
    ...base,
    status,
    index: kindOfInterface === 'rmi' ? Number((x0 >> 8n) & 0xffn) : 0,
    success: failed === 0,
    outputs: outputsOf(fid, end, status, failed),
    ...refusalOf(machine, base.call, fid, failed),
  };
}

/** The condition that ended a call; `failed` is one more than the index of its stage. */
function refusalOf(
  machine: Machine | undefined,
  call: number,
  fid: number,
  failed: number,
): Pick<TraceEntry, 'failure' | 'condition' | 'compared'> {
  const stage = failed === 0 ? undefined : rowOfFid(fid)?.stages[failed - 1];
  if (stage?.kind !== 'fail') return { failure: undefined, condition: undefined, compared: [] };
  const values = machine === undefined ? undefined : evaluateCall(machine, call)?.stages[failed - 1]?.values;
  const compared = values?.map(([name, text]) => ({ name, text })) ?? [];
  return { failure: stage.id, condition: stage.text, compared };
}

function statusOf(command: CatalogueCommand | undefined, x0: bigint): string {
  if (command?.outputs[0]?.type === 'UInt32') return `0x${x0.toString(16)}`;
  return statusName(command?.interface ?? 'rmi', x0);
}

function outputsOf(fid: number, end: EventRecord, status: string, failed: number): NamedText[] {
  const row = rowOfFid(fid);
  return formatOperands(
    row === undefined ? [] : validOutputs(row, status, failed).filter(({ reg }) => reg !== 'X0'),
    (register) => (register <= RECORDED_OUTPUTS ? word(end, 2 + register) : undefined),
  );
}

/** Open calls that were not told yet, told now because something happens inside them. */
function tellOpen(reader: TraceReader, pe: number): TraceEntry[] {
  const entries: TraceEntry[] = [];
  for (const call of reader.open) {
    if (call.told || call.record.pe !== pe) continue;
    call.told = true;
    entries.push(entryOf(reader.machine, 'begin', call));
  }
  return entries;
}

/** The held entry, as the next record decides it. */
function release(reader: TraceReader, left: boolean): TraceEntry[] {
  const { held } = reader;
  reader.held = undefined;
  if (held === undefined) return [];
  return [left ? { ...held, left, status: undefined, outputs: [] } : held];
}

function begin(reader: TraceReader, record: EventRecord): TraceEntry[] {
  const entries = tellOpen(reader, record.pe);
  const depth = reader.open.filter((call) => call.record.pe === record.pe).length;
  const command = reader.byFid.get(Number(word(record, 0)));
  reader.open.push({ record, command, depth, told: false, exit: undefined });
  return entries;
}

function end(reader: TraceReader, record: EventRecord): TraceEntry[] {
  const at = reader.open.findIndex((call) => word(call.record, 1) === word(record, 1));
  const call = reader.open[at];
  if (call === undefined) return [];
  reader.open.splice(at, 1);
  const entry = entryOf(reader.machine, call.told ? 'end' : 'whole', call, record);
  if (entry.world === 'Host' || !entry.success) return [entry];
  reader.held = entry;
  return [];
}

function leave(reader: TraceReader, record: EventRecord): void {
  const entering = reader.open.find((call) => call.command?.name === 'RMI_REC_ENTER' && call.record.pe === record.pe);
  if (entering !== undefined) entering.exit = EXITS[Number(word(record, 3))] ?? `reason ${word(record, 3)}`;
}

/**
 * Takes in one record of `TRACE_EVENTS`; returns the entries it completes. A call without others inside becomes one
 * `whole` entry. What a Realm's call came to is known with the record after its end: `restOfTrace` does not wait.
 */
export function readTrace(reader: TraceReader, record: EventRecord): TraceEntry[] {
  const isLeave = record.name === 'rec' && word(record, 2) === 1n;
  const entries = release(reader, isLeave);
  if (isLeave) leave(reader, record);
  else if (record.name === 'commandBegin') entries.push(...begin(reader, record));
  else if (record.name === 'commandEnd') entries.push(...end(reader, record));
  return entries;
}

/** What is held back or still open when the run ends. */
export const restOfTrace = (reader: TraceReader): TraceEntry[] => [
  ...release(reader, false),
  ...reader.open.filter(({ told }) => !told).map((call) => entryOf(reader.machine, 'begin', call)),
];

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

/** `; walk.level < 3 [walk.level=2, wanted level=3]` */
const becauseText = ({ condition, compared }: TraceEntry): string =>
  condition === undefined || compared.length === 0 ? '' : `; ${condition} [${list(compared)}]`;

/** `RMI_DATA_CREATE(rd=0x9000_0000, …) → RMI_SUCCESS` */
export function renderCall(entry: TraceEntry): string {
  const call = `${entry.name}(${list(entry.inputs)})`;
  if (entry.kind === 'begin') return `${call} …`;
  if (entry.left) return `${call} → the Host`;
  const exit = entry.exit === undefined ? '' : `, left by ${entry.exit}`;
  const outputs = entry.outputs.length === 0 ? '' : ` ${list(entry.outputs)}`;
  return `${entry.kind === 'end' ? `${entry.name} …` : call} → ${statusText(entry)}${outputs}${exit}${becauseText(entry)}`;
}
