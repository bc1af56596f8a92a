/** `cca/realms`, `cca/gpt`, `cca/rtt`. */
import { type Ipa, type Pa, pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { GPI_NAMES } from '../../emulator/memory/gpt';
import { granuleStateName, listRealms, listRecs, type RealmInfo, readRttPage } from '../../emulator/rmm/inspect';
import { plainHex, showHex, upperHex } from '../format';
import { badArgument } from '../problems';
import {
  type GptArguments,
  type GptResponse,
  MAX_TABLE_RUNS,
  type RealmRow,
  type RealmsResponse,
  type RttArguments,
  type RttResponse,
} from '../protocol';
import { type Session, targetOf } from '../session/state';
import { mecidText, realmTitle } from '../variables/realms';
import { runsOf, startEntries, tableSpan } from '../variables/rtt';
import { countArgument, hexArgument, realmArgument } from './arguments';
import { gptRuns } from './gpt-runs';

export function realms(session: Session): RealmsResponse {
  const { machine } = targetOf(session, 'cca/realms');
  return {
    generation: session.generation,
    rows: listRealms(machine).flatMap((realm, i) => realmRows(machine, realm, i + 1)),
  };
}

const short = (digest: string): string => (digest.length > 16 ? `${digest.slice(0, 16)}…` : digest);

function realmRows(machine: Machine, realm: RealmInfo, hue: number): RealmRow[] {
  const id = `realm:${plainHex(realm.rd)}`;
  const property = (label: string, detail: string, value = detail): RealmRow => ({
    id: `${id}/${label}`,
    parent: id,
    kind: 'property',
    label,
    detail,
    value,
  });
  const measurement = (label: string, value: string): RealmRow => ({
    id: `${id}/${label}`,
    parent: id,
    kind: 'measurement',
    label,
    detail: short(value),
    value,
  });
  return [
    {
      id,
      kind: 'realm',
      label: realmTitle(machine, realm),
      detail: realm.state.replace('REALM_', ''),
      value: upperHex(`RD ${showHex(realm.rd)}`),
      pa: plainHex(realm.rd),
      hue,
    },
    property('VMID', String(realm.vmid)),
    property('MECID', mecidText(realm)),
    property('IPA width', `${realm.ipaWidth} bits`),
    {
      ...property('RTT', upperHex(`level ${realm.rttLevelStart} at ${showHex(realm.rttBase)}`)),
      pa: plainHex(realm.rttBase),
    },
    property('Hash', realm.hashAlgorithm),
    measurement('RIM', realm.rim),
    ...realm.rems.map((rem, i) => measurement(`REM[${i}]`, rem)),
    ...listRecs(machine, realm.rd).map((rec): RealmRow => {
      const where = rec.runningOn === null ? rec.state.replace('REC_', '') : `running on PE ${rec.runningOn}`;
      return {
        id: `rec:${plainHex(rec.rec)}`,
        parent: id,
        kind: 'rec',
        label: `REC ${rec.index}`,
        detail: where,
        value: upperHex(`MPIDR ${showHex(rec.mpidr)}`),
        pa: plainHex(rec.rec),
      };
    }),
  ];
}

export function gpt(session: Session, args: GptArguments): GptResponse {
  const { machine } = targetOf(session, 'cca/gpt');
  const { runs, next } = gptRuns(
    machine,
    hexArgument('base', args.base),
    hexArgument('size', args.size),
    MAX_TABLE_RUNS,
  );
  return {
    generation: session.generation,
    runs: runs.map(({ base, size, level, gpi, raw }) => ({
      base: plainHex(base),
      size: plainHex(size),
      level,
      gpi,
      meaning: GPI_NAMES[gpi] ?? 'invalid',
      raw: plainHex(raw),
    })),
    ...(next === undefined ? {} : { next: plainHex(next) }),
  };
}

export function rtt(session: Session, args: RttArguments): RttResponse {
  const { machine } = targetOf(session, 'cca/rtt');
  const realm = realmArgument(machine, args.realm);
  const { table, level, entries } = entriesOf(machine, realm, args);
  const from = countArgument('from', args.from, 0, entries.length);
  const count = countArgument('count', args.count, entries.length - from);
  const runs = runsOf(entries.slice(from, from + count)).slice(0, MAX_TABLE_RUNS);
  const half = 2 ** (realm.ipaWidth - 1);
  return {
    generation: session.generation,
    table: plainHex(table),
    level,
    entries: entries.length,
    runs: runs.map(({ first, last }) => ({
      first: first.index,
      last: last.index,
      ipa: plainHex(first.ipa),
      entrySize: plainHex(first.size),
      hipas: first.hipas,
      protected: first.ipa < half,
      raw: plainHex(first.raw),
      ...(first.ripas === null ? {} : { ripas: first.ripas }),
      ...(first.pa === null ? {} : { pa: plainHex(first.pa) }),
      ...(first.attributes.length === 0 ? {} : { attributes: first.attributes.join(', ') }),
    })),
  };
}

function entriesOf(
  machine: Machine,
  realm: RealmInfo,
  args: RttArguments,
): { table: Pa; level: number; entries: ReturnType<typeof readRttPage> } {
  if (args.table === undefined)
    return { table: realm.rttBase, level: realm.rttLevelStart, entries: startEntries(machine, realm) };
  const table = pa(hexArgument('table', args.table));
  if (table % 4096 !== 0 || granuleStateName(machine, table) !== 'RTT')
    throw badArgument('table', args.table, 'the PA of an RTT of this Realm');
  const level = countArgument('level', args.level, 3, 3);
  const base = hexArgument('ipa', args.ipa);
  if (base % tableSpan(level) !== 0)
    throw badArgument(
      'ipa',
      args.ipa,
      `a multiple of ${plainHex(tableSpan(level))}, what a table of level ${level} covers`,
    );
  return { table, level, entries: readRttPage(machine, realm.rd, table, level, base as Ipa) };
}
