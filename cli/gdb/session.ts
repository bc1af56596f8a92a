/** One client's view of the machine: what it has selected and set, and the answer to each of its packets. */
import type { Pe } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { setCodeBreakpoints } from '../../emulator/machine/stop';
import { type DataWatch, setDataWatches } from '../../emulator/machine/watch';
import { describePe } from './describe';
import { piecesOf, readVirtual, writeVirtual } from './memory';
import { fromDigits, PACKET_SIZE, textToDigits, toDigits } from './packets';
import { GDB_REGISTERS, GENERAL_COUNT, registerDigits, writeRegisterDigits } from './registers';
import { targetXml } from './target-xml';

/** What the machine is asked to do: go on, or until a PE has executed one instruction. */
export interface Resumption {
  readonly step: number | undefined;
}

/** What follows from a packet: an answer, a run whose end is the answer, or the end of the session. */
export type Reaction =
  | { readonly kind: 'answer'; readonly body: string }
  | { readonly kind: 'resume'; readonly how: Resumption }
  | { readonly kind: 'end'; readonly detached: boolean };

interface Watch extends DataWatch {
  readonly va: bigint;
  readonly size: number;
}

export interface GdbSession {
  readonly machine: Machine;
  /** PE of `g`, `m` and their like, and of `s` and `c`. */
  selected: number;
  /** Addresses of Z0 and Z1. */
  readonly breakpoints: Set<bigint>;
  watches: Watch[];
  nextWatch: number;
  /** The last stop reply, for `?`. */
  lastStop: string;
  acknowledges: boolean;
}

export const createGdbSession = (machine: Machine): GdbSession => ({
  machine,
  selected: 0,
  breakpoints: new Set(),
  watches: [],
  nextWatch: 1,
  lastStop: stopReply(5, 0),
  acknowledges: true,
});

export const SIGINT = 2;
export const SIGTRAP = 5;
const threadOf = (pe: number): string => (pe + 1).toString(16);
export const stopReply = (signal: number, pe: number, more = ''): string =>
  `T${signal.toString(16).padStart(2, '0')}thread:${threadOf(pe)};${more}`;

const answer = (body: string): Reaction => ({ kind: 'answer', body });
const OK = answer('OK');
/** An empty answer says that a packet is not supported. */
const UNSUPPORTED = answer('');
/** gdb shows the number only: EINVAL for what cannot be read, EFAULT for memory that is not mapped. */
const MALFORMED = answer('E16');
const NOT_MAPPED = answer('E0e');

const peOfSession = (session: GdbSession): Pe => session.machine.pes[session.selected] ?? session.machine.pes[0]!;

/** Answers to queries that begin with these words. */
const QUERIES: readonly (readonly [string, (session: GdbSession, rest: string) => Reaction])[] = [
  [
    'qSupported',
    () =>
      answer(
        `PacketSize=${PACKET_SIZE.toString(16)};qXfer:features:read+;vContSupported+;swbreak+;hwbreak+;QStartNoAckMode+`,
      ),
  ],
  ['qXfer:features:read:target.xml:', (_, rest) => slice(targetXml(), rest)],
  [
    'QStartNoAckMode',
    (session) => {
      session.acknowledges = false;
      return OK;
    },
  ],
  ['qfThreadInfo', ({ machine }) => answer(`m${machine.pes.map(({ index }) => threadOf(index)).join()}`)],
  ['qsThreadInfo', () => answer('l')],
  ['qThreadExtraInfo,', ({ machine }, rest) => threadInfo(machine, rest)],
  ['qAttached', () => answer('1')],
  ['qC', (session) => answer(`QC${threadOf(session.selected)}`)],
  ['qSymbol', () => OK],
  ['qRcmd,', monitorCommand],
];

/** `offset,length` of a document: `m` with what is there and more follows, `l` with the last of it. */
function slice(document: string, range: string): Reaction {
  const [offset = Number.NaN, length = Number.NaN] = range.split(',').map((digits) => Number.parseInt(digits, 16));
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) return MALFORMED;
  const part = document.slice(offset, offset + length);
  return answer(`${offset + length < document.length ? 'm' : 'l'}${part}`);
}

function threadInfo(machine: Machine, digits: string): Reaction {
  const pe = machine.pes[Number.parseInt(digits, 16) - 1];
  return pe === undefined ? MALFORMED : answer(textToDigits(describePe(machine, pe)));
}

