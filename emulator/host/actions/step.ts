/** One micro-step of the action list: begin the next action of this PE, or take in what came of it. */
import { toHex } from '../../../attestation/bytes';
import { takeAbort } from '../../cpu/exceptions/aborts';
import { executeSmc } from '../../cpu/exceptions/exceptions';
import { type Pe, readSysreg, readX, writeX } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { delegableAddress, delegableCount } from '../../machine/platform';
import { rowOfName } from '../../rmm/commands/rows';
import { type Outcome, readAs, writeAs } from './access';
import { answerOf, judge, outputOf, showAnswer } from './answer';
import { holds, stagePassed } from './conditions';
import { fillPage, firstWord, holdsPartOf, leakIn, pageOf } from './content';
import { checkExit } from './exit';
import { guestLeft } from './guest';
import { checkGranuleState, checkRealm, checkRtt } from './inspect';
import { actionMemory } from './problems';
import { differs, type Finding, record } from './results';
import type { ActionSeat, HostOp, PrimitiveAction, ThreadProgress } from './state';
import { failThread } from './threads';
import type { CallAction, ReadAction, SmcAction, TakeAction, Value, WriteAction } from './types';
import { resolveValue, showValue } from './values';

interface Scope {
  readonly machine: Machine;
  readonly pe: Pe;
  readonly seat: ActionSeat;
  readonly thread: ThreadProgress;
  readonly op: HostOp;
}

const PAGE = 4096;
const resolve = ({ seat, op }: Scope, value: Value): bigint => resolveValue(seat.progress, value, op.path);

/** The PE's runner is `host` and an action list sits in the Host's seat. */
export function stepActions(machine: Machine, pe: Pe, seat: ActionSeat): void {
  const thread = seat.progress.threads[pe.index];
  const op = thread === undefined ? undefined : seat.program.threads[pe.index]?.[thread.pc];
  if (thread === undefined || op === undefined) {
    pe.runner = 'off';
    return;
  }
  const scope: Scope = { machine, pe, seat, thread, op };
  if (thread.phase === 'begin') begin(scope);
  else if (thread.phase === 'fault') finishFault(scope);
  else finishCall(scope);
}

function done(scope: Scope, found: Finding, did?: string): void {
  const { machine, pe, seat, thread, op } = scope;
  thread.phase = 'begin';
  thread.pc++;
  if (!record(seat, pe.index, op, describe(scope), found, did)) failThread(machine, seat);
}

function begin(scope: Scope): void {
  const { machine, seat, thread, op } = scope;
  const { action } = op;
  const { progress } = seat;
  if ('until' in action || 'passed' in action) wait(scope, action);
  else if ('take' in action) take(scope, action);
  else if ('call' in action) call(scope, action);
  else if ('smc' in action) smc(scope, action);
  else if ('write' in action) write(scope, action);
  else if ('read' in action) read(scope, action);
  else if ('exit' in action) done(scope, checkExit(machine, progress, action, op.path), 'as expected');
  else if ('granule' in action) done(scope, checkGranuleState(machine, progress, action, op.path), 'as expected');
  else if ('rtt' in action) done(scope, checkRtt(machine, progress, action, op.path), 'as expected');
  else if ('realm' in action) done(scope, checkRealm(machine, progress, action, op.path), 'as expected');
  else if ('name' in action) {
    progress.names[action.name] = resolve(scope, action.is);
    thread.pc++;
  } else {
    fillSecret(seat, action.secret, action.bytes);
    thread.pc++;
  }
}

function fillSecret({ progress }: ActionSeat, name: string, bytes: string): void {
  const page = pageOf(progress, { bytes }, 'secret');
  progress.tapes[name] = page.slice(0, bytes.length / 2);
  if (!progress.secrets.includes(name)) progress.secrets.push(name);
}

