/** The gdb server: one client at a time on the loopback address, the machine running in slices between its packets. */
import { createServer, type Server, type Socket } from 'node:net';
import { readPc, readRetired } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { type RunResult, run, step } from '../../emulator/machine/run-loop';
import { frame, type Incoming, textToDigits, type Unframer, unframe } from './packets';
import {
  arm,
  createGdbSession,
  disarm,
  type GdbSession,
  type Reaction,
  type Resumption,
  react,
  replyFor,
  SIGINT,
  SIGTRAP,
  stopReply,
} from './session';

export interface GdbServerOptions {
  readonly machine: Machine;
  /** 0: any free one. */
  readonly port: number;
  /** Told once, when clients can connect. */
  readonly onListening: (port: number) => void;
}

/** Steps between two looks at the socket; about 10 ms of interpreted code. */
const SLICE_STEPS = 200_000;
/** Single steps of one slice, for a PE that is stepped while others have their turns. */
const SLICE_SINGLES = 2_000;
const SIGABRT = 6;
const LOOPBACK = '127.0.0.1';

interface Serving {
  readonly session: GdbSession;
  readonly finish: () => void;
  client: Socket | undefined;
  running: Resumption | undefined;
  /** Ctrl-C has come. */
  interrupted: boolean;
  lastSent: string;
  /** What stopped the machine for good, as a reply. */
  exited: string | undefined;
}

/** Serves until a client kills the machine, or it ends with no client there. Rejects when the port cannot be had. */
export function serveGdb({ machine, port, onListening }: GdbServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer();
    const serving: Serving = {
      session: createGdbSession(machine),
      finish: () => {
        serving.client?.end();
        server.close(() => resolve());
      },
      client: undefined,
      running: undefined,
      interrupted: false,
      lastSent: '',
      exited: undefined,
    };
    server.on('connection', (socket) => accept(serving, socket));
    server.on('error', reject);
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      onListening(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function accept(serving: Serving, socket: Socket): void {
  if (serving.client !== undefined) {
    socket.destroy();
    return;
  }
  const unframer: Unframer = { rest: '' };
  serving.client = socket;
  serving.running = undefined;
  serving.session.acknowledges = true;
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    for (const incoming of unframe(unframer, String(text))) take(serving, incoming);
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (serving.client !== socket) return;
    serving.client = undefined;
    serving.running = undefined;
    disarm(serving.session);
  });
}

const write = (serving: Serving, text: string): void => {
  serving.client?.write(text, 'latin1');
};

function send(serving: Serving, body: string): void {
  serving.lastSent = frame(body);
  write(serving, serving.lastSent);
}

/** Text in the client's console. */
const say = (serving: Serving, text: string): void => send(serving, `O${textToDigits(`${text}\n`)}`);

function take(serving: Serving, incoming: Incoming): void {
  const { session } = serving;
  if (incoming.kind === 'interrupt') serving.interrupted = true;
  else if (incoming.kind === 'damaged') write(serving, '-');
  else if (incoming.kind === 'again') write(serving, serving.lastSent);
  else {
    if (session.acknowledges) write(serving, '+');
    // While the machine runs a client may only interrupt it.
    if (serving.running === undefined) obey(serving, react(session, incoming.body));
  }
}

function obey(serving: Serving, reaction: Reaction): void {
  if (reaction.kind === 'answer') send(serving, reaction.body);
  else if (reaction.kind === 'resume') resume(serving, reaction.how);
  else if (reaction.detached) detach(serving);
  else serving.finish();
}

function detach(serving: Serving): void {
  send(serving, 'OK');
  disarm(serving.session);
  serving.client?.end();
  serving.client = undefined;
  resume(serving, { step: undefined });
}

function resume(serving: Serving, how: Resumption): void {
  if (serving.exited !== undefined) {
    send(serving, serving.exited);
    return;
  }
  arm(serving.session);
  serving.interrupted = false;
  serving.running = how;
  serving.session.machine.stop.skipOnce = true;
  setImmediate(() => slice(serving, how));
}

/** A part of a run. Ends it when the machine stopped, the client wants it, or the step is done. */
function slice(serving: Serving, how: Resumption): void {
  if (serving.running !== how) return;
  const { session } = serving;
  const { machine } = session;
  try {
    const result = how.step === undefined ? run(machine, { steps: SLICE_STEPS }) : advanceStep(machine, how.step);
    if (result === 'again' || (result !== 'done' && result.reason === 'steps')) {
      if (serving.interrupted) halt(serving, replyFor(session, machine.schedule.current, SIGINT));
      else setImmediate(() => slice(serving, how));
    } else if (result === 'done') halt(serving, replyFor(session, how.step ?? 0, SIGTRAP));
    else ended(serving, result);
  } catch (error) {
    say(serving, error instanceof Error ? error.message : String(error));
    halt(serving, stopReply(SIGABRT, machine.schedule.current));
  }
}

/** Lets the machine go on until the PE has executed an instruction of its own; other PEs have their turns. */
function advanceStep(machine: Machine, index: number): RunResult | 'done' | 'again' {
  const pe = machine.pes[index];
  if (pe === undefined) return 'done';
  for (let count = 0; count < SLICE_SINGLES; count++) {
    const mine = machine.schedule.current === index && machine.schedule.left > 0;
    const retired = readRetired(pe);
    const pc = readPc(pe);
    const result = mine ? step(machine) : run(machine, { steps: Math.max(1, machine.schedule.left) });
    if (result.reason !== 'steps') return result;
    if (pe.runner === 'a64' && (readRetired(pe) !== retired || readPc(pe) !== pc)) return 'done';
  }
  return 'again';
}

function ended(serving: Serving, result: RunResult): void {
  const { session } = serving;
  if (result.reason === 'stop') {
    const { requested } = session.machine.stop;
    if (requested?.kind === 'error') say(serving, requested.text);
    halt(serving, replyFor(session, session.machine.schedule.current, SIGTRAP));
  } else if (result.reason === 'idle') {
    say(serving, 'Every PE waits for an interrupt, and none will come.');
    halt(serving, stopReply(SIGINT, session.machine.schedule.current));
  } else {
    serving.exited = 'W00';
    halt(serving, serving.exited);
  }
}

function halt(serving: Serving, reply: string): void {
  serving.running = undefined;
  serving.session.lastStop = reply;
  if (serving.client === undefined) serving.finish();
  else send(serving, reply);
}
