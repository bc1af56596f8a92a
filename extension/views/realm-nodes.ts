import type { RealmRow } from '../../debug-adapter/protocol';
import { REALM_HUES } from '../contributions/colours';

/** What a tree item of the Realms view shows, without VS Code's types. */
export interface RealmNode {
  readonly row: RealmRow;
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  readonly icon: string;
  /** Id of a theme colour. */
  readonly colour?: string;
  /** Words that menus look for. */
  readonly context: string;
  readonly children: 'none' | 'closed' | 'open';
}

const ICONS: Readonly<Record<RealmRow['kind'], string>> = {
  realm: 'circle-filled',
  rec: 'circuit-board',
  measurement: 'verified',
  property: 'symbol-property',
};

const PROPERTY_ICONS: Readonly<Record<string, string>> = { MECID: 'key', RTT: 'list-tree', State: 'pulse' };

/** Characters of a measurement that a row shows before it is cut. */
const DIGEST_LENGTH = 24;

const shorten = (detail: string): string =>
  /^[0-9a-f]{32,}$/i.test(detail) ? `${detail.slice(0, DIGEST_LENGTH)}…` : detail;

export function realmNode(row: RealmRow, rows: readonly RealmRow[]): RealmNode {
  const hasChildren = rows.some((other) => other.parent === row.id);
  const context = [row.kind, row.pa === undefined ? '' : 'place', row.value === undefined ? '' : 'value'];
  return {
    row,
    label: row.label,
    description: shorten(row.detail),
    tooltip: [`${row.label}: ${row.value ?? row.detail}`, row.pa === undefined ? '' : `PA ${row.pa}`]
      .filter(Boolean)
      .join('\n'),
    icon: PROPERTY_ICONS[row.label] ?? ICONS[row.kind],
    ...(row.hue === undefined ? {} : { colour: `realmscope.realm.${((row.hue - 1) % REALM_HUES) + 1}` }),
    context: context.filter(Boolean).join(' '),
    children: !hasChildren ? 'none' : row.kind === 'realm' ? 'open' : 'closed',
  };
}

export const childrenOf = (rows: readonly RealmRow[], parent: string | undefined): RealmRow[] =>
  rows.filter((row) => row.parent === parent);

/** The RIMs to copy: one a Realm, or only that of the Realm asked for. */
export function rimsOf(rows: readonly RealmRow[], realm?: string): { realm: string; rim: string }[] {
  return rows
    .filter((row) => row.kind === 'measurement' && row.label === 'RIM' && row.value !== undefined)
    .map((row) => ({ row, owner: realmAbove(rows, row) }))
    .filter(({ owner }) => owner !== undefined && (realm === undefined || owner.id === realm))
    .map(({ row, owner }) => ({ realm: owner!.label, rim: row.value! }));
}

function realmAbove(rows: readonly RealmRow[], row: RealmRow): RealmRow | undefined {
  let at: RealmRow | undefined = row;
  while (at !== undefined && at.kind !== 'realm') {
    const parent: string | undefined = at.parent;
    at = rows.find((other) => other.id === parent);
  }
  return at;
}
