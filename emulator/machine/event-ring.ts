/**
 * The event stream: a bounded ring of fixed-size records in typed arrays. Subscribers see every record when it is
 * emitted; the ring keeps the last `capacity` for those who ask later and counts what it had to forget. Text is made by
 * readers (`event-table.ts` names the words), never here.
 */

import type { Word } from '../cpu/word';
import { type Clock, syncClock } from './clock';
import { EVENTS, type EventName } from './event-table';
import type { Saved } from './saved';

export const EVENT_WORDS = 8;

/** Kinds in the order of the table: the number stored in a record. */
export const EVENT_NAMES = Object.keys(EVENTS) as readonly EventName[];
/** Words in use by kind. */
const WORD_COUNTS: readonly number[] = EVENT_NAMES.map((name) => EVENTS[name].words.length);
const KIND_OF = Object.fromEntries(EVENT_NAMES.map((name, index) => [name, index])) as Record<EventName, number>;

/** A record as a listener or reader sees it. `words` is a copy. */
export interface EventRecord {
  /** Number of the record since power on, machine-wide, from 0. */
  readonly index: number;
  readonly name: EventName;
  readonly pe: number;
  readonly position: number;
  readonly ticks: number;
  readonly words: readonly bigint[];
}

export type EventListener = (record: EventRecord) => void;

export interface Subscription {
  readonly names: ReadonlySet<EventName> | undefined;
  readonly listener: EventListener;
}

export interface EventRing {
  readonly capacity: number;
  /** Records emitted since power on. */
  count: number;
  /** Number of the oldest record this ring ever held: not 0 after a restore. */
  first: number;
  readonly kinds: Uint8Array;
  readonly pes: Uint8Array;
  readonly positions: Float64Array;
  readonly ticks: Float64Array;
  /** A word is a double, or 64 bits where the record's mask has its bit: a small value never becomes a bigint. */
  readonly numbers: Float64Array;
  readonly words: BigUint64Array;
  readonly halves: Uint32Array;
  /** By record: bit n says that word n is in `words`. */
  readonly masks: Uint8Array;
  readonly subscriptions: Subscription[];
  /** Number of subscriptions by kind, so that an event nobody listens to builds no record. */
  readonly listening: Uint16Array;
}

interface Emitter {
  readonly events: EventRing;
  readonly clock: Clock;
  readonly memory: { view(): DataView };
}

/** `capacity` records of 83 bytes each; the default keeps 5 MiB. */
export function createEventRing(capacity = 65_536): EventRing {
  const numbers = new Float64Array(capacity * EVENT_WORDS);
  return {
    capacity,
    count: 0,
    first: 0,
    kinds: new Uint8Array(capacity),
    pes: new Uint8Array(capacity),
    positions: new Float64Array(capacity),
    ticks: new Float64Array(capacity),
    numbers,
    words: new BigUint64Array(numbers.buffer),
    halves: new Uint32Array(numbers.buffer),
    masks: new Uint8Array(capacity),
    subscriptions: [],
    listening: new Uint16Array(EVENT_NAMES.length),
  };
}

/** Starts a record at the current position; returns its place in the ring. */
function beginRecord(machine: Emitter, kind: number, pe: number): number {
  const { events, clock } = machine;
  syncClock(machine);
  const at = events.count % events.capacity;
  events.kinds[at] = kind;
  events.pes[at] = pe;
  events.positions[at] = clock.position;
  events.ticks[at] = clock.ticks;
  events.count++;
  return at;
}

/** Stores a word; returns its bit of the mask. */
function putWord(events: EventRing, at: number, word: Word, bit: number): number {
  if (typeof word === 'number') {
    events.numbers[at] = word;
    return 0;
  }
  events.words[at] = word;
  return bit;
}

function tellListeners(events: EventRing, kind: number, name: EventName): void {
  if (events.listening[kind] === 0) return;
  const record = readEvent(events, events.count - 1);
  if (record === undefined) return;
  for (const { names, listener } of [...events.subscriptions]) {
    if (names === undefined || names.has(name)) listener(record);
  }
}

