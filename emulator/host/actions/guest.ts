/**
 * A scripted Realm: what stands in for the A64 code of a REC. It believes the PC. After an exception to R-EL2, PC + 4
 * says that the instruction is done, the vector says that the Realm was given an exception of its own.
 */

import { takeAbort } from '../../cpu/exceptions/aborts';
import { executeSmc } from '../../cpu/exceptions/exceptions';
import { takeException } from '../../cpu/exceptions/take';
import { type Pe, readPc, readSysreg, readX, writePc, writePstate, writeX } from '../../cpu/pe';
import { readRegister, writeRegister } from '../../cpu/sysreg/access';
import { findSysreg } from '../../cpu/sysreg/sysreg';
import type { Machine } from '../../machine/machine';
import { readBytes, writeBytes } from '../../memory/memory';
import { rowOfName } from '../../rmm/commands/rows';
import type { AccessKind } from '../../translation/types';
import { translateFor } from './access';
import { answerOf, judge, outputOf, showAnswer } from './answer';
import { holds } from './conditions';
import { actionKey } from './problems';
import { differs, type Finding, record } from './results';
import type { ActionSeat, GuestOp, ThreadProgress } from './state';
import { failThread } from './threads';
import type { GuestAccess, GuestAction, GuestCall, GuestSmc, GuestTakes, Values } from './types';
import { resolveValue, showValue } from './values';

interface Scope {
  readonly machine: Machine;
  readonly pe: Pe;
  readonly seat: ActionSeat;
  readonly thread: ThreadProgress;
  readonly op: GuestOp;
}

const resolve = ({ seat, op }: Scope, value: number | string): bigint => resolveValue(seat.progress, value, op.path);

/** One micro-step of the Realm that a PE has entered. */
export function stepGuestScript(machine: Machine, pe: Pe): void {
  const { actions: seat } = machine.host;
  const thread = seat?.progress.threads[pe.index];
  if (seat === undefined || thread === undefined) return;
  const op = seat.program.guests[thread.guest ?? '']?.[thread.guestPc];
  if (op === undefined) {
    leave(machine, pe);
    return;
  }
  const scope: Scope = { machine, pe, seat, thread, op };
  if (thread.guestFrom === null) begin(scope);
  else finish(scope, thread.guestFrom);
}

/** Nothing more to do: an interrupt for the Host ends the entry. */
const leave = (machine: Machine, pe: Pe): void =>
  takeException(machine, pe, { targetEl: 2, kind: 'fiq', esr: 0n, returnAddress: readPc(pe) });

/** The action is over: result recorded, the next one is due. */
function done(scope: Scope, found: Finding, did?: string): void {
  const { machine, pe, seat, thread, op } = scope;
  thread.guestFrom = null;
  thread.guestPc++;
  if (!record(seat, pe.index, op, describe(op.action), found, did)) failThread(machine, seat);
}

function begin(scope: Scope): void {
  const { machine, pe, thread, op } = scope;
  const { action } = op;
  if ('until' in action) {
    if (holds(machine, action.until)) {
      thread.guestPc++;
      stepGuestScript(machine, pe);
    }
    return;
  }
  if ('set' in action) {
    for (const [name, value] of Object.entries(action.set)) writeNamed(scope, name, resolve(scope, value));
    done(scope, undefined);
  } else if ('see' in action) done(scope, compareRegisters(scope, action.see));
  else {
    thread.guestFrom = readPc(pe);
    if ('call' in action) beginCall(scope, action);
    else if ('smc' in action) beginSmc(scope, action);
    else if ('takes' in action) beginException(scope, action);
    else beginAccess(scope, action);
  }
}

function beginCall(scope: Scope, action: GuestCall): void {
  const row = rowOfName(action.call);
  writeX(scope.pe, 0, BigInt(row?.fid ?? 0));
  for (const input of row?.inputs ?? []) {
    writeX(scope.pe, Number(input.reg.slice(1)), resolve(scope, action.with?.[input.name] ?? 0));
  }
  executeSmc(scope.machine, scope.pe, 0);
}