/** `monitor WORD` at the client. */
const MONITOR: Readonly<Record<string, (session: GdbSession) => string>> = {
  help: () => 'monitor pes: where each PE is\nmonitor time: position and ticks of the machine\n',
  pes: ({ machine }) => machine.pes.map((pe) => `PE ${pe.index}: ${describePe(machine, pe)}\n`).join(''),
  time: ({ machine: { clock } }) => `position ${clock.position}, ${clock.ticks} ticks of 10 ns\n`,
};

function monitorCommand(session: GdbSession, digits: string): Reaction {
  const bytes = fromDigits(digits);
  if (bytes === undefined) return MALFORMED;
  const word = new TextDecoder().decode(bytes).trim();
  const action = Object.hasOwn(MONITOR, word) ? MONITOR[word] : undefined;
  return answer(textToDigits(action?.(session) ?? `There is no command "${word}". monitor help lists them.\n`));
}

/** The reaction to one packet. What is malformed gets an error, what is not known an empty answer. */
export function react(session: GdbSession, body: string): Reaction {
  const query = QUERIES.find(([word]) => body.startsWith(word));
  if (query !== undefined) return query[1](session, body.slice(query[0].length));
  const rest = body.slice(1);
  switch (body[0]) {
    case '?':
      return answer(session.lastStop);
    case 'H':
      return selectThread(session, rest);
    case 'T':
      return session.machine.pes[Number.parseInt(rest, 16) - 1] === undefined ? MALFORMED : OK;
    case 'g':
      return answer(
        GDB_REGISTERS.slice(0, GENERAL_COUNT)
          .map((register) => registerDigits(session.machine, peOfSession(session), register))
          .join(''),
      );
    case 'G':
      return writeGeneral(session, rest);
    case 'p':
      return readOne(session, rest);
    case 'P':
      return writeOne(session, rest);
    case 'm':
      return readMemory(session, rest);
    case 'M':
    case 'X':
      return writeMemory(session, rest, body[0] === 'X');
    case 'Z':
    case 'z':
      return changePoint(session, rest, body[0] === 'Z');
    case 'c':
    case 's':
      return resumeAt(session, rest, body[0] === 's');
    case 'v':
      return verbose(session, body);
    case 'D':
      return { kind: 'end', detached: true };
    case 'k':
      return { kind: 'end', detached: false };
    default:
      return UNSUPPORTED;
  }
}

function selectThread(session: GdbSession, rest: string): Reaction {
  const id = rest.slice(1) === '-1' ? 0 : Number.parseInt(rest.slice(1), 16);
  // 0 is any thread, -1 all of them: what was selected stays.
  if (id === 0) return OK;
  if (session.machine.pes[id - 1] === undefined) return MALFORMED;
  session.selected = id - 1;
  return OK;
}

function writeGeneral(session: GdbSession, digits: string): Reaction {
  const pe = peOfSession(session);
  let at = 0;
  for (const register of GDB_REGISTERS.slice(0, GENERAL_COUNT)) {
    const value = digits.slice(at, at + register.bits / 4);
    if (value === '') break;
    if (!writeRegisterDigits(session.machine, pe, register, value)) return MALFORMED;
    at += register.bits / 4;
  }
  return OK;
}

function readOne(session: GdbSession, digits: string): Reaction {
  const register = GDB_REGISTERS[Number.parseInt(digits, 16)];
  return register === undefined ? MALFORMED : answer(registerDigits(session.machine, peOfSession(session), register));
}

function writeOne(session: GdbSession, rest: string): Reaction {
  const [number = '', value = ''] = rest.split('=');
  const register = GDB_REGISTERS[Number.parseInt(number, 16)];
  if (register === undefined) return MALFORMED;
  return writeRegisterDigits(session.machine, peOfSession(session), register, value) ? OK : MALFORMED;
}

/** `address,length`, hexadecimal. */
function rangeOf(text: string): { address: bigint; length: number } | undefined {
  const match = /^([0-9a-fA-F]{1,16}),([0-9a-fA-F]{1,8})$/.exec(text);
  if (match === null) return undefined;
  return { address: BigInt(`0x${match[1]}`), length: Number.parseInt(match[2] ?? '0', 16) };
}

function readMemory(session: GdbSession, rest: string): Reaction {
  const range = rangeOf(rest);
  if (range === undefined) return MALFORMED;
  const length = Math.min(range.length, PACKET_SIZE / 2 - 8);
  const bytes = readVirtual(session.machine, peOfSession(session), range.address, length);
  return bytes.length === 0 && length > 0 ? NOT_MAPPED : answer(toDigits(bytes));
}

