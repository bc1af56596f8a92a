/**
 * Notices a guest that can do nothing but fault: one whose exception handler itself faults, for ever. Looks at the event
 * stream and a register only, so it changes nothing in the machine; it asks the run loop to stop and says why.
 */
import { readSysreg } from '../cpu/pe';
import { formatAddress } from '../format';
import { type EventRecord, subscribe } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { requestStop } from '../machine/stop';

/** Same exception from the same place, with no command between: so often inside the vector table, so often elsewhere. */
const STORM_IN_VECTORS = 64;
const STORM = 10_000;
const VECTOR_TABLE_SIZE = 0x800n;

export interface RunawayWatch {
  /** What was found, in words; undefined while all is well. */
  found(): string | undefined;
  end(): void;
}

/** Exception classes that mean a fault: ESR_ELx.EC. Aborts of a Realm's EL1 reach EL2 first, as from a lower EL. */
const FAULTS: Readonly<Record<number, string>> = {
  0: 'an undefined instruction',
  7: 'use of FP or AdvSIMD, which this PE does not allow',
  14: 'an illegal execution state',
  32: 'an instruction abort',
  33: 'an instruction abort',
  34: 'a misaligned PC',
  36: 'a data abort',
  37: 'a data abort',
  38: 'a misaligned SP',
};
const ABORTS: readonly number[] = [0x20, 0x21, 0x24, 0x25];

/** `exception` words: fromEl, toEl, esr, far, elr, hpfar, world, kind. */
const FROM_EL = 0;
const TO_EL = 1;
const ESR = 2;
const FAR = 3;
const ELR = 4;
const KIND = 7;

const word = (record: EventRecord, index: number): bigint => record.words[index] ?? 0n;
const classOf = (record: EventRecord): number => Number((word(record, ESR) >> 26n) & 0x3fn);

/** An exception in words: what happened, at which PC, at which address. */
export function explainException(record: EventRecord): string {
  const ec = classOf(record);
  const what = FAULTS[ec] ?? `an exception of class 0x${ec.toString(16)}`;
  const address = ABORTS.includes(ec) ? `, address ${formatAddress(word(record, FAR))}` : '';
  return `${what} at PC ${formatAddress(word(record, ELR))}${address}, ESR ${formatAddress(word(record, ESR))}`;
}

function isInVectors(machine: Machine, record: EventRecord): boolean {
  const pe = machine.pes[record.pe];
  if (pe === undefined) return false;
  const base = readSysreg(pe, word(record, TO_EL) === 2n ? 'VBAR_EL2' : 'VBAR_EL1');
  return word(record, ELR) >= base && word(record, ELR) < base + VECTOR_TABLE_SIZE;
}

const isSame = (a: EventRecord, b: EventRecord): boolean =>
  a.pe === b.pe && word(a, ELR) === word(b, ELR) && word(a, ESR) === word(b, ESR) && word(a, FAR) === word(b, FAR);

/** Watches a machine until `end` is called. */
export function watchRunaway(machine: Machine): RunawayWatch {
  let count = 0;
  /** The exception before the ones that repeat. */
  let origin: EventRecord | undefined;
  let last: EventRecord | undefined;
  let found: string | undefined;
  const forget = (): void => {
    count = 0;
    origin = undefined;
    last = undefined;
  };
  const onException = (record: EventRecord): void => {
    // An abort at stage 2: what the RMM makes of it, if it is the guest's, is an exception of its own.
    const fromEl = word(record, FROM_EL);
    if (fromEl < 2n && word(record, TO_EL) === 2n && ABORTS.includes(classOf(record))) return;
    if (fromEl > 2n || word(record, KIND) !== 0n || FAULTS[classOf(record)] === undefined) {
      forget();
      return;
    }
    if (last !== undefined && isSame(last, record)) count++;
    else {
      origin = last;
      count = 1;
    }
    last = record;
    if (found !== undefined || count < STORM_IN_VECTORS) return;
    if (count < STORM && !isInVectors(machine, record)) return;
    const began = origin === undefined ? '' : ` It began with ${explainException(origin)}.`;
    found = `The ${fromEl === 2n ? 'Host' : 'guest'} runs wild: its exception handler itself faults, for ever (${explainException(record)}).${began}`;
    requestStop(machine, { kind: 'error', text: found });
  };
  const listener = (record: EventRecord): void => (record.name === 'exception' ? onException(record) : forget());
  const end = subscribe(machine.events, listener, ['exception', 'commandBegin']);
  return { found: () => found, end };
}
