/** Making, saving and restoring the built-in VMM. */
import type { Platform } from '../machine/platform';
import type { Saved } from '../machine/saved';
import type { ActionSeat } from './actions/state';
import type { HostConfig } from './config';
import { type HostLayout, layOut, placesOn, type RealmLayout } from './layout';
import { hostCounters, hostIpaWidth, hostLevelStart, hostLpa2, hostMecid, hostNoMemory } from './problems';
import type { HostOutcome, HostProgress, HostRealmProgress, HostRecProgress } from './saved';
import { shapeAt } from './shape';
import type { HostState } from './state';

const freshRec = (on: boolean): HostRecProgress => ({
  on,
  waiting: false,
  lrs: [],
  pending: [],
  virtualTimer: -1,
  physicalTimer: -1,
  overflow: false,
});

const freshRealm = (layout: RealmLayout): HostRealmProgress => ({
  recs: [],
  states: layout.recs.map((_, index) => freshRec(index === 0)),
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
  line: [],
  folded: [],
  spare: [],
  blocks: {},
  sharedTop: 0,
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
      current: 0,
      yielded: false,
      turnEnd: 0,
      sleeping: -1,
      finished: layout === undefined,
    },
    actions: undefined,
  };
}

/** The platform has what each Realm asks for, and all that the Host shares with the RMM or gives to Realms fits. */
function checkPlatform({ name, rmm, features }: Platform, { places, realms, demandBase }: HostLayout): void {
  const offer = (lsb: number, width: number): number =>
    Number((rmm.featureRegister0 >> BigInt(lsb)) % (1n << BigInt(width)));
  const widest = Math.min(offer(8, 1) === 1 ? 52 : 48, offer(0, 8));
  for (const realm of realms) {
    if (realm.ipaWidth > widest) throw hostIpaWidth(realm.name, realm.ipaWidth, widest);
    if (realm.lpa2 && offer(8, 1) === 0) throw hostLpa2(realm.name, `the platform "${name}" has none`);
    const possible = [-1, 0, 1, 2].filter((level) => shapeAt(realm.ipaWidth, level, realm.lpa2, features.paBits));
    if (!possible.includes(realm.startLevel)) {
      throw hostLevelStart(realm.name, realm.startLevel, realm.ipaWidth, possible);
    }
    checkCount(realm.name, 'breakpoints', realm.numBps + 1, 2, offer(14, 6) + 1);
    checkCount(realm.name, 'watchpoints', realm.numWps + 1, 2, offer(20, 6) + 1);
    if (realm.pmuCounters !== undefined) {
      const least = features.hpmn0 ? 0 : 1;
      checkCount(realm.name, 'PMU counters', realm.pmuCounters, least, offer(26, 1) === 1 ? offer(27, 5) : -1);
    }
    if (realm.mecid !== undefined && rmm.versionSet === '1.0') throw hostMecid(realm.name, realm.mecid);
    checkCount(realm.name, 'RECs', realm.recs.length, 1, rmm.maxRecs);
    const top = realm.shared === undefined ? 0 : realm.shared.pa + realm.shared.size;
    const end = top > places.bank ? places.bankEnd : places.end;
    if (top > end) throw hostNoMemory(name, realm.shared?.pa ?? 0, top, end);
  }
  if (demandBase > places.end) throw hostNoMemory(name, places.params, demandBase, places.end);
}

function checkCount(realm: string, what: string, count: number, least: number, most: number): void {
  if (count < least || count > most) throw hostCounters(realm, what, count, least, most);
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
