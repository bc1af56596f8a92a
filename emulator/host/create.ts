/** Making, saving and restoring the built-in VMM. */
import type { Platform } from '../machine/platform';
import type { Saved } from '../machine/saved';
import type { ActionSeat } from './actions/state';
import type { HostConfig } from './config';
import { type HostLayout, layOut, placesOn, type RealmLayout } from './layout';
import { hostIpaWidth, hostNoMemory } from './problems';
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
  const layout = config === undefined ? undefined : layOut(config, placesOn(platform));
  if (layout !== undefined) checkPlatform(platform, layout);
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
    actions: undefined,
  };
}

/** The platform has the IPA width a Realm wants, and all that the Host shares with the RMM or gives to Realms fits. */
function checkPlatform({ name, rmm }: Platform, { places, realms, demandBase }: HostLayout): void {
  const widest = Math.min(48, Number(rmm.featureRegister0 & 0xffn));
  for (const realm of realms) {
    if (realm.ipaWidth > widest) throw hostIpaWidth(realm.name, realm.ipaWidth, widest);
  }
  if (demandBase > places.end) throw hostNoMemory(name, places.params, demandBase, places.end);
}

/** A copy of the progress: nothing of it is shared with the running Host. */
export function saveHost({ progress, actions }: HostState): Saved {
  const saved = copy(progress as unknown as Saved) as { readonly [key: string]: Saved };
  return actions === undefined ? saved : { ...saved, actions: copy(actions as unknown as Saved) };
}

export function restoreHost(host: HostState, saved: Saved): void {
  const { actions, ...progress } = copy(saved) as { readonly [key: string]: Saved };
  host.progress = progress as unknown as HostProgress;
  host.actions = actions as unknown as ActionSeat | undefined;
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
