/** `run`: a Realm guest from creation to verified token, without an editor. */

import { toHex } from '../../attestation/bytes';
import { publicKeyOf } from '../../attestation/cose/key';
import { Problem } from '../../attestation/problem';
import { type DecodedToken, decodeToken } from '../../attestation/token/decode';
import { TEST_CPAK } from '../../attestation/token/test-keys';
import { type VerifyReport, verifyToken } from '../../attestation/verify/verify';
import { readRetired } from '../../emulator/cpu/pe';
import { type HostConfig, type HostOutcome, hostOutcome, hostTokens, predictRim } from '../../emulator/host/host';
import type { ElfImage } from '../../emulator/host/image/elf';
import { createMachine } from '../../emulator/machine/create';
import { type EventRecord, subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { type RunResult, run } from '../../emulator/machine/run-loop';
import { watchRunaway } from '../../emulator/trace/runaway';
import { createTraceReader, readTrace, restOfTrace, TRACE_EVENTS, type TraceEntry } from '../../emulator/trace/trace';
import { describePc, watchWhereabouts } from '../../emulator/trace/whereabouts';
import { type Command, ExitCode, JSON_SWITCH, NO_COLOUR } from '../command';
import { hexOption, writeOutput } from '../files';
import { numberOption, type ParsedOptions } from '../options';
import type { Output } from '../output';
import { type ConsoleReader, createConsoleReader, readConsole, restOfConsole } from '../report/console';
import { jsonOfReport, jsonOfToken, printToken, printVerification } from '../report/token';
import { consoleLine, jsonOfCall, traceLine } from '../report/trace';
import { NODE_SERVICES, nodeSignatureCheck } from '../services';
import { HOST_IMAGE, HOST_OPTIONS, HOST_OUTPUT_OPTIONS, hostImageOf } from './host-options';
import { MOST_PES, PLATFORM_OPTIONS, platformOf } from './platform-options';
import { REALM_OPTIONS, realmsOf } from './realm-options';
import { runHost } from './run-host';

const DEFAULT_BUDGET = 500_000_000;
/** Calls in the trace of one JSON document: a guest may call for ever, and the document is one string. */
const MOST_JSON_CALLS = 100_000;
/** Each has memory of its own. */
const MOST_REALMS = 64;
const MOST_STEPS = Number.MAX_SAFE_INTEGER;

/** Options that make the machine and its Realm; `explain` takes them too. */
export const MACHINE_OPTIONS = [
  {
    name: '--budget',
    value: 'N',
    summary: `most steps to run (default ${DEFAULT_BUDGET}); with ${HOST_IMAGE} instructions (10000000000)`,
  },
  ...PLATFORM_OPTIONS,
  ...REALM_OPTIONS,
  { name: '--challenge', value: 'HEX', summary: 'challenge given to the guest, up to 64 bytes (default 00 01 … 3f)' },
] as const;

const syntax = {
  name: 'run',
  summary: 'run Realm guests in the emulator and verify their attestation tokens',
  arguments: ['GUEST.elf'],
  repeated: true,
  instead: HOST_IMAGE,
  options: [
    { name: '--trace', summary: 'show every RMI and RSI call, and every PSCI call of a Realm' },
    JSON_SWITCH,
    ...MACHINE_OPTIONS,
    { name: '--realms', value: 'N', summary: 'Realms of each guest, all at once (default 1)' },
    { name: '--token-out', value: 'FILE', summary: 'write the (last) token there' },
    ...HOST_OPTIONS,
    ...HOST_OUTPUT_OPTIONS,
    NO_COLOUR,
  ],
  notes: [
    'The Realm is created, measured, run, and taken apart again by the built-in Host; docs/host.md says what a guest ' +
      'can expect of it. Several guests run at the same time, each in a Realm of its own.',
    'Exit code 0 when every guest exited with 0 (or turned itself off) and every token published is accepted; 1 when ' +
      'not, or when the budget was used up.',
  ],
} as const;

export interface Subject {
  readonly machine: Machine;
  readonly config: HostConfig;
  /** Of the first guest. */
  readonly path: string;
  readonly image: ElfImage;
  /** Most steps. */
  readonly budget: number;
}

/** Everything a run shows. */
interface Findings {
  readonly result: RunResult;
  /** What went wrong before the Host could say; undefined when nothing did. */
  readonly stopped: string | undefined;
  readonly realms: readonly RealmFindings[];
  readonly console: ConsoleReader;
  readonly trace: readonly TraceEntry[];
  /** Calls after the most that a JSON document keeps. */
  readonly traceOmitted: number;
  /** Where the guest was when it last left, for one that did not end well. */
  readonly whereabouts: string | undefined;
}

/** What a Realm left. */
interface RealmFindings {
  readonly name: string;
  /** Undefined while the Host has not ended it. */
  readonly outcome: HostOutcome | undefined;
  readonly expectedRim: Uint8Array;
  readonly tokens: readonly JudgedToken[];
}

interface JudgedToken {
  readonly bytes: Uint8Array;
  readonly decoded: DecodedToken | undefined;
  readonly report: VerifyReport;
}

/** The machine with the guest in it, as the options say; nothing has run. */
export function prepare(options: ParsedOptions): Subject {
  const path = options.positional[0] ?? '';
  const challenge = options.values.get('--challenge');
  const realms = realmsOf(options.positional, numberOption(options, '--realms', 1, MOST_REALMS) ?? 1, options);
  const image = realms[0]?.image as ElfImage;
  const config: HostConfig = {
    realms,
    ...(challenge === undefined ? {} : { challenge: hexOption('--challenge', challenge, 1, 64) }),
  };
  const platform = platformOf(options);
  const pes = numberOption(options, '--pes', 1, MOST_PES);
  const budget = numberOption(options, '--budget', 1, MOST_STEPS) ?? DEFAULT_BUDGET;
  return {
    machine: createMachine({ platform, services: NODE_SERVICES, host: config, ...(pes === undefined ? {} : { pes }) }),
    config,
    path,
    image,
    budget,
  };
}

function judge(subject: Subject, realm: number, bytes: Uint8Array, rim: Uint8Array): JudgedToken {
  const { layout } = subject.machine.host;
  const rpv = layout?.realms[realm]?.rpv;
  const report = verifyToken(bytes, {
    cpak: publicKeyOf(TEST_CPAK),
    check: nodeSignatureCheck,
    rim,
    ...(layout === undefined ? {} : { challenge: layout.challenge }),
    ...(rpv === undefined ? {} : { rpv }),
  });
  try {
    return { bytes, decoded: decodeToken(bytes), report };
  } catch (error) {
    if (error instanceof Problem) return { bytes, decoded: undefined, report };
    throw error;
  }
}

/** Runs to the end, showing trace and console as they come. `show` is undefined for JSON. */
function execute(subject: Subject, options: ParsedOptions, show: Output | undefined): Findings {
  const { machine, config, budget } = subject;
  const traced = options.switches.has('--trace');
  const reader = createTraceReader(machine);
  const trace: TraceEntry[] = [];
  let traceOmitted = 0;
  const console = createConsoleReader();
  const tell = (entries: readonly TraceEntry[]): void => {
    if (show === undefined) {
      const kept = entries.slice(0, MOST_JSON_CALLS - trace.length);
      trace.push(...kept);
      traceOmitted += entries.length - kept.length;
    } else for (const entry of entries) show.line(traceLine(entry, show.paint));
  };
  const onConsole = (record: EventRecord): void => {
    const line = readConsole(console, record);
    if (line !== undefined) show?.line(consoleLine(line, show.paint));
  };
  subscribe(machine.events, onConsole, ['console']);
  if (traced) subscribe(machine.events, (record) => tell(readTrace(reader, record)), TRACE_EVENTS);
  const runaway = watchRunaway(machine);
  const whereabouts = watchWhereabouts(machine);
  const { result, problem } = runToEnd(machine, budget);
  tell(restOfTrace(reader));
  for (const line of restOfConsole(console)) show?.line(consoleLine(line, show.paint));
  const realms = config.realms.map(({ name }, index): RealmFindings => {
    const expectedRim = predictRim(config, index);
    const tokens = hostTokens(machine.host, index).map((bytes) => judge(subject, index, bytes, expectedRim));
    return { name: name ?? '', outcome: hostOutcome(machine.host, index), expectedRim, tokens };
  });
  const stopped = runaway.found() ?? problem ?? whyStopped(machine, result, budget);
  const pc = whereabouts.pc();
  const where = pc === undefined ? undefined : describePc(subject.image, pc);
  return { result, stopped, realms, console, trace, traceOmitted, whereabouts: where };
}

/** Runs until the machine stops by itself. Whatever the guest did to end it there is told, not thrown. */
export function runToEnd(machine: Machine, budget: number): { result: RunResult; problem: string | undefined } {
  try {
    return { result: run(machine, { steps: budget }), problem: undefined };
  } catch (error) {
    if (!(error instanceof Problem) || error.blame === 'defect') throw error;
    return { result: { steps: machine.clock.position, reason: 'stop' }, problem: error.message };
  }
}

function whyStopped(machine: Machine, result: RunResult, budget: number): string | undefined {
  if (result.reason === 'steps') {
    return `The budget of ${budget} steps is used up and the guest still runs. --budget N gives it more.`;
  }
  if (result.reason === 'stop') return machine.stop.requested?.text ?? 'The machine stopped.';
  if (result.reason === 'idle') return 'Every PE waits for an interrupt, and none will come.';
  if (machine.host.progress.realms.some(({ outcome }) => outcome === null))
    return 'The machine was turned off before the guest ended.';
  return undefined;
}

function exitCodeOf({ stopped, realms }: Findings): ExitCode {
  const good = ({ outcome, tokens }: RealmFindings): boolean =>
    outcome?.code === 0 && tokens.every(({ report }) => report.accepted);
  return stopped === undefined && realms.every(good) ? ExitCode.Good : ExitCode.Failed;
}

const instructionsOf = (machine: Machine): number => machine.pes.reduce((sum, pe) => sum + readRetired(pe), 0);

function printRealm(output: Output, findings: Findings, realm: RealmFindings, alone: boolean): void {
  const { paint } = output;
  const { name, outcome, tokens } = realm;
  const prefix = alone ? '' : `${name}: `;
  for (const { decoded, report } of tokens) {
    output.line('');
    if (!alone) output.line(paint('bold', `Realm "${name}"`));
    if (decoded !== undefined) printToken(output, decoded);
    output.line('');
    printVerification(output, report);
  }
  output.line('');
  if (tokens.length === 0) output.line(paint('yellow', `${prefix}The guest published no token.`));
  if (findings.stopped !== undefined && (alone || outcome === undefined)) return;
  const good = outcome?.code === 0 && tokens.every(({ report }) => report.accepted);
  output.line(paint(good ? 'green' : 'red', `${prefix}${outcome?.text ?? ''}`));
}

function printFindings(output: Output, machine: Machine, findings: Findings): void {
  const { paint } = output;
  for (const realm of findings.realms) printRealm(output, findings, realm, findings.realms.length === 1);
  if (findings.stopped !== undefined) output.line(paint('red', findings.stopped));
  const faulted = findings.realms.some(({ outcome }) => outcome?.kind === 'fault');
  if (findings.whereabouts !== undefined && (findings.stopped !== undefined || faulted)) {
    output.line(`It last left the Realm at ${findings.whereabouts}.`);
  }
  const { clock } = machine;
  output.line(
    paint(
      'dim',
      `${clock.position} steps, ${instructionsOf(machine)} instructions, ${clock.ticks / 100} µs of virtual time`,
    ),
  );
}

const jsonOfRealm = ({ name, outcome, expectedRim, tokens }: RealmFindings) => ({
  name,
  outcome: outcome === undefined ? null : { kind: outcome.kind, code: outcome.code, text: outcome.text },
  expectedRim: toHex(expectedRim),
  tokens: tokens.map(({ bytes, decoded, report }) => ({
    bytes: toHex(bytes),
    decoded: decoded === undefined ? null : jsonOfToken(decoded),
    verification: jsonOfReport(report),
  })),
});

/** `outcome`, `expectedRim` and `tokens` are the first Realm's; `realms` has those of all. */
function jsonOfFindings(
  subject: Subject,
  findings: Findings,
  traced: boolean,
  code: ExitCode,
): Record<string, unknown> {
  const { machine, path } = subject;
  const realms = findings.realms.map(jsonOfRealm);
  const { outcome = null, expectedRim = '', tokens = [] } = realms[0] ?? {};
  return {
    schema: 'realmscope.run/1',
    guest: path,
    platform: machine.platform.name,
    exitCode: code,
    ended: findings.result.reason,
    stopped: findings.stopped ?? null,
    lastExitPc: findings.whereabouts ?? null,
    outcome,
    steps: machine.clock.position,
    instructions: instructionsOf(machine),
    ticks: machine.clock.ticks,
    expectedRim,
    console: findings.console.lines,
    tokens,
    realms,
    ...(traced ? { trace: findings.trace.map(jsonOfCall), traceOmitted: findings.traceOmitted } : {}),
  };
}

export const runCommand: Command = {
  syntax,
  run: (options, output) => {
    if (options.values.has(HOST_IMAGE)) return runHost(options, output);
    hostImageOf(options);
    const json = options.switches.has('--json');
    const subject = prepare(options);
    const findings = execute(subject, options, json ? undefined : output);
    const code = exitCodeOf(findings);
    if (json) {
      const document = jsonOfFindings(subject, findings, options.switches.has('--trace'), code);
      output.line(JSON.stringify(document, null, 2));
    } else printFindings(output, subject.machine, findings);
    // Last: a path that cannot be written must not cost the findings.
    const path = options.values.get('--token-out');
    const last = findings.realms.flatMap(({ tokens }) => tokens).at(-1);
    if (path !== undefined && last !== undefined) writeOutput(path, last.bytes);
    return code;
  },
};
