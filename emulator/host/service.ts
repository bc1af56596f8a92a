/** Serving REC exits: what the Host does between two RMI_REC_ENTERs (RMM 1.0, REC exit). */
import type { Pe } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import { abortOf, explainAbort, explainUnexpected, isWaitExit } from './explain';
import { formatAddress } from './format';
import { serveHostCall } from './host-call';
import { BLOCK, PAGE, type RealmLayout } from './layout';
import {
  clearEntry,
  ENTER,
  mpidrOfRec,
  type RecExit,
  RMI_ERROR_RTT,
  readExit,
  statusOf,
  statusText,
  writeEntry,
} from './rmi';
import type { HostOutcome, HostProgress, HostRealmProgress, ServiceCall } from './saved';
import type { HostState } from './state';
import { isUart, readUart, uartBase, writeUart } from './uart';

export interface ServiceScope {
  readonly machine: Machine;
  readonly pe: Pe;
  readonly host: HostState;
  readonly progress: HostProgress;
  readonly realm: number;
  readonly layout: RealmLayout;
  readonly own: HostRealmProgress;
}

/** The Realm's run is over; the plan goes on with its teardown. The first outcome stays. */
export function endRealm(own: HostRealmProgress, outcome: HostOutcome): void {
  own.ended = true;
  own.outcome ??= outcome;
}

const fault = (own: HostRealmProgress, text: string): void => endRealm(own, { kind: 'fault', code: -1, text });

export function scopeOf(machine: Machine, pe: Pe, realm: number): ServiceScope {
  const { host } = machine;
  const layout = host.layout?.realms[realm];
  const own = host.progress.realms[realm];
  if (layout === undefined || own === undefined) throw new RangeError(`the Host has no Realm ${realm}`);
  return { machine, pe, host, progress: host.progress, realm, layout, own };
}

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
  const exit = readExit(machine, rec.run);
  clearEntry(machine, rec.run);
  serveExit(scope, rec.run, exit);
}

