/**
 * Device pages that the software TLB knows. An entry's tag is marked, so that the interpreter does not take it for memory
 * and comes to the bus, which finds here where the access goes: it spares the walk and the granule protection check.
 * Whatever takes the entry out of the TLB makes the bus walk again.
 */
import { BUS_SIZE_SHIFT, BUS_UNPRIVILEGED, BusAccess } from '../cpu/bus';
import { TLB_BANK, TLB_READ_TAG, TLB_WRITE_TAG } from '../cpu/layout';
import type { Pe } from '../cpu/pe';
import { peBase, TLB_BANK_ENTRIES, TLB_ENTRY_SIZE } from '../memory/map';
import type { Translated } from './types';

/** Translations by address of the tag that stands for them; `pa` is that of the page. */
export type DevicePages = Map<number, Translated>;

/** What such an entry has in place of a page slot's address. */
export const DEVICE_PAGE = 4;
/** The mark of its tags: a page's VA has zero in bits 11:0. */
export const DEVICE_TAG = 0x800;

/** Address of the tag that decides about a VA in the bank in use. */
function tagAddress(pe: Pe, vaLow: number, kind: number): number {
  const bank = pe.memory.views.u32[(peBase(pe.index) + TLB_BANK) >>> 2] ?? 0;
  const entry = bank + ((vaLow >>> 12) & (TLB_BANK_ENTRIES - 1)) * TLB_ENTRY_SIZE;
  return entry + ((kind & 3) === BusAccess.Write ? TLB_WRITE_TAG : TLB_READ_TAG);
}

/** The page of an aligned, ordinary access, when it is known to be a device's and the access to be allowed. */
export function knownDevicePage(
  pages: DevicePages,
  pe: Pe,
  vaLow: number,
  vaHigh: number,
  kind: number,
): Translated | undefined {
  if (kind >= BUS_UNPRIVILEGED || (vaLow & ((1 << (kind >> BUS_SIZE_SHIFT)) - 1)) !== 0) return undefined;
  const at = tagAddress(pe, vaLow, kind);
  const words = pe.memory.views.u32;
  if (words[at >>> 2] !== ((vaLow & ~0xfff) | DEVICE_TAG) >>> 0 || words[(at >>> 2) + 1] !== vaHigh >>> 0) {
    return undefined;
  }
  return pages.get(at);
}

/** Notes where a page goes. The caller has entered it in the TLB under DEVICE_PAGE and DEVICE_TAG. */
export function noteDevicePage(pages: DevicePages, pe: Pe, vaLow: number, kind: number, to: Translated): void {
  pages.set(tagAddress(pe, vaLow, kind), { ...to, pa: (to.pa - (to.pa % 4096)) as Translated['pa'] });
}
