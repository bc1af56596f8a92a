/** A trace under way: line after line, with what was counted and what differed first. */
import { pa } from '../../address';
import { createMachine } from '../../machine/create';
import type { Machine } from '../../machine/machine';
import { delegableIndex } from '../../machine/platform';
import type { Services } from '../../machine/services';
import { peekBytes } from '../../memory/memory';
import { HOST_CONTEXT } from '../memory';
import { SMCCC_NOT_SUPPORTED } from '../status';
import { argumentOf, decodeLine } from './decode';
import { type Deviation, explainMismatches } from './deviations';
import { decodeHeader } from './header';
import { afterEnd, callsDiffer, noEndLine, notModelled } from './problems';
import { commandOf, type Mismatch, replayLine } from './replay';
import { type CallLine, pageBytes, type TraceHeader, type TraceLine } from './trace';

/** A line at which something differed. */
export interface Difference {
  /** Of the file, from 1. */
  readonly line: number;
  /** Number of the call, from 1; of the last call before a line that is none. */
  readonly call: number;
  /** Command, or kind of line. */
  readonly name: string;
  readonly mismatches: readonly Mismatch[];
}

/** A call as a list of the last ones shows it. */
export interface RecentCall {
  readonly line: number;
  readonly call: number;
  readonly name: string;
  readonly source: CallLine;
}

export interface Replay {
  /** The file, for messages. */
  readonly where: string;
  readonly header: TraceHeader;
  readonly machine: Machine;
  /** The line replayed last. */
  line: number;
  calls: number;
  /** Calls and checks with at least one difference that no rule explains. */
  mismatches: number;
  /** Calls that a rule explains, by rule. */
  readonly deviations: Map<Deviation, number>;
  first: Difference | null;
  /** The last few calls, the newest last. */
  readonly recent: RecentCall[];
  /** Members that are not part of the format: nothing was compared for them. */
  readonly strange: Set<string>;
  ended: boolean;
  /** Why the machine could not go on; nothing after that line was replayed. */
  stopped: string | null;
}

const RECENT = 6;

/**
 * Boots the platform that the header describes.
 * @throws Problem of `header.ts`
 */
export function beginReplay(where: string, headerLine: string, services?: Partial<Services>): Replay {
  const header = decodeHeader(headerLine, `${where}:1`);
  return {
    where,
    header,
    machine: createMachine({ platform: header.platform, ...(services === undefined ? {} : { services }) }),
    line: 1,
    calls: 0,
    mismatches: 0,
    deviations: new Map(),
    first: null,
    recent: [],
    strange: new Set(),
    ended: false,
    stopped: null,
  };
}

const NUM_AUX_PLANES = 0x38;
const FLAGS1 = 0x820;

/** RMI_REALM_CREATE whose parameters ask for Planes (RMM 1.1): the first such member. */
function planesAskedFor(machine: Machine, line: CallLine): string | null {
  const page = Number(argumentOf(line, 2));
  if (page % 4096 !== 0 || delegableIndex(machine.platform, page) < 0) return null;
  const bytes = peekBytes(machine.memory, HOST_CONTEXT, pa(page), 4096);
  const given = (line.mem ?? []).filter((each) => Number(each.pa) === page).at(-1);
  const view =
    given === undefined ? new DataView(bytes.buffer, bytes.byteOffset) : new DataView(pageBytes(given).buffer);
  if (view.getUint32(NUM_AUX_PLANES, true) !== 0) return `num_aux_planes ${view.getUint32(NUM_AUX_PLANES, true)}`;
  return view.getBigUint64(FLAGS1, true) !== 0n ? `flags1 0x${view.getBigUint64(FLAGS1, true).toString(16)}` : null;
}

/** What the recorded RMM has and we do not is refused by name, not counted as a difference. */
function refuseUnmodelled(replay: Replay, line: CallLine, command: string | undefined): void {
  const here = `${replay.where}:${replay.line}`;
  if (command === undefined && line.name !== undefined && BigInt(line.ret[0] ?? 0) !== SMCCC_NOT_SUPPORTED) {
    const needs = /AUX|PLANE/.test(line.name)
      ? 'Planes'
      : /VDEV|PDEV|DEV/.test(line.name)
        ? 'device assignment'
        : 'a later RMM';
    throw notModelled(here, `calls ${line.name}`, needs);
  }
  if (command !== 'RMI_REALM_CREATE' || replay.machine.platform.rmm.versionSet === '1.0') return;
  const planes = planesAskedFor(replay.machine, line);
  if (planes !== null) throw notModelled(here, `creates a Realm with ${planes}`, 'Planes');
}

function remember(replay: Replay, line: CallLine, command: string | undefined): void {
  const { recent } = replay;
  const name = command ?? line.name ?? `0x${BigInt(line.fid).toString(16)}`;
  recent.push({ line: replay.line, call: replay.calls, name, source: line });
  if (recent.length > RECENT) recent.shift();
}

/** What differs at a line that the machine could not get through. */
function attempt(replay: Replay, line: TraceLine): Mismatch[] {
  try {
    return replayLine(replay.machine, line);
  } catch (error) {
    // Whatever it was, it came of a state that the recorded RMM was never in: the machine is of no more use.
    replay.stopped = (error as Error).message;
    return [{ what: 'the machine', expected: 'an answer', actual: replay.stopped }];
  }
}

/**
 * Replays the next line. Nothing happens once the machine has stopped.
 * @returns what differs and no rule explains
 * @throws Problem of `decode.ts`, `trace-not-modelled`, `trace-calls`, `trace-after-end`
 */
export function replayText(replay: Replay, text: string): readonly Mismatch[] {
  replay.line++;
  if (text.trim() === '') return [];
  const here = `${replay.where}:${replay.line}`;
  if (replay.ended) throw afterEnd(here);
  const line = decodeLine(text, here, (member) => replay.strange.add(member));
  if (line.kind === 'end') {
    replay.ended = true;
    if (replay.stopped === null && Number(line.calls) !== replay.calls)
      throw callsDiffer(here, Number(line.calls), replay.calls);
    return [];
  }
  if (replay.stopped !== null) return [];
  const command = line.kind === 'call' ? commandOf(replay.machine, line) : undefined;
  if (line.kind === 'call') {
    refuseUnmodelled(replay, line, command);
    replay.calls++;
    remember(replay, line, command);
  }
  const found = attempt(replay, line);
  if (found.length === 0) return found;
  return judge(replay, line, command, found);
}

function judge(replay: Replay, line: TraceLine, command: string | undefined, found: Mismatch[]): readonly Mismatch[] {
  const explained = line.kind === 'call' ? explainMismatches(replay.machine, line, command, found) : null;
  if (explained !== null) {
    replay.deviations.set(explained.deviation, (replay.deviations.get(explained.deviation) ?? 0) + 1);
  }
  const mismatches = explained?.mismatches ?? found;
  if (mismatches.length === 0) return mismatches;
  replay.mismatches++;
  const name = line.kind === 'call' ? (command ?? line.name ?? 'unknown command') : line.kind;
  replay.first ??= { line: replay.line, call: replay.calls, name, mismatches };
  return mismatches;
}

/** Says that no more lines come. @throws Problem `trace-incomplete` */
export function endReplay(replay: Replay): void {
  if (!replay.ended) throw noEndLine(`${replay.where}:${replay.line}`, replay.calls);
}