function beginSmc(scope: Scope, action: GuestSmc): void {
  [action.smc, ...(action.x ?? [])].forEach((value, register) => {
    writeX(scope.pe, register, resolve(scope, value));
  });
  executeSmc(scope.machine, scope.pe, 0);
}

function beginException(scope: Scope, { takes, esr, far, hpfar }: GuestTakes): void {
  takeException(scope.machine, scope.pe, {
    targetEl: 2,
    kind: takes,
    esr: resolve(scope, esr ?? 0),
    far: resolve(scope, far ?? 0),
    hpfar: resolve(scope, hpfar ?? 0),
    returnAddress: readPc(scope.pe),
  });
}

const LOAD = 0x3940_0000;
const STORE = 0x3900_0000;
/** `LDR X0, [X1]` and its like: what the syndrome says of the access. */
const instructionOf = (store: boolean, size: number): number =>
  ((store ? STORE : LOAD) + 0x20 + Math.log2(size) * 0x4000_0000) >>> 0;

function beginAccess(scope: Scope, action: GuestAccess): void {
  const { machine, pe } = scope;
  const { load, store, fetch, size = 8 } = action;
  const va = resolve(scope, load ?? store ?? fetch ?? 0);
  const kind: AccessKind = load !== undefined ? 'read' : store !== undefined ? 'write' : 'fetch';
  if (kind === 'write') writeX(pe, 0, resolve(scope, action.is ?? 0));
  const to = translateFor(machine, pe, kind, va);
  if (!to.ok) {
    const { fault } = to.refusal;
    if (fault !== undefined) takeAbort(machine, pe, fault, false, instructionOf(kind === 'write', size));
    return;
  }
  const [address, context] = to.value;
  if (kind === 'write') {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, readX(pe, 0), true);
    writeBytes(machine.memory, context, address, bytes.subarray(0, size));
  } else if (kind === 'read') {
    const bytes = new Uint8Array(8);
    bytes.set(readBytes(machine.memory, context, address, size));
    writeX(pe, 0, new DataView(bytes.buffer).getBigUint64(0, true));
  }
  writePc(pe, BigInt.asUintN(64, readPc(pe) + 4n));
  finish(scope, scope.thread.guestFrom ?? 0n);
}

/** The Realm goes on: what has become of its action? */
function finish(scope: Scope, from: bigint): void {
  const { pe, op } = scope;
  const action = op.action as Exclude<GuestAction, { readonly until: unknown }>;
  const exits = 'exits' in action && action.exits === true;
  const fails = 'fails' in action && !('call' in action) ? action.fails : undefined;
  const fault = faultGiven(pe, from);
  if (exits) {
    done(scope, { expected: 'exit to the Host', actual: fault ?? 'the Realm goes on' });
    return;
  }
  if (fault !== undefined) returnFromHandler(pe);
  if (fails !== undefined || fault !== undefined) {
    const expected = fails ?? 'no exception';
    done(scope, fault === fails ? undefined : { expected, actual: fault ?? 'no exception' }, fault);
    return;
  }
  if ('call' in action) finishCall(scope, action);
  else if ('smc' in action) {
    const values = (action.returns ?? []).map((value) => resolve(scope, value));
    done(scope, firstDifference(values.map((value, n) => differs(`X${n}`, value, readX(pe, n)))));
  } else if ('load' in action) done(scope, judgeLoad(scope, action), showValue(readX(pe, 0)));
  else done(scope, undefined);
}

const firstDifference = (findings: readonly Finding[]): Finding => findings.find((each) => each !== undefined);

function finishCall(scope: Scope, action: GuestCall): void {
  const { machine, pe, seat, op } = scope;
  const x = Array.from({ length: 10 }, (_, register) => readX(pe, register));
  const answer = answerOf(machine, pe.index, action.call, x);
  for (const [output, name] of Object.entries(action.keep ?? {})) {
    seat.progress.names[name] = outputOf(answer, output);
  }
  done(scope, judge(seat.progress, action, answer, op.path), showAnswer(answer));
}

function judgeLoad(scope: Scope, { is, not }: GuestAccess): Finding {
  const got = readX(scope.pe, 0);
  if (is !== undefined && resolve(scope, is) !== got) return differs('value', resolve(scope, is), got);
  if (not !== undefined && resolve(scope, not) === got) {
    return { expected: `anything but ${showValue(got)}`, actual: showValue(got) };
  }
  return undefined;
}

