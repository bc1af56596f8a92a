/** From a reference in any address space to bytes, without changing anything. */
import { type Ipa, ipa, type Pa, pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { isRam, peekBytes } from '../../emulator/memory/memory';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { granuleInfo, listRealms } from '../../emulator/rmm/inspect';
import type { Reference } from '../address-space/address-space';
import type { Place } from '../evaluate/names';
import { guestFrameOf } from '../evaluate/names';
import { showHex } from '../format';
import { notMapped } from '../problems';
import type { Guest } from '../stack/guest';
import { guestOf } from '../stack/guest';
import { guestReader, resolveIpa } from './guest-memory';

const PAGE = 4096n;

/** The bytes at a reference; undefined when any of them cannot be read. */
export function readAt(place: Place, reference: Reference, size: number): Uint8Array | undefined {
  const bytes = new Uint8Array(size);
  const read = pageReader(place, reference);
  for (let done = 0; done < size; ) {
    const at = BigInt.asUintN(64, reference.address + BigInt(done));
    const length = Math.min(size - done, Number(PAGE - (at % PAGE)));
    const part = read(at, length);
    if (!part) return undefined;
    bytes.set(part, done);
    done += length;
  }
  return bytes;
}

/** How many bytes from the reference on can be read, at most `size`, and those bytes. */
export function readPrefix(place: Place, reference: Reference, size: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const read = pageReader(place, reference);
  let done = 0;
  while (done < size) {
    const at = BigInt.asUintN(64, reference.address + BigInt(done));
    const length = Math.min(size - done, Number(PAGE - (at % PAGE)));
    const part = read(at, length);
    if (!part) break;
    parts.push(part);
    done += length;
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** How many bytes from the reference on cannot be read until one can, at most `size`. */
export function unreadablePrefix(place: Place, reference: Reference, size: number): number {
  const read = pageReader(place, reference);
  let done = 0;
  while (done < size) {
    const at = BigInt.asUintN(64, reference.address + BigInt(done));
    const length = Math.min(size - done, Number(PAGE - (at % PAGE)));
    if (read(at, length)) break;
    done += length;
  }
  return done;
}

/** Reads inside one page of the reference's space. */
function pageReader(place: Place, { space }: Reference): (address: bigint, size: number) => Uint8Array | undefined {
  const { machine } = place.target;
  switch (space.kind) {
    case 'focus': {
      const guest = guestOfPlace(place);
      return guest ? guestReader(machine, guest) : () => undefined;
    }
    case 'va': {
      const guest = guestOfRealm(place, space.rd);
      return guest && space.world === Pas.Realm && space.el < 2 ? guestReader(machine, guest) : () => undefined;
    }
    case 'ipa':
      return (address, size) => readIpa(machine, pa(space.rd * 4096), address, size);
    case 'pa':
      return (address, size) => readPa(machine, address, size, space.pas, space.mecid);
    case 'bus':
      return (address, size) =>
        inMemory(machine, address) ? peekBytes(machine.memory, 'bus', pa(Number(address)), size) : undefined;
  }
}

const inMemory = (machine: Machine, address: bigint): boolean =>
  address < 1n << 52n && isRam(machine.memory, Number(address));

function readIpa(machine: Machine, rd: Pa, address: bigint, size: number): Uint8Array | undefined {
  if (address >= 1n << 52n || !listRealms(machine).some((realm) => realm.rd === rd)) return undefined;
  const resolved = resolveIpa(machine, rd, ipa(Number(address)) as Ipa);
  return 'why' in resolved ? undefined : peekBytes(machine.memory, resolved.context, resolved.pa, size);
}

/** As the owner of the granule sees it, or as `mecid` would. */
function readPa(
  machine: Machine,
  address: bigint,
  size: number,
  pas: Pas,
  mecid: number | undefined,
): Uint8Array | undefined {
  if (!inMemory(machine, address)) return undefined;
  const at = pa(Number(address));
  const used = pas === Pas.Realm ? (mecid ?? granuleInfo(machine, at).mecid ?? 0) : 0;
  if (used >= 2 ** machine.platform.mec.mecidBits) return undefined;
  return peekBytes(machine.memory, encryptionContext(pas, used), at, size);
}

/** The code that untagged addresses belong to: the focused frame's, else the innermost on the PE. */
export const guestOfPlace = (place: Place): Guest | undefined =>
  guestFrameOf(place)?.guest ?? guestOf(place.target.machine, place.pe);

function guestOfRealm(place: Place, rd: number): Guest | undefined {
  const { machine } = place.target;
  return machine.pes.map((pe) => guestOf(machine, pe.index)).find((guest) => guest?.realm?.rd === rd * 4096);
}

/** RD of the Realm at hand: of the focused frame, or the only one there is. @throws Problem `not-mapped` */
export function realmOfPlace(place: Place): number {
  const guest = guestOfPlace(place);
  if (guest?.realm) return guest.realm.rd;
  const realms = listRealms(place.target.machine);
  const [only] = realms;
  if (!only || realms.length > 1)
    throw notMapped(
      'an IPA',
      realms.length === 0 ? 'there is no Realm yet' : `there are ${realms.length} Realms: select a frame of one`,
    );
  return only.rd;
}

/** A sentence about an address that cannot be read. */
export const unreadable = (reference: Reference): string => `${reference.space.kind} ${showHex(reference.address)}`;
