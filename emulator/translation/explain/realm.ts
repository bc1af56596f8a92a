/** What the RMM's tables say of an IPA, and what it makes of a fault there (RMM 1.0, A4.3 Realm exits, A5 RIPAS). */
import { ipa as asIpa, type Pa } from '../../address';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { type RealmInfo, type RtteInfo, readRealm, walkRtt } from '../../rmm/inspect';
import type { Fault } from '../types';
import type { ExplainedRealm, ExplainedStep } from './types';
import { realmNameOf } from './viewpoint';

export interface RealmView {
  readonly info: RealmInfo;
  readonly shown: ExplainedRealm;
  /** The entry where the walk ended. */
  readonly entry: RtteInfo;
}

/** Null beyond the Realm's IPA space. */
export function realmView(machine: Machine, rd: Pa, ipa: number): RealmView | null {
  const info = readRealm(machine, rd);
  if (ipa >= 2 ** info.ipaWidth) return null;
  const walk = walkRtt(machine, rd, asIpa(ipa), 3);
  const entry = walk.entries[walk.entries.length - 1] as RtteInfo;
  const shown: ExplainedRealm = {
    rd: BigInt(rd),
    name: realmNameOf(machine, rd),
    ipa: BigInt(ipa),
    protected: ipa < 2 ** (info.ipaWidth - 1),
    level: walk.level,
    hipas: entry.hipas,
    ripas: entry.ripas,
  };
  return { info, shown, entry };
}

/** Adds what the RMM calls each RTT entry to the steps that read it. */
export function rttStates(machine: Machine, rd: Pa, ipa: number): (step: ExplainedStep) => ExplainedStep {
  const { ipaWidth } = readRealm(machine, rd);
  const entries = ipa >= 2 ** ipaWidth ? [] : walkRtt(machine, rd, asIpa(ipa), 3).entries;
  return (step) => {
    const entry = entries.find(({ descriptorPa }) => step.descriptorPa === BigInt(descriptorPa));
    if (entry === undefined) return step;
    const ripas = entry.ripas === null ? [] : [['RIPAS', entry.ripas] as const];
    return { ...step, fields: [['HIPAS', entry.hipas], ...ripas, ...step.fields] };
  };
}

const SEA = 'The RMM injects a synchronous External abort into the Realm (R-EL1); the Host does not see it.';
const REC_EXIT = 'The RMM ends RMI_REC_ENTER with RMI_EXIT_SYNC: the Host sees the syndrome and the IPA';

/** What follows a fault of a Realm that R-EL2 took. */
export function realmConsequence(fault: Fault, view: RealmView | null): string[] {
  const fetch = fault.access.kind === 'fetch';
  if (fault.kind === 'external') {
    return ['The RMM injects it into the Realm (R-EL1) and ends RMI_REC_ENTER with RMI_EXIT_SYNC.'];
  }
  if (fault.ipa === undefined) return ['The RMM takes it at R-EL2.'];
  if (view === null) return ['The RMM injects an address size fault into the Realm: the IPA is beyond its space.'];
  const { shown } = view;
  if (shown.protected && shown.ripas === 'EMPTY') return [SEA];
  if (shown.protected)
    return [`${REC_EXIT}, and no register of the Realm. The REC repeats the access when it is entered again.`];
  if (fetch) return [SEA];
  return [
    `${REC_EXIT}.`,
    'If the instruction syndrome is valid the Host may emulate the access (RmiRecEnterFlags.emul_mmio); else it may map the page or inject an abort (inject_sea).',
  ];
}

const page = (ipa: bigint): bigint => ipa - (ipa % 4096n);
const range = (view: RealmView): string => `${hex(page(view.shown.ipa))}, ${hex(page(view.shown.ipa) + 4096n)}`;

/** How a Realm's translation that ended at stage 2 would succeed. */
export function realmMend(fault: Fault, view: RealmView | null): string[] {
  if (view === null) return ["Use an IPA inside the Realm's address space (RSI_REALM_CONFIG: ipa_width)."];
  const { info, shown, entry } = view;
  const isNew = info.state === 'REALM_NEW';
  if (fault.kind === 'permission' && shown.hipas === 'ASSIGNED_NS') {
    return fault.access.kind === 'fetch'
      ? ['Code is never executed from Unprotected memory: copy it to a Protected page.']
      : [
          'The Host mapped the page without this permission: RMI_RTT_UNMAP_UNPROTECTED, then RMI_RTT_MAP_UNPROTECTED with S2AP for it.',
        ];
  }
  if (fault.kind !== 'translation' && !(shown.protected && shown.ripas === 'EMPTY')) return [];
  const lines: string[] = [];
  if (!shown.protected) {
    lines.push(
      ...tableMend(entry),
      `The Host maps it with RMI_RTT_MAP_UNPROTECTED at ${hex(page(shown.ipa))}, or emulates the access.`,
    );
    return lines;
  }
  if (shown.ripas === 'EMPTY') {
    lines.push(
      isNew
        ? `RIPAS is EMPTY: the Host must call RMI_RTT_INIT_RIPAS(${range(view)}) before it activates the Realm.`
        : `RIPAS is EMPTY: the Realm must call RSI_IPA_STATE_SET(${range(view)}, RAM), and the Host answer with RMI_RTT_SET_RIPAS.`,
    );
  }
  if (shown.ripas === 'DESTROYED') {
    lines.push(
      `RIPAS is DESTROYED: the Host took the page away. The Realm must call RSI_IPA_STATE_SET(${range(view)}, RAM) with RSI_CHANGE_DESTROYED, which gives up what was there.`,
    );
  }
  if (shown.hipas === 'UNASSIGNED') {
    const how = isNew ? 'RMI_DATA_CREATE or RMI_DATA_CREATE_UNKNOWN' : 'RMI_DATA_CREATE_UNKNOWN';
    lines.push(
      ...tableMend(entry),
      `HIPAS is UNASSIGNED: the Host must give memory with ${how} at ${hex(page(shown.ipa))}.`,
    );
  }
  return lines;
}

/** An entry above level 3 that maps nothing: tables are missing. */
function tableMend({ level }: RtteInfo): string[] {
  if (level >= 3) return [];
  return [`The walk ends at level ${level}: the Host must add a level ${level + 1} table with RMI_RTT_CREATE first.`];
}
