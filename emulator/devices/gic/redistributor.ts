/** Registers of a PE's pair of redistributor frames (GICv3 architecture, 12.10 and 12.11), Non-secure view. LPIs do not exist. */
import { ARCH_GICV3, IIDR, PIDR2, readBank, writeBank } from './distributor';
import { affinityOf, type Gic, type InterruptBank } from './state';

/** Bytes of a PE's two frames. */
export const REDISTRIBUTOR_SIZE = 0x2_0000;
const SGI_FRAME = 0x1_0000;
const GICR_IIDR = 0x4;
const GICR_TYPER = 0x8;
const GICR_WAKER = 0x14;
const PROCESSOR_SLEEP = 2;
const CHILDREN_ASLEEP = 4;

/** A 32-bit register; zero where there is none. */
export function readRedistributor(gic: Gic, pe: number, offset: number): number {
  const affinity = affinityOf(pe);
  switch (offset) {
    case GICR_IIDR:
      return IIDR;
    case GICR_TYPER:
      return (pe << 8) | (pe === gic.privates.length - 1 ? 1 << 4 : 0);
    case GICR_TYPER + 4:
      return (affinity % 2 ** 24) + Math.floor(affinity / 2 ** 32) * 2 ** 24;
    case GICR_WAKER:
      return gic.asleep[pe] === true ? PROCESSOR_SLEEP | CHILDREN_ASLEEP : 0;
    case PIDR2:
    case SGI_FRAME + PIDR2:
      return ARCH_GICV3;
    default:
      return offset < SGI_FRAME ? 0 : (readBank(gic.privates[pe] as InterruptBank, offset - SGI_FRAME) ?? 0);
  }
}

/** Writes the bits of `mask`. */
export function writeRedistributor(gic: Gic, pe: number, offset: number, value: number, mask: number): void {
  if (offset === GICR_WAKER && (mask & PROCESSOR_SLEEP) !== 0) gic.asleep[pe] = (value & PROCESSOR_SLEEP) !== 0;
  else if (offset >= SGI_FRAME) writeBank(gic.privates[pe] as InterruptBank, offset - SGI_FRAME, value, mask, true);
}
