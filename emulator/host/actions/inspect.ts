/** Expectations on what the RMM keeps: granules, RTT entries, Realms. Nothing is changed by looking. */

import { equalBytes, fromHex, toHex } from '../../../attestation/bytes';
import { alignDown, ipa, pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { gpiOf } from '../../memory/gpt';
import { granuleInfo, readRealm, walkRtt } from '../../rmm/inspect';
import { differs, differsText, type Finding } from './results';
import type { ActionProgress } from './state';
import type { GranuleAction, RealmAction, RttAction, Value } from './types';
import { resolveValue } from './values';

type Resolve = (value: Value) => bigint;

const resolver =
  (progress: ActionProgress, path: string): Resolve =>
  (value) =>
    resolveValue(progress, value, path);

export function checkGranuleState(
  machine: Machine,
  progress: ActionProgress,
  action: GranuleAction,
  path: string,
): Finding {
  const resolve = resolver(progress, path);
  const at = pa(alignDown(Number(resolve(action.granule)), 4096));
  const info = granuleInfo(machine, at);
  const gpi = gpiOf(machine.memory, machine.platform, at);
  return (
    (action.state === undefined ? undefined : differsText('state', action.state, info.state ?? 'not tracked')) ??
    (action.pas === undefined ? undefined : differsText('PAS', action.pas, PAS_NAME[gpi] ?? `GPI ${gpi}`)) ??
    (action.owner === undefined ? undefined : differs('owner', resolve(action.owner), BigInt(info.rd ?? 0)))
  );
}

const PAS_NAME: Readonly<Record<number, string>> = { 8: 'SECURE', 9: 'NS', 10: 'ROOT', 11: 'REALM' };

export function checkRtt(machine: Machine, progress: ActionProgress, action: RttAction, path: string): Finding {
  const resolve = resolver(progress, path);
  const rd = pa(Number(resolve(action.rd)));
  const walk = walkRtt(machine, rd, ipa(Number(resolve(action.rtt))), Number(resolve(action.level ?? 3)));
  const entry = walk.entries.at(-1);
  return (
    (action.ends === undefined ? undefined : differs('level', resolve(action.ends), BigInt(walk.level))) ??
    (action.hipas === undefined ? undefined : differsText('HIPAS', action.hipas, entry?.hipas ?? 'none')) ??
    (action.ripas === undefined ? undefined : differsText('RIPAS', action.ripas, entry?.ripas ?? 'none')) ??
    (action.addr === undefined ? undefined : differs('addr', resolve(action.addr), BigInt(entry?.pa ?? 0)))
  );
}

export function checkRealm(machine: Machine, progress: ActionProgress, action: RealmAction, path: string): Finding {
  const resolve = resolver(progress, path);
  const realm = readRealm(machine, pa(Number(resolve(action.realm))));
  const rim = fromHex(realm.rim) ?? new Uint8Array(0);
  const kept = (name: string): Uint8Array => progress.tapes[name] ?? new Uint8Array(0);
  if (action.keepRim !== undefined) progress.tapes[action.keepRim] = rim;
  const { rimIs, rimIsNot } = action;
  return (
    (action.state === undefined ? undefined : differsText('state', action.state, realm.state)) ??
    (action.mecid === undefined ? undefined : differs('MECID', resolve(action.mecid), BigInt(realm.mecid))) ??
    (action.vmid === undefined ? undefined : differs('VMID', resolve(action.vmid), BigInt(realm.vmid))) ??
    (rimIs === undefined ? undefined : differsText('RIM', toHex(kept(rimIs)), realm.rim)) ??
    (rimIsNot === undefined || !equalBytes(kept(rimIsNot), rim)
      ? undefined
      : { expected: `RIM other than ${realm.rim}`, actual: `RIM ${realm.rim}` })
  );
}
