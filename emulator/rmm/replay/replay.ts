/**
 * Replays a recorded trace against the machine: every call goes the way a Host's SMC goes, the recorded Realm stands in
 * for the CPU, and what comes back is compared. Nothing here knows how the RMM works.
 */
import { toHex } from '../../../attestation/bytes';
import { pa } from '../../address';
import { executeSmc, takeException } from '../../cpu/exceptions/take';
import { currentEl, type Pe, readPc, readSysreg, readX, securityBelowEl3, writeX } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { delegableAddress, delegableCount } from '../../machine/platform';
import { peekBytes, readBytes, writeBytes, writeU64 } from '../../memory/memory';
import { Pas } from '../../memory/pas';
import { stepMonitor } from '../../monitor/monitor';
import { GRANULE_STATE_NAMES } from '../granules/state';
import { granuleOwner, granuleState } from '../granules/tracking';
import { HOST_CONTEXT } from '../memory';
import { readMeasurement } from '../realm/measure';
import { realmSpace } from '../realm/rd';
import { stepRmm } from '../rmm';
import { type CallLine, type GranulesLine, type PageLine, pageBytes, type RealmStay, type TraceLine } from './trace';

export interface Mismatch {
  /** What was compared, e.g. `X1`, `RIM`, `realm[0].pc`. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const HCR_VSE = 1n << 8n;
/** More micro-steps than any call takes: a call that does not end is a mismatch. */
const STEP_LIMIT = 100_000;

const ERROR_INPUT = 1n;
const ERROR_RTT = 4n;

/** Registers that mean something, by command and status (beyond X0). */
function outputsOf(name: string | undefined, status: bigint): readonly number[] {
  const success = status === 0n;
  switch (name) {
    case 'RMI_VERSION':
      return [1, 2];
    case 'RMI_FEATURES':
    case 'RMI_REC_AUX_COUNT':
    case 'RMI_RTT_INIT_RIPAS':
    case 'RMI_RTT_SET_RIPAS':
    case 'RMI_RTT_FOLD':
      return success ? [1] : [];
    case 'RMI_RTT_READ_ENTRY':
      return success ? [1, 2, 3, 4] : [];
    case 'RMI_DATA_DESTROY':
    case 'RMI_RTT_DESTROY':
      return success ? [1, 2] : status === ERROR_RTT || status === ERROR_INPUT ? [2] : [];
    case 'RMI_RTT_UNMAP_UNPROTECTED':
      return success || status === ERROR_RTT ? [1] : [];
    default:
      return [];
  }
}

const RIM_COMMANDS = new Set([
  'RMI_REALM_CREATE',
  'RMI_DATA_CREATE',
  'RMI_RTT_INIT_RIPAS',
  'RMI_REC_CREATE',
  'RMI_REALM_ACTIVATE',
]);

/** Performs one line of a trace on PE 0. Returns what differs. */
export function replayLine(machine: Machine, line: TraceLine): Mismatch[] {
  if ('fid' in line) return replayCall(machine, line);
  if ('granules' in line) return compareGranules(machine, line);
  if ('page' in line) return comparePage(machine, line);
  if ('realm_write' in line) {
    const page = pa(Number(line.realm_write));
    const { context } = realmSpace(machine, granuleOwner(machine, page));
    for (const [offset, word] of Object.entries(line.at)) {
      writeU64(machine.memory, context, pa(page + Number(offset)), BigInt(word));
    }
  }
  return [];
}

function replayCall(machine: Machine, line: CallLine): Mismatch[] {
  const pe = machine.pes[0] as Pe;
  const found: Mismatch[] = [];
  for (const page of line.mem ?? []) {
    writeBytes(machine.memory, HOST_CONTEXT, pa(Number(page.pa)), pageBytes(page));
  }
  writeX(pe, 0, BigInt(line.fid));
  for (let register = 1; register <= 17; register++) writeX(pe, register, BigInt(line.x[register - 1] ?? '0x0'));
  executeSmc(machine, pe, 0);
  const stays = line.realm ?? [];
  let stay = 0;
  for (let step = 0; step < STEP_LIMIT; step++) {
    if (pe.runner === 'monitor') {
      stepMonitor(machine, pe);
    } else if (pe.runner === 'rmm') {
      stepRmm(machine, pe);
    } else if (currentEl(pe) === 2 && securityBelowEl3(pe) === Pas.NonSecure) {
      break;
    } else {
      const next = stays[stay];
      if (next === undefined) {
        found.push({ what: `realm[${stay}]`, expected: 'no entry', actual: `entry at ${hex(readPc(pe))}` });
        return found;
      }
      performStay(machine, pe, next, stay, found);
      stay++;
    }
  }
  if (stay < stays.length) {
    found.push({ what: `realm[${stay}]`, expected: `entry at ${stays[stay]?.pc}`, actual: 'no entry' });
  }
  compareResults(machine, pe, line, found);
  return found;
}

function compare(found: Mismatch[], what: string, expected: bigint, actual: bigint): void {
  if (expected !== actual) found.push({ what, expected: hex(expected), actual: hex(actual) });
}

/** Compares what the Realm was given, then lets it take its exception. */
function performStay(machine: Machine, pe: Pe, stay: RealmStay, index: number, found: Mismatch[]): void {
  pe.runner = 'script';
  const pc = readPc(pe);
  compare(found, `realm[${index}].pc`, BigInt(stay.pc), pc);
  for (let register = 0; register < 31; register++) {
    compare(found, `realm[${index}].x${register}`, BigInt(stay.x[register] ?? '0x0'), readX(pe, register));
  }
  const vse = (readSysreg(pe, 'HCR_EL2') & HCR_VSE) === 0n ? 0n : 1n;
  compare(found, `realm[${index}].vse`, BigInt(stay.vse ?? 0), vse);
  const { exc, esr, far, hpfar, set } = stay.do;
  for (const [register, value] of Object.entries(set ?? {})) writeX(pe, Number(register.slice(1)), BigInt(value));
  takeException(machine, pe, {
    targetEl: 2,
    kind: exc,
    esr: BigInt(esr ?? '0x0'),
    far: BigInt(far ?? '0x0'),
    hpfar: BigInt(hpfar ?? '0x0'),
    returnAddress: pc,
  });
}

function compareResults(machine: Machine, pe: Pe, line: CallLine, found: Mismatch[]): void {
  const expected = BigInt(line.ret[0] ?? '0x0');
  compare(found, 'X0', expected, readX(pe, 0));
  for (const register of outputsOf(line.name, expected & 0xffn)) {
    compare(found, `X${register}`, BigInt(line.ret[register] ?? '0x0'), readX(pe, register));
  }
  if (line.rim !== undefined && expected === 0n && RIM_COMMANDS.has(line.name ?? '')) {
    const rim = toHex(readMeasurement(machine, pa(Number(line.x[0])), 0));
    if (rim !== line.rim) found.push({ what: 'RIM', expected: line.rim, actual: rim });
  }
  for (const page of line.out ?? []) {
    const actual = readBytes(machine.memory, HOST_CONTEXT, pa(Number(page.pa)), 4096);
    const wanted = pageBytes(page);
    const view = new DataView(actual.buffer);
    const wantedView = new DataView(wanted.buffer);
    for (let offset = 0x800; offset < 4096; offset += 8) {
      const what = `run[0x${offset.toString(16)}]`;
      compare(found, what, wantedView.getBigUint64(offset, true), view.getBigUint64(offset, true));
    }
  }
}

function compareGranules(machine: Machine, line: GranulesLine): Mismatch[] {
  const expected = new Map<number, string>();
  for (const [base, count, state] of line.granules) {
    for (let index = 0; index < Number(count); index++) expected.set(Number(base) + index * 4096, state);
  }
  const found: Mismatch[] = [];
  for (let index = 0; index < delegableCount(machine.platform); index++) {
    const address = delegableAddress(machine.platform, index);
    const wanted = expected.get(address) ?? 'UNDELEGATED';
    const state = granuleState(machine, address);
    const actual = state === -1 ? 'not tracked' : GRANULE_STATE_NAMES[state];
    if (wanted !== actual) found.push({ what: `granule 0x${address.toString(16)}`, expected: wanted, actual });
  }
  return found;
}

function comparePage(machine: Machine, line: PageLine): Mismatch[] {
  const page = pa(Number(line.page));
  const { context } = realmSpace(machine, granuleOwner(machine, page));
  return Object.entries(line.bytes).flatMap(([offset, wanted]) => {
    const actual = toHex(peekBytes(machine.memory, context, pa(page + Number(offset)), wanted.length / 2));
    return actual === wanted ? [] : [{ what: `page+${offset}`, expected: wanted, actual }];
  });
}
