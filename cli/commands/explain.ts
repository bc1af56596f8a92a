/** `explain`: what an access by anybody would do at a point of a run, or why the last one faulted. */
import { eventFields, subscribe } from '../../emulator/machine/event-ring';
import type { Machine } from '../../emulator/machine/machine';
import { requestStop } from '../../emulator/machine/stop';
import { Pas } from '../../emulator/memory/pas';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { listRealms, listRecs, type RealmInfo } from '../../emulator/rmm/inspect';
import { explainAccess } from '../../emulator/translation/explain/explain';
import { explainFaultTaken, isFault, lastFault, type TakenFault } from '../../emulator/translation/explain/last-fault';
import { plainExplanation, plainTaken } from '../../emulator/translation/explain/plain';
import { explanationLines, type LineTone, takenLine } from '../../emulator/translation/explain/text';
import type { ExplainQuery, Explanation, Viewpoint } from '../../emulator/translation/explain/types';
import { realmNameOf } from '../../emulator/translation/explain/viewpoint';
import { type Command, ExitCode, JSON_SWITCH, NO_COLOUR } from '../command';
import { choiceOption, numberOption, type ParsedOptions } from '../options';
import type { Ink, Output } from '../output';
import { badOptionValue, noRealmYet, noSuchName, oneOf } from '../problems';
import { MACHINE_OPTIONS, prepare, runToEnd, type Subject } from './run';

const WORLDS = ['realm', 'non-secure', 'secure', 'root'] as const;
const SPACES = ['--va', '--ipa', '--pa'] as const;
const PAS_OF = { realm: Pas.Realm, 'non-secure': Pas.NonSecure, secure: Pas.Secure, root: Pas.Root } as const;
/** What the Host begins to take a Realm apart with. */
const TEARDOWN = ['RMI_REC_DESTROY', 'RMI_DATA_DESTROY', 'RMI_REALM_DESTROY'];

const syntax = {
  name: 'explain',
  summary: 'why an access faults, or what it would reach: each stage with its descriptors',
  arguments: ['GUEST.elf'],
  repeated: true,
  options: [
    { name: '--va', value: 'ADDRESS', summary: 'explain this virtual address' },
    { name: '--ipa', value: 'ADDRESS', summary: 'explain this intermediate physical address of the Realm' },
    { name: '--pa', value: 'ADDRESS', summary: 'explain this physical address' },
    { name: '--access', value: 'KIND', summary: 'read (default), write or execute' },
    { name: '--world', value: 'NAME', summary: `who: ${WORLDS.join(', ')} (default realm; non-secure with --pa)` },
    { name: '--el', value: 'N', summary: 'exception level (default: where the REC is; 2 outside Realms, 3 for root)' },
    { name: '--realm', value: 'NAME', summary: 'the Realm, by name (default: the first)' },
    { name: '--rec', value: 'N', summary: 'the REC whose registers count, by index (default 0)' },
    {
      name: '--until',
      value: 'POINT',
      summary: '"exit" (default), "fault" (the first), or a command: RMI_REALM_ACTIVATE',
    },
    { name: '--at', value: 'POSITION', summary: 'after so many steps of the machine' },
    JSON_SWITCH,
    ...MACHINE_OPTIONS,
    { name: '--realms', value: 'N', summary: 'Realms of each guest, all at once (default 1)' },
    NO_COLOUR,
  ],
  notes: [
    'Without an address the last fault of the run is explained. The run goes on to the point that --until or --at names; ' +
      '"exit" is when the Host begins to take a Realm apart.',
    'Examples: "explain guest.elf", "explain guest.elf --ipa 0x40001000", "explain guest.elf --pa 0x90000000 --access write".',
    'Exit code 0 when there was something to explain; 1 when the run had no fault, or ended before the point was reached.',
  ],
} as const;

interface Point {
  readonly kind: 'exit' | 'fault' | 'command' | 'position';
  readonly command: string;
}

function pointOf(options: ParsedOptions): Point {
  const until = options.values.get('--until');
  if (options.values.has('--at')) {
    if (until !== undefined) throw oneOf(['--at', '--until'], 'Give one of them.');
    return { kind: 'position', command: '' };
  }
  if (until === undefined || until === 'exit') return { kind: 'exit', command: '' };
  if (until === 'fault') return { kind: 'fault', command: '' };
  const name = until.toUpperCase();
  if (CATALOGUE.some((command) => command.name === name)) return { kind: 'command', command: name };
  throw badOptionValue('--until', until, 'exit, fault or the name of an RMI, RSI or PSCI command');
}

/** Runs to the point. False when the run ended before. */
function runTo(subject: Subject, point: Point, options: ParsedOptions): boolean {
  const { machine, budget } = subject;
  if (point.kind === 'position') {
    const position = numberOption(options, '--at', 0, Number.MAX_SAFE_INTEGER) ?? 0;
    runToEnd(machine, Math.min(budget, position));
    return machine.clock.position >= position;
  }
  const names = point.kind === 'command' ? [point.command] : point.kind === 'exit' ? TEARDOWN : [];
  const fids = CATALOGUE.flatMap(({ name, fid, fidAlt }) => (names.includes(name) ? [fid, fidAlt] : []));
  let reached = false;
  const stop = (pe: number): void => {
    reached = true;
    requestStop(machine, { kind: 'event', text: 'The point is reached.', pe });
  };
  const end = subscribe(
    machine.events,
    (record) => {
      if (record.name === 'exception') {
        if (point.kind === 'fault' && isFault(record)) stop(record.pe);
      } else if (fids.includes(Number(eventFields(record)['fid']))) stop(record.pe);
    },
    ['exception', 'commandBegin'],
  );
  runToEnd(machine, budget);
  end();
  return reached || point.kind === 'exit';
}

