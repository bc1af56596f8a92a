/** Serving REC exits: what the Host does between two RMI_REC_ENTERs (RMM 1.0, REC exit). */
import { formatAddress } from '../format';
import { print } from './console';
import { type Abort, abortOf, explainAbort, explainUnexpected, isWaitExit, sgiOf } from './explain';
import { serveHostCall } from './host-call';
import { keepInterrupts, sendSgi } from './interrupts';
import { BLOCK, PAGE } from './layout';
import { memoryDone, provide, tableCalls } from './on-demand';
import { servePsci } from './psci';
import {
  clearEntry,
  ENTER,
  listRegistersOf,
  type RecExit,
  RMI_ERROR_RTT,
  readExit,
  statusOf,
  statusText,
  writeEntry,
} from './rmi';
import type { ServiceCall } from './saved';
import { serveInterrupt, waitForInterrupt, yieldTurn } from './scheduler';
import { endRealm, fault, type ServiceScope } from './scope';
import { hasPage, tableAt } from './tables';
import { isUart, readUart, uartBase, writeUart } from './uart';

const RIPAS_RAM = 1;

/** The answer to RMI_REC_ENTER: an exit to serve, or a failure. */
export function serveEntry(scope: ServiceScope, results: readonly bigint[]): void {
  const { machine, layout, own } = scope;
  const x0 = results[0] ?? 0n;
  const rec = layout.recs[own.turn];
  if (rec === undefined) return;
  if (x0 !== 0n) {
    const text = `RMI_REC_ENTER of REC ${own.turn} (${formatAddress(rec.pa)}) answered ${statusText(x0)}.`;
    endRealm(own, { kind: 'refused', code: -1, text });
    return;
  }
  const exit = readExit(machine, rec.run, listRegistersOf(scope.progress.features));
  clearEntry(machine, rec.run);
  const state = own.states[own.turn];
  if (state !== undefined) keepInterrupts(state, exit);
  serveExit(scope, rec.run, exit);
}

function serveExit(scope: ServiceScope, run: number, exit: RecExit): void {
  switch (exit.reason) {
    case 'SYNC':
      serveSync(scope, run, exit);
      break;
    case 'IRQ':
    case 'FIQ':
      serveInterrupt(scope.machine, scope.pe);
      break;
    case 'PSCI':
      servePsci(scope, exit);
      break;
    case 'RIPAS_CHANGE':
      serveRipasChange(scope, run, exit);
      break;
    case 'HOST_CALL':
      answerHostCall(scope, run, exit);
      break;
    default:
      fault(scope.own, explainUnexpected(exit));
      break;
  }
}

function answerHostCall(scope: ServiceScope, run: number, exit: RecExit): void {
  const { machine, pe, layout, own, host } = scope;
  const challenge = host.layout?.challenge ?? new Uint8Array(64);
  const answer = serveHostCall({ machine, pe: pe.index, layout, own, challenge }, exit);
  if (answer.kind === 'enter') writeEntry(machine, run, 0, answer.gprs);
  else if (answer.kind === 'fault') fault(own, answer.text);
  else endRealm(own, { kind: 'exit', code: answer.code, text: `The guest exited with code ${answer.code}.` });
}

function serveSync(scope: ServiceScope, run: number, exit: RecExit): void {
  const { progress, layout, own } = scope;
  const state = own.states[own.turn];
  if (isWaitExit(exit) && state !== undefined) {
    waitForInterrupt(progress, state);
    return;
  }
  const sgi = sgiOf(exit);
  if (sgi !== undefined) {
    sendSgi(own, own.turn, sgi);
    return;
  }
  const abort = abortOf(exit);
  if (abort === undefined) {
    fault(own, explainUnexpected(exit));
    return;
  }
  if (abort.ipa >= 2 ** (layout.ipaWidth - 1)) {
    serveUnprotected(scope, run, exit, abort);
    return;
  }
  const page = abort.ipa - (abort.ipa % PAGE);
  const inRam = page >= layout.ramBase && page < layout.ramTop;
  if (!inRam || hasPage(own, page)) fault(own, explainAbort(layout, abort, exit));
  else provide(scope, page);
}

/** The Unprotected half has one device, the PL011. */
function serveUnprotected(scope: ServiceScope, run: number, exit: RecExit, abort: Abort): void {
  const { machine, pe, layout, own } = scope;
  if (abort.emulatable && isUart(layout, abort.ipa)) {
    const offset = abort.ipa - uartBase(layout);
    const value = Number((exit.gprs[0] ?? 0n) & 0xffff_ffffn);
    if (abort.write) writeUart(offset, value, own, (byte) => print(machine, pe.index, layout, own, byte));
    writeEntry(machine, run, ENTER.emulMmio, [abort.write ? 0n : BigInt(readUart(own, offset))]);
  } else if (abort.kind === 'data' && layout.behaviour.includes('inject-sea')) {
    writeEntry(machine, run, ENTER.injectSea);
  } else fault(own, explainAbort(layout, abort, exit));
}

/** RIPAS may be changed where the Realm has RAM; a request for RAM elsewhere is rejected. */
function serveRipasChange(scope: ServiceScope, run: number, exit: RecExit): void {
  const { machine, progress, layout, own, realm } = scope;
  const { ripasBase: base, ripasTop: top } = exit;
  const inRam = base >= layout.ramBase && top <= layout.ramTop;
  if (!inRam || (exit.ripasValue === RIPAS_RAM && layout.behaviour.includes('ripas-reject'))) {
    writeEntry(machine, run, ENTER.ripasReject);
    return;
  }
  const rec = layout.recs[own.turn]?.pa ?? 0;
  const end = layout.behaviour.includes('ripas-in-steps') ? Math.min(top, base + PAGE) : top;
  const text = `change RIPAS from ${formatAddress(base)} to ${formatAddress(end)}`;
  progress.service.push({ name: 'RMI_RTT_SET_RIPAS', args: [layout.rd, rec, base, end], effect: 'ripas', realm, text });
}

/** The answer to a service call. */
export function serviceDone(scope: ServiceScope, call: ServiceCall, results: readonly bigint[]): void {
  const { progress, own } = scope;
  const x0 = results[0] ?? 0n;
  if (call.effect === 'ripas') {
    ripasDone(scope, call, results);
    return;
  }
  if (x0 !== 0n) {
    progress.service = [];
    const args = call.args.map(formatAddress).join(', ');
    endRealm(own, { kind: 'refused', code: -1, text: `${call.name}(${args}) answered ${statusText(x0)}.` });
    return;
  }
  if (call.effect === 'psci') yieldTurn(progress);
  else memoryDone(scope, call);
}

/** RMI_RTT_SET_RIPAS stops early at a table border, and needs a deeper table where the range is not aligned. */
function ripasDone(scope: ServiceScope, call: ServiceCall, results: readonly bigint[]): void {
  const { progress, own } = scope;
  const [rd = 0, rec = 0, base = 0, top = 0] = call.args;
  const { status, index } = statusOf(results[0] ?? 0n);
  if (status === 0) {
    const reached = Number(results[1] ?? 0n);
    if (reached > base && reached < top) progress.service.unshift({ ...call, args: [rd, rec, reached, top] });
    return;
  }
  const block = base - (base % BLOCK);
  const known = tableAt(own, block, 3) !== undefined;
  if (status === RMI_ERROR_RTT && index < 3 && !known) progress.service.unshift(...tableCalls(scope, block), call);
  // Anything else leaves the change partial: the Realm sees how far it came and may ask again.
}
