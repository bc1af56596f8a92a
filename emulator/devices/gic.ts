/**
 * GICv3 distributor and redistributor registers (platform facts, section 4), as far as software configures them: enable,
 * pending, active, priority, group, routing and configuration keep what is written, by the rules of their set and clear
 * registers. Nothing is delivered to a PE: interrupts are a later part of the machine.
 */

/** Registers of one frame that are not zero, by word offset. */
export interface GicFrame {
  readonly words: Record<string, number>;
}

export const createGicFrame = (): GicFrame => ({ words: {} });

const GICD_TYPER = 0x4;
const GICD_IIDR = 0x8;
const PIDR2 = 0xffe8;
const GICR_TYPER = 0x8;
const GICR_WAKER = 0x14;
const SGI_FRAME = 0x1_0000;
/** Implementer Arm, as the model's. */
const IIDR = 0x43b;
const ARCH_GICV3 = 0x3b;
/** ITLinesNumber 7 (256 INTIDs), 16 INTID bits, security extension off in the Non-secure view. */
const TYPER = 7 | (15 << 19);
const ARE_NS = 1 << 4;

/** Set and clear register banks: [set base, clear base], 128 bytes each; both read the state kept at the set base. */
const BANKS = [
  [0x100, 0x180],
  [0x200, 0x280],
  [0x300, 0x380],
] as const;

const wordOf = (frame: GicFrame, offset: number): number => frame.words[offset] ?? 0;

function store(frame: GicFrame, offset: number, value: number): void {
  if (value === 0) delete frame.words[offset];
  else frame.words[offset] = value >>> 0;
}

/** The bank a register belongs to, with its place in it. */
function bankOf(offset: number): { state: number; clears: boolean } | undefined {
  for (const [set, clear] of BANKS) {
    if (offset >= set && offset < set + 0x80) return { state: offset, clears: false };
    if (offset >= clear && offset < clear + 0x80) return { state: set + (offset - clear), clears: true };
  }
  return undefined;
}

/** A 32-bit distributor register. */
export function readDistributor(frame: GicFrame, offset: number): number {
  if (offset === GICD_TYPER) return TYPER;
  if (offset === GICD_IIDR) return IIDR;
  if (offset === PIDR2) return ARCH_GICV3;
  if (offset === 0) return wordOf(frame, 0) | ARE_NS;
  return wordOf(frame, bankOf(offset)?.state ?? offset);
}

/** Writes the bits of `mask` of a 32-bit distributor register. */
export function writeDistributor(frame: GicFrame, offset: number, value: number, mask: number): void {
  if (offset === GICD_TYPER || offset === GICD_IIDR || offset >= 0xffd0) return;
  writeBanked(frame, offset, offset, value, mask);
}

function writeBanked(frame: GicFrame, base: number, offset: number, value: number, mask: number): void {
  const bank = bankOf(offset);
  const bits = value & mask;
  if (bank === undefined) store(frame, base, (wordOf(frame, base) & ~mask) | bits);
  else {
    const state = base - offset + bank.state;
    store(frame, state, bank.clears ? wordOf(frame, state) & ~bits : wordOf(frame, state) | bits);
  }
}

/** A 32-bit register of a PE's pair of redistributor frames; `affinity` is Aff3..Aff0 as in GICR_TYPER[63:32]. */
export function readRedistributor(
  frame: GicFrame,
  offset: number,
  pe: number,
  last: boolean,
  affinity: number,
): number {
  if (offset === GICD_TYPER) return IIDR;
  if (offset === GICR_TYPER) return (pe << 8) | (last ? 1 << 4 : 0);
  if (offset === GICR_TYPER + 4) return affinity;
  if (offset === GICR_WAKER) {
    const sleep = wordOf(frame, GICR_WAKER) & 2;
    return sleep | (sleep << 1);
  }
  if (offset === PIDR2) return ARCH_GICV3;
  if (offset < SGI_FRAME) return wordOf(frame, offset);
  const bank = bankOf(offset - SGI_FRAME);
  return wordOf(frame, bank === undefined ? offset : SGI_FRAME + bank.state);
}

/** Writes the bits of `mask` of a 32-bit redistributor register. */
export function writeRedistributor(frame: GicFrame, offset: number, value: number, mask: number): void {
  if (offset === GICD_TYPER || offset === GICR_TYPER || offset === GICR_TYPER + 4) return;
  if (offset >= 0xffd0 && offset < SGI_FRAME) return;
  if (offset < SGI_FRAME) store(frame, offset, (wordOf(frame, offset) & ~mask) | (value & mask));
  else writeBanked(frame, offset, offset - SGI_FRAME, value, mask);
}