/** A wait that is over costs no step: what follows is done at this very boundary. */
function wait(scope: Scope, action: Extract<PrimitiveAction, { until: unknown } | { passed: unknown }>): void {
  const { machine, pe, seat, thread } = scope;
  if ('until' in action) {
    if (!holds(machine, action.until)) return;
  } else {
    const state = stagePassed(machine, action);
    if (state === 'not yet') return;
    if (state === 'missed') {
      done(scope, { expected: `stage ${action.passed} passed`, actual: 'the call answered without' });
      return;
    }
  }
  thread.pc++;
  stepActions(machine, pe, seat);
}

/** Names the lowest free granules. Nothing that was named is free again. */
function take(scope: Scope, { take: name, pages = 1, align = PAGE }: TakeAction): void {
  const { machine, seat, thread, op } = scope;
  const { progress } = seat;
  const step = Math.max(1, Number(resolve(scope, align)) / PAGE);
  for (let index = progress.next; index + pages <= delegableCount(machine.platform); index++) {
    const base = delegableAddress(machine.platform, index);
    if ((base / PAGE) % step !== 0) continue;
    if (delegableAddress(machine.platform, index + pages - 1) !== base + (pages - 1) * PAGE) continue;
    progress.names[name] = BigInt(base);
    progress.next = index + pages;
    thread.pc++;
    return;
  }
  throw actionMemory(op.path);
}

function call(scope: Scope, action: CallAction): void {
  const row = rowOfName(action.call);
  const x = Array<bigint>(8).fill(0n);
  x[0] = BigInt(row?.fid ?? 0);
  for (const input of row?.inputs ?? []) {
    x[Number(input.reg.slice(1))] = resolve(scope, action.with?.[input.name] ?? 0);
  }
  const { thread, op, seat } = scope;
  thread.guest = seat.program.guests[op.path] === undefined ? null : op.path;
  thread.guestPc = 0;
  thread.guestFrom = null;
  execute(scope, x);
}

const smc = (scope: Scope, action: SmcAction): void =>
  execute(
    scope,
    [action.smc, ...(action.x ?? [])].map((value) => resolve(scope, value)),
  );

function execute(scope: Scope, x: readonly bigint[]): void {
  const { machine, pe, thread } = scope;
  for (let register = 0; register < 8; register++) writeX(pe, register, x[register] ?? 0n);
  thread.phase = 'answer';
  executeSmc(machine, pe, 0);
}

/** The Host runs again behind its SMC. What happens `during` a call must be over before the next action. */
function finishCall(scope: Scope): void {
  const { machine, pe, seat, thread, op } = scope;
  const { action } = op;
  if ('smc' in action) {
    const found = action.returns.map((value, n) => differs(`X${n}`, resolve(scope, value), readX(pe, n)));
    done(
      scope,
      found.find((each) => each !== undefined),
      'as expected',
    );
    return;
  }
  if (!('call' in action)) return;
  if ((seat.progress.threads[1]?.pc ?? 0) < (seat.program.joins[op.path] ?? 0)) return;
  const answer = answerOf(
    machine,
    pe.index,
    action.call,
    [0, 1, 2, 3, 4].map((n) => readX(pe, n)),
  );
  if (thread.guest !== null && !guestLeft(pe, seat, thread) && answer.failed === null) {
    failThread(machine, seat);
    return;
  }
  for (const [output, name] of Object.entries(action.keep ?? {})) {
    seat.progress.names[name] = outputOf(answer, output);
  }
  done(scope, judge(seat.progress, action, answer, op.path), showAnswer(answer));
}

/** Makes an access. One that this PE may not make takes an exception here: the next step sees it. */
function attempt<T>(scope: Scope, outcome: Outcome<T>, then: (value: T) => void): void {
  if (outcome.ok) {
    then(outcome.value);
    return;
  }
  const { fault, name } = outcome.refusal;
  if (fault === undefined) judgeRefusal(scope, name);
  else {
    scope.thread.phase = 'fault';
    takeAbort(scope.machine, scope.pe, fault);
  }
}

