/** The Host's program that takes a Realm apart, however it ended. */
import type { RealmLayout } from './layout';
import { type HostCall, type PlanLine, type RealmScope, realmLine } from './plan-line';
import type { HostRealmProgress } from './saved';
import { entrySize } from './shape';
import { tableMade } from './tables';

/** The end: everything that exists goes, in the order the RMM asks for. Lists shrink, so the repetition stays 0. */
export function teardownLines(realm: number): PlanLine[] {
  const shrinking = (
    listing: string,
    what: string,
    left: (own: HostRealmProgress, layout: RealmLayout) => number,
    call: (scope: RealmScope) => HostCall,
    drop: (own: HostRealmProgress, layout: RealmLayout) => void,
  ): PlanLine =>
    realmLine(realm, {
      listing,
      teardown: true,
      more: ({ own, layout }) => left(own, layout) > 0,
      count: ({ own, layout }) => left(own, layout),
      text: ({ own, layout }) => `${what}, ${left(own, layout)} left`,
      call,
      done: ({ own, layout }) => {
        drop(own, layout);
        return 'again';
      },
    });
  const lastTable = (own: HostRealmProgress) => own.tables.at(-1) ?? { ipa: 0, level: 0, pa: 0 };
  return [
    shrinking(
      'for each REC: RMI_REC_DESTROY(rec)',
      'destroy RECs',
      (own) => own.recs.length,
      ({ layout: { recs }, own }) => ({ name: 'RMI_REC_DESTROY', args: [recs[own.recs.at(-1) ?? 0]?.pa ?? 0] }),
      (own) => own.recs.pop(),
    ),
    shrinking(
      'for each block of shared memory: RMI_RTT_UNMAP_UNPROTECTED(rd, ipa, level)',
      'unmap shared memory',
      ({ sharedTop }, { shared }) => (shared === undefined ? 0 : sharedTop / entrySize(shared.level)),
      ({ layout: { rd, shared }, own }) => {
        const level = shared?.level ?? 3;
        return {
          name: 'RMI_RTT_UNMAP_UNPROTECTED',
          args: [rd, (shared?.ipa ?? 0) + own.sharedTop - entrySize(level), level],
        };
      },
      (own, { shared }) => {
        own.sharedTop -= entrySize(shared?.level ?? 3);
      },
    ),
    shrinking(
      'for each folded block of data: RMI_RTT_CREATE(rd, table, ipa, 3)',
      'unfold data',
      (own) => own.folded.length,
      ({ layout: { rd }, own }) => {
        const table = own.folded.at(-1) ?? { pa: 0, ipa: 0, level: 3 };
        return { name: 'RMI_RTT_CREATE', args: [rd, table.pa, table.ipa, table.level] };
      },
      (own) => {
        const table = own.folded.at(-1);
        if (table !== undefined) tableMade(own, table);
      },
    ),
    shrinking(
      'for each page: RMI_DATA_DESTROY(rd, ipa)',
      'destroy data',
      (own) => own.pages.length,
      ({ layout: { rd }, own }) => ({ name: 'RMI_DATA_DESTROY', args: [rd, own.pages.at(-1)?.ipa ?? 0] }),
      (own) => own.pages.pop(),
    ),
    shrinking(
      'for each RTT, deepest first: RMI_RTT_DESTROY(rd, ipa, level)',
      'destroy RTTs',
      (own) => own.tables.length,
      ({ layout: { rd }, own }) => ({ name: 'RMI_RTT_DESTROY', args: [rd, lastTable(own).ipa, lastTable(own).level] }),
      (own) => own.tables.pop(),
    ),
    realmLine(realm, {
      listing: 'RMI_REALM_DESTROY(rd)',
      teardown: true,
      more: ({ own }) => own.created,
      text: ({ layout: { name } }) => `destroy Realm "${name}"`,
      call: ({ layout: { rd } }) => ({ name: 'RMI_REALM_DESTROY', args: [rd] }),
      done: ({ own }) => {
        own.created = false;
        return undefined;
      },
    }),
    shrinking(
      'for each granule: RMI_GRANULE_UNDELEGATE(granule)',
      'undelegate granules',
      (own) => own.delegated.length,
      ({ own }) => ({ name: 'RMI_GRANULE_UNDELEGATE', args: [own.delegated.at(-1) ?? 0] }),
      (own) => own.delegated.pop(),
    ),
  ];
}
