/** The abort or granule protection exception that was taken most recently, found in the event stream. */
import { pa } from '../../address';
import { type EventRecord, eventFields, readEvent, spilledEvents } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { Pas } from '../../memory/pas';
import { granuleStateName } from '../../rmm/inspect';
import { explainAccess } from './explain';
import type { ExplainedAccess, Explanation, Viewpoint } from './types';
import { elName } from './viewpoint';

/** A fault as it was taken. */
export interface TakenFault {
  /** Machine position and virtual time in ticks. */
  readonly position: number;
  readonly ticks: number;
  readonly pe: number;
  /** Address of the instruction. */
  readonly pc: bigint;
  readonly far: bigint;
  readonly esr: bigint;
  /** HPFAR_EL2; 0 unless stage 2 refused. */
  readonly hpfar: bigint;
  readonly access: ExplainedAccess;
  /** `R-EL1`, and who took it: `R-EL2`. */
  readonly from: string;
  readonly to: string;
  readonly viewpoint: Viewpoint;
}

/** EC of Instruction and Data Aborts from a lower and the same EL; a granule protection check exception. */
const ABORTS: Readonly<Record<number, 'fetch' | 'data' | 'granule'>> = {
  32: 'fetch',
  33: 'fetch',
  36: 'data',
  37: 'data',
  30: 'granule',
};
const WNR = 1n << 6n;
const INSTRUCTION = 1n << 20n;

function accessOf(esr: bigint): ExplainedAccess | undefined {
  const kind = ABORTS[Number((esr >> 26n) & 0x3fn)];
  if (kind === undefined) return undefined;
  if (kind === 'fetch' || (kind === 'granule' && (esr & INSTRUCTION) !== 0n)) return 'execute';
  return (esr & WNR) === 0n ? 'read' : 'write';
}

/** Whether a record tells of an abort or a granule protection exception that was taken. */
export const isFault = (record: EventRecord): boolean =>
  record.name === 'exception' && accessOf(eventFields(record)['esr'] ?? 0n) !== undefined;

/** The REC that ran on the PE when this record was made. */
function recAt(machine: Machine, record: EventRecord): Viewpoint | undefined {
  for (let index = record.index - 1; index >= spilledEvents(machine.events); index--) {
    const earlier = readEvent(machine.events, index);
    if (earlier?.name !== 'rec' || earlier.pe !== record.pe) continue;
    const rec = pa(Number(eventFields(earlier)['rec'] ?? 0n));
    const el = Number(eventFields(record)['fromEl'] ?? 1n) === 0 ? 0 : 1;
    return granuleStateName(machine, rec) === 'REC' ? { kind: 'rec', rec, el } : undefined;
  }
  return undefined;
}

function takenFault(machine: Machine, record: EventRecord): TakenFault | undefined {
  const fields = eventFields(record);
  const esr = fields['esr'] ?? 0n;
  const access = accessOf(esr);
  if (access === undefined) return undefined;
  const security = Number(fields['world']) as Pas;
  const fromEl = Number(fields['fromEl']);
  const toEl = Number(fields['toEl']);
  const own = security === Pas.Realm && fromEl < 2 ? recAt(machine, record) : undefined;
  return {
    position: record.position,
    ticks: record.ticks,
    pe: record.pe,
    pc: fields['elr'] ?? 0n,
    far: fields['far'] ?? 0n,
    esr,
    hpfar: fields['hpfar'] ?? 0n,
    access,
    from: elName(security, fromEl),
    to: elName(toEl === 3 ? Pas.Root : security, toEl),
    viewpoint: own ?? { kind: 'world', pe: record.pe, security, el: fromEl },
  };
}

const sameAccess = (a: EventRecord, b: EventRecord): boolean => {
  const [first, second] = [eventFields(a), eventFields(b)];
  return a.pe === b.pe && first['far'] === second['far'] && first['elr'] === second['elr'];
};

/** An abort the RMM injects into a Realm comes after the one it took itself, which says more: that one counts. */
function original(machine: Machine, record: EventRecord): EventRecord {
  if (Number(eventFields(record)['world']) !== Pas.Realm || Number(eventFields(record)['toEl']) !== 1) return record;
  const earlier = previousFault(machine, record.index, record.pe);
  if (earlier === undefined || !sameAccess(earlier, record)) return record;
  return Number(eventFields(earlier)['toEl']) === 2 ? earlier : record;
}

/** The last abort before a record of this number. */
function previousFault(machine: Machine, before: number, pe: number | undefined): EventRecord | undefined {
  const { events } = machine;
  for (let index = before - 1; index >= spilledEvents(events); index--) {
    const record = readEvent(events, index);
    if (record !== undefined && (pe === undefined || record.pe === pe) && isFault(record)) return record;
  }
  return undefined;
}

/** The last fault anybody took, or the last of one PE; undefined where the event ring holds none. */
export function lastFault(machine: Machine, pe?: number): TakenFault | undefined {
  const record = previousFault(machine, machine.events.count, pe);
  return record === undefined ? undefined : takenFault(machine, original(machine, record));
}

/** The access that ended in this fault, as it would go now: what it met may have been changed since. */
export const explainFaultTaken = (machine: Machine, { viewpoint, far, access }: TakenFault): Explanation =>
  explainAccess(machine, { viewpoint, space: 'va', address: far, access });
