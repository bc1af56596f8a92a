/** The Host's program up to activation of a Realm, in the order the RIM depends on. */
import { formatAddress } from '../format';
import { pageContent } from './image/pages';
import { BLOCK, PAGE, placesOf, type RealmLayout, type SharedPlace, type TablePlace } from './layout';
import { writeBlock } from './memory';
import { type PlanLine, type RealmScope, realmLine } from './plan-line';
import { clearEntry, writeRealmParams, writeRecParams } from './rmi';
import { entrySize } from './shape';
import { folded } from './tables';

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

/** RttMapUnprotectedDesc: MemAttr Normal write-back (0b110), S2AP read and write. */
const SHARED_ATTRIBUTES = 0xd8;

const granulesFrom = (base: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => base + index * PAGE);

/** Creation to activation, in the order the RIM depends on: RAM, content, runnable REC, then what is not measured. */
export function setupLines(realm: number, layout: RealmLayout): PlanLine[] {
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
    ...(layout.shared === undefined ? [] : sharedLines(realm, layout, layout.shared)),
    ...(layout.foldable.length === 0 ? [] : [foldLine(realm, layout)]),
    realmLine(realm, {
      listing: 'RMI_REALM_ACTIVATE(rd)',
      text: ({ layout: { name } }) => `activate Realm "${name}"`,
      call: ({ layout: { rd } }) => ({ name: 'RMI_REALM_ACTIVATE', args: [rd] }),
    }),
  ];
}

/** Host memory goes into the Unprotected half: inner and outer write-back, read and write. */
function sharedLines(realm: number, { sharedTables, rd }: RealmLayout, shared: SharedPlace): PlanLine[] {
  const granules = sharedTables.map(({ pa }) => pa);
  const size = entrySize(shared.level);
  return [
    delegateLine(realm, 'RTTs for shared memory', () => granules),
    tablesLine(realm, 'shared', () => sharedTables),
    realmLine(realm, {
      listing: 'for each block of shared memory: RMI_RTT_MAP_UNPROTECTED(rd, ipa, level, desc)',
      count: () => shared.size / size,
      text: ({ index }) => `map shared memory at ${formatAddress(shared.ipa + index * size)}`,
      call: ({ index }) => ({
        name: 'RMI_RTT_MAP_UNPROTECTED',
        args: [rd, shared.ipa + index * size, shared.level, shared.pa + index * size + SHARED_ATTRIBUTES],
      }),
      done: ({ own }) => {
        own.sharedTop += size;
        return undefined;
      },
    }),
  ];
}

/** Folding keeps what the table said in the entry above it; the table's granule is free for another one. */
function foldLine(realm: number, { rd, foldable }: RealmLayout): PlanLine {
  return realmLine(realm, {
    listing: 'for each RTT whose entries are alike: RMI_RTT_FOLD(rd, ipa, level)',
    count: () => foldable.length,
    text: ({ index }) => `fold the level ${foldable[index]?.level} RTT of ${formatAddress(foldable[index]?.ipa ?? 0)}`,
    call: ({ index }) => {
      const { ipa, level } = foldable[index] ?? { ipa: 0, level: 3 };
      return { name: 'RMI_RTT_FOLD', args: [rd, ipa, level] };
    },
    done: ({ own, index }) => {
      const table = foldable[index];
      if (table !== undefined) folded(own, table.ipa, table.level);
      return undefined;
    },
  });
}
