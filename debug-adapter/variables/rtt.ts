/** Each Realm's translation tables, level by level down to the descriptor. Runs of alike entries are one line. */
import type { Ipa, Pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { Pas } from '../../emulator/memory/pas';
import { listRealms, type RealmInfo, type RtteInfo, readRttPage } from '../../emulator/rmm/inspect';
import { formatReference } from '../address-space/address-space';
import type { Place } from '../evaluate/names';
import { showHex, showSize } from '../format';
import { leaf, type Node } from './node';
import { realmTitle } from './realms';

const readOnly = { hint: { attributes: ['readOnly' as const] } };

export function rttNode(place: Place): Node {
  const { machine } = place.target;
  return {
    name: 'RTT',
    value: '',
    children: () => {
      const realms = listRealms(machine);
      return realms.length === 0
        ? [leaf('(none)', 'No Realm exists yet.', readOnly)]
        : realms.map((realm) => treeOf(machine, realm));
    },
  };
}

/** Bytes that a table of this level covers. */
export const tableSpan = (level: number): number => 2 ** (12 + 9 * (4 - level));

function treeOf(machine: Machine, realm: RealmInfo): Node {
  return {
    key: `rtt:${realm.rd}`,
    name: realmTitle(machine, realm),
    value: `level ${realm.rttLevelStart} at ${showHex(realm.rttBase)}, ${realm.ipaWidth}-bit IPA`,
    type: 'RTT',
    children: () => startTables(machine, realm),
  };
}

/** The starting level: one table, or several concatenated. */
function startTables(machine: Machine, realm: RealmInfo): Node[] {
  const entries = startEntries(machine, realm);
  return runsOf(entries).map((run) => runNode(machine, realm, run));
}

/** Entries of the starting tables, as far as the Realm's IPA space goes. */
export function startEntries(machine: Machine, realm: RealmInfo): RtteInfo[] {
  const span = tableSpan(realm.rttLevelStart);
  return Array.from({ length: realm.rttNumStart }, (_, i) =>
    readRttPage(machine, realm.rd, (realm.rttBase + i * 4096) as Pa, realm.rttLevelStart, (i * span) as Ipa).map(
      (entry) => ({ ...entry, index: entry.index + i * 512 }),
    ),
  )
    .flat()
    .filter((entry) => entry.ipa < 2 ** realm.ipaWidth);
}

/** Adjacent entries that say the same thing; output addresses may run on. */
export interface RtteRun {
  readonly first: RtteInfo;
  readonly last: RtteInfo;
  readonly count: number;
}

export function runsOf(entries: readonly RtteInfo[]): RtteRun[] {
  const runs: RtteRun[] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    if (run && continues(run.last, entry))
      runs[runs.length - 1] = { first: run.first, last: entry, count: run.count + 1 };
    else runs.push({ first: entry, last: entry, count: 1 });
  }
  return runs;
}

function continues(a: RtteInfo, b: RtteInfo): boolean {
  if (a.hipas === 'TABLE' || a.hipas !== b.hipas || a.ripas !== b.ripas) return false;
  if (a.attributes.join() !== b.attributes.join()) return false;
  return a.pa === null ? b.pa === null : b.pa === a.pa + a.size;
}

const indexText = ({ first, last, count }: RtteRun): string =>
  count === 1 ? `L${first.level}[${first.index}]` : `L${first.level}[${first.index}..${last.index}]`;

const stateText = ({ hipas, ripas }: RtteInfo): string => (ripas === null ? hipas : `${hipas} ${ripas}`);

function runNode(machine: Machine, realm: RealmInfo, run: RtteRun): Node {
  const { first, last, count } = run;
  const target =
    first.pa === null ? '' : first.hipas === 'TABLE' ? ` → table ${showHex(first.pa)}` : ` → PA ${showHex(first.pa)}`;
  const attributes = first.attributes.length > 0 && first.hipas !== 'TABLE' ? ` ${first.attributes.join(' ')}` : '';
  return {
    // A run is known by its first entry: it keeps its identity while it grows.
    key: `${first.level}:${first.ipa}`,
    name: indexText(run),
    value: `IPA ${showHex(first.ipa)}, ${showSize(last.ipa + last.size - first.ipa)}: ${stateText(first)}${target}${attributes}`,
    type: count === 1 ? 'RTTE' : `${count} RTTEs`,
    memoryReference: formatReference({ space: { kind: 'ipa', rd: realm.rd / 4096 }, address: BigInt(first.ipa) }),
    children: () => {
      if (first.hipas === 'TABLE' && first.pa !== null) {
        const entries = readRttPage(machine, realm.rd, first.pa, first.level + 1, first.ipa);
        return [descriptorNode(first), ...runsOf(entries).map((each) => runNode(machine, realm, each))];
      }
      return count === 1 ? [descriptorNode(first)] : runEntries(machine, realm, run);
    },
  };
}

/** The entries of a run one by one; their table is read again, by the walk's own addresses. */
function runEntries(machine: Machine, realm: RealmInfo, { first, count }: RtteRun): Node[] {
  const table = (first.descriptorPa - (first.descriptorPa % 4096)) as Pa;
  const span = tableSpan(first.level);
  const tableIpa = (first.ipa - (first.ipa % span)) as Ipa;
  const all =
    first.level === realm.rttLevelStart
      ? startEntries(machine, realm)
      : readRttPage(machine, realm.rd, table, first.level, tableIpa);
  return all
    .slice(first.index, first.index + count)
    .map((entry) => runNode(machine, realm, { first: entry, last: entry, count: 1 }));
}

function descriptorNode(entry: RtteInfo): Node {
  return {
    key: 'descriptor',
    name: 'descriptor',
    value: showHex(entry.raw),
    type: 'u64',
    memoryReference: formatReference({ space: { kind: 'pa', pas: Pas.Realm }, address: BigInt(entry.descriptorPa) }),
    children: () => [
      leaf('at', `PA ${showHex(entry.descriptorPa)}`, readOnly),
      leaf('HIPAS', entry.hipas, readOnly),
      leaf('RIPAS', entry.ripas ?? 'not defined here', readOnly),
      leaf(
        entry.hipas === 'TABLE' ? 'next table' : 'output address',
        entry.pa === null ? 'none' : showHex(entry.pa),
        readOnly,
      ),
      leaf('attributes', entry.attributes.join(', ') || 'none', readOnly),
      leaf('IPA', `${showHex(entry.ipa)}, ${showSize(entry.size)}`, readOnly),
    ],
  };
}
