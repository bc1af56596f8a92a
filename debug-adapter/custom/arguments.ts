/** Arguments of custom requests, checked at the door. */

import type { Machine } from '../../emulator/machine/machine';
import { listRealms, type RealmInfo } from '../../emulator/rmm/inspect';
import { badArgument, noSuchRealm } from '../problems';

/** A physical address or size as the protocol writes it; at most 52 bits. @throws Problem `bad-argument` */
export function hexArgument(name: string, value: unknown, fallback?: number): number {
  if (value === undefined && fallback !== undefined) return fallback;
  const text = typeof value === 'string' ? value.replaceAll('_', '') : '';
  if (!/^0[xX][0-9a-fA-F]{1,13}$/.test(text))
    throw badArgument(name, value, 'a hexadecimal text such as "0x80000000", of at most 52 bits');
  return Number(text);
}

export function countArgument(
  name: string,
  value: unknown,
  fallback: number,
  maximum = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > maximum) {
    throw badArgument(name, value, `a whole number from 0${maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : ''}`);
  }
  return value as number;
}

/** A Realm by the id of its row (`realm:0x…`) or its RD's address. */
export function realmArgument(machine: Machine, value: unknown): RealmInfo {
  if (typeof value !== 'string') throw badArgument('realm', value, 'the id of a Realm row, or the PA of an RD');
  const text = value.replace(/^realm:/, '');
  const realm = listRealms(machine).find(
    (each) => `0x${each.rd.toString(16)}` === text.toLowerCase().replaceAll('_', ''),
  );
  if (!realm) throw noSuchRealm(value);
  return realm;
}
