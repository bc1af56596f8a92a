/**
 * The Host's program: one line for each kind of action, repeated as often as there is something to do. A line makes one
 * RMI call a repetition. Lines are code; which line and which repetition is next is state.
 */
import type { Machine } from '../machine/machine';
import { formatAddress, formatSize } from './format';
import { BLOCK, PAGE, pageContent, placesOf, type RealmLayout, type TablePlace } from './layout';
import { writeBlock } from './memory';
import { clearEntry, writeRealmParams, writeRecParams } from './rmi';
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

export interface PlanLine {
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

type Scoped<S extends LineScope> = {
  readonly listing: string;
  readonly teardown?: boolean;
  readonly count?: (scope: S) => number;
  readonly more?: (scope: S) => boolean;
  readonly text: (scope: S) => string;
  readonly call: (scope: S) => HostCall;
  readonly done?: (scope: S, results: readonly bigint[]) => 'again' | undefined;
};

function commonLine(line: Scoped<LineScope>): PlanLine {
  const count = line.count ?? (() => 1);
  return {
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

function realmLine(realm: number, line: Scoped<RealmScope>): PlanLine {
  const scoped = (scope: LineScope): RealmScope => {
    const layout = scope.host.layout?.realms[realm];
    const own = scope.progress.realms[realm];
    if (layout === undefined || own === undefined) throw new RangeError(`the Host has no Realm ${realm}`);
    return { ...scope, realm, layout, own };
  };
  const count = line.count ?? (() => 1);
  const more = line.more ?? ((scope: RealmScope) => scope.index < count(scope));
  const teardown = line.teardown ?? false;
  return {
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

/** "3 of 12". */
const nth = (scope: RealmScope, count: number): string => `${scope.index + 1} of ${count}`;

function delegateLine(realm: number, what: string, granules: (scope: RealmScope) => readonly number[]): PlanLine {
  return realmLine(realm, {
    listing: `for each granule of ${what}: RMI_GRANULE_DELEGATE(granule)`,
    count: (scope) => granules(scope).length,
    text: (scope) => `delegate ${what}, granule ${nth(scope, granules(scope).length)}`,
    call: (scope) => ({ name: 'RMI_GRANULE_DELEGATE', args: [granules(scope)[scope.index] ?? 0] }),
    done: (scope) => {
      scope.own.delegated.push(granules(scope)[scope.index] ?? 0);
      return undefined;
    },
  });
}

function tablesLine(realm: number, level: string, tables: (scope: RealmScope) => readonly TablePlace[]): PlanLine {
  return realmLine(realm, {
    listing: `for each ${level} table: RMI_RTT_CREATE(rd, table, ipa, level)`,
    count: (scope) => tables(scope).length,
    text: (scope) => {
      const table = tables(scope)[scope.index];
      return `create level ${table?.level} RTT for ${formatAddress(table?.ipa ?? 0)}`;
    },
    call: (scope) => {
      const table = tables(scope)[scope.index] ?? { pa: 0, ipa: 0, level: 0 };
      return { name: 'RMI_RTT_CREATE', args: [scope.layout.rd, table.pa, table.ipa, table.level] };
    },
    done: (scope) => {
      const table = tables(scope)[scope.index];
      if (table !== undefined) scope.own.tables.push(table);
      return undefined;
    },
  });
}

const granulesFrom = (base: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => base + index * PAGE);

/** Creation to activation, in the order the RIM depends on: RAM, content, runnable REC, then what is not measured. */
function setupLines(realm: number, layout: RealmLayout): PlanLine[] {
  const { filePages, zeroPages, recs } = layout;
  // Made once: a line asks for its list several times a repetition, and an image may have 2^18 pages.
  const [upperGranules, leafGranules, fileGranules, zeroGranules] = [
    layout.upperTables,
    layout.leafTables,
    filePages,
    zeroPages,
  ].map((places) => places.map(({ pa }) => pa)) as [number[], number[], number[], number[]];
  return [
    delegateLine(realm, 'RD and starting RTTs', ({ layout: { rd, rttBase, rttCount } }) => [
      rd,
      ...granulesFrom(rttBase, rttCount),
    ]),
    realmLine(realm, {
      listing: 'RMI_REALM_CREATE(rd, params)',
      text: ({ layout: { name } }) => `create Realm "${name}"`,
      call: ({ machine, host, layout: own }) => {
        writeRealmParams(machine, own);
        return { name: 'RMI_REALM_CREATE', args: [own.rd, placesOf(host).params] };
      },
      done: ({ own }) => {
        own.created = true;
        return undefined;
      },
    }),
    realmLine(realm, {
      listing: 'RMI_REC_AUX_COUNT(rd)',
      text: () => 'ask how many auxiliary granules a REC needs',
      call: ({ layout: { rd } }) => ({ name: 'RMI_REC_AUX_COUNT', args: [rd] }),
      done: ({ own }, results) => {
        own.auxCount = Number(results[1] ?? 0n);
        return undefined;
      },
    }),
    delegateLine(realm, 'upper RTTs', () => upperGranules),
    tablesLine(realm, 'upper', ({ layout: { upperTables } }) => upperTables),
    realmLine(realm, {
      listing: 'while base < top: base = RMI_RTT_INIT_RIPAS(rd, base, top)',
      count: ({ layout: { ramBase, ramTop } }) => (ramTop - ramBase) / BLOCK,
      more: ({ own, layout: { ramTop } }) => own.ripasTop < ramTop,
      text: ({ own, layout: { ramTop } }) =>
        `set RIPAS RAM from ${formatAddress(own.ripasTop)} to ${formatAddress(ramTop)}`,
      call: ({ own, layout: { rd, ramTop } }) => ({ name: 'RMI_RTT_INIT_RIPAS', args: [rd, own.ripasTop, ramTop] }),
      done: ({ own, layout: { ramTop } }, results) => {
        const reached = Number(results[1] ?? 0n);
        own.ripasTop = reached > own.ripasTop ? reached : ramTop;
        return undefined;
      },
    }),
    delegateLine(realm, 'level 3 RTTs', () => leafGranules),
    tablesLine(realm, 'level 3', ({ layout: { leafTables } }) => leafTables),
    delegateLine(realm, 'image pages', () => fileGranules),
    realmLine(realm, {
      listing: 'for each page of the file: RMI_DATA_CREATE(rd, data, ipa, source, measure)',
      count: () => filePages.length,
      text: (scope) =>
        `load image page ${nth(scope, filePages.length)} at ${formatAddress(filePages[scope.index]?.ipa ?? 0)}`,
      call: ({ machine, host, layout: own, index }) => {
        const { source } = placesOf(host);
        const page = filePages[index] ?? { ipa: 0, pa: 0 };
        writeBlock(machine, source, pageContent(own, page.ipa));
        return { name: 'RMI_DATA_CREATE', args: [own.rd, page.pa, page.ipa, source, own.measured ? 1 : 0] };
      },
      done: ({ own, index }) => {
        const page = filePages[index];
        if (page !== undefined) own.pages.push(page);
        return undefined;
      },
    }),
    delegateLine(realm, 'RECs', ({ own }) => recs.flatMap(({ pa, aux }) => [pa, ...granulesFrom(aux, own.auxCount)])),
    realmLine(realm, {
      listing: 'for each REC: RMI_REC_CREATE(rd, rec, params)',
      count: () => recs.length,
      text: ({ index }) => `create REC ${index}`,
      call: ({ machine, layout: own, own: { auxCount }, index }) => {
        const rec = recs[index] ?? { pa: 0, aux: 0, run: 0 };
        writeRecParams(machine, own, index, rec, auxCount);
        clearEntry(machine, rec.run);
        return { name: 'RMI_REC_CREATE', args: [own.rd, rec.pa, placesOf(machine.host).params] };
      },
      done: ({ own, index }) => {
        own.recs.push(index);
        return undefined;
      },
    }),
    delegateLine(realm, 'zero pages', () => zeroGranules),
    realmLine(realm, {
      listing: 'for each page of the image without bytes: RMI_DATA_CREATE_UNKNOWN(rd, data, ipa)',
      count: () => zeroPages.length,
      text: (scope) =>
        `give zero page ${nth(scope, zeroPages.length)} at ${formatAddress(zeroPages[scope.index]?.ipa ?? 0)}`,
      call: ({ layout: { rd }, index }) => {
        const page = zeroPages[index] ?? { ipa: 0, pa: 0 };
        return { name: 'RMI_DATA_CREATE_UNKNOWN', args: [rd, page.pa, page.ipa] };
      },
      done: ({ own, index }) => {
        const page = zeroPages[index];
        if (page !== undefined) own.pages.push(page);
        return undefined;
      },
    }),
    realmLine(realm, {
      listing: 'RMI_REALM_ACTIVATE(rd)',
      text: ({ layout: { name } }) => `activate Realm "${name}"`,
      call: ({ layout: { rd } }) => ({ name: 'RMI_REALM_ACTIVATE', args: [rd] }),
    }),
  ];
}

/** Listing of the one line that enters the Realm; `service.ts` serves its exits. */
export const RUN_LISTING = 'until the Realm ends: RMI_REC_ENTER(rec, run), serve the exit';

function runLine(realm: number): PlanLine {
  return realmLine(realm, {
    listing: RUN_LISTING,
    count: () => 0,
    more: ({ own }) => !own.ended,
    text: ({ own }) => `run REC ${own.turn}`,
    call: ({ layout: { recs }, own: { turn } }) => {
      const rec = recs[turn] ?? { pa: 0, aux: 0, run: 0 };
      return { name: 'RMI_REC_ENTER', args: [rec.pa, rec.run] };
    },
  });
}

/** The end: everything that exists goes, in the order the RMM asks for. Lists shrink, so the repetition stays 0. */
function teardownLines(realm: number): PlanLine[] {
  const shrinking = (
    listing: string,
    what: string,
    list: (own: HostRealmProgress) => readonly unknown[],
    call: (scope: RealmScope) => HostCall,
    drop: (own: HostRealmProgress) => void,
  ): PlanLine =>
    realmLine(realm, {
      listing,
      teardown: true,
      more: ({ own }) => list(own).length > 0,
      count: ({ own }) => list(own).length,
      text: ({ own }) => `${what}, ${list(own).length} left`,
      call,
      done: ({ own }) => {
        drop(own);
        return 'again';
      },
    });
  const lastTable = (own: HostRealmProgress) => own.tables.at(-1) ?? { ipa: 0, level: 0, pa: 0 };
  return [
    shrinking(
      'for each REC: RMI_REC_DESTROY(rec)',
      'destroy RECs',
      (own) => own.recs,
      ({ layout: { recs }, own }) => ({ name: 'RMI_REC_DESTROY', args: [recs[own.recs.at(-1) ?? 0]?.pa ?? 0] }),
      (own) => own.recs.pop(),
    ),
    shrinking(
      'for each page: RMI_DATA_DESTROY(rd, ipa)',
      'destroy data',
      (own) => own.pages,
      ({ layout: { rd }, own }) => ({ name: 'RMI_DATA_DESTROY', args: [rd, own.pages.at(-1)?.ipa ?? 0] }),
      (own) => own.pages.pop(),
    ),
    shrinking(
      'for each RTT, deepest first: RMI_RTT_DESTROY(rd, ipa, level)',
      'destroy RTTs',
      (own) => own.tables,
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
      (own) => own.delegated,
      ({ own }) => ({ name: 'RMI_GRANULE_UNDELEGATE', args: [own.delegated.at(-1) ?? 0] }),
      (own) => own.delegated.pop(),
    ),
  ];
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
    ...layout.realms.flatMap((realm, index) => [...setupLines(index, realm), runLine(index), ...teardownLines(index)]),
  ];
  plans.set(layout, plan);
  return plan;
}

/** One line of text about a Realm, for the listing. */
export const realmTitle = (layout: RealmLayout): string =>
  `Realm "${layout.name}": IPA width ${layout.ipaWidth}, RAM ${formatSize(layout.ramTop - layout.ramBase)} from ` +
  `${formatAddress(layout.ramBase)}, entry ${formatAddress(layout.entry)}, RD ${formatAddress(layout.rd)}`;
