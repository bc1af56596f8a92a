/** Making, saving and restoring the built-in VMM. */
import type { Platform } from '../machine/platform';
import type { Saved } from '../machine/saved';
import type { HostConfig } from './config';
import { type HostLayout, layOut, PARAMS_PAGE, type RealmLayout } from './layout';
import { hostNoMemory } from './problems';
import type { HostOutcome, HostProgress, HostRealmProgress } from './saved';
import type { HostState } from './state';

const freshRealm = (layout: RealmLayout): HostRealmProgress => ({
  recs: [],
  on: layout.recs.map((_, index) => index === 0),
  created: false,
  auxCount: 0,
  ripasTop: layout.ramBase,
  tables: [],
  pages: [],
  delegated: [],
  turn: 0,
  ended: false,
  outcome: null,
  tokenBytes: new Uint8Array(0),
  tokens: [],
  uart: {},
});

/**
 * The Host at power on. Without a configuration the machine has no built-in VMM.
 * Throws a Problem when a Realm of the configuration cannot be laid out, or not in this platform's memory.
 */
export function createHost(platform: Platform, config?: HostConfig): HostState {
  const layout = config === undefined ? undefined : layOut(config);
  if (layout !== undefined) checkMemory(platform, layout);
  return {
    config,
    layout,
    progress: {
      line: 0,
      index: 0,
      call: null,
      service: [],
      realms: layout?.realms.map(freshRealm) ?? [],
      features: 0n,
      demand: layout?.demandBase ?? 0,
      finished: layout === undefined,
    },
  };
}

/** All that the Host shares with the RMM or gives to Realms is one range of memory that can be delegated. */
function checkMemory({ name, delegable }: Platform, { demandBase }: HostLayout): void {
  const home = delegable.find(({ base, size }) => base <= PARAMS_PAGE && PARAMS_PAGE < base + size);
  if (home === undefined || demandBase > home.base + home.size) {
    throw hostNoMemory(name, PARAMS_PAGE, demandBase, home === undefined ? undefined : home.base + home.size);
  }
}

/** A copy of the progress: nothing of it is shared with the running Host. */
export const saveHost = (host: HostState): Saved => copy(host.progress as unknown as Saved);

export function restoreHost(host: HostState, saved: Saved): void {
  host.progress = copy(saved) as unknown as HostProgress;
}

function copy(value: Saved): Saved {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]));
}

/** How a Realm's run ended; undefined while it goes on. */
export const hostOutcome = (host: HostState, realm = 0): HostOutcome | undefined =>
  host.progress.realms[realm]?.outcome ?? undefined;

/** The tokens a Realm has published so far. */
export const hostTokens = (host: HostState, realm = 0): readonly Uint8Array[] =>
  host.progress.realms[realm]?.tokens ?? [];
