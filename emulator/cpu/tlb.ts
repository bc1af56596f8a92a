/**
 * Flushing of the software TLB (layout in `layout.ts`). Its content is never observable: everything that a cached entry
 * depends on ends here when it changes. A bank that was never filled since its last flush costs nothing to flush.
 */
import { peBase, TLB_BANK_ENTRIES, TLB_BANK_SIZE, TLB_BANKS, TLB_ENTRY_SIZE, tlbBankBase } from '../memory/map';
import { TLB_FETCH_TAG, TLB_FILLED, TLB_NO_TAG, TLB_PAGE, TLB_PAN, TLB_READ_TAG, TLB_WRITE_TAG } from './layout';
import type { Pe } from './pe';
import type { TranslationScope } from './sysreg/row';

/** Banks (bit mask) of EL1&0, EL2 and EL3 in all Security states. */
const EL1_BANKS = 0b0011_0011;
const EL2_BANKS = 0b0100_0100;
const EL3_BANKS = 0b0000_1000;
export const ALL_BANKS = 0xff;

const NS_BIT = 1n;
const NSE_BIT = 1n << 62n;

/**
 * Banks that a change of a register makes stale. For `world` (SCR_EL3) `changed` and `kept` are the bits that changed
 * and those set both before and after: going between Non-secure and Realm only selects other banks.
 */
export function staleBanks(scope: TranslationScope, changed: bigint, kept: bigint): number {
  if (scope === 'el1') return EL1_BANKS;
  if (scope === 'stage2') return EL1_BANKS | EL2_BANKS;
  if (scope === 'el2') return EL1_BANKS | EL2_BANKS;
  if (scope === 'el3') return EL3_BANKS;
  // Pages with an armed breakpoint or watchpoint are not entered: at EL3 nothing matches.
  if (scope === 'debug') return EL1_BANKS | EL2_BANKS;
  return (changed & ~NSE_BIT) === 0n && (kept & NS_BIT) !== 0n ? 0 : ALL_BANKS;
}

type Owner = Pick<Pe, 'index' | 'memory'>;

const u32At = (pe: Owner, offset: number): number => pe.memory.view().getUint32(peBase(pe.index) + offset, true);
const setU32At = (pe: Owner, offset: number, value: number): void =>
  pe.memory.view().setUint32(peBase(pe.index) + offset, value, true);

/** Empties the banks of a PE in the mask; `force` also those not known to be filled (fresh or restored memory). */
export function flushBanks(pe: Owner, mask: number, force = false): void {
  const filled = force ? ALL_BANKS : u32At(pe, TLB_FILLED);
  const due = mask & filled;
  if (due === 0) return;
  const words = pe.memory.u64();
  for (let bank = 0; bank < TLB_BANKS; bank++) {
    if ((due & (1 << bank)) === 0) continue;
    const at = tlbBankBase(pe.index, bank) / 8;
    words.fill(TLB_NO_TAG, at, at + TLB_BANK_SIZE / 8);
  }
  setU32At(pe, TLB_FILLED, force ? 0 : filled & ~due);
}

/** Notes that a bank holds entries. */
export function markFilled(pe: Owner, bank: number): void {
  setU32At(pe, TLB_FILLED, u32At(pe, TLB_FILLED) | (1 << bank));
}

/** PSTATE.PAN decides what EL1 and EL2 may read: a bank filled under the other value is emptied before it is used. */
export function panChanged(pe: Owner, bank: number, el: number, pan: number): void {
  if (el === 0 || el === 3) return;
  const pans = u32At(pe, TLB_PAN);
  if (((pans >>> bank) & 1) === pan) return;
  flushBanks(pe, 1 << bank);
  setU32At(pe, TLB_PAN, (pans ^ (1 << bank)) >>> 0);
}

/** Takes one page slot out of all banks of a PE: all its entries, or only the permission to write. */
export function forgetSlot(pe: Owner, slotAddress: number, writesOnly: boolean): void {
  const filled = u32At(pe, TLB_FILLED);
  if (filled === 0) return;
  const view = pe.memory.view();
  const words = pe.memory.u32();
  for (let bank = 0; bank < TLB_BANKS; bank++) {
    if ((filled & (1 << bank)) === 0) continue;
    const base = tlbBankBase(pe.index, bank);
    for (let index = 0; index < TLB_BANK_ENTRIES; index++) {
      const entry = base + index * TLB_ENTRY_SIZE;
      if (words[(entry + TLB_PAGE) / 4] !== slotAddress) continue;
      view.setBigUint64(entry + TLB_WRITE_TAG, TLB_NO_TAG, true);
      if (writesOnly) continue;
      view.setBigUint64(entry + TLB_READ_TAG, TLB_NO_TAG, true);
      view.setBigUint64(entry + TLB_FETCH_TAG, TLB_NO_TAG, true);
    }
  }
}

/** Takes the entry of a page out of all banks of a PE; `page`: the VA from bit 12 on, at least nine bits of it. */
export function forgetPage(pe: Owner, page: number): void {
  const filled = u32At(pe, TLB_FILLED);
  const words = pe.memory.u64();
  for (let bank = 0; bank < TLB_BANKS; bank++) {
    if ((filled & (1 << bank)) === 0) continue;
    const entry = tlbBankBase(pe.index, bank) + (page & (TLB_BANK_ENTRIES - 1)) * TLB_ENTRY_SIZE;
    words.fill(TLB_NO_TAG, entry / 8, entry / 8 + TAGS);
  }
}

/** Tags that begin an entry. */
const TAGS = 3;

/** Takes the fetch entries of all banks away: breakpoints changed. */
export const forgetFetches = (pe: Owner): void => forgetTags(pe, TLB_FETCH_TAG);

/** Takes the permission to write away from all banks: pages became clean. */
export const forgetWrites = (pe: Owner): void => forgetTags(pe, TLB_WRITE_TAG);

function forgetTags(pe: Owner, tag: number): void {
  const filled = u32At(pe, TLB_FILLED);
  const words = pe.memory.u64();
  for (let bank = 0; bank < TLB_BANKS; bank++) {
    if ((filled & (1 << bank)) === 0) continue;
    const base = tlbBankBase(pe.index, bank);
    for (let index = 0; index < TLB_BANK_ENTRIES; index++) {
      words[(base + index * TLB_ENTRY_SIZE + tag) / 8] = TLB_NO_TAG;
    }
  }
}
