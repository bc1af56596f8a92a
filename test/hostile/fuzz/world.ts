/** What the fuzzed code finds around itself, and the neighbours it must not reach. */

import { pa } from '../../../emulator/address';
import {
  TLB_FETCH_TAG,
  TLB_NO_TAG,
  TLB_PAGE,
  TLB_READ_TAG,
  TLB_WRITE_TAG,
  tlbBankOf,
} from '../../../emulator/cpu/layout';
import type { SysregName } from '../../../emulator/cpu/sysreg/sysreg';
import type { Machine } from '../../../emulator/machine/machine';
import type { Snapshot } from '../../../emulator/machine/snapshot';
import { gpiAdmits, gpiOf } from '../../../emulator/memory/gpt';
import { TLB_BANK_ENTRIES, TLB_ENTRY_SIZE, tlbBankBase } from '../../../emulator/memory/map';
import { peekBytes, slotNumber } from '../../../emulator/memory/memory';
import { type EncryptionContext, PAS_NAMES, Pas, pasOf } from '../../../emulator/memory/pas';

/** A granule that belongs to someone else, with what is in it. */
export interface Neighbour {
  readonly what: string;
  readonly address: number;
  readonly context: EncryptionContext;
  readonly content: Uint8Array;
}

export interface World {
  readonly name: string;
  readonly machine: Machine;
  /** Where every run starts. */
  readonly start: Snapshot;
  /** PEs that may run the code, and ELs it may start at. */
  readonly pes: number;
  readonly els: readonly number[];
  /** Pages of code, data and translation tables, with the address that their own code knows them by (IPA or PA). */
  readonly code: readonly Page[];
  readonly data: readonly Page[];
  readonly tables: readonly Page[];
  readonly context: EncryptionContext;
  readonly pas: Pas;
  /** Addresses worth trying: neighbours, devices, the ends of memory. */
  readonly places: readonly number[];
  readonly neighbours: readonly Neighbour[];
  /** Registers that may be written at random from outside, as the code's own EL could. */
  readonly registers: readonly SysregName[];
}

export interface Page {
  readonly address: number;
  readonly pa: number;
}

/** Neighbours whose content changed. One that was given away by the RMM is no neighbour any more. */
export function changedNeighbours({ machine, neighbours }: World): string[] {
  const { memory, platform } = machine;
  return neighbours
    .filter(({ address, context, content }) => {
      if (!gpiAdmits(gpiOf(memory, platform, pa(address)), pasOf(context))) return false;
      return Buffer.compare(peekBytes(memory, context, pa(address), content.length), content) !== 0;
    })
    .map(({ what, address }) => `${what} at 0x${address.toString(16)} changed`);
}

/** Translations in a TLB whose page is not for the bank's Security state, or not any more (GPC). */
export function forbiddenTranslations({ machine, pas }: World): string[] {
  const { memory, platform, pes } = machine;
  const view = memory.view();
  const wrong: string[] = [];
  for (const pe of pes) {
    for (let el = 0; el < 3; el++) {
      const bank = tlbBankOf(el, pas === Pas.Realm);
      for (let index = 0; index < TLB_BANK_ENTRIES; index++) {
        const entry = tlbBankBase(pe.index, bank) + index * TLB_ENTRY_SIZE;
        // A tag with a bit below the page number matches no address: such an entry is about a device.
        const used = [TLB_READ_TAG, TLB_WRITE_TAG, TLB_FETCH_TAG].some((tag) => {
          const value = view.getBigUint64(entry + tag, true);
          return value !== TLB_NO_TAG && (value & 0xfffn) === 0n;
        });
        if (!used) continue;
        const slot = slotNumber(view.getUint32(entry + TLB_PAGE, true));
        const address = (memory.slotGranules[slot] ?? -1) * 4096;
        const { context } = memory.contexts.tags[memory.slotTags[slot] ?? 0]!;
        const gpi = gpiOf(memory, platform, pa(Math.max(0, address)));
        const place = `PE ${pe.index}, EL${el}: 0x${address.toString(16)}`;
        if (address < 0) wrong.push(`${place}: the slot is free`);
        else if (context < 0) {
          if (![pas, Pas.NonSecure].some((each) => gpiAdmits(gpi, each))) wrong.push(`${place}: GPI ${gpi}`);
        } else {
          const found = pasOf(context);
          if (found !== pas && found !== Pas.NonSecure) wrong.push(`${place}: the page is ${PAS_NAMES[found]}`);
          else if (!gpiAdmits(gpi, found)) wrong.push(`${place}: GPI ${gpi} for ${PAS_NAMES[found]}`);
        }
      }
    }
  }
  return wrong;
}
