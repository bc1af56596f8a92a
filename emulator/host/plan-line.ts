/**
 * A line of the Host's program: one kind of action, repeated as often as there is something to do. A line makes one RMI
 * call a repetition. Lines are code; which line and which repetition is next is state.
 */
import type { Machine } from '../machine/machine';
import { placesOf, type RealmLayout } from './layout';
import type { HostProgress, HostRealmProgress } from './saved';
import type { HostState } from './state';

/** X1 on of a call, small enough to be exact as numbers. */
export interface HostCall {
  readonly name: string;
  readonly args: readonly number[];
}

/** What a line works on. */
export interface LineScope {
  readonly machine: Machine;
  readonly host: HostState;
  readonly progress: HostProgress;
  readonly index: number;
}
export interface RealmScope extends LineScope {
  readonly realm: number;
  readonly layout: RealmLayout;
  readonly own: HostRealmProgress;
}

/** What a line works on now. Lines of a Realm get a `RealmScope`: one object a step, for there are many steps. */
export function scopeOfLine(machine: Machine, { realm }: PlanLine): LineScope {
  const { host } = machine;
  const { progress } = host;
  const layout = host.layout?.realms[realm];
  const own = progress.realms[realm];
  if (realm >= 0 && (layout === undefined || own === undefined)) throw new RangeError(`the Host has no Realm ${realm}`);
  return { machine, host, progress, index: progress.index, realm, layout, own } as LineScope;
}

export interface PlanLine {
  /** The line that enters Realms: its answers are exits. */
  readonly run: boolean;
  /** Realm number, -1 for the lines that concern none. */
  readonly realm: number;
  /** Belongs to the end of a Realm: done however it got there. */
  readonly teardown: boolean;
  /** The listing's text. */
  readonly listing: string;
  /** Repetitions as far as known; for messages. */
  readonly count: (scope: LineScope) => number;
  /** Whether there is a repetition `index`. */
  readonly more: (scope: LineScope) => boolean;
  /** What this repetition does, for the call stack. */
  readonly text: (scope: LineScope) => string;
  /** Prepares shared pages and says what to call. */
  readonly call: (scope: LineScope) => HostCall;
  /** After success. X0 to X4. `again` keeps the repetition index as it is. */
  readonly done: (scope: LineScope, results: readonly bigint[]) => 'again' | undefined;
}

/** The address line n of the program "runs" at. */
export const lineAddress = (host: HostState, line: number): bigint => BigInt(placesOf(host).code + 4 * line);

export type Scoped<S extends LineScope> = {
  readonly listing: string;
  readonly teardown?: boolean;
  readonly count?: (scope: S) => number;
  readonly more?: (scope: S) => boolean;
  readonly text: (scope: S) => string;
  readonly call: (scope: S) => HostCall;
  readonly done?: (scope: S, results: readonly bigint[]) => 'again' | undefined;
};

export function commonLine(line: Scoped<LineScope>): PlanLine {
  const count = line.count ?? (() => 1);
  return {
    run: false,
    realm: -1,
    teardown: false,
    listing: line.listing,
    count,
    more: (scope) => scope.index < count(scope) && scope.progress.realms.some(({ ended }) => !ended),
    text: line.text,
    call: line.call,
    done: line.done ?? (() => undefined),
  };
}

export function realmLine(realm: number, line: Scoped<RealmScope>): PlanLine {
  const scoped = (scope: LineScope): RealmScope => scope as RealmScope;
  const count = line.count ?? (() => 1);
  const more = line.more ?? ((scope: RealmScope) => scope.index < count(scope));
  const teardown = line.teardown ?? false;
  return {
    run: false,
    realm,
    teardown,
    listing: line.listing,
    count: (scope) => count(scoped(scope)),
    more: (scope) => {
      const inner = scoped(scope);
      return (teardown || !inner.own.ended) && more(inner);
    },
    text: (scope) => line.text(scoped(scope)),
    call: (scope) => line.call(scoped(scope)),
    done: (scope, results) => line.done?.(scoped(scope), results),
  };
}
