/** What commands need of a Realm, read from its RD in one go. */
import { type Pa, pa } from '../../address';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import type { EncryptionContext } from '../../memory/pas';
import { RMM_CONTEXT, readField, realmContext, writeField } from '../memory';
import { RD_LAYOUT, type RealmState } from '../structures/rd';

const F = RD_LAYOUT.fields;

/** A Realm's address space: the parameters of every RTT walk. */
export interface RealmSpace {
  readonly rd: Pa;
  /** Context of its RTTs and DATA granules. */
  readonly context: EncryptionContext;
  /** Bits. */
  readonly ipaWidth: number;
  readonly lpa2: boolean;
  readonly base: Pa;
  readonly levelStart: number;
  readonly numStart: number;
}

export const realmFlag = { lpa2: 1, sve: 2, pmu: 4 } as const;

export function realmSpace(machine: Machine, rd: Pa): RealmSpace {
  const { memory } = machine;
  return {
    rd,
    context: realmContext(readField(memory, RMM_CONTEXT, rd, F.mecid)),
    ipaWidth: readField(memory, RMM_CONTEXT, rd, F.ipaWidth),
    lpa2: (readField(memory, RMM_CONTEXT, rd, F.flags) & realmFlag.lpa2) !== 0,
    base: pa(readField(memory, RMM_CONTEXT, rd, F.rttBase)),
    levelStart: readField(memory, RMM_CONTEXT, rd, F.rttLevelStart),
    numStart: readField(memory, RMM_CONTEXT, rd, F.rttNumStart),
  };
}

export const realmState = (machine: Machine, rd: Pa): RealmState =>
  readField(machine.memory, RMM_CONTEXT, rd, F.state) as RealmState;

export function setRealmState(machine: Machine, pe: number, rd: Pa, to: RealmState): void {
  const from = realmState(machine, rd);
  writeField(machine.memory, RMM_CONTEXT, rd, F.state, to);
  emit(machine, 'realmState', pe, rd, from, to);
}

/** First IPA above the Realm's address space. */
export const ipaLimit = (ipaWidth: number): number => 2 ** ipaWidth;
/** First Unprotected IPA: the upper half of the address space is the Host's (RMM 1.0, AddrIsProtected). */
export const protectedLimit = (ipaWidth: number): number => 2 ** (ipaWidth - 1);

export const isProtected = (space: { readonly ipaWidth: number }, ipa: number): boolean =>
  ipa < protectedLimit(space.ipaWidth);