const VECTOR_SPX = 0x200n;
const EC_UNKNOWN = 0n;

/** The exception that the Realm was given, by name; undefined when it was given none. */
function faultGiven(pe: Pe, from: bigint): string | undefined {
  const vector = BigInt.asUintN(64, readSysreg(pe, 'VBAR_EL1') + VECTOR_SPX);
  if (readPc(pe) !== vector || readSysreg(pe, 'ELR_EL1') !== from) return undefined;
  const esr = readSysreg(pe, 'ESR_EL1');
  if (esr >> 26n === EC_UNKNOWN) return 'UNDEFINED';
  const status = Number(esr & 0x3fn);
  if (status === 0x10 || (status >= 0x13 && status <= 0x17)) return 'SEA';
  if (status === 0x28) return 'GPF';
  if (status === 0x21) return 'ALIGNMENT';
  return ['ADDRESS_SIZE', 'TRANSLATION', 'ACCESS_FLAG', 'PERMISSION'][status >> 2] ?? `FSC ${status.toString(16)}`;
}

/** The handler skips the instruction. */
function returnFromHandler(pe: Pe): void {
  writePstate(pe, Number(readSysreg(pe, 'SPSR_EL1') & 0xffff_ffffn));
  writePc(pe, BigInt.asUintN(64, readSysreg(pe, 'ELR_EL1') + 4n));
}

/** The REC has left to the Host. What was begun was to do that, or it failed. False: the list ends here. */
export function guestLeft(pe: Pe, seat: ActionSeat, thread: ThreadProgress): boolean {
  const ops = seat.program.guests[thread.guest ?? ''] ?? [];
  const op = ops[thread.guestPc];
  const begun = thread.guestFrom !== null;
  thread.guestFrom = null;
  thread.guest = null;
  if (op === undefined) return true;
  const exits = begun && 'exits' in op.action && op.action.exits === true;
  const last = thread.guestPc === ops.length - 1;
  const found = exits && last ? undefined : { expected: 'the Realm goes on', actual: 'the REC has left to the Host' };
  thread.guestPc++;
  return record(seat, pe.index, op, describe(op.action), found, 'exit to the Host');
}

function compareRegisters(scope: Scope, values: Values): Finding {
  return firstDifference(
    Object.entries(values).map(([name, value]) => differs(name, resolve(scope, value), readNamed(scope, name))),
  );
}

const GENERAL = /^x(\d+)$/;

function readNamed({ machine, pe, op }: Scope, name: string): bigint {
  if (name === 'pc') return readPc(pe);
  const general = GENERAL.exec(name);
  if (general !== null) return readX(pe, Number(general[1]));
  const row = findSysreg(name);
  if (row === undefined) throw actionKey(op.path, name, ['pc', 'x0 to x30', 'names of system registers']);
  return readRegister(machine, pe, row);
}

function writeNamed({ machine, pe, op }: Scope, name: string, value: bigint): void {
  const general = GENERAL.exec(name);
  if (name === 'pc') writePc(pe, value);
  else if (general !== null) writeX(pe, Number(general[1]), value);
  else {
    const row = findSysreg(name);
    if (row === undefined) throw actionKey(op.path, name, ['pc', 'x0 to x30', 'names of system registers']);
    writeRegister(machine, pe, row, value);
  }
}

/** One line of text. */
function describe(action: GuestAction): string {
  const values = (list: Values | undefined): string =>
    Object.entries(list ?? {})
      .map(([name, value]) => `${name} = ${value}`)
      .join(', ');
  if ('call' in action) return `${action.call}(${values(action.with)})`;
  if ('smc' in action) return `SMC(${[action.smc, ...(action.x ?? [])].join(', ')})`;
  if ('set' in action) return `set ${values(action.set)}`;
  if ('see' in action) return `see ${values(action.see)}`;
  if ('takes' in action) return `takes ${action.takes}`;
  if ('until' in action) return 'wait';
  if (action.load !== undefined) return `load ${action.load}`;
  return action.store !== undefined ? `store ${action.store}` : `fetch ${action.fetch}`;
}
