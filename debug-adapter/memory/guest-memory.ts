/** Memory as the code of a Realm or of the Host sees it, read without leaving a trace: no access flag, no TLB entry, no retagging. */
import { type Ipa, type Pa, pa } from '../../emulator/address';
import type { Machine } from '../../emulator/machine/machine';
import { peekBytes } from '../../emulator/memory/memory';
import { type EncryptionContext, encryptionContext, Pas } from '../../emulator/memory/pas';
import { readRealm, walkRtt } from '../../emulator/rmm/inspect';
import { translateForDebugger } from '../../emulator/translation/translate';
import type { Guest } from '../stack/guest';
import type { ReadMemory } from '../symbols/unwind';

/** A page in physical memory, or why there is none. */
export type Resolved = { readonly pa: Pa; readonly context: EncryptionContext } | { readonly why: string };

const PAGE = 4096;

/** Where an IPA of a Realm is, by its RTT. */
export function resolveIpa(machine: Machine, rd: Pa, address: Ipa): Resolved {
  const realm = readRealm(machine, rd);
  if (address >= 2 ** realm.ipaWidth) return { why: `it is above the Realm's ${realm.ipaWidth}-bit IPA space` };
  const walk = walkRtt(machine, rd, address, 3);
  const entry = walk.entries.at(-1);
  if (!entry || entry.pa === null || (entry.hipas !== 'ASSIGNED' && entry.hipas !== 'ASSIGNED_NS')) {
    return {
      why: `the walk ends at level ${walk.level}: ${entry?.hipas ?? 'no entry'}${entry?.ripas ? `, ${entry.ripas}` : ''}`,
    };
  }
  const inside = address - entry.ipa;
  const context =
    entry.hipas === 'ASSIGNED' ? encryptionContext(Pas.Realm, realm.mecid) : encryptionContext(Pas.NonSecure);
  return { pa: pa(entry.pa + inside), context };
}

/** Where a VA of the code is, by its own translation: a Realm's stage 1 and its RTT, the Host's tables. */
export function resolveGuest(machine: Machine, guest: Guest, va: bigint): Resolved {
  const result = translateForDebugger(machine, guest.regime, va);
  if (result.ok) return { pa: result.pa, context: result.context };
  return { why: `${result.kind} fault, stage ${result.stage} level ${result.level}` };
}

/** A reader of the code's virtual memory; whole pages are looked up once. Undefined where anything is not mapped. */
export function guestReader(machine: Machine, guest: Guest): ReadMemory {
  const pages = new Map<bigint, Resolved>();
  const pageOf = (page: bigint): Resolved => {
    let resolved = pages.get(page);
    if (!resolved) {
      resolved = resolveGuest(machine, guest, page);
      pages.set(page, resolved);
    }
    return resolved;
  };
  return (address, size) => {
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const at = BigInt.asUintN(64, address + BigInt(done));
      const offset = Number(at % BigInt(PAGE));
      const length = Math.min(size - done, PAGE - offset);
      const page = pageOf(at - BigInt(offset));
      if ('why' in page) return undefined;
      bytes.set(peekBytes(machine.memory, page.context, pa(page.pa + offset), length), done);
      done += length;
    }
    return bytes;
  };
}
