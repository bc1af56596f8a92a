/**
 * Notices a guest that can do nothing but fault: one whose exception handler itself faults, for ever. Looks at the event
 * stream only, so it changes nothing in the machine; whoever runs the machine decides to stop.
 */
import { formatAddress } from '../host/format';
import { type EventRecord, subscribe } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { requestStop } from '../machine/stop';

/** Exceptions taken at EL1 from one and the same place, without a call or an exit between them. */
const STORM = 64;

export interface RunawayWatch {
  /** What was found, in words; undefined while all is well. */
  found(): string | undefined;
  end(): void;
}

const CLASSES: Readonly<Record<number, string>> = {
  0: 'an unknown or undefined instruction',
  7: 'use of FP or AdvSIMD, which this PE does not allow',
  14: 'an illegal execution state',
  32: 'an instruction abort from EL0',
  33: 'an instruction abort',
  34: 'a misaligned PC',
  36: 'a data abort from EL0',
  37: 'a data abort',
  38: 'a misaligned SP',
  47: 'an SError',
  60: 'a BRK instruction',
};

/** `exception` words: fromEl, toEl, esr, far, elr, hpfar, world. */
const TO_EL = 1;
const ESR = 2;
const FAR = 3;
const ELR = 4;

const word = (record: EventRecord, index: number): bigint => record.words[index] ?? 0n;

/** ESR_EL1 in a sentence: what happened, at which PC, at which address. */
export function explainException(esr: bigint, elr: bigint, far: bigint): string {
  const ec = Number((esr >> 26n) & 0x3fn);
  const what = CLASSES[ec] ?? `an exception of class 0x${ec.toString(16)}`;
  const address = ec >= 0x20 && ec <= 0x25 && ec !== 0x22 ? `, address ${formatAddress(far)}` : '';
  return `${what} at PC ${formatAddress(elr)}${address}, ESR_EL1 ${formatAddress(esr)}`;
}

/** Watches a machine; asks it to stop when a storm is seen. */
export function watchRunaway(machine: Machine): RunawayWatch {
  let count = 0;
  let first: EventRecord | undefined;
  let last: EventRecord | undefined;
  let found: string | undefined;
  const end = subscribe(
    machine.events,
    (record) => {
      if (record.name !== 'exception' || word(record, TO_EL) !== 1n) {
        if (record.name !== 'exception') count = 0;
        return;
      }
      const same = last !== undefined && word(last, ELR) === word(record, ELR) && word(last, ESR) === word(record, ESR);
      if (!same) first = count === 0 ? record : (last ?? record);
      count = same ? count + 1 : 1;
      last = record;
      if (count < STORM || found !== undefined) return;
      const loop = explainException(word(record, ESR), word(record, ELR), word(record, FAR));
      const origin = first === undefined || first === record ? '' : originText(first);
      found = `The guest runs wild: its exception handler itself faults, for ever (${loop}).${origin}`;
      requestStop(machine, { kind: 'error', text: found });
    },
    ['exception', 'commandBegin'],
  );
  return { found: () => found, end };
}

const originText = (record: EventRecord): string => {
  const text = explainException(word(record, ESR), word(record, ELR), word(record, FAR));
  return ` It began with ${text}. Set VBAR_EL1 to a vector table early in the guest.`;
};