/** DFSC of the abort that this PE has taken to EL2. */
function finishFault(scope: Scope): void {
  const status = Number(readSysreg(scope.pe, 'ESR_EL2') & 0x3fn);
  judgeRefusal(scope, status === 0x28 ? 'GPF' : status === 0x10 ? 'SEA' : `FSC 0x${status.toString(16)}`);
}

function judgeRefusal(scope: Scope, name: string): void {
  const action = scope.op.action as WriteAction | ReadAction;
  const may = 'may' in action && action.may === true;
  const expected = action.fails ?? 'allowed';
  done(scope, action.fails === name || may ? undefined : { expected, actual: name }, name);
}

function write(scope: Scope, action: WriteAction): void {
  const { machine, pe, seat, op } = scope;
  const at = resolve(scope, action.write);
  const actor = action.as ?? 'host';
  const tape = action.tape === undefined ? undefined : seat.progress.tapes[action.tape];
  const bytes = tape ?? pageOf(seat.progress, action, op.path);
  if (action.update === true) {
    attempt(scope, readAs(machine, pe, actor, at, PAGE), (page) => {
      fillPage(seat.progress, action, page, op.path);
      attempt(scope, writeAs(machine, pe, actor, at, page), () => judgeAllowed(scope, action.fails));
    });
  } else attempt(scope, writeAs(machine, pe, actor, at, bytes), () => judgeAllowed(scope, action.fails));
}

const judgeAllowed = (scope: Scope, fails: string | undefined): void =>
  done(scope, fails === undefined ? undefined : { expected: fails, actual: 'allowed' }, 'allowed');

function read(scope: Scope, action: ReadAction): void {
  const { machine, pe, seat } = scope;
  const size = Number(resolve(scope, action.size ?? 8));
  attempt(scope, readAs(machine, pe, action.as ?? 'host', resolve(scope, action.read), size), (bytes) => {
    if (action.tape !== undefined) seat.progress.tapes[action.tape] = bytes;
    done(scope, judgeRead(scope, action, bytes), 'allowed');
  });
}

function judgeRead(scope: Scope, action: ReadAction, bytes: Uint8Array): Finding {
  const { progress } = scope.seat;
  const shown = toHex(bytes.subarray(0, 16));
  if (action.fails !== undefined) return { expected: action.fails, actual: `allowed: ${shown}` };
  const leak = leakIn(progress, bytes);
  if (leak !== undefined) return { expected: `nothing of the secret ${leak}`, actual: `bytes of it: ${shown}` };
  const { not } = action;
  if (not !== undefined && holdsPartOf(bytes, progress.tapes[not] ?? new Uint8Array(0))) {
    return { expected: `nothing of ${not}`, actual: shown };
  }
  if (action.byte !== undefined) {
    const wanted = Number(resolve(scope, action.byte));
    if (!bytes.every((byte) => byte === wanted)) return { expected: `bytes ${wanted}`, actual: shown };
  }
  return action.is === undefined ? undefined : differs('value', resolve(scope, action.is), firstWord(bytes));
}

function describe(scope: Scope): string {
  const { action } = scope.op;
  const at = (value: Value): string => `${value} (${showValue(resolve(scope, value))})`;
  if ('call' in action) {
    const operands = Object.entries(action.with ?? {}).map(([name, value]) => `${name} = ${at(value)}`);
    return `${action.call}(${operands.join(', ')})`;
  }
  if ('smc' in action) return `SMC(${[action.smc, ...(action.x ?? [])].map(at).join(', ')})`;
  if ('write' in action) return `write ${at(action.write)} as ${action.as ?? 'host'}`;
  if ('read' in action) return `read ${at(action.read)} as ${action.as ?? 'host'}`;
  if ('exit' in action) return `exit at ${at(action.exit)}`;
  if ('granule' in action) return `granule ${at(action.granule)}`;
  if ('rtt' in action) return `RTT entry of ${at(action.rtt)}`;
  if ('realm' in action) return `Realm ${at(action.realm)}`;
  return 'wait';
}