function writeMemory(session: GdbSession, rest: string, binary: boolean): Reaction {
  const colon = rest.indexOf(':');
  const range = rangeOf(rest.slice(0, colon));
  if (colon < 0 || range === undefined) return MALFORMED;
  const data = rest.slice(colon + 1);
  const bytes = binary ? Uint8Array.from(data, (each) => each.charCodeAt(0)) : fromDigits(data);
  if (bytes === undefined || bytes.length !== range.length) return MALFORMED;
  return writeVirtual(session.machine, peOfSession(session), range.address, bytes) ? OK : NOT_MAPPED;
}

const WATCHES: Readonly<Record<string, DataWatch['on']>> = { 2: 'write', 3: 'read', 4: 'access' };

/** Z and z: `type,address,kind`. Types 0 and 1 are the same here: breakpoints change no memory. */
function changePoint(session: GdbSession, rest: string, insert: boolean): Reaction {
  const match = /^([0-4]),([0-9a-fA-F]{1,16}),([0-9a-fA-F]{1,8})/.exec(rest);
  if (match === null) return MALFORMED;
  const [, type = '', digits = '', kind = ''] = match;
  const va = BigInt(`0x${digits}`);
  const on = WATCHES[type];
  if (on === undefined) {
    if (insert) session.breakpoints.add(va);
    else session.breakpoints.delete(va);
    return OK;
  }
  return changeWatch(session, va, Number.parseInt(kind, 16), on, insert);
}

function changeWatch(session: GdbSession, va: bigint, size: number, on: DataWatch['on'], insert: boolean): Reaction {
  const others = session.watches.filter((watch) => watch.va !== va || watch.size !== size || watch.on !== on);
  if (!insert) {
    setWatches(session, others);
    return OK;
  }
  const pieces = piecesOf(session.machine, peOfSession(session), va, size);
  const last = pieces.at(-1);
  if (last === undefined || last.from + last.length < size) return NOT_MAPPED;
  const id = session.nextWatch++;
  const added = pieces.map(({ pa, context, length }): Watch => ({ pa, context, length, on, id, va, size }));
  setWatches(session, [...others, ...added]);
  return OK;
}

function setWatches(session: GdbSession, watches: Watch[]): void {
  setDataWatches(session.machine, session.watches, watches);
  session.watches = watches;
}

/** Gives the machine everything that may stop the run. */
export function arm(session: GdbSession): void {
  setCodeBreakpoints(
    session.machine,
    [...session.breakpoints].map((va) => ({ va })),
  );
  setWatches(session, session.watches);
}

/** Takes everything back that the client has set. */
export function disarm(session: GdbSession): void {
  session.breakpoints.clear();
  session.watches = session.watches.filter(() => false);
  setCodeBreakpoints(session.machine, []);
  setDataWatches(session.machine, session.watches, []);
}

/** `c` and `s`; an address to go on at is not supported by gdb any more. */
const resumeAt = (session: GdbSession, address: string, step: boolean): Reaction =>
  address === '' ? { kind: 'resume', how: { step: step ? session.selected : undefined } } : MALFORMED;

/** The first action that names a thread, or all, decides: PEs share one time and always run together. */
function verbose(session: GdbSession, body: string): Reaction {
  if (body === 'vCont?') return answer('vCont;c;C;s;S');
  if (body.startsWith('vKill')) return { kind: 'end', detached: false };
  if (!body.startsWith('vCont;')) return UNSUPPORTED;
  const actions = body.slice('vCont;'.length).split(';');
  const steps = actions.find((action) => /^s|^S/.test(action));
  if (steps === undefined)
    return actions.every((action) => /^[cC]/.test(action)) ? { kind: 'resume', how: { step: undefined } } : MALFORMED;
  const thread = steps.split(':')[1];
  const pe = thread === undefined || thread === '-1' ? session.selected : Number.parseInt(thread, 16) - 1;
  return session.machine.pes[pe] === undefined ? MALFORMED : { kind: 'resume', how: { step: pe } };
}

/** The stop reply for what the machine stopped at. */
export function replyFor(session: GdbSession, pe: number, signal: number): string {
  const { requested } = session.machine.stop;
  const stopped = requested?.pe ?? pe;
  session.selected = stopped;
  const watch = requested?.kind === 'watch' ? session.watches.find(({ id }) => id === requested.id) : undefined;
  const words = { read: 'rwatch', write: 'watch', access: 'awatch' } as const;
  if (watch !== undefined) return stopReply(SIGTRAP, stopped, `${words[watch.on]}:${watch.va.toString(16)};`);
  return requested?.kind === 'breakpoint' ? stopReply(SIGTRAP, stopped, 'swbreak:;') : stopReply(signal, stopped);
}