/** Appends a record at the current position and calls the listeners of its kind. Negative words wrap to 64 bits. */
export function emit(
  machine: Emitter,
  name: EventName,
  pe: number,
  w0: Word = 0,
  w1: Word = 0,
  w2: Word = 0,
  w3: Word = 0,
  w4: Word = 0,
  w5: Word = 0,
  w6: Word = 0,
  w7: Word = 0,
): void {
  const { events } = machine;
  const kind = KIND_OF[name];
  const at = beginRecord(machine, kind, pe);
  const base = at * EVENT_WORDS;
  const count = WORD_COUNTS[kind] as number;
  // Written out: a list of words would be made and thrown away for every record, and readers look at `count` of them.
  let mask = putWord(events, base, w0, 1) | putWord(events, base + 1, w1, 2);
  if (count > 2) mask |= putWord(events, base + 2, w2, 4) | putWord(events, base + 3, w3, 8);
  if (count > 4) {
    mask |= putWord(events, base + 4, w4, 16) | putWord(events, base + 5, w5, 32);
    mask |= putWord(events, base + 6, w6, 64) | putWord(events, base + 7, w7, 128);
  }
  events.masks[at] = mask;
  tellListeners(events, kind, name);
}

/**
 * `emit` for a record that begins with 64-bit words in the machine's memory: `count` of them at a WebAssembly address
 * that is a multiple of four, then one more word.
 */
export function emitRegisters(
  machine: Emitter & { readonly memory: { u32(): Uint32Array } },
  name: EventName,
  pe: number,
  address: number,
  count: number,
  last: number,
): void {
  const { events, memory } = machine;
  const kind = KIND_OF[name];
  const at = beginRecord(machine, kind, pe);
  const base = at * EVENT_WORDS;
  const source = memory.u32();
  const { halves } = events;
  for (let half = 0, from = address / 4; half < count * 2; half++) halves[base * 2 + half] = source[from + half] ?? 0;
  events.masks[at] = 2 ** count - 1 + putWord(events, base + count, last, 2 ** count);
  tellListeners(events, kind, name);
}

/** The record with this number, or undefined when the ring has forgotten it or it is yet to come. */
export function readEvent(events: EventRing, index: number): EventRecord | undefined {
  if (index < 0 || index >= events.count || index < spilledEvents(events)) return undefined;
  const at = index % events.capacity;
  const name = EVENT_NAMES[events.kinds[at] ?? 0] as EventName;
  return {
    index,
    name,
    pe: events.pes[at] ?? 0,
    position: events.positions[at] ?? 0,
    ticks: events.ticks[at] ?? 0,
    words: EVENTS[name].words.map((_, word) => wordAt(events, at, word)),
  };
}

function wordAt(events: EventRing, record: number, index: number): bigint {
  const at = record * EVENT_WORDS + index;
  const inWords = (((events.masks[record] ?? 0) >> index) & 1) === 1;
  return inWords ? (events.words[at] ?? 0n) : BigInt.asUintN(64, BigInt(events.numbers[at] ?? 0));
}

/** How many records the ring no longer holds. */
export const spilledEvents = (events: EventRing): number => Math.max(events.first, events.count - events.capacity);

/** The record's words by their names in the event table. */
export function eventFields(record: EventRecord): Record<string, bigint> {
  return Object.fromEntries(EVENTS[record.name].words.map((name, index) => [name, record.words[index] ?? 0n]));
}

/**
 * Calls `listener` synchronously for every record of the named kinds (all when none are named), in order of
 * subscription. Returns the function that ends it. A listener may call `requestStop`; it must not step the machine.
 */
export function subscribe(events: EventRing, listener: EventListener, names?: readonly EventName[]): () => void {
  const subscription: Subscription = { names: names === undefined ? undefined : new Set(names), listener };
  const kinds = (names ?? EVENT_NAMES).map((name) => KIND_OF[name]);
  events.subscriptions.push(subscription);
  for (const kind of new Set(kinds)) events.listening[kind] = (events.listening[kind] ?? 0) + 1;
  return () => {
    const at = events.subscriptions.indexOf(subscription);
    if (at < 0) return;
    events.subscriptions.splice(at, 1);
    for (const kind of new Set(kinds)) events.listening[kind] = (events.listening[kind] ?? 1) - 1;
  };
}

/** A snapshot keeps the number of records, not the records: they are history, not state. */
export const saveEvents = (events: EventRing): Saved => events.count;

export function restoreEvents(events: EventRing, saved: Saved): void {
  events.count = saved as number;
  events.first = events.count;
}