function serveExit(scope: ServiceScope, run: number, exit: RecExit): void {
  switch (exit.reason) {
    case 'SYNC':
      serveSync(scope, run, exit);
      break;
    case 'IRQ':
    case 'FIQ':
      nextRec(scope.own);
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
  const { machine, pe, layout, own } = scope;
  if (isWaitExit(exit)) {
    nextRec(own);
    return;
  }
  const abort = abortOf(exit);
  if (abort === undefined) {
    fault(own, explainUnexpected(exit));
    return;
  }
  if (abort.ipa >= 2 ** (layout.ipaWidth - 1)) {
    if (!abort.emulatable || !isUart(layout, abort.ipa)) {
      fault(own, explainAbort(layout, abort, exit));
      return;
    }
    const offset = abort.ipa - uartBase(layout);
    if (abort.write) writeUart(machine, pe.index, own, offset, Number((exit.gprs[0] ?? 0n) & 0xffff_ffffn));
    const value = abort.write ? 0n : BigInt(readUart(own, offset));
    writeEntry(machine, run, ENTER.emulMmio, [value]);
    return;
  }
  const page = abort.ipa - (abort.ipa % PAGE);
  const inRam = page >= layout.ramBase && page < layout.ramTop;
  if (!inRam || own.pages.some(({ ipa }) => ipa === page)) {
    fault(own, explainAbort(layout, abort, exit));
    return;
  }
  provide(scope, page);
}

/** Memory on demand: a granule for the page, and a level 3 table for it where there is none. */
function provide(scope: ServiceScope, page: number): void {
  const { progress, layout, own, realm } = scope;
  const block = page - (page % BLOCK);
  if (!own.tables.some(({ level, ipa }) => level === 3 && ipa === block)) addTable(scope, block, 3);
  const granule = takeGranule(progress);
  const text = `give the Realm a page at ${formatAddress(page)}`;
  progress.service.push(
    { name: 'RMI_GRANULE_DELEGATE', args: [granule], effect: 'delegated', realm, text },
    { name: 'RMI_DATA_CREATE_UNKNOWN', args: [layout.rd, granule, page], effect: 'page', realm, text },
  );
}

function takeGranule(progress: HostProgress): number {
  const granule = progress.demand;
  progress.demand += PAGE;
  return granule;
}

function addTable(scope: ServiceScope, ipa: number, level: number, first = false): void {
  const { progress, layout, realm } = scope;
  const granule = takeGranule(progress);
  const text = `create level ${level} RTT for ${formatAddress(ipa)}`;
  const calls: ServiceCall[] = [
    { name: 'RMI_GRANULE_DELEGATE', args: [granule], effect: 'delegated', realm, text },
    { name: 'RMI_RTT_CREATE', args: [layout.rd, granule, ipa, level], effect: 'table', realm, text },
  ];
  if (first) progress.service.unshift(...calls);
  else progress.service.push(...calls);
}

/** RIPAS may be changed where the Realm has RAM; a request for RAM elsewhere is rejected. */
function serveRipasChange(scope: ServiceScope, run: number, exit: RecExit): void {
  const { machine, progress, layout, own, realm } = scope;
  const { ripasBase: base, ripasTop: top } = exit;
  if (base < layout.ramBase || top > layout.ramTop) {
    writeEntry(machine, run, ENTER.ripasReject);
    return;
  }
  const rec = layout.recs[own.turn]?.pa ?? 0;
  const text = `change RIPAS from ${formatAddress(base)} to ${formatAddress(top)}`;
  progress.service.push({ name: 'RMI_RTT_SET_RIPAS', args: [layout.rd, rec, base, top], effect: 'ripas', realm, text });
}

/** X0 of the exit: the PSCI function. */
const PSCI_CPU_SUSPEND = 0xc400_0001n;
const PSCI_CPU_SUSPEND_32 = 0x8400_0001n;
const PSCI_CPU_OFF = 0x8400_0002n;
const PSCI_CPU_ON = 0xc400_0003n;
const PSCI_CPU_ON_32 = 0x8400_0003n;
const PSCI_AFFINITY_INFO = 0xc400_0004n;
const PSCI_AFFINITY_INFO_32 = 0x8400_0004n;
const PSCI_SYSTEM_OFF = 0x8400_0008n;
const PSCI_SYSTEM_RESET = 0x8400_0009n;

function servePsci(scope: ServiceScope, exit: RecExit): void {
  const { own } = scope;
  const fid = exit.gprs[0] ?? 0n;
  switch (fid) {
    case PSCI_CPU_SUSPEND:
    case PSCI_CPU_SUSPEND_32:
      nextRec(own);
      break;
    case PSCI_CPU_OFF:
      own.on[own.turn] = false;
      if (own.on.some(Boolean)) nextRec(own);
      else endRealm(own, { kind: 'off', code: 0, text: 'The guest turned its last REC off (PSCI_CPU_OFF).' });
      break;
    case PSCI_CPU_ON:
    case PSCI_CPU_ON_32:
    case PSCI_AFFINITY_INFO:
    case PSCI_AFFINITY_INFO_32:
      completePsci(scope, exit, fid === PSCI_CPU_ON || fid === PSCI_CPU_ON_32);
      break;
    case PSCI_SYSTEM_OFF:
      endRealm(own, { kind: 'off', code: 0, text: 'The guest turned its Realm off (PSCI_SYSTEM_OFF).' });
      break;
    case PSCI_SYSTEM_RESET:
      endRealm(own, {
        kind: 'off',
        code: 0,
        text: 'The guest asked for a reset (PSCI_SYSTEM_RESET); a Realm cannot be reset, so it ends here.',
      });
      break;
    default:
      fault(own, `The guest made PSCI call ${formatAddress(fid)}, which RMM 1.0 does not pass on.`);
      break;
  }
}

/** MPIDR_EL1 form: Aff0 to Aff2 in bits 23:0. */
const recOfMpidr = (layout: RealmLayout, mpidr: bigint): number =>
  layout.recs.findIndex((_, index) => BigInt(mpidrOfRec(index)) === (mpidr & 0xff_ffffn));

function completePsci(scope: ServiceScope, exit: RecExit, turnOn: boolean): void {
  const { progress, layout, own, realm } = scope;
  const target = recOfMpidr(layout, exit.gprs[1] ?? 0n);
  const rec = layout.recs[target];
  if (rec === undefined) {
    fault(own, `The guest's PSCI call names MPIDR ${formatAddress(exit.gprs[1] ?? 0n)}, which is no REC.`);
    return;
  }
  const caller = layout.recs[own.turn]?.pa ?? 0;
  const text = `complete PSCI call about REC ${target}`;
  progress.service.push({ name: 'RMI_PSCI_COMPLETE', args: [caller, rec.pa, 0], effect: 'psci', realm, text });
  if (turnOn) own.on[target] = true;
}

/** The next REC that is on, after the one that just left. */
function nextRec(own: HostRealmProgress): void {
  for (let step = 1; step <= own.on.length; step++) {
    const candidate = (own.turn + step) % own.on.length;
    if (own.on[candidate] === true) {
      own.turn = candidate;
      return;
    }
  }
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
  const [first = 0, second = 0, third = 0, fourth = 0] = call.args;
  if (call.effect === 'delegated') own.delegated.push(first);
  else if (call.effect === 'table') own.tables.push({ pa: second, ipa: third, level: fourth });
  else if (call.effect === 'page') own.pages.push({ pa: second, ipa: third });
  else nextRec(own);
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
  const known = own.tables.some(({ level, ipa }) => level === 3 && ipa === block);
  if (status === RMI_ERROR_RTT && index < 3 && !known) {
    progress.service.unshift(call);
    addTable(scope, block, 3, true);
  }
  // Anything else leaves the change partial: the Realm sees how far it came and may ask again.
}
