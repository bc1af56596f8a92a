/** `run --host-image`: a Host of real code, until it ends or something ends it. */
import { Problem } from '../../attestation/problem';
import { readRetired } from '../../emulator/cpu/pe';
import { createMachine } from '../../emulator/machine/create';
import { type EventRecord, subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { type RunResult, run } from '../../emulator/machine/run-loop';
import { requestStop } from '../../emulator/machine/stop';
import { callsByName, watchCalls } from '../../emulator/trace/count';
import { watchRunaway } from '../../emulator/trace/runaway';
import { createTraceReader, readTrace, restOfTrace, TRACE_EVENTS, type TraceEntry } from '../../emulator/trace/trace';
import { ExitCode } from '../command';
import { numberOption, type ParsedOptions } from '../options';
import type { Output } from '../output';
import { badOptionValue, badRegex } from '../problems';
import { jsonOfCall, traceLine } from '../report/trace';
import {
  breakLine,
  closeUarts,
  createUarts,
  flushUarts,
  openUartFile,
  takeByte,
  UARTS,
  type Uarts,
  type UartTarget,
} from '../report/uart';
import { NODE_SERVICES } from '../services';
import { HOST_IMAGE, hostImageOf } from './host-options';
import { MOST_PES, platformOf } from './platform-options';

const DEFAULT_BUDGET = 10_000_000_000;
/** The board that such images are built for has eight. */
const DEFAULT_PES = 8;
/** Output is shown at least this often, in steps of the machine. */
const SLICE = 2_000_000;
const MOST_JSON_CALLS = 100_000;
const MOST_JSON_LINES = 100_000;

/** Why the run ended. */
export type HostRunEnd =
  | 'power-off'
  | 'until'
  | 'off'
  | 'idle'
  | 'budget'
  | 'reset-limit'
  | 'runaway'
  | 'problem'
  | 'stop';

interface Ended {
  readonly reason: HostRunEnd;
  readonly text: string;
}

function uartTargets(options: ParsedOptions): UartTarget[] {
  const targets: UartTarget[] = Array.from({ length: UARTS }, () => ({ kind: 'auto' }));
  for (const text of options.lists.get('--uart') ?? []) {
    const [, number = '', where = ''] = /^([0-3])=(.+)$/.exec(text) ?? [];
    if (where === '') throw badOptionValue('--uart', text, 'N=stdout, N=none or N=FILE, with N from 0 to 3');
    targets[Number(number)] = where === 'stdout' || where === 'none' ? { kind: where } : openUartFile(where);
  }
  return targets;
}

function untilOption(options: ParsedOptions): RegExp | undefined {
  const text = options.values.get('--until');
  if (text === undefined) return undefined;
  try {
    return new RegExp(text);
  } catch (error) {
    throw badRegex('--until', text, (error as Error).message);
  }
}

const instructionsOf = (machine: Machine): number => machine.pes.reduce((sum, pe) => sum + readRetired(pe), 0);

/** Runs until `budget` instructions are retired, or the machine ends the run. */
function runInstructions(machine: Machine, budget: number, between: () => void): RunResult {
  for (;;) {
    const left = budget - instructionsOf(machine);
    if (left <= 0) return { steps: 0, reason: 'steps' };
    const result = run(machine, { steps: Math.min(left, SLICE) });
    between();
    if (result.reason !== 'steps') return result;
  }
}

function endOf(machine: Machine, result: RunResult, budget: number, matched: string | undefined): Ended {
  switch (result.reason) {
    case 'halted':
      return { reason: 'power-off', text: 'The Host turned the system off.' };
    case 'off':
      return { reason: 'off', text: 'Every PE is off.' };
    case 'idle':
      return { reason: 'idle', text: 'Every PE waits, and nothing will wake one.' };
    case 'resets':
      return {
        reason: 'reset-limit',
        text: `A system reset was asked for (${machine.schedule.reset}) after ${machine.schedule.resets}, the limit.`,
      };
    case 'steps':
      return {
        reason: 'budget',
        text: `The budget of ${budget} instructions is used up and the Host still runs. --budget N gives it more.`,
      };
    default:
      if (matched !== undefined) return { reason: 'until', text: `The output matched: ${matched}` };
      return { reason: 'stop', text: machine.stop.requested?.text ?? 'The machine stopped.' };
  }
}

/** Ends that mean that the Host has done what it was to do; with `--until` only its match does. */
const GOOD_ENDS: readonly HostRunEnd[] = ['power-off', 'off', 'idle'];

const exitCodeOf = ({ reason }: Ended, until: boolean): ExitCode =>
  (until ? reason === 'until' : GOOD_ENDS.includes(reason)) ? ExitCode.Good : ExitCode.Failed;

interface Watched {
  readonly trace: TraceEntry[];
  omitted: number;
}

/** Shows the trace as it comes, or keeps it for a document. */
function watchTrace(machine: Machine, uarts: Uarts, show: Output | undefined): Watched & { end: () => void } {
  const reader = createTraceReader(machine);
  const watched = { trace: [] as TraceEntry[], omitted: 0, end: () => tell(restOfTrace(reader)) };
  const tell = (entries: readonly TraceEntry[]): void => {
    for (const entry of entries) {
      if (show !== undefined) {
        breakLine(uarts);
        show.line(traceLine(entry, show.paint));
      } else if (watched.trace.length < MOST_JSON_CALLS) watched.trace.push(entry);
      else watched.omitted++;
    }
  };
  subscribe(machine.events, (record) => tell(readTrace(reader, record)), TRACE_EVENTS);
  return watched;
}

/** Runs a Host image. `json`: the document at the end is all that is written. */
export function runHost(options: ParsedOptions, output: Output): ExitCode {
  const hostImage = hostImageOf(options);
  if (hostImage === undefined) throw new TypeError('runHost without a Host image.');
  const json = options.switches.has('--json');
  const budget = numberOption(options, '--budget', 1, Number.MAX_SAFE_INTEGER) ?? DEFAULT_BUDGET;
  const until = untilOption(options);
  const pes = numberOption(options, '--pes', 1, MOST_PES) ?? DEFAULT_PES;
  const machine = createMachine({
    platform: platformOf(options),
    services: NODE_SERVICES,
    hostImage,
    pes,
  });
  const uarts = createUarts(uartTargets(options), json ? undefined : (text) => output.text(text), MOST_JSON_LINES);
  let matched: string | undefined;
  const onConsole = (record: EventRecord): void => {
    const line = takeByte(uarts, record);
    if (until === undefined || line === undefined || matched !== undefined || !until.test(line)) return;
    matched = line;
    requestStop(machine, { kind: 'event', text: 'The output matched.' });
  };
  subscribe(machine.events, onConsole, ['console']);
  const traced = options.switches.has('--trace');
  const trace = traced ? watchTrace(machine, uarts, json ? undefined : output) : undefined;
  const calls = watchCalls(machine);
  const runaway = watchRunaway(machine);
  const ended = execute(machine, budget, uarts, () => matched, runaway.found);
  trace?.end();
  closeUarts(uarts);
  const code = exitCodeOf(ended, until !== undefined);
  const counts = callsByName(calls);
  if (json) {
    const document = {
      schema: 'realmscope.run-host/1',
      image: options.values.get(HOST_IMAGE) ?? '',
      platform: machine.platform.name,
      pes: machine.pes.length,
      exitCode: code,
      reason: ended.reason,
      text: ended.text,
      instructions: instructionsOf(machine),
      instructionsByPe: machine.pes.map(readRetired),
      steps: machine.clock.position,
      ticks: machine.clock.ticks,
      resets: machine.schedule.resets,
      calls: counts,
      uarts: Object.fromEntries(uarts.list.map(({ name, bytes }) => [name, bytes])),
      console: uarts.lines,
      consoleOmitted: uarts.linesOmitted,
      ...(trace === undefined ? {} : { trace: trace.trace.map(jsonOfCall), traceOmitted: trace.omitted }),
    };
    output.line(JSON.stringify(document, null, 2));
    return code;
  }
  breakLine(uarts);
  const { paint } = output;
  output.line(paint(code === ExitCode.Good ? 'green' : 'red', ended.text));
  const total = (kind: Readonly<Record<string, number>>): number => Object.values(kind).reduce((sum, n) => sum + n, 0);
  output.line(
    paint(
      'dim',
      `${instructionsOf(machine)} instructions, ${machine.schedule.resets} resets, ${total(counts.rmi)} RMI and ` +
        `${total(counts.rsi)} RSI calls, ${machine.clock.ticks / 100} µs of virtual time`,
    ),
  );
  return code;
}

function execute(
  machine: Machine,
  budget: number,
  uarts: Uarts,
  matched: () => string | undefined,
  runaway: () => string | undefined,
): Ended {
  try {
    const result = runInstructions(machine, budget, () => flushUarts(uarts));
    const found = runaway();
    return found === undefined ? endOf(machine, result, budget, matched()) : { reason: 'runaway', text: found };
  } catch (error) {
    if (!(error instanceof Problem) || error.blame === 'defect') throw error;
    return { reason: 'problem', text: error.message };
  }
}