/** A 64-bit number: hexadecimal with 0x, `_` between digits. */
function addressOption(option: string, text: string): bigint {
  const plain = text.replaceAll('_', '');
  if (!/^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})$/.test(plain)) {
    throw badOptionValue(option, text, 'an address of at most 64 bits, such as 0x4000_1000');
  }
  return BigInt(plain);
}

function realmOf(machine: Machine, options: ParsedOptions): RealmInfo | undefined {
  const realms = listRealms(machine);
  const name = options.values.get('--realm');
  if (name === undefined) return realms[0];
  const found = realms.find(({ rd }) => realmNameOf(machine, rd) === name);
  if (found === undefined) {
    throw noSuchName(
      '--realm',
      name,
      realms.map(({ rd }) => realmNameOf(machine, rd) ?? `0x${rd.toString(16)}`),
    );
  }
  return found;
}

function viewpointOf(machine: Machine, options: ParsedOptions, space: ExplainQuery['space']): Viewpoint {
  const world = choiceOption(options, '--world', WORLDS) ?? (space === 'pa' ? 'non-secure' : 'realm');
  const el = numberOption(options, '--el', 0, 3);
  const wanted = world === 'root' ? [3] : [0, 1, 2];
  if (el !== undefined && !wanted.includes(el)) {
    throw badOptionValue('--el', String(el), `${wanted.join(', ')} with --world ${world}`);
  }
  if (world !== 'realm' || el === 2) {
    return { kind: 'world', pe: 0, security: PAS_OF[world], el: el ?? (world === 'root' ? 3 : 2) };
  }
  const realm = realmOf(machine, options);
  if (realm === undefined) throw noRealmYet(machine.clock.position);
  const level = el === undefined ? {} : { el: el as 0 | 1 };
  const recs = listRecs(machine, realm.rd);
  const index = numberOption(options, '--rec', 0, 511);
  const rec = recs.find((each) => each.index === (index ?? 0));
  if (rec === undefined && index !== undefined) {
    throw noSuchName(
      '--rec',
      String(index),
      recs.map((each) => String(each.index)),
    );
  }
  return rec === undefined ? { kind: 'realm', rd: realm.rd, ...level } : { kind: 'rec', rec: rec.rec, ...level };
}

interface Question {
  readonly space: ExplainQuery['space'];
  readonly address: bigint;
}

/** Read before anything runs, so that a mistyped address costs no waiting. */
function questionOf(options: ParsedOptions): Question | undefined {
  const given = SPACES.filter((option) => options.values.has(option));
  if (given.length > 1) throw oneOf(given, 'Ask about one address at a time.');
  const [option] = given;
  if (option === undefined) return undefined;
  const address = addressOption(option, options.values.get(option) ?? '');
  return { space: option.slice(2) as ExplainQuery['space'], address };
}

const INKS: Readonly<Record<LineTone, Ink | undefined>> = {
  title: 'bold',
  good: 'green',
  bad: 'red',
  quiet: 'dim',
  plain: undefined,
};

interface Answer {
  readonly taken: TakenFault | undefined;
  readonly explanation: Explanation;
}

function print(output: Output, machine: Machine, { taken, explanation }: Answer): void {
  const lines = [...(taken === undefined ? [] : [takenLine(taken)]), ...explanationLines(explanation)];
  for (const { text, tone } of lines) {
    const ink = INKS[tone];
    output.line(ink === undefined ? text : output.paint(ink, text));
  }
  output.line(output.paint('dim', `Position ${machine.clock.position}`));
}

function answer(machine: Machine, options: ParsedOptions, question: Question | undefined): Answer | undefined {
  const access = choiceOption(options, '--access', ['read', 'write', 'execute'] as const);
  if (question !== undefined) {
    const viewpoint = viewpointOf(machine, options, question.space);
    const query = { viewpoint, ...question, ...(access === undefined ? {} : { access }) };
    return { taken: undefined, explanation: explainAccess(machine, query) };
  }
  const taken = lastFault(machine);
  return taken === undefined ? undefined : { taken, explanation: explainFaultTaken(machine, taken) };
}

export const explainCommand: Command = {
  syntax,
  run: (options, output) => {
    const question = questionOf(options);
    const point = pointOf(options);
    choiceOption(options, '--world', WORLDS);
    choiceOption(options, '--access', ['read', 'write', 'execute'] as const);
    const subject = prepare(options);
    const { machine, path } = subject;
    const reached = runTo(subject, point, options);
    const found = reached ? answer(machine, options, question) : undefined;
    const code = found === undefined ? ExitCode.Failed : ExitCode.Good;
    if (options.switches.has('--json')) {
      const document = {
        schema: 'realmscope.explain/1',
        guest: path,
        platform: machine.platform.name,
        exitCode: code,
        reached,
        position: machine.clock.position,
        taken: found?.taken === undefined ? null : plainTaken(found.taken),
        explanation: found === undefined ? null : plainExplanation(found.explanation),
      };
      output.line(JSON.stringify(document, null, 2));
    } else if (found !== undefined) print(output, machine, found);
    else {
      const why = reached
        ? 'The run had no fault up to this point. --va, --ipa or --pa explains an address.'
        : `The run ended at position ${machine.clock.position}, before the point was reached.`;
      output.line(output.paint('yellow', why));
    }
    return code;
  },
};
