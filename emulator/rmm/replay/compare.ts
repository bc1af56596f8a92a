/** What came back against what was recorded. Every function adds what differs to `found`. */
import { toHex } from '../../../attestation/bytes';
import { pa } from '../../address';
import { type Pe, readPc, readSysreg, readX } from '../../cpu/pe';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { delegableAddress, delegableCount, delegableIndex } from '../../machine/platform';
import { peekBytes } from '../../memory/memory';
import { GRANULE_STATE_NAMES, GranuleState } from '../granules/state';
import { granuleOwner, granuleState } from '../granules/tracking';
import { rmmRegions } from '../layout';
import { HOST_CONTEXT, RMM_CONTEXT } from '../memory';
import { readMeasurement } from '../realm/measure';
import { realmSpace } from '../realm/rd';
import { RMI_REC_EXIT, type StructureField } from '../structures/structures';
import { type CallLine, type GranulesLine, type PageLine, pageBytes, type RealmStay } from './trace';

export interface Mismatch {
  /** What was compared, e.g. `X1`, `RIM`, `realm[0].pc`, `exit.esr`. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

const text = (value: bigint): string => `0x${value.toString(16)}`;

function compare(found: Mismatch[], what: string, expected: bigint, actual: bigint): void {
  if (expected !== actual) found.push({ what, expected: text(expected), actual: text(actual) });
}

const STATUS = 0xffn;
const ERROR_INPUT = 1n;
const ERROR_RTT = 4n;

/**
 * Registers beyond X0 that mean something, by command and status: the others are unspecified. X0 is compared whole: its
 * index is zero where it means nothing.
 */
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

/** Registers, measurement and REC exit of a call that has returned. `name` is that of the command's row. */
export function compareResults(
  machine: Machine,
  pe: Pe,
  line: CallLine,
  name: string | undefined,
  found: Mismatch[],
): void {
  const expected = BigInt(line.ret[0] ?? 0);
  const actual = readX(pe, 0);
  compare(found, 'X0', expected, actual);
  for (const register of outputsOf(name, expected & STATUS)) {
    compare(found, `X${register}`, BigInt(line.ret[register] ?? 0), readX(pe, register));
  }
  if (line.rim !== undefined && expected === 0n && actual === 0n) compareRim(machine, line, found);
  for (const page of line.out ?? []) compareExit(machine, Number(page.pa), pageBytes(page), found);
}

/** The commands that have a measurement after them name the Realm in X1. */
function compareRim(machine: Machine, line: CallLine, found: Mismatch[]): void {
  const rd = Number(line.x?.[0] ?? 0);
  const isRealm = granuleState(machine, rd) === GranuleState.Rd;
  const rim = isRealm ? toHex(readMeasurement(machine, pa(rd), 0)) : 'no Realm';
  if (rim !== line.rim?.toLowerCase()) found.push({ what: 'RIM', expected: line.rim ?? '', actual: rim });
}

const EXIT = 0x800;

/** Names of the words of RmiRecExit, by offset in the run page. */
const EXIT_NAMES = new Map<number, string>(
  (Object.values(RMI_REC_EXIT.fields) as StructureField[]).flatMap(({ name, offset, size, count }) =>
    Array.from({ length: count }, (_, index): [number, string] => [
      EXIT + offset + index * size,
      count === 1 ? `exit.${name}` : `exit.${name}[${index}]`,
    ]),
  ),
);

function compareExit(machine: Machine, address: number, wanted: Uint8Array, found: Mismatch[]): void {
  if (delegableIndex(machine.platform, address) < 0) {
    found.push({ what: 'run page', expected: hex(address), actual: 'not memory' });
    return;
  }
  const page = peekBytes(machine.memory, HOST_CONTEXT, pa(address), 4096);
  const actual = new DataView(page.buffer, page.byteOffset, 4096);
  const expected = new DataView(wanted.buffer);
  for (let offset = EXIT; offset < 4096; offset += 8) {
    const same =
      expected.getUint32(offset, true) === actual.getUint32(offset, true) &&
      expected.getUint32(offset + 4, true) === actual.getUint32(offset + 4, true);
    if (same) continue;
    const what = EXIT_NAMES.get(offset) ?? `run[0x${offset.toString(16)}]`;
    compare(found, what, expected.getBigUint64(offset, true), actual.getBigUint64(offset, true));
  }
}

const HCR_VSE = 1n << 8n;

/** What the Realm was given. */
export function compareEntry(pe: Pe, stay: RealmStay, index: number, found: Mismatch[]): void {
  compare(found, `realm[${index}].pc`, BigInt(stay.pc), readPc(pe));
  for (let register = 0; register < 31; register++) {
    compare(found, `realm[${index}].x${register}`, BigInt(stay.x?.[register] ?? 0), readX(pe, register));
  }
  const vse = (readSysreg(pe, 'HCR_EL2') & HCR_VSE) === 0n ? 0n : 1n;
  compare(found, `realm[${index}].vse`, BigInt(stay.vse ?? 0), vse);
}

const CHUNK = 4096;

/** The states of all granules: those that the line does not name are UNDELEGATED. */
export function compareGranules(machine: Machine, line: GranulesLine): Mismatch[] {
  const { platform, memory } = machine;
  const found: Mismatch[] = [];
  const differs = (address: number, expected: string, actual: string): void => {
    found.push({ what: `granule ${hex(address)}`, expected, actual });
  };
  const expected = new Map<number, number>();
  for (const [base, count, state] of line.granules) {
    const code = GRANULE_STATE_NAMES.indexOf(state as (typeof GRANULE_STATE_NAMES)[number]);
    for (let run = 0; run < Number(count); run++) {
      const address = Number(base) + run * 4096;
      const index = delegableIndex(platform, address);
      if (index >= 0) expected.set(index, code);
      else {
        differs(address, state, 'not tracked');
        break;
      }
    }
  }
  const total = delegableCount(platform);
  const { states } = rmmRegions(platform);
  for (let first = 0; first < total; first += CHUNK) {
    const actual = peekBytes(memory, RMM_CONTEXT, pa(states + first), Math.min(CHUNK, total - first));
    for (let at = 0; at < actual.length; at++) {
      const state = actual[at] as GranuleState;
      if (state === 0 && expected.size === 0) continue;
      const wanted = (expected.get(first + at) ?? 0) as GranuleState;
      if (state === wanted) continue;
      differs(delegableAddress(platform, first + at), GRANULE_STATE_NAMES[wanted], GRANULE_STATE_NAMES[state]);
    }
  }
  return found;
}

/** Context of the Realm a DATA granule belongs to; null when the granule is none. */
export const dataContext = (machine: Machine, page: number) =>
  granuleState(machine, page) === GranuleState.Data ? realmSpace(machine, granuleOwner(machine, page)).context : null;

/** That a line wants a DATA granule and finds something else. */
export function notData(machine: Machine, page: number): Mismatch {
  const state = granuleState(machine, page);
  const actual = state === -1 ? 'not tracked' : GRANULE_STATE_NAMES[state];
  return { what: `granule ${hex(page)}`, expected: 'DATA', actual };
}

/** Bytes of a Realm's DATA page. */
export function comparePage(machine: Machine, line: PageLine): Mismatch[] {
  const page = Number(line.page);
  const context = dataContext(machine, page);
  if (context === null) return [notData(machine, page)];
  return Object.entries(line.bytes).flatMap(([offset, wanted]) => {
    const actual = toHex(peekBytes(machine.memory, context, pa(page + Number(offset)), wanted.length / 2));
    return actual === wanted.toLowerCase() ? [] : [{ what: `page+${offset}`, expected: wanted, actual }];
  });
}
