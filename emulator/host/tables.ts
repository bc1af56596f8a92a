/** What the Host knows of a Realm's tables and pages: lists, because their order is the order of taking them back. */
import type { HostPage, HostRealmProgress, HostTable } from './saved';

/** Sets made from the lists, so that looking one up does not take longer the more there are. Never state. */
const pageSets = new WeakMap<readonly HostPage[], Set<number>>();

function pagesOf({ pages }: HostRealmProgress): Set<number> {
  let set = pageSets.get(pages);
  if (set?.size !== pages.length) {
    set = new Set(pages.map(({ ipa }) => ipa));
    pageSets.set(pages, set);
  }
  return set;
}

/** Whether the Realm has been given a page at this IPA. */
export const hasPage = (own: HostRealmProgress, ipa: number): boolean => pagesOf(own).has(ipa);

export function addPage(own: HostRealmProgress, page: HostPage): void {
  pagesOf(own).add(page.ipa);
  own.pages.push(page);
}

export const tableAt = (own: HostRealmProgress, ipa: number, level: number): HostTable | undefined =>
  own.tables.find((table) => table.ipa === ipa && table.level === level);

export const foldedAt = (own: HostRealmProgress, ipa: number, level: number): HostTable | undefined =>
  own.folded.find((table) => table.ipa === ipa && table.level === level);

/** A table was created; one that was folded is unfolded by that. */
export function tableMade(own: HostRealmProgress, table: HostTable): void {
  own.tables.push(table);
  const before = foldedAt(own, table.ipa, table.level);
  if (before !== undefined) own.folded.splice(own.folded.indexOf(before), 1);
}

/** A table was folded: data in it needs it again at the end, otherwise its granule can serve elsewhere. */
export function folded(own: HostRealmProgress, ipa: number, level: number): void {
  const table = tableAt(own, ipa, level);
  if (table === undefined) return;
  own.tables.splice(own.tables.indexOf(table), 1);
  if (level === 3) own.folded.push(table);
  else own.spare.push(table.pa);
}
