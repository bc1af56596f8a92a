/** What serving an exit works on, and how a Realm's run ends. */
import type { Pe } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import type { RealmLayout } from './layout';
import type { HostOutcome, HostProgress, HostRealmProgress } from './saved';
import type { HostState } from './state';

export interface ServiceScope {
  readonly machine: Machine;
  readonly pe: Pe;
  readonly host: HostState;
  readonly progress: HostProgress;
  readonly realm: number;
  readonly layout: RealmLayout;
  readonly own: HostRealmProgress;
}

export function scopeOf(machine: Machine, pe: Pe, realm: number): ServiceScope {
  const { host } = machine;
  const layout = host.layout?.realms[realm];
  const own = host.progress.realms[realm];
  if (layout === undefined || own === undefined) throw new RangeError(`the Host has no Realm ${realm}`);
  return { machine, pe, host, progress: host.progress, realm, layout, own };
}

/** The Realm's run is over; the plan goes on with its teardown. The first outcome stays. */
export function endRealm(own: HostRealmProgress, outcome: HostOutcome): void {
  own.ended = true;
  own.outcome ??= outcome;
}

export const fault = (own: HostRealmProgress, text: string): void => endRealm(own, { kind: 'fault', code: -1, text });
