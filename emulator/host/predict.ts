/** The RIM a Realm of the built-in VMM will have, computed from its plan alone: what a verifier expects to see. */

import type { HashFunction } from '../../attestation/hash';
import { measureData, measureRealmCreate, measureRec, measureRipas } from '../../attestation/measurement/measurement';
import type { HostConfig } from './config';
import { pageContent } from './image/pages';
import { BLOCK, layOut, type RealmLayout } from './layout';

const FLAG_LPA2 = 1n;
const FLAG_PMU = 4n;

/** RmiRealmFlags. */
export const realmFlags = ({ lpa2, pmuCounters }: RealmLayout): bigint =>
  (lpa2 ? FLAG_LPA2 : 0n) | (pmuCounters === undefined ? 0n : FLAG_PMU);

/** RmiRecCreateFlags.runnable. */
export const REC_RUNNABLE = 1n;

export interface MeasuredStep {
  /** What was measured, for people. */
  readonly text: string;
  /** The RIM after it. */
  readonly rim: Uint8Array;
}

/** Every step that changes the RIM, in the order of the plan. */
export function predictSteps(realm: RealmLayout, hash?: HashFunction): MeasuredStep[] {
  const measurer = { algorithm: realm.algorithm, ...(hash === undefined ? {} : { hash }) };
  let rim = measureRealmCreate(measurer, {
    flags: realmFlags(realm),
    s2sz: realm.ipaWidth,
    sveVl: 0,
    numBps: realm.numBps,
    numWps: realm.numWps,
    pmuNumCtrs: realm.pmuCounters ?? 0,
  });
  const steps: MeasuredStep[] = [{ text: 'RMI_REALM_CREATE', rim }];
  for (let base = realm.ramBase; base < realm.ramTop; base += BLOCK) {
    rim = measureRipas(measurer, rim, BigInt(base), BigInt(base + BLOCK));
    steps.push({ text: `RMI_RTT_INIT_RIPAS 0x${base.toString(16)}`, rim });
  }
  for (const { ipa } of realm.filePages) {
    rim = measureData(measurer, rim, BigInt(ipa), realm.measured ? pageContent(realm, ipa) : undefined);
    steps.push({ text: `RMI_DATA_CREATE 0x${ipa.toString(16)}`, rim });
  }
  rim = measureRec(measurer, rim, { flags: REC_RUNNABLE, pc: BigInt(realm.entry), gprs: [] });
  steps.push({ text: 'RMI_REC_CREATE 0', rim });
  return steps;
}

/** The RIM of a Realm after activation. `index` picks one of several Realms. */
export function predictRim(config: HostConfig, index = 0, hash?: HashFunction): Uint8Array {
  const realm = layOut(config).realms[index];
  if (realm === undefined) throw new RangeError(`no Realm ${index} in the configuration`);
  const steps = predictSteps(realm, hash);
  return steps.at(-1)?.rim ?? new Uint8Array(0);
}
