/** The Host's program: what concerns no Realm, each Realm's creation, the run, and each Realm's end. */
import { formatAddress, formatSize } from '../format';
import type { RealmLayout } from './layout';
import { commonLine, type PlanLine } from './plan-line';
import { setupLines } from './plan-setup';
import { teardownLines } from './plan-teardown';
import type { HostState } from './state';

/** Listing of the one line that enters Realms; `scheduler.ts` chooses the REC, `service.ts` serves its exits. */
export const RUN_LISTING = 'until the Realm ends: RMI_REC_ENTER(rec, run), serve the exit';
const RUN_LISTING_SEVERAL = 'until all Realms have ended: RMI_REC_ENTER(rec, run) of each REC in turn, serve the exit';

function runLine(layouts: readonly RealmLayout[]): PlanLine {
  const several = layouts.length > 1;
  return {
    run: true,
    realm: several ? -1 : 0,
    teardown: false,
    listing: several ? RUN_LISTING_SEVERAL : RUN_LISTING,
    count: () => 0,
    more: ({ progress }) => progress.realms.some(({ ended }) => !ended),
    text: ({ progress: { current, realms, sleeping } }) => {
      if (sleeping >= 0) return 'wait for a timer';
      const rec = `run REC ${realms[current]?.turn ?? 0}`;
      return several ? `${rec} of Realm "${layouts[current]?.name}"` : rec;
    },
    call: ({ host: { layout }, progress: { current, realms } }) => {
      const rec = layout?.realms[current]?.recs[realms[current]?.turn ?? 0];
      return { name: 'RMI_REC_ENTER', args: [rec?.pa ?? 0, rec?.run ?? 0] };
    },
    done: () => undefined,
  };
}

const COMMON: readonly PlanLine[] = [
  commonLine({
    listing: 'RMI_VERSION(1.0)',
    text: () => 'ask for RMI revision 1.0',
    call: () => ({ name: 'RMI_VERSION', args: [0x1_0000] }),
  }),
  commonLine({
    listing: 'RMI_FEATURES(0)',
    text: () => 'read feature register 0',
    call: () => ({ name: 'RMI_FEATURES', args: [0] }),
    done: ({ progress }, results) => {
      progress.features = results[1] ?? 0n;
      return undefined;
    },
  }),
];

const plans = new WeakMap<object, readonly PlanLine[]>();

/** The whole program of a Host: the common lines, then each Realm from creation to teardown. */
export function planOf(host: HostState): readonly PlanLine[] {
  const { layout } = host;
  if (layout === undefined) return [];
  const known = plans.get(layout);
  if (known !== undefined) return known;
  const plan = [
    ...COMMON,
    ...layout.realms.flatMap((realm, index) => setupLines(index, realm)),
    runLine(layout.realms),
    ...layout.realms.flatMap((_, index) => teardownLines(index)),
  ];
  plans.set(layout, plan);
  return plan;
}

/** One line of text about a Realm, for the listing. */
export const realmTitle = (layout: RealmLayout): string =>
  `Realm "${layout.name}": IPA width ${layout.ipaWidth}, RAM ${formatSize(layout.ramTop - layout.ramBase)} from ` +
  `${formatAddress(layout.ramBase)}, entry ${formatAddress(layout.entry)}, RD ${formatAddress(layout.rd)}`;
